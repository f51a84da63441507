"""From the arrival of a watch's line to a browser's frame: a real cluster's writes, the embedded server, and Chromium.

One clock measures both ends, this machine's: the watcher stamps each line when it has been read off the socket (the
frame's ``ts``), and the page notes the time after the animation frame that draws the write has been painted. Between
lie the watcher's batch, the log and its commit, the bus, the hub's tick, the socket, and the browser's own work.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, sync_playwright

from bench.figures import Figure, percentile
from bench.serving import api_server, demo, launch

SECONDS, WARM_UP_SECONDS = 12, 3
RATES = (200, 1_000)

_LISTEN = """
() => {
  window.drawn = [];
  const viewer = document.querySelector("orrery-stage").viewer;
  viewer.addEventListener("writes", (event) => requestAnimationFrame(() => {
    const painted = new MessageChannel();
    painted.port1.onmessage = () => {
      const now = (performance.timeOrigin + performance.now()) / 1000;
      for (const write of event.detail) window.drawn.push([write.seq, write.ts, now]);
    };
    painted.port2.postMessage(0);
  }));
}
"""


def run(folder: Path) -> list[Figure]:
    """Each rate with a server and a data folder of its own."""
    return [_measure(folder / str(rate), rate) for rate in RATES]


def _measure(folder: Path, rate: int) -> Figure:
    folder.mkdir()
    with api_server(events=rate * (SECONDS + 20), per_second=rate) as cluster:
        kubeconfig = _kubeconfig(folder, cluster)
        with demo(folder, "--kubeconfig", str(kubeconfig)) as address, sync_playwright() as playwright:
            browser = launch(playwright)
            page = browser.new_page(viewport={"width": 1280, "height": 800})
            page.goto(f"{address}/")
            _open_live(page, address)
            page.evaluate(_LISTEN)
            page.wait_for_timeout(SECONDS * 1000)
            drawn: list[list[float]] = page.evaluate("window.drawn")
            browser.close()
    first = min(ts for _, ts, _ in drawn) + WARM_UP_SECONDS
    latencies = {seq: (now - ts) * 1000 for seq, ts, now in drawn if ts >= first}
    told = max(latencies) - min(latencies) + 1
    return Figure(
        name=f"from a watch's line to a painted frame, {rate:,} events/s",
        value=f"p50 {percentile(latencies.values(), 0.5):.0f} ms, p99 {percentile(latencies.values(), 0.99):.0f} ms",
        target="—",
        met=None,
        baseline=f"{len(latencies) / told:.0%} of {told:,} writes were drawn; tick 80 ms",
    )


def _open_live(page: Page, address: str) -> None:
    """The stage of the only cluster, as soon as it is followed."""
    while not _is_followed(page, address):
        page.wait_for_timeout(200)
    page.goto(f"{address}/logs/bench/")
    page.wait_for_selector("html[data-idle=true]", state="attached")


def _is_followed(page: Page, address: str) -> bool:
    clusters: list[dict[str, Any]] = page.request.get(f"{address}/api/clusters").json()
    return bool(clusters) and bool(clusters[0]["is_synchronised"])


def _kubeconfig(folder: Path, server: str) -> Path:
    path = folder / "config"
    config = {
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": "bench",
        "clusters": [{"name": "bench", "cluster": {"server": server}}],
        "users": [{"name": "bench", "user": {"token": "bench"}}],
        "contexts": [{"name": "bench", "context": {"cluster": "bench", "user": "bench"}}],
    }
    path.write_text(json.dumps(config))  # JSON is YAML
    return path
