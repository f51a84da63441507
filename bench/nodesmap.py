"""The Nodes map of 150,000 pods on 5,000 nodes: what it takes to come, and how it moves in Chromium.

A frame's work is the map's own drawing, as it measures itself (the User Timing measure ``orrery-map``). How many frames
there are in a second is counted from one animation frame to the next, while a person's wheel, hand and search go on.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import zstandard
from playwright.sync_api import Page, sync_playwright

from bench.figures import Figure, percentile
from bench.population import lines
from bench.serving import demo, launch
from visualizer.live.encoding import encode_snapshot
from visualizer.log.importing import import_recording
from visualizer.log.reader import Reader
from visualizer.models import Log

NODES, PODS = 5_000, 150_000
FRAMES_PER_SECOND = 30
SOUGHT = "team-07/web-00007-6b5d478965"

_WATCH = """() => {
  window.frameGaps = [];
  let last = performance.now();
  const next = () => {
    const now = performance.now();
    window.frameGaps.push(now - last);
    last = now;
    requestAnimationFrame(next);
  };
  requestAnimationFrame(next);
}"""
_START = "() => { window.frameGaps.length = 0; performance.clearMeasures('orrery-map'); }"
_TAKE = "() => [window.frameGaps.slice(1), performance.getEntriesByName('orrery-map').map((entry) => entry.duration)]"

_BARE = """() => {
  const shown = document.querySelector('.map-cells');
  const canvas = document.createElement('canvas');
  [canvas.width, canvas.height] = [shown.width, shown.height];
  const context = canvas.getContext('2d', { alpha: false });
  const image = context.createImageData(canvas.width, canvas.height);
  const pixels = new Uint32Array(image.data.buffer);
  const taken = [];
  for (let times = 0; times < 40; times++) {
    const start = performance.now();
    pixels.fill(0xff000000 + times);
    context.putImageData(image, 0, 0);
    taken.push(performance.now() - start);
  }
  taken.sort((a, b) => a - b);
  return taken[20];
}"""


@dataclass(frozen=True)
class Frames:
    """Milliseconds from frame to frame while something was done, and what the map's drawing took of each."""

    gaps: list[float]
    draws: list[float]

    @property
    def gap_ms(self) -> float:
        """The median."""
        return percentile(self.gaps, 0.5)

    @property
    def draw_ms(self) -> float:
        """The median."""
        return percentile(self.draws, 0.5)


def write_population(path: Path) -> None:
    """The recording of such a cluster, into this file."""
    with path.open("wb") as file, zstandard.ZstdCompressor(level=1).stream_writer(file) as stream:
        for line in lines(NODES, PODS):
            stream.write(line + b"\n")


def watch_frames(page: Page) -> None:
    """Count frames from now on."""
    page.evaluate(_WATCH)


def during(page: Page, action: Callable[[], object]) -> Frames:
    """The frames while this is done."""
    page.evaluate(_START)
    action()
    return Frames(*page.evaluate(_TAKE))


def zoom(page: Page) -> None:
    """In to where pods have signs, and out again, by the wheel."""
    _point_at_middle(page)
    for step in (-60, 60):
        for _ in range(30):
            page.mouse.wheel(0, step)


def pan(page: Page) -> None:
    """Drag from the middle to a corner and back."""
    x, y = _point_at_middle(page)
    page.mouse.down()
    for step in [*range(30), *range(30, 0, -1)]:
        page.mouse.move(x - 8 * step, y - 4 * step)
    page.mouse.up()


def search(page: Page) -> None:
    """Search for a pod and go to it, until the map stands still there."""
    page.keyboard.press("Control+k")
    page.keyboard.type(f"kind:pod {SOUGHT.partition('/')[2]}")
    page.locator("#found [role=option]").first.wait_for()
    page.keyboard.press("Enter")
    page.wait_for_function("ref => decodeURIComponent(location.search).includes(ref)", arg=SOUGHT)
    page.wait_for_function(_STANDS_STILL, polling="raf")


_STANDS_STILL = """() => {
  const drawn = performance.getEntriesByName('orrery-map').length;
  const frames = window.frameGaps.length;
  if (window.drawnBefore?.drawn !== drawn) window.drawnBefore = { drawn, frames };
  return frames - window.drawnBefore.frames > 12;
}"""


def run(folder: Path) -> list[Figure]:
    """The server's share, the first picture, and frames while zooming, panning and searching."""
    path = folder / "population.jsonl.zst"
    write_population(path)
    with path.open("rb") as stream:
        log = import_recording(stream, slug="population")
    with demo(folder) as address, sync_playwright() as playwright:
        browser = launch(playwright)
        page = browser.new_page(viewport={"width": 1280, "height": 800})
        start = time.perf_counter()
        page.goto(f"{address}/logs/population/?view=nodes", wait_until="commit")
        page.wait_for_selector("html[data-idle=true]", state="attached")
        first_s = time.perf_counter() - start
        watch_frames(page)
        bare_ms = page.evaluate(_BARE)
        done = {name: during(page, lambda act=act: act(page)) for name, act in DOING.items()}
        browser.close()
    what = f"{PODS:,} pods on {NODES:,} nodes"
    figures = [
        *_server(log, what),
        Figure(f"the Nodes map of {what}: first picture in Chromium", f"{first_s:.1f} s", "—", None),
    ]
    for name, frames in done.items():
        per_second = 1000 / frames.gap_ms
        figures.append(
            Figure(
                name=f"the same, {name}: frames a second, and the map's work for one",
                value=f"{per_second:.0f}, {frames.draw_ms:.1f} ms (p95 {percentile(frames.draws, 0.95):.1f})",
                target=f"≥ {FRAMES_PER_SECOND}",
                met=per_second >= FRAMES_PER_SECOND,
                baseline=f"a bare ImageData redraw {bare_ms:.2f} ms",
                ratio=f"{frames.draw_ms / bare_ms:.1f}",
            )
        )
    return figures


DOING: dict[str, Callable[[Page], None]] = {"zooming": zoom, "panning": pan, "searching": search}


def _server(log: Log, what: str) -> list[Figure]:
    moment = Reader(log).seek(log.opening_seq)
    start = time.perf_counter()
    diagram = moment.diagram("nodes")
    built_s = time.perf_counter() - start
    start = time.perf_counter()
    encoded = encode_snapshot("nodes", diagram.snapshot(), seq=1, ts=1.0)
    encoded_s = time.perf_counter() - start
    return [
        Figure(
            name=f"the Nodes diagram of {what}: built, encoded, and on the wire",
            value=f"{built_s:.2f} s, {encoded_s:.2f} s, {len(encoded) / 1e6:.1f} MB",
            target="—",
            met=None,
        )
    ]


def _point_at_middle(page: Page) -> tuple[float, float]:
    box = page.locator(".map-ground").bounding_box()
    if box is None:
        raise RuntimeError("there is no map on the page")
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    return x, y
