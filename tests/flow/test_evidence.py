"""Every rule of attribution, from the side where it speaks and from the side where it must not."""

from __future__ import annotations

from typing import Any

import pytest

from tests.cluster import START_TS, Cluster, metadata, owned_by
from visualizer.flow.attribution import UNKNOWN, Attribution
from visualizer.flow.evidence import EVENT_TTL_S, attribute, find_residents, read_write
from visualizer.store import Change

AT_START = "2026-11-23T10:11:14Z"
BEFORE = "2026-11-23T10:10:00Z"
LATER = "2026-11-23T10:11:44Z"

KUBECTL = Attribution("client", "client", "observed", "managed-fields", client="kubectl")


def entry(manager: str, time: str | None = AT_START, subresource: str = "") -> dict[str, Any]:
    """One entry of managedFields."""
    given = {"manager": manager, "operation": "Update", "time": time, "subresource": subresource}
    return {key: value for key, value in given.items() if value}


def pod(*entries: dict[str, Any], node: str = "node-1", **more: Any) -> dict[str, Any]:
    """A Pod with these entries of managedFields."""
    status = more.pop("status", {})
    meta = metadata("web-1", managedFields=list(entries), **more)
    return {"metadata": meta, "spec": {"nodeName": node}, "status": status}


def update(resource: str, old: dict[str, Any], new: dict[str, Any], ts: float = START_TS) -> Attribution:
    """Who made the write that led from the one to the other."""
    cluster = Cluster()
    cluster.list(resource, old)
    return attribute(cluster.modify(resource, new), ts)


def create(resource: str, new: dict[str, Any]) -> Attribution:
    """Who created this object."""
    return attribute(Cluster().add(resource, new), START_TS)


def delete(resource: str, old: dict[str, Any], last: dict[str, Any], ts: float = START_TS) -> Attribution:
    """Who deleted this object."""
    cluster = Cluster()
    cluster.list(resource, old)
    return attribute(cluster.delete(resource, last), ts)


class TestCreation:
    def test_the_one_entry_of_a_new_object_is_its_creators(self) -> None:
        obj = {"metadata": metadata("web", creationTimestamp=AT_START, managedFields=[entry("kubectl-create")])}
        assert create("v1/configmaps", obj) == Attribution("client", "client", "observed", "creation", client="kubectl")

    def test_an_entry_younger_than_the_object_tells_of_a_later_write(self) -> None:
        obj = {"metadata": metadata("web", creationTimestamp=BEFORE, managedFields=[entry("kubectl-create")])}
        assert create("v1/configmaps", obj) == UNKNOWN

    def test_an_object_with_several_entries_is_first_seen_in_mid_life(self) -> None:
        entries = [entry("kubectl-create"), entry("kube-controller-manager", subresource="status")]
        obj = {"metadata": metadata("web", creationTimestamp=AT_START, managedFields=entries)}
        assert create("apps/v1/deployments", obj) == UNKNOWN

    def test_an_object_of_another_uid_is_a_new_one(self) -> None:
        cluster = Cluster()
        entries = [entry("kubectl-create")]
        cluster.add("v1/configmaps", {"metadata": metadata("web", uid="first", managedFields=entries)})
        second = metadata("web", uid="second", creationTimestamp=AT_START, managedFields=entries)
        change = cluster.add("v1/configmaps", {"metadata": second})
        assert change.type == "MODIFIED"
        assert attribute(change, START_TS).rule == "creation"


