"""Nodes as rows."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest

from visualizer.live.encoding import encode_snapshot
from visualizer.nodes.capacity import INSTANCE_TYPES, POOLS, describe_node
from visualizer.nodes.loads import LARGEST
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
            "conditions": [
                {
                    "type": "Ready",
                    "status": "True",
                    "reason": "KubeletReady",
                    "lastTransitionTime": "2026-11-23T10:10:19Z",
                }
            ],
            "nodeInfo": {"kubeletVersion": "v1.36.2"},
        },
    )
    assert row == NodeRow(
        id="node-1",
        ready="True",
        reason="KubeletReady",
        zone="lab-a",
        unschedulable=True,
        pool="",
        pool_label="",
        roles=[],
        ready_since="2026-11-23T10:10:19Z",
        troubles=[],
        taints=[],
        kubelet_version="v1.36.2",
        cpu=950,
        memory=3840 * 2**20,
        pods=110,
        cpu_capacity=1000,
        memory_capacity=2**32,
        pods_capacity=250,
        created="2026-11-23T10:10:18Z",
    )


def test_a_node_that_says_nothing_is_of_unknown_readiness() -> None:
    row = describe()
    assert (row.ready, row.reason, row.zone, row.cpu, row.pods) == ("Unknown", "", "", None, None)


def test_only_troubles_that_are_true_are_named() -> None:
    conditions = [
        {"type": "NetworkUnavailable", "status": "True"},
        {"type": "MemoryPressure", "status": "True"},
        {"type": "DiskPressure", "status": "False"},
        {"type": "PIDPressure", "status": "Unknown"},
        {"type": "Ready", "status": "True"},
    ]
    assert describe(status={"conditions": conditions}).troubles == ["NetworkUnavailable", "MemoryPressure"]


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
    [("110", 110), ("0", 0), ("1k", 1000), ("2Ki", 2048), ("1M", 1_000_000), ("1e3", 1000), ("0.5k", 500), ("1.5", 2)],
)
def test_how_many_pods_fit_is_read_from_a_quantity(quantity: str, count: int) -> None:
    assert describe(status={"allocatable": {"pods": quantity}}).pods == count


@pytest.mark.parametrize("quantity", ["", "many", "-1", "²", "1kk", "k", "9" * 5000])
def test_what_is_no_amount_of_pods_is_none(quantity: str) -> None:
    assert describe(status={"allocatable": {"pods": quantity}}).pods is None


def test_no_amount_is_larger_than_a_browser_can_tell() -> None:
    row = describe(status={"capacity": {"memory": "9e99"}, "allocatable": {"memory": "9Ei"}})
    assert row.memory == row.memory_capacity == LARGEST
    assert json.loads(encode_snapshot("nodes", {"nodes": {"node-1": row}}, seq=1, ts=1.0))


@pytest.mark.parametrize(
    ("labels", "pool", "label"),
    [
        ({"cloud.google.com/gke-nodepool": "main"}, "main", "cloud.google.com/gke-nodepool"),
        ({"eks.amazonaws.com/nodegroup": "workers"}, "workers", "eks.amazonaws.com/nodegroup"),
        ({"agentpool": "user", "kubernetes.azure.com/agentpool": "user"}, "user", "kubernetes.azure.com/agentpool"),
        ({"karpenter.sh/nodepool": "spot", "node.kubernetes.io/instance-type": "m5.large"}, "spot", POOLS[5]),
        ({"node.kubernetes.io/instance-type": "m5.large"}, "m5.large", INSTANCE_TYPES[0]),
        ({"karpenter.sh/nodepool": "", "kops.k8s.io/instancegroup": "nodes-a"}, "nodes-a", "kops.k8s.io/instancegroup"),
        ({"team": "web"}, "", ""),
    ],
)
def test_a_pool_is_told_with_the_label_that_names_it(labels: dict[str, str], pool: str, label: str) -> None:
    row = describe({"labels": labels})
    assert (row.pool, row.pool_label) == (pool, label)


def test_roles_are_those_that_kubectl_prints() -> None:
    labels = {"node-role.kubernetes.io/worker": "", "node-role.kubernetes.io/": "x", "kubernetes.io/role": "edge"}
    assert describe({"labels": labels}).roles == ["edge", "worker"]
