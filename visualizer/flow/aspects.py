"""Aspects: what a write did to an object, as bits, so that a rule can say which writes would wake a controller.

A controller that counts ready Pods does not act when a Pod is bound. Aspects keep such writes from being taken for
causes. They are read from the object before and after; what is not decoded shows as ``SPEC`` or ``STATUS``.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from visualizer.flow.evidence import Write, is_creation
from visualizer.objects import AnyObject, Condition, ContainerStatus, Node, Pod, Workload
from visualizer.store import Change

CREATED: Final = 1 << 0
SPEC: Final = 1 << 1
"""What the object asks for altered, or anything else of it that is not status."""
STATUS: Final = 1 << 2
SCALED: Final = 1 << 3
"""``spec.replicas`` altered."""
LABELS: Final = 1 << 4
OWNERS: Final = 1 << 5
FINALIZERS: Final = 1 << 6
DELETING: Final = 1 << 7
"""The deletion timestamp was set."""
GONE: Final = 1 << 8
BOUND: Final = 1 << 9
UNSCHEDULABLE: Final = 1 << 10
ADDRESSED: Final = 1 << 11
"""A Pod got its IP."""
STARTED: Final = 1 << 12
"""A container of a Pod runs that did not before."""
EXITED: Final = 1 << 13
"""A container of a Pod has ended, or was restarted."""
READY: Final = 1 << 14
"""A Pod or a Node turned ready, or a workload counts more ready Pods."""
UNREADY: Final = 1 << 15
FINISHED: Final = 1 << 16
"""A Pod reached its last phase, or a Job its end."""
COUNTED: Final = 1 << 17
"""A workload counts more or fewer Pods."""
OBSERVED: Final = 1 << 18
"""``status.observedGeneration`` caught up with the spec."""
TAINTED: Final = 1 << 19
"""A Node's taints, or whether it takes Pods, altered."""
DISRUPTED: Final = 1 << 20
"""A Pod was marked to be disrupted (condition ``DisruptionTarget``)."""

CORDONED: Final = 1 << 21
UNCORDONED: Final = 1 << 22
OTHER: Final = 1 << 23
"""Something altered that none of these tells."""

ANY: Final = (1 << 24) - 1
DEMAND: Final = CREATED | SPEC | SCALED
ENDING: Final = DELETING | GONE | FINISHED
_ENDED: Final = ("Succeeded", "Failed")


def read_aspects(change: Change, write: Write) -> int:
    """What this write did to its object."""
    new = change.object
    if change.type == "DELETED":
        was_held = change.old is not None and change.old.object.metadata.finalizers
        return GONE | FINALIZERS if was_held else GONE
    if change.old is None or is_creation(change):
        return _of_new(new)
    old = change.old.object
    bits = _of_metadata(old, new)
    if isinstance(new, Pod) and isinstance(old, Pod):
        bits |= _of_pod(old, new)
        return (bits & ~LABELS if bits & BOUND else bits) or OTHER  # a binding brings the labels of the node's place
    if isinstance(new, Workload) and isinstance(old, Workload):
        return bits | _of_workload(old, new) or OTHER
    if isinstance(new, Node) and isinstance(old, Node):
        return bits | _of_node(old, new)
    if write.subresource == "status":
        return bits | STATUS | (OBSERVED if old.metadata.generation < new.metadata.generation else 0)
    if bits & ~LABELS:
        return bits
    has_spec = old.metadata.generation != new.metadata.generation or not new.metadata.generation
    return bits | (SPEC if has_spec else STATUS)


def _of_new(new: AnyObject) -> int:
    bits = CREATED
    if new.metadata.deletion_timestamp is not None:
        bits |= DELETING
    if isinstance(new, Pod) and new.spec.node_name:
        bits |= BOUND
    return bits


def _of_metadata(old: AnyObject, new: AnyObject) -> int:
    before, after, bits = old.metadata, new.metadata, 0
    if before.deletion_timestamp is None and after.deletion_timestamp is not None:
        bits |= DELETING
    if before.labels != after.labels:
        bits |= LABELS
    if before.owner_references != after.owner_references:
        bits |= OWNERS
    if before.finalizers != after.finalizers:
        bits |= FINALIZERS
    return bits