class TestManagedFields:
    def test_the_entry_with_a_new_time_is_the_writers(self) -> None:
        old = pod(entry("kube-controller-manager", BEFORE), entry("kubectl-edit", BEFORE))
        new = pod(entry("kube-controller-manager", BEFORE), entry("kubectl-edit"))
        assert update("v1/pods", old, new) == KUBECTL

    def test_a_new_entry_is_the_writers_and_names_its_subresource(self) -> None:
        cluster = Cluster()
        cluster.list("v1/pods", pod(entry("kube-controller-manager", BEFORE)))
        later = pod(entry("kube-controller-manager", BEFORE), entry("kubelet", AT_START, "status"))
        write = read_write(cluster.modify("v1/pods", later), START_TS)
        assert write.author == Attribution("kubelet", "kubelet", "observed", "managed-fields", node="node-1")
        assert write.subresource == "status"

    def test_an_entry_that_is_gone_is_nobodys(self) -> None:
        old = pod(entry("kubectl-edit", BEFORE), entry("kube-controller-manager", BEFORE))
        assert update("v1/pods", old, pod(entry("kube-controller-manager", BEFORE))) == UNKNOWN

    def test_two_new_entries_of_two_managers_tell_nothing(self) -> None:
        new = pod(entry("kubectl-edit"), entry("kube-controller-manager"))
        assert update("v1/pods", pod(), new, START_TS + 60) == UNKNOWN

    def test_an_entry_older_than_the_others_was_sent_along_by_a_client(self) -> None:
        old = pod(entry("helm", AT_START), entry("kube-controller-manager", AT_START))
        new = pod(entry("helm", BEFORE), entry("kube-controller-manager", AT_START))
        assert update("v1/pods", old, new, START_TS + 60) == UNKNOWN

    @pytest.mark.parametrize("manager", ["ancient-changes", "before-first-apply"])
    def test_the_servers_own_bookkeeping_is_nobodys(self, manager: str) -> None:
        assert update("v1/configmaps", pod(), pod(entry(manager)), START_TS + 60) == UNKNOWN
        assert update("v1/configmaps", pod(), pod(entry(manager), entry("kubectl"))) == KUBECTL

    def test_where_there_were_none_only_one_of_this_second_counts(self) -> None:
        assert update("v1/configmaps", pod(), pod(entry("kubectl"))) == KUBECTL
        assert update("v1/configmaps", pod(), pod(entry("kubectl")), START_TS + 60) == UNKNOWN

    def test_stripped_managed_fields_tell_nothing(self) -> None:
        assert update("v1/configmaps", pod(), pod()) == UNKNOWN


class TestNames:
    @pytest.mark.parametrize(
        ("manager", "actor"),
        [
            ("kube-controller-manager", "controller"),
            ("cloud-controller-manager", "controller"),
            ("clusterrole-aggregation-controller", "controller"),
            ("kube-scheduler", "scheduler"),
            ("kube-apiserver", "apiserver"),
        ],
    )
    def test_the_control_plane_is_known_by_name(self, manager: str, actor: str) -> None:
        author = update("v1/configmaps", pod(), pod(entry(manager)))
        assert author == Attribution(actor, manager, "observed", "managed-fields")  # type: ignore[arg-type]

    @pytest.mark.parametrize("manager", ["kubectl", "kubectl-client-side-apply", "kubectl-rollout"])
    def test_kubectl_is_one_client_under_all_its_managers(self, manager: str) -> None:
        assert update("v1/configmaps", pod(), pod(entry(manager))) == KUBECTL

    @pytest.mark.parametrize("manager", ["helm", "kubectlx", "Kubelet", "<script>alert(1)</script>", "'; --"])
    def test_any_other_name_is_a_clients_and_never_more_than_inferred(self, manager: str) -> None:
        author = update("v1/configmaps", pod(), pod(entry(manager)))
        assert author == Attribution("client", "client", "inferred", "managed-fields", client=manager)

    def test_a_name_longer_than_servers_take_is_nobodys(self) -> None:
        assert update("v1/configmaps", pod(), pod(entry("x" * 129))) == UNKNOWN

    def test_a_kubelet_is_its_node(self) -> None:
        node = {"metadata": metadata("node-2", "")}
        written = {"metadata": metadata("node-2", "", managedFields=[entry("kubelet")])}
        assert update("v1/nodes", node, written).node == "node-2"
        lease = {"metadata": metadata("node-2", "kube-node-lease")}
        renewed = {"metadata": metadata("node-2", "kube-node-lease", managedFields=[entry("kubelet")])}
        assert update("coordination.k8s.io/v1/leases", lease, renewed).node == "node-2"

    def test_a_kubelet_that_writes_what_is_on_no_node_is_nobody(self) -> None:
        assert update("v1/pods", pod(node=""), pod(entry("kubelet"), node="")) == UNKNOWN
        assert update("v1/configmaps", pod(), pod(entry("kubelet"))) == UNKNOWN


