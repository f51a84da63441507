"""Nodes as rows: whether a node is ready, what keeps pods off it, and how much it can carry."""

from __future__ import annotations

from typing import Final

from visualizer.nodes.rows import NodeRow
from visualizer.objects import Node, Taint

_ZONES: Final = ("topology.kubernetes.io/zone", "failure-domain.beta.kubernetes.io/zone")
_SUFFIXES: Final = {"k": 10**3, "M": 10**6, "G": 10**9, "Ki": 2**10, "Mi": 2**20, "Gi": 2**30}
_LONGEST_COUNT: Final = 9


def describe_node(key: str, node: Node) -> NodeRow:
    """The row of this node, whose key in the store is its id.

    Quantities are what is allocatable to pods, as the server writes them.
    """
    status, labels = node.status, node.metadata.labels or {}
    allocatable = status.allocatable or {}
    conditions = status.conditions or ()
    ready = next((condition for condition in conditions if condition.type == "Ready"), None)
    return NodeRow(
        id=key,
        ready="Unknown" if ready is None else ready.status,
        reason="" if ready is None else ready.reason or "",
        zone=next((labels[name] for name in _ZONES if name in labels), ""),
        unschedulable=bool(node.spec.unschedulable),
        pressures=[each.type for each in conditions if each.type.endswith("Pressure") and each.status == "True"],
        taints=[_taint_words(taint) for taint in node.spec.taints or ()],
        kubelet_version="" if status.node_info is None else status.node_info.kubelet_version,
        cpu=allocatable.get("cpu", ""),
        memory=allocatable.get("memory", ""),
        pod_capacity=_to_count(allocatable.get("pods", "")),
        created=node.metadata.creation_timestamp or "",
    )


def _taint_words(taint: Taint) -> str:
    """As kubectl writes a taint: ``key=value:Effect``, or ``key:Effect``."""
    return f"{taint.key}={taint.value}:{taint.effect}" if taint.value else f"{taint.key}:{taint.effect}"


def _to_count(quantity: str) -> int:
    """A whole number from a quantity (``110``, or ``1k`` as servers write 1000), or 0 where it is none."""
    number = quantity.rstrip("kKMGi")
    factor = _SUFFIXES.get(quantity[len(number) :], 0) if number != quantity else 1
    is_whole = number.isascii() and number.isdigit() and len(number) <= _LONGEST_COUNT
    return int(number) * factor if is_whole else 0
