"""Who deleted it: each rule from the side where it speaks and from the side where it must not."""

from __future__ import annotations

from typing import Any

import pytest

from tests.cluster import RESOURCES, START_TS, Cluster, metadata, owned_by
from visualizer.flow.attribution import UNKNOWN, Attribution
from visualizer.flow.authors import Authors
from visualizer.store import Change

AT_START = "2026-11-23T10:11:14Z"
LATER = "2026-11-23T10:11:44Z"
MORE = {
    "v1/services": ("Service", True),
    "v1/endpoints": ("Endpoints", True),
    "v1/serviceaccounts": ("ServiceAccount", True),
    "discovery.k8s.io/v1/endpointslices": ("EndpointSlice", True),
    "networking.k8s.io/v1/ipaddresses": ("IPAddress", False),
    "example.com/v1/widgets": ("Widget", True),
}
KUBECTL = [{"manager": "kubectl-create", "operation": "Update", "time": AT_START}]
CONTROLLED = [{"manager": "kube-controller-manager", "operation": "Update", "time": AT_START}]
ENDED = {"phase": "Succeeded", "containerStatuses": [{"name": "web", "state": {"terminated": {"exitCode": 0}}}]}
RUNNING = {"phase": "Running", "containerStatuses": [{"name": "web", "state": {"running": {}}}]}


class Watched:
    """A cluster with a Namespace, a Node and a Service, and who wrote what in it."""

    def __init__(self) -> None:
        self.cluster = Cluster(resources={**RESOURCES, **MORE})
        self.authors = Authors()
        self.list("v1/namespaces", {"metadata": metadata("shop", "")}, {"metadata": metadata("going", "", **DYING)})
        self.list("v1/nodes", {"metadata": metadata("node-1", "")})
        self.list("v1/services", {"metadata": metadata("kubernetes", "default")})

    def list(self, resource: str, *objects: dict[str, Any]) -> None:
        """Show what there is."""
        for change in self.cluster.list(resource, *objects):
            self.authors.look(change, self.cluster.ts)

    def modify(self, resource: str, obj: dict[str, Any]) -> Attribution:
        """Who made this update."""
        return self._read(self.cluster.modify(resource, obj))

    def delete(self, resource: str, obj: dict[str, Any]) -> Attribution:
        """Who made this deletion."""
        return self._read(self.cluster.delete(resource, obj))

    def _read(self, change: Change) -> Attribution:
        return self.authors.read(self.cluster.store, change, self.cluster.ts).author


DYING = {"deletionTimestamp": AT_START}


def pod(name: str = "web-1", node: str = "node-1", namespace: str = "shop", **more: Any) -> dict[str, Any]:
    """A running Pod of the ReplicaSet ``web``, unless something else is said."""
    status, given = more.pop("status", RUNNING), {"ownerReferences": owned_by("ReplicaSet", "web"), **more}
    meta = metadata(name, namespace, managedFields=CONTROLLED, **given)
    return {"metadata": meta, "spec": {"nodeName": node}, "status": status}


def dying(obj: dict[str, Any], grace: int = 30, **more: Any) -> dict[str, Any]:
    """The same with its deletion begun."""
    meta = {**obj["metadata"], "deletionTimestamp": LATER, "deletionGracePeriodSeconds": grace}
    return {**obj, **more, "metadata": meta}


def workload(name: str, replicas: int = 1, **more: Any) -> dict[str, Any]:
    """A workload that wants so many, and counts so many."""
    spec, status = more.pop("spec", {}), more.pop("status", {})
    meta = metadata(name, managedFields=KUBECTL, generation=1, **more)
    return {
        "metadata": meta,
        "spec": {"replicas": replicas, **spec},
        "status": {"replicas": replicas, "observedGeneration": 1, **status},
    }


def controller(name: str, rule: str) -> Attribution:
    """This controller, inferred."""
    return Attribution("controller", name, "inferred", rule)  # type: ignore[arg-type]


def client(rule: str, certainty: str = "inferred", program: str = "kubectl") -> Attribution:
    """A client."""
    return Attribution("client", "client", certainty, rule, client=program)  # type: ignore[arg-type]


