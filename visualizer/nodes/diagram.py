"""The nodes diagram: nodes, the pods on them, what these weigh, and what made them.

Five tables: ``nodes``, ``leases``, ``loads``, ``pods`` and ``owners`` (rows.py). All of it follows from the store, so
the rows are the same whatever order the objects came in, and whether they were built at once or kept from the start. A
change costs the rows that it alters and no more: only building walks over all pods.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final, Self

from visualizer.nodes.capacity import LEASES, describe_lease, describe_node
from visualizer.nodes.loads import Loads
from visualizer.nodes.owners import WORKLOADS, Owners
from visualizer.nodes.rows import LeaseRow, NodeRow, PodRow
from visualizer.nodes.status import describe_pod
from visualizer.objects import AnyObject, Lease, Node, Pod
from visualizer.store import Change, Store
from visualizer.tables import Delta, Row, Snapshot, Table

_PODS: Final = "v1/pods"
_NODES: Final = "v1/nodes"
_LEASES: Final = "coordination.k8s.io/v1/leases"


class NodesDiagram:
    """Nodes, their Leases and loads, pods and owners as tables (see :class:`visualizer.tables.Derived`)."""

    def __init__(self) -> None:
        self._nodes: Table[NodeRow] = Table()
        self._leases: Table[LeaseRow] = Table()
        self._loads = Loads()
        self._pods: Table[PodRow] = Table()
        self._owners = Owners()
        self._tables: Mapping[str, Table[Any]] = {
            "nodes": self._nodes,
            "leases": self._leases,
            "loads": self._loads.table,
            "pods": self._pods,
            "owners": self._owners.table,
        }

    @classmethod
    def build(cls, store: Store) -> Self:
        """The diagram of this store."""
        built = cls()
        built._fill(store)
        return built

    def apply(self, store: Store, *, seq: int, ts: float, changes: Sequence[Change]) -> None:
        """Take in what a frame changed. The store is already changed."""
        for change in changes:
            old = None if change.old is None else change.old.object
            new = None if change.new is None else change.new.object
            is_related_anew = _is_related_anew(old, new)
            if change.resource == _PODS:
                self._apply_pod(store, change.key, new, is_related_anew)
                self._loads.move(old if isinstance(old, Pod) else None, new if isinstance(new, Pod) else None)
            elif change.resource == _NODES:
                self._apply_node(change.key, new)
            elif change.resource == _LEASES:
                self._apply_lease(change.key, new)
            if is_related_anew:
                self._owners.refresh(store, change.resource, change.key)
                self._relate(store, old, new)
            elif change.resource in WORKLOADS:
                self._owners.recount(store, change.resource, change.key)

    def snapshot(self) -> Snapshot:
        """Every row of every table."""
        return {name: table.rows for name, table in self._tables.items()}

    def drain(self) -> Delta:
        """What was altered since the last call."""
        drained: dict[str, Mapping[str, Row | None]] = {name: table.drain() for name, table in self._tables.items()}
        return {name: rows for name, rows in drained.items() if rows}

    def _fill(self, store: Store) -> None:
        for key, entry in store.entries(_NODES).items():
            self._apply_node(key, entry.object)
        for key, entry in store.entries(_LEASES).items():
            self._apply_lease(key, entry.object)
        for resource in WORKLOADS:
            for key in store.entries(resource):
                self._owners.refresh(store, resource, key)
        pods = self._pods.rows
        for key, entry in store.entries(_PODS).items():
            if isinstance(entry.object, Pod):
                owner = self._owners.find(store, entry.object.metadata)
                pods[key] = _pod_row(key, entry.object, owner)
                self._loads.fill(entry.object)
                if owner:
                    self._owners.hold(store, owner)
        self._loads.tell_all()
        self.drain()

    def _apply_node(self, key: str, node: AnyObject | None) -> None:
        if isinstance(node, Node):
            self._nodes.put(describe_node(key, node))
        else:
            self._nodes.remove(key)

    def _apply_lease(self, key: str, lease: AnyObject | None) -> None:
        namespace, _, name = key.partition("/")
        if namespace != LEASES:
            return
        if isinstance(lease, Lease):
            self._leases.put(describe_lease(lease))
        else:
            self._leases.remove(name)

    def _apply_pod(self, store: Store, key: str, pod: AnyObject | None, is_related_anew: bool) -> None:
        before = self._pods.rows.get(key)
        old_owner = "" if before is None else before.owner
        if not isinstance(pod, Pod):
            self._pods.remove(key)
            self._owners.release(old_owner)
            return
        owner = self._owners.find(store, pod.metadata) if is_related_anew else old_owner
        self._pods.put(_pod_row(key, pod, owner))
        if owner != old_owner:
            self._owners.hold(store, owner)
            self._owners.release(old_owner)

    def _relate(self, store: Store, old: AnyObject | None, new: AnyObject | None) -> None:
        """An object came, went, or has other owners: what it owns and what owns it may stand elsewhere."""
        uids = {obj.metadata.uid for obj in (old, new) if obj is not None}
        dependents = [place for uid in uids for place in store.owned_by(uid)]
        for resource, key in dependents:
            if resource == _PODS:
                entry = store.get(resource, key)
                self._apply_pod(store, key, None if entry is None else entry.object, True)
            self._owners.refresh(store, resource, key)
        if not dependents:
            return
        for obj in (old, new):
            if obj is not None:
                self._owners.refresh_upwards(store, obj.metadata)


def _is_related_anew(old: AnyObject | None, new: AnyObject | None) -> bool:
    """Whether the object came, went, gave its name to another, or has other owners than before."""
    if old is None or new is None:
        return True
    before, after = old.metadata, new.metadata
    if before.uid != after.uid or before.creation_timestamp != after.creation_timestamp:
        return True
    return before.owner_references != after.owner_references


def _pod_row(key: str, pod: Pod, owner: str) -> PodRow:
    metadata, status = pod.metadata, pod.status
    line = describe_pod(pod)
    return PodRow(
        id=key,
        namespace=metadata.namespace,
        name=metadata.name,
        node=pod.spec.node_name,
        phase=status.phase,
        status=line.status,
        is_ready=line.is_ready,
        is_terminating=metadata.deletion_timestamp is not None,
        ready=line.ready,
        containers=line.containers,
        restarts=line.restarts,
        owner=owner,
        ip=status.pod_ip or "",
        created=metadata.creation_timestamp or "",
    )
