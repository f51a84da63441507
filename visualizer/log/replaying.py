"""Replaying a recording's file: its frames, in the order and with the numbers that they would have as a log."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

from visualizer.frames import Decoder, Frame, FrameError, Header, decode_header, time_of
from visualizer.log.recording import MAGIC, Limits, RecordingError, iter_lines, iter_sorted

_LEADING_TS: Final = re.compile(rb'\{"ts":\s?([0-9]+(?:\.[0-9]+)?)[,}]')


def replay_file(path: Path, *, limits: Limits | None = None) -> tuple[Header, Iterator[tuple[int, Frame]]]:
    """A recording's header, and its frames with their sequence numbers, as they are asked for.

    The file may be compressed with zstd or not. Raises :class:`RecordingError` for what is no recording, now or while
    it is read, and OSError.
    """
    lines = _iter_lines(path, limits or Limits())
    number, first = next(lines, (0, b""))
    if not number:
        raise RecordingError("the file is empty")
    try:
        header = decode_header(first)
    except FrameError as error:
        raise RecordingError(f"line {number}: {error}") from error
    return header, _iter_frames(header, lines)


def iter_timed(lines: Iterable[tuple[int, bytes]]) -> Iterator[tuple[int, bytes, float]]:
    """Numbered lines with their times (unix seconds). Raises :class:`RecordingError` for a line that has none."""
    for number, line in lines:
        leading = _LEADING_TS.match(line)
        if leading:
            yield number, line, float(leading[1])
            continue
        try:
            yield number, line, time_of(line)
        except FrameError as error:
            raise RecordingError(f"line {number}: {error}") from error


def _iter_frames(header: Header, lines: Iterator[tuple[int, bytes]]) -> Iterator[tuple[int, Frame]]:
    decoder = Decoder(header.resources)
    for seq, (number, line) in enumerate(iter_sorted(iter_timed(lines), after_ts=header.ts or 0.0), start=1):
        try:
            yield seq, decoder.decode(line)
        except FrameError as error:
            raise RecordingError(f"line {number}: {error}") from error


def _iter_lines(path: Path, limits: Limits) -> Iterator[tuple[int, bytes]]:
    with path.open("rb") as stream:
        is_packed = stream.read(len(MAGIC)) == MAGIC
        stream.seek(0)
        if is_packed:
            yield from iter_lines(stream, limits)
        else:
            yield from ((number, line.strip()) for number, line in enumerate(stream, start=1) if line.strip())
