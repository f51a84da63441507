"""Conditions: what has come true of a Pod, in order, and why it is not Ready, or is going.

The order is that in which the kubelet and the scheduler set them (pkg/kubelet/status/generate.go and KEP-3085 for
PodReadyToStartContainers). Readiness gates (KEP-580) are conditions of others, which have to be True as well.
"""

from __future__ import annotations

from typing import Final

from visualizer.containers.facts import ConditionFacts, Deletion
from visualizer.containers.lanes import MAX_TEXT, order, phase_of, state_words, status_of, waits_for
from visualizer.containers.manifest import Condition, Pod
from visualizer.containers.settings import hook_words
from visualizer.flow.times import read_time

_ORDER: Final = {
    "PodScheduled": "a node was chosen for it",
    "PodReadyToStartContainers": "its sandbox and network are there",
    "Initialized": "its init containers are done",
    "ContainersReady": "all of its containers are ready",
    "Ready": "it may get traffic",
}
_OTHERS: Final = {
    "DisruptionTarget": "it is to make way",
    "PodResizePending": "a resize of it waits",
    "PodResizeInProgress": "it is being resized",
}
_MOST_NAMED: Final = 3


def tell_conditions(pod: Pod) -> list[ConditionFacts]:
    """The five in order, the readiness gates before Ready, and then whatever else there is."""
    known = {each.type: each for each in pod.status.conditions or ()}
    gates = [gate.condition_type for gate in pod.spec.readiness_gates or () if gate.condition_type]
    names = [*list(_ORDER)[:-1], *dict.fromkeys(gate for gate in gates if gate not in _ORDER), "Ready"]
    told = [_tell(name, known.get(name), is_gate=name in gates) for name in names]
    return told + [_tell(name, each, is_gate=False) for name, each in known.items() if name not in names]


def is_ready(pod: Pod) -> bool:
    """Whether its condition Ready is True."""
    return any(each.type == "Ready" and each.status == "True" for each in pod.status.conditions or ())


def why(pod: Pod) -> str:
    """In a sentence why it is not Ready, the first reason that holds; or that it is."""
    known = {each.type: each for each in pod.status.conditions or ()}
    phase, going = pod.status.phase, pod.metadata.deletion_timestamp is not None
    if phase in ("Succeeded", "Failed"):
        how = "well" if phase == "Succeeded" else "with a failure"
        said = f" ({pod.status.reason})" if pod.status.reason else ""
        return f"It has ended {how}{said}."
    if is_ready(pod):
        return "It is Ready, though it is being deleted." if going else "It is Ready."
    ready = f"{'It is being deleted, and is' if going else 'It is'} not Ready"
    scheduled = known.get("PodScheduled")
    if pod.spec.scheduling_gates:
        return f"{ready}: scheduling gates hold it back."
    if not pod.spec.node_name and (scheduled is None or scheduled.status != "True"):
        return f"{ready}: it is on no node yet."
    if "PodReadyToStartContainers" in known and known["PodReadyToStartContainers"].status == "False":
        return f"{ready}: its sandbox and network are not there."
    if (blocked := _blocked(pod)) != "":
        return f"{ready}: {blocked}."
    if all(each.status == "True" for name, each in known.items() if name == "ContainersReady"):
        return _beyond_containers(ready, pod, known)
    return f"{ready}."


def tell_deletion(pod: Pod, *, is_listed: bool) -> Deletion | None:
    """What its deletion does and waits for, where it is to go. ``is_listed``: by an EndpointSlice."""
    if pod.metadata.deletion_timestamp is None:
        return None
    grace = pod.metadata.deletion_grace_period_seconds
    stops = [
        f"{container.name}: {hook_words('preStop', hook)}"
        for _, _, container in order(pod)
        if container.lifecycle and (hook := container.lifecycle.pre_stop)
    ]
    sidecars = [container.name for _, role, container in order(pod) if role == "sidecar"]
    words = ["EndpointSlices list it as terminating: new traffic goes elsewhere."] if is_listed else []
    if not _runs(pod):
        words.append("Nothing of it runs.")
    else:
        if stops:
            words.append(f"First the hooks run ({', '.join(stops[:_MOST_NAMED])}): their time counts.")
        words.append("Each container gets its stop signal, SIGTERM unless told otherwise.")
        if sidecars:
            words.append(f"Sidecars are stopped after the others, last started first: {', '.join(reversed(sidecars))}.")
        if grace is not None:
            words.append(f"What still runs {grace} s after the deletion began is killed (SIGKILL).")
    finalizers = pod.metadata.finalizers or []
    if finalizers:
        words.append(f"It stays until its finalizers are taken away: {', '.join(finalizers)}.")
    at = read_time(pod.metadata.deletion_timestamp)
    return Deletion(at=at, grace_seconds=grace, finalizers=finalizers, words=words)


def _runs(pod: Pod) -> bool:
    """Whether any container does."""
    statuses = (status_of(pod, container.name, role) for _, role, container in order(pod))
    return any(phase_of(status) == "running" for status in statuses)


def _blocked(pod: Pod) -> str:
    """The containers that are not ready, and what each waits for."""
    found = []
    for _, role, container in order(pod):
        status = status_of(pod, container.name, role)
        if role == "ephemeral" or (status is not None and status.ready):
            continue
        waits = waits_for(pod, container, role, status)
        found.append(f"{container.name} waits for {waits}" if waits else f"{container.name} is {state_words(status)}")
        if role == "init":
            break  # what comes after waits for it
    if len(found) > _MOST_NAMED:
        found = [*found[:_MOST_NAMED], f"{len(found) - _MOST_NAMED} more"]
    return ", ".join(found)


def _beyond_containers(ready: str, pod: Pod, known: dict[str, Condition]) -> str:
    gates = [gate.condition_type for gate in pod.spec.readiness_gates or ()]
    closed = [gate for gate in gates if gate not in known or known[gate].status != "True"]
    if closed:
        return f"{ready}: its containers are, but not its readiness gate {', '.join(closed)}."
    if "ContainersReady" not in known:
        return f"{ready}: its kubelet has told nothing yet."
    said = f" ({known['Ready'].reason})" if "Ready" in known and known["Ready"].reason else ""
    return f"{ready}{said}, though its containers are: so it is set where its node does not answer."


def _tell(name: str, condition: Condition | None, *, is_gate: bool) -> ConditionFacts:
    words = _ORDER.get(name) or ("a readiness gate" if is_gate else _OTHERS.get(name, ""))
    return ConditionFacts(
        type=name,
        status=condition.status if condition else "",
        words=words,
        reason=(condition.reason or "") if condition else "",
        message=((condition.message or "") if condition else "")[:MAX_TEXT],
        since=read_time(condition.last_transition_time) if condition else None,
        is_gate=is_gate,
    )
