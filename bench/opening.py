"""Opening the stage on a large cluster: the server's time, the bytes on the wire, and when the picture stands."""

from __future__ import annotations

import time
from pathlib import Path

import orjson
from playwright.sync_api import Browser, sync_playwright

from bench.figures import Figure
from bench.generator import LARGE, Generator
from bench.serving import demo, launch
from visualizer.live.encoding import encode_snapshot
from visualizer.live.wire import DIAGRAMS
from visualizer.log.importing import import_recording
from visualizer.log.reader import Reader
from visualizer.models import Log
from visualizer.moment import Moment

LIMIT_MS, LIMIT_KB, LIMIT_PICTURE_S = 300, 500, 2.0
LOADS = 3


def run(folder: Path) -> list[Figure]:
    """20,000 Pods and 50,000 objects: both diagrams' snapshots, and the page in Chromium."""
    path = folder / "large.jsonl.zst"
    Generator(LARGE).write(path, 1_000)
    with path.open("rb") as stream:
        log = import_recording(stream, slug="large", title="Large")
    return [*_snapshots(log), *_pictures(folder, log)]


def _snapshots(log: Log) -> list[Figure]:
    start = time.perf_counter()
    moment = Reader(log).seek(log.opening_seq)
    seek_ms = (time.perf_counter() - start) * 1000
    best_ms, wire_kb = min(_encode(moment) for _ in range(LOADS))
    as_dicts_ms, as_dicts_kb = _as_dicts(moment)
    size = f"{len(moment.store):,} objects"
    return [
        Figure(
            name=f"snapshots of {size}: server time",
            value=f"{best_ms:.0f} ms (finding the moment {seek_ms:.0f} ms before)",
            target=f"< {LIMIT_MS} ms",
            met=best_ms < LIMIT_MS,
            baseline=f"orjson of rows as dicts, not compressed: {as_dicts_ms:.0f} ms",
            ratio=f"{best_ms / as_dicts_ms:.2f}",
        ),
        Figure(
            name=f"snapshots of {size}: on the wire",
            value=f"{wire_kb:.0f} kB",
            target=f"< {LIMIT_KB} kB",
            met=wire_kb < LIMIT_KB,
            baseline=f"orjson of rows as dicts: {as_dicts_kb:,.0f} kB",
            ratio=f"{wire_kb / as_dicts_kb:.2f}",
        ),
    ]


def _encode(moment: Moment) -> tuple[float, float]:
    start = time.perf_counter()
    encoded = [
        encode_snapshot(name, moment.diagram(name).snapshot(), seq=moment.seq, ts=moment.ts) for name in DIAGRAMS
    ]
    return (time.perf_counter() - start) * 1000, sum(map(len, encoded)) / 1000


def _as_dicts(moment: Moment) -> tuple[float, float]:
    tables = [table for name in DIAGRAMS for table in moment.diagram(name).snapshot().values()]
    rows = [
        [{field: getattr(row, field) for field in row.__struct_fields__} for row in table.values()] for table in tables
    ]
    start = time.perf_counter()
    size = len(orjson.dumps(rows))
    return (time.perf_counter() - start) * 1000, size / 1000


def _pictures(folder: Path, log: Log) -> list[Figure]:
    with demo(folder) as address, sync_playwright() as playwright:
        browser = launch(playwright)
        small_s = min(_load(browser, f"{address}/logs/deploy/") for _ in range(LOADS))
        large_s = [_load(browser, f"{address}/logs/{log.slug}/?view=nodes") for _ in range(LOADS)]
        browser.close()
    return [
        Figure(
            name="first picture of 20,000 pods in Chromium",
            value=f"{min(large_s):.2f} s (the first time {large_s[0]:.2f} s)",
            target=f"< {LIMIT_PICTURE_S:.0f} s",
            met=max(large_s) < LIMIT_PICTURE_S,
            baseline=f"a recording of ten pods {small_s:.2f} s",
            ratio=f"{min(large_s) / small_s:.1f}",
        )
    ]


def _load(browser: Browser, url: str) -> float:
    page = browser.new_page(viewport={"width": 1280, "height": 800})
    start = time.perf_counter()
    page.goto(url, wait_until="commit")
    page.wait_for_selector("html[data-idle=true]", state="attached")
    taken = time.perf_counter() - start
    page.close()
    return taken
