"""A trace in sentences: what happened, in order, each with what it is known by.

Like writes are told together: three Pods made for one ReplicaSet are one sentence. Bookkeeping (a controller that
counts in a status) comes last, in one sentence for each controller. The words are for somebody who has read one
Kubernetes book.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from visualizer.flow.attribution import Certainty
from visualizer.flow.tree import Sentence, TracedWrite
from visualizer.flow.words import duration

MOST: Final = 80
"""How many sentences are told."""

_NAMED: Final = 3
"""Up to how many objects are named one by one."""

_EVIDENCE: Final = 10
_ADDRESSES: Final = ("EndpointSlice", "Endpoints")
_TELLING: Final = frozenset(
    {
        "bound",
        "cordoned",
        "deleting",
        "disrupted",
        "exited",
        "finished",
        "ready",
        "relabelled",
        "started",
        "tainted",
        "uncordoned",
        "unready",
        "unschedulable",
    }
)
_Key = tuple[object, ...]
_NOTHING: Final[_Key] = ()

_SURE: Final[Sequence[Certainty]] = ("observed", "inferred", "guessed", "unknown")

ROOTS: Final[Mapping[str, str]] = {
    "command": "a client asked for it",
    "schedule": "the CronJob's schedule came due",
    "metrics": "the autoscaler looks at its metrics every 15 seconds",
    "node-silent": "the kubelet has not renewed its Lease for longer than node-monitor-grace-period",
    "kubelet-saw": "the kubelet saw it happen on its node; nothing that was written had asked for it",
    "node-status": "a kubelet reports its node by itself",
    "own-doing": "the API server keeps this by itself",
    "no-cause": "nothing in this log tells what set it off",
    "admission": "the API server writes this while it serves the request that came right after",
}
"""Why a root is one, by its rule."""

REASONS: Final[Mapping[str, str]] = {
    "aggregates-roles": "the controller gathers the rules of ClusterRoles whose labels match",
    "bound-to-node": "the kubelet runs the Pods that are bound to its node, and reports how they are",
    "budget-pods": "the budget counts the healthy Pods that its selector matches",
    "budget-scale": "the budget follows how many Pods their controllers want",
    "claim-bound": "a claim that the Pod waits for was bound",
    "claim-of-set": "a StatefulSet makes a claim for each Pod from its templates",
    "claim-used": "a Pod uses the claim",
    "counts-jobs": "the CronJob keeps count of its Jobs",
    "counts-pods": "the controller counts the Pods that it owns",
    "counts-replicasets": "the controller adds up its ReplicaSets",
    "deletion-begun": "the object has a deletion timestamp, and whoever has work to do before it goes does it",
    "dependents-gone": "foreground deletion waits for what the object owns",
    "drain": "kubectl drain cordons the node, then evicts its Pods one by one",
    "eviction": "an eviction marks the Pod as disrupted, then deletes it",
    "goes-on": "the same kubelet goes on with what it had seen",
    "history-limit": "a CronJob keeps only so many finished Jobs",
    "in-new-namespace": "every new Namespace gets this",
    "in-order": "a StatefulSet goes on with the next Pod when the one before is ready, or gone",
    "made-again": "it was deleted, and the controller makes it again",
    "mirrors-endpoints": "Endpoints made by hand are mirrored",
    "names-pods": "what changed in it names the Pod",
    "namespace-emptied": "the Namespace ends when nothing is left in it",
    "namespace-ending": "everything in a Namespace that ends is deleted",
    "node-back": "the node is back, and its kubelet takes up its Pods again",
    "node-conditions": "the node's conditions, or its cordon, are turned into taints",
    "node-fits": "a node changed, and may suit now",
    "node-gone": "the Pod's node is gone",
    "node-unready": "Pods on a node that is not ready are not ready",
    "observed-generation": "its observedGeneration names the version that was asked for",
    "of-service": "it belongs to the Service",
    "own-object": "the object itself was updated",
    "owner-gone": "its owner reference leads to an object that was deleted",
    "owner-reference": "its owner reference names whom it was made for",
    "owners-altered": "its labels no longer match, or match again, its controller's selector",
    "pod-counted": "the Job has counted the finished Pod, and lets go of it",
    "quota-usage": "something that the quota counts has ended",
    "replacement": "the controller wants as many Pods as before",
    "rollout": "a rolling update takes the next step when the ReplicaSets have come so far",
    "room-made": "a Pod that ended has made room",
    "scaled-down": "the owner wants fewer",
    "scales-replicasets": "the Deployment wants another number of Pods",
    "selects-pods": "the Service selects the Pod by its labels",
    "taint-eviction": "the node is tainted, and the Pod tolerates that no longer",
    "time-to-live": "the Job is finished for as long as it may be kept",
    "unscheduled-pod": "the scheduler takes up Pods that have no node",
    "volume-for-claim": "claims and volumes are bound to each other",
    "writes-back": "the program reports on what it was asked for",
}
"""Why a write follows from its cause, by the rule of the hop."""


def explain(writes: Sequence[TracedWrite]) -> list[Sentence]:
    """The writes of one trace, which are in order, in sentences."""
    groups: dict[_Key, list[TracedWrite]] = {}
    keys: dict[int, _Key] = {}
    counting: dict[_Key, list[TracedWrite]] = {}
    for write in writes:
        key = _key(write, keys.get(write.parent))
        if write.parent and _is_bookkeeping(write):
            counting.setdefault((_who(write.component, "kubelets"),), []).append(write)
        else:
            groups.setdefault(key, []).append(write)
        keys[write.seq] = key
    by_seq = {write.seq: write for write in writes}
    told, before = list[Sentence](), _NOTHING
    for key, group in groups.items():
        cause = by_seq.get(group[0].parent)
        told.append(_tell(group, cause, is_next=cause is not None and keys[cause.seq] == before))
        before = key
    told += [_tell_counting(group) for group in counting.values()]
    return told[:MOST]


def _key(write: TracedWrite, parent: _Key | None) -> _Key:
    """Writes are alike where the same kind of component did the same to the same kind, for a cause that is alike."""
    if not write.parent:
        return (write.seq,)
    who = "kubelet" if write.component.startswith("kubelet:") else write.component
    kind = write.kind
    if kind in _ADDRESSES:
        who, kind = "endpoints", "endpoints"
    return (hash(parent or write.parent), who, write.verb, kind, tuple(write.marks), write.rule)


def _is_bookkeeping(write: TracedWrite) -> bool:
    if write.verb != "updated" or write.kind in _ADDRESSES:
        return False
    if write.kind in ("Pod", "Node"):
        return not _TELLING & set(write.marks)
    return write.subresource == "status" or "ready" in write.marks or not write.marks


def _tell(group: Sequence[TracedWrite], cause: TracedWrite | None, *, is_next: bool) -> Sentence:
    first = group[0]
    who = _subject(group)
    if cause is None:
        start = who[:1].upper() + who[1:] if who.startswith(("the ", "somebody")) else who
    elif is_next:
        start = f"{_lasted(group)} later {who}"
    else:
        start = f"{_lasted(group)} after {_happened(cause)}, {who}"
    why = REASONS.get(first.rule) or ROOTS.get(first.rule, first.rule)
    return Sentence(
        text=f"{start} {_deed(group)}{_for_whom(first, cause)}.",
        why=why + _among(group) + _rested(first) + _quoted(group),
        certainty=max((write.certainty for write in group), key=_SURE.index),
        rule=first.rule,
        seqs=[write.seq for write in group],
        refs=list(dict.fromkeys(write.ref for write in group))[:_EVIDENCE],
        lag_s=max(write.lag_s for write in group),
    )


def _tell_counting(group: Sequence[TracedWrite]) -> Sentence:
    objects = list(dict.fromkeys(f"{write.kind} {write.name}" for write in group))
    kinds = list(dict.fromkeys(write.kind for write in group))
    many = _plural(kinds[0]) if len(kinds) == 1 else "objects"
    times = "once" if len(group) == 1 else f"{len(group)} times"
    rules = list(dict.fromkeys(REASONS.get(write.rule) or ROOTS.get(write.rule, write.rule) for write in group))
    return Sentence(
        text=f"Meanwhile {_subject(group)} brought {_listed(objects, many)} up to date, {times}.",
        why="; ".join(rules[:2]),
        certainty=max((write.certainty for write in group), key=_SURE.index),
        rule=group[0].rule,
        seqs=[write.seq for write in group],
        refs=list(dict.fromkeys(write.ref for write in group))[:_EVIDENCE],
        lag_s=max(write.lag_s for write in group),
    )


def _subject(group: Sequence[TracedWrite]) -> str:
    components = list(dict.fromkeys(write.component for write in group))
    nodes = [component.partition(":")[2] for component in components if component.startswith("kubelet:")]
    if len(nodes) > 1:
        return f"the kubelets on {_listed(nodes, 'nodes')}"
    return _listed([_who(component) for component in components], "components")


def _who(component: str, kubelets: str = "") -> str:
    actor, _, name = component.partition(":")
    match actor:
        case "kubelet":
            return kubelets or f"the kubelet on {name}"
        case "scheduler":
            return "the scheduler"
        case "apiserver":
            return "the API server"
        case "unknown":
            return "somebody who left no name"
    return name


_HAPPENED: Final = (
    ("gone", "was gone"),
    ("deleting", "began to go"),
    ("created", "was created"),
    ("bound", "had a node"),
    ("exited", "had a container that ended"),
    ("finished", "was finished"),
    ("unready", "was not ready"),
    ("ready", "was ready"),
    ("started", "had started"),
    ("scaled", "was scaled"),
    ("cordoned", "was cordoned"),
    ("uncordoned", "was uncordoned"),
    ("tainted", "was tainted, or freed of a taint"),
    ("disrupted", "was marked"),
    ("relabelled", "had other labels"),
    ("unschedulable", "had found no node"),
)


def _happened(cause: TracedWrite) -> str:
    """What the cause did, as a clause: ``Pod web-1 was ready``."""
    marks = set(cause.marks)
    if cause.kind not in ("Pod", "Node", "Job") and marks & {"ready", "unready"}:
        return f"{cause.kind} {cause.name} counted its Pods"
    return f"{cause.kind} {cause.name} " + next((words for mark, words in _HAPPENED if mark in marks), "was updated")


_DEEDS: Final = (
    ("gone", "deleted {}"),
    ("deleting", "began to delete {}"),
    ("disrupted", "marked {} to be evicted"),
    ("created", "created {}"),
    ("unschedulable", "found no node for {}"),
    ("exited", "reported that a container of {} had ended"),
    ("finished", "reported {} finished"),
    ("unready", "reported {} not ready"),
    ("started", "started the containers of {}"),
    ("ready", "reported {} ready"),
    ("cordoned", "cordoned {}"),
    ("uncordoned", "uncordoned {}"),
    ("tainted", "updated the taints of {}"),
    ("scaled", "scaled {}"),
    ("relabelled", "changed the labels of {}"),
)


def _deed(group: Sequence[TracedWrite]) -> str:
    first = group[0]
    marks = set(first.marks)
    things = _things(group)
    if "bound" in marks and first.verb == "updated":
        nodes = list(dict.fromkeys(write.node for write in group))
        return f"chose {_listed(nodes, 'nodes')} for {things}"
    if first.kind in _ADDRESSES:
        done = {"created": "created", "deleted": "deleted"}.get(first.verb, "updated")
        kinds = list(dict.fromkeys(each.kind for each in group))
        return f"{done} {' and '.join(_things([each for each in group if each.kind == kind]) for kind in kinds)}"
    if {"started", "ready"} <= marks:
        return f"started the containers of {things} and reported {'it' if len(group) == 1 else 'them'} ready"
    if "finished" in marks and first.rule == "deletion-begun":
        return f"ended the containers of {things}"
    for mark, words in _DEEDS:
        if mark in marks:
            return words.format(things)
    part = f"the {first.subresource} of " if first.subresource else ""
    return f"updated {part}{things}"


def _things(group: Sequence[TracedWrite]) -> str:
    names = list(dict.fromkeys(write.name for write in group))
    kind = group[0].kind
    if len(names) == 1:
        where = f"{group[0].namespace}/" if not group[0].parent and group[0].namespace else ""
        return f"{kind} {where}{names[0]}"
    return f"{len(names)} {_plural(kind)}"


def _plural(kind: str) -> str:
    if kind.endswith("s"):
        return kind if kind == "Endpoints" else f"{kind}es"
    return f"{kind[:-1]}ies" if kind.endswith("cy") else f"{kind}s"


def _for_whom(write: TracedWrite, cause: TracedWrite | None) -> str:
    if cause is None or write.ref == cause.ref:
        return ""
    if write.rule == "owner-reference":
        return f" for {cause.kind} {cause.name}"
    return ""


def _lasted(group: Sequence[TracedWrite]) -> str:
    lags = sorted(write.lag_s for write in group)
    if len(lags) > 1 and duration(lags[0]) != duration(lags[-1]):
        first, last = duration(lags[0]), duration(lags[-1])
        return f"{first.split(' ')[0] if first.split(' ')[1] == last.split(' ')[1] else first} to {last}"
    return duration(lags[-1])


def _among(group: Sequence[TracedWrite]) -> str:
    most = max(write.among for write in group)
    return f"; {most} writes might as well have set it off, and the last of them is taken" if most > 1 else ""


def _rested(write: TracedWrite) -> str:
    return f"; it also rests on frame {write.follows}" if write.follows else ""


def _quoted(group: Iterable[TracedWrite]) -> str:
    event = next((event for write in group for event in write.events), None)
    return f" (Event {event.reason}: {event.message})" if event is not None and event.message else ""


def _listed(words: Sequence[str], many: str) -> str:
    if len(words) > _NAMED:
        return f"{len(words)} {many}"
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"
