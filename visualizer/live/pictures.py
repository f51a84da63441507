"""Pictures: a diagram's snapshot at one place of a hub, encoded once for all who ask, and what altered since.

Whoever asks a little later gets the same bytes and the few deltas that lead on from them. So when a server comes back
and all its viewers with it, a large cluster is encoded once and not once for each.
"""

from __future__ import annotations

import asyncio

from visualizer.live import wire
from visualizer.live.encoding import Encoded, encode_snapshot
from visualizer.live.outbox import Backlog, Update
from visualizer.live.threads import in_thread
from visualizer.tables import Snapshot


class Picture:
    """One snapshot. It is encoded in a thread, from rows that do not alter while the diagram goes on."""

    def __init__(self, diagram: wire.PictureName, snapshot: Snapshot, *, seq: int, ts: float) -> None:
        tables = {name: dict(rows) for name, rows in snapshot.items()}
        self._encoding = asyncio.ensure_future(in_thread(lambda: encode_snapshot(diagram, tables, seq=seq, ts=ts)))
        self._since: Backlog | None = None

    @property
    def is_worn(self) -> bool:
        """Whether so much altered since that a new snapshot is the better start."""
        return self._since is not None and self._since.is_long

    def follow(self, update: Update) -> None:
        """Keep what altered since."""
        if self._since is None:
            self._since = Backlog(update)
        else:
            self._since.add(update)

    async def encoded(self) -> Encoded:
        """The snapshot's message. One asker who leaves does not end it for the others."""
        return await asyncio.shield(self._encoding)

    def since(self) -> Update | None:
        """What leads on from the snapshot to now; None where nothing altered."""
        return None if self._since is None else self._since.as_update()
