"""Pages of lists: in the log, a long list is cut into pages, so that a chunk stays small and memory flat.

A page is a list frame like any other, with ``"more": true`` on all but the last. An export joins them again.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import msgspec
from msgspec import Raw, Struct

PAGE_ITEMS: Final = 500


class _ListLine(Struct):
    ts: float
    kind: str
    resource: str = ""
    resourceVersion: str = ""
    items: list[Raw] = []
    more: bool = False


_lists: Final = msgspec.json.Decoder(_ListLine)
_encoder: Final = msgspec.json.Encoder()


def is_list(line: bytes) -> bool:
    """Whether a line looks like a list frame; cheap, and never wrong for one that is."""
    return b'"list"' in line[:200]


def pages(line: bytes) -> Iterator[bytes]:
    """The list on this line as lines of at most 500 items each, in order; any other line as it is."""
    if not is_list(line) or len(line) < 1 << 16:
        yield line
        return
    try:
        listing = _lists.decode(line)
    except msgspec.DecodeError:
        yield line  # the decoder of frames says what is wrong with it
        return
    if listing.kind != "list" or len(listing.items) <= PAGE_ITEMS:
        yield line
        return
    for start in range(0, len(listing.items), PAGE_ITEMS):
        page = listing.items[start : start + PAGE_ITEMS]
        more = listing.more or start + PAGE_ITEMS < len(listing.items)
        yield _encoder.encode(
            _ListLine(listing.ts, "list", listing.resource, listing.resourceVersion, page, more)
        )


def items_of(line: bytes) -> list[Raw]:
    """The objects of a list frame, as they came."""
    return _lists.decode(line).items
