"""The bus that is set: through Redis between processes, else within this one."""

from __future__ import annotations

import asyncio

from django.conf import settings

from visualizer.live.bus import Bus, Frames
from visualizer.live.redisbus import RedisBus


def make_bus() -> Bus:
    """A bus for one event loop."""
    url = settings.ENVIRONMENT.redis_url
    return RedisBus(url) if url else Bus()


class Relay(Bus):
    """Another thread's bus, for telling: what is published here is told there, in its event loop."""

    def __init__(self, bus: Bus, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__()
        self._bus, self._loop = bus, loop

    def publish(self, log_id: int, frames: Frames) -> None:
        """Hand frames, which the log already has, to every follower of the log."""
        self._loop.call_soon_threadsafe(self._bus.publish, log_id, frames)