class TestReplicas:
    def pods(self, replicas: int) -> Watched:
        """Two Pods of a ReplicaSet that wants so many."""
        watched = Watched()
        watched.list("apps/v1/replicasets", workload("web", replicas, status={"replicas": 2}))
        watched.list("v1/pods", pod("web-1"), pod("web-2"))
        return watched

    def test_too_many_are_the_controllers_to_delete(self) -> None:
        author = self.pods(1).modify("v1/pods", dying(pod("web-1")))
        assert author == controller("replicaset-controller", "scaled-down")

    def test_as_many_as_are_wanted_are_not(self) -> None:
        assert self.pods(2).modify("v1/pods", dying(pod("web-1"))) == client("by-elimination", "guessed")

    def test_a_log_that_does_not_know_them_all_tells_nothing(self) -> None:
        watched = Watched()
        watched.list("apps/v1/replicasets", workload("web", 5))
        watched.list("v1/pods", pod("web-1"))
        assert watched.modify("v1/pods", dying(pod("web-1"))) == UNKNOWN

    def test_an_owner_that_was_never_seen_tells_nothing(self) -> None:
        watched = Watched()
        watched.list("v1/pods", pod("web-1"))
        assert watched.modify("v1/pods", dying(pod("web-1"))) == UNKNOWN

    def test_an_owner_of_somebody_elses_kind_tells_nothing(self) -> None:
        watched = Watched()
        watched.list("example.com/v1/widgets", {"metadata": metadata("web")})
        owned = pod(ownerReferences=owned_by("Widget", "web"))
        watched.list("v1/pods", owned)
        assert watched.modify("v1/pods", dying(owned)) == UNKNOWN


class TestStatefulSets:
    @pytest.mark.parametrize(
        ("name", "revision", "expected"),
        [
            ("db-2", "new", controller("statefulset-controller", "scaled-down")),
            ("db-1", "old", controller("statefulset-controller", "replaced")),
            ("db-1", "new", client("by-elimination", "guessed")),
        ],
    )
    def test_ordinals_and_revisions_tell(self, name: str, revision: str, expected: Attribution) -> None:
        watched = Watched()
        watched.list("apps/v1/statefulsets", workload("db", 2, status={"updateRevision": "new"}))
        labels = {"controller-revision-hash": revision}
        owned = pod(name, ownerReferences=owned_by("StatefulSet", "db"), labels=labels)
        watched.list("v1/pods", owned)
        assert watched.modify("v1/pods", dying(owned)) == expected


class TestJobs:
    def test_an_active_pod_of_a_job_that_is_over_is_the_controllers_to_delete(self) -> None:
        watched = Watched()
        conditions = [{"type": "FailureTarget", "status": "True"}]
        watched.list("batch/v1/jobs", workload("once", status={"conditions": conditions}))
        owned = pod("once-1", ownerReferences=owned_by("Job", "once", "batch/v1"))
        watched.list("v1/pods", owned)
        assert watched.modify("v1/pods", dying(owned)) == controller("job-controller", "job-ended")

    def job(self, **spec: Any) -> dict[str, Any]:
        """A Job that ended half a minute before the start."""
        over = [{"type": "Complete", "status": "True", "lastTransitionTime": "2026-11-23T10:10:44Z"}]
        job = workload("once", spec=spec, status={"conditions": over})
        del job["spec"]["replicas"]
        return job

    @pytest.mark.parametrize(
        ("ttl", "expected"),
        [(30, controller("ttl-after-finished-controller", "time-to-live")), (60, client("by-elimination"))],
    )
    def test_a_job_lives_as_long_as_its_time_to_live(self, ttl: int, expected: Attribution) -> None:
        watched = Watched()
        watched.list("batch/v1/jobs", self.job(ttlSecondsAfterFinished=ttl))
        assert watched.modify("batch/v1/jobs", dying(self.job(ttlSecondsAfterFinished=ttl))) == expected

    @pytest.mark.parametrize(
        ("limit", "expected"),
        [(0, controller("cronjob-controller", "history-limit")), (1, client("by-elimination"))],
    )
    def test_a_cron_job_keeps_as_many_as_it_says(self, limit: int, expected: Attribution) -> None:
        watched = Watched()
        watched.list("batch/v1/cronjobs", workload("nightly", spec={"successfulJobsHistoryLimit": limit}))
        job = self.job()
        job["metadata"]["ownerReferences"] = owned_by("CronJob", "nightly", "batch/v1")
        watched.list("batch/v1/jobs", job)
        assert watched.delete("batch/v1/jobs", job) == expected


