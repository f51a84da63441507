"""Hubs: the hubs of this process, each made for its first viewer and let go some seconds after its last."""

from __future__ import annotations

import asyncio
from typing import Final

import structlog

from visualizer.live.bus import Bus
from visualizer.live.hub import Hub
from visualizer.live.threads import in_thread
from visualizer.log.reader import Reader
from visualizer.models import Log
from visualizer.moment import Moment

LINGER_SECONDS: Final = 5.0
"""How long a hub outlives its last viewer, who may only have reloaded the page."""

_log = structlog.get_logger()


class Hubs:
    """The hubs of one event loop."""

    def __init__(self, bus: Bus, *, linger_seconds: float = LINGER_SECONDS) -> None:
        self._bus = bus
        self._linger_seconds = linger_seconds
        self._started: dict[int, asyncio.Future[Hub]] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    def __len__(self) -> int:
        return len(self._started)

    async def open(self, log: Log) -> Hub:
        """The hub of this log, at the log's end. Attach to it at once: a hub without viewers does not stay."""
        if log.pk not in self._started:
            self._started[log.pk] = asyncio.get_running_loop().create_future()
            task = asyncio.create_task(self._serve(log, self._started[log.pk]))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        return await asyncio.shield(self._started[log.pk])

    async def _serve(self, log: Log, started: asyncio.Future[Hub]) -> None:
        try:
            with self._bus.subscribe(log.pk) as subscription:
                hub = Hub(log, await in_thread(lambda: _moment_at_end(log)), subscription)
                started.set_result(hub)
                await self._follow(hub)
        except Exception as error:  # noqa: BLE001 - whatever it is, its viewers are told
            if started.done():
                _log.exception("hub_failed", log=log.slug)
            else:
                started.set_exception(error)  # those who asked for the hub log it
        finally:
            del self._started[log.pk]

    async def _follow(self, hub: Hub) -> None:
        """Let the hub run until it is left, or fails."""
        following = asyncio.create_task(hub.run())
        try:
            await self._wait_left(hub, following)
        except Exception:
            hub.close()
            raise
        finally:
            following.cancel()

    async def _wait_left(self, hub: Hub, following: asyncio.Task[None]) -> None:
        idle_rounds = 0
        while idle_rounds < 2:
            done, _ = await asyncio.wait({following}, timeout=self._linger_seconds / 2)
            if done:
                following.result()
            idle_rounds = 0 if hub.has_viewers else idle_rounds + 1


def _moment_at_end(log: Log) -> Moment:
    log.refresh_from_db()
    return Reader(log).seek(log.last_seq)
