"""The bus: carries the frames that are added to a log to whoever follows that log.

This one is for a single process; redisbus.py has the one for several. What subscribers may rely on is the same: frames
of one log come in order, the log has them already, and a subscriber that is too slow, or may have missed some for
another reason, is told so, and reads those from the log.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Final

MAX_WAITING_BATCHES: Final = 1_000

Frames = Sequence[tuple[int, bytes]]
"""Sequence numbers and lines."""


class Subscription:
    """What one follower has not read yet."""

    def __init__(self) -> None:
        self._waiting: asyncio.Queue[Frames] = asyncio.Queue(MAX_WAITING_BATCHES)
        self._has_gap = False

    def offer(self, frames: Frames) -> None:
        """Leave frames for the follower; dropped, with a gap noted, when it is too far behind."""
        try:
            self._waiting.put_nowait(frames)
        except asyncio.QueueFull:
            self._has_gap = True

    def note_gap(self) -> None:
        """Tell the follower, at once, that it may have missed frames."""
        self._has_gap = True
        if self._waiting.empty():
            self._waiting.put_nowait(())

    async def next(self) -> Frames:
        """The next frames, as soon as there are any; none, where there is only a gap to be told of."""
        return await self._waiting.get()

    def take_all(self) -> list[Frames]:
        """Whatever else is waiting."""
        taken = []
        while not self._waiting.empty():
            taken.append(self._waiting.get_nowait())
        return taken

    def forget_gap(self) -> bool:
        """Whether frames were dropped since this was last asked: the follower reads them from the log."""
        had_gap, self._has_gap = self._has_gap, False
        return had_gap


class Bus:
    """Topics by log id, for one event loop."""

    def __init__(self) -> None:
        self._subscriptions: dict[int, set[Subscription]] = {}

    def publish(self, log_id: int, frames: Frames) -> None:
        """Hand frames, which the log already has, to every follower of the log."""
        for subscription in self._subscriptions.get(log_id, ()):
            subscription.offer(frames)

    @contextmanager
    def subscribe(self, log_id: int) -> Iterator[Subscription]:
        """Follow a log for as long as the block lasts."""
        subscription = Subscription()
        self._subscriptions.setdefault(log_id, set()).add(subscription)
        try:
            yield subscription
        finally:
            followers = self._subscriptions[log_id]
            followers.discard(subscription)
            if not followers:
                del self._subscriptions[log_id]
