"""Field managers and Event sources that are known by name.

A component's field manager is, unless it says otherwise, the first word of its user agent, which is its
program's name (``prefixFromUserAgent`` in apiserver's ``endpoints/handlers/create.go``). All controllers of
kube-controller-manager share one program, and so one manager; their Events tell them apart.
"""

from __future__ import annotations

from typing import Final

KUBECTL: Final = "kubectl"
KUBELET: Final = "kubelet"
PROXY: Final = "kube-proxy"
SCHEDULER: Final = "kube-scheduler"
APISERVER: Final = "kube-apiserver"
CONTROLLER_MANAGER: Final = "kube-controller-manager"

CONTROLLERS: Final = {
    CONTROLLER_MANAGER: CONTROLLER_MANAGER,
    "cloud-controller-manager": "cloud-controller-manager",
    "clusterrole-aggregation-controller": "clusterrole-aggregation-controller",
    "PodGC": "pod-garbage-collector",
    "ResourceClaimController": "resource-claim-controller",
    "TaintManager": "node-controller",
    "service-cidr-controller": "service-cidrs-controller",
    "validatingadmissionpolicy-status": "validatingadmissionpolicy-status-controller",
}
"""Managers that are controllers, with the name they have here.

Those after the first two apply (server-side apply), and so name themselves, and not by their program. PodGC and
TaintManager did so in 1.26 to 1.28.
"""

BOOKKEEPING: Final = frozenset({"ancient-changes", "before-first-apply"})
"""Managers that the API server makes up for writers that it no longer, or does not yet, keep apart."""

NODE_LEASES: Final = "kube-node-lease"
"""The namespace where each kubelet renews the Lease of its Node's name."""

EVENT_SOURCES: Final = {
    "attachdetach-controller": "attachdetach-controller",
    "controllermanager": "disruption-controller",
    "cronjob-controller": "cronjob-controller",
    "daemonset-controller": "daemon-set-controller",
    "deployment-controller": "deployment-controller",
    "endpoint-controller": "endpoint-controller",
    "endpoint-slice-controller": "endpointslice-controller",
    "endpoint-slice-mirroring-controller": "endpointslicemirroring-controller",
    "horizontal-pod-autoscaler": "horizontal-pod-autoscaler",
    "job-controller": "job-controller",
    "node-controller": "node-controller",
    "persistentvolume-controller": "persistent-volume-binder",
    "replicaset-controller": "replicaset-controller",
    "replication-controller": "replication-controller",
    "statefulset-controller": "statefulset-controller",
    "taint-eviction-controller": "node-controller",
}
"""kube-controller-manager's controllers: the source that their Events give, and their service account."""

_RECORDERS: Final = {
    KUBELET: KUBELET,
    PROXY: PROXY,
    SCHEDULER: SCHEDULER,
    "default-scheduler": SCHEDULER,
    **dict.fromkeys(EVENT_SOURCES, CONTROLLER_MANAGER),
}


def find_recorder(source: str) -> str:
    """The manager of the program whose Events give this source, or "" where it is not known."""
    return _RECORDERS.get(source, "")


def is_kubectl(manager: str) -> bool:
    """Whether kubectl writes under this manager: ``kubectl``, ``kubectl-create``, ``kubectl-edit``..."""
    return manager == KUBECTL or manager.startswith("kubectl-")
