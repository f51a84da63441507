"""A team's server under load while its parts die and come back: nothing is lost, nothing doubled, no picture wrong."""

from __future__ import annotations

import asyncio
import itertools
import json
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import aiohttp
import psycopg
import pytest
import zstandard
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake

from dashboard.environment import ROOT
from tests.apiserver.server import ApiServer
from tests.following.conftest import Followed, cluster_of, told_in, watched
from tests.live.picture import Page
from tests.team.services import PostgresqlServer, RedisServer, free_port
from visualizer.live.wire import DIAGRAMS

SECONDS = 40.0
LOAD_PODS = 50


class Team:
    """A team's server with a cluster that is never quiet, and a viewer who connects again when he is sent away."""

    def __init__(self, server: ApiServer, database: str, variables: dict[str, str], folder: Path) -> None:
        self.server, self.database, self.variables, self.folder = server, database, variables, folder
        self.followed = Followed(server)
        self.port = free_port()
        self.page = Page()
        self.greetings = 0

    @asynccontextmanager
    async def process(self, name: str, *arguments: str) -> AsyncIterator[asyncio.subprocess.Process]:
        """One of its processes. What it says is in a file of its name."""
        with (self.folder / f"{name}.log").open("wb") as said:
            process = await asyncio.create_subprocess_exec(
                sys.executable, "manage.py", *arguments, cwd=ROOT, env=self.variables, stdout=said, stderr=said
            )
            try:
                yield process
            finally:
                with suppress(ProcessLookupError):
                    process.terminate()
                await asyncio.wait_for(process.wait(), SECONDS)

    async def add_cluster(self) -> None:
        """As an operator does."""
        kubeconfig = self.server.kubeconfig(self.folder / "config")
        async with self.process("add_cluster", "add_cluster", "lab", "--kubeconfig", str(kubeconfig)) as adding:
            assert await adding.wait() == 0

    @asynccontextmanager
    async def busy(self) -> AsyncIterator[None]:
        """Something happens in the cluster all the time, and is watched."""
        await watched(self.server)
        async with asyncio.TaskGroup() as group:
            viewing, loading = group.create_task(self._view()), group.create_task(self._load())
            await self.wait(lambda: self.greetings == 1)
            await self.happens(100)
            yield
            loading.cancel()
            await self.assert_all_is_right()
            viewing.cancel()

    async def happens(self, count: int) -> None:
        """Return when so much more has happened in the cluster."""
        wanted = self.followed.changes + count
        await self.server.until(lambda: self.followed.changes >= wanted, SECONDS)

    async def wait(self, condition: Callable[[], object]) -> None:
        """Return when this holds; fail when it does not come to hold."""
        async with asyncio.timeout(SECONDS):
            while not await asyncio.to_thread(condition):  # noqa: ASYNC110 - it is other processes that are waited for
                await asyncio.sleep(0.05)

    def holder(self) -> str:
        """Which watcher has the cluster."""
        with psycopg.connect(self.database) as connection:
            row = connection.execute("SELECT holder FROM visualizer_cluster").fetchone()
        return str(row[0]) if row else ""

    async def _load(self) -> None:
        """Pods come, alter and go, some two hundred times a second."""
        for number in itertools.count():
            name, step = f"load-{number // 5 % LOAD_PODS}", number % 5
            pod = {
                "metadata": {"name": name, "namespace": "shop", "uid": f"{name}-{number // 5 // LOAD_PODS}"},
                "spec": {"nodeName": "node-1" if step else "", "containers": []},
                "status": {"phase": "Running" if step > 1 else "Pending"},
            }
            if step < 4:
                self.server.storage.put("v1/pods", pod)
            else:
                self.server.storage.delete("v1/pods", pod)
            await asyncio.sleep(0.005)

    async def _view(self) -> None:
        """Watch the cluster's stage for ever. A delta that does not follow on the picture fails the test."""
        while True:
            with suppress(OSError, ConnectionClosed, InvalidHandshake, TimeoutError):
                async with self._connect() as connection:
                    self.page = Page()
                    for diagram in DIAGRAMS:
                        await connection.send(json.dumps({"op": "subscribe", "diagram": diagram}))
                    self.page.take(await connection.recv())
                    self.greetings += 1
                    async for message in connection:
                        self.page.take(message)
            await asyncio.sleep(0.2)

    def _connect(self) -> connect:
        address = f"ws://127.0.0.1:{self.port}/ws/logs/lab/"
        return connect(address, origin=self.site, compression=None, max_size=None, close_timeout=1)  # type: ignore[arg-type]

    @property
    def site(self) -> str:
        """Where its web process is."""
        return f"http://127.0.0.1:{self.port}"

    async def frames(self) -> list[dict[str, Any]]:
        """Every frame in the cluster's log."""
        async with aiohttp.ClientSession() as session, session.get(f"{self.site}/api/logs/lab/recording") as answer:
            packed = await answer.read()
        lines = zstandard.ZstdDecompressor().stream_reader(packed, read_across_frames=True).read().splitlines()
        return [json.loads(line) for line in lines]

    async def assert_all_is_right(self) -> None:
        """The log has every change once and in order, and the viewer sees what one sees who comes now."""
        told: dict[str, list[tuple[str, Any]]] = {}
        async with asyncio.timeout(SECONDS):
            while sum(map(len, told.values())) < self.followed.changes:
                frames = await self.frames()
                told = told_in(frame for frame in frames if frame["kind"] == "event")
        assert told == self.followed.happened()
        assert [frame["text"] for frame in frames if frame["kind"] == "note"] == []
        fresh = Page()
        async with asyncio.timeout(SECONDS), self._connect() as connection:
            for diagram in DIAGRAMS:
                await connection.send(json.dumps({"op": "subscribe", "diagram": diagram}))
            fresh.take(await connection.recv())
            end = fresh.heard[0]["lastSeq"]
            while fresh.seqs != self.page.seqs or fresh.seqs != dict.fromkeys(DIAGRAMS, end):
                with suppress(TimeoutError):
                    fresh.take(await asyncio.wait_for(connection.recv(), 0.2))
        for diagram in DIAGRAMS:
            assert self.page.shows(diagram) == fresh.shows(diagram)
        assert set(self.page.shows("nodes")["pods"]) == set(self.server.storage.collection("v1/pods").objects)


