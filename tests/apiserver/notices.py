"""Waiting for things to happen, without sleeping."""

from __future__ import annotations

import asyncio
from collections.abc import Callable


class Notices:
    """Wakes whoever waits whenever anything has changed."""

    def __init__(self) -> None:
        self._waiting: set[asyncio.Future[None]] = set()

    def tell(self) -> None:
        """Something has changed."""
        waiting, self._waiting = self._waiting, set()
        for future in waiting:
            if not future.done():
                future.set_result(None)

    async def until(self, condition: Callable[[], bool], seconds: float | None = 10) -> None:
        """Wait for a condition; TimeoutError if it does not come in so many seconds."""
        async with asyncio.timeout(seconds):
            while not condition():
                future = asyncio.get_running_loop().create_future()
                self._waiting.add(future)
                try:
                    await future
                finally:
                    self._waiting.discard(future)
