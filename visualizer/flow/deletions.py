"""Deletions: who asked that an object go, and who let it go.

A deletion leaves no name in the object. So these rules ask what stood beside it: an owner that is gone, a namespace
that is ending, a ReplicaSet that wants fewer Pods, a finalizer and whose it is. What nothing in the cluster does by
itself was done by a client. Sources are named at each rule in docs/attribution.md.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from visualizer.flow import controllers, managers, scaling
from visualizer.flow.attribution import Attribution, Rule, identify
from visualizer.flow.recent import NODES, SERVICES, Recent
from visualizer.flow.times import read_time
from visualizer.objects import AnyObject, Lease, Metadata, OwnerReference, Pod, Workload, key_of
from visualizer.store import Change, Store

_FOREGROUND: Final = "foregroundDeletion"
_COLLECTED_AFTER_S: Final = 0.008
"""The garbage collector hears of an owner's end, asks for it and for the dependent, and only then deletes."""

_REQUEST_KEPT_S: Final = 3600.0
"""How long the CSR cleaner leaves a request that was answered (``approvedExpiration``)."""

_BY_REASON: Final = {
    "DeletionByDeviceTaintManager": "device-taint-eviction-controller",
    "DeletionByPodGC": controllers.POD_GARBAGE_COLLECTOR,
    "DeletionByTaintManager": controllers.NODE,
}
"""Who deletes the Pods whose DisruptionTarget condition has this reason (KEP-3329)."""

_PREEMPTION: Final = Attribution("scheduler", managers.SCHEDULER, "inferred", "disruption-target")
_SERVICE_GONE: Final = Attribution("apiserver", managers.APISERVER, "inferred", "service-gone")
_KEEPS_PODS_RUNNING: Final = frozenset({"DaemonSet", "ReplicaSet", "ReplicationController", "StatefulSet"})
_OVER: Final = frozenset({"Failed", "Succeeded"})


class Surroundings(NamedTuple):
    """What stands beside a write: the objects after it, and what happened lately."""

    store: Store
    recent: Recent


def begins_deletion(old: AnyObject, new: AnyObject) -> bool:
    """Whether this update is a deletion that waits: for grace to pass, or for finalizers to be taken away."""
    return old.metadata.deletion_timestamp is None and new.metadata.deletion_timestamp is not None


def read_deletion(change: Change, ts: float, around: Surroundings) -> Attribution | None:
    """Who made this write, which deletes the object, or begins to, or hastens a deletion under way."""
    last, old = change.object, change.old.object if change.old else None
    is_gone = change.type == "DELETED"
    if is_gone and (deleter := around.recent.deleter(last.metadata.uid)):
        return deleter
    if old is None or old.metadata.deletion_timestamp is None:
        return _read_request(_Request(change.resource, last, ts, around))
    if is_gone and last.metadata.finalizers:
        return _read_last_finalizer(change.resource, last)
    if isinstance(last, Pod):
        return read_end_of_pod(old, last, around)
    if change.resource == "v1/namespaces":
        return Attribution("controller", controllers.NAMESPACE, "inferred", "namespace-finalized") if is_gone else None
    return None


def read_end_of_pod(old: AnyObject, pod: Pod, around: Surroundings | None) -> Attribution | None:
    """Who ends for good a Pod that was being deleted with grace.

    That is its kubelet, which ends the containers, reports so, and deletes the Pod without grace. A Pod whose Node is
    gone is left to pod GC; one whose containers were not reported ended was forced away.
    """
    node, grace = pod.spec.node_name, old.metadata.deletion_grace_period_seconds
    if not node:
        return None
    if around is not None and around.recent.gone_at(f"{NODES}:{node}") is not None:
        return _infer(controllers.POD_GARBAGE_COLLECTOR, "node-gone")
    is_over = _is_over(pod)
    if grace is None or around is None:  # whether it had any grace is not told
        may_end_by_itself = controllers.owner_of(pod.metadata).kind not in _KEEPS_PODS_RUNNING or pod.status.reason
        return _of_kubelet(node) if is_over and not may_end_by_itself else None
    if is_over:
        return _of_kubelet(node) if grace > 0 else None
    if pod.metadata.deletion_grace_period_seconds == 0:
        return infer_client("v1/pods", pod, "forced")
    return infer_client("v1/pods", pod, "by-elimination")


