"""Components: everyone found at work in a log, with what each wrote.

The table is bounded. What runs on a Node leaves with it. A client's program, and the Node that a stray Pod
names, are texts that somebody chose: beyond a bound the further ones are counted together.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from msgspec import Struct

from visualizer.flow.attribution import Actor, Attribution
from visualizer.flow.rows import ComponentRow
from visualizer.flow.writes import NotedWrite
from visualizer.tables import Table

MOST: Final = 200
"""How many components of one actor are told apart, and for kubelets this many more than there are Nodes."""


class _Component(Struct, gc=False):
    actor: Actor
    name: str
    node: str
    writes: int = 0
    last_seq: int = 0
    last_ts: float = 0.0
    last_text: str = ""
    last: NotedWrite | None = None


class Components:
    """The ``components`` table."""

    def __init__(self) -> None:
        self._table: Table[ComponentRow] = Table()
        self._components: dict[str, _Component] = {}
        self._of_actor: dict[str, int] = {}
        self._touched: set[str] = set()

    def find(self, author: Attribution, *, nodes: int) -> str:
        """The id of the component that this author is, which is in the table from now on.

        ``nodes`` is how many Nodes there are.
        """
        name = author.client or author.node or author.component
        component_id = f"{author.actor}:{name}"
        if component_id in self._components:
            return component_id
        most = MOST + nodes if author.node else MOST
        if self._of_actor.get(author.actor, 0) >= most:
            name = "other nodes" if author.node else "other clients"
            component_id = f"{author.actor}:{name}"
            if component_id in self._components:
                return component_id
            self._add(component_id, _Component(author.actor, name, ""))
            return component_id
        known_as = author.component if author.node else name
        self._add(component_id, _Component(author.actor, known_as, author.node))
        return component_id

    def note(self, write: NotedWrite) -> None:
        """Count a write of the component that it names."""
        component = self._components[write.component]
        component.writes += 1
        if not write.routine:
            component.last = write
        self._touched.add(write.component)

    def remove_node(self, node: str) -> None:
        """Take out what ran on a Node that is gone."""
        for actor in ("kubelet", "proxy"):
            component = self._components.pop(f"{actor}:{node}", None)
            if component is not None:
                self._of_actor[component.actor] -= 1
                self._touched.add(f"{actor}:{node}")

    def table(self) -> Table[ComponentRow]:
        """The table, brought up to date."""
        for component_id in self._touched:
            component = self._components.get(component_id)
            if component is None:
                self._table.remove(component_id)
            else:
                self._table.put(_row(component_id, component))
        self._touched.clear()
        return self._table

    def load(self, rows: Iterable[ComponentRow]) -> None:
        """Start from these rows."""
        for row in rows:
            component = _Component(row.actor, row.name, row.node, row.writes, row.last_seq, row.last_ts, row.last_text)
            self._add(row.id, component)
            self._table.rows[row.id] = row
        self._touched.clear()

    def _add(self, component_id: str, component: _Component) -> None:
        self._components[component_id] = component
        self._of_actor[component.actor] = self._of_actor.get(component.actor, 0) + 1
        self._touched.add(component_id)


def _row(component_id: str, component: _Component) -> ComponentRow:
    last = component.last
    if last is not None:
        component.last_seq, component.last_ts, component.last_text = last.seq, last.ts, last.tell()
        component.last = None
    return ComponentRow(
        id=component_id,
        actor=component.actor,
        name=component.name,
        node=component.node,
        writes=component.writes,
        last_seq=component.last_seq,
        last_ts=component.last_ts,
        last_text=component.last_text,
    )