def _of_pod(old: Pod, new: Pod) -> int:
    bits = 0
    if new.spec is not old.spec and new.spec != old.spec:
        bits |= BOUND if new.spec.node_name != old.spec.node_name else SPEC
    if old.metadata.generation != new.metadata.generation and not bits and new.metadata.deletion_timestamp is None:
        bits |= SPEC
    before, after = old.status, new.status
    if before == after:
        return bits
    bits |= STATUS
    if before.pod_ip != after.pod_ip:
        bits |= ADDRESSED
    if before.phase != after.phase and after.phase in _ENDED:
        bits |= FINISHED
    bits |= _of_conditions(before.conditions, after.conditions)
    if before.container_statuses != after.container_statuses:
        bits |= _of_containers(before.container_statuses or (), after.container_statuses or ())
    return bits


def _of_conditions(before: Sequence[Condition] | None, after: Sequence[Condition] | None) -> int:
    if before == after:
        return 0
    was, now = _statuses(before), _statuses(after)
    bits = _of_ready(was.get("Ready"), now.get("Ready"))
    if now.get("PodScheduled") == "False" != was.get("PodScheduled"):
        bits |= UNSCHEDULABLE
    if now.get("DisruptionTarget") == "True" != was.get("DisruptionTarget"):
        bits |= DISRUPTED
    return bits


def _of_ready(was: str | None, now: str | None) -> int:
    if was == now:
        return 0
    if now == "True":
        return READY
    return UNREADY if was == "True" else 0


def _of_containers(before: Sequence[ContainerStatus], after: Sequence[ContainerStatus]) -> int:
    was, bits = {each.name: each for each in before}, 0
    for each in after:
        old = was.get(each.name)
        is_running = each.state is not None and each.state.running is not None
        was_running = old is not None and old.state is not None and old.state.running is not None
        if is_running and not was_running:
            bits |= STARTED
        if (was_running and not is_running) or (old is not None and each.restart_count > old.restart_count):
            bits |= EXITED
    return bits


def _of_workload(old: Workload, new: Workload) -> int:
    bits = 0
    if old.spec.replicas != new.spec.replicas:
        bits |= SCALED
    if old.metadata.generation != new.metadata.generation or old.spec != new.spec:
        bits |= SPEC
    before, after = old.status, new.status
    if before == after:
        return bits
    bits |= STATUS
    if before.observed_generation != after.observed_generation:
        bits |= OBSERVED
    was_ready, is_ready = _ready(old), _ready(new)
    bits |= READY if is_ready > was_ready else UNREADY if is_ready < was_ready else 0
    if _counted(old) != _counted(new):
        bits |= COUNTED
    if _has_finished(new) and not _has_finished(old):
        bits |= FINISHED
    return bits


def _ready(workload: Workload) -> int:
    status = workload.status
    return status.ready_replicas or status.number_ready or status.ready or 0


def _counted(workload: Workload) -> tuple[int | None, ...]:
    status = workload.status
    return (
        status.replicas,
        status.updated_replicas,
        status.current_replicas,
        status.terminating_replicas,
        status.desired_number_scheduled,
        status.succeeded,
        status.failed,
    )


def _has_finished(workload: Workload) -> bool:
    return any(
        each.status == "True" and each.type in ("Complete", "Failed") for each in workload.status.conditions or ()
    )


def _of_node(old: Node, new: Node) -> int:
    bits = TAINTED if old.spec != new.spec else 0
    if bool(old.spec.unschedulable) != bool(new.spec.unschedulable):
        bits |= CORDONED if new.spec.unschedulable else UNCORDONED
    if old.status != new.status:
        bits |= STATUS | _of_ready(
            _statuses(old.status.conditions).get("Ready"), _statuses(new.status.conditions).get("Ready")
        )
    return bits or OTHER


def _statuses(conditions: Sequence[Condition] | None) -> dict[str, str]:
    return {each.type: each.status for each in conditions or ()}
