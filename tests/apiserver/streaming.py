"""The answer to a watch: lines, as they come to be."""

from __future__ import annotations

import asyncio
import random
from contextlib import suppress
from typing import TYPE_CHECKING

from aiohttp import web

from tests.apiserver import watching
from tests.apiserver.calls import Call
from tests.apiserver.statuses import too_large_version
from tests.apiserver.watching import Cut, Say, Watch

if TYPE_CHECKING:
    from tests.apiserver.server import ApiServer

SHORTEST = 1800.0
"""A watch that names no time lasts this long to twice as long, as ``--min-request-timeout`` has it."""


async def watch(server: ApiServer, call: Call, headers: dict[str, str]) -> web.StreamResponse:
    """Answer a watch until its time is over, the client is gone, or a fault ends it."""
    watching.check(call, streams_lists=server.streams_lists)
    await _caught_up(server, call)
    opened = Watch(server, call)
    first = list(opened.lines())
    server.watches.add(opened)
    server.notices.tell()
    try:
        response = web.StreamResponse(headers={**headers, "Content-Type": "application/json"})
        await response.prepare(call.http)
        with suppress(ConnectionResetError):  # whoever goes does not say so
            await _Stream(server, call, opened, response).run(first)
    finally:
        server.watches.discard(opened)
        server.notices.tell()
    return response


async def _caught_up(server: ApiServer, call: Call) -> None:
    """Wait for the version a streaming list is to be no older than."""
    asked = call.version() or 0
    if not call.flag("sendInitialEvents"):
        return
    try:
        await server.notices.until(lambda: server.storage.version >= asked, server.patience)
    except TimeoutError:
        raise too_large_version(asked, server.storage.version) from None


class _Stream:
    """Writes one watch's lines to its connection."""

    def __init__(self, server: ApiServer, call: Call, opened: Watch, response: web.StreamResponse) -> None:
        self._server = server
        self._call = call
        self._watch = opened
        self._response = response
        self._loop = asyncio.get_running_loop()
        seconds = call.number("timeoutSeconds") or random.uniform(SHORTEST, 2 * SHORTEST)
        self._deadline = self._loop.time() + seconds / server.rate
        self._pause = server.bookmark_seconds / server.rate

    async def run(self, first: list[bytes]) -> None:
        """Say everything there is to say, until the end."""
        for line in first:
            await self._write(line)
        bookmark_due = self._loop.time() + self._pause
        while True:
            if not await self._empty_inbox():
                return
            now = self._loop.time()
            if now >= min(bookmark_due, self._deadline):
                await self._bookmark()
                bookmark_due = now + self._pause
                if now >= self._deadline:
                    return
            await self._something(min(bookmark_due, self._deadline) - now)

    async def _empty_inbox(self) -> bool:
        """Work off what is to be done; whether the watch goes on."""
        while self._watch.inbox:
            match self._watch.inbox.popleft():
                case Say(line, last):
                    await self._write(line)
                    if last:
                        return False
                case Cut(mid_line):
                    await self._cut(mid_line=mid_line)
                    return False
                case write:
                    if told := self._watch.tell(write):
                        await self._write(told)
        return True

    async def _something(self, seconds: float) -> None:
        """Wait for something to do, or so many seconds."""
        try:
            await self._server.notices.until(lambda: bool(self._watch.inbox), seconds)
        except TimeoutError:
            return

    async def _bookmark(self) -> None:
        if line := self._watch.bookmark():
            await self._write(line)

    async def _write(self, line: bytes) -> None:
        await self._server.faults.while_hanging(self._call)
        await self._response.write(line)

    async def _cut(self, *, mid_line: bool) -> None:
        """Close the connection without the end that chunks have: the client sees it is not whole."""
        if mid_line:
            await self._response.write(self._watch.half_line())
        if transport := self._call.http.transport:
            transport.close()
