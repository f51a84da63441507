"""A team's workers: what beat says is due is asked by one of them, and by another when that one is killed."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
import redis

from tests.apiserver.server import ApiServer
from tests.cluster import DEMOS
from tests.team.services import RedisServer, end, insert_cluster, orrery, wait
from visualizer.kube.access import Access, Token, to_json
from visualizer.kube.sealing import Sealer, generate_key

KEY = generate_key()


@pytest.fixture
async def server() -> AsyncIterator[ApiServer]:
    """A server with the first pictures of ``rolling-update``."""
    async with ApiServer() as started:
        started.load(DEMOS / "rolling-update" / "recording.jsonl.zst")
        yield started


def add_cluster(address: str, server: ApiServer) -> None:
    """The cluster's row."""
    access = Access(server.url, "lab", "lab", "orrery", authentication=Token(token="abc"))
    insert_cluster(address, name="lab", server=server.url, access=Sealer([KEY]).seal(to_json(access)))


def rows(address: str, poll: str = "livez") -> list[tuple[float, str]]:
    """What the poll found: when it was due, and how it ended."""
    with psycopg.connect(address) as connection:
        asked = "SELECT due_ts, state FROM visualizer_pollresult WHERE poll = %s ORDER BY due_ts"
        return connection.execute(asked, (poll,)).fetchall()


async def until(condition: Any, seconds: float = 30.0) -> None:
    await asyncio.to_thread(lambda: wait(condition, seconds=seconds))


async def test_worker_and_beat_poll_until_they_are_told_to_end(
    variables: dict[str, str],
    database: str,
    server: ApiServer,
    tmp_path: Path,
) -> None:
    add_cluster(database, server)
    made = {**variables, "ORRERY_CLUSTER_KEYS": KEY}
    working, beating = tmp_path / "working", tmp_path / "beating"
    with (
        orrery("worker", "--alive", str(working), variables=made) as worker,
        orrery("beat", "--alive", str(beating), variables=made) as beat,
    ):
        await until(lambda: rows(database) and rows(database, "readyz"))
        await until(lambda: working.exists() and beating.exists())
        ended = [await asyncio.to_thread(end, process, signal.SIGTERM) for process in (beat, worker)]
    for code, said in ended:
        assert code == 0, said
        assert "Traceback" not in said
    assert {state for _, state in rows(database)} == {"ok"}


async def test_a_poll_whose_worker_is_killed_in_the_middle_of_it_is_asked_again_and_kept_once(
    variables: dict[str, str],
    database: str,
    redis_server: RedisServer,
    server: ApiServer,
) -> None:
    add_cluster(database, server)
    made = {**variables, "ORRERY_CLUSTER_KEYS": KEY}
    server.faults.latency(3_600)
    locks = redis.Redis(port=redis_server.port)
    with orrery("beat", variables=made):
        with orrery("worker", variables=made) as killed:
            await server.until(lambda: any(request.path == "/livez" for request in server.requests), seconds=30)
            assert rows(database) == []
            killed.kill()
            await asyncio.to_thread(killed.wait)
        keys = [key for key in await asyncio.to_thread(lambda: locks.keys("*poll*")) if b"livez" in key]
        assert len(keys) == 1
        (left,) = [await asyncio.to_thread(lambda: locks.ttl(keys[0]))]
        assert 0 < left <= 15
        server.faults.heal()
        with orrery("worker", variables=made) as second:
            await until(lambda: rows(database), seconds=60)
            assert (await asyncio.to_thread(end, second, signal.SIGTERM))[0] == 0
    found = rows(database)
    assert len({due for due, _ in found}) == len(found)
    assert {state for _, state in found} == {"ok"}
    assert not [key for key in await asyncio.to_thread(lambda: locks.keys("*poll*")) if b"livez" in key]
    locks.close()
