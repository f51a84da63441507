"""The outbox: what one viewer's socket has not taken yet, in bounded memory.

For each diagram it holds at most one delta or the wish for a snapshot, for the viewer's place the latest message, and
a few answers. What comes while the socket is busy is squashed into what waits: the latest of each row wins. So a viewer
who reads slowly sees fewer pictures, never an old one, and costs no more than a snapshot.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Final

from visualizer.live import wire
from visualizer.live.encoding import Encoded, encode_delta, encode_message
from visualizer.tables import Delta, Row

MAX_ANSWERS: Final = 64
MAX_WAITING_ROWS: Final = 1_000
"""What is squashed to more rows than this is dropped for a snapshot: a viewer so far behind is better off with one."""


class Update:
    """One delta of one diagram, shared by all who are to have it, and encoded when the first one sends it."""

    def __init__(self, diagram: wire.PictureName, delta: Delta, *, base: int, seq: int, ts: float) -> None:
        self.diagram, self.delta = diagram, delta
        self.base, self.seq, self.ts = base, seq, ts
        self._encoded: Encoded | None = None

    def encoded(self) -> Encoded:
        """The message for the wire."""
        if self._encoded is None:
            self._encoded = encode_delta(self.diagram, self.delta, base=self.base, seq=self.seq, ts=self.ts)
        return self._encoded


class Backlog:
    """Updates that followed on one another, squashed into one. It belongs to one holder, who adds to it."""

    def __init__(self, update: Update) -> None:
        self.diagram, self.base = update.diagram, update.base
        self._tables: dict[str, dict[str, Row | None]] = {name: dict(rows) for name, rows in update.delta.items()}
        self._seq, self._ts = update.seq, update.ts

    def add(self, update: Update) -> None:
        """Take in the update that follows on what is here. Raises :class:`ValueError` for another."""
        if update.base != self._seq:
            raise ValueError(f"an update from {update.base} does not follow on {self._seq}")
        for name, rows in update.delta.items():
            self._tables.setdefault(name, {}).update(rows)
        self._seq, self._ts = update.seq, update.ts

    def as_update(self) -> Update:
        """All of it as one update, which later additions do not alter."""
        tables = {name: dict(rows) for name, rows in self._tables.items()}
        return Update(self.diagram, tables, base=self.base, seq=self._seq, ts=self._ts)

    def encoded(self) -> Encoded:
        """The message for the wire."""
        return encode_delta(self.diagram, self._tables, base=self.base, seq=self._seq, ts=self._ts)

    @property
    def is_long(self) -> bool:
        """Whether it touches more rows than are kept waiting."""
        return sum(map(len, self._tables.values())) > MAX_WAITING_ROWS


@dataclass(frozen=True)
class SnapshotWish:
    """Stands for a diagram's snapshot, which is made when the socket can take it."""

    diagram: wire.PictureName


Waiting = Encoded | wire.Moved | Update | Backlog | SnapshotWish


class Outbox:
    """What waits for one socket. Used from one event loop."""

    def __init__(self) -> None:
        self._answers: list[Encoded] = []
        self._diagrams: dict[wire.PictureName, Update | Backlog | SnapshotWish] = {}
        self._moved: wire.Moved | Encoded | None = None
        self._filled = asyncio.Event()
        self._room = asyncio.Event()
        self._room.set()
        self.is_closed = False

    @property
    def is_overfull(self) -> bool:
        """Whether the viewer asks for more than it reads, so far that it has to go."""
        return len(self._answers) > MAX_ANSWERS

    def close(self) -> None:
        """Nothing more will come: the sender is to close the socket."""
        self.is_closed = True
        self._filled.set()

    def answer(self, message: wire.ServerMessage) -> None:
        """Leave an answer. None is ever dropped; see ``wait_room`` and ``is_overfull``."""
        self._answers.append(encode_message(message))
        self._room.clear()
        self._filled.set()

    async def wait_room(self) -> None:
        """Return when every answer so far is with the sender: who makes large answers waits here first."""
        await self._room.wait()

    def move(self, moved: wire.Moved | Encoded) -> None:
        """Leave the viewer's place; only the latest is sent."""
        self._moved = moved
        self._filled.set()

    def update(self, update: Update) -> None:
        """Leave a delta, squashed into what waits. Behind a wished snapshot it is dropped, being part of it by then."""
        waiting = self._diagrams.get(update.diagram)
        if isinstance(waiting, SnapshotWish):
            return
        self._diagrams[update.diagram] = update if waiting is None else _joined(waiting, update)
        self._filled.set()

    def wish_snapshot(self, diagram: wire.PictureName) -> None:
        """Ask that a snapshot be sent, instead of any delta that waits."""
        self._diagrams[diagram] = SnapshotWish(diagram)
        self._filled.set()

    def grant(self, diagram: wire.PictureName, then: Update | None = None) -> None:
        """The wished snapshot is made: ``then``, and what comes from now on, follows on it."""
        if not isinstance(self._diagrams.get(diagram), SnapshotWish):
            return
        del self._diagrams[diagram]
        if then is not None:
            self.update(then)

    def forget(self, diagram: wire.PictureName) -> None:
        """Drop what waits of a diagram."""
        self._diagrams.pop(diagram, None)

    async def wait(self) -> None:
        """Return when something waits."""
        await self._filled.wait()

    def take(self) -> list[Waiting]:
        """Everything that waits, in order of sending: answers, matches, diagrams, and the place they lead to.

        It is out of the outbox then, but for wishes: they hold deltas back until the snapshot is made and ``grant`` is
        called.
        """
        self._filled.clear()
        self._room.set()
        # What meets the filter comes before the diagrams, which are drawn by it.
        held = sorted(self._diagrams, key=lambda name: name != "matches")
        taken: list[Waiting] = [*self._answers, *(self._diagrams[name] for name in held)]
        if self._moved is not None:
            taken.append(self._moved)
        self._diagrams = {name: held for name, held in self._diagrams.items() if isinstance(held, SnapshotWish)}
        self._answers, self._moved = [], None
        return taken


def _joined(waiting: Update | Backlog, update: Update) -> Backlog | SnapshotWish:
    backlog = Backlog(waiting) if isinstance(waiting, Update) else waiting
    backlog.add(update)
    return SnapshotWish(update.diagram) if backlog.is_long else backlog
