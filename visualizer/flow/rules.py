"""What wakes whom: for each component, which writes set off which of its own.

A controller watches some kinds, and acts on what they own, select or stand in. Each rule here says so for one
component and one resource that it writes: *this* done to it goes back to *that* done to something in *this relation*.
The rules follow the controllers' sources (kubernetes/pkg/controller, pkg/scheduler, pkg/kubelet), as of 1.36;
docs/causality.md tells each with its reason. Rules in one group compete, and the latest write wins; a group is asked
only where those before it found nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, Literal, NamedTuple

from visualizer.flow.aspects import (
    ADDRESSED,
    ANY,
    BOUND,
    COUNTED,
    CREATED,
    DELETING,
    DEMAND,
    DISRUPTED,
    ENDING,
    FINALIZERS,
    FINISHED,
    GONE,
    LABELS,
    OBSERVED,
    OTHER,
    OWNERS,
    READY,
    SCALED,
    SPEC,
    STATUS,
    TAINTED,
    UNREADY,
    UNSCHEDULABLE,
)
from visualizer.flow.attribution import Certainty

Relation = Literal[
    "self",  # the object itself
    "owner",  # the object's controller
    "owned",  # objects that the object controls
    "siblings",  # objects with the same controller
    "namespace",  # the Namespace that it is in
    "node",  # the Node that it is on
    "nodes",  # any Node
    "service",  # the Service that it is for
    "endpoints",  # the Endpoints of its name
    "selected",  # Pods that it selects
    "pods",  # Pods of its namespace
    "ended",  # anything deleted in its namespace
    "inside",  # anything deleted in the namespace that it is
    "kind",  # objects of its own kind, in its namespace
    "claims",  # PersistentVolumeClaims of its namespace
    "volumes",  # PersistentVolumes
    "sets",  # StatefulSets of its namespace
    "workloads",  # Deployments, ReplicaSets and StatefulSets of its namespace
]


class Rule(NamedTuple):
    """``effect`` (aspects of the write) goes back to ``cause`` (aspects of an earlier one) in this relation.

    ``own`` says that the component's own writes may be the cause. A cause is looked for ``within_s`` seconds back. With
    ``since`` it must be later than the component's last write to the same object, which would have answered it.
    ``by`` is what the id of the cause's component begins with.
    """

    name: str
    relation: Relation
    cause: int
    effect: int = ANY
    certainty: Certainty = "inferred"
    own: bool = False
    within_s: float = 60.0
    since: bool = False
    by: str = ""


Group = Sequence[Rule]
_EVER: Final = float("inf")
_LONGEST_BACKOFF_S: Final = 600.0
"""A Job waits for a failed Pod's successor, twice as long each time (``MaxJobPodFailureBackOff``), and a little
more."""

_SELF: Final = Rule("own-object", "self", DEMAND | LABELS | FINALIZERS | DELETING)
_OBSERVED: Final = Rule("observed-generation", "self", DEMAND, effect=OBSERVED, certainty="observed")
_MADE_FOR_OWNER: Final = Rule("owner-reference", "owner", DEMAND, effect=CREATED, certainty="observed")
_REPLACED: Final = Rule("replacement", "siblings", ENDING | OWNERS | LABELS, effect=CREATED)
_TAKEN_AWAY: Final = Rule("scaled-down", "owner", DEMAND, effect=ENDING)
_IN_ORDER: Final = Rule("in-order", "siblings", READY | GONE, effect=CREATED | ENDING)
_ADOPTED: Final = Rule("owners-altered", "self", LABELS | OWNERS, effect=OWNERS | LABELS)
_OWNER_GONE: Final = Rule(
    "owner-gone", "owner", GONE | DELETING, effect=ENDING, certainty="observed", own=True, within_s=_EVER
)
_SERVICE_GONE: Final = Rule("of-service", "service", GONE, effect=GONE)
_NAMESPACE_ENDS: Final = Rule("namespace-ending", "namespace", DELETING, effect=ENDING, within_s=_EVER)
_ENDED_AFTER: Final = Rule("deletion-begun", "self", DELETING, effect=ENDING, own=True, within_s=_EVER)
_NAMESPACE_MADE: Final = Rule("in-new-namespace", "namespace", CREATED, effect=CREATED)
_REMADE: Final = Rule("made-again", "kind", GONE, effect=CREATED)


def _counting(kind: str) -> Group:
    """How a controller's status of what makes Pods goes back to the Pods (or ReplicaSets, or Jobs) that it counts."""
    return (
        _OBSERVED,
        Rule(f"counts-{kind}", "owned", READY, effect=READY),
        Rule(f"counts-{kind}", "owned", UNREADY | ENDING, effect=UNREADY),
        Rule(f"counts-{kind}", "owned", FINISHED | GONE, effect=FINISHED),
        Rule(f"counts-{kind}", "owned", CREATED | ENDING | OWNERS | COUNTED, effect=COUNTED, own=True),
    )


