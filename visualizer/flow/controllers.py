"""Which controller of kube-controller-manager made a write.

All of them run in one program and write under its one field manager. But each was made to write certain things, and
runs under a service account of its own, whose name it has here. What is listed follows from their sources in
kubernetes/pkg/controller, as of 1.36; where two controllers write the same thing, what the write altered decides, or
nothing does.
"""

from __future__ import annotations

from typing import Final

from visualizer.objects import AnyObject, Metadata, Node, OwnerReference, Pod

REPLICA_SET: Final = "replicaset-controller"
DEPLOYMENT: Final = "deployment-controller"
STATEFUL_SET: Final = "statefulset-controller"
DAEMON_SET: Final = "daemon-set-controller"
REPLICATION: Final = "replication-controller"
AUTOSCALER: Final = "horizontal-pod-autoscaler"
NODE: Final = "node-controller"
JOB: Final = "job-controller"
CRON_JOB: Final = "cronjob-controller"
DISRUPTION: Final = "disruption-controller"
QUOTA: Final = "resourcequota-controller"
NAMESPACE: Final = "namespace-controller"
GARBAGE_COLLECTOR: Final = "generic-garbage-collector"
POD_GARBAGE_COLLECTOR: Final = "pod-garbage-collector"
SERVICE_ACCOUNT: Final = "service-account-controller"
TIME_TO_LIVE: Final = "ttl-after-finished-controller"
ATTACH_DETACH: Final = "attachdetach-controller"
RESOURCE_CLAIM: Final = "resource-claim-controller"
CERTIFICATE: Final = "certificate-controller"
VOLUME_BINDER: Final = "persistent-volume-binder"

SLICES: Final = "discovery.k8s.io/v1/endpointslices"

OF_OWNER: Final = {
    "CronJob": CRON_JOB,
    "DaemonSet": DAEMON_SET,
    "Deployment": DEPLOYMENT,
    "Job": JOB,
    "ReplicaSet": REPLICA_SET,
    "ReplicationController": REPLICATION,
    "StatefulSet": STATEFUL_SET,
}
"""Who makes objects, and adopts, alters and deletes them, for an owner of this kind."""

OF_FINALIZER: Final = {
    "batch.kubernetes.io/job-tracking": JOB,
    "foregroundDeletion": GARBAGE_COLLECTOR,
    "kubernetes.io/pv-protection": "pv-protection-controller",
    "kubernetes.io/pvc-protection": "pvc-protection-controller",
    "kubernetes.io/vac-protection": "volumeattributesclass-protection-controller",
    "networking.k8s.io/service-cidr-finalizer": "service-cidrs-controller",
    "orphan": GARBAGE_COLLECTOR,
    "resource.kubernetes.io/delete-protection": RESOURCE_CLAIM,
}
"""Who takes a finalizer away: the controller that stands behind it."""

_OF_STATUS: Final = {
    "apps/v1/daemonsets": DAEMON_SET,
    "apps/v1/deployments": DEPLOYMENT,
    "apps/v1/replicasets": REPLICA_SET,
    "apps/v1/statefulsets": STATEFUL_SET,
    "autoscaling/v2/horizontalpodautoscalers": AUTOSCALER,
    "batch/v1/cronjobs": CRON_JOB,
    "batch/v1/jobs": JOB,
    "certificates.k8s.io/v1/certificatesigningrequests": CERTIFICATE,
    "policy/v1/poddisruptionbudgets": DISRUPTION,
    "resource.k8s.io/v1/resourceclaims": RESOURCE_CLAIM,
    "storage.k8s.io/v1/volumeattachments": ATTACH_DETACH,
    "v1/namespaces": NAMESPACE,
    "v1/persistentvolumeclaims": VOLUME_BINDER,
    "v1/persistentvolumes": VOLUME_BINDER,
    "v1/replicationcontrollers": REPLICATION,
    "v1/resourcequotas": QUOTA,
}
"""Whose the status of a resource is."""