class TestOwnFields:
    def test_a_binding_is_the_schedulers(self) -> None:
        cluster = Cluster()
        cluster.list("v1/pods", pod(entry("kube-controller-manager"), node=""))
        write = read_write(cluster.modify("v1/pods", pod(entry("kube-controller-manager"))), START_TS)
        assert write.author == Attribution("scheduler", "kube-scheduler", "inferred", "binding")
        assert write.subresource == "binding"

    def test_container_statuses_are_the_kubelets(self) -> None:
        new = pod(status={"containerStatuses": [{"name": "web", "ready": True}]})
        assert update("v1/pods", pod(), new) == Attribution(
            "kubelet", "kubelet", "inferred", "container-statuses", node="node-1"
        )

    def test_conditions_alone_are_nobodys_since_several_set_them(self) -> None:
        new = pod(status={"conditions": [{"type": "Ready", "status": "False"}]})
        assert update("v1/pods", pod(), new) == UNKNOWN

    def test_a_workloads_status_is_its_controllers(self) -> None:
        old = {"metadata": metadata("web"), "spec": {"replicas": 3}}
        new = {"metadata": metadata("web"), "spec": {"replicas": 3}, "status": {"readyReplicas": 1}}
        assert update("apps/v1/deployments", old, new) == Attribution(
            "controller", "deployment-controller", "inferred", "workload-status"
        )

    def test_a_workloads_spec_is_nobodys(self) -> None:
        old = {"metadata": metadata("web"), "spec": {"replicas": 3}}
        assert update("apps/v1/deployments", old, {**old, "spec": {"replicas": 5}}) == UNKNOWN

    def test_a_node_lease_is_its_kubelets(self) -> None:
        lease = {"metadata": metadata("node-1", "kube-node-lease"), "spec": {"renewTime": AT_START}}
        later = {**lease, "spec": {"renewTime": LATER}}
        author = update("coordination.k8s.io/v1/leases", lease, later)
        assert author == Attribution("kubelet", "kubelet", "inferred", "node-lease", node="node-1")


class TestSameSecond:
    """The second write within one second leaves every entry as it was."""

    def test_the_freshest_entry_is_the_writers(self) -> None:
        same = [entry("kubectl-create", BEFORE), entry("kube-controller-manager", AT_START)]
        author = update("v1/configmaps", pod(*same), pod(*same), START_TS + 0.4)
        assert author == Attribution("controller", "kube-controller-manager", "inferred", "same-second")

    def test_an_entry_of_another_second_is_not(self) -> None:
        same = [entry("kube-controller-manager", AT_START)]
        assert update("v1/configmaps", pod(*same), pod(*same), START_TS + 2.5) == UNKNOWN
        assert update("v1/configmaps", pod(*same), pod(*same), START_TS - 1.5) == UNKNOWN

    def test_two_fresh_managers_are_told_apart_by_what_altered(self) -> None:
        same = [entry("kubectl-edit"), entry("kube-controller-manager", AT_START, "status")]
        old = {"metadata": metadata("node-1", "", managedFields=same)}
        tainted = {**old, "spec": {"taints": [{"key": "a", "effect": "NoSchedule"}]}}
        assert update("v1/nodes", old, tainted).client == "kubectl"
        reported = {**old, "status": {"conditions": [{"type": "Ready", "status": "Unknown"}]}}
        assert update("v1/nodes", old, reported).component == "node-controller"

    def test_two_fresh_managers_are_nobody_where_that_does_not_tell(self) -> None:
        same = [entry("kubectl-edit"), entry("kube-controller-manager")]
        assert update("v1/configmaps", pod(*same), pod(*same)) == UNKNOWN

    @pytest.mark.parametrize(
        ("before", "after"),
        [
            ({}, {"deletionTimestamp": AT_START}),
            ({"finalizers": ["a", "b"]}, {"finalizers": ["a"]}),
            ({"ownerReferences": owned_by("Unicorn", "web")}, {}),
        ],
    )
    def test_what_only_takes_away_stamps_no_entry(self, before: dict[str, Any], after: dict[str, Any]) -> None:
        same = entry("kubelet", AT_START, "status")
        assert update("v1/pods", pod(same, **before), pod(same, **after)) == UNKNOWN

    def test_scaling_once_more_is_the_scalers_whose_entry_has_no_time(self) -> None:
        entries = [entry("kubectl", None, "scale"), entry("kube-controller-manager", BEFORE, "status")]
        old = {"metadata": metadata("web", managedFields=entries), "spec": {"replicas": 3}}
        author = update("apps/v1/deployments", old, {**old, "spec": {"replicas": 5}}, START_TS + 60)
        assert author == Attribution("client", "client", "inferred", "scale-again", client="kubectl")

    @pytest.mark.parametrize("time", ["", "yesterday", "2026-11-23", "9999-99-99T00:00:00Z", "2026-11-23T10:11:14"])
    def test_a_time_that_is_none_tells_nothing(self, time: str) -> None:
        same = entry("kube-controller-manager") | {"time": time}
        assert update("v1/configmaps", pod(same), pod(same)) == UNKNOWN


