"""The nodes diagram: what is where, what made it, and that neither order nor oddity matters."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.cluster import DEMO_NAMES, Cluster, metadata, owned_by, read_demo
from tests.histories import Step, histories, mistold_demos
from visualizer.frames import Frame, Header
from visualizer.nodes.diagram import NodesDiagram
from visualizer.nodes.rows import OwnerRow, PodRow
from visualizer.store import Store
from visualizer.tables import Snapshot, patch

WEB = {"metadata": metadata("web"), "spec": {"replicas": 2}, "status": {"readyReplicas": 1}}
WEB_SET = {"metadata": metadata("web-1", ownerReferences=owned_by("Deployment", "web")), "spec": {"replicas": 2}}
DEPLOYMENT, REPLICA_SET, POD = "apps/v1/deployments:shop/web", "apps/v1/replicasets:shop/web-1", "shop/web-1-x"


def pod(name: str = "web-1-x", owners: list[dict[str, Any]] | None = None, **more: Any) -> dict[str, Any]:
    """A Pod, of the ReplicaSet web-1 if nothing else is said."""
    references = owned_by("ReplicaSet", "web-1") if owners is None else owners
    return {"metadata": metadata(name, ownerReferences=references), **more}


@pytest.fixture
def nodes() -> NodesDiagram:
    """The diagram of an empty cluster."""
    return NodesDiagram()


@pytest.fixture
def cluster(nodes: NodesDiagram) -> Cluster:
    """The cluster that it draws."""
    return Cluster(nodes)


def owners(nodes: NodesDiagram) -> dict[str, str]:
    """Each owner's own owner."""
    return {row_id: row.owner for row_id, row in nodes.snapshot()["owners"].items() if isinstance(row, OwnerRow)}


def pods(nodes: NodesDiagram) -> dict[str, str]:
    """Each Pod's owner."""
    return {row_id: row.owner for row_id, row in nodes.snapshot()["pods"].items() if isinstance(row, PodRow)}


class TestPods:
    def test_a_pod_is_told_in_full(self, cluster: Cluster, nodes: NodesDiagram) -> None:
        cluster.list("apps/v1/replicasets", WEB_SET)
        status = {
            "phase": "Running",
            "podIP": "10.244.0.4",
            "conditions": [{"type": "Ready", "status": "True"}],
            "containerStatuses": [{"name": "web", "ready": True, "restartCount": 2, "state": {"running": {}}}],
        }
        given = pod(spec={"nodeName": "node-1", "containers": [{"name": "web"}]}, status=status)
        given["metadata"]["creationTimestamp"] = "2026-11-23T10:11:14Z"
        cluster.add("v1/pods", given)
        assert nodes.snapshot()["pods"] == {
            POD: PodRow(
                id=POD,
                namespace="shop",
                name="web-1-x",
                node="node-1",
                phase="Running",
                status="Running",
                is_ready=True,
                is_terminating=False,
                ready=1,
                containers=1,
                restarts=2,
                owner=REPLICA_SET,
                ip="10.244.0.4",
                created="2026-11-23T10:11:14Z",
            )
        }

    def test_a_pod_moves_ends_and_leaves(self, cluster: Cluster, nodes: NodesDiagram) -> None:
        cluster.add("v1/pods", pod())
        cluster.modify("v1/pods", pod(spec={"nodeName": "node-2"}))
        assert nodes.drain()["pods"][POD].node == "node-2"
        ending = pod(spec={"nodeName": "node-2"})
        ending["metadata"]["deletionTimestamp"] = "2026-11-23T10:11:14Z"
        cluster.modify("v1/pods", ending)
        row = nodes.drain()["pods"][POD]
        assert (row.is_terminating, row.status) == (True, "Terminating")
        cluster.delete("v1/pods", ending)
        assert nodes.drain()["pods"] == {POD: None}

    def test_a_change_that_nobody_sees_is_no_delta(self, cluster: Cluster, nodes: NodesDiagram) -> None:
        cluster.add("v1/pods", pod())
        row = nodes.snapshot()["pods"][POD]
        nodes.drain()
        again = pod()
        again["metadata"]["annotations"] = {"note": "new"}
        cluster.modify("v1/pods", again)
        assert nodes.drain() == {}
        assert nodes.snapshot()["pods"][POD] is row