def _any_of(kind: str) -> Group:
    """Where nothing more exact fits: the object itself, or anything that it owns."""
    return (Rule("own-object", "self", DEMAND), Rule(f"counts-{kind}", "owned", ANY & ~BOUND))


_AT_LAST: Final[Group] = (
    _MADE_FOR_OWNER._replace(certainty="guessed", within_s=_EVER),
    _REPLACED._replace(certainty="guessed", within_s=_EVER),
)
"""A controller that could not make its Pods tries again, later and later: what it tries for may be long ago."""

_PODS_OF_SET: Final = (
    (_ENDED_AFTER._replace(effect=GONE), _MADE_FOR_OWNER, _REPLACED, _TAKEN_AWAY, _ADOPTED),
    _AT_LAST,
)
_SERVED: Final = (
    (
        Rule("selects-pods", "selected", ADDRESSED | READY | UNREADY | ENDING | LABELS, since=True),
        Rule("of-service", "service", DEMAND | ENDING | LABELS, since=True),
    ),
    (
        Rule("selects-pods", "selected", ADDRESSED | READY | UNREADY | ENDING | LABELS),
        Rule("of-service", "service", DEMAND | ENDING | LABELS),
    ),
)
_ON_NODE: Final = (
    (
        Rule("node-unready", "node", READY | UNREADY, effect=READY | UNREADY, own=True),
        Rule("taint-eviction", "node", TAINTED, effect=DISRUPTED | ENDING, own=True, within_s=_EVER),
        Rule("eviction", "self", DISRUPTED, effect=DELETING, own=True, within_s=5.0),
    ),
    (Rule("deletion-begun", "self", DELETING, effect=GONE, own=True, within_s=_EVER),),
)

