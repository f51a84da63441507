"""Authors: who made each write of a log, read in the log's order.

Rules look at one write and at what stands beside it (evidence.py, deletions.py). What has to be remembered from earlier
writes is kept here, bounded.
"""

from __future__ import annotations

from visualizer.flow.attribution import UNKNOWN
from visualizer.flow.deletions import Surroundings
from visualizer.flow.evidence import Write, read_write
from visualizer.flow.recent import BY_NAME, Recent, RecentState
from visualizer.store import Change, Store


class Authors:
    """Reads writes one after the other."""

    def __init__(self) -> None:
        self._recent = Recent()

    def read(self, store: Store, change: Change, ts: float) -> Write:
        """Who made this write, which was seen at ``ts`` (unix seconds), and is in the store already."""
        recent = self._recent
        write = read_write(change, ts, Surroundings(store, recent))
        self.look(change, ts)
        if change.new is not None and write.author is not UNKNOWN:
            metadata = change.object.metadata
            if metadata.deletion_grace_period_seconds == 0 and not metadata.finalizers:
                recent.note_deleter(metadata.uid, write.author)
        return write

    def look(self, change: Change, ts: float) -> None:
        """Take in what this change tells for later, whoever made it."""
        metadata = change.object.metadata
        if change.new is None:
            self._recent.note_gone(metadata.uid, ts)
            if change.resource in BY_NAME:
                self._recent.note_gone(f"{change.resource}:{change.key}", ts)
            return
        if change.old is None and change.resource in BY_NAME:
            self._recent.note_made(f"{change.resource}:{change.key}")
        if metadata.managed_fields and not self._recent.is_stamped:
            self._recent.is_stamped = True

    def dump(self) -> RecentState:
        """What is remembered."""
        return self._recent.dump()

    def load(self, state: RecentState) -> None:
        """Become what dumped this state."""
        self._recent.load(state)
