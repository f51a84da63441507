"""Playing a million frames in flat memory."""

from __future__ import annotations

import gc
import time
from pathlib import Path

import orjson
import psutil

from bench.figures import Figure
from bench.generator import SMALL, Generator
from visualizer.log.importing import import_recording
from visualizer.log.reader import Reader

FRAMES = 1_000_000
LIMIT_MB = 50.0


def run(folder: Path) -> list[Figure]:
    """Import, then play through; resident memory is read every 10,000 frames."""
    path = folder / "playing.jsonl.zst"
    Generator(SMALL).write(path, FRAMES)
    importing = Track()
    with path.open("rb") as stream:
        log = import_recording(importing.watch(stream, path.stat().st_size), slug="playing", title="Playing")
    reader = Reader(log)
    moment = reader.seek(log.opening_seq)
    playing = Track()
    start = time.perf_counter()
    total = log.last_seq - log.opening_seq
    for number, (seq, frame) in enumerate(reader.frames(log.opening_seq)):
        moment.advance(seq, frame)
        if number % 10_000 == 0:
            playing.note(number / total)
    per_frame_us = (time.perf_counter() - start) / total * 1e6
    plain_us = _plain_us(reader, log.opening_seq)
    return [
        Figure(
            name="memory grown while importing a million frames, after the first tenth",
            value=f"{importing.grown_mb:.0f} MB",
            target=f"≤ {LIMIT_MB:.0f} MB",
            met=importing.grown_mb <= LIMIT_MB,
        ),
        Figure(
            name="memory grown while playing a million frames, after the first tenth",
            value=f"{playing.grown_mb:.0f} MB",
            target=f"≤ {LIMIT_MB:.0f} MB",
            met=playing.grown_mb <= LIMIT_MB,
        ),
        Figure(
            name="playing a frame",
            value=f"{per_frame_us:.0f} µs",
            target="—",
            met=None,
            baseline=f"orjson.loads of its line {plain_us:.0f} µs",
            ratio=f"{per_frame_us / plain_us:.2f}",
        ),
    ]


class Track:
    """Resident memory as work goes on: the most after the first tenth, over what it was then."""

    def __init__(self) -> None:
        self._at_tenth: float | None = None
        self._most = 0.0

    def note(self, share: float) -> None:
        """Read the memory, with this share of the work done."""
        if share < 0.1:
            return
        gc.collect()
        now = psutil.Process().memory_info().rss / 1e6
        if self._at_tenth is None:
            self._at_tenth = now
        self._most = max(self._most, now)

    @property
    def grown_mb(self) -> float:
        """How much it grew."""
        return self._most - (self._at_tenth or 0.0)

    def watch(self, stream: object, size: int) -> Watched:
        """The stream, which notes the memory as it is read."""
        return Watched(stream, size, self)


class Watched:
    """A file that tells a track how much of it has been read."""

    def __init__(self, stream: object, size: int, track: Track) -> None:
        self._stream, self._size, self._track = stream, size, track

    def read(self, count: int = -1) -> bytes:
        """Read, and note."""
        data: bytes = self._stream.read(count)  # type: ignore[attr-defined]
        self._track.note(self._stream.tell() / self._size)  # type: ignore[attr-defined]
        return data


def _plain_us(reader: Reader, opening: int) -> float:
    lines = [line for _, line in reader.lines(opening, opening + 20_000)]
    start = time.perf_counter()
    for line in lines:
        orjson.loads(line)
    return (time.perf_counter() - start) / len(lines) * 1e6
