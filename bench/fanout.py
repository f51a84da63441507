"""200 viewers of one live log: from frame to socket, with and without viewers who stop reading."""

from __future__ import annotations

import asyncio
import gzip
import os
import re
import socket
import sys
import time
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psutil
from websockets.asyncio.client import ClientConnection, connect

from bench.figures import Figure, percentile

VIEWERS, STOPPED, RATE, SECONDS = 200, 20, 200, 15
LIMIT_MS, LIMIT_MB = 200.0, 20.0
_DELTA = re.compile(r'"op":"delta","diagram":"flow","base":(\d+),"seq":(\d+)')


@dataclass
class Measured:
    """What a phase gave: every frame's latency at every viewer in ms, and how the server's memory grew in MB."""

    latencies_ms: list[float] = field(default_factory=list)
    grown_mb: float = 0.0

    @property
    def p99(self) -> float:
        """In ms."""
        return percentile(self.latencies_ms, 0.99)


def run(_folder: Path) -> list[Figure]:
    """Three servers, one after another: bare, Orrery's, and Orrery's with viewers who stop reading."""
    bare = asyncio.run(_measure("bare", stopped=0))
    plain = asyncio.run(_measure("orrery", stopped=0))
    burdened = asyncio.run(_measure("orrery", stopped=STOPPED))
    extra_mb = burdened.grown_mb - plain.grown_mb
    return [
        Figure(
            name=f"{VIEWERS} viewers, {RATE} changes/s: frame to socket, p99",
            value=f"{plain.p99:.0f} ms (median {percentile(plain.latencies_ms, 0.5):.0f} ms, tick 80 ms)",
            target=f"< {LIMIT_MS:.0f} ms",
            met=plain.p99 < LIMIT_MS,
            baseline=f"bare broadcast of numbers {bare.p99:.0f} ms",
            ratio=f"{plain.p99 / bare.p99:.1f}",
        ),
        Figure(
            name=f"the same with {STOPPED} more who stop reading, p99",
            value=f"{burdened.p99:.0f} ms",
            target=f"< {LIMIT_MS:.0f} ms",
            met=burdened.p99 < LIMIT_MS,
            baseline=f"without them {plain.p99:.0f} ms",
            ratio=f"{burdened.p99 / plain.p99:.2f}",
        ),
        Figure(
            name=f"memory that {STOPPED} who stop reading cost the server",
            value=f"{extra_mb:.0f} MB (grown {burdened.grown_mb:.0f} with them, {plain.grown_mb:.0f} without)",
            target=f"≤ {LIMIT_MB:.0f} MB",
            met=extra_mb <= LIMIT_MB,
        ),
    ]


async def _measure(kind: str, *, stopped: int) -> Measured:
    async with _serving(kind) as (server, port):
        published: dict[int, float] = {}
        reading = asyncio.create_task(_read_published(server, published))
        readers = [await _join(port) for _ in range(VIEWERS)]
        measured = Measured()
        arrivals: list[tuple[int, int, float]] = []
        tasks = [asyncio.create_task(_watch(reader, arrivals)) for reader in readers]
        idle = [await _join(port) for _ in range(stopped)]
        await asyncio.sleep(3)  # let everybody have a snapshot
        arrivals.clear()
        before = _resident_mb(server.pid)
        await asyncio.sleep(SECONDS)
        measured.grown_mb = _resident_mb(server.pid) - before
        for task in tasks:
            task.cancel()
        reading.cancel()
        for base, seq, arrived in arrivals:
            for frame in range(base + 1, seq + 1):
                if frame in published:
                    measured.latencies_ms.append((arrived - published[frame]) * 1000)
        for viewer in [*readers, *idle]:
            viewer.transport.abort()
        return measured


@asynccontextmanager
async def _serving(kind: str) -> AsyncIterator[tuple[Process, int]]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    folder = Path(os.environ["ORRERY_DATA_DIR"]) / f"{kind}-{port}"
    environment = {**os.environ, "ORRERY_DATA_DIR": str(folder)}
    folder.mkdir()
    if kind == "orrery":
        migrating = await asyncio.create_subprocess_exec(
            sys.executable, "manage.py", "migrate", "--verbosity", "0", env=environment
        )
        await migrating.wait()
    server = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bench.fanout_server", kind, str(port), str(RATE), stdout=PIPE, env=environment
    )
    try:
        if server.stdout is None or (await server.stdout.readline()).strip() != b"ready":
            raise RuntimeError("the server did not start")
        yield server, port
    finally:
        server.kill()
        await server.wait()


async def _join(port: int) -> ClientConnection:
    url = f"ws://127.0.0.1:{port}/ws/logs/live/"
    viewer = await connect(url, origin=f"http://127.0.0.1:{port}", compression=None, max_size=None, ping_interval=None)  # type: ignore[arg-type]
    for diagram in ("flow", "nodes"):
        await viewer.send(f'{{"op":"subscribe","diagram":"{diagram}"}}')
    return viewer


async def _watch(viewer: ClientConnection, arrivals: list[tuple[int, int, float]]) -> None:
    async for message in viewer:
        arrived = time.monotonic()
        text = gzip.decompress(message).decode() if isinstance(message, bytes) else message
        if found := _DELTA.search(text, 0, 120):
            arrivals.append((int(found[1]), int(found[2]), arrived))


async def _read_published(server: Process, published: dict[int, float]) -> None:
    if server.stdout is None:
        raise RuntimeError("the server's output is not read")
    async for line in server.stdout:
        seq, moment = line.split()
        published[int(seq)] = float(moment)


def _resident_mb(pid: int) -> float:
    return psutil.Process(pid).memory_info().rss / 1e6
