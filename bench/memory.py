"""What a Pod weighs: in the store and the diagrams, and compressed in the log."""

from __future__ import annotations

import gc
from pathlib import Path

import orjson
import psutil

from bench.figures import Figure
from bench.generator import LARGE, Generator
from visualizer.log.importing import open_log
from visualizer.log.writer import Writer
from visualizer.models import Chunk

LIMIT_KB = 6.0


def run(_folder: Path) -> list[Figure]:
    """Resident memory a Pod for 20,000 of them, plus their share of the log's chunks, against plain dicts."""
    generator = Generator(LARGE)
    pods = next(line for line in generator.lists() if b'"resource":"v1/pods"' in line[:120])
    as_dicts = _bytes_of_dicts(pods)
    log = open_log(generator.header(), slug="memory")
    writer = Writer(log)
    before = _resident()
    writer.append(pods)
    writer.flush()
    del pods
    resident = (_resident() - before) / LARGE.pods
    compressed = sum(len(chunk.lines) for chunk in Chunk.objects.filter(log=log)) / LARGE.pods
    total_kb = (resident + compressed) / 1000
    return [
        Figure(
            name="a pod in the store and diagrams, raw object included",
            value=f"{total_kb:.1f} kB ({resident / 1000:.1f} resident, {compressed / 1000:.2f} compressed in the log)",
            target=f"≤ {LIMIT_KB:.0f} kB",
            met=total_kb <= LIMIT_KB,
            baseline=f"{as_dicts / 1000:.1f} kB as orjson's dicts",
            ratio=f"{total_kb * 1000 / as_dicts:.2f}",
        )
    ]


def _bytes_of_dicts(pods: bytes) -> float:
    sample = orjson.loads(pods)["items"][:4_000]
    lines = [orjson.dumps(item) for item in sample]
    del sample
    before = _resident()
    kept = [orjson.loads(line) for line in lines]
    return (_resident() - before) / len(kept)


def _resident() -> int:
    gc.collect()
    return int(psutil.Process().memory_info().rss)