def infer_client(resource: str, obj: AnyObject, rule: Rule) -> Attribution | None:
    """The client that is known to have written this object; with none, or several, it is a guess.

    Nearly everybody who acts by hand does so by kubectl. Where managedFields were taken away there is no saying.
    """
    entries = obj.metadata.managed_fields
    if not entries:
        return None
    clients: dict[str, str] = {}
    for entry in sorted(entries, key=lambda entry: entry.time or ""):
        author = identify(resource, obj, entry.manager, certainty="inferred", rule=rule)
        if author.actor == "client" and entry.manager not in managers.BOOKKEEPING:
            clients[author.client] = author.client
    if len(clients) == 1:
        return Attribution("client", "client", "inferred", rule, client=next(iter(clients)))
    return Attribution("client", "client", "guessed", rule, client=next(reversed(clients), managers.KUBECTL))


class _Request(NamedTuple):
    """A deletion that somebody asked for: of this object, seen at ``ts`` (unix seconds)."""

    resource: str
    object: AnyObject
    ts: float
    around: Surroundings


def _read_request(request: _Request) -> Attribution | None:
    """Who asked for the deletion of an object that was not yet being deleted."""
    obj = request.object
    if isinstance(obj, Lease) and not obj.metadata.owner_references:
        return None
    if isinstance(obj, Pod) and (author := _read_pod_request(obj)):
        return author
    if _is_served(request):
        return _SERVICE_GONE
    collected_at = _collected_at(obj.metadata, request.around)
    if obj.metadata.namespace:
        ending = _is_ending(request.around.store, obj.metadata.namespace)
        if ending is None:
            return None
        if ending and (collected_at is None or request.ts - collected_at < _COLLECTED_AFTER_S):
            return _infer(controllers.NAMESPACE, "namespace-ending")
    if collected_at is not None:
        return _infer(controllers.GARBAGE_COLLECTOR, "owner-gone")
    if keeper := _find_keeper(request):
        return _infer(keeper, "own-objects")
    return _read_request_beside_owner(request)


def _read_pod_request(pod: Pod) -> Attribution | None:
    """What the Pod itself tells: that it mirrors a file of its kubelet's, or why it is disrupted."""
    if controllers.owner_of(pod.metadata).kind == "Node":
        return Attribution("kubelet", managers.KUBELET, "inferred", "mirror-pod", node=pod.spec.node_name)
    reason = controllers.disruption_of(pod)
    if reason == "PreemptionByScheduler":
        return _PREEMPTION
    if reason == "EvictionByEvictionAPI":
        return infer_client("v1/pods", pod, "evicted")
    return _infer(_BY_REASON[reason], "disruption-target") if reason in _BY_REASON else None


def _read_request_beside_owner(request: _Request) -> Attribution | None:
    """Where an owner is there, its controller may want fewer or other dependents. What nobody wants, a client did."""
    obj = request.object
    if isinstance(obj, Workload) and scaling.has_outlived(obj, request.ts):
        return _infer(controllers.TIME_TO_LIVE, "time-to-live")
    if not obj.metadata.owner_references:
        return _read_client(request)
    reference = controllers.owner_of(obj.metadata)
    controller, owner = controllers.OF_OWNER.get(reference.kind), _find_owner(request.around.store, reference)
    if owner is None or controller is None:
        return None
    if owner.metadata.deletion_timestamp and _FOREGROUND in (owner.metadata.finalizers or ()):
        return _infer(controllers.GARBAGE_COLLECTOR, "owner-deleting")
    if request.resource == "apps/v1/controllerrevisions":
        return _infer(controller, "history-limit")
    verdict = _judge(reference.kind, owner, obj, request.around.store)
    if verdict == "client":
        return _read_client(request)
    return _infer(controller, verdict) if verdict else None


