"""The websocket of one viewer: what it says goes to its session, and what the session gives goes to the socket.

Tasks do the work, so that the consumer itself never waits: the session moves and answers, the sender sends, and where
a login is required, one looks every minute whether the viewer's still holds. A failure in either of the first two is
logged and closes the socket, and the viewer connects again.
"""

from __future__ import annotations

import asyncio
import time
from typing import Final

import structlog
from channels.db import database_sync_to_async
from channels.generic.websocket import AsyncWebsocketConsumer
from django.conf import settings
from django.db import DatabaseError

from dashboard.login import may_watch, may_watch_rbac
from visualizer.live.allowance import Allowance
from visualizer.live.hubs import Hubs
from visualizer.live.session import Session
from visualizer.live.wire import DiagramName
from visualizer.log.reader import FrameNotFound
from visualizer.models import Log

MAX_MESSAGE_BYTES: Final = 65_536
MAX_MESSAGES_PER_SECOND: Final = 50
LOGIN_SECONDS: Final = 60.0
"""How often it is asked whether the viewer is still logged in."""
NOT_LOGGED_IN: Final = 4403
NO_SUCH_LOG: Final = 4404
FAILED: Final = 1011
UNWELCOME: Final = 1008
ALLOWED_OTHERWISE: Final = 1012
"""What the viewer may see has altered: it connects again, and is told anew."""

_log = structlog.get_logger()


class LogConsumer(AsyncWebsocketConsumer):
    """Serves one viewer of one log (docs/wire-protocol.md). ``hubs`` are those of this process."""

    def __init__(self, *, hubs: Hubs) -> None:
        super().__init__()
        self._hubs = hubs
        self._allowance = Allowance(MAX_MESSAGES_PER_SECOND, clock=time.monotonic)
        self._session: Session | None = None
        self._tasks: list[asyncio.Task[None]] = []
        self._sees_rbac = False

    async def connect(self) -> None:
        """Open a session, or say that there is no such log, or that the viewer must log in."""
        slug = self.scope["url_route"]["kwargs"]["slug"]
        await self.accept()
        if not await may_watch(self.scope):
            await self.close(code=NOT_LOGGED_IN)
            return
        log = await database_sync_to_async(_find)(slug)
        if log is None:
            await self.close(code=NO_SUCH_LOG)
            return
        self._sees_rbac = await may_watch_rbac(self.scope)
        forbidden: list[DiagramName] = [] if self._sees_rbac else ["rbac"]
        self._session = Session(log, hubs=self._hubs, clock=time.monotonic, forbidden=forbidden)
        self._tasks = [asyncio.create_task(self._serve(self._session)), asyncio.create_task(self._guard())]

    async def disconnect(self, code: int) -> None:
        """Let the session go."""
        del code
        self._session = None
        for task in self._tasks:
            task.cancel()

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        """Hand a message to the session; a viewer that floods is sent away."""
        if self._session is None:
            return
        message = text_data if text_data is not None else bytes_data or b""
        if len(message) > MAX_MESSAGE_BYTES or not self._allowance.spend() or not self._session.hear(message):
            self._session = None
            await self.close(code=UNWELCOME)

    async def _guard(self) -> None:
        """Send the viewer away when the login no longer holds, or allows something else than it did.

        Where the database cannot tell, it is asked again.
        """
        while settings.LOGIN_REQUIRED:
            await asyncio.sleep(LOGIN_SECONDS)
            try:
                holds = await may_watch(self.scope)
                sees_rbac = await may_watch_rbac(self.scope)
            except DatabaseError as error:
                _log.warning("login_unknown", problem=str(error))
                continue
            if not holds or sees_rbac != self._sees_rbac:
                self._session = None
                self._tasks[0].cancel()
                await self.close(code=NOT_LOGGED_IN if not holds else ALLOWED_OTHERWISE)
                return

    async def _serve(self, session: Session) -> None:
        try:
            async with asyncio.TaskGroup() as group:
                moving = group.create_task(session.run())
                async for encoded in session.outgoing():
                    if isinstance(encoded, str):
                        await self.send(text_data=encoded)
                    else:
                        await self.send(bytes_data=encoded)
                moving.cancel()
        except* (FrameNotFound, Log.DoesNotExist):
            _log.warning("log_gone", log=session.log.slug)  # it was deleted: who connects again is told so
        except* Exception:  # noqa: BLE001 - whatever it is, it is logged, and the viewer is told
            _log.exception("viewer_failed", log=session.log.slug)
        await self.close(code=FAILED)


def _find(slug: str) -> Log | None:
    return Log.objects.filter(slug=slug, state=Log.State.READY).first()
