"""What the pods of a node weigh together, however they came, moved, ended and went."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given

from tests.cluster import DEMO_NAMES, Cluster, metadata, read_demo
from tests.histories import Step, histories
from visualizer.nodes.diagram import NodesDiagram
from visualizer.nodes.rows import LeaseRow, LoadRow
from visualizer.scheduling.cluster import see_cluster
from visualizer.scheduling.requests import count_limits
from visualizer.store import Store
from visualizer.tables import Row


def pod(name: str = "web", node: str = "node-1", phase: str = "Running", **resources: dict[str, str]) -> dict[str, Any]:
    """A Pod with one container that has these resources."""
    spec = {"nodeName": node, "containers": [{"name": "c", "resources": resources}]}
    return {"metadata": metadata(name), "spec": spec, "status": {"phase": phase}}


ASKING = {"requests": {"cpu": "250m", "memory": "64Mi"}, "limits": {"cpu": "1", "memory": "128Mi"}}
ONE = LoadRow(id="node-1", pods=1, cpu=250, memory=64 * 2**20, cpu_limit=1000, memory_limit=128 * 2**20)


@pytest.fixture
def nodes() -> NodesDiagram:
    """The diagram of an empty cluster."""
    return NodesDiagram()


@pytest.fixture
def cluster(nodes: NodesDiagram) -> Cluster:
    """The cluster that it draws."""
    return Cluster(nodes)


def loads(nodes: NodesDiagram) -> dict[str, Row]:
    return dict(nodes.snapshot()["loads"])


def test_a_pod_counts_from_when_it_is_bound_until_it_has_ended(cluster: Cluster, nodes: NodesDiagram) -> None:
    cluster.add("v1/pods", pod(node="", **ASKING))
    assert loads(nodes) == {}
    cluster.modify("v1/pods", pod(phase="Pending", **ASKING))
    assert loads(nodes) == {"node-1": ONE}
    cluster.modify("v1/pods", pod(phase="Succeeded", **ASKING))
    assert loads(nodes) == {}


def test_a_resized_pod_counts_as_its_spec_says(cluster: Cluster, nodes: NodesDiagram) -> None:
    cluster.add("v1/pods", pod(requests={"cpu": "1"}))
    nodes.drain()
    cluster.modify("v1/pods", pod(requests={"cpu": "2"}))
    row = nodes.drain()["loads"]["node-1"]
    assert isinstance(row, LoadRow)
    assert row.cpu == 2000


def test_a_pod_that_only_restarts_alters_no_load(cluster: Cluster, nodes: NodesDiagram) -> None:
    cluster.add("v1/pods", pod(**ASKING))
    nodes.drain()
    again = pod(**ASKING)
    again["status"]["containerStatuses"] = [{"name": "c", "restartCount": 1}]
    cluster.modify("v1/pods", again)
    assert "loads" not in nodes.drain()


def test_the_lease_of_a_node_tells_when_its_kubelet_was_last_heard_of(cluster: Cluster, nodes: NodesDiagram) -> None:
    spec = {"renewTime": "2026-11-23T10:15:15.318002Z", "leaseDurationSeconds": 40}
    lease = {"metadata": metadata("node-1", "kube-node-lease"), "spec": spec}
    cluster.add("coordination.k8s.io/v1/leases", lease)
    cluster.add("coordination.k8s.io/v1/leases", {"metadata": metadata("kube-scheduler", "kube-system"), "spec": spec})
    assert nodes.snapshot()["leases"] == {
        "node-1": LeaseRow(id="node-1", renewed="2026-11-23T10:15:15.318002Z", seconds=40)
    }
    cluster.delete("coordination.k8s.io/v1/leases", lease)
    assert nodes.snapshot()["leases"] == {}


def assert_summed(nodes: NodesDiagram, store: Store) -> None:
    """Each load is what the scheduler's own way of counting finds anew."""
    seen = see_cluster(store)
    for row in nodes.snapshot()["loads"].values():
        assert isinstance(row, LoadRow)
        pods = seen.pods_on(row.id)
        asked = seen.requested_on(row.id)
        assert row.pods == len(pods)
        assert (row.cpu, row.memory) == (asked.get("cpu", Fraction(0)) * 1000, asked.get("memory", Fraction(0)))
        assert row.cpu_limit == sum(count_limits(each.spec).get("cpu", Fraction(0)) for each in pods) * 1000
        assert row.memory_limit == sum(count_limits(each.spec).get("memory", Fraction(0)) for each in pods)


@given(histories(["v1/pods", "v1/pods", "v1/nodes", "coordination.k8s.io/v1/leases"]))
def test_whatever_happens_loads_are_what_counting_anew_finds(history: list[Step]) -> None:
    nodes = NodesDiagram()
    cluster = Cluster(nodes)
    for step in history:
        step(cluster)
        assert_summed(nodes, cluster.store)
        assert nodes.snapshot()["loads"] == NodesDiagram.build(cluster.store).snapshot()["loads"]


@pytest.mark.parametrize("name", DEMO_NAMES)
def test_so_they_are_in_every_demo(name: str) -> None:
    header, frames = read_demo(name)
    store, nodes = Store(header.resources), NodesDiagram()
    for seq, frame in enumerate(frames, start=1):
        nodes.apply(store, seq=seq, ts=frame.ts, changes=store.apply(seq, frame))
    assert_summed(nodes, store)
    assert set(nodes.snapshot()["leases"]) == set(nodes.snapshot()["nodes"])
