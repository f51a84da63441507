"""Owners: the objects that make Pods, and what makes those, upwards.

An owner is known by the reference that its dependent carries, and by the uid in it: an object of the same
name with another uid is another object. So a Pod whose owner is gone has none, and does not move under a
new one of that name. Kinds that the log does not record can only be known by the reference, and are taken
at its word.

Every workload is here, with or without Pods. Any other kind is here while a Pod or another owner names it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from visualizer.frames import Resource
from visualizer.nodes.rows import OwnerRow
from visualizer.objects import TYPES, AnyObject, Metadata, Workload
from visualizer.store import Store
from visualizer.tables import Table

WORKLOADS: Final = frozenset(resource for resource, kind in TYPES.items() if kind is Workload)
"""The resources that make Pods, or make what makes them."""

_LONGEST_CIRCLE: Final = 64
"""Owners that own each other in a circle are cut apart up to this length.

Real chains have two to six links.
"""


class Owners:
    """The ``owners`` table, and who keeps its rows there."""

    def __init__(self) -> None:
        self.table: Table[OwnerRow] = Table()
        self._holders: dict[str, int] = {}
        self._kinds: Mapping[tuple[str, str], tuple[str, bool]] = {}

    def find(self, store: Store, metadata: Metadata) -> str:
        """The ref of the object's controlling owner, or "" where it has none or that is gone."""
        for reference in metadata.owner_references or ():
            if reference.controller:
                break
        else:
            return ""
        if not self._kinds:
            self._kinds = _index_kinds(store.resources)
        api_version, kind = reference.api_version, reference.kind
        known = self._kinds.get((api_version, kind)) or self._kinds.get((_group(api_version), kind))
        if known is None:
            unknown = f"{api_version}/{kind}:{_key(metadata.namespace, reference.name)}"
            return "" if unknown.partition(":")[0] in store.resources else unknown
        resource, is_namespaced = known
        key = _key(metadata.namespace, reference.name) if is_namespaced else reference.name
        entry = store.get(resource, key)
        if entry is None or entry.object.metadata.uid != reference.uid:
            return ""
        return f"{resource}:{key}"

    def refresh(self, store: Store, resource: str, key: str) -> None:
        """Make an object's row anew from the store, if it has or should have one."""
        if resource not in WORKLOADS and not self._holders:
            return
        ref = f"{resource}:{key}"
        if resource not in WORKLOADS and ref not in self.table.rows:
            return
        entry = store.get(resource, key)
        if entry is not None:
            self._put(store, _row(store, ref, entry.object, self._owner(store, ref, entry.object.metadata)))
        elif resource in WORKLOADS:
            self._remove(ref)

    def recount(self, store: Store, resource: str, key: str) -> None:
        """Make a workload's row anew from the store, where nothing has altered but its own numbers."""
        ref = f"{resource}:{key}"
        row, entry = self.table.rows.get(ref), store.get(resource, key)
        if row is not None and entry is not None:
            self.table.put(_row(store, ref, entry.object, row.owner))

    def refresh_upwards(self, store: Store, metadata: Metadata) -> None:
        """Make the rows of all owners upwards anew: a circle may have closed or opened."""
        ref = self.find(store, metadata)
        for _ in range(_LONGEST_CIRCLE):
            if not ref:
                return
            resource, _, key = ref.partition(":")
            self.refresh(store, resource, key)
            ref = self._next(store, ref)

    def hold(self, store: Store, ref: str) -> None:
        """Keep this owner in the table for one more dependent, and with it what owns it."""
        while ref:
            resource, _, key = ref.partition(":")
            if resource in WORKLOADS:
                return
            holders = self._holders.get(ref, 0)
            self._holders[ref] = holders + 1
            if holders:
                return
            entry = store.get(resource, key)
            if entry is None:
                row = _row_by_name(ref)
            else:
                row = _row(store, ref, entry.object, self._owner(store, ref, entry.object.metadata))
            self.table.put(row)
            ref = row.owner

    def release(self, ref: str) -> None:
        """Undo one ``hold``: an owner that nobody names any more leaves the table."""
        while ref:
            holders = self._holders.get(ref)
            if holders is None:
                return
            if holders > 1:
                self._holders[ref] = holders - 1
                return
            del self._holders[ref]
            row = self.table.rows[ref]
            self.table.remove(ref)
            ref = row.owner

    def _put(self, store: Store, row: OwnerRow) -> None:
        old = self.table.rows.get(row.id)
        self.table.put(row)
        before = old.owner if old else ""
        if before != row.owner:
            self.hold(store, row.owner)
            self.release(before)

    def _remove(self, ref: str) -> None:
        old = self.table.rows.get(ref)
        if old is not None:
            self.table.remove(ref)
            self.release(old.owner)

    def _owner(self, store: Store, ref: str, metadata: Metadata) -> str:
        """The owner's ref, or "" where going on upwards leads back here: the table is a forest."""
        owner = above = self.find(store, metadata)
        for _ in range(_LONGEST_CIRCLE):
            if not above:
                return owner
            if above == ref:
                return ""
            above = self._next(store, above)
        return owner

    def _next(self, store: Store, ref: str) -> str:
        resource, _, key = ref.partition(":")
        entry = store.get(resource, key)
        return "" if entry is None else self.find(store, entry.object.metadata)


def _index_kinds(resources: Mapping[str, Resource]) -> Mapping[tuple[str, str], tuple[str, bool]]:
    """The recorded resource of each kind, by its version and, for references in another one, by its group.

    Beside each, whether its objects are in namespaces.
    """
    kinds: dict[tuple[str, str], tuple[str, bool]] = {}
    for name, resource in resources.items():
        api_version = name.rpartition("/")[0]
        kinds[api_version, resource.kind] = name, resource.namespaced
        kinds.setdefault((_group(api_version), resource.kind), (name, resource.namespaced))
    return kinds


def _key(namespace: str, name: str) -> str:
    return f"{namespace}/{name}" if namespace else name


def _group(group_version: str) -> str:
    """``apps/`` for ``apps/v1``, and ``/`` for ``v1``: never the same as a version's own name."""
    return group_version.rpartition("/")[0] + "/"


def _row(store: Store, ref: str, obj: AnyObject, owner: str) -> OwnerRow:
    kind, metadata = store.resources[ref.partition(":")[0]].kind, obj.metadata
    wanted, ready = _count(kind, obj) if isinstance(obj, Workload) else (None, None)
    return OwnerRow(
        id=ref,
        kind=kind,
        namespace=metadata.namespace,
        name=metadata.name,
        owner=owner,
        wanted=wanted,
        ready=ready,
        created=metadata.creation_timestamp or "",
    )


def _row_by_name(ref: str) -> OwnerRow:
    """All that can be said of an owner whose kind the log does not record."""
    resource, _, key = ref.partition(":")
    namespace, _, name = key.rpartition("/")
    kind = resource.rpartition("/")[2]
    return OwnerRow(id=ref, kind=kind, namespace=namespace, name=name, owner="", wanted=None, ready=None, created="")


def _count(kind: str, workload: Workload) -> tuple[int | None, int | None]:
    """How many Pods are wanted and ready; for Jobs completions and successes."""
    spec, status = workload.spec, workload.status
    if kind == "DaemonSet":
        return status.desired_number_scheduled, status.number_ready or 0
    if kind == "Job":
        return spec.completions, status.succeeded or 0
    if kind == "CronJob":
        return None, None
    return spec.replicas, status.ready_replicas or 0
