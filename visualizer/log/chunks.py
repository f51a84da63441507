"""Chunks: consecutive frames packed together, because a cluster's frames resemble each other and compress fifty-fold.

``lines`` is the frames' lines, joined by newlines and compressed with zstd. ``index`` is a compressed msgpack of
three columns with a value for each frame (:class:`Index`), so that the timeline and stepping read no lines.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from enum import IntEnum
from typing import Final

import msgspec
import zstandard
from msgspec import Struct

from visualizer.frames import Listing, WatchEvent
from visualizer.log.paging import only_items
from visualizer.models import Chunk, Log

LEVEL: Final = 3
MAX_FRAMES: Final = 512
MAX_BYTES: Final = 1 << 20

_ROUTINE: Final = frozenset({"coordination.k8s.io/v1/leases", "v1/events"})


class FrameKind(IntEnum):
    """What stepping and the timeline need to know of a frame. ROUTINE: a write to a Lease or an Event."""

    NOTE = 0
    LISTING = 1
    WRITE = 2
    ROUTINE = 3


class Index(Struct, array_like=True):
    """One value for each frame of a chunk: its time (unix seconds), what came before it, and its kind.

    ``previous`` is the sequence number of the frame that last wrote the same object, or 0 for none. For a list it has
    one for each item, where any of them was known before.
    """

    times: list[float]
    previous: list[int | list[int]]
    kinds: list[int]


class Packer:
    """Collects frames and packs them."""

    def __init__(self) -> None:
        self._compressor = zstandard.ZstdCompressor(level=LEVEL)
        self.clear()

    def __len__(self) -> int:
        return len(self._lines)

    @property
    def is_full(self) -> bool:
        """Whether the chunk is large enough."""
        return len(self._lines) >= MAX_FRAMES or self._bytes >= MAX_BYTES

    def add(self, line: bytes, *, ts: float, previous: int | list[int], kind: FrameKind) -> None:
        """Take one frame's line in."""
        self._lines.append(line)
        self._bytes += len(line)
        self._index.times.append(ts)
        self._index.previous.append(previous)
        self._index.kinds.append(kind)

    def clear(self) -> None:
        """Begin a new chunk."""
        self._lines: list[bytes] = []
        self._bytes = 0
        self._index = Index([], [], [])

    def pack(self, log: Log, *, last_seq: int, skipped: int = 0) -> Chunk:
        """The chunk of all that was added since it was begun but for the first few, not yet saved."""
        lines, whole = self._lines[skipped:], self._index
        index = Index(whole.times[skipped:], whole.previous[skipped:], whole.kinds[skipped:])
        return Chunk(
            log=log,
            first_seq=last_seq - len(lines) + 1,
            last_seq=last_seq,
            first_ts=index.times[0],
            last_ts=index.times[-1],
            watch_events=sum(kind >= FrameKind.WRITE for kind in index.kinds),
            lines=self._compressor.compress(b"\n".join(lines)),
            index=self._compressor.compress(_encoder.encode(index)),
        )


FILLER: Final = b'{"metadata":{"name":"-"}}'
"""What stands in a list for an object that was pruned. No object can have this name."""


def emptied(lines: bytes, index: bytes, first_seq: int, kept: Mapping[int, Collection[int]]) -> tuple[bytes, bytes]:
    """A chunk's lines and index with only these frames left, and of lists only these items; -1 for a watch event.

    What is left was written before the log begins: it is no write of the log's, and none before it is known.
    """
    compressor = zstandard.ZstdCompressor(level=LEVEL)
    left = [
        only_items(line, kept[seq], FILLER) if seq in kept else b""
        for seq, line in enumerate(unpack_lines(lines), first_seq)
    ]
    times = unpack_index(index).times
    nothing = Index(times, [0] * len(times), [FrameKind.NOTE] * len(times))
    return compressor.compress(b"\n".join(left)), compressor.compress(_encoder.encode(nothing))


def unpack_lines(data: bytes) -> list[bytes]:
    """The lines of a chunk."""
    return zstandard.ZstdDecompressor().decompress(data).split(b"\n")


def unpack_index(data: bytes) -> Index:
    """The index of a chunk."""
    return _decoder.decode(zstandard.ZstdDecompressor().decompress(data))


def kind_of(frame: object) -> FrameKind:
    """Which kind of frame this is."""
    if isinstance(frame, WatchEvent):
        return FrameKind.ROUTINE if frame.resource in _ROUTINE else FrameKind.WRITE
    return FrameKind.LISTING if isinstance(frame, Listing) else FrameKind.NOTE


_encoder: Final = msgspec.msgpack.Encoder()
_decoder: Final = msgspec.msgpack.Decoder(Index)
