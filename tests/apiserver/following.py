"""A client in small: asks a stand-in, and reads its watches off the wire."""

from __future__ import annotations

import io
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from typing import Any

import aiohttp
import orjson

from tests.apiserver.server import ApiServer

LONGEST_LINE = 64 * 1024 * 1024
PATIENCE = 20.0
"""Seconds after which a watch that does not end is a failure."""
Headers = dict[str, str]


@dataclass(frozen=True)
class Answer:
    """A status, headers, and JSON; None if it is none."""

    status: int
    headers: Headers
    body: Any
    text: str


class Client:
    """Asks one stand-in; paths are absolute."""

    def __init__(self, server: ApiServer, session: aiohttp.ClientSession) -> None:
        self._server = server
        self._session = session

    async def ask(
        self, method: str, path: str, body: Any = None, headers: Headers | None = None, /, **query: str
    ) -> Answer:
        """Any request."""
        given = {"Content-Type": "application/json", **(headers or {})}
        data = None if body is None else io.BytesIO(orjson.dumps(body))
        url = self._server.url + path
        async with self._session.request(method, url, params=query, data=data, headers=given) as response:
            text = await response.text()
            told = orjson.loads(text) if "json" in response.content_type else None
            return Answer(response.status, dict(response.headers), told, text)

    async def get(self, path: str, headers: Headers | None = None, /, **query: str) -> Answer:
        """A get or a list."""
        return await self.ask("GET", path, None, headers, **query)

    async def version(self, path: str) -> str:
        """The resourceVersion of a list that is made now."""
        return str((await self.get(path)).body["metadata"]["resourceVersion"])

    async def lines(self, path: str, headers: Headers | None = None, /, **query: str) -> AsyncGenerator[bytes, None]:
        """The lines of a watch, until it ends; the client's own error if it is lost."""
        asked, timeout = {"watch": "1", **query}, aiohttp.ClientTimeout(total=PATIENCE)
        async with self._session.get(
            self._server.url + path, params=asked, headers=headers, timeout=timeout, read_bufsize=LONGEST_LINE
        ) as response:
            if response.status != 200:
                raise AssertionError(await response.text())
            while line := await response.content.readline():
                yield line

    async def events(
        self, path: str, headers: Headers | None = None, /, **query: str
    ) -> AsyncGenerator[dict[str, Any], None]:
        """The events of a watch."""
        async for line in self.lines(path, headers, **query):
            yield orjson.loads(line)
