"""Pages of lists: in the log, a long list is cut into pages, so that a chunk stays small and memory flat.

A page is a list frame like any other, with ``"more": true`` on all but the last. An export joins them again.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
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
    continues: bool = False


_lists: Final = msgspec.json.Decoder(_ListLine)
_encoder: Final = msgspec.json.Encoder()


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


def only_items(line: bytes, kept: Collection[int], filler: bytes) -> bytes:
    """The list on this line with a filler in the place of every item but these; any other line as it is."""
    if kept == {-1}:
        return line
    listing = _lists.decode(line)
    listing.items = [item if number in kept else Raw(filler) for number, item in enumerate(listing.items)]
    return _encoder.encode(listing)


def is_page(line: bytes) -> bool:
    """Whether this line of the log is a list of which another page follows."""
    return b'"more"' in line and b'"list"' in line and _is_page(_lists.decode(line))


def is_next_page(line: bytes, page: bytes) -> bool:
    """Whether this line is the page that follows on that one."""
    if b'"list"' not in line:
        return False
    listing, before = _lists.decode(line), _lists.decode(page)
    is_next = listing.continues or listing.resourceVersion == before.resourceVersion
    return listing.kind == "list" and listing.resource == before.resource and is_next


def join_pages(lines: list[bytes]) -> bytes:
    """One list frame of all these pages."""
    listings = [_lists.decode(line) for line in lines]
    first, last = listings[0], listings[-1]
    items = [item for listing in listings for item in listing.items]
    return _encoder.encode(_ListLine(first.ts, "list", first.resource, last.resourceVersion, items))


def _is_page(listing: _ListLine) -> bool:
    return listing.kind == "list" and listing.more
