"""A cluster to be asked: the stand-in API server with a recording in it, and its row in the database."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from typing import Any, TypeAlias

import aiohttp
import pytest
from django.core.cache import cache

from tests.apiserver.following import Client
from tests.apiserver.server import ApiServer
from tests.cluster import DEMOS
from visualizer.following.adding import save
from visualizer.kube.access import Access, Token
from visualizer.kube.sealing import Sealer, generate_key
from visualizer.live.bus import Bus
from visualizer.live.threads import in_thread
from visualizer.models import Cluster, PollResult
from visualizer.polling.poller import Poller

SEALER = Sealer([generate_key()])
Ask: TypeAlias = Callable[..., Awaitable[PollResult]]


@pytest.fixture(autouse=True)
def empty_cache(transactional_db: None) -> None:
    """No test finds another's locks."""
    cache.clear()


@pytest.fixture
async def server() -> AsyncIterator[ApiServer]:
    """A server with the first pictures of ``rolling-update``."""
    async with ApiServer() as started:
        started.load(DEMOS / "rolling-update" / "recording.jsonl.zst")
        yield started


def access_to(server: ApiServer, **more: Any) -> Access:
    """How to reach it."""
    return Access(server.url, "lab", "lab", "orrery", authentication=Token(token="abc"), **more)


@pytest.fixture
async def cluster(server: ApiServer) -> Cluster:
    """Its row."""
    return await in_thread(lambda: save("lab", access_to(server), SEALER))


@pytest.fixture
def poller() -> Iterator[Poller]:
    """Asks polls."""
    made = Poller(lambda: SEALER, Bus)
    yield made
    made.close()


@pytest.fixture
def ask(cluster: Cluster, poller: Poller) -> Ask:
    """Asks one poll of it, for the next due time, and gives the row."""
    due = 0

    async def ask_one(name: str) -> PollResult:
        nonlocal due
        due += 1
        assert await in_thread(lambda: poller.run(cluster.pk, name, due)) == "kept"
        return await in_thread(lambda: PollResult.objects.get(cluster=cluster, poll=name, due_ts=due))

    return ask_one


@pytest.fixture
async def client(server: ApiServer) -> AsyncIterator[Client]:
    """Asks the server, and writes to it."""
    async with aiohttp.ClientSession() as session:
        yield Client(server, session)
