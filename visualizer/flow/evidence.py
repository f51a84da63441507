"""Evidence: what one watch event tells of who made the write.

Rules see one change: the object before and after, and when it was seen. What other objects would tell (an
owner that is gone, a namespace that is ending) is not used. So a write has the same author wherever it is
asked about.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache
from typing import Final

import msgspec
from msgspec import Struct

from visualizer.flow import managers
from visualizer.flow.attribution import UNKNOWN, Attribution, Certainty, identify, identify_recorder
from visualizer.flow.controllers import find_controller
from visualizer.objects import AnyObject, Event, Lease, ManagedFields, Metadata, Node, Pod, Workload
from visualizer.store import Change

EVENT_TTL_S: Final = 3600.0
"""How long etcd keeps an Event after its last write, where kube-apiserver's ``--event-ttl`` is not set."""

_TOLERANCE_S: Final = 1.0
"""How far two clocks' times of one write may lie apart, beside the server's cutting to seconds."""


class Write(Struct, frozen=True, gc=False):
    """A write's author, and its subresource: "" for the object itself, or where that is not told."""

    author: Attribution
    subresource: str = ""


_UNKNOWN_WRITE: Final = Write(UNKNOWN)
_LONGEST_TIME: Final = len("2026-11-23T10:11:14.962860123+00:00")
_KEEPS_PODS_RUNNING: Final = frozenset({"DaemonSet", "ReplicaSet", "ReplicationController", "StatefulSet"})
_BINDING: Final = Write(Attribution("scheduler", managers.SCHEDULER, "inferred", "binding"), "binding")
_WORKLOAD_STATUS: Final = Write(
    Attribution("controller", managers.CONTROLLER_MANAGER, "inferred", "workload-status"), "status"
)
_NAMESPACE_END: Final = Write(Attribution("controller", "namespace-controller", "inferred", "namespace-finalized"))
_EXPIRY: Final = Write(Attribution("etcd", "etcd", "inferred", "event-expired"))


def attribute(change: Change, ts: float) -> Attribution:
    """Who made this write, which was seen at ``ts`` (unix seconds)."""
    return read_write(change, ts).author


def read_write(change: Change, ts: float) -> Write:
    """Who made this write, which was seen at ``ts`` (unix seconds), and through which subresource.

    What a list showed was written by anyone at any time: its author is unknown.
    """
    write = _read(change, ts)
    if write.author.component != managers.CONTROLLER_MANAGER or change.new is None:
        return write
    old = None if is_creation(change) or change.old is None else change.old.object
    name = find_controller(change.resource, write.subresource, old, change.object)
    return Write(_named(write.author, name), write.subresource) if name else write


def _read(change: Change, ts: float) -> Write:
    """The write, of which kube-controller-manager may be the author as a whole."""
    new = change.object
    if change.type == "LISTED":
        return _UNKNOWN_WRITE
    if change.type == "DELETED":
        return _read_deletion(change, ts) or _UNKNOWN_WRITE
    if isinstance(new, Event):
        return Write(identify_recorder(new))
    if change.old is None or is_creation(change):
        return _read_creation(change.resource, new) or _UNKNOWN_WRITE
    old = change.old.object
    return (
        _read_altered_entry(change.resource, old, new)
        or _read_own_fields(old, new)
        or _read_fresh_entry(change.resource, old, new, ts)
        or _UNKNOWN_WRITE
    )


def is_creation(change: Change) -> bool:
    """Whether the object is a new one: none of its name was known, or one with another uid."""
    return change.old is None or change.old.object.metadata.uid != change.object.metadata.uid


def find_residents(change: Change) -> list[Attribution]:
    """The components that a listed object shows to be there: a Node its kubelet, a Lease its writers."""
    obj = change.object
    if not isinstance(obj, Node | Lease):
        return []
    names = dict.fromkeys(entry.manager for entry in obj.metadata.managed_fields or ())
    found = [identify(change.resource, obj, name, certainty="observed", rule="managed-fields") for name in names]
    return [author for author in found if author.actor in ("apiserver", "controller", "scheduler", "kubelet")]


