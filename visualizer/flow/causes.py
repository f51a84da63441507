"""Causes: which earlier write woke this one, how that is known, and by which rule.

A cause is always earlier, by the cluster's own counter of writes, or where that is not told by its frame. What a person
or a program does of its own is a root and has no cause; so is what a kubelet sees happen, and what a clock sets off.
Where no rule finds a cause, the write is a root too, whose cause is unknown.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from itertools import islice
from typing import Final

import msgspec
from msgspec import Struct

from visualizer.flow.aspects import (
    CREATED,
    DELETING,
    DEMAND,
    DISRUPTED,
    EXITED,
    FINALIZERS,
    FINISHED,
    GONE,
    READY,
    UNREADY,
)
from visualizer.flow.attribution import Certainty
from visualizer.flow.managers import CONTROLLER_MANAGER, NODE_LEASES
from visualizer.flow.rules import (
    AUTOSCALED,
    EVICTED,
    FREED,
    GENERIC,
    KUBELET_ENDS,
    KUBELET_STARTS,
    NAMESPACE_ASKED,
    NAMESPACE_EMPTIED,
    NOT_A_POD,
    RULES,
    RULES_OF_RESOURCE,
    UNATTRIBUTED,
    Group,
    Relation,
    Rule,
)
from visualizer.flow.selection import SELECTING, Selection
from visualizer.flow.steps import Channel, Memory, Step
from visualizer.objects import AnyObject, Pod
from visualizer.store import Store

_LOOKED_AT: Final = 64
"""How many writes are looked at, for each thing that a rule looks back to."""

_ALIKE_S: Final = 0.5
"""Writes this close before an effect are as likely its cause as the last of them."""

UNKNOWN: Final = "unknown:unknown"
_INTERACTIVE: Final = frozenset({"client:kubectl", "client:helm"})
"""Programs that only ever do what a person tells them."""


class Cause(Struct, frozen=True, gc=False):
    """What woke a write: an earlier step, or, for a root, None. ``follows`` is a step's ``seq`` that a root rests on.

    ``among`` says how many writes to different objects are as likely, this one included.
    """

    step: Step | None
    rule: str
    certainty: Certainty
    among: int = 1
    follows: int = 0


_NO_CAUSE: Final = Cause(None, "no-cause", "unknown", among=0)
_SEEN: Final = Cause(None, "kubelet-saw", "inferred")
_OF_NODE: Final = Cause(None, "node-status", "inferred")
_OWN_DOING: Final = Cause(None, "own-doing", "inferred")

_PODS: Final = "v1/pods"
_LEASES: Final = "coordination.k8s.io/v1/leases"

_NAMESPACES: Final = "v1/namespaces"

ADMITTED: Final = frozenset({"v1/resourcequotas", "networking.k8s.io/v1/ipaddresses", "policy/v1/poddisruptionbudgets"})
"""What the API server writes while it serves somebody's request, before the object asked for: see ``traces.py``."""