class TestEvents:
    def event(self, manager: str | None, **source: Any) -> dict[str, Any]:
        entries = [entry(manager)] if manager else []
        return {"metadata": metadata("web.1", creationTimestamp=AT_START, managedFields=entries), **source}

    def test_a_controllers_event_names_it(self) -> None:
        event = self.event("kube-controller-manager", source={"component": "endpoint-slice-controller"})
        assert create("v1/events", event) == Attribution(
            "controller", "endpointslice-controller", "observed", "event-source"
        )

    def test_a_source_that_is_not_known_leaves_the_manager(self) -> None:
        event = self.event("kube-controller-manager", source={"component": "some-new-controller"})
        assert create("v1/events", event).component == "kube-controller-manager"

    def test_a_kubelets_event_names_its_node(self) -> None:
        event = self.event("kubelet", source={"component": "kubelet", "host": "node-3"})
        assert create("v1/events", event).node == "node-3"

    def test_a_scheduler_is_known_under_its_profiles_name(self) -> None:
        event = self.event("kube-scheduler", reportingComponent="default-scheduler")
        assert create("v1/events", event).component == "kube-scheduler"

    def test_the_source_speaks_where_managed_fields_are_stripped(self) -> None:
        assert create("v1/events", self.event(None, reportingComponent="default-scheduler")).actor == "scheduler"
        assert create("v1/events", self.event(None, source={"component": "job-controller"})).actor == "controller"
        assert create("v1/events", self.event(None, source={"component": "my-operator"})) == UNKNOWN

    def test_a_client_that_borrows_a_source_is_still_the_client(self) -> None:
        forged = self.event("kubectl-create", source={"component": "kubelet", "host": "node-1"})
        assert create("v1/events", forged).client == "kubectl"


ENDED = {"containerStatuses": [{"name": "web", "state": {"terminated": {"exitCode": 0}}}]}


