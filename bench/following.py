"""Following a live cluster: events a second through watcher, log and diagrams, against a bare loop and kubectl."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
import orjson

from bench.figures import Figure
from bench.serving import api_server
from visualizer.following.adding import save
from visualizer.following.feed import LogFeed
from visualizer.following.lease import take
from visualizer.kube.access import Access
from visualizer.kube.credentials import Credentials
from visualizer.kube.sealing import Sealer, generate_key
from visualizer.kube.transport import Transport
from visualizer.kube.watcher import Watcher
from visualizer.live.bus import Bus
from visualizer.live.threads import in_thread

EVENTS = 20_000
OF_BARE, OF_KUBECTL = 0.5, 5.0
KUBECTL = Path(sys.executable).parent / "kubectl"


def run(folder: Path) -> list[Figure]:
    """The same events, read three ways from the same server."""
    with api_server(events=EVENTS) as address:
        bare = asyncio.run(_bare(address))
        ours = asyncio.run(_follow(address))
        kubectl = _kubectl(address, folder)
    return [
        Figure(
            name="following: events a second, log and diagrams included",
            value=f"{ours:,.0f} events/s",
            target=f"≥ {OF_BARE} of a bare loop",
            met=ours >= OF_BARE * bare,
            baseline=f"bare aiohttp + orjson {bare:,.0f} events/s",
            ratio=f"{ours / bare:.2f}",
        ),
        Figure(
            name="the same, against kubectl get -w -o json",
            value=f"{ours:,.0f} events/s",
            target=f"≥ {OF_KUBECTL:.0f} times kubectl",
            met=ours >= OF_KUBECTL * kubectl,
            baseline=f"kubectl {kubectl:,.0f} events/s",
            ratio=f"{ours / kubectl:.1f}",
        ),
    ]


async def _bare(address: str) -> float:
    """The least that could be done: read lines, decode them, keep the latest state of each object."""
    kept: dict[str, object] = {}
    async with aiohttp.ClientSession(read_bufsize=1 << 20) as session:
        started = time.perf_counter()
        async with session.get(f"{address}/api/v1/pods?watch=1&resourceVersion=1") as answer:
            for _ in range(EVENTS):
                told = orjson.loads(await answer.content.readline())
                kept[told["object"]["metadata"]["uid"]] = told["object"]
        return EVENTS / (time.perf_counter() - started)


async def _follow(address: str) -> float:
    async with followed(address) as (watcher, feed):
        while not watcher.health.is_synchronised:  # noqa: ASYNC110 - what is measured sets no event
            await asyncio.sleep(0.001)
        started = time.perf_counter()
        opening = feed.tail.log.last_seq
        while feed.tail.log.last_seq < opening + EVENTS:  # noqa: ASYNC110
            await asyncio.sleep(0.005)
        return EVENTS / (time.perf_counter() - started)


@asynccontextmanager
async def followed(address: str) -> AsyncIterator[tuple[Watcher, LogFeed]]:
    """A watcher of this cluster, and the log that it feeds. What ends it fails the bench."""
    access = Access(address, "bench", "bench", "bench")
    cluster = await in_thread(lambda: save(address, access, Sealer([generate_key()])))
    await in_thread(lambda: take(cluster.pk, "bench"))
    feed = LogFeed(cluster, "bench", Bus())
    async with Transport(address, Credentials(access)) as transport, asyncio.TaskGroup() as group:
        watcher = Watcher(transport, feed)
        watching = group.create_task(watcher.run())
        yield watcher, feed
        watching.cancel()


def _kubectl(address: str, folder: Path) -> float:
    command = [str(KUBECTL), "--server", address, "get", "pods", "-A", "-w", "-o", "json", "--output-watch-events"]
    environment = {**os.environ, "HOME": str(folder), "KUBECONFIG": "/dev/null"}
    told = subprocess.Popen(command, stdout=subprocess.PIPE, env=environment)
    if told.stdout is None:
        raise RuntimeError("kubectl's output is not read")
    seen, started = 0, 0.0
    for line in told.stdout:
        if line.startswith((b'    "type"', b'{"type"')) or b'"type": "' in line[:16]:
            started = started or time.perf_counter()
            seen += 1
            if seen == EVENTS:
                break
    taken = time.perf_counter() - started
    told.kill()
    told.wait()
    return seen / taken
