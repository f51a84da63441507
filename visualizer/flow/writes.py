"""Writes: what was written, in words, and the latest of them as a table.

A write is noted as it comes and becomes a row only when the table is read: most writes of a long log are
never looked at.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from typing import Final

from msgspec import Struct

from visualizer.flow.evidence import Write, is_creation
from visualizer.flow.rows import Verb, WriteRow
from visualizer.objects import Event, Lease, Node, Pod
from visualizer.store import Change
from visualizer.tables import Table

KEPT: Final = 200
"""How many of the latest writes the table holds."""


class NotedWrite(Struct, frozen=True, gc=False):
    """One write as it was seen: in frame ``seq`` at ``ts`` (unix seconds).

    ``component`` is a ComponentRow's id.
    """

    seq: int
    ts: float
    change: Change
    write: Write
    component: str
    kind: str
    routine: bool

    @property
    def verb(self) -> Verb:
        """What the write did to the object."""
        if self.change.type == "DELETED":
            return "deleted"
        return "created" if is_creation(self.change) else "updated"

    def tell(self) -> str:
        """The write in words: ``created Pod web-1``."""
        obj, subresource = self.change.object, self.write.subresource
        thing = f"{self.kind} {obj.metadata.name}"
        if subresource == "binding" and isinstance(obj, Pod):
            return f"bound {thing} to {obj.spec.node_name}"
        if self.verb == "updated" and _is_deletion_begun(self.change):
            return f"began to delete {thing}"
        return f"{self.verb} {subresource} of {thing}" if subresource else f"{self.verb} {thing}"

    def row(self) -> WriteRow:
        """The write as a row."""
        change, author = self.change, self.write.author
        return WriteRow(
            id=str(self.seq),
            seq=self.seq,
            ts=self.ts,
            component=self.component,
            certainty=author.certainty,
            rule=author.rule,
            verb=self.verb,
            resource=change.resource,
            kind=self.kind,
            subresource=self.write.subresource,
            ref=f"{change.resource}:{change.key}",
            routine=self.routine,
            text=self.tell(),
        )


class Writes:
    """The ``writes`` table: the latest writes, oldest first."""

    def __init__(self) -> None:
        self._table: Table[WriteRow] = Table()
        self._noted: deque[NotedWrite] = deque(maxlen=KEPT)

    def note(self, write: NotedWrite) -> None:
        """Take in the next write."""
        self._noted.append(write)

    def table(self) -> Table[WriteRow]:
        """The table, brought up to date."""
        for write in self._noted:
            self._table.put(write.row())
        self._noted.clear()
        for row_id in list(self._table.rows)[:-KEPT]:
            self._table.remove(row_id)
        return self._table

    def load(self, rows: Iterable[WriteRow]) -> None:
        """Start from these rows, oldest first."""
        self._table.rows.update((row.id, row) for row in rows)


def is_write(change: Change) -> bool:
    """Whether a watch told of this change.

    What a list shows, or shows no more, was written at some other time.
    """
    if change.type == "DELETED":
        return change.old is None or change.object is not change.old.object
    return change.type != "LISTED"


def is_routine(change: Change) -> bool:
    """Whether this write only says that all goes on: a lease renewal, a heartbeat, an Event once more."""
    if change.type != "MODIFIED" or change.old is None:
        return False
    old, new = change.old.object, change.object
    if isinstance(new, Event):
        return True
    if isinstance(new, Lease) and isinstance(old, Lease):
        return old.spec.holder_identity == new.spec.holder_identity
    if isinstance(new, Node) and isinstance(old, Node):
        return old.spec == new.spec and old.status == new.status and _is_same_but_for_times(old, new)
    return False


def _is_same_but_for_times(old: Node, new: Node) -> bool:
    before, after = old.metadata, new.metadata
    return before.labels == after.labels and before.deletion_timestamp == after.deletion_timestamp


def _is_deletion_begun(change: Change) -> bool:
    """Whether this update set the deletion timestamp.

    The object stays until finalizers and grace are over.
    """
    old = change.old
    is_new = old is None or old.object.metadata.deletion_timestamp is None
    return is_new and change.object.metadata.deletion_timestamp is not None