class TestOwners:
    def test_owners_lead_upwards(self, cluster: Cluster, nodes: NodesDiagram) -> None:
        cluster.list("apps/v1/deployments", WEB)
        cluster.list("apps/v1/replicasets", WEB_SET)
        cluster.list("v1/pods", pod())
        assert pods(nodes) == {POD: REPLICA_SET}
        assert owners(nodes) == {REPLICA_SET: DEPLOYMENT, DEPLOYMENT: ""}
        row = nodes.snapshot()["owners"][DEPLOYMENT]
        assert (row.kind, row.namespace, row.name, row.wanted, row.ready) == ("Deployment", "shop", "web", 2, 1)

    @pytest.mark.parametrize("order", ["dsp", "dps", "sdp", "spd", "pds", "psd"])
    def test_the_order_in_which_they_come_does_not_matter(
        self, cluster: Cluster, nodes: NodesDiagram, order: str
    ) -> None:
        told = {"d": ("apps/v1/deployments", WEB), "s": ("apps/v1/replicasets", WEB_SET), "p": ("v1/pods", pod())}
        for each in order:
            cluster.add(*told[each])
        assert pods(nodes) == {POD: REPLICA_SET}
        assert owners(nodes) == {REPLICA_SET: DEPLOYMENT, DEPLOYMENT: ""}

    @pytest.mark.parametrize("order", ["dsp", "psd", "sdp"])
    def test_nor_does_the_order_in_which_they_go(self, cluster: Cluster, nodes: NodesDiagram, order: str) -> None:
        told = {"d": ("apps/v1/deployments", WEB), "s": ("apps/v1/replicasets", WEB_SET), "p": ("v1/pods", pod())}
        for each in told.values():
            cluster.add(*each)
        cluster.delete(*told[order[0]])
        if order[0] == "d":
            assert owners(nodes) == {REPLICA_SET: ""}
        if order[0] == "s":
            assert pods(nodes) == {POD: ""}
        cluster.delete(*told[order[1]])
        cluster.delete(*told[order[2]])
        assert (pods(nodes), owners(nodes)) == ({}, {})

    def test_a_workload_without_pods_is_there(self, cluster: Cluster, nodes: NodesDiagram) -> None:
        cluster.add("batch/v1/cronjobs", {"metadata": metadata("report"), "status": {"active": [{"name": "report-1"}]}})
        row = nodes.snapshot()["owners"]["batch/v1/cronjobs:shop/report"]
        assert (row.kind, row.wanted, row.ready) == ("CronJob", None, None)

    def test_the_same_name_with_another_uid_is_another_owner(self, cluster: Cluster, nodes: NodesDiagram) -> None:
        cluster.add("apps/v1/replicasets", WEB_SET)
        cluster.add("v1/pods", pod())
        cluster.delete("apps/v1/replicasets", WEB_SET)
        second = {**WEB_SET, "metadata": {**WEB_SET["metadata"], "uid": "another"}}
        cluster.add("apps/v1/replicasets", second)
        assert pods(nodes) == {POD: ""}
        cluster.modify("v1/pods", pod(owners=owned_by("ReplicaSet", "web-1", uid="another")))
        assert pods(nodes) == {POD: REPLICA_SET}

    def test_a_name_taken_over_in_one_event_is_another_owner_too(self, cluster: Cluster, nodes: NodesDiagram) -> None:
        cluster.add("apps/v1/replicasets", WEB_SET)
        cluster.add("v1/pods", pod())
        cluster.modify("apps/v1/replicasets", {**WEB_SET, "metadata": {**WEB_SET["metadata"], "uid": "another"}})
        assert pods(nodes) == {POD: ""}

    def test_a_pod_released_by_its_owner_has_none(self, cluster: Cluster, nodes: NodesDiagram) -> None:
        cluster.add("apps/v1/replicasets", WEB_SET)
        cluster.add("v1/pods", pod())
        cluster.modify("v1/pods", pod(owners=[]))
        assert pods(nodes) == {POD: ""}

    def test_an_owner_that_does_not_control_is_none(self, cluster: Cluster, nodes: NodesDiagram) -> None:
        cluster.add("apps/v1/replicasets", WEB_SET)
        cluster.add("v1/pods", pod(owners=owned_by("ReplicaSet", "web-1", controller=False)))
        assert pods(nodes) == {POD: ""}

    def test_a_reference_in_another_version_of_the_group_is_followed(
        self, cluster: Cluster, nodes: NodesDiagram
    ) -> None:
        cluster.add("apps/v1/replicasets", WEB_SET)
        cluster.add("v1/pods", pod(owners=owned_by("ReplicaSet", "web-1", "apps/v1beta2")))
        assert pods(nodes) == {POD: REPLICA_SET}

    def test_a_kind_of_another_group_is_another_kind(self, cluster: Cluster, nodes: NodesDiagram) -> None:
        cluster.add("apps/v1/replicasets", WEB_SET)
        cluster.add("v1/pods", pod(owners=owned_by("ReplicaSet", "web-1", "example.com/v1")))
        assert pods(nodes) == {POD: "example.com/v1/ReplicaSet:shop/web-1"}

    def test_a_recorded_kind_that_is_no_workload_is_there_while_it_makes_pods(
        self, cluster: Cluster, nodes: NodesDiagram
    ) -> None:
        revision = {"metadata": metadata("rev", ownerReferences=owned_by("Service", "app", "serving.example.com/v1"))}
        made = {"metadata": metadata("web", ownerReferences=owned_by("Revision", "rev", "serving.example.com/v1"))}
        cluster.add("serving.example.com/v1/revisions", revision)
        assert owners(nodes) == {}
        cluster.add("apps/v1/deployments", made)
        assert owners(nodes) == {
            DEPLOYMENT: "serving.example.com/v1/revisions:shop/rev",
            "serving.example.com/v1/revisions:shop/rev": "serving.example.com/v1/Service:shop/app",
            "serving.example.com/v1/Service:shop/app": "",
        }
        row = nodes.snapshot()["owners"]["serving.example.com/v1/Service:shop/app"]
        assert (row.kind, row.namespace, row.name, row.wanted, row.created) == ("Service", "shop", "app", None, "")
        cluster.delete("apps/v1/deployments", made)
        assert owners(nodes) == {}

    def test_a_static_pod_is_its_nodes(self, cluster: Cluster, nodes: NodesDiagram) -> None:
        cluster.add("v1/pods", pod("etcd", owned_by("Node", "node-1", "v1", uid="uid--node-1")))
        assert pods(nodes) == {"shop/etcd": ""}
        cluster.add("v1/nodes", {"metadata": metadata("node-1", "")})
        assert pods(nodes) == {"shop/etcd": "v1/nodes:node-1"}
        assert owners(nodes) == {"v1/nodes:node-1": ""}

    def test_owners_in_a_circle_are_cut_apart(self, cluster: Cluster, nodes: NodesDiagram) -> None:
        kinds = "serving.example.com/v1"
        resource = f"{kinds}/revisions"
        first = {"metadata": metadata("a", ownerReferences=owned_by("Revision", "b", kinds))}
        second = {"metadata": metadata("b", ownerReferences=owned_by("Revision", "a", kinds))}
        cluster.add(resource, first)
        cluster.add(resource, {"metadata": metadata("b")})
        cluster.add("v1/pods", pod(owners=owned_by("Revision", "a", kinds)))
        assert owners(nodes) == {f"{resource}:shop/a": f"{resource}:shop/b", f"{resource}:shop/b": ""}
        cluster.modify(resource, second)
        assert owners(nodes) == {f"{resource}:shop/a": ""}
        cluster.modify(resource, {"metadata": metadata("b")})
        assert owners(nodes) == {f"{resource}:shop/a": f"{resource}:shop/b", f"{resource}:shop/b": ""}

    def test_a_wider_circle_is_cut_apart_and_heals(self, cluster: Cluster, nodes: NodesDiagram) -> None:
        def workload(name: str, owner: str) -> dict[str, Any]:
            return {"metadata": metadata(name, ownerReferences=owned_by("Deployment", owner))}

        for name, owner in (("a", "b"), ("b", "c"), ("c", "none")):
            cluster.add("apps/v1/deployments", workload(name, owner))
        a, b, c = (f"apps/v1/deployments:shop/{name}" for name in "abc")
        assert owners(nodes) == {a: b, b: c, c: ""}
        cluster.modify("apps/v1/deployments", workload("c", "a"))
        assert owners(nodes) == {a: "", b: "", c: ""}
        cluster.modify("apps/v1/deployments", workload("c", "none"))
        assert owners(nodes) == {a: b, b: c, c: ""}

    def test_what_owns_itself_has_no_owner(self, cluster: Cluster, nodes: NodesDiagram) -> None:
        cluster.add(
            "apps/v1/replicasets", {"metadata": metadata("web-1", ownerReferences=owned_by("ReplicaSet", "web-1"))}
        )
        assert owners(nodes) == {REPLICA_SET: ""}

    @pytest.mark.parametrize(
        ("resource", "parts", "wanted", "ready"),
        [
            ("apps/v1/deployments", {"spec": {"replicas": 3}, "status": {"readyReplicas": 2}}, 3, 2),
            ("apps/v1/replicasets", {"spec": {"replicas": 0}, "status": {"replicas": 0}}, 0, 0),
            ("apps/v1/statefulsets", {"spec": {"replicas": 2}, "status": {}}, 2, 0),
            ("apps/v1/daemonsets", {"status": {"desiredNumberScheduled": 3, "numberReady": 1}}, 3, 1),
            ("batch/v1/jobs", {"spec": {"completions": 5}, "status": {"succeeded": 4, "ready": 1}}, 5, 4),
            ("batch/v1/jobs", {"status": {}}, None, 0),
            ("apps/v1/deployments", {}, None, 0),
        ],
    )
    def test_what_is_wanted_and_ready_is_as_the_kind_tells_it(
        self, cluster: Cluster, nodes: NodesDiagram, resource: str, parts: dict[str, Any], wanted: int, ready: int
    ) -> None:
        cluster.add(resource, {"metadata": metadata("web")})
        cluster.modify(resource, {"metadata": metadata("web"), **parts})
        row = nodes.snapshot()["owners"][f"{resource}:shop/web"]
        assert (row.wanted, row.ready) == (wanted, ready)


