"""Filters: kube-scheduler's Filter plugins, in the order in which a node meets them.

The order is that of ``getDefaultPlugins`` (pkg/scheduler/apis/config/v1/default_plugins.go, 1.36). A node is turned
down by the first plugin that objects, in that plugin's words. Each function here names the file that it mirrors, all of
them in pkg/scheduler/framework/plugins. What volumes and device claims ask is not decided here: ``list_undecided`` says
so.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Final

from msgspec import Struct

from visualizer.objects import ContainerPort, Node
from visualizer.quantities import to_words
from visualizer.scheduling.asks import AskingPod
from visualizer.scheduling.cluster import Cluster, iter_host_ports, name_of
from visualizer.scheduling.requests import count_requests, read_amounts
from visualizer.scheduling.selectors import find_mismatch, iter_untolerated, tolerates_cordon

DEFAULT_SCHEDULER: Final = "default-scheduler"
_ANY_ADDRESS: Final = ("", "0.0.0.0")  # noqa: S104 - an address in an object, not one to listen on


class Objection(Struct, frozen=True):
    """Why a plugin turns a node down: in its own words, and with the facts."""

    plugin: str
    reasons: list[str]
    detail: str


Filter = Callable[[AskingPod, Node, Cluster], Objection | None]


def filter_unschedulable(pod: AskingPod, node: Node, cluster: Cluster) -> Objection | None:
    """nodeunschedulable/node_unschedulable.go."""
    if not node.spec.unschedulable or tolerates_cordon(pod.spec.tolerations or ()):
        return None
    return Objection("NodeUnschedulable", ["node(s) were unschedulable"], "cordoned")


def filter_name(pod: AskingPod, node: Node, cluster: Cluster) -> Objection | None:
    """nodename/node_name.go."""
    if pod.spec.node_name in ("", node.metadata.name):
        return None
    return Objection("NodeName", ["node(s) didn't match the requested node name"], f"wants {pod.spec.node_name}")


def filter_taints(pod: AskingPod, node: Node, cluster: Cluster) -> Objection | None:
    """tainttoleration/taint_toleration.go."""
    taint = next(iter_untolerated(pod.spec.tolerations or (), node), None)
    if taint is None:
        return None
    words = f"{taint.key}={taint.value}:{taint.effect}" if taint.value else f"{taint.key}:{taint.effect}"
    return Objection("TaintToleration", ["node(s) had untolerated taint(s)"], f"does not tolerate {words}")


def filter_node_affinity(pod: AskingPod, node: Node, cluster: Cluster) -> Objection | None:
    """nodeaffinity/node_affinity.go."""
    mismatch = find_mismatch(pod.spec, node)
    if not mismatch:
        return None
    return Objection("NodeAffinity", ["node(s) didn't match Pod's node affinity/selector"], mismatch)


def filter_ports(pod: AskingPod, node: Node, cluster: Cluster) -> Objection | None:
    """nodeports/node_ports.go; two ports meet on one address, or where either is on all addresses."""
    wanted = list(iter_host_ports(pod.spec))
    for other in cluster.pods_on(node.metadata.name) if wanted else ():
        for taken in iter_host_ports(other.spec):
            if any(_do_ports_meet(port, taken) for port in wanted):
                detail = f"port {taken.host_port}/{taken.protocol} of the node is {name_of(other)}’s"
                return Objection("NodePorts", ["node(s) didn't have free ports for the requested pod ports"], detail)
    return None


def filter_resources(pod: AskingPod, node: Node, cluster: Cluster) -> Objection | None:
    """noderesources/fit.go: the only plugin that gives several reasons at once."""
    reasons: list[str] = []
    details: list[str] = []
    gives = read_amounts(node.status.allocatable)
    count = len(cluster.pods_on(node.metadata.name))
    if count + 1 > gives.get("pods", Fraction(0)):
        reasons.append("Too many pods")
        details.append(f"{count} of {to_words('pods', gives.get('pods', Fraction(0)))} pods are there")
    asked = {resource: amount for resource, amount in count_requests(pod.spec).items() if amount > 0}
    taken = cluster.requested_on(node.metadata.name) if asked else {}
    for resource, amount in asked.items():
        whole = gives.get(resource, Fraction(0))
        left = whole - taken.get(resource, Fraction(0))
        if amount > left:
            reasons.append(f"Insufficient {resource}")
            words = f"{to_words(resource, max(left, Fraction(0)))} of {to_words(resource, whole)} left"
            details.append(f"asks {to_words(resource, amount)} {resource}, {words}")
    return Objection("NodeResourcesFit", reasons, "; ".join(details)) if reasons else None


def list_undecided(pod: AskingPod) -> list[str]:
    """What else may keep the pod off a node, and is not decided here; in words."""
    undecided = []
    if any(each.persistent_volume_claim or each.ephemeral for each in pod.spec.volumes or ()):
        undecided.append("VolumeBinding: where its volumes may be")
    if pod.spec.resource_claims:
        undecided.append("DynamicResources: which devices are free")
    if pod.spec.scheduler_name != DEFAULT_SCHEDULER:
        undecided.append(f"what the scheduler {pod.spec.scheduler_name} looks at")
    return undecided


def _do_ports_meet(one: ContainerPort, other: ContainerPort) -> bool:
    if one.host_port != other.host_port or (one.protocol or "TCP") != (other.protocol or "TCP"):
        return False
    return one.host_ip == other.host_ip or one.host_ip in _ANY_ADDRESS or other.host_ip in _ANY_ADDRESS
