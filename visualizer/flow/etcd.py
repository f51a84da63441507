"""etcd: how far the cluster's one counter of writes has come, and how many objects of each kind there are.

Clients must take resource versions as opaque, and these are only shown: every Kubernetes API server up to now makes
them from etcd's revision. One that is no number is passed over.
"""

from __future__ import annotations

from typing import Final

from visualizer.flow.rows import EtcdRow, KindRow
from visualizer.store import Change, Store
from visualizer.tables import Table

_MOST_DIGITS: Final = 18
"""How long a revision can be: etcd's is a positive 64-bit number, and none is near its end."""


class Etcd:
    """The ``kinds`` and ``etcd`` tables. ``revision`` is the highest resource version seen, or 0."""

    def __init__(self) -> None:
        self.revision = 0
        self._table: Table[EtcdRow] = Table()
        self._kinds: Table[KindRow] = Table()
        self._objects: dict[str, int] = {}
        self._names: dict[str, str] = {}
        self._touched: set[str] = set()

    def count(self, store: Store, change: Change) -> None:
        """Take in one change."""
        version = change.object.metadata.resource_version
        if version.isdecimal() and len(version) <= _MOST_DIGITS and int(version) > self.revision:
            self.revision = int(version)
        if (change.old is None) != (change.new is None):
            resource, grown = change.resource, 1 if change.old is None else -1
            self._objects[resource] = self._objects.get(resource, 0) + grown
            self._names[resource] = store.resources[resource].kind
            self._touched.add(resource)

    def load(self, store: Store, revision: int) -> None:
        """Start from this store at this revision."""
        self.revision = revision
        self._objects = store.counts()
        self._names = {resource: store.resources[resource].kind for resource in self._objects}
        self._touched = set(self._objects)
        self.kinds().drain()
        self.table().drain()

    def kinds(self) -> Table[KindRow]:
        """The ``kinds`` table, brought up to date."""
        for resource in self._touched:
            if count := self._objects[resource]:
                self._kinds.put(KindRow(id=resource, kind=self._names[resource], objects=count))
            else:
                self._kinds.remove(resource)
        self._touched.clear()
        return self._kinds

    def table(self) -> Table[EtcdRow]:
        """The ``etcd`` table, brought up to date."""
        self._table.put(EtcdRow(id="etcd", revision=self.revision, objects=sum(self._objects.values())))
        return self._table