RULES: Final[dict[tuple[str, str], Sequence[Group]]] = {
    ("kube-scheduler", "v1/pods"): (
        (
            Rule("unscheduled-pod", "self", CREATED | SPEC | LABELS, since=True),
            Rule("claim-bound", "claims", SPEC | STATUS, since=True),
        ),
        (
            Rule("node-fits", "nodes", CREATED | TAINTED | LABELS | READY | SPEC, since=True),
            Rule("room-made", "pods", GONE | FINISHED, since=True),
        ),
        (Rule("unscheduled-pod", "self", CREATED | UNSCHEDULABLE, own=True, within_s=_EVER),),
    ),
    ("deployment-controller", "apps/v1/replicasets"): (
        (
            _MADE_FOR_OWNER,
            Rule("scales-replicasets", "owner", DEMAND),
            Rule("rollout", "siblings", READY | UNREADY | COUNTED | SCALED, own=True, since=True),
        ),
        (Rule("rollout", "siblings", ANY, own=True),),
    ),
    ("deployment-controller", "apps/v1/deployments"): (_counting("replicasets"), _any_of("replicasets")),
    ("replicaset-controller", "v1/pods"): _PODS_OF_SET,
    ("replicaset-controller", "apps/v1/replicasets"): (_counting("pods"), _any_of("pods")),
    ("replication-controller", "v1/pods"): _PODS_OF_SET,
    ("replication-controller", "v1/replicationcontrollers"): (_counting("pods"), _any_of("pods")),
    ("statefulset-controller", "v1/pods"): (
        (_MADE_FOR_OWNER, _IN_ORDER, _REPLACED, _TAKEN_AWAY, _ADOPTED),
        _AT_LAST,
    ),
    ("statefulset-controller", "apps/v1/statefulsets"): (_counting("pods"), _any_of("pods")),
    ("statefulset-controller", "v1/persistentvolumeclaims"): (
        (Rule("claim-of-set", "sets", DEMAND), Rule("claim-of-set", "pods", READY | ENDING)),
    ),
    ("daemon-set-controller", "v1/pods"): (
        (_MADE_FOR_OWNER, _REPLACED, Rule("node-fits", "nodes", CREATED | TAINTED | LABELS, effect=CREATED | ENDING)),
        (_TAKEN_AWAY, _ADOPTED),
        _AT_LAST,
    ),
    ("daemon-set-controller", "apps/v1/daemonsets"): (
        _counting("pods"),
        (*_any_of("pods"), Rule("node-fits", "nodes", CREATED | TAINTED | LABELS | GONE)),
    ),
    ("job-controller", "v1/pods"): (
        (Rule("pod-counted", "self", FINISHED | DELETING, effect=FINALIZERS, within_s=_EVER),),
        (
            _MADE_FOR_OWNER,
            _REPLACED._replace(within_s=_LONGEST_BACKOFF_S),
            Rule("scaled-down", "owner", DEMAND | FINISHED, effect=ENDING),
        ),
        _AT_LAST,
    ),
    ("job-controller", "batch/v1/jobs"): (_counting("pods"), _any_of("pods")),
    ("cronjob-controller", "batch/v1/jobs"): (
        (Rule("history-limit", "siblings", FINISHED | CREATED, effect=ENDING, own=True),),
    ),
    ("cronjob-controller", "batch/v1/cronjobs"): (
        (Rule("counts-jobs", "owned", CREATED | FINISHED | ENDING, own=True), _OBSERVED),
        (_SELF,),
    ),
    ("ttl-after-finished-controller", "batch/v1/jobs"): (
        (Rule("time-to-live", "self", FINISHED, effect=ENDING, within_s=_EVER),),
    ),
    ("endpoint-controller", "v1/endpoints"): _SERVED,
    ("endpointslice-controller", "discovery.k8s.io/v1/endpointslices"): _SERVED,
    ("endpointslicemirroring-controller", "discovery.k8s.io/v1/endpointslices"): (
        (Rule("mirrors-endpoints", "endpoints", ANY), Rule("of-service", "service", DEMAND | ENDING)),
    ),
    ("disruption-controller", "policy/v1/poddisruptionbudgets"): (
        (
            Rule("observed-generation", "self", DEMAND, certainty="observed", since=True),
            Rule("budget-pods", "selected", CREATED | READY | UNREADY | ENDING | LABELS, since=True),
            Rule("budget-scale", "workloads", SCALED | CREATED, since=True),
        ),
        (
            Rule("budget-pods", "selected", CREATED | READY | UNREADY | ENDING | LABELS),
            Rule("own-object", "self", DEMAND),
        ),
    ),
    ("resourcequota-controller", "v1/resourcequotas"): (
        (
            Rule("quota-usage", "ended", GONE, since=True),
            Rule("quota-usage", "pods", FINISHED, since=True),
            Rule("own-object", "self", DEMAND, since=True),
        ),
        (Rule("quota-usage", "ended", GONE), Rule("quota-usage", "pods", FINISHED | DELETING), _SELF),
    ),
    ("node-controller", "v1/nodes"): (
        (
            Rule("node-conditions", "self", READY | UNREADY | STATUS, effect=TAINTED, own=True),
            Rule("node-conditions", "self", TAINTED, effect=TAINTED),
            Rule("own-object", "self", CREATED),
        ),
    ),
    ("node-controller", "v1/pods"): _ON_NODE,
    ("pod-garbage-collector", "v1/pods"): (
        (Rule("node-gone", "node", GONE, within_s=_EVER), _ENDED_AFTER, _NAMESPACE_ENDS),
    ),
    ("generic-garbage-collector", "*"): (
        (_OWNER_GONE, Rule("dependents-gone", "owned", GONE, effect=FINALIZERS | GONE, own=True)),
        (_ENDED_AFTER, _SELF),
    ),
    ("namespace-controller", "*"): ((_NAMESPACE_ENDS,), (_ENDED_AFTER,)),
    ("service-account-controller", "v1/serviceaccounts"): ((_NAMESPACE_MADE, _REMADE),),
    ("root-ca-cert-publisher", "v1/configmaps"): ((_NAMESPACE_MADE, _REMADE, _SELF),),
    ("service-ca-cert-publisher", "v1/configmaps"): ((_NAMESPACE_MADE, _REMADE, _SELF),),
    ("clusterrole-aggregation-controller", "rbac.authorization.k8s.io/v1/clusterroles"): (
        (Rule("aggregates-roles", "kind", DEMAND | ENDING | LABELS),),
    ),
    ("persistent-volume-binder", "v1/persistentvolumeclaims"): (
        (Rule("volume-for-claim", "volumes", ANY, own=True), _SELF, Rule("claim-used", "pods", BOUND | CREATED)),
    ),
    ("persistent-volume-binder", "v1/persistentvolumes"): ((Rule("volume-for-claim", "volumes", CREATED), _SELF),),
    ("persistentvolumeclaim-protection-controller", "v1/persistentvolumeclaims"): (
        (_SELF, Rule("claim-used", "pods", GONE | FINISHED)),
    ),
}
"""By component and resource written; ``*`` stands for every resource without rules of its own."""