def _read_creation(resource: str, new: AnyObject) -> Write | None:
    """A new object has one entry, as old as itself.

    With more, it is first seen in mid-life, after an unknown write.
    """
    entries = new.metadata.managed_fields or ()
    if len(entries) != 1:
        return None
    created, stamped = _seconds(new.metadata.creation_timestamp), _seconds(entries[0].time)
    if created is None or stamped is None or abs(created - stamped) > _TOLERANCE_S:
        return None
    return _read_entries(resource, new, entries, certainty="observed", rule="creation")


def _read_altered_entry(resource: str, old: AnyObject, new: AnyObject) -> Write | None:
    """The API server stamps the entry of whoever sets a field: what is new among the entries is the writer's.

    An entry stamped before others that were already there is none of this write's: clients may send entries
    along.
    """
    entries, before = new.metadata.managed_fields, old.metadata.managed_fields or ()
    if not entries or entries == before:
        return None
    altered = [each for each in entries if each not in before]
    for each in altered:
        for other in before:
            if each.time and other.time and each.time < other.time:
                return None
    return _read_entries(resource, new, altered, certainty="observed", rule="managed-fields")


def _read_own_fields(old: AnyObject, new: AnyObject) -> Write | None:
    """Fields that, by design, one component sets."""
    if isinstance(new, Pod) and isinstance(old, Pod):
        if new.spec.node_name and not old.spec.node_name:
            return _BINDING
        if old.metadata.deletion_timestamp not in (None, new.metadata.deletion_timestamp):
            return _read_end_on_node(new)
        if new.spec.node_name and new.status.container_statuses != old.status.container_statuses:
            return Write(_infer_kubelet("container-statuses", new.spec.node_name), "status")
    elif isinstance(new, Workload) and isinstance(old, Workload):
        return _WORKLOAD_STATUS if _is_status_write(old, new) else None
    elif isinstance(new, Lease) and new.metadata.namespace == managers.NODE_LEASES:
        return Write(_infer_kubelet("node-lease", new.metadata.name))
    return None


def _read_fresh_entry(resource: str, old: AnyObject, new: AnyObject, ts: float) -> Write | None:
    """Entries are stamped to the second, so a second write within one alters none: the freshest tells.

    That holds for a write that sets a field. One that only takes away (a finalizer, an owner) stamps nothing.
    """
    entries = new.metadata.managed_fields
    if not entries or _is_taken_from(old.metadata, new.metadata):
        return None
    latest = max([each.time or "" for each in entries])
    stamped = _seconds(latest)
    if stamped is None or not -_TOLERANCE_S <= ts - stamped < 1 + _TOLERANCE_S:
        return _read_scale_entry(resource, old, new, entries)
    fresh = [each for each in entries if each.time == latest]
    is_status = _is_status_write(old, new)
    fitting = [each for each in fresh if is_status is None or (each.subresource == "status") == is_status]
    return _read_entries(resource, new, fitting or fresh, certainty="inferred", rule="same-second")


def _read_scale_entry(resource: str, old: AnyObject, new: AnyObject, entries: Sequence[ManagedFields]) -> Write | None:
    """Entries of the scale subresource carry no time: whoever scales once more alters none of them."""
    if not isinstance(old, Workload) or not isinstance(new, Workload) or old.spec.replicas == new.spec.replicas:
        return None
    scales = [each for each in entries if each.subresource == "scale" and each.time is None]
    return _read_entries(resource, new, scales, certainty="inferred", rule="scale-again")