class TestDeletion:
    def test_a_pod_that_its_kubelet_ended_is_deleted_by_it(self) -> None:
        ending = pod(deletionTimestamp=AT_START, ownerReferences=owned_by("ReplicaSet", "web"), status=ENDED)
        assert delete("v1/pods", ending, ending) == Attribution(
            "kubelet", "kubelet", "inferred", "pod-ended", node="node-1"
        )

    @pytest.mark.parametrize(
        "more",
        [
            {"ownerReferences": owned_by("Job", "once", "batch/v1"), "status": ENDED},
            {"ownerReferences": owned_by("ReplicaSet", "web"), "status": {**ENDED, "reason": "Evicted"}},
            {"ownerReferences": owned_by("ReplicaSet", "web"), "status": {"containerStatuses": [{"name": "web"}]}},
            {"ownerReferences": owned_by("ReplicaSet", "web"), "status": ENDED, "node": ""},
            {"status": ENDED},
        ],
        ids=["ended by itself", "evicted", "still running", "on no node", "owned by nobody"],
    )
    def test_other_pods_may_be_deleted_by_anyone(self, more: dict[str, Any]) -> None:
        ending = pod(deletionTimestamp=AT_START, **more)
        assert delete("v1/pods", ending, ending) == UNKNOWN

    def test_a_pod_deleted_at_once_is_deleted_by_anyone(self) -> None:
        running = pod(ownerReferences=owned_by("ReplicaSet", "web"), status=ENDED)
        last = pod(deletionTimestamp=AT_START, ownerReferences=owned_by("ReplicaSet", "web"), status=ENDED)
        assert delete("v1/pods", running, last) == UNKNOWN

    def test_a_namespace_goes_when_its_controller_lets_it(self) -> None:
        namespace = {"metadata": metadata("shop", "")}
        assert delete("v1/namespaces", namespace, namespace).rule == "namespace-finalized"

    def test_an_event_past_its_time_expired_in_etcd(self) -> None:
        event = {"metadata": metadata("web.1", creationTimestamp=BEFORE, managedFields=[entry("kubelet")])}
        assert delete("v1/events", event, event, START_TS + EVENT_TTL_S) == Attribution(
            "etcd", "etcd", "inferred", "event-expired"
        )
        assert delete("v1/events", event, event, START_TS + EVENT_TTL_S - 1) == UNKNOWN

    def test_anything_else_is_deleted_by_nobody_known(self) -> None:
        obj = {"metadata": metadata("web", managedFields=[entry("kubectl")])}
        assert delete("apps/v1/deployments", obj, obj) == UNKNOWN


class TestLists:
    def test_what_a_list_shows_is_nobodys_write(self) -> None:
        (change,) = Cluster().list("v1/pods", pod(entry("kubelet")))
        assert attribute(change, START_TS) == UNKNOWN

    def test_a_listed_node_and_its_lease_show_their_kubelet(self) -> None:
        cluster = Cluster()
        managed = [entry("kubelet"), entry("kubectl-label"), entry("kube-controller-manager")]
        (change,) = cluster.list("v1/nodes", {"metadata": metadata("node-1", "", managedFields=managed)})
        found = {author.node or author.component for author in find_residents(change)}
        assert found == {"node-1", "kube-controller-manager"}

    def test_other_listed_objects_show_nobody(self) -> None:
        (change,) = Cluster().list("v1/pods", pod(entry("kubelet")))
        assert find_residents(change) == []


class TestInferred:
    """What is a difference between two lists, and was not watched."""

    def difference(self, kind: str, old: dict[str, Any] | None, new: dict[str, Any], ts: float = START_TS) -> Change:
        cluster = Cluster()
        if old is not None:
            cluster.list("v1/pods", old)
        frame = {"kind": "event", "type": kind, "resource": "v1/pods", "object": new, "inferredSince": ts - 30}
        (change,) = cluster._take_in(frame)
        return change

    def test_whom_the_object_names_is_told_as_inferred(self) -> None:
        old = pod(entry("kube-scheduler", BEFORE))
        new = pod(entry("kube-scheduler", BEFORE), entry("kubelet", AT_START, "status"))
        found = attribute(self.difference("MODIFIED", old, new), START_TS)
        assert (found.actor, found.node, found.certainty, found.rule) == (
            "kubelet",
            "node-1",
            "inferred",
            "managed-fields",
        )

    def test_when_it_was_seen_tells_nothing(self) -> None:
        """A second write within a second alters no entry: of one that was watched, the freshest tells."""
        entries = [entry("kubelet", AT_START, "status"), entry("kube-scheduler", BEFORE)]
        old, new = pod(*entries, status={"phase": "Pending"}), pod(*entries, status={"phase": "Running"})
        assert update("v1/pods", old, new).rule == "same-second"
        assert attribute(self.difference("MODIFIED", old, new), START_TS) == UNKNOWN

    def test_who_deleted_is_not_known(self) -> None:
        last = pod(entry("kubelet", AT_START, "status"), deletionTimestamp=AT_START, status={"phase": "Succeeded"})
        assert attribute(self.difference("DELETED", last, last), START_TS) == UNKNOWN

    def test_the_time_of_the_list_before_is_in_the_change(self) -> None:
        change = self.difference("ADDED", None, pod(entry("kubelet")))
        assert change.inferred_since == START_TS - 30
        assert Cluster().add("v1/pods", pod(entry("kubelet"))).inferred_since is None