class Finder:
    """Finds causes in a memory."""

    def __init__(self, memory: Memory) -> None:
        self._memory = memory

    def find(self, store: Store, step: Step, obj: AnyObject, old: AnyObject | None) -> Cause:
        """The cause of this step, which wrote ``obj`` where ``old`` was."""
        if step.component.startswith("kubelet:"):
            return self._of_kubelet(step, obj, old)
        selection = Selection(store, step, obj, old) if step.resource in SELECTING else None
        cause = self.find_again(step, selection)
        if cause.rule == "node-silent":
            lease = store.get(_LEASES, f"{NODE_LEASES}/{step.name}")
            return msgspec.structs.replace(cause, follows=lease.seq if lease is not None else 0)
        return cause

    def find_again(self, step: Step, selection: Selection | None = None) -> Cause:
        """The same, from what is remembered of the step alone. A kubelet's writes are not found again."""
        actor, _, name = step.component.partition(":")
        if actor == "client":
            return self._of_client(step)
        if actor == "unknown":
            return self._of_unknown(step, selection)
        if actor == "apiserver":
            return self._by_rules(step, GENERIC) or _OWN_DOING
        timed = self._by_clock(step, name)
        if timed is not None:
            return timed
        if name == "namespace-controller" and step.resource == _NAMESPACES:
            return self._of_namespace(step)
        rules = RULES.get((name, step.resource)) or RULES.get((name, "*"))
        if rules is None and name == CONTROLLER_MANAGER:
            rules = RULES_OF_RESOURCE.get(step.resource)
        found = self._by_rules(step, rules, selection) if rules else None
        return found or self._by_rules(step, GENERIC) or _NO_CAUSE

    def _of_client(self, step: Step) -> Cause:
        """A person's command is a root. A program may be a controller: then it acts for an owner, or writes back."""
        if step.aspects & (DISRUPTED | DELETING) and step.resource == _PODS:
            found = self._pick(step, EVICTED)
            is_drain = found is not None and found.step is not None and found.step.component == step.component
            return found if found is not None and is_drain else Cause(None, "command", step.who_certainty)
        if step.component in _INTERACTIVE:
            return Cause(None, "command", step.who_certainty)
        if step.aspects & CREATED and step.owner:
            found = self._pick(step, (Rule("owner-reference", "owner", DEMAND, certainty="observed"),))
        elif step.subresource == "status":
            found = self._pick(step, (Rule("writes-back", "self", DEMAND, within_s=15.0, since=True),))
        else:
            found = None
        return found or Cause(None, "command", step.who_certainty)

    def _of_unknown(self, step: Step, selection: Selection | None) -> Cause:
        """What is gone with its last finalizer was released by somebody: that is a write of its own."""
        if step.aspects & GONE and step.aspects & FINALIZERS:
            return self._pick(step, FREED) or Cause(
                None, "no-cause", "unknown", among=0, follows=_last(self._memory.about(step.uid), DELETING, step)
            )
        if selection is None:
            return self._by_rules(step, UNATTRIBUTED) or _NO_CAUSE
        found = self._by_rules(step, RULES_OF_RESOURCE[step.resource], selection)
        if found is None or selection.is_by_name:  # what it names is its cause, whoever wrote it
            return found or self._by_rules(step, UNATTRIBUTED) or _NO_CAUSE
        return msgspec.structs.replace(found, certainty="guessed")

    def _of_namespace(self, step: Step) -> Cause:
        """A Namespace ends when it is empty. That belongs to whoever asked for it, not to the last that held on."""
        asked = self._pick(step, NAMESPACE_ASKED)
        emptied = self._pick(step, NAMESPACE_EMPTIED)
        if asked is None or asked.step is None:
            return emptied or self._by_rules(step, GENERIC) or _NO_CAUSE
        if emptied is None or emptied.step is None or emptied.step.seq < asked.step.seq:
            return asked
        if emptied.step.trace == asked.step.trace:
            return emptied
        return Cause(asked.step, asked.rule, asked.certainty, follows=emptied.step.seq)

    def _of_kubelet(self, step: Step, obj: AnyObject, old: AnyObject | None) -> Cause:
        if not isinstance(obj, Pod):
            return self._pick(step, NOT_A_POD) or _OF_NODE
        if obj.metadata.deletion_timestamp is not None or step.aspects & GONE:
            return self._pick(step, KUBELET_ENDS) or _NO_CAUSE
        found = self._pick(step, KUBELET_STARTS)
        since = found.step.seq if found is not None and found.step is not None else 0
        told = self._last_told(step, since)
        is_news = step.aspects & (UNREADY | EXITED | FINISHED) and not _may_finish(obj)
        if told is None:
            return found or (_SEEN if is_news or step.aspects & READY else _NO_CAUSE)
        if is_news and isinstance(old, Pod) and _is_ready(old):
            return _SEEN
        seen = next((each for each in told if each.rule == _SEEN.rule), None)
        return Cause(seen, "goes-on", "inferred") if seen is not None else found or _NO_CAUSE

    def _last_told(self, step: Step, since: int) -> Sequence[Step] | None:
        """What this kubelet wrote of the Pod since that frame, newest first, or None where that is nothing."""
        about = self._memory.about(step.uid)
        own = [
            about[seq]
            for seq in reversed(about)
            if seq > since and about[seq].component == step.component and about[seq].is_before(step)
        ]
        return own or None

    def _by_clock(self, step: Step, name: str) -> Cause | None:
        """What a clock sets off. It follows what told the clock to: a CronJob, an autoscaler, the last heartbeat."""
        if name == "cronjob-controller" and step.resource == "batch/v1/jobs" and step.aspects & CREATED:
            return Cause(None, "schedule", "inferred", follows=_last(self._memory.about(step.owner), DEMAND, step))
        if name == "horizontal-pod-autoscaler":
            found = self._pick(step, AUTOSCALED) if step.resource.startswith("autoscaling/") else None
            return found or Cause(None, "metrics", "inferred")
        if name == "node-controller" and step.resource == "v1/nodes" and step.aspects & UNREADY:
            return Cause(None, "node-silent", "inferred")
        return None

    def _by_rules(self, step: Step, groups: Sequence[Group], selection: Selection | None = None) -> Cause | None:
        for group in groups:
            found = self._pick(step, group, selection)
            if found is not None:
                return found
        return None

    def _pick(self, step: Step, group: Group, selection: Selection | None = None) -> Cause | None:
        """The latest write that a rule of this group leads to."""
        best: Step | None = None
        chosen: Rule | None = None
        since = -1
        for rule in group:
            if not step.aspects & rule.effect:
                continue
            if rule.since and since < 0:
                since = _last_by(self._memory.about(step.uid), step.component)
            chosen_by = selection if rule.relation == "selected" else None
            found = self._latest(step, rule, since if rule.since else 0, chosen_by)
            if found is not None and (best is None or found.seq > best.seq):
                best, chosen = found, rule
        if best is None or chosen is None:
            return None
        if chosen.relation != "selected":
            selection = None
        among, traces = self._alike(step, chosen, best, selection)
        name, certainty = chosen.name, chosen.certainty
        if selection is not None and selection.is_by_name:
            name, certainty = "names-pods", "observed"
        return Cause(best, name, certainty if traces < 2 else "guessed", among=among)

    def _latest(self, step: Step, rule: Rule, since: int, selection: Selection | None) -> Step | None:
        best: Step | None = None
        oldest = step.ts - rule.within_s
        for channel in self._related(step, rule.relation):
            for seq in islice(reversed(channel), _LOOKED_AT):
                if seq <= since or (best is not None and seq < best.seq):
                    break
                each = channel[seq]
                if each.ts < oldest:
                    break
                if not each.aspects & rule.cause or (not rule.own and _is_same_writer(each, step)):
                    continue
                if rule.by and not each.component.startswith(rule.by):
                    continue
                if each.is_before(step) and (selection is None or selection.has(each)):
                    best = each
                    break
        return best

    def _alike(self, step: Step, rule: Rule, best: Step, selection: Selection | None) -> tuple[int, int]:
        """How many objects' writes, just before, are as likely the cause, and of how many traces they are."""
        if rule.relation in _SINGLE:
            return 1, 1
        objects, traces = {best.ref}, {best.trace}
        since = _last_by(self._memory.about(step.uid), step.component)
        for channel in self._related(step, rule.relation):
            for seq in islice(reversed(channel), _LOOKED_AT):
                each = channel[seq]
                if seq <= since or each.ts < best.ts - _ALIKE_S:
                    break
                if selection is not None and not selection.has(each):
                    continue
                if each.aspects & rule.cause and (rule.own or not _is_same_writer(each, step)):
                    objects.add(each.ref)
                    traces.add(each.trace)
        return len(objects), len(traces)

    def _related(self, step: Step, relation: Relation) -> Iterable[Channel]:
        return _RELATED[relation](self._memory, step)


