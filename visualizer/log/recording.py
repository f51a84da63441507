"""Recordings: files of frames, one JSON object a line, compressed with zstd (docs/recording-format.md).

Reading streams: a recording may be larger than memory. Whatever is wrong with a file ends in a :class:`RecordingError`
that says so in a sentence, with the line's number where there is one. Redaction and the frames' own rules are not
this module's business.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final, Protocol

import zstandard

MAGIC: Final = b"\x28\xb5\x2f\xfd"
SORTED_WITHIN_SECONDS: Final = 1.0
HELD_BYTES: Final = 64 << 20
"""How much of the last second is held back to be sorted, so that memory stays flat whatever the times are."""

_READ_BYTES: Final = 1 << 16
_SLICE_BYTES: Final = 1 << 8
"""zstd makes at most 32,768 bytes of one, so that a slice never unpacks to more than 8 MiB at once."""

_WINDOW_BYTES: Final = 1 << 27
"""The most that zstd itself may look back, and keep in memory: what ``zstd --long`` uses."""


class RecordingError(ValueError):
    """A recording that cannot be taken in; the message is for the person who brought it."""


class Readable(Protocol):
    """What a recording is read from: an open file, an upload."""

    def read(self, size: int = -1, /) -> bytes:
        """At most so many bytes; empty at the end."""


@dataclass(frozen=True)
class Limits:
    """The most bytes that a recording may hold when unpacked, and one line of it: a small file may unpack to much."""

    total_bytes: int = 8 << 30
    line_bytes: int = 512 << 20


def iter_lines(stream: Readable, limits: Limits) -> Iterator[tuple[int, bytes]]:
    """Each line that is not blank, with its number from 1.

    Raises :class:`RecordingError` for a stream that is not zstd, is cut short, or unpacks to more than the limits.
    """
    return _split(_unpack(stream, limits.total_bytes), limits)


def split_lines(stream: Readable, limits: Limits) -> Iterator[tuple[int, bytes]]:
    """The same of a stream that is not compressed."""
    return _split(_measured(iter(lambda: stream.read(_READ_BYTES), b""), limits.total_bytes), limits)


def _split(blocks: Iterable[bytes], limits: Limits) -> Iterator[tuple[int, bytes]]:
    number, length = 1, 0
    pieces: list[bytes] = []
    for block in blocks:
        *ended, rest = block.split(b"\n")
        for line in ended:
            whole = _checked(b"".join([*pieces, line]) if pieces else line, number, limits)
            pieces, length = [], 0
            if whole:
                yield number, whole
            number += 1
        if rest:
            pieces.append(rest)
            length += len(rest)
            _check_length(length, number, limits)
    if last := b"".join(pieces).strip():
        yield number, last


def _checked(line: bytes, number: int, limits: Limits) -> bytes:
    _check_length(len(line), number, limits)
    return line.strip()


def _check_length(length: int, number: int, limits: Limits) -> None:
    if length > limits.line_bytes:
        raise RecordingError(
            f"line {number} is longer than {limits.line_bytes:,} bytes, which is more than a line may have"
        )


def _unpack(stream: Readable, most: int) -> Iterator[bytes]:
    """What the stream holds, unpacked in blocks of at most 8 MiB, and not more than ``most`` bytes of it."""
    return _measured(_iter_blocks(stream), most)


def _measured(blocks: Iterable[bytes], most: int) -> Iterator[bytes]:
    unpacked = 0
    for block in blocks:
        unpacked += len(block)
        if unpacked > most:
            raise RecordingError(f"the recording unpacks to more than {most:,} bytes, which is more than is taken here")
        yield block


def _iter_blocks(stream: Readable) -> Iterator[bytes]:
    """A file may be several zstd frames one after the other; it is whole if it ends where one does."""
    decompressor = _decompressor()
    is_whole = True
    for packed in _iter_slices(stream):
        rest = packed
        while rest:
            if is_whole:
                decompressor = _decompressor()
            try:
                block = decompressor.decompress(rest)
            except zstandard.ZstdError as error:
                raise RecordingError(f"the file is damaged: its zstd data cannot be unpacked ({error})") from error
            yield block
            is_whole = decompressor.eof
            rest = decompressor.unused_data if is_whole else b""
    if not is_whole:
        raise RecordingError("the file is cut short: its zstd data ends in the middle")


def _decompressor() -> zstandard.ZstdDecompressionObj:
    return zstandard.ZstdDecompressor(max_window_size=_WINDOW_BYTES).decompressobj()


def _iter_slices(stream: Readable) -> Iterator[bytes]:
    head = _read_head(stream)
    if not head:
        raise RecordingError("the file is empty")
    if head != MAGIC:
        raise RecordingError(
            "the file is not compressed with zstd, as a recording is: compress it with “zstd FILE” first"
        )
    packed = head
    while packed:
        for start in range(0, len(packed), _SLICE_BYTES):
            yield packed[start : start + _SLICE_BYTES]
        packed = stream.read(_READ_BYTES)


def _read_head(stream: Readable) -> bytes:
    """The first four bytes; a stream may give fewer than are asked for."""
    head = b""
    while len(head) < len(MAGIC) and (more := stream.read(len(MAGIC) - len(head))):
        head += more
    return head


def iter_sorted(lines: Iterable[tuple[int, bytes, float]], *, after_ts: float = 0.0) -> Iterator[tuple[int, bytes]]:
    """Numbered lines in the order of their times (unix seconds), which may run back by a second at most.

    ``after_ts`` is the time of what came before the first. Raises :class:`RecordingError` for a line further back.
    """
    waiting: list[tuple[float, int, bytes]] = []
    newest, given, held = after_ts, 0.0, 0
    for number, line, ts in lines:
        if ts < max(newest - SORTED_WITHIN_SECONDS, given):
            raise RecordingError(_runs_back(number, newest - ts))
        newest = max(newest, ts)
        heapq.heappush(waiting, (ts, number, line))
        held += len(line)
        while waiting and (waiting[0][0] < newest - SORTED_WITHIN_SECONDS or held > HELD_BYTES):
            given, first, earliest = heapq.heappop(waiting)
            held -= len(earliest)
            yield first, earliest
    while waiting:
        _, first, earliest = heapq.heappop(waiting)
        yield first, earliest


def _runs_back(number: int, seconds: float) -> str:
    if seconds > SORTED_WITHIN_SECONDS:
        return (
            f"line {number}: its time is {seconds:.1f} s before that of a line above it; "
            f"a recording is in order of time, give or take {SORTED_WITHIN_SECONDS:.0f} s"
        )
    return (
        f"line {number}: its time is {seconds:.3f} s before that of a line above it, "
        f"and more than {HELD_BYTES:,} bytes came in that second, which is more than is sorted here"
    )