class TestOwners:
    def test_what_an_owner_leaves_is_collected(self) -> None:
        watched = Watched()
        watched.list("apps/v1/replicasets", workload("web"))
        watched.list("v1/pods", pod())
        watched.delete("apps/v1/replicasets", workload("web"))
        assert watched.modify("v1/pods", dying(pod())) == controller("generic-garbage-collector", "owner-gone")

    def test_an_owner_that_waits_for_its_dependents_has_them_collected(self) -> None:
        watched = Watched()
        watched.list("apps/v1/replicasets", workload("web", finalizers=["foregroundDeletion"], **DYING))
        watched.list("v1/pods", pod())
        author = watched.modify("v1/pods", dying(pod()))
        assert author == controller("generic-garbage-collector", "owner-deleting")

    def test_a_replica_set_beyond_the_history_is_cleared_away(self) -> None:
        watched = Watched()
        watched.list("apps/v1/deployments", workload("web", spec={"revisionHistoryLimit": 0}))
        past = workload("web-old", 0, ownerReferences=owned_by("Deployment", "web"))
        watched.list("apps/v1/replicasets", past)
        assert watched.delete("apps/v1/replicasets", past) == controller("deployment-controller", "history-limit")


class TestNamespaces:
    def test_what_is_in_one_that_ends_goes_with_it(self) -> None:
        watched, obj = Watched(), {"metadata": metadata("settings", "going", managedFields=KUBECTL)}
        watched.list("v1/configmaps", obj)
        assert watched.delete("v1/configmaps", obj) == controller("namespace-controller", "namespace-ending")

    def test_in_one_that_is_not_known_nothing_is_told(self) -> None:
        watched, obj = Watched(), {"metadata": metadata("settings", "elsewhere", managedFields=KUBECTL)}
        watched.list("v1/configmaps", obj)
        assert watched.delete("v1/configmaps", obj) == UNKNOWN


class TestServices:
    def test_the_api_server_takes_the_address_and_the_endpoints_of_a_service_that_is_gone(self) -> None:
        watched, served = Watched(), {"metadata": metadata("web", managedFields=CONTROLLED)}
        watched.list("v1/services", served)
        watched.list("v1/endpoints", served)
        watched.delete("v1/services", served)
        author = watched.delete("v1/endpoints", served)
        assert author == Attribution("apiserver", "kube-apiserver", "inferred", "service-gone")

    def test_a_slice_of_a_service_that_is_there_is_its_controllers(self) -> None:
        slices = "discovery.k8s.io/v1/endpointslices"
        labels = {"endpointslice.kubernetes.io/managed-by": "endpointslice-controller.k8s.io"}
        watched = Watched()
        watched.list("v1/services", {"metadata": metadata("web")})
        obj = {"metadata": metadata("web-x", labels=labels, ownerReferences=owned_by("Service", "web", "v1"))}
        watched.list(slices, obj)
        assert watched.delete(slices, obj) == controller("endpointslice-controller", "own-objects")


class TestClients:
    @pytest.mark.parametrize(
        ("managers", "expected"),
        [
            (["kubectl-create"], client("by-elimination")),
            (["helm"], client("by-elimination", program="helm")),
            (["kubectl-create", "kubectl-edit"], client("by-elimination")),
            (["kube-controller-manager"], client("by-elimination", "guessed")),
            (["helm", "kubectl-edit"], client("by-elimination", "guessed")),
            ([], UNKNOWN),
        ],
    )
    def test_what_nothing_deletes_by_itself_a_client_did(self, managers: list[str], expected: Attribution) -> None:
        entries = [{"manager": name, "operation": "Update", "time": AT_START} for name in managers]
        watched, obj = Watched(), {"metadata": metadata("settings", managedFields=entries or None)}
        watched.list("v1/configmaps", obj)
        assert watched.delete("v1/configmaps", obj) == expected

    def test_an_account_that_is_but_a_name_is_made_for_its_namespace_or_by_hand(self) -> None:
        watched = Watched()
        watched.list("v1/configmaps", {"metadata": metadata("settings", managedFields=KUBECTL)})
        accounts = [{"metadata": metadata(name)} for name in ("default", "robot")]
        made = [watched._read(watched.cluster.add("v1/serviceaccounts", each)) for each in accounts]
        assert made == [controller("service-account-controller", "default-account"), client("bare-account", "guessed")]

    def test_where_managed_fields_are_taken_away_an_account_tells_nothing(self) -> None:
        watched = Watched()
        assert watched._read(watched.cluster.add("v1/serviceaccounts", {"metadata": metadata("robot")})) == UNKNOWN