def _judge(kind: str, owner: AnyObject, obj: AnyObject, store: Store) -> scaling.Verdict:
    if not isinstance(owner, Workload):
        return ""
    if isinstance(obj, Workload):
        return "history-limit" if scaling.is_history(obj, owner, store) else "client"
    return scaling.judge(kind, owner, obj, store) if isinstance(obj, Pod) else ""


def _find_owner(store: Store, reference: OwnerReference) -> AnyObject | None:
    place = store.find_uid(reference.uid)
    entry = store.get(*place) if place else None
    return entry.object if entry else None


def _read_client(request: _Request) -> Attribution | None:
    """Nothing in the cluster deletes it by itself. A ServiceAccount may have no managedFields at all."""
    if request.resource == "v1/serviceaccounts" and not request.object.metadata.managed_fields:
        return guess_kubectl("by-elimination") if request.around.recent.is_stamped else None
    return infer_client(request.resource, request.object, "by-elimination")


def _read_last_finalizer(resource: str, last: AnyObject) -> Attribution | None:
    """An object that was held goes with the last finalizer, and whoever takes that away writes last."""
    names = {controllers.OF_FINALIZER.get(finalizer, "") for finalizer in last.metadata.finalizers or ()}
    if names == {""}:
        return infer_client(resource, last, "last-finalizer")
    return _infer(names.pop(), "last-finalizer") if len(names) == 1 else None


def _collected_at(metadata: Metadata, around: Surroundings) -> float | None:
    """When the last of all its owners went, or None where one is there, or none was seen to go."""
    if not metadata.owner_references:
        return None
    times = [around.recent.gone_at(owner.uid) for owner in metadata.owner_references]
    seen = [time for time in times if time is not None]
    return max(seen) if len(seen) == len(times) else None


def _is_ending(store: Store, namespace: str) -> bool | None:
    """Whether this Namespace is being deleted, or None where it is not known."""
    entry = store.get("v1/namespaces", namespace)
    return entry.object.metadata.deletion_timestamp is not None if entry else None


def _is_served(request: _Request) -> bool:
    """Whether the API server keeps this object for a Service, and the Service is gone, or about to be seen so."""
    if request.resource != "v1/endpoints":
        return request.resource == "networking.k8s.io/v1/ipaddresses"
    key, around = key_of(request.object.metadata), request.around
    if around.recent.gone_at(f"{SERVICES}:{key}") is not None:
        return True
    is_there = around.store.get(SERVICES, key) is not None
    return is_there and not _is_ending(around.store, request.object.metadata.namespace)


def _find_keeper(request: _Request) -> str:
    """The controller that makes such objects, or clears them away, and hardly anybody else; or ""."""
    resource, metadata = request.resource, request.object.metadata
    if resource == controllers.SLICES:
        return controllers.find_slicer(metadata)
    if resource == "storage.k8s.io/v1/volumeattachments":
        return controllers.ATTACH_DETACH
    if resource == "resource.k8s.io/v1/resourceclaims" and controllers.owner_of(metadata).kind == "Pod":
        return controllers.RESOURCE_CLAIM
    if resource == "certificates.k8s.io/v1/certificatesigningrequests":
        created = read_time(metadata.creation_timestamp)
        return controllers.CERTIFICATE if created is not None and request.ts - created >= _REQUEST_KEPT_S else ""
    return ""


def _is_over(pod: Pod) -> bool:
    """Whether the kubelet reported all containers ended."""
    containers = pod.status.container_statuses
    if not containers:
        return pod.status.phase in _OVER
    return all(each.state is not None and each.state.terminated is not None for each in containers)


def _of_kubelet(node: str) -> Attribution:
    return Attribution("kubelet", managers.KUBELET, "inferred", "pod-ended", node=node)


def guess_kubectl(rule: Rule) -> Attribution:
    """A client, most likely kubectl."""
    return Attribution("client", "client", "guessed", rule, client=managers.KUBECTL)


def _infer(controller: str, rule: Rule) -> Attribution:
    return Attribution("controller", controller, "inferred", rule)