def _read_entries(
    resource: str, obj: AnyObject, entries: Sequence[ManagedFields], *, certainty: Certainty, rule: str
) -> Write | None:
    """The write that these entries tell of, if all of them are one manager's."""
    if len(entries) == 1:
        manager, subresource = entries[0].manager, entries[0].subresource
        if manager in managers.BOOKKEEPING:
            return None
        return Write(identify(resource, obj, manager, certainty=certainty, rule=rule), subresource)
    names = {each.manager for each in entries} - managers.BOOKKEEPING
    if len(names) != 1:
        return None
    subresources = {each.subresource for each in entries}
    author = identify(resource, obj, names.pop(), certainty=certainty, rule=rule)
    return Write(author, subresources.pop() if len(subresources) == 1 else "")


def _read_deletion(change: Change, ts: float) -> Write | None:
    """A deletion names no writer. What is told here hardly comes from anyone else."""
    last, old = change.object, change.old
    if isinstance(last, Pod):
        was_ending = old is not None and old.object.metadata.deletion_timestamp is not None
        return _read_end_on_node(last) if was_ending else None
    if isinstance(last, Event):
        return _EXPIRY if ts - _last_written(last.metadata, default=ts) >= EVENT_TTL_S else None
    return _NAMESPACE_END if change.resource == "v1/namespaces" else None


def _read_end_on_node(pod: Pod) -> Write | None:
    """A kubelet told to end a Pod ends its containers, reports so, and then deletes the Pod without grace.

    A Pod that may end by itself (a Job's), or was evicted, can be deleted by anyone later; its kubelet is
    then done with it.
    """
    containers = pod.status.container_statuses or ()
    if not pod.spec.node_name or pod.status.reason or not containers:
        return None
    if any(each.state is None or each.state.terminated is None for each in containers):
        return None
    owners = pod.metadata.owner_references or ()
    if not any(each.controller and each.kind in _KEEPS_PODS_RUNNING for each in owners):
        return None
    return Write(_infer_kubelet("pod-ended", pod.spec.node_name))


@lru_cache(maxsize=256)
def _named(author: Attribution, controller: str) -> Attribution:
    """The same answer, with the controller's own name."""
    return msgspec.structs.replace(author, component=controller)


def _infer_kubelet(rule: str, node: str) -> Attribution:
    return Attribution("kubelet", managers.KUBELET, "inferred", rule, node=node)


def _is_status_write(old: AnyObject, new: AnyObject) -> bool | None:
    """Whether the write went to the status and nothing else, or None where what is decoded does not tell."""
    if not isinstance(new, Pod | Node | Workload) or type(old) is not type(new):
        return False if old.metadata.generation != new.metadata.generation else None
    if old.metadata.generation != new.metadata.generation or old.spec != new.spec:
        return False
    return True if old.status != new.status and old.metadata.labels == new.metadata.labels else None


def _is_taken_from(old: Metadata, new: Metadata) -> bool:
    """Whether the write began a deletion, or took away a finalizer, an owner or a label."""
    if old.deletion_timestamp != new.deletion_timestamp:
        return True
    if len(old.finalizers or ()) > len(new.finalizers or ()):
        return True
    if len(old.owner_references or ()) > len(new.owner_references or ()):
        return True
    return len(old.labels or ()) > len(new.labels or ())


def _last_written(metadata: Metadata, *, default: float) -> float:
    """When a field was last set, in unix seconds."""
    stamps = [metadata.creation_timestamp, *(each.time for each in metadata.managed_fields or ())]
    written = [_seconds(stamp) for stamp in stamps]
    return max((stamp for stamp in written if stamp is not None), default=default)


@lru_cache(maxsize=1024)
def _seconds(stamp: str | None) -> float | None:
    """An RFC 3339 time in unix seconds, or None where it is none."""
    if not stamp or len(stamp) > _LONGEST_TIME:
        return None
    try:
        moment = datetime.fromisoformat(stamp)
        return moment.timestamp() if moment.tzinfo else None
    except (ValueError, OverflowError):
        return None
