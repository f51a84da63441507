"""Recordings: files of frames, one JSON object a line, compressed with zstd (docs/recording-format.md).

Reading streams: a recording may be larger than memory. Whatever is wrong with a file ends in a :class:`RecordingError`
that says so in a sentence, with the line's number where there is one.
"""

from __future__ import annotations

import heapq
import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final, Protocol

import zstandard

MAGIC: Final = b"\x28\xb5\x2f\xfd"
SORTED_WITHIN_SECONDS: Final = 1.0
_READ_BYTES: Final = 1 << 18


class RecordingError(ValueError):
    """A recording that cannot be taken in; the message is for the person who brought it."""


class Readable(Protocol):
    """What a recording is read from: an open file, an upload."""

    def read(self, size: int = -1, /) -> bytes:
        """At most so many bytes; empty at the end."""


@dataclass(frozen=True)
class Limits:
    """How much one recording may hold when unpacked, and its longest line, in bytes. A small file can unpack to anything."""

    total_bytes: int = 8 << 30
    line_bytes: int = 512 << 20


def iter_lines(stream: Readable, limits: Limits) -> Iterator[tuple[int, bytes]]:
    """Each line that is not blank, with its number from 1.

    Raises :class:`RecordingError` for a stream that is not zstd, is cut short, or unpacks to more than the limits.
    """
    number, pieces, length = 1, [], 0
    for block in _unpack(stream, limits):
        *ended, rest = block.split(b"\n")
        for line in ended:
            whole = b"".join([*pieces, line]) if pieces else line
            pieces, length = [], 0
            if whole.strip():
                yield number, whole
            number += 1
        if rest:
            pieces.append(rest)
            length += len(rest)
        if length > limits.line_bytes:
            raise RecordingError(
                f"line {number} is longer than {limits.line_bytes:,} bytes, which is more than a line may have"
            )
    if last := b"".join(pieces).strip():
        yield number, last


def _unpack(stream: Readable, limits: Limits) -> Iterator[bytes]:
    head = stream.read(len(MAGIC))
    if not head:
        raise RecordingError("the file is empty")
    if head != MAGIC:
        raise RecordingError(
            "the file is not compressed with zstd, as a recording is: compress it with “zstd FILE” first"
        )
    total = 0
    decompressor = zstandard.ZstdDecompressor(max_window_size=1 << 27).decompressobj(read_across_frames=False)
    block = head + stream.read(_READ_BYTES)
    while block:
        try:
            unpacked = decompressor.decompress(block)
        except zstandard.ZstdError as error:
            raise RecordingError(f"the file is damaged: its zstd data cannot be unpacked ({error})") from error
        total += len(unpacked)
        if total > limits.total_bytes:
            raise RecordingError(
                f"the recording unpacks to more than {limits.total_bytes:,} bytes, which is more than is taken here"
            )
        yield unpacked
        if decompressor.eof:
            rest = decompressor.unused_data
            block = rest or stream.read(_READ_BYTES)
            if block:
                decompressor = zstandard.ZstdDecompressor(max_window_size=1 << 27).decompressobj()
            continue
        block = stream.read(_READ_BYTES)
    if not decompressor.eof:
        raise RecordingError("the file is cut short: its zstd data ends in the middle")


def iter_sorted(lines: Iterable[tuple[int, bytes, float]]) -> Iterator[tuple[int, bytes]]:
    """Numbered lines in the order of their times (unix seconds), which may run back by a second at most.

    Raises :class:`RecordingError` for a line further back, and for a time that is none.
    """
    waiting: list[tuple[float, int, bytes]] = []
    newest = -math.inf
    for number, line, ts in lines:
        if not 0 <= ts < 1e11:
            raise RecordingError(f"line {number}: its time {ts!r} is no time in unix seconds")
        if ts < newest - SORTED_WITHIN_SECONDS:
            raise RecordingError(
                f"line {number}: its time is {newest - ts:.1f} s before that of a line above it; "
                f"a recording is in order of time, give or take {SORTED_WITHIN_SECONDS:.0f} s"
            )
        newest = max(newest, ts)
        heapq.heappush(waiting, (ts, number, line))
        while waiting and waiting[0][0] < newest - SORTED_WITHIN_SECONDS:
            _, first, earliest = heapq.heappop(waiting)
            yield first, earliest
    while waiting:
        _, first, earliest = heapq.heappop(waiting)
        yield first, earliest