RULES_OF_RESOURCE: Final[dict[str, Sequence[Group]]] = {
    resource: [group for (_, written), groups in RULES.items() if written == resource for group in groups]
    for resource in {resource for component, resource in RULES if component != "kube-scheduler"}
}
"""By resource written, for a controller of kube-controller-manager whose own name is not told."""

GENERIC: Final[Sequence[Group]] = (
    (_MADE_FOR_OWNER, _OWNER_GONE, _SERVICE_GONE),
    (_NAMESPACE_ENDS, _ENDED_AFTER),
    (_SELF,),
)
"""For a controller that has no rules here: it acts for the owner, or on the object itself."""

UNATTRIBUTED: Final[Sequence[Group]] = (
    (
        Rule("eviction", "self", DISRUPTED, effect=DELETING, within_s=5.0),
        Rule("drain", "node", TAINTED, effect=DISRUPTED, certainty="guessed", within_s=600.0, by="client:"),
    ),
    (Rule("pod-counted", "self", FINISHED, effect=FINALIZERS, certainty="guessed", within_s=5.0),),
    (_ENDED_AFTER._replace(effect=GONE),),
    (_OWNER_GONE, _SERVICE_GONE),
    (_NAMESPACE_ENDS,),
    (_MADE_FOR_OWNER, _REPLACED._replace(certainty="guessed")),
    (
        Rule("scales-replicasets", "owner", DEMAND, effect=SCALED, certainty="guessed", within_s=5.0),
        Rule("rollout", "siblings", READY | SCALED, effect=SCALED, certainty="guessed", own=True, within_s=5.0),
    ),
    (_ADOPTED._replace(certainty="guessed", effect=OWNERS, within_s=5.0),),
    (Rule("deletion-begun", "self", DELETING, effect=OTHER | STATUS, certainty="guessed"),),
    (_TAKEN_AWAY._replace(certainty="guessed", cause=SCALED, within_s=5.0),),
)
"""For a write whose writer is not known: what the object and its surroundings say by themselves."""

KUBELET_STARTS: Final[Group] = (
    Rule("bound-to-node", "self", BOUND | SPEC | DISRUPTED, within_s=_EVER),
    Rule("deletion-begun", "self", DELETING, own=True, within_s=_EVER),
    Rule("node-back", "node", READY, own=True),
)
"""What a kubelet works off, whatever happens to the containers."""

KUBELET_ENDS: Final[Group] = (
    Rule("deletion-begun", "self", DELETING, own=True, within_s=_EVER),
    Rule("node-back", "node", READY, own=True),
)
NOT_A_POD: Final[Group] = (Rule("own-object", "self", DELETING, effect=ENDING),)
"""What a kubelet does to its Node, and to what else is its own."""

EVICTED: Final[Group] = (
    Rule("eviction", "self", DISRUPTED, effect=DELETING, own=True, within_s=5.0),
    Rule("drain", "node", TAINTED, effect=DISRUPTED, own=True, within_s=600.0, by="client:"),
)
"""Evictions: the API server marks the Pod, then deletes it, for a client that has cordoned the Node before."""

FREED: Final[Group] = (Rule("dependents-gone", "owned", GONE, effect=GONE, certainty="guessed", within_s=5.0),)
"""What goes with its last finalizer, which the garbage collector holds until what it owns is gone."""

AUTOSCALED: Final[Group] = (
    Rule("observed-generation", "self", DEMAND, effect=OBSERVED, certainty="observed", since=True),
    Rule("own-object", "self", DEMAND, since=True),
)
"""What an autoscaler does at once; everything else it does by its clock."""

NAMESPACE_ASKED: Final[Group] = (Rule("deletion-begun", "self", DELETING, within_s=_EVER),)
NAMESPACE_EMPTIED: Final[Group] = (Rule("namespace-emptied", "inside", GONE, own=True, since=True),)