_OF_OBJECT: Final = {
    "apps/v1/deployments": DEPLOYMENT,
    "batch/v1/cronjobs": CRON_JOB,
    "certificates.k8s.io/v1/certificatesigningrequests": CERTIFICATE,
    "resource.k8s.io/v1/resourceclaims": RESOURCE_CLAIM,
    "storage.k8s.io/v1/volumeattachments": ATTACH_DETACH,
    "v1/endpoints": "endpoint-controller",
    "v1/namespaces": NAMESPACE,
    "v1/persistentvolumes": VOLUME_BINDER,
    "v1/serviceaccounts": SERVICE_ACCOUNT,
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
_MANAGED_BY: Final = "endpointslice.kubernetes.io/managed-by"


def find_controller(resource: str, subresource: str, old: AnyObject | None, new: AnyObject) -> str:
    """The controller that made this write of kube-controller-manager, or "" where that is not certain.

    ``old`` is None where the object was made. What was altered must not be a deletion.
    """
    if subresource == "scale":
        return AUTOSCALER
    if old is not None and (name := find_finalizer(old.metadata, new.metadata)):
        return name
    if isinstance(new, Pod):
        return _of_pod(subresource, old, new)
    if isinstance(new, Node):
        return _of_node(subresource, old, new)
    if subresource == "status":
        return _OF_STATUS.get(resource, "")
    if resource == "v1/configmaps":
        return _OF_CONFIG_MAP.get(new.metadata.name, "")
    if resource == SLICES:
        return find_slicer(new.metadata)
    if resource == "v1/persistentvolumeclaims":
        return _of_claim(old, new)
    return _OF_OBJECT.get(resource) or OF_OWNER.get(owner_of(new.metadata).kind, "")


def find_finalizer(before: Metadata, after: Metadata) -> str:
    """The controller that took a finalizer of its own away, or "" where none did, or where two did."""
    if not before.finalizers or before.finalizers == after.finalizers:
        return ""
    gone = set(before.finalizers) - set(after.finalizers or ())
    names = {OF_FINALIZER.get(finalizer, "") for finalizer in gone}
    return names.pop() if len(names) == 1 else ""


def find_slicer(metadata: Metadata) -> str:
    """The controller that manages this EndpointSlice, or "" for one of somebody else's."""
    return _OF_SLICES.get((metadata.labels or {}).get(_MANAGED_BY, ""), "")


_NOBODY: Final = OwnerReference(kind="", name="", uid="")


def owner_of(metadata: Metadata) -> OwnerReference:
    """The owner that controls this object; one of kind "" where there is none."""
    return next((owner for owner in metadata.owner_references or () if owner.controller), _NOBODY)


def _of_pod(subresource: str, old: AnyObject | None, new: Pod) -> str:
    """Its owner's controller makes, adopts and releases it; a status is written for a node that is gone or unwell."""
    if old is None:
        return OF_OWNER.get(owner_of(new.metadata).kind, "")
    if subresource == "status":
        return _of_pod_status(old, new)
    before, after = old.metadata.owner_references, new.metadata.owner_references
    return OF_OWNER.get(owner_of(new.metadata).kind, "") if before != after else ""


def _of_pod_status(old: AnyObject, new: Pod) -> str:
    """What pod GC fails, what the disruption controller takes back, and what is unwell by its node."""
    if not isinstance(old, Pod) or not new.spec.node_name:
        return ""
    if new.status.phase == "Failed" != old.status.phase:
        return POD_GARBAGE_COLLECTOR
    before, after = disruption_of(old), disruption_of(new)
    if before and not after:
        return DISRUPTION
    return "" if after not in (before, "DeletionByTaintManager") else NODE


def disruption_of(pod: Pod) -> str:
    """Why a Pod is about to be disrupted: the reason of its DisruptionTarget condition (KEP-3329), or ""."""
    for condition in pod.status.conditions or ():
        if condition.type == "DisruptionTarget" and condition.status == "True":
            return condition.reason or ""
    return ""


def _of_node(subresource: str, old: AnyObject | None, new: Node) -> str:
    """Conditions, taints, labels and pod ranges are the node controller's. A status may say what is attached.

    An annotation alone is how long secrets may be cached: the TTL controller's.
    """
    if not isinstance(old, Node):
        return ""
    if old.spec != new.spec or old.status.conditions != new.status.conditions:
        return NODE
    if subresource == "status":
        return ATTACH_DETACH
    return NODE if old.metadata.labels != new.metadata.labels else "ttl-controller"


def _of_claim(old: AnyObject | None, new: AnyObject) -> str:
    """A claim is made for a StatefulSet, or for one Pod's ephemeral volume, and then bound."""
    if old is not None:
        return VOLUME_BINDER if old.metadata.owner_references == new.metadata.owner_references else STATEFUL_SET
    return "ephemeral-volume-controller" if owner_of(new.metadata).kind == "Pod" else STATEFUL_SET
