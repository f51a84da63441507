"""Traces in small: what leads to what, what waits, what is forgotten, who is woken, and how it is told."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from tests.cluster import RESOURCES, Cluster, metadata, owned_by
from visualizer.flow.diagram import FlowDiagram
from visualizer.flow.rows import TraceRow, WriteRow
from visualizer.flow.tree import TracedWrite, Tree

AT_START = "2026-11-23T10:11:14Z"
MORE = {
    **RESOURCES,
    "v1/services": ("Service", True),
    "v1/resourcequotas": ("ResourceQuota", True),
    "discovery.k8s.io/v1/endpointslices": ("EndpointSlice", True),
    "autoscaling/v2/horizontalpodautoscalers": ("HorizontalPodAutoscaler", True),
    "apps/v1/replicasets": ("ReplicaSet", True),
}
MANAGER = "kube-controller-manager"


class Story(Cluster):
    """A cluster that numbers its writes and lets time pass, with a flow diagram beside it."""

    def __init__(self, *, remembered: int = 2048) -> None:
        self.flow = FlowDiagram(remembered=remembered)
        self.version = 100
        super().__init__(self.flow, resources=MORE)

    def create(self, resource: str, name: str, manager: str, *, after_s: float = 0.01, **more: Any) -> int:
        """Create an object, and give the frame."""
        self.ts += after_s
        obj = {"metadata": self._meta(name, manager, more.pop("owners", None), more.pop("version", None)), **more}
        self.add(resource, obj)
        return self.seq

    def update(
        self, resource: str, name: str, manager: str, *, after_s: float = 0.01, of_status: bool = False, **more: Any
    ) -> int:
        """Write an object once more under another time, and give the frame."""
        self.ts += after_s
        meta = self._meta(name, manager, more.pop("owners", None), more.pop("version", None), **more.pop("meta", {}))
        meta["managedFields"][0]["time"] = f"2026-11-23T10:11:{15 + self.version % 40:02}Z"
        if of_status:
            meta["managedFields"][0]["subresource"] = "status"
        self.modify(resource, {"metadata": meta, **more})
        return self.seq

    def _meta(
        self, name: str, manager: str, owners: list[dict[str, Any]] | None, version: int | None, **more: Any
    ) -> dict[str, Any]:
        self.version += 1
        entry = {"manager": manager, "operation": "Update", "time": AT_START}
        return metadata(
            name,
            resourceVersion=str(version or self.version),
            creationTimestamp=AT_START,
            managedFields=[entry],
            ownerReferences=owners,
            **more,
        )

    def tree(self, seq: int) -> Tree:
        """The trace of the write in this frame."""
        tree = self.flow.trace(seq)
        assert tree is not None
        return tree

    def write(self, seq: int) -> TracedWrite:
        """The write in this frame, as its trace tells it."""
        return next(each for each in self.tree(seq).writes if each.seq == seq)

    def row(self, seq: int) -> WriteRow:
        """The write in this frame, as the table has it."""
        row = self.flow.snapshot()["writes"][str(seq)]
        assert isinstance(row, WriteRow)
        return row

    def traces(self) -> list[TraceRow]:
        """The table of traces."""
        return [row for row in self.flow.snapshot()["traces"].values() if isinstance(row, TraceRow)]


def deployed(story: Story) -> tuple[int, int, int]:
    """A Deployment, its ReplicaSet and its Pod, each made for the one before."""
    deployment = story.create("apps/v1/deployments", "web", "kubectl-create")
    replica_set = story.create("apps/v1/replicasets", "web-1", MANAGER, owners=owned_by("Deployment", "web"))
    pod = story.create("v1/pods", "web-1-a", MANAGER, owners=owned_by("ReplicaSet", "web-1"))
    return deployment, replica_set, pod


class TestCauses:
    def test_what_is_made_for_an_owner_goes_back_to_it(self) -> None:
        story = Story()
        deployment, replica_set, pod = deployed(story)
        assert [(w.seq, w.parent, w.depth, w.rule, w.certainty) for w in story.tree(pod).writes] == [
            (deployment, 0, 0, "command", "observed"),
            (replica_set, deployment, 1, "owner-reference", "observed"),
            (pod, replica_set, 2, "owner-reference", "observed"),
        ]
        assert story.write(pod).lag_s == pytest.approx(0.01)

    def test_an_effect_that_is_told_first_waits_for_its_cause(self) -> None:
        story = Story()
        deployment = story.create("apps/v1/deployments", "web", "kubectl-create", version=10)
        pod = story.create("v1/pods", "web-1-a", MANAGER, owners=owned_by("ReplicaSet", "web-1"), version=12)
        assert story.row(pod).parent == 0
        replica_set = story.create(
            "apps/v1/replicasets", "web-1", MANAGER, owners=owned_by("Deployment", "web"), version=11
        )
        tree = story.tree(pod)
        assert [write.seq for write in tree.writes] == [deployment, replica_set, pod]
        assert (story.row(pod).parent, story.row(pod).trace) == (replica_set, deployment)
        assert all(write.lag_s >= 0 for write in tree.writes)
        assert [row.seq for row in story.traces()] == [deployment]

    def test_it_waits_no_longer_than_two_seconds(self) -> None:
        story = Story()
        pod = story.create("v1/pods", "web-1-a", MANAGER, owners=owned_by("ReplicaSet", "web-1"), version=12)
        story.create("apps/v1/replicasets", "web-1", MANAGER, after_s=3, version=11)
        assert story.write(pod).rule == "no-cause"

    def test_a_quota_is_charged_within_the_request_that_comes_after(self) -> None:
        story = Story()
        made = [{"manager": "kubectl-create", "operation": "Update", "time": AT_START}]
        story.list("v1/resourcequotas", {"metadata": metadata("shop", managedFields=made)})
        _, replica_set, _ = deployed(story)
        charge = story.update("v1/resourcequotas", "shop", "kube-apiserver", of_status=True)
        assert story.row(charge).parent == 0
        story.create("v1/pods", "web-1-b", MANAGER, owners=owned_by("ReplicaSet", "web-1"))
        assert (story.write(charge).parent, story.write(charge).rule) == (replica_set, "admission")

    def test_a_schedule_begins_a_trace_that_follows_its_cron_job(self) -> None:
        story = Story()
        cron_job = story.create("batch/v1/cronjobs", "report", "kubectl-create")
        owners = owned_by("CronJob", "report", "batch/v1")
        job = story.create("batch/v1/jobs", "report-1", MANAGER, after_s=45, owners=owners)
        assert (story.write(job).parent, story.write(job).rule, story.write(job).follows) == (0, "schedule", cron_job)

    def test_a_pod_in_anothers_place_goes_back_to_its_end(self) -> None:
        story = Story()
        _, _, pod = deployed(story)
        owners = owned_by("ReplicaSet", "web-1")
        ending = {"metadata": metadata("web-1-a", ownerReferences=owners, deletionTimestamp=AT_START)}
        story.modify("v1/pods", ending)
        deletion = story.seq
        replacement = story.create("v1/pods", "web-1-b", MANAGER, owners=owners)
        assert (story.write(replacement).parent, story.write(replacement).rule) == (deletion, "replacement")
        assert story.tree(pod).seq != story.tree(replacement).seq

    def test_where_two_traces_are_as_likely_it_is_a_guess_and_says_so(self) -> None:
        story = Story()
        deployed(story)
        owners = owned_by("ReplicaSet", "web-1")
        story.create("v1/pods", "web-1-b", MANAGER, owners=owners)
        for name in ("web-1-a", "web-1-b"):
            story.modify("v1/pods", {"metadata": metadata(name, ownerReferences=owners, deletionTimestamp=AT_START)})
        replacement = story.create("v1/pods", "web-1-c", MANAGER, owners=owners)
        assert (story.write(replacement).certainty, story.write(replacement).among) == ("guessed", 2)

    def test_a_program_that_acts_for_owners_is_a_controller_and_watches_them_from_then_on(self) -> None:
        story = Story()
        before = story.create("serving.example.com/v1/revisions", "r0", "kubectl-create")
        assert story.row(before).wakes == []
        revision = story.create("serving.example.com/v1/revisions", "r1", "kubectl-create")
        made = story.create(
            "apps/v1/deployments", "r1", "knative", owners=owned_by("Revision", "r1", "serving.example.com/v1")
        )
        assert (story.write(made).parent, story.write(made).rule) == (revision, "owner-reference")
        after = story.create("serving.example.com/v1/revisions", "r2", "kubectl-create")
        assert story.row(after).wakes == ["client:knative"]

    def test_an_event_is_told_with_the_write_that_it_tells_of(self) -> None:
        story = Story()
        _, replica_set, pod = deployed(story)
        event = {
            "metadata": metadata("web-1.1", creationTimestamp=AT_START),
            "involvedObject": {"kind": "ReplicaSet", "name": "web-1", "uid": "uid-shop-web-1"},
            "source": {"component": "replicaset-controller"},
            "reason": "SuccessfulCreate",
            "message": "Created pod: web-1-a",
        }
        story.add("v1/events", event)
        assert [each.reason for each in story.write(pod).events] == ["SuccessfulCreate"]
        assert (story.row(story.seq).parent, story.row(story.seq).cause_rule) == (pod, "event")
        assert story.tree(story.seq).seq == story.tree(replica_set).seq

    def test_foreground_deletion_leads_down_to_what_is_owned_and_up_again(self) -> None:
        story = Story()
        deployed(story)
        of_deployment, of_set = owned_by("Deployment", "web"), owned_by("ReplicaSet", "web-1")
        held = {"deletionTimestamp": AT_START, "finalizers": ["foregroundDeletion"]}
        story.modify("apps/v1/deployments", {"metadata": metadata("web", **held)})
        asked = story.seq
        story.modify("apps/v1/replicasets", {"metadata": metadata("web-1", ownerReferences=of_deployment, **held)})
        down = story.seq
        story.delete("v1/pods", {"metadata": metadata("web-1-a", ownerReferences=of_set)})
        pod = story.seq
        story.delete("apps/v1/replicasets", {"metadata": metadata("web-1", ownerReferences=of_deployment, **held)})
        up = story.seq
        assert [(story.write(seq).parent, story.write(seq).rule) for seq in (down, pod)] == [
            (asked, "owner-gone"),
            (down, "owner-gone"),
        ]
        assert story.write(up).parent == pod

    def test_an_autoscaler_that_scales_begins_a_trace(self) -> None:
        story = Story()
        deployed(story)
        scaled = story.update("apps/v1/deployments", "web", MANAGER, after_s=30, spec={"replicas": 3})
        story.ts += 30
        entry = {"manager": MANAGER, "operation": "Update", "time": None, "subresource": "scale"}
        meta = metadata("web", managedFields=[entry], creationTimestamp=AT_START, generation=7)
        story.modify("apps/v1/deployments", {"metadata": meta, "spec": {"replicas": 5}})
        assert scaled < story.seq
        assert (story.row(story.seq).component, story.row(story.seq).cause_rule) == (
            "controller:horizontal-pod-autoscaler",
            "metrics",
        )

    def test_what_waits_for_a_finalizer_ends_where_it_began_whoever_lets_go(self) -> None:
        story = Story()
        story.create("v1/configmaps", "c", "kubectl-create")
        held = metadata("c", deletionTimestamp=AT_START, finalizers=["example.com/hold"])
        story.modify("v1/configmaps", {"metadata": held})
        asked = story.seq
        story.ts += 20
        story.delete("v1/configmaps", {"metadata": held})
        released = story.seq
        assert (story.write(released).parent, story.tree(released).seq) == (0, released)
        assert [(span.phase, span.from_seq, span.to_seq) for span in story.tree(asked).spans] == [
            ("ending", asked, released)
        ]


class TestBounds:
    def test_no_more_than_so_many_writes_are_remembered(self) -> None:
        story = Story(remembered=40)
        for number in range(200):
            story.create("v1/configmaps", f"c{number}", "helm" if number % 2 else MANAGER)
        assert sum(len(tree.writes) for tree in story.flow.traces()) <= 60
        assert len(story.traces()) <= 50
        assert story.flow.trace(1) is None

    def test_what_is_loaded_goes_on_as_what_was_dumped(self) -> None:
        story = Story(remembered=40)
        deployed(story)
        for number in range(60):
            story.create("v1/configmaps", f"c{number}", "helm" if number % 3 else MANAGER)
        loaded = FlowDiagram(remembered=40)
        loaded.load(story.store, story.flow.dump())
        story.diagrams = (story.flow, loaded)
        for number in range(60):
            story.create("v1/configmaps", f"d{number}", "helm" if number % 3 else MANAGER)
        assert list(loaded.traces()) == list(story.flow.traces())
        assert loaded.snapshot() == story.flow.snapshot()
        assert loaded.dump() == story.flow.dump()

    def test_a_trace_is_unfinished_until_its_pods_are_ready(self) -> None:
        story = Story()
        _, _, pod = deployed(story)
        assert [(row.writes, row.unfinished) for row in story.traces()] == [(3, 1)]
        owners = owned_by("ReplicaSet", "web-1")
        ready = {"conditions": [{"type": "Ready", "status": "True"}]}
        story.update("v1/pods", "web-1-a", "kubelet", owners=owners, spec={"nodeName": "node-1"}, status=ready)
        assert [row.unfinished for row in story.traces()] == [0]
        assert story.tree(pod).unfinished == 0


class TestTelling:
    def test_a_pods_way_is_told_in_spans(self) -> None:
        story = Story()
        _, _, made = deployed(story)
        owners = owned_by("ReplicaSet", "web-1")
        at_node: dict[str, Any] = {"spec": {"nodeName": "node-1"}}
        story.modify("v1/pods", {"metadata": metadata("web-1-a", ownerReferences=owners), **at_node})
        bound = story.seq
        running = {"containerStatuses": [{"name": "web", "state": {"running": {}}}]}
        story.modify("v1/pods", {"metadata": metadata("web-1-a", ownerReferences=owners), **at_node, "status": running})
        started = story.seq
        spans = [(span.phase, span.from_seq, span.to_seq) for span in story.tree(made).spans]
        assert spans == [("scheduling", made, bound), ("starting", bound, started), ("becoming ready", started, 0)]

    def test_like_writes_are_one_sentence_with_all_of_them_as_evidence(self) -> None:
        story = Story()
        _, _, first = deployed(story)
        owners = owned_by("ReplicaSet", "web-1")
        others = [story.create("v1/pods", f"web-1-{letter}", MANAGER, owners=owners) for letter in "bc"]
        sentences = story.tree(first).sentences
        assert [sentence.text for sentence in sentences] == [
            "kubectl created Deployment shop/web.",
            "10 ms later deployment-controller created ReplicaSet web-1 for Deployment web.",
            "10 to 30 ms later replicaset-controller created 3 Pods for ReplicaSet web-1.",
        ]
        assert sentences[2].seqs == [first, *others]
        assert sentences[2].refs == [f"v1/pods:shop/web-1-{letter}" for letter in "abc"]
        assert (sentences[2].certainty, sentences[2].rule) == ("observed", "owner-reference")

    def test_a_trace_travels_as_the_wire_has_it(self) -> None:
        story = Story()
        _, _, pod = deployed(story)
        tree = story.tree(pod)
        assert msgspec.json.decode(msgspec.json.encode(tree), type=Tree) == tree


class TestWakes:
    def test_only_a_pod_without_a_node_wakes_the_scheduler_and_only_its_owners_controller(self) -> None:
        story = Story()
        _, _, pod = deployed(story)
        wakes = story.row(pod).wakes
        assert "scheduler:kube-scheduler" in wakes
        assert "controller:replicaset-controller" in wakes
        assert "controller:job-controller" not in wakes
        assert not [who for who in wakes if who.startswith("kubelet:")]

    def test_a_pod_on_a_node_wakes_that_kubelet(self) -> None:
        story = Story()
        pod = story.create("v1/pods", "alone", "kubectl-run", spec={"nodeName": "node-1"})
        status = story.update("v1/pods", "alone", "kubelet", spec={"nodeName": "node-1"}, status={"phase": "Running"})
        assert [who for who in story.row(pod).wakes if who.startswith("kubelet:")] == ["kubelet:node-1"]
        assert "scheduler:kube-scheduler" not in story.row(status).wakes

    def test_services_and_slices_wake_every_proxy(self) -> None:
        story = Story()
        service = story.create("v1/services", "web", "kubectl-expose")
        slices = story.create("discovery.k8s.io/v1/endpointslices", "web-1", MANAGER)
        assert {"proxy:*", "kubelet:*", "controller:endpointslice-controller"} <= set(story.row(service).wakes)
        assert story.row(slices).wakes == [
            "controller:endpointslice-controller",
            "controller:endpointslicemirroring-controller",
            "proxy:*",
        ]

    def test_what_is_gone_wakes_the_garbage_collector(self) -> None:
        story = Story()
        story.create("v1/configmaps", "c", "kubectl-create")
        story.delete("v1/configmaps", {"metadata": metadata("c")})
        assert "controller:generic-garbage-collector" in story.row(story.seq).wakes
