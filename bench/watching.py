"""What a watcher costs: its memory with a large cluster, and the requests that it makes to the API server."""

from __future__ import annotations

import asyncio
import gc
from collections import Counter
from pathlib import Path

import psutil

from bench.figures import Figure
from bench.following import followed
from bench.generator import DEMOS
from bench.serving import api_server
from tests.apiserver.server import ApiServer, Request

MINUTES, TIMES_FASTER = 10, 60
RENEWALS = 10 * 60 // 240
"""A watch ends after 240 to 300 seconds: in ten minutes each is renewed twice."""


def run(_folder: Path) -> list[Figure]:
    """Memory first: nothing of the other cluster is there yet."""
    return [asyncio.run(_memory()), asyncio.run(_requests())]


async def _memory() -> Figure:
    gc.collect()
    process = psutil.Process()
    before = process.memory_info().rss
    with api_server("large") as address:
        async with followed(address) as (watcher, feed):
            while not watcher.health.is_synchronised:  # noqa: ASYNC110 - what is measured sets no event
                await asyncio.sleep(0.05)
            await asyncio.sleep(1)  # the last batch is kept by then
            gc.collect()
            grown = process.memory_info().rss - before
            objects = len(feed.store or ())
    return Figure(
        name=f"memory of a watcher following {objects:,} objects",
        value=f"{grown / 1e6:.0f} MB ({grown / objects / 1000:.1f} kB each)",
        target="—",
        met=None,
        baseline=f"a process that follows nothing {before / 1e6:.0f} MB",
    )


async def _requests() -> Figure:
    """The stand-in lets time pass sixty times faster, and with it the ends of watches; the watcher's own is its own."""
    async with ApiServer(rate=TIMES_FASTER) as server:
        server.load(DEMOS / "rolling-update" / "recording.jsonl.zst")
        async with followed(server.url):
            await asyncio.sleep(MINUTES * 60 / TIMES_FASTER)
        made = Counter(map(_what, server.requests))
        resources = len({request.path for request in server.requests if _what(request) == "lists"})
    most = {"lists": resources, "watches": resources * (1 + RENEWALS), "discovery": 3}
    told = ", ".join(f"{made[what]} {what}" for what in most)
    return Figure(
        name=f"requests to the API server in {MINUTES} minutes, {resources} resources",
        value=f"{len(server.requests)} ({told})",
        target="a list and the renewals of its watch for each resource",
        met=all(made[what] <= most[what] for what in most) and made.total() == sum(made[what] for what in most),
    )


def _what(request: Request) -> str:
    if "sendInitialEvents" in request.query:
        return "lists"
    if request.query.get("watch") == "1":
        return "watches"
    return "discovery" if request.path in ("/version", "/api", "/apis") else request.path
