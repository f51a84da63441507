"""Writes: what was written, in words, and the latest of them as a table.

A write is noted as it comes and becomes a row only when the table is read: most writes of a long log are
never looked at.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple, TypedDict

import msgspec
from msgspec import Struct

from visualizer.flow.attribution import Certainty
from visualizer.flow.evidence import Write, is_creation
from visualizer.flow.rows import Verb, WriteRow
from visualizer.flow.steps import Step
from visualizer.flow.wakes import find_watchers
from visualizer.flow.words import say
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
        writer = self.change.writer
        is_new = is_creation(self.change) if writer is None else writer.verb == "create"
        return "created" if is_new else "updated"

    def tell(self) -> str:
        """The write in words: ``created Pod web-1``."""
        obj, subresource = self.change.object, self.write.subresource
        return say(
            self.verb,
            self.kind,
            obj.metadata.name,
            subresource=subresource,
            bound_to=obj.spec.node_name if subresource == "binding" and isinstance(obj, Pod) else "",
            begins_deletion=_is_deletion_begun(self.change),
        )

    def row(self, step: Step | None, learned: Iterable[str]) -> WriteRow:
        """The write as a row. ``step`` is what is remembered of it, or for an Event of the write that it tells of."""
        change, author = self.change, self.write.author
        return WriteRow(
            id=str(self.seq),
            seq=self.seq,
            ts=self.ts,
            since=self.change.inferred_since or 0.0,
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
            wakes=[*self._watchers(step), *learned],
            **_cause(self.seq, self.ts, step),
        )

    def _watchers(self, step: Step | None) -> Sequence[str]:
        obj, is_own = self.change.object, step is not None and step.seq == self.seq
        return find_watchers(
            self.change.resource,
            name=obj.metadata.name,
            node=obj.spec.node_name if isinstance(obj, Pod) else "",
            owner_kind=step.owner_kind if step is not None and is_own else "",
            aspects=step.aspects if step is not None and is_own else 0,
        )


class _Noted(NamedTuple):
    write: NotedWrite
    step: Step | None
    learned: tuple[str, ...]


class Writes:
    """The ``writes`` table: the latest writes, oldest first."""

    def __init__(self) -> None:
        self._table: Table[WriteRow] = Table()
        self._noted: deque[_Noted] = deque(maxlen=KEPT)
        self._amended: dict[int, Step] = {}

    def note(self, write: NotedWrite, step: Step | None, learned: tuple[str, ...]) -> None:
        """Take in the next write.

        ``step`` is what is remembered of it, or for an Event of the write that it tells of. ``learned`` are
        components that were found to watch its kind.
        """
        self._noted.append(_Noted(write, step, learned))

    def amend(self, step: Step) -> None:
        """Tell of this step, and of its Events, what was found out since."""
        self._amended[step.seq] = step
        if len(self._amended) > KEPT:
            self._mend()

    def table(self) -> Table[WriteRow]:
        """The table, brought up to date."""
        for noted in self._noted:
            self._table.put(noted.write.row(noted.step, noted.learned))
        self._noted.clear()
        self._mend()
        for row_id in list(self._table.rows)[:-KEPT]:
            self._table.remove(row_id)
        return self._table

    def load(self, rows: Iterable[WriteRow]) -> None:
        """Start from these rows, oldest first."""
        self._table.rows.update((row.id, row) for row in rows)

    def _mend(self) -> None:
        amended, self._amended = self._amended, {}
        for step in amended.values():
            for seq in (step.seq, *(told.seq for told in step.events)):
                row = self._table.rows.get(str(seq))
                if row is not None:
                    self._table.put(msgspec.structs.replace(row, **_cause(row.seq, row.ts, step)))


class _Cause(TypedDict):
    parent: int
    trace: int
    cause_certainty: Certainty
    cause_rule: str
    lag_s: float


_UNTRACED: Final[_Cause] = {"parent": 0, "trace": 0, "cause_certainty": "unknown", "cause_rule": "", "lag_s": 0.0}


def _cause(seq: int, ts: float, step: Step | None) -> _Cause:
    """The columns of a write that tell its cause."""
    if step is None:
        return _UNTRACED
    if step.seq != seq:  # an Event, and the write that it tells of
        lag = max(0.0, ts - step.ts)
        return _Cause(parent=step.seq, trace=step.trace, cause_certainty="observed", cause_rule="event", lag_s=lag)
    return _Cause(
        parent=step.parent,
        trace=step.trace,
        cause_certainty=step.certainty,
        cause_rule=step.rule,
        lag_s=step.lag_s,
    )


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
