"""Tables: the plain data that every diagram is made of, and what a diagram is.

A diagram's model is a few named tables of rows, each row with an id. A snapshot is all rows. A delta is, for each
table, the rows added or altered since the last one and None for each row removed. Two deltas squash into one by
taking the later of each row, so a slow viewer costs no more than a snapshot.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar, Generic, Protocol, Self, TypeVar

from msgspec import Struct

from visualizer.store import Change, Store


class Row(Struct, frozen=True, gc=False, kw_only=True):
    """One row. Subclasses add columns, whose values are JSON scalars or lists of them."""

    id: str

    implied: ClassVar[tuple[str, ...]] = ()
    """Columns that ``id`` tells already (``namespace`` and ``name``): they are not sent."""


Snapshot = Mapping[str, Mapping[str, Row]]
"""For each table, its rows by id."""

Delta = Mapping[str, Mapping[str, Row | None]]
"""For each table that changed, the rows added or altered by id, and None for those removed."""


_Row = TypeVar("_Row", bound=Row)


class Table(Generic[_Row]):
    """Rows of one kind by id, which remembers what was touched since it was last drained.

    It remembers no more than the rows there are and those there were then, however long nobody drains it.
    """

    def __init__(self) -> None:
        self.rows: dict[str, _Row] = {}
        self._touched: dict[str, bool] = {}  # and whether there was such a row at the last drain

    def put(self, row: _Row) -> None:
        """Add the row, or put it in the place of the one with its id. A row that is equal changes nothing."""
        old = self.rows.get(row.id)
        if old != row:
            self.rows[row.id] = row
            self._touched.setdefault(row.id, old is not None)

    def remove(self, row_id: str) -> None:
        """Take the row out; nothing happens where there is none."""
        if self.rows.pop(row_id, None) is None:
            return
        if self._touched.setdefault(row_id, True) is False:
            del self._touched[row_id]

    def drain(self) -> dict[str, _Row | None]:
        """What was touched since the last call: the row as it is now, or None where it is gone."""
        touched, self._touched = self._touched, {}
        return {row_id: self.rows.get(row_id) for row_id in touched}


class Diagram(Protocol):
    """One picture's model, kept up to date by the store's changes. It is either derived or remembering."""

    def apply(self, store: Store, *, seq: int, ts: float, changes: Sequence[Change]) -> None:
        """Take in what the frame ``seq``, seen at ``ts`` (unix seconds), changed. The store is already changed."""

    def snapshot(self) -> Snapshot:
        """Every row of every table. The caller does not alter it, and reads it before the next ``apply``."""

    def drain(self) -> Delta:
        """What was added, altered or removed since the last call, for the tables where anything was."""


class Derived(Diagram, Protocol):
    """A diagram that the store tells whole, whatever led there: kept only where somebody looks at it."""

    @classmethod
    def build(cls, store: Store) -> Self:
        """The diagram of this store, with nothing to drain. Applying every change from the first gives the same."""


class Remembering(Diagram, Protocol):
    """A diagram that knows of what was and is gone from the store: kept always, and kept in keyframes."""

    version: ClassVar[int]
    """Raised whenever what ``dump`` gives, or what is counted in it, changes: old keyframes are then made anew."""

    def dump(self) -> bytes:
        """What this diagram knows that the store does not tell, for a keyframe."""

    def load(self, store: Store, state: bytes) -> None:
        """Become, from new, what the diagram was that dumped this state beside this store."""


def squash(first: Delta, second: Delta) -> Delta:
    """One delta that does what the first and then the second would."""
    merged = {name: dict(rows) for name, rows in first.items()}
    for name, rows in second.items():
        merged.setdefault(name, {}).update(rows)
    return merged


def patch(snapshot: Snapshot, delta: Delta) -> Snapshot:
    """The snapshot as it is after the delta."""
    patched = {name: dict(rows) for name, rows in snapshot.items()}
    for name, rows in delta.items():
        table = patched.setdefault(name, {})
        for row_id, row in rows.items():
            if row is None:
                table.pop(row_id, None)
            else:
                table[row_id] = row
    return patched
