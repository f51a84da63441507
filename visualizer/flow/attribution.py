"""Attribution: who made a write, how sure that is, and which rule says so.

Every answer names its rule and how sure it is; docs/attribution.md tells each rule with the Kubernetes
behaviour that it rests on. What no rule can tell is ``unknown``: no answer is better than a wrong one. A
field manager is a text that the writer chose: it can name a known component or a program, and is never more
than text here.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final, Literal

from msgspec import Struct

from visualizer.flow import managers
from visualizer.objects import AnyObject, Event, Lease, Node, Pod

Actor = Literal["client", "apiserver", "etcd", "controller", "scheduler", "kubelet", "proxy", "unknown"]
Certainty = Literal["observed", "inferred", "guessed", "unknown"]
Rule = Literal[
    "audit",
    "bare-account",
    "binding",
    "by-elimination",
    "container-statuses",
    "cordon",
    "creation",
    "default-account",
    "disruption-target",
    "event-expired",
    "event-source",
    "evicted",
    "finalizer",
    "forced",
    "history-limit",
    "job-ended",
    "label-removed",
    "last-finalizer",
    "managed-fields",
    "mirror-pod",
    "namespace-ending",
    "namespace-finalized",
    "no-rule",
    "node-gone",
    "node-lease",
    "node-taints",
    "own-objects",
    "owner-deleting",
    "owner-gone",
    "pod-ended",
    "released",
    "replaced",
    "same-second",
    "scale-again",
    "scaled-down",
    "service-gone",
    "time-to-live",
    "told-by-event",
    "workload-status",
]
"""Every rule by name. docs/attribution.md explains each, and a test holds the two against each other."""


class Attribution(Struct, frozen=True, gc=False):
    """Who made a write, how that is known, and by which rule.

    ``node`` is set for kubelets, ``client`` for programs.
    """

    actor: Actor
    component: str
    certainty: Certainty
    rule: Rule
    node: str = ""
    client: str = ""


UNKNOWN: Final = Attribution("unknown", "unknown", "unknown", "no-rule")
_LONGEST_MANAGER: Final = 128
"""``FieldManagerMaxLength`` of apimachinery: an API server takes no longer one."""

_LONGEST_NODE: Final = 253
_ON_NODES: Final[dict[str, Actor]] = {managers.KUBELET: "kubelet", managers.PROXY: "proxy"}


def identify(resource: str, obj: AnyObject, manager: str, *, certainty: Certainty, rule: Rule) -> Attribution:
    """Who this field manager is, as a writer of this object.

    A name that is not known here is taken for a client's program, which is never more than inferred.
    """
    if len(manager) > _LONGEST_MANAGER:
        return UNKNOWN
    if manager in _ON_NODES:
        node = _node_of(resource, obj)
        return _identify_on_node(manager, node, certainty, rule) if 0 < len(node) <= _LONGEST_NODE else UNKNOWN
    return _identify_by_name(manager, certainty, rule)


@lru_cache(maxsize=4096)
def _identify_on_node(manager: str, node: str, certainty: Certainty, rule: Rule) -> Attribution:
    return Attribution(_ON_NODES[manager], manager, certainty, rule, node=node)


@lru_cache(maxsize=1024)
def _identify_by_name(manager: str, certainty: Certainty, rule: Rule) -> Attribution:
    if manager in managers.CONTROLLERS:
        return Attribution("controller", managers.CONTROLLERS[manager], certainty, rule)
    if manager == managers.SCHEDULER:
        return Attribution("scheduler", manager, certainty, rule)
    if manager == managers.APISERVER:
        return Attribution("apiserver", manager, certainty, rule)
    if managers.is_kubectl(manager):
        return Attribution("client", "client", certainty, rule, client=managers.KUBECTL)
    return Attribution("client", "client", "inferred", rule, client=manager) if manager else UNKNOWN


def identify_recorder(event: Event) -> Attribution:
    """Who records an Event: its manager, and for kube-controller-manager the controller by its source."""
    source = (event.source.component if event.source else "") or event.reporting_component or ""
    names = {entry.manager for entry in event.metadata.managed_fields or ()} - managers.BOOKKEEPING
    if len(names) > 1:
        return UNKNOWN
    manager = names.pop() if names else managers.find_recorder(source)
    if manager == managers.CONTROLLER_MANAGER and source in managers.EVENT_SOURCES:
        return Attribution("controller", managers.EVENT_SOURCES[source], "observed", "event-source")
    return identify("v1/events", event, manager, certainty="observed", rule="event-source")


def _node_of(resource: str, obj: AnyObject) -> str:
    """The node whose kubelet or kube-proxy writes this object, or "" where the object does not tell."""
    if isinstance(obj, Pod):
        return obj.spec.node_name
    if isinstance(obj, Node) or resource == "storage.k8s.io/v1/csinodes":
        return obj.metadata.name
    if isinstance(obj, Lease) and obj.metadata.namespace == managers.NODE_LEASES:
        return obj.metadata.name
    if isinstance(obj, Event):
        about = obj.involved_object
        host = obj.source.host if obj.source else ""
        return host or (about.name if about.kind == "Node" else "")
    return ""
