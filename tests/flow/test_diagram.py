"""The flow diagram, by what a viewer sees of it."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tests.cluster import DEMO_NAMES, Cluster, metadata, read_demo
from tests.histories import Step, histories, mistold_demos
from visualizer.flow.components import MOST
from visualizer.flow.diagram import FlowDiagram
from visualizer.flow.writes import KEPT
from visualizer.frames import Frame, Header
from visualizer.store import Store
from visualizer.tables import patch

AT_START = "2026-11-23T10:11:14Z"


def entry(manager: str, time: str = AT_START) -> dict[str, str]:
    """One entry of managedFields."""
    return {"manager": manager, "operation": "Update", "time": time}


def config_map(name: str, *managers: str, version: str = "7") -> dict[str, object]:
    """A ConfigMap that these managers wrote."""
    entries = [entry(manager) for manager in managers]
    return {"metadata": metadata(name, resourceVersion=version, creationTimestamp=AT_START, managedFields=entries)}


def node(name: str, time: str = AT_START) -> dict[str, object]:
    """A Node that its kubelet wrote."""
    return {"metadata": metadata(name, "", managedFields=[entry("kubelet", time)])}


def play(header: Header, frames: list[Frame]) -> tuple[Store, FlowDiagram]:
    """The store and the diagram after all these frames."""
    store, flow = Store(header.resources), FlowDiagram()
    for seq, frame in enumerate(frames, start=1):
        flow.apply(store, seq=seq, ts=frame.ts, changes=store.apply(seq, frame))
    return store, flow


class TestComponents:
    def test_a_writer_is_found_with_what_it_wrote_last(self) -> None:
        flow = FlowDiagram()
        cluster = Cluster(flow)
        cluster.add("v1/configmaps", config_map("a", "kubectl-create"))
        cluster.add("v1/configmaps", config_map("b", "kubectl-create"))
        row = flow.snapshot()["components"]["client:kubectl"]
        assert (row.actor, row.name, row.node, row.writes) == ("client", "kubectl", "", 2)
        assert (row.last_seq, row.last_ts, row.last_text) == (2, cluster.ts, "created ConfigMap b")

    def test_a_listed_node_shows_its_kubelet_before_it_writes(self) -> None:
        flow = FlowDiagram()
        Cluster(flow).list("v1/nodes", node("node-1"))
        row = flow.snapshot()["components"]["kubelet:node-1"]
        assert (row.name, row.node, row.writes, row.last_seq, row.last_text) == ("kubelet", "node-1", 0, 0, "")

    def test_a_heartbeat_counts_as_a_write_but_is_not_told_as_the_last(self) -> None:
        flow = FlowDiagram()
        cluster = Cluster(flow)
        cluster.list("v1/nodes", node("node-1"))
        cluster.modify("v1/nodes", node("node-1", "2026-11-23T10:11:24Z"))
        row = flow.snapshot()["components"]["kubelet:node-1"]
        assert (row.writes, row.last_text) == (1, "")
        assert [write.routine for write in flow.snapshot()["writes"].values()] == [True]

    def test_a_kubelet_leaves_with_its_node(self) -> None:
        flow = FlowDiagram()
        cluster = Cluster(flow)
        cluster.list("v1/nodes", node("node-1"), node("node-2"))
        cluster.delete("v1/nodes", node("node-1"))
        assert "kubelet:node-1" not in flow.snapshot()["components"]
        cluster.list("v1/nodes")
        assert "kubelet:node-2" not in flow.snapshot()["components"]

    def test_clients_beyond_a_bound_are_counted_together(self) -> None:
        flow = FlowDiagram()
        cluster = Cluster(flow)
        for number in range(MOST + 20):
            cluster.add("v1/configmaps", config_map(f"c{number}", f"program-{number}"))
        components = flow.snapshot()["components"]
        assert len(components) == MOST + 1
        assert components["client:other clients"].writes == 20

    def test_kubelets_of_nodes_that_are_there_are_always_told_apart(self) -> None:
        flow = FlowDiagram()
        Cluster(flow).list("v1/nodes", *(node(f"node-{number}") for number in range(MOST + 50)))
        assert len(flow.snapshot()["components"]) == MOST + 50

    def test_kubelets_of_made_up_nodes_are_bounded(self) -> None:
        flow = FlowDiagram()
        cluster = Cluster(flow)
        for number in range(MOST + 20):
            meta = metadata(f"p{number}", creationTimestamp=AT_START, managedFields=[entry("kubelet")])
            cluster.add("v1/pods", {"metadata": meta, "spec": {"nodeName": f"made-up-{number}"}})
        components = flow.snapshot()["components"]
        assert len(components) == MOST + 1
        row = components["kubelet:other nodes"]
        assert (row.writes, row.node, row.name) == (20, "", "other nodes")


class TestWrites:
    def test_a_write_is_told_in_words_with_its_evidence(self) -> None:
        flow = FlowDiagram()
        cluster = Cluster(flow)
        cluster.list("v1/pods", {"metadata": metadata("web-1")})
        cluster.modify("v1/pods", {"metadata": metadata("web-1"), "spec": {"nodeName": "node-1"}})
        (row,) = flow.snapshot()["writes"].values()
        assert (row.id, row.seq, row.ts) == ("2", 2, cluster.ts)
        assert (row.component, row.certainty, row.rule) == ("scheduler:kube-scheduler", "inferred", "binding")
        assert (row.verb, row.resource, row.kind, row.subresource) == ("updated", "v1/pods", "Pod", "binding")
        assert (row.ref, row.routine, row.text) == ("v1/pods:shop/web-1", False, "bound Pod web-1 to node-1")

    def test_a_status_says_so(self) -> None:
        flow = FlowDiagram()
        cluster = Cluster(flow)
        web = {"metadata": metadata("web"), "status": {"replicas": 1}}
        cluster.list("apps/v1/deployments", web)
        cluster.modify("apps/v1/deployments", {**web, "status": {"replicas": 2}})
        (row,) = flow.snapshot()["writes"].values()
        assert row.text == "updated status of Deployment web"

    def test_a_deletion_that_waits_says_so(self) -> None:
        flow = FlowDiagram()
        cluster = Cluster(flow)
        cluster.list("v1/pods", {"metadata": metadata("web-1")})
        ending = {"metadata": metadata("web-1", deletionTimestamp=AT_START)}
        cluster.modify("v1/pods", ending)
        cluster.modify("v1/pods", {**ending, "status": {"phase": "Failed"}})
        cluster.delete("v1/pods", ending)
        texts = [row.text for row in flow.snapshot()["writes"].values()]
        assert texts == ["began to delete Pod web-1", "updated Pod web-1", "deleted Pod web-1"]

    def test_a_name_that_comes_back_is_created_again(self) -> None:
        flow = FlowDiagram()
        cluster = Cluster(flow)
        cluster.list("v1/pods", {"metadata": metadata("web-1", uid="first")})
        cluster.modify("v1/pods", {"metadata": metadata("web-1", uid="second")})
        assert [row.verb for row in flow.snapshot()["writes"].values()] == ["created"]

    def test_lists_are_no_writes_nor_is_what_they_show_no_more(self) -> None:
        flow = FlowDiagram()
        cluster = Cluster(flow)
        cluster.list("v1/pods", {"metadata": metadata("web-1")}, {"metadata": metadata("web-2")})
        cluster.list("v1/pods", {"metadata": metadata("web-1")})
        snapshot = flow.snapshot()
        assert not snapshot["writes"]
        assert snapshot["kinds"]["v1/pods"].objects == 1

    def test_only_the_latest_are_kept_and_the_oldest_leave(self) -> None:
        flow = FlowDiagram()
        cluster = Cluster(flow)
        for number in range(KEPT + 5):
            cluster.add("v1/configmaps", config_map(f"c{number}", "kubectl"))
            if number in (3, KEPT + 1):
                flow.drain()
        delta = flow.drain()["writes"]
        assert [row_id for row_id, row in delta.items() if row is None] == ["3", "4", "5"]
        assert list(flow.snapshot()["writes"]) == [str(seq) for seq in range(6, KEPT + 6)]

    def test_what_means_only_that_all_goes_on_is_routine(self) -> None:
        flow = FlowDiagram()
        cluster = Cluster(flow)
        lease = {"metadata": metadata("kube-scheduler", "kube-system"), "spec": {"holderIdentity": "one"}}
        event = {"metadata": metadata("web.1", creationTimestamp=AT_START), "count": 1}
        cluster.list("coordination.k8s.io/v1/leases", lease)
        cluster.add("v1/events", event)
        cluster.modify("v1/events", {**event, "count": 2})
        cluster.modify("coordination.k8s.io/v1/leases", {**lease, "spec": {**lease["spec"], "renewTime": AT_START}})
        cluster.modify("coordination.k8s.io/v1/leases", {**lease, "spec": {"holderIdentity": "another"}})
        cluster.ts += 7200
        cluster.delete("v1/events", event)
        assert [row.routine for row in flow.snapshot()["writes"].values()] == [False, True, True, False, True]

    def test_a_node_that_turns_unready_is_no_heartbeat(self) -> None:
        flow = FlowDiagram()
        cluster = Cluster(flow)
        cluster.list("v1/nodes", node("node-1"))
        cluster.modify("v1/nodes", {**node("node-1"), "status": {"conditions": [{"type": "Ready", "status": "False"}]}})
        cluster.modify("v1/nodes", {**node("node-1"), "spec": {"unschedulable": True}})
        assert [row.routine for row in flow.snapshot()["writes"].values()] == [False, False]


class TestEtcd:
    def test_the_revision_is_the_highest_version_seen(self) -> None:
        flow = FlowDiagram()
        cluster = Cluster(flow)
        for version in ("7", "12", "9", "", "not a number", "²", "9" * 30, "-20", "1e9"):
            cluster.watch("MODIFIED", "v1/configmaps", config_map("a", version=version))
        row = flow.snapshot()["etcd"]["etcd"]
        assert (row.revision, row.objects) == (12, 1)

    def test_kinds_are_counted_and_leave_with_their_last_object(self) -> None:
        flow = FlowDiagram()
        cluster = Cluster(flow)
        cluster.list("v1/configmaps", config_map("a"), config_map("b"))
        assert flow.snapshot()["kinds"]["v1/configmaps"].objects == 2
        cluster.delete("v1/configmaps", config_map("a"))
        cluster.delete("v1/configmaps", config_map("b"))
        assert not flow.snapshot()["kinds"]


def test_deploy_shows_the_control_plane_at_work() -> None:
    _, flow = play(*read_demo("deploy"))
    components = flow.snapshot()["components"]
    assert {"client:kubectl", "controller:generic-garbage-collector", "scheduler:kube-scheduler"} <= set(components)
    assert {"kubelet:node-1", "kubelet:node-2", "kubelet:node-3", "apiserver:kube-apiserver"} <= set(components)
    assert components["client:kubectl"].writes >= 3
    assert "unknown:unknown" not in components


@given(histories(), st.data())
def test_a_snapshot_and_its_deltas_make_the_next_snapshot(history: list[Step], data: st.DataObject) -> None:
    flow = FlowDiagram()
    cluster = Cluster(flow)
    flow.drain()
    picture = {name: dict(rows) for name, rows in flow.snapshot().items()}
    for step in history:
        step(cluster)
        if data.draw(st.booleans()):
            picture = patch(picture, flow.drain())
            assert picture == flow.snapshot()
    assert patch(picture, flow.drain()) == flow.snapshot()


@given(histories(), st.integers(0, 30))
def test_a_loaded_diagram_is_the_one_dumped_and_goes_on_as_it(history: list[Step], at: int) -> None:
    flow = FlowDiagram()
    cluster = Cluster(flow)
    for step in history[:at]:
        step(cluster)
    loaded = FlowDiagram()
    loaded.load(cluster.store, flow.dump())
    assert loaded.snapshot() == flow.snapshot()
    assert loaded.drain() == {}
    cluster.diagrams = (flow, loaded)
    for step in history[at:]:
        step(cluster)
    assert loaded.snapshot() == flow.snapshot()


@given(mistold_demos())
def test_a_recording_told_badly_still_makes_a_picture(told: tuple[Header, list[Frame]]) -> None:
    store, flow = play(*told)
    snapshot = flow.snapshot()
    assert sum(row.objects for row in snapshot["kinds"].values()) == len(store)
    authors = {row.component for row in snapshot["writes"].values()}
    assert {author for author in authors if not author.startswith("kubelet:")} <= set(snapshot["components"])


def test_looking_after_each_frame_or_only_at_the_end_shows_the_same() -> None:
    header, frames = read_demo("rolling-update")
    store, looked = Store(header.resources), FlowDiagram()
    for seq, frame in enumerate(frames, start=1):
        looked.apply(store, seq=seq, ts=frame.ts, changes=store.apply(seq, frame))
        looked.drain()
    assert looked.snapshot() == play(header, frames)[1].snapshot()


def test_every_demo_is_told_by_name_and_number() -> None:
    assert len(DEMO_NAMES) == 16
    for name in DEMO_NAMES:
        header, frames = read_demo(name)
        store, flow = play(header, frames)
        loaded = FlowDiagram()
        loaded.load(store, flow.dump())
        assert loaded.snapshot() == flow.snapshot()
        assert len(flow.snapshot()["writes"]) <= KEPT
