"""Taking frames in: decode, redact, log, store and all diagrams, against ``orjson.loads`` alone over the same lines."""

from __future__ import annotations

import time
from pathlib import Path

import orjson

from bench.figures import Figure
from bench.generator import MIDDLE, Generator
from visualizer.log.importing import open_log
from visualizer.log.writer import Writer

EVENTS = 30_000
ROUNDS = 3


def run(_folder: Path) -> list[Figure]:
    """The best of some rounds each, so that a busy neighbour counts for neither."""
    generator = Generator(MIDDLE)
    lists = list(generator.lists())
    events = list(generator.events(EVENTS * ROUNDS))
    writer = Writer(open_log(generator.header(), slug="intake"))
    for line in lists:
        writer.append(line)
    writer.flush()
    plain, taken_in = float("inf"), float("inf")
    for number in range(ROUNDS):
        lines = events[number * EVENTS : (number + 1) * EVENTS]
        plain = min(plain, _plain(lines))
        taken_in = min(taken_in, _take_in(writer, lines))
    share = plain / taken_in
    return [
        Figure(
            name="taking frames in (decode, redact, log, store, diagrams)",
            value=f"{EVENTS / taken_in:,.0f} events/s ({taken_in / EVENTS * 1e6:.0f} µs each)",
            target="≥ 0.5 of orjson.loads",
            met=share >= 0.5,
            baseline=f"orjson.loads {EVENTS / plain:,.0f} events/s ({plain / EVENTS * 1e6:.0f} µs each)",
            ratio=f"{share:.2f}",
        )
    ]


def _plain(lines: list[bytes]) -> float:
    start = time.perf_counter()
    for line in lines:
        orjson.loads(line)
    return time.perf_counter() - start


def _take_in(writer: Writer, lines: list[bytes]) -> float:
    start = time.perf_counter()
    for line in lines:
        writer.append(line)
    writer.flush()
    return time.perf_counter() - start
