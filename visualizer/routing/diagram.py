"""The routing diagram: Services, what leads to them, their endpoints, and where each node sends packets.

Six tables (rows.py). All of it follows from the store. A change makes the rows of the Services that it touches anew,
and of no others: a slice or Pod its own Services, an Ingress or route those that it names. Only where a node comes,
goes or moves are all made anew.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, Self

from visualizer.network import Ingress, Route, Service
from visualizer.objects import Event
from visualizer.routing.classes import Nodes
from visualizer.routing.index import NODES, SERVICES
from visualizer.routing.leftout import UNHEALTHY
from visualizer.routing.model import Routing
from visualizer.routing.pictures import TABLES, rows_of
from visualizer.routing.ports import places_of
from visualizer.routing.ways import GATEWAYS, INGRESS_CLASSES, INGRESSES, ROUTES, backends_of
from visualizer.store import Change, Store
from visualizer.tables import Delta, Row, Snapshot, Table

EVENTS: Final = "v1/events"
_LEADING: Final = frozenset({INGRESSES, *ROUTES.values()})
_NAMED_BY_MANY: Final = frozenset({INGRESS_CLASSES, GATEWAYS})


class RoutingDiagram:
    """Services and their endpoints as tables (see :class:`visualizer.tables.Derived`)."""

    def __init__(self, store: Store) -> None:
        self.routing = Routing.build(store)
        self._nodes = Nodes.of(self.routing.index.nodes())
        self._families = self.routing.families()
        self._tables: dict[str, Table[Any]] = {name: Table() for name in TABLES}
        self._held: dict[str, list[tuple[str, str]]] = {}

    @classmethod
    def build(cls, store: Store) -> Self:
        """The diagram of this store."""
        built = cls(store)
        for key, _ in built.routing.index.services():
            built._draw(key)
        for table in built._tables.values():
            table.drain()
        return built

    def apply(self, store: Store, *, seq: int, ts: float, changes: Sequence[Change]) -> None:
        """Take in what a frame changed. The store is already changed."""
        touched = self.routing.apply(changes)
        for change in changes:
            touched |= self._touched(change)
        for key in touched:
            self._draw(key)

    def snapshot(self) -> Snapshot:
        """Every row of every table."""
        return {name: table.rows for name, table in self._tables.items()}

    def drain(self) -> Delta:
        """What was altered since the last call."""
        drained = {name: table.drain() for name, table in self._tables.items()}
        return {name: rows for name, rows in drained.items() if rows}

    def _draw(self, key: str) -> None:
        """Make the Service's rows anew, and take away those that it has no more."""
        service = self.routing.index.service(key)
        rows: dict[str, list[Row]] = dict(rows_of(self.routing, self._nodes, service)) if service else {}
        held = [(name, row.id) for name, found in rows.items() for row in found]
        for name, row_id in set(self._held.pop(key, ())).difference(held):
            self._tables[name].remove(row_id)
        for name, found in rows.items():
            for row in found:
                self._tables[name].put(row)
        if held:
            self._held[key] = held

    def _touched(self, change: Change) -> set[str]:
        """The Services whose rows a change alters beyond those that it is about."""
        old, new = (entry.object if entry is not None else None for entry in (change.old, change.new))
        if change.resource == SERVICES:
            return self._neighbours(change.key, old, new)
        if change.resource in _LEADING:
            return {key for item in (old, new) if isinstance(item, Ingress | Route) for key in backends_of(item)}
        if change.resource in _NAMED_BY_MANY:
            return self._led_to()
        if change.resource == EVENTS:
            return self._probed(change.object)
        return self._renodes() if change.resource == NODES else set()

    def _neighbours(self, key: str, old: object, new: object) -> set[str]:
        """Whose flaws a Service alters that claims other addresses, or other Pods, than before."""
        states = [item for item in (old, new) if isinstance(item, Service)]
        places = {place for item in states for place in places_of(item)}
        touched = {other for place in places for other in self.routing.index.claiming(place)}
        selectors = [item.spec.selector for item in states]
        if len(states) < 2 or selectors[0] != selectors[-1]:
            namespace = key.partition("/")[0]
            touched |= self.routing.index.with_selector(namespace)
        return touched

    def _probed(self, event: object) -> set[str]:
        """The Services of a Pod whose probe fails."""
        if not isinstance(event, Event) or event.reason != UNHEALTHY:
            return set()
        about = event.involved_object
        pod = self.routing.index.pod(f"{about.namespace}/{about.name}")
        return set(self.routing.index.selecting(pod)) if pod is not None else set()

    def _led_to(self) -> set[str]:
        """Every Service to which something leads."""
        index = self.routing.index
        ingresses = set[str]().union(*(backends_of(item) for item in index.objects(INGRESSES, Ingress)))
        routes = (backends_of(item) for resource in ROUTES.values() for item in index.objects(resource, Route))
        return ingresses.union(*routes)

    def _renodes(self) -> set[str]:
        """All Services where what matters of the nodes is otherwise now; heartbeats alter nothing."""
        nodes = Nodes.of(self.routing.index.nodes())
        families = self.routing.families()
        if (nodes, families) == (self._nodes, self._families):
            return set()
        self._nodes, self._families = nodes, families
        return {key for key, _ in self.routing.index.services()}
