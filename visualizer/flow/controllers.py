"""Which controller of kube-controller-manager made a write.

All of them run in one program and write under its one field manager. But each was made to write certain things, and
runs under a service account of its own, whose name it has here. What is listed follows from their sources in
kubernetes/pkg/controller, as of 1.36; where two controllers write the same thing, what the write altered decides, or
nothing does.
"""

from __future__ import annotations

from typing import Final

from visualizer.objects import AnyObject, Metadata, Node, Pod

REPLICA_SET: Final = "replicaset-controller"
DEPLOYMENT: Final = "deployment-controller"
AUTOSCALER: Final = "horizontal-pod-autoscaler"
NODE: Final = "node-controller"
JOB: Final = "job-controller"
GARBAGE_COLLECTOR: Final = "generic-garbage-collector"

_JOB_TRACKING: Final = "batch.kubernetes.io/job-tracking"
_MANAGED_BY: Final = "endpointslice.kubernetes.io/managed-by"
_COLLECTORS: Final = frozenset({"foregroundDeletion", "orphan"})
"""Finalizers that only the garbage collector takes away."""

OF_OWNER: Final = {
    "CronJob": "cronjob-controller",
    "DaemonSet": "daemon-set-controller",
    "Deployment": DEPLOYMENT,
    "Job": JOB,
    "ReplicaSet": REPLICA_SET,
    "ReplicationController": "replication-controller",
    "StatefulSet": "statefulset-controller",
}
"""Who makes objects, and adopts and alters them, for an owner of this kind."""

_OF_STATUS: Final = {
    "apps/v1/daemonsets": "daemon-set-controller",
    "apps/v1/deployments": DEPLOYMENT,
    "apps/v1/replicasets": REPLICA_SET,
    "apps/v1/statefulsets": "statefulset-controller",
    "autoscaling/v2/horizontalpodautoscalers": AUTOSCALER,
    "batch/v1/cronjobs": "cronjob-controller",
    "batch/v1/jobs": JOB,
    "certificates.k8s.io/v1/certificatesigningrequests": "certificate-controller",
    "policy/v1/poddisruptionbudgets": "disruption-controller",
    "v1/namespaces": "namespace-controller",
    "v1/replicationcontrollers": "replication-controller",
    "v1/resourcequotas": "resourcequota-controller",
}
"""Whose the status of a resource is."""

_OF_OBJECT: Final = {
    "apps/v1/deployments": DEPLOYMENT,
    "resource.k8s.io/v1/resourceclaims": "resourceclaim-controller",
    "storage.k8s.io/v1/volumeattachments": "attachdetach-controller",
    "v1/endpoints": "endpoint-controller",
    "v1/namespaces": "namespace-controller",
    "v1/serviceaccounts": "service-account-controller",
}
"""Who writes what is not status."""

_OF_CONFIG_MAP: Final = {
    "kube-root-ca.crt": "root-ca-cert-publisher",
    "openshift-service-ca.crt": "service-ca-cert-publisher",
}
_OF_SLICES: Final = {
    "endpointslice-controller.k8s.io": "endpointslice-controller",
    "endpointslicemirroring-controller.k8s.io": "endpointslicemirroring-controller",
}


def find_controller(resource: str, subresource: str, old: AnyObject | None, new: AnyObject) -> str:
    """The controller that made this write of kube-controller-manager, or "" where that is not certain.

    ``old`` is None where the object was made. What was altered must not be a deletion.
    """
    if subresource == "scale":
        return AUTOSCALER
    if isinstance(new, Pod):
        return _of_pod(subresource, old, new)
    if isinstance(new, Node):
        return _of_node(old, new)
    if subresource == "status":
        return _OF_STATUS.get(resource, "")
    if old is not None and _is_collected(old.metadata, new.metadata):
        return GARBAGE_COLLECTOR
    if resource == "v1/configmaps":
        return _OF_CONFIG_MAP.get(new.metadata.name, "")
    if resource == "discovery.k8s.io/v1/endpointslices":
        return _OF_SLICES.get((new.metadata.labels or {}).get(_MANAGED_BY, ""), "")
    return _OF_OBJECT.get(resource) or OF_OWNER.get(_owner_kind(new.metadata), "")


def _of_pod(subresource: str, old: AnyObject | None, new: Pod) -> str:
    """Its owner's controller makes, adopts and releases it; a status is written for a node that is gone or unwell."""
    if old is None:
        return OF_OWNER.get(_owner_kind(new.metadata), "")
    if subresource == "status":
        return NODE if new.spec.node_name else ""
    before, after = old.metadata, new.metadata
    if _JOB_TRACKING in (before.finalizers or ()) and _JOB_TRACKING not in (after.finalizers or ()):
        return JOB
    return OF_OWNER.get(_owner_kind(after), "") if before.owner_references != after.owner_references else ""


def _of_node(old: AnyObject | None, new: Node) -> str:
    """Conditions, taints and pod ranges are the node controller's. What else is altered may be any of several's."""
    if not isinstance(old, Node):
        return ""
    return NODE if old.spec != new.spec or old.status.conditions != new.status.conditions else ""


def _owner_kind(metadata: Metadata) -> str:
    return next((owner.kind for owner in metadata.owner_references or () if owner.controller), "")


def _is_collected(before: Metadata, after: Metadata) -> bool:
    gone = set(before.finalizers or ()) - set(after.finalizers or ())
    return bool(gone & _COLLECTORS)
