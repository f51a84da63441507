"""The websocket of one viewer: hands what it says to its session, and what waits in its outbox to the socket.

Two tasks do the work, so that the consumer itself never waits: the session moves and answers, the sender sends. A failure in
either is logged and closes the socket, and the viewer connects again.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Coroutine
from typing import Final

import msgspec
import structlog
from channels.db import database_sync_to_async
from channels.generic.websocket import AsyncWebsocketConsumer

from visualizer.live import wire
from visualizer.live.bus import Bus
from visualizer.live.encoding import Encoded, decode_message
from visualizer.live.hub import Hubs
from visualizer.live.outbox import Outbox, SnapshotWish
from visualizer.live.session import Session
from visualizer.models import Log

MAX_MESSAGE_BYTES: Final = 65_536
MAX_MESSAGES_PER_SECOND: Final = 50
NO_SUCH_LOG: Final = 4404
FAILED: Final = 1011
UNWELCOME: Final = 1008

_log = structlog.get_logger()

bus = Bus()
hubs = Hubs(bus)
"""This process's; a process has one event loop that serves."""


class LogConsumer(AsyncWebsocketConsumer):  # type: ignore[misc]
    """Serves one viewer of one log (docs/wire-protocol.md)."""

    async def connect(self) -> None:
        """Open a session, or say that there is no such log."""
        self._tasks: list[asyncio.Task[None]] = []
        self._allowance = float(MAX_MESSAGES_PER_SECOND)
        self._heard_at = time.monotonic()
        slug = self.scope["url_route"]["kwargs"]["slug"]
        await self.accept()
        log = await database_sync_to_async(_find)(slug)
        if log is None:
            await self.close(code=NO_SUCH_LOG)
            return
        self._outbox = Outbox()
        self._session = Session(log, self._outbox, hubs=hubs, clock=time.monotonic)
        self._tasks = [
            asyncio.create_task(self._run(self._session.run())),
            asyncio.create_task(self._run(self._send())),
        ]

    async def disconnect(self, code: int) -> None:
        """Let the session go."""
        del code
        for task in self._tasks:
            task.cancel()

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        """Hand a message to the session; a viewer that floods is sent away."""
        data = text_data if text_data is not None else bytes_data or b""
        if not self._tasks:
            return
        if len(data) > MAX_MESSAGE_BYTES or not self._is_calm():
            await self.close(code=UNWELCOME)
            return
        try:
            message = decode_message(data)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            self._outbox.reply(wire.Problem(text=f"This message is not understood: {error}."))
            return
        if not self._session.command(message):
            await self.close(code=UNWELCOME)

    def _is_calm(self) -> bool:
        """Whether messages come at a rate that a person can cause: a bucket of a second's worth, filled steadily."""
        now = time.monotonic()
        filled = self._allowance + (now - self._heard_at) * MAX_MESSAGES_PER_SECOND
        self._allowance, self._heard_at = min(filled, MAX_MESSAGES_PER_SECOND) - 1, now
        return self._allowance >= 0

    async def _send(self) -> None:
        while True:
            await self._outbox.wait()
            if self._outbox.is_closed:
                await self.close(code=FAILED)
                return
            for waiting in self._outbox.take():
                await self._send_one(await self._encoded(waiting))

    async def _encoded(self, waiting: Encoded | SnapshotWish) -> Encoded:
        return await self._session.snapshot(waiting.diagram) if isinstance(waiting, SnapshotWish) else waiting

    async def _send_one(self, encoded: Encoded) -> None:
        if isinstance(encoded, str):
            await self.send(text_data=encoded)
        else:
            await self.send(bytes_data=encoded)

    async def _run(self, work: Coroutine[None, None, None]) -> None:
        try:
            await work
        except asyncio.CancelledError:
            raise
        except Exception:
            _log.exception("viewer_failed", log=self.scope["url_route"]["kwargs"]["slug"])
            await self.close(code=FAILED)


def _find(slug: str) -> Log | None:
    return Log.objects.filter(slug=slug, state=Log.State.READY).first()
