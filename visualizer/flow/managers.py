"""Field managers and Event sources that are known by name.

A component's field manager is, unless it says otherwise, the first word of its user agent, which is its program's name
(``PrefixFromUserAgent`` in apiserver's ``endpoints/handlers/fieldmanager``). All controllers of
kube-controller-manager share one program; a few apply under a name of their own.
"""

from __future__ import annotations

from typing import Final

KUBELET: Final = "kubelet"
PROXY: Final = "kube-proxy"
SCHEDULER: Final = "kube-scheduler"
APISERVER: Final = "kube-apiserver"
CONTROLLER_MANAGER: Final = "kube-controller-manager"

CONTROLLERS: Final = frozenset(
    {CONTROLLER_MANAGER, "cloud-controller-manager", "clusterrole-aggregation-controller"}
)
"""Managers that are controllers. Each is its own component's name."""

BOOKKEEPING: Final = frozenset({"ancient-changes", "before-first-apply"})
"""Managers that the API server makes up for writers that it no longer, or does not yet, keep apart."""

EVENT_SOURCES: Final = {
    "attachdetach-controller": "attachdetach-controller",
    "cidrAllocator": "node-controller",
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
    "resource-claim-controller": "resource-claim-controller",
    "statefulset-controller": "statefulset-controller",
    "taint-eviction-controller": "taint-eviction-controller",
    "volume_expand": "expand-controller",
}
"""The controllers of kube-controller-manager by the source that their Events give: each with its own name, which is that of
its service account in kube-system."""


def is_kubectl(manager: str) -> bool:
    """Whether this is a manager that kubectl writes under: ``kubectl``, ``kubectl-create``, ``kubectl-edit`` and so on."""
    return manager == "kubectl" or manager.startswith("kubectl-")
