"""Opening a file that a command was given: a recording as of one time in it, or a JSON object, compressed or not."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from pathlib import Path

import msgspec
from msgspec import Struct

from visualizer.frames import Decoder, FrameError, Header, decode_header
from visualizer.log.recording import MAGIC, Limits, RecordingError, iter_lines
from visualizer.store import Store


class _Line(Struct):
    kind: str = ""


class Still(Struct, frozen=True):
    """A recording's objects as of ``ts`` (unix seconds)."""

    header: Header
    store: Store
    ts: float


def open_file(path: Path, *, at: str = "", limits: Limits | None = None) -> Still | bytes:
    """A recording's objects at a time, or at its end where ``at`` is empty; of any other file, what it holds.

    ``at`` is a time as RFC 3339, unix seconds, or ``+12.5``: seconds after the recording's first frame.
    Raises :class:`RecordingError` for a recording that cannot be read or a time that cannot, and OSError.
    """
    with path.open("rb") as stream:
        is_packed = stream.read(len(MAGIC)) == MAGIC
        stream.seek(0)
        lines = iter_lines(stream, limits or Limits()) if is_packed else _plain(stream)
        first = next(lines, None)
        if first is None:
            raise RecordingError("the file is empty")
        if not _is_header(first[1]):
            return b"\n".join([first[1], *(line for _, line in lines)])
        try:
            header = decode_header(first[1])
        except FrameError as error:
            raise RecordingError(f"line {first[0]}: {error}") from error
        return _play(header, lines, at)


def time_from(text: str, first_ts: float) -> float:
    """The time that ``at`` names, in unix seconds. Raises :class:`RecordingError` for what names none."""
    try:
        if text.startswith("+"):
            return first_ts + float(text)
        if text.replace(".", "", 1).isdecimal():
            return float(text)
        moment = datetime.fromisoformat(text.replace("Z", "+00:00"))
    except ValueError as error:
        raise RecordingError(
            f"“{text}” is no time: write 2026-11-23T10:11:14Z, unix seconds, or +12.5 for seconds from the start"
        ) from error
    if moment.tzinfo is None:
        raise RecordingError(f"“{text}” does not say its time zone: put Z behind it for UTC")
    return moment.timestamp()


def _is_header(line: bytes) -> bool:
    try:
        return msgspec.json.decode(line, type=_Line).kind == "header"
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return False


def _plain(stream: Iterable[bytes]) -> Iterator[tuple[int, bytes]]:
    return ((number, line.strip()) for number, line in enumerate(stream, start=1) if line.strip())


def _play(header: Header, lines: Iterator[tuple[int, bytes]], at: str) -> Still:
    store, decoder = Store(header.resources), Decoder(header.resources)
    ts = 0.0
    until: float | None = None
    for number, line in lines:
        try:
            frame = decoder.decode(line)
        except FrameError as error:
            raise RecordingError(f"line {number}: {error}") from error
        if at and until is None:
            until = time_from(at, frame.ts)
            if until < frame.ts:
                raise RecordingError(f"the recording begins after {at}")
        if until is not None and frame.ts > until:
            break
        store.apply(number, frame)
        ts = frame.ts
    return Still(header, store, ts)
