"""Wakes: which components watch a kind, and so will see a write to it.

A table, from the informers that each component starts: kubernetes/pkg/controller/*, pkg/scheduler/eventhandlers.go,
pkg/kubelet (config/apiserver.go, kubelet.go), pkg/proxy/config and plugin/pkg/admission, as of 1.36.
docs/causality.md has it with what narrows each. Third-party controllers are in no table: a program that writes the
status of a kind, or makes objects for owners of a kind, is taken to watch that kind from then on.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from visualizer.flow.aspects import BOUND, CREATED, GONE

EVERY: Final = "*"
"""In the place of a node: that component of every node."""

_SCHEDULER: Final = "scheduler:kube-scheduler"
_APISERVER: Final = "apiserver:kube-apiserver"
_KUBELETS: Final = f"kubelet:{EVERY}"
_PROXIES: Final = f"proxy:{EVERY}"
_COLLECTOR: Final = "generic-garbage-collector"
_QUOTA: Final = "resourcequota-controller"

_CONTROLLERS: Final[dict[str, tuple[str, ...]]] = {
    "apps/v1/controllerrevisions": ("daemon-set-controller", "statefulset-controller"),
    "apps/v1/daemonsets": ("daemon-set-controller",),
    "apps/v1/deployments": ("deployment-controller",),
    "apps/v1/replicasets": ("deployment-controller", "replicaset-controller", "disruption-controller"),
    "apps/v1/statefulsets": ("statefulset-controller",),
    "autoscaling/v2/horizontalpodautoscalers": ("horizontal-pod-autoscaler",),
    "batch/v1/cronjobs": ("cronjob-controller",),
    "batch/v1/jobs": ("job-controller", "cronjob-controller", "ttl-after-finished-controller"),
    "certificates.k8s.io/v1/certificatesigningrequests": ("certificate-controller",),
    "discovery.k8s.io/v1/endpointslices": ("endpointslice-controller", "endpointslicemirroring-controller"),
    "policy/v1/poddisruptionbudgets": ("disruption-controller",),
    "rbac.authorization.k8s.io/v1/clusterroles": ("clusterrole-aggregation-controller",),
    "resource.k8s.io/v1/resourceclaims": ("resourceclaim-controller",),
    "resource.k8s.io/v1/resourceclaimtemplates": ("resourceclaim-controller",),
    "storage.k8s.io/v1/volumeattachments": ("attachdetach-controller",),
    "v1/configmaps": ("root-ca-cert-publisher", "service-ca-cert-publisher"),
    "v1/endpoints": ("endpoint-controller", "endpointslicemirroring-controller"),
    "v1/namespaces": (
        "namespace-controller",
        "service-account-controller",
        "root-ca-cert-publisher",
        "service-ca-cert-publisher",
    ),
    "v1/nodes": (
        "node-controller",
        "daemon-set-controller",
        "endpointslice-controller",
        "attachdetach-controller",
        "pod-garbage-collector",
        "ttl-controller",
    ),
    "v1/persistentvolumeclaims": (
        "persistent-volume-binder",
        "statefulset-controller",
        "pvc-protection-controller",
        "attachdetach-controller",
        "expand-controller",
    ),
    "v1/persistentvolumes": ("persistent-volume-binder", "pv-protection-controller", "attachdetach-controller"),
    "v1/pods": (
        "replicaset-controller",
        "statefulset-controller",
        "daemon-set-controller",
        "job-controller",
        "replication-controller",
        "deployment-controller",
        "endpoint-controller",
        "endpointslice-controller",
        "disruption-controller",
        "horizontal-pod-autoscaler",
        "node-controller",
        "pod-garbage-collector",
        "attachdetach-controller",
        "persistent-volume-binder",
        "pvc-protection-controller",
        "resourceclaim-controller",
    ),
    "v1/replicationcontrollers": ("replication-controller", "disruption-controller"),
    "v1/resourcequotas": (_QUOTA,),
    "v1/serviceaccounts": ("service-account-controller", "tokens-controller"),
    "v1/services": ("endpoint-controller", "endpointslice-controller", "endpointslicemirroring-controller"),
}
"""What the controllers of kube-controller-manager watch, by resource."""

_OF_OWNER: Final = {
    "replicaset-controller": "ReplicaSet",
    "statefulset-controller": "StatefulSet",
    "daemon-set-controller": "DaemonSet",
    "job-controller": "Job",
    "replication-controller": "ReplicationController",
}
"""Controllers that act on a Pod that an owner of their kind has. (All look at one without an owner, to adopt it.)"""

_SCHEDULED_BY: Final = frozenset(
    {
        "resource.k8s.io/v1/deviceclasses",
        "resource.k8s.io/v1/resourceclaims",
        "resource.k8s.io/v1/resourceslices",
        "storage.k8s.io/v1/csidrivers",
        "storage.k8s.io/v1/csinodes",
        "storage.k8s.io/v1/csistoragecapacities",
        "storage.k8s.io/v1/storageclasses",
        "storage.k8s.io/v1/volumeattachments",
        "v1/nodes",
        "v1/persistentvolumeclaims",
        "v1/persistentvolumes",
        "v1/services",
    }
)
"""What may let a Pod that waits be scheduled, so that the scheduler looks again."""

_ADMISSION: Final = frozenset(
    {
        "admissionregistration.k8s.io/v1/mutatingwebhookconfigurations",
        "admissionregistration.k8s.io/v1/validatingadmissionpolicies",
        "admissionregistration.k8s.io/v1/validatingadmissionpolicybindings",
        "admissionregistration.k8s.io/v1/validatingwebhookconfigurations",
        "apiextensions.k8s.io/v1/customresourcedefinitions",
        "apiregistration.k8s.io/v1/apiservices",
        "rbac.authorization.k8s.io/v1/clusterrolebindings",
        "rbac.authorization.k8s.io/v1/clusterroles",
        "rbac.authorization.k8s.io/v1/rolebindings",
        "rbac.authorization.k8s.io/v1/roles",
        "scheduling.k8s.io/v1/priorityclasses",
        "v1/limitranges",
        "v1/resourcequotas",
    }
)
"""What the API server itself watches, to authorize and to admit."""

_ON_EVERY_NODE: Final = frozenset({"v1/services", "node.k8s.io/v1/runtimeclasses", "storage.k8s.io/v1/csidrivers"})
_PROXIED: Final = frozenset({"discovery.k8s.io/v1/endpointslices", "v1/services", "networking.k8s.io/v1/servicecidrs"})
_COUNTED: Final = frozenset({"v1/pods", "v1/services", "v1/persistentvolumeclaims"})
_NOT_COLLECTED: Final = frozenset({"v1/events", "coordination.k8s.io/v1/leases"})


def find_watchers(resource: str, *, name: str, node: str, owner_kind: str, aspects: int) -> Sequence[str]:
    """Who will see this write and may act on it, as ComponentRow ids; ``*`` for a node means each node's.

    ``node`` is where a Pod is, ``owner_kind`` the kind of the object's controller, and ``aspects`` what the write did.
    """
    found = [
        f"controller:{controller}"
        for controller in _CONTROLLERS.get(resource, ())
        if resource != "v1/pods" or not owner_kind or _OF_OWNER.get(controller, owner_kind) == owner_kind
    ]
    if resource == "v1/pods":
        found += _watching_pod(node, aspects)
    elif resource == "v1/nodes":
        found += [_SCHEDULER, f"kubelet:{name}", f"proxy:{name}"]
    elif resource in _SCHEDULED_BY:
        found.append(_SCHEDULER)
    if resource in _ON_EVERY_NODE:
        found.append(_KUBELETS)
    if resource in _PROXIED:
        found.append(_PROXIES)
    if resource in _ADMISSION:
        found.append(_APISERVER)
    if aspects & GONE and resource in _COUNTED:
        found.append(f"controller:{_QUOTA}")
    if aspects & GONE and resource not in _NOT_COLLECTED:
        found.append(f"controller:{_COLLECTOR}")
    return found


def _watching_pod(node: str, aspects: int) -> list[str]:
    """A kubelet sees its own node's Pods; the scheduler those that wait, and those that go and so make room."""
    if not node:
        return [_SCHEDULER]
    return [f"kubelet:{node}", *([_SCHEDULER] if aspects & (GONE | BOUND | CREATED) else [])]
