"""What a Pod weighs: in the store and the diagrams, and compressed in the log."""

from __future__ import annotations

import gc
import tracemalloc
from pathlib import Path

import orjson

from bench.figures import Figure
from bench.generator import LARGE, Generator
from visualizer.log.importing import open_log
from visualizer.log.writer import Writer
from visualizer.models import Chunk

LIMIT_KB = 6.0


def run(_folder: Path) -> list[Figure]:
    """Memory a Pod for 20,000 of them, plus their share of the log's chunks, against plain dicts of the same Pods."""
    generator = Generator(LARGE)
    pages = list(generator.pages("v1/pods"))
    as_dicts = _bytes_of_dicts(pages[0])
    log = open_log(generator.header(), slug="memory")
    writer = Writer(log)
    writer.moment.diagram("nodes")  # which is kept from here on, as where somebody looks at it
    tracemalloc.start()
    before = _allocated()
    for page in pages:
        writer.append(page)
    writer.flush()
    held = (_allocated() - before) / LARGE.pods
    tracemalloc.stop()
    if len(writer.moment.store) != LARGE.pods:
        raise AssertionError(f"{len(writer.moment.store)} objects in the store, and not {LARGE.pods}")
    compressed = sum(len(chunk.lines) for chunk in Chunk.objects.filter(log=log)) / LARGE.pods
    total_kb = (held + compressed) / 1000
    return [
        Figure(
            name="a pod in the store and diagrams, raw object included",
            value=f"{total_kb:.1f} kB ({held / 1000:.1f} in memory, {compressed / 1000:.2f} compressed in the log)",
            target=f"≤ {LIMIT_KB:.0f} kB",
            met=total_kb <= LIMIT_KB,
            baseline=f"{as_dicts / 1000:.1f} kB as orjson's dicts",
            ratio=f"{total_kb * 1000 / as_dicts:.2f}",
        )
    ]


def _bytes_of_dicts(page: bytes) -> float:
    lines = [orjson.dumps(item) for item in orjson.loads(page)["items"]]
    tracemalloc.start()
    before = _allocated()
    kept = [orjson.loads(line) for line in lines]
    held = _allocated() - before
    tracemalloc.stop()
    return held / len(kept)


def _allocated() -> int:
    gc.collect()
    return tracemalloc.get_traced_memory()[0]
