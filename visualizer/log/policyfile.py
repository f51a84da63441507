"""Files that hold a cluster's roles and bindings: a recording, at any place in it, or JSON; compressed or not."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import msgspec

from visualizer.frames import Decoder, FrameError, decode_header
from visualizer.log.recording import MAGIC, Limits, RecordingError, iter_lines
from visualizer.rbac.documents import DocumentError, read_policy
from visualizer.rbac.resources import Vocabulary
from visualizer.rbac.situation import Situation, situation_of
from visualizer.store import Store


class PolicyFileError(ValueError):
    """The file cannot be used; the message says why."""


class _Kind(msgspec.Struct):
    kind: str = ""


def parse_time(text: str) -> float:
    """Unix seconds from unix seconds or RFC 3339. Raises :class:`PolicyFileError`."""
    try:
        return float(text)
    except ValueError:
        pass
    try:
        return datetime.fromisoformat(text).timestamp()
    except ValueError as error:
        raise PolicyFileError(f"“{text}” is no time: give unix seconds or such as 2026-11-23T10:10:29Z") from error


def read_situation(
    path: Path, *, at: float | None = None, limits: Limits | None = None
) -> tuple[Situation, Vocabulary]:
    """The situation in this file, and its words for resources. ``at`` (unix seconds) is a place in a recording.

    Raises :class:`PolicyFileError`.
    """
    try:
        with path.open("rb") as stream:
            is_packed = stream.read(len(MAGIC)) == MAGIC
            stream.seek(0)
            lines = iter_lines(stream, limits or Limits()) if is_packed else _iter_plain(iter(stream))
            return _read(lines, at)
    except (RecordingError, DocumentError, FrameError) as error:
        raise PolicyFileError(str(error)) from error
    except OSError as error:
        raise PolicyFileError(error.strerror or str(error)) from error


def _iter_plain(stream: Iterator[bytes]) -> Iterator[tuple[int, bytes]]:
    for number, line in enumerate(stream, 1):
        if line.strip():
            yield number, line.strip()


def _read(lines: Iterator[tuple[int, bytes]], at: float | None) -> tuple[Situation, Vocabulary]:
    first = next(lines, None)
    if first is None:
        raise PolicyFileError("it is empty")
    if _is_header(first[1]):
        return _read_recording(first[1], lines, at)
    if at is not None:
        raise PolicyFileError("it is no recording, so it has no times to choose from")
    whole = b"\n".join(line for _, line in itertools.chain([first], lines))
    return Situation(read_policy(whole)), Vocabulary()


def _is_header(line: bytes) -> bool:
    try:
        return msgspec.json.decode(line, type=_Kind).kind == "header"
    except (msgspec.DecodeError, RecursionError):
        return False


def _read_recording(
    header: bytes, lines: Iterator[tuple[int, bytes]], at: float | None
) -> tuple[Situation, Vocabulary]:
    told = decode_header(header)
    decoder, store = Decoder(told.resources), Store(told.resources)
    for number, line in lines:
        try:
            frame = decoder.decode(line)
        except FrameError as error:
            raise PolicyFileError(f"line {number}: {error}") from error
        if at is None or frame.ts <= at:
            store.apply(number, frame)
    return situation_of(store, server_version=told.server_version), Vocabulary(told.resources)
