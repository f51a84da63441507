"""The flow diagram: the components of the control plane, and the writes that go through the API server.

Five tables: ``components``, ``writes``, ``traces``, ``kinds`` and ``etcd`` (rows.py). Changes are only counted, and
traced to their causes, as they come; rows are made when somebody asks for them, so taking in a recording makes none.
What lists show is no write and makes none.

A kubelet leaves with its Node. A client's program is a text of its own choosing, so that their number is
bounded.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import ClassVar, Final

import msgspec
from msgspec import Struct

from visualizer.flow.authors import Authors
from visualizer.flow.components import Components
from visualizer.flow.etcd import Etcd
from visualizer.flow.evidence import find_residents
from visualizer.flow.recent import RecentState
from visualizer.flow.rows import ComponentRow, EtcdRow, KindRow, TraceRow, WriteRow
from visualizer.flow.steps import KEPT
from visualizer.flow.traces import Gathered, Traces, tell_whole
from visualizer.flow.traces import State as TracesState
from visualizer.flow.tree import Tree
from visualizer.flow.writes import NotedWrite, Writes, is_routine, is_write
from visualizer.store import Change, Store
from visualizer.tables import Delta, Snapshot, Table

_NODES: Final = "v1/nodes"


class _State(Struct):
    components: list[ComponentRow]
    writes: list[WriteRow]
    traces: TracesState
    recent: RecentState
    revision: int


class FlowDiagram:
    """Components, their latest writes, and etcd as tables (see :class:`visualizer.tables.Remembering`)."""

    version: ClassVar[int] = 5

    def __init__(self, *, remembered: int = KEPT) -> None:
        """``remembered`` is how many writes are kept to be traced back to."""
        self._authors = Authors()
        self._components = Components()
        self._writes = Writes()
        self._traces = Traces(remembered)
        self._etcd = Etcd()

    def apply(self, store: Store, *, seq: int, ts: float, changes: Sequence[Change]) -> None:
        """Take in what a frame changed. The store is already changed."""
        for change in changes:
            self._etcd.count(store, change)
            if is_write(change):
                self._note(store, seq, ts, change)
            else:
                self._authors.look(change, ts)
            if change.type == "LISTED":
                self._meet(store, change)
            if change.new is None and change.resource == _NODES:
                self._components.remove_node(change.object.metadata.name)

    def snapshot(self) -> Snapshot:
        """Every row of every table."""
        return {name: table.rows for name, table in self._tables().items()}

    def drain(self) -> Delta:
        """What was altered since the last call."""
        drained = {name: table.drain() for name, table in self._tables().items()}
        return {name: rows for name, rows in drained.items() if rows}

    def dump(self) -> bytes:
        """Components, latest writes, traces and the revision; how many objects there are is the store's to say."""
        components = list(self._components.table().rows.values())
        writes = list(self._writes.table().rows.values())
        return msgspec.msgpack.encode(
            _State(components, writes, self._traces.dump(), self._authors.dump(), self._etcd.revision)
        )

    def load(self, store: Store, state: bytes) -> None:
        """Become what dumped this state beside this store."""
        decoded = msgspec.msgpack.decode(state, type=_State)
        self._authors.load(decoded.recent)
        self._components.load(decoded.components)
        self._writes.load(decoded.writes)
        self._traces.load(decoded.traces)
        self._etcd.load(store, decoded.revision)

    def gather(self, seq: int) -> Gathered | None:
        """The trace of the write in frame ``seq``, to be told aside; None where it is not, or no longer, remembered."""
        return self._traces.gather(seq)

    def trace(self, seq: int) -> Tree | None:
        """The trace that the write in frame ``seq`` belongs to, told whole, or None."""
        gathered = self._traces.gather(seq)
        return tell_whole(gathered) if gathered is not None else None

    def traces(self) -> Iterator[Tree]:
        """Every trace that is remembered, in the order in which they begin."""
        return self._traces.tell_all()

    def _tables(
        self,
    ) -> dict[str, Table[ComponentRow] | Table[WriteRow] | Table[TraceRow] | Table[KindRow] | Table[EtcdRow]]:
        return {
            "components": self._components.table(),
            "writes": self._writes.table(),
            "traces": self._traces.table(),
            "kinds": self._etcd.kinds(),
            "etcd": self._etcd.table(),
        }

    def _note(self, store: Store, seq: int, ts: float, change: Change) -> None:
        write = self._authors.read(store, change, ts)
        component = self._components.find(write.author, nodes=len(store.entries(_NODES)))
        kind = store.resources[change.resource].kind
        routine = is_routine(change) or write.author.actor == "etcd"
        noted = NotedWrite(seq, ts, change, write, component, kind, routine)
        self._components.note(noted)
        is_untraced = routine or change.inferred_since is not None  # what caused what, times tell
        altered = () if is_untraced else self._traces.note(store, noted)
        self._writes.note(noted, altered[0] if altered else None, self._traces.learned.get(change.resource, ()))
        for step in altered[1:]:
            self._writes.amend(step)

    def _meet(self, store: Store, change: Change) -> None:
        """A listed object names components that were there before the log began: those that are certain."""
        for author in find_residents(change):
            self._components.find(author, nodes=len(store.entries(_NODES)))
