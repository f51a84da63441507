"""Recent: what happened lately that tells who makes the writes after it.

A dependent goes because its owner went, and a Pod that is deleted at once is gone in the next write. Both are bounded:
what is forgotten makes an answer unknown, never another one.
"""

from __future__ import annotations

from typing import Final

from msgspec import Struct

from visualizer.flow.attribution import Attribution

NODES: Final = "v1/nodes"
SERVICES: Final = "v1/services"
BY_NAME: Final = frozenset({NODES, SERVICES})
"""What others refer to by name: these are also remembered as ``resource:key``."""

KEPT: Final = 2000
"""How many objects that went, and how many deletions under way, are remembered."""


class RecentState(Struct):
    """A :class:`Recent` as a keyframe holds it."""

    gone: dict[str, float]
    deleters: dict[str, Attribution]
    is_stamped: bool


class Recent:
    """Which objects went lately, and who deletes those that are about to go.

    ``is_stamped`` says that this log's objects carry managedFields; some clusters, and some readers, take them away.
    """

    def __init__(self) -> None:
        self.is_stamped = False
        self._gone: dict[str, float] = {}
        self._deleters: dict[str, Attribution] = {}

    def gone_at(self, uid: str) -> float | None:
        """When the object with this uid (or ``resource:key``) was seen to go, in unix seconds, or None."""
        return self._gone.get(uid)

    def deleter(self, uid: str) -> Attribution | None:
        """Who asked that this object be gone at once, or None."""
        return self._deleters.get(uid)

    def note_made(self, ref: str) -> None:
        """There is an object of this ``resource:key`` again."""
        self._gone.pop(ref, None)

    def note_gone(self, uid: str, ts: float) -> None:
        """Remember that an object went."""
        self._deleters.pop(uid, None)
        self._gone[uid] = ts
        if len(self._gone) > KEPT:
            del self._gone[next(iter(self._gone))]

    def note_deleter(self, uid: str, author: Attribution) -> None:
        """Remember who asked that an object be gone at once: without grace, and with nothing to hold it."""
        self._deleters[uid] = author
        if len(self._deleters) > KEPT:
            del self._deleters[next(iter(self._deleters))]

    def dump(self) -> RecentState:
        """All of it."""
        return RecentState(dict(self._gone), dict(self._deleters), self.is_stamped)

    def load(self, state: RecentState) -> None:
        """Become what dumped this state."""
        self._gone, self._deleters, self.is_stamped = dict(state.gone), dict(state.deleters), state.is_stamped
