"""A family among 100,000 objects: what the first question costs, and what the next ones do.

The cluster is in a log, so that reading objects from its chunks is in the figures. All of it is one thread's work, and
is measured in that thread's time.
"""

from __future__ import annotations

import gc
import statistics
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import orjson

from bench.figures import Figure
from bench.generator import Generator, Size
from visualizer.catalog.listing import list_objects
from visualizer.family.family import FamilyTree, family_of
from visualizer.family.index import Index
from visualizer.log.importing import import_recording
from visualizer.log.reader import Reader
from visualizer.store import Place, Store

SIZE = Size(nodes=1_000, applications=8_000, replicas=5, others=26_000)
FIRST_MS, NEXT_MS, ALL_MS, LIST_MS = 1_000.0, 100.0, 15_000.0, 250.0

_Result = TypeVar("_Result")


def run(folder: Path) -> list[Figure]:
    """One namespace's families, one that all namespaces may belong to, and a stretch of a list."""
    path = folder / "large.jsonl.zst"
    Generator(SIZE).write(path, 100)
    with path.open("rb") as stream:
        log = import_recording(stream, slug="large", title="Large")
    reader = Reader(log)
    store = reader.seek(log.opening_seq).store
    gc.collect()
    pod = next(iter(store.entries("v1/pods")))
    places: list[Place] = [("v1/pods", pod), ("v1/services", next(iter(store.entries("v1/services"))))]
    index = Index()
    _, first_ms = _timed(lambda: _family(store, index, reader, places[0]))
    next_ms = max(statistics.median(_next_ms(store, index, reader, place)) for place in places)
    _, all_ms = _timed(lambda: Index().refresh(store, reader.raw_objects))
    pods = list(store.entries("v1/pods").values())
    _, parse_ms = _timed(lambda: [orjson.loads(raw) for _, raw in reader.raw_objects(pods)])
    listed, list_ms = _timed(
        lambda: list_objects(store, reader.raw_objects, "v1/pods", now=log.last_ts, text="a", start=20_000)
    )
    if listed.total == 0:
        raise AssertionError("the list is empty")
    _, copy_ms = _timed(store.copy)
    objects = f"{len(store):,} objects"
    return [
        Figure(
            f"a first family in one namespace among {objects}",
            f"{first_ms:.0f} ms",
            f"≤ {FIRST_MS:.0f} ms",
            first_ms <= FIRST_MS,
            baseline=f"{parse_ms:,.0f} ms to read every Pod with orjson",
            ratio=f"{first_ms / parse_ms:.3f}",
        ),
        Figure("the next family there", f"{next_ms:.1f} ms", f"≤ {NEXT_MS:.0f} ms", next_ms <= NEXT_MS),
        Figure(
            "reading who names what in all namespaces, once",
            f"{all_ms / 1e3:.1f} s",
            f"≤ {ALL_MS / 1e3:.0f} s",
            all_ms <= ALL_MS,
            baseline=f"{parse_ms / 1e3:.1f} s to read every Pod with orjson",
            ratio=f"{all_ms / parse_ms:.2f}",
        ),
        Figure(
            f"200 rows in the middle of {listed.objects:,} Pods that were narrowed by a word",
            f"{list_ms:.0f} ms",
            f"≤ {LIST_MS:.0f} ms",
            list_ms <= LIST_MS,
        ),
        Figure(f"letting {objects} stand still for a question", f"{copy_ms:.0f} ms", "", None),
    ]


def _family(store: Store, index: Index, reader: Reader, place: Place) -> FamilyTree:
    return family_of(store, index, reader.raw_objects, place)


def _next_ms(store: Store, index: Index, reader: Reader, place: Place) -> list[float]:
    _family(store, index, reader, place)
    return [_timed(lambda: _family(store, index, reader, place))[1] for _ in range(5)]


def _timed(work: Callable[[], _Result]) -> tuple[_Result, float]:
    start = time.thread_time()
    result = work()
    return result, (time.thread_time() - start) * 1e3
