"""Nodes as rows."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from visualizer.nodes.capacity import describe_node
from visualizer.nodes.rows import NodeRow
from visualizer.objects import Node


def describe(metadata: dict[str, Any] | None = None, **parts: Any) -> NodeRow:
    """The row of this node."""
    return describe_node("node-1", msgspec.convert({"metadata": {"name": "node-1", **(metadata or {})}, **parts}, Node))


def test_a_node_is_told_by_what_the_server_says() -> None:
    row = describe(
        {"labels": {"topology.kubernetes.io/zone": "lab-a"}, "creationTimestamp": "2026-11-23T10:10:18Z"},
        spec={"unschedulable": True},
        status={
            "allocatable": {"cpu": "950m", "memory": "3840Mi", "pods": "110"},
            "capacity": {"cpu": "1", "memory": "4Gi", "pods": "250"},
            "conditions": [{"type": "Ready", "status": "True", "reason": "KubeletReady"}],
            "nodeInfo": {"kubeletVersion": "v1.36.2"},
        },
    )
    assert row == NodeRow(
        id="node-1",
        ready="True",
        reason="KubeletReady",
        zone="lab-a",
        unschedulable=True,
        pressures=[],
        taints=[],
        kubelet_version="v1.36.2",
        cpu="950m",
        memory="3840Mi",
        pod_capacity=110,
        created="2026-11-23T10:10:18Z",
    )


def test_a_node_that_says_nothing_is_of_unknown_readiness() -> None:
    row = describe()
    assert (row.ready, row.reason, row.zone, row.cpu, row.pod_capacity) == ("Unknown", "", "", "", 0)


def test_only_pressures_that_are_true_are_named() -> None:
    conditions = [
        {"type": "MemoryPressure", "status": "True"},
        {"type": "DiskPressure", "status": "False"},
        {"type": "PIDPressure", "status": "Unknown"},
        {"type": "Ready", "status": "True"},
    ]
    assert describe(status={"conditions": conditions}).pressures == ["MemoryPressure"]


def test_taints_are_written_as_kubectl_writes_them() -> None:
    taints = [
        {"key": "team", "value": "web", "effect": "NoSchedule"},
        {"key": "node.kubernetes.io/unreachable", "effect": "NoExecute"},
        {"key": "empty", "value": "", "effect": "PreferNoSchedule"},
    ]
    written = ["team=web:NoSchedule", "node.kubernetes.io/unreachable:NoExecute", "empty:PreferNoSchedule"]
    assert describe(spec={"taints": taints}).taints == written


def test_an_old_cluster_names_zones_by_the_old_label() -> None:
    assert describe({"labels": {"failure-domain.beta.kubernetes.io/zone": "b"}}).zone == "b"


@pytest.mark.parametrize(
    ("quantity", "count"),
    [("110", 110), ("0", 0), ("1k", 1000), ("2Ki", 2048), ("1M", 1_000_000)],
)
def test_how_many_pods_fit_is_read_from_a_quantity(quantity: str, count: int) -> None:
    assert describe(status={"allocatable": {"pods": quantity}}).pod_capacity == count


@pytest.mark.parametrize("quantity", ["", "many", "1e3", "0.5k", "-1", "²", "1kk", "k", "9" * 5000])
def test_what_is_no_whole_number_of_pods_is_none(quantity: str) -> None:
    assert describe(status={"allocatable": {"pods": quantity}}).pod_capacity == 0
