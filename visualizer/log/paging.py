"""Pages of lists: in the log, a long list is cut into pages, so that a chunk stays small and memory flat.

A page is a list frame like any other, with ``"more": true`` on all but the last. An export joins them again.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import msgspec
from msgspec import Raw, Struct

PAGE_ITEMS: Final = 500
CUT_ABOVE_BYTES: Final = 1 << 16
"""No shorter line is looked at: more than so many objects do not fit in it."""


class _ListLine(Struct, omit_defaults=True):
    ts: float
    kind: str
    resource: str = ""
    resourceVersion: str = ""
    items: list[Raw] = []
    more: bool = False


class _KindLine(Struct):
    kind: str


_kinds: Final = msgspec.json.Decoder(_KindLine)
_lists: Final = msgspec.json.Decoder(_ListLine)
_encoder: Final = msgspec.json.Encoder()


def is_list(line: bytes) -> bool:
    """Whether this line of the log is a list frame. The log's lines may name their fields in any order."""
    return b'"list"' in line and _kinds.decode(line).kind == "list"


def pages(line: bytes) -> Iterator[bytes]:
    """The list on this line as lines of at most 500 items each, in order; any other line as it is."""
    if b'"list"' not in line:
        yield line
        return
    try:
        listing = _lists.decode(line)
    except (msgspec.DecodeError, RecursionError):
        yield line  # the decoder of frames says what is wrong with it
        return
    if listing.kind != "list" or len(listing.items) <= PAGE_ITEMS:
        yield line
        return
    for start in range(0, len(listing.items), PAGE_ITEMS):
        page = listing.items[start : start + PAGE_ITEMS]
        more = listing.more or start + PAGE_ITEMS < len(listing.items)
        yield _encoder.encode(_ListLine(listing.ts, "list", listing.resource, listing.resourceVersion, page, more))


def items_of(line: bytes) -> list[Raw]:
    """The objects of a list frame, as they came."""
    return _lists.decode(line).items


def resource_if_more(line: bytes) -> tuple[str, bool]:
    """The resource of a list frame, and whether another page of it follows."""
    listing = _lists.decode(line)
    return listing.resource, listing.more


def join_pages(lines: list[bytes]) -> bytes:
    """One list frame of all these pages. A list that was never cut stays as it is."""
    if len(lines) == 1:
        return lines[0]
    listings = [_lists.decode(line) for line in lines]
    first = listings[0]
    items = [item for listing in listings for item in listing.items]
    return _encoder.encode(_ListLine(first.ts, "list", first.resource, first.resourceVersion, items))