class TestNodes:
    def test_a_node_comes_changes_and_goes(self, cluster: Cluster, nodes: NodesDiagram) -> None:
        node = {"metadata": metadata("node-1", "")}
        cluster.list("v1/nodes", node)
        assert nodes.drain()["nodes"]["node-1"].ready == "Unknown"
        cluster.modify("v1/nodes", {**node, "status": {"conditions": [{"type": "Ready", "status": "True"}]}})
        assert nodes.drain()["nodes"]["node-1"].ready == "True"
        cluster.list("v1/nodes")
        assert nodes.drain() == {"nodes": {"node-1": None}}


def play(header: Header, frames: list[Frame]) -> tuple[Store, NodesDiagram]:
    """The store and the diagram after all these frames."""
    store, nodes = Store(header.resources), NodesDiagram()
    for seq, frame in enumerate(frames, start=1):
        nodes.apply(store, seq=seq, ts=frame.ts, changes=store.apply(seq, frame))
    return store, nodes


def test_deploy_scales_from_three_to_five_and_away() -> None:
    header, frames = read_demo("deploy")
    store, nodes = Store(header.resources), NodesDiagram()
    seen = []
    for seq, frame in enumerate(frames, start=1):
        nodes.apply(store, seq=seq, ts=frame.ts, changes=store.apply(seq, frame))
        snapshot = nodes.snapshot()
        running = [row for row in snapshot["pods"].values() if "/hello" in row.id and row.status == "Running"]
        assert all(row.node in snapshot["nodes"] for row in running)
        seen.append(len(running))
    assert [count for count, before in zip(seen, [-1, *seen], strict=False) if count != before][:6] == [
        0,
        1,
        2,
        3,
        4,
        5,
    ]
    assert seen[-1] == 0


