"""Who wrote it and what set it off: what the flow diagram costs an event, on top of decoding it."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path

from bench.figures import Figure
from bench.generator import MIDDLE, Generator
from visualizer.flow.authors import Authors
from visualizer.flow.diagram import FlowDiagram
from visualizer.frames import Decoder, Frame, decode_header
from visualizer.store import Store

EVENTS = 20_000
ROUNDS = 3
MOST_US = 60.0
MOST_ATTRIBUTING_US = 15.0


def run(_folder: Path) -> list[Figure]:
    """The best of some rounds each. Nobody looks at the rows meanwhile, as when a recording is taken in."""
    generator = Generator(MIDDLE)
    header = decode_header(generator.header())
    decoder = Decoder(header.resources)
    store, flow = Store(header.resources), FlowDiagram()
    seq = _take_in(store, flow, [decoder.decode(line) for line in generator.lists()], 0)[1]
    decoding, tracing = float("inf"), float("inf")
    for _ in range(ROUNDS):
        lines = list(generator.events(EVENTS))
        start = time.perf_counter()
        frames = [decoder.decode(line) for line in lines]
        decoding = min(decoding, time.perf_counter() - start)
        taken, seq = _take_in(store, flow, frames, seq)
        tracing = min(tracing, taken)
    per_event_us = tracing / EVENTS * 1e6
    return [
        Figure(
            name="attributing an event and tracing it to its cause",
            value=f"{per_event_us:.1f} µs",
            target=f"≤ {MOST_US:.0f} µs",
            met=per_event_us <= MOST_US,
            baseline=f"decoding it {decoding / EVENTS * 1e6:.1f} µs",
            ratio=f"{tracing / decoding:.2f}",
        ),
        _attributing(generator, decoder),
        _telling(flow),
    ]


def _attributing(generator: Generator, decoder: Decoder) -> Figure:
    """What of it is the question who wrote."""
    store, authors = Store(decode_header(generator.header()).resources), Authors()
    for line in generator.lists():
        store.apply(0, decoder.decode(line))
    taken = float("inf")
    for _ in range(ROUNDS):
        spent = 0.0
        for number, line in enumerate(generator.events(EVENTS), start=1):
            frame = decoder.decode(line)
            changes = store.apply(number, frame)
            start = time.perf_counter()
            for change in changes:
                authors.read(store, change, frame.ts)
            spent += time.perf_counter() - start
        taken = min(taken, spent)
    per_event_us = taken / EVENTS * 1e6
    return Figure(
        name="of which, attributing it",
        value=f"{per_event_us:.1f} µs",
        target=f"≤ {MOST_ATTRIBUTING_US:.0f} µs",
        met=per_event_us <= MOST_ATTRIBUTING_US,
    )


def _take_in(store: Store, flow: FlowDiagram, frames: Sequence[Frame], seq: int) -> tuple[float, int]:
    """The seconds that the diagram took for these frames, and the last frame's number."""
    taken = 0.0
    for number, frame in enumerate(frames, start=seq + 1):
        changes = store.apply(number, frame)
        start = time.perf_counter()
        flow.apply(store, seq=number, ts=frame.ts, changes=changes)
        taken += time.perf_counter() - start
    return taken, seq + len(frames)


def _telling(flow: FlowDiagram) -> Figure:
    """How long the longest trace takes to be told whole, which happens between two events of a live cluster."""
    trees = list(flow.traces())
    longest = max(trees, key=lambda tree: len(tree.writes))
    start = time.perf_counter()
    flow.trace(longest.seq)
    took_ms = (time.perf_counter() - start) * 1e3
    return Figure(
        name=f"telling a trace of {len(longest.writes)} writes whole",
        value=f"{took_ms:.1f} ms",
        target="—",
        met=None,
    )
