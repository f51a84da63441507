"""The outbox: what one viewer's socket has not taken yet, in bounded memory.

For each diagram it holds at most one delta or the wish for a snapshot, for the viewer's place at most one message, and a few
replies. What comes while the socket is busy is squashed into what waits: the latest of each row wins. So a viewer who
reads slowly sees fewer pictures, never an old one, and costs no more than a snapshot.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from visualizer.live import wire
from visualizer.live.encoding import Encoded, encode_delta, encode_message
from visualizer.tables import Delta, squash

MAX_REPLIES: Final = 32
MAX_WAITING_ROWS: Final = 5_000
"""A squashed delta of more rows than this is dropped for a snapshot."""


class Update:
    """One delta of one diagram, shared by everyone who is to have it, and encoded when the first one sends it."""

    def __init__(self, diagram: wire.DiagramName, delta: Delta, *, base: int, seq: int, ts: float) -> None:
        self.diagram, self.delta = diagram, delta
        self.base, self.seq, self.ts = base, seq, ts
        self._encoded: Encoded | None = None

    @property
    def rows(self) -> int:
        """How many rows it touches."""
        return sum(map(len, self.delta.values()))

    def encoded(self) -> Encoded:
        """The message for the wire."""
        if self._encoded is None:
            self._encoded = encode_delta(self.diagram, self.delta, base=self.base, seq=self.seq, ts=self.ts)
        return self._encoded

    def then(self, later: Update) -> Update:
        """One update that leads from this one's base to the later one's end."""
        delta = squash(self.delta, later.delta)
        return Update(self.diagram, delta, base=self.base, seq=later.seq, ts=later.ts)


@dataclass(frozen=True)
class SnapshotWish:
    """Stands for a diagram's snapshot, which is made when the socket can take it."""

    diagram: wire.DiagramName


class Outbox:
    """What waits for one socket. Used from one event loop."""

    def __init__(self) -> None:
        self._replies: deque[Encoded] = deque()
        self._diagrams: dict[wire.DiagramName, Update | SnapshotWish] = {}
        self._moved: wire.Moved | Encoded | None = None
        self._filled = asyncio.Event()
        self.is_closed = False

    def close(self) -> None:
        """Nothing more will come: the sender is to close the socket."""
        self.is_closed = True
        self._filled.set()

    def reply(self, message: wire.ServerMessage) -> None:
        """Leave an answer. The oldest waiting one is dropped when too many wait, since the viewer asks faster than it reads."""
        if len(self._replies) >= MAX_REPLIES:
            self._replies.popleft()
        self._replies.append(encode_message(message))
        self._filled.set()

    def move(self, moved: wire.Moved | Encoded) -> None:
        """Leave the viewer's place; only the latest is sent."""
        self._moved = moved
        self._filled.set()

    def update(self, update: Update) -> None:
        """Leave a delta, squashed into the one that waits. One that follows on no picture is dropped."""
        waiting = self._diagrams.get(update.diagram)
        if isinstance(waiting, SnapshotWish):
            return
        if waiting is not None:
            update = waiting.then(update)
        self._diagrams[update.diagram] = SnapshotWish(update.diagram) if update.rows > MAX_WAITING_ROWS else update
        self._filled.set()

    def wish_snapshot(self, diagram: wire.DiagramName) -> None:
        """Ask that a snapshot be sent, instead of any delta that waits."""
        self._diagrams[diagram] = SnapshotWish(diagram)
        self._filled.set()

    def grant(self, diagram: wire.DiagramName) -> None:
        """The wished snapshot is made: what comes from now on follows on it."""
        if isinstance(self._diagrams.get(diagram), SnapshotWish):
            del self._diagrams[diagram]

    def forget(self, diagram: wire.DiagramName) -> None:
        """Drop what waits of a diagram."""
        self._diagrams.pop(diagram, None)

    async def wait(self) -> None:
        """Return when something waits."""
        await self._filled.wait()

    def take(self) -> Iterator[Encoded | SnapshotWish]:
        """Everything that waits, in order of sending.

        What is taken is out, but for wishes: they hold deltas back until the snapshot is made and ``grant`` is called.
        """
        self._filled.clear()
        while self._replies:
            yield self._replies.popleft()
        for name, waiting in list(self._diagrams.items()):
            if isinstance(waiting, SnapshotWish):
                yield waiting
            elif self._diagrams.get(name) is waiting:
                del self._diagrams[name]
                yield waiting.encoded()
        moved, self._moved = self._moved, None
        if moved is not None:
            yield encode_message(moved) if isinstance(moved, wire.Moved) else moved