def test_every_pod_of_every_demo_has_a_way_up_to_what_was_asked_for() -> None:
    for name in DEMO_NAMES:
        snapshot = play(*read_demo(name))[1].snapshot()
        for row in snapshot["pods"].values():
            owner = row.owner
            while owner:
                owner = snapshot["owners"][owner].owner
        deployments = {row.owner for row in snapshot["owners"].values() if row.kind == "ReplicaSet"}
        assert deployments <= set(snapshot["owners"])


@pytest.mark.parametrize("name", DEMO_NAMES)
def test_playing_a_demo_leads_to_what_building_its_end_shows(name: str) -> None:
    store, nodes = play(*read_demo(name))
    built = NodesDiagram.build(store)
    assert built.snapshot() == nodes.snapshot()
    assert built.drain() == {}


def assert_whole(snapshot: Snapshot) -> None:
    """Every owner that is named is there, and no owner is its own, however far up."""
    for row in (*snapshot["pods"].values(), *snapshot["owners"].values()):
        passed, owner = {row.id}, row.owner
        while owner:
            assert owner in snapshot["owners"]
            assert isinstance(row, PodRow) or owner not in passed
            passed.add(owner)
            owner = snapshot["owners"][owner].owner


RELATED = ["v1/pods", "apps/v1/replicasets", "apps/v1/deployments", "serving.example.com/v1/revisions", "v1/nodes"]


@given(histories(RELATED), st.data())
def test_whatever_happens_the_picture_is_what_the_store_shows(history: list[Step], data: st.DataObject) -> None:
    nodes = NodesDiagram()
    cluster = Cluster(nodes)
    picture: Snapshot = {name: dict(rows) for name, rows in nodes.snapshot().items()}
    for step in history:
        step(cluster)
        assert nodes.snapshot() == NodesDiagram.build(cluster.store).snapshot()
        assert_whole(nodes.snapshot())
        if data.draw(st.booleans()):
            picture = patch(picture, nodes.drain())
            assert picture == nodes.snapshot()
    assert patch(picture, nodes.drain()) == nodes.snapshot()


@given(mistold_demos())
def test_a_recording_told_badly_still_makes_the_picture_of_its_store(told: tuple[Header, list[Frame]]) -> None:
    store, nodes = play(*told)
    assert nodes.snapshot() == NodesDiagram.build(store).snapshot()
    assert_whole(nodes.snapshot())
