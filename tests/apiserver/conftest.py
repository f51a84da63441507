"""A stand-in to begin with: the first pictures of a recording, and nothing wrong."""

from __future__ import annotations

from collections.abc import AsyncIterator

import aiohttp
import pytest

from tests.apiserver.following import Client
from tests.apiserver.server import ApiServer
from tests.cluster import DEMOS


@pytest.fixture
async def server() -> AsyncIterator[ApiServer]:
    """A server with the first pictures of ``rolling-update``."""
    async with ApiServer() as started:
        started.load(DEMOS / "rolling-update" / "recording.jsonl.zst")
        yield started


@pytest.fixture
async def client(server: ApiServer) -> AsyncIterator[Client]:
    """Asks that server."""
    connector = aiohttp.TCPConnector(limit=0)
    async with aiohttp.ClientSession(connector=connector, timeout=aiohttp.ClientTimeout(total=20)) as session:
        yield Client(server, session)