class TestEndOfPods:
    def ending(self, begun: dict[str, Any]) -> Watched:
        """A Pod on its way out."""
        watched = Watched()
        watched.list("v1/pods", begun)
        return watched

    def test_a_kubelet_ends_what_had_grace(self) -> None:
        watched = self.ending(dying(pod(), status=ENDED))
        ended = Attribution("kubelet", "kubelet", "inferred", "pod-ended", node="node-1")
        assert watched.modify("v1/pods", dying(pod(), 0, status=ENDED)) == ended
        assert watched.delete("v1/pods", dying(pod(), 0, status=ENDED)) == ended

    def test_a_pod_that_still_runs_is_forced_away(self) -> None:
        watched = self.ending(dying(pod()))
        assert watched.modify("v1/pods", dying(pod(), 0)) == client("forced", "guessed")

    def test_a_pod_without_its_node_is_left_to_pod_gc(self) -> None:
        watched = self.ending(dying(pod()))
        watched.delete("v1/nodes", {"metadata": metadata("node-1", "")})
        assert watched.delete("v1/pods", dying(pod())) == controller("pod-garbage-collector", "node-gone")

    def test_a_node_that_was_never_seen_is_not_taken_for_gone(self) -> None:
        watched = self.ending(dying(pod(node="node-9"), status=ENDED))
        assert watched.delete("v1/pods", dying(pod(node="node-9"), status=ENDED)).node == "node-9"

    def test_a_pod_that_goes_at_once_goes_by_the_hand_that_asked(self) -> None:
        watched = Watched()
        watched.list("apps/v1/replicasets", workload("web"))
        watched.list("v1/pods", pod(status=ENDED))
        watched.delete("apps/v1/replicasets", workload("web"))
        collected = controller("generic-garbage-collector", "owner-gone")
        assert watched.modify("v1/pods", dying(pod(status=ENDED), 0)) == collected
        assert watched.delete("v1/pods", dying(pod(status=ENDED), 0)) == collected

    @pytest.mark.parametrize(
        ("reason", "expected"),
        [
            ("DeletionByTaintManager", controller("node-controller", "disruption-target")),
            ("PreemptionByScheduler", Attribution("scheduler", "kube-scheduler", "inferred", "disruption-target")),
            ("EvictionByEvictionAPI", client("evicted", "guessed")),
            ("SomethingElse", UNKNOWN),
        ],
    )
    def test_a_pod_may_say_why_it_is_disrupted(self, reason: str, expected: Attribution) -> None:
        condition = {"type": "DisruptionTarget", "status": "True", "reason": reason}
        told = pod(status={**RUNNING, "conditions": [condition]})
        assert self.ending(told).modify("v1/pods", dying(told)) == expected

    def test_a_mirror_pod_is_its_kubelets(self) -> None:
        mirror = pod(ownerReferences=owned_by("Node", "node-1", "v1"))
        author = self.ending(mirror).modify("v1/pods", dying(mirror))
        assert author == Attribution("kubelet", "kubelet", "inferred", "mirror-pod", node="node-1")


@pytest.mark.parametrize(
    ("finalizers", "expected"),
    [
        (["foregroundDeletion"], controller("generic-garbage-collector", "last-finalizer")),
        (["example.com/hold"], client("last-finalizer")),
        (["orphan", "example.com/hold"], UNKNOWN),
    ],
)
def test_what_was_held_goes_by_whoever_lets_it_go(finalizers: list[str], expected: Attribution) -> None:
    held = {"metadata": metadata("settings", managedFields=KUBECTL, finalizers=finalizers, **DYING)}
    watched = Watched()
    watched.list("v1/configmaps", held)
    assert watched.delete("v1/configmaps", held) == expected


def test_the_times_of_what_went_are_bounded() -> None:
    watched = Watched()
    for number in range(2500):
        watched.cluster.ts = START_TS + number
        watched.list("v1/configmaps", {"metadata": metadata(f"c{number}", managedFields=KUBECTL)})
        watched.delete("v1/configmaps", {"metadata": metadata(f"c{number}", managedFields=KUBECTL)})
    assert len(watched.authors.dump().gone) == 2000