@pytest.fixture
async def team(database: str, variables: dict[str, str], tmp_path: Path) -> AsyncIterator[Team]:
    """With a web process; each test starts its watchers."""
    async with cluster_of("deploy") as server:
        made = Team(server, database, variables, tmp_path)
        await made.add_cluster()
        async with made.process("serve", "serve", "--port", str(made.port)) as web:
            yield made
            assert web.returncode is None, "it went on all the time"


async def test_a_watcher_that_is_killed_under_load_is_followed_by_another(team: Team) -> None:
    async with team.process("first", "watch") as first:
        await team.wait(team.holder)
        died = team.holder()
        async with team.process("second", "watch"), team.busy():
            first.kill()
            await first.wait()
            await team.wait(lambda: team.holder() not in ("", died))
            await watched(team.server)
            await team.happens(200)


async def test_redis_may_die_and_come_back(team: Team, redis_server: RedisServer) -> None:
    async with team.process("watcher", "watch"), team.busy():
        for _ in range(2):
            redis_server.kill()
            await team.happens(200)
            await redis_server.restart()
            await team.happens(200)
        assert team.greetings == 1, "the viewer was not sent away"


async def test_postgresql_may_die_and_come_back(team: Team, postgresql_server: PostgresqlServer) -> None:
    async with team.process("watcher", "watch") as watcher, team.busy():
        for _ in range(2):
            await postgresql_server.kill()
            await team.happens(200)
            await postgresql_server.restart()
            await team.happens(200)
        await team.wait(team.holder)
        await watched(team.server)
        assert watcher.returncode is None, "it went on all the time"
