"""Going to any place in a recording of 100,000 frames."""

from __future__ import annotations

import random
import time
from pathlib import Path

from bench.figures import Figure, percentile
from bench.generator import MIDDLE, Generator
from visualizer.log.importing import import_recording
from visualizer.log.reader import Reader

FRAMES = 100_000
SEEKS = 200
LIMIT_MS = 250


def run(folder: Path) -> list[Figure]:
    """Random places, each from a reader that has nothing at hand; against playing from the start to there."""
    path = folder / "seeking.jsonl.zst"
    Generator(MIDDLE).write(path, FRAMES)
    with path.open("rb") as stream:
        log = import_recording(stream, slug="seeking", title="Seeking")
    chosen = random.Random(1)
    places = [chosen.randint(log.opening_seq, log.last_seq) for _ in range(SEEKS)]
    times_ms = [_timed_ms(log, seq) for seq in places]
    seq = places[0]
    start = time.perf_counter()
    moment = Reader(log).play_from_start(seq)
    from_start_ms = (time.perf_counter() - start) * 1000
    objects = len(moment.store)
    p95 = percentile(times_ms, 0.95)
    return [
        Figure(
            name=f"seek in {FRAMES:,} frames, {objects:,} objects: p95",
            value=f"{p95:.0f} ms (median {percentile(times_ms, 0.5):.0f} ms)",
            target=f"< {LIMIT_MS} ms",
            met=p95 < LIMIT_MS,
            baseline=f"playing {seq:,} frames from the start {from_start_ms:,.0f} ms",
            ratio=f"{p95 / from_start_ms:.3f}",
        )
    ]


def _timed_ms(log: object, seq: int) -> float:
    start = time.perf_counter()
    moment = Reader(log).seek(seq)
    taken = (time.perf_counter() - start) * 1000
    if moment.seq != seq:
        raise AssertionError(f"seek({seq}) ended at {moment.seq}")
    return taken