def _workloads(memory: Memory, step: Step) -> Iterable[Channel]:
    kinds = ("apps/v1/deployments", "apps/v1/replicasets", "apps/v1/statefulsets")
    return [memory.within(kind, step.namespace) for kind in kinds]


def _within(resource: str) -> Callable[[Memory, Step], Iterable[Channel]]:
    return lambda memory, step: (memory.within(resource, step.namespace),)


_RELATED: Final[dict[Relation, Callable[[Memory, Step], Iterable[Channel]]]] = {
    "self": lambda memory, step: (memory.about(step.uid),),
    "owner": lambda memory, step: (memory.about(step.owner),) if step.owner else (),
    "owned": lambda memory, step: (memory.owned_by(step.uid),) if step.uid else (),
    "siblings": lambda memory, step: (memory.owned_by(step.owner),) if step.owner else (),
    "namespace": lambda memory, step: (memory.named("v1/namespaces", step.namespace),),
    "node": lambda memory, step: (memory.named("v1/nodes", step.node),),
    "nodes": lambda memory, _step: (memory.within("v1/nodes", ""),),
    "service": lambda memory, step: (memory.named("v1/services", step.target),),
    "endpoints": lambda memory, step: (memory.named("v1/endpoints", step.target),),
    "selected": _within("v1/pods"),
    "pods": _within("v1/pods"),
    "ended": lambda memory, step: (memory.ended_within(step.namespace),),
    "inside": lambda memory, step: (memory.ended_within(step.name),),
    "kind": lambda memory, step: (memory.within(step.resource, step.namespace),),
    "claims": _within("v1/persistentvolumeclaims"),
    "volumes": lambda memory, _step: (memory.within("v1/persistentvolumes", ""),),
    "sets": _within("apps/v1/statefulsets"),
    "workloads": _workloads,
}
_SINGLE: Final[frozenset[Relation]] = frozenset({"self", "owner", "namespace", "node", "service", "endpoints"})
"""Relations to one object, of which the last write outdoes those before."""


def _last(channel: Channel, aspects: int, before: Step) -> int:
    earlier = (channel[seq] for seq in reversed(channel) if channel[seq].is_before(before))
    return next((step.seq for step in earlier if step.aspects & aspects), 0)


def _last_by(channel: Channel, component: str) -> int:
    return next((seq for seq in reversed(channel) if channel[seq].component == component), 0)


def _is_same_writer(one: Step, other: Step) -> bool:
    return one.component == other.component and one.component != UNKNOWN


def _is_ready(pod: Pod) -> bool:
    return any(each.type == "Ready" and each.status == "True" for each in pod.status.conditions or ())


def _may_finish(pod: Pod) -> bool:
    """Whether the Pod is one that ends by itself: nobody's, or a Job's."""
    owners = pod.metadata.owner_references or ()
    return not any(each.controller and each.kind != "Job" for each in owners)
