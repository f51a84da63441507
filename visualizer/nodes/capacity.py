"""Nodes as rows: whether a node is ready, what keeps pods off it, where it belongs, and how much it can carry."""

from __future__ import annotations

from collections.abc import Mapping
from math import ceil
from typing import Final

from visualizer.nodes.loads import LARGEST
from visualizer.nodes.rows import LeaseRow, NodeRow
from visualizer.objects import Condition, Lease, Node, Taint
from visualizer.quantities import parse

LEASES: Final = "kube-node-lease"
"""The namespace in which each kubelet keeps a Lease of its node's name."""

_ZONES: Final = ("topology.kubernetes.io/zone", "failure-domain.beta.kubernetes.io/zone")

POOLS: Final = (
    "cloud.google.com/gke-nodepool",
    "eks.amazonaws.com/nodegroup",
    "alpha.eksctl.io/nodegroup-name",
    "kubernetes.azure.com/agentpool",
    "agentpool",
    "karpenter.sh/nodepool",
    "karpenter.sh/provisioner-name",
    "kops.k8s.io/instancegroup",
    "doks.digitalocean.com/node-pool",
    "lke.linode.com/pool-id",
    "k8s.scaleway.com/pool-name",
    "ibm-cloud.kubernetes.io/worker-pool-name",
    "worker.gardener.cloud/pool",
)
"""The labels by which clouds and provisioners name a node's pool, the surest first. Cluster API sets none by itself."""

INSTANCE_TYPES: Final = ("node.kubernetes.io/instance-type", "beta.kubernetes.io/instance-type")
"""What stands in for a pool where no label names one."""

_ROLE: Final = "node-role.kubernetes.io/"
_OLD_ROLE: Final = "kubernetes.io/role"


def describe_node(key: str, node: Node) -> NodeRow:
    """The row of this node, whose key in the store is its id."""
    status, labels = node.status, node.metadata.labels or {}
    conditions = status.conditions or ()
    ready = next((condition for condition in conditions if condition.type == "Ready"), None)
    pool_label = next((name for name in (*POOLS, *INSTANCE_TYPES) if labels.get(name)), "")
    return NodeRow(
        id=key,
        ready="Unknown" if ready is None else ready.status,
        reason="" if ready is None else ready.reason or "",
        ready_since="" if ready is None else ready.last_transition_time or "",
        zone=next((labels[name] for name in _ZONES if name in labels), ""),
        pool=labels.get(pool_label, ""),
        pool_label=pool_label,
        roles=_roles(labels),
        unschedulable=bool(node.spec.unschedulable),
        troubles=[each.type for each in conditions if _is_trouble(each)],
        taints=[_taint_words(taint) for taint in node.spec.taints or ()],
        kubelet_version="" if status.node_info is None else status.node_info.kubelet_version,
        cpu=_amount(status.allocatable, "cpu"),
        memory=_amount(status.allocatable, "memory"),
        pods=_amount(status.allocatable, "pods"),
        cpu_capacity=_amount(status.capacity, "cpu"),
        memory_capacity=_amount(status.capacity, "memory"),
        pods_capacity=_amount(status.capacity, "pods"),
        created=node.metadata.creation_timestamp or "",
    )


def describe_lease(lease: Lease) -> LeaseRow:
    """The row of a kubelet's Lease."""
    spec = lease.spec
    return LeaseRow(id=lease.metadata.name, renewed=spec.renew_time or "", seconds=spec.lease_duration_seconds)


def _is_trouble(condition: Condition) -> bool:
    name = condition.type
    return condition.status == "True" and (name.endswith("Pressure") or name == "NetworkUnavailable")


def _roles(labels: Mapping[str, str]) -> list[str]:
    """As ``kubectl get nodes`` finds them: ``findNodeRoles`` of pkg/printers/internalversion/printers.go."""
    roles = {name.removeprefix(_ROLE) for name in labels if name.startswith(_ROLE)} | {labels.get(_OLD_ROLE, "")}
    return sorted(roles - {""})


def _taint_words(taint: Taint) -> str:
    """As kubectl writes a taint: ``key=value:Effect``, or ``key:Effect``."""
    return f"{taint.key}={taint.value}:{taint.effect}" if taint.value else f"{taint.key}:{taint.effect}"


def _amount(quantities: Mapping[str, str] | None, resource: str) -> int | None:
    """CPU in thousandths and all else in whole units, rounded up; None where that is not said, or makes no sense."""
    amount = parse((quantities or {}).get(resource, ""))
    if amount is None or amount < 0:
        return None
    return min(LARGEST, ceil(amount * 1000 if resource == "cpu" else amount))
