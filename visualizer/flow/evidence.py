"""Evidence: what one watch event tells of who made the write.

Rules see one change: the object before and after, and when it was seen. What other objects would tell (an
owner that is gone, a namespace that is ending) is not used. So a write has the same author wherever it is
asked about.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Final

import msgspec
from msgspec import Struct

from visualizer.flow import managers
from visualizer.flow.attribution import UNKNOWN, Attribution, Certainty, Rule, identify, identify_recorder
from visualizer.flow.audits import read_audit
from visualizer.flow.controllers import (
    GARBAGE_COLLECTOR,
    NODE,
    OF_OWNER,
    SERVICE_ACCOUNT,
    disruption_of,
    find_controller,
    find_finalizer,
    owner_of,
)
from visualizer.flow.deletions import (
    Surroundings,
    begins_deletion,
    guess_kubectl,
    infer_client,
    read_deletion,
    read_end_of_pod,
)
from visualizer.flow.strangers import leave_out_strangers
from visualizer.flow.times import read_time
from visualizer.objects import (
    AnyObject,
    ContainerStatus,
    Event,
    Lease,
    ManagedFields,
    Metadata,
    Node,
    OwnerReference,
    Pod,
    Workload,
)
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
_NODE_STATE: Final = "node.kubernetes.io/"
"""What the keys of the taints begin with that tell of a Node's state (kubernetes.io/docs/reference/labels-...)."""

_BINDING: Final = Write(Attribution("scheduler", managers.SCHEDULER, "inferred", "binding"), "binding")
_WORKLOAD_STATUS: Final = Write(
    Attribution("controller", managers.CONTROLLER_MANAGER, "inferred", "workload-status"), "status"
)
_NAMESPACE_END: Final = Write(Attribution("controller", "namespace-controller", "inferred", "namespace-finalized"))
_DEFAULT_ACCOUNT: Final = Write(Attribution("controller", SERVICE_ACCOUNT, "inferred", "default-account"))
_EXPIRY: Final = Write(Attribution("etcd", "etcd", "inferred", "event-expired"))


def attribute(change: Change, ts: float, around: Surroundings | None = None) -> Attribution:
    """Who made this write, which was seen at ``ts`` (unix seconds)."""
    return read_write(change, ts, around).author


def read_write(change: Change, ts: float, around: Surroundings | None = None) -> Write:
    """Who made this write, which was seen at ``ts`` (unix seconds), and through which subresource.

    ``around`` is what stands beside it; without, a deletion is mostly unknown. What a list showed was written by
    anyone at any time: its author is unknown. What was inferred from two lists may be several writes, and was seen
    long after: who left traces in the object wrote, but maybe not alone. Where an audit log said who wrote, that is it.
    """
    if change.writer is not None:
        return Write(read_audit(change.writer), change.writer.subresource)
    write = _read(change, ts, around) if change.inferred_since is None else _weaken(_read_difference(change))
    if write.author.component != managers.CONTROLLER_MANAGER or change.new is None:
        return write
    old = None if is_creation(change) or change.old is None else change.old.object
    name = find_controller(change.resource, write.subresource, old, change.object)
    return Write(_named(write.author, name), write.subresource) if name else write


def _read(change: Change, ts: float, around: Surroundings | None) -> Write:
    """The write, of which kube-controller-manager may be the author as a whole."""
    new = change.object
    if change.type == "LISTED":
        return _UNKNOWN_WRITE
    if change.type == "DELETED":
        return _read_deletion(change, ts, around) or _UNKNOWN_WRITE
    if isinstance(new, Event):
        return Write(identify_recorder(new))
    if change.old is None or is_creation(change):
        return _read_creation(change.resource, new, around) or _UNKNOWN_WRITE
    old = change.old.object
    if begins_deletion(old, new):
        author = read_deletion(change, ts, around) if around else None
        return Write(author) if author else _UNKNOWN_WRITE
    if isinstance(new, Pod) and isinstance(old, Pod) and new.spec.node_name and not old.spec.node_name:
        return _BINDING
    return (
        _read_altered_entry(change.resource, old, new, ts)
        or _read_own_fields(change.resource, old, new, around)
        or _read_fresh_entry(change.resource, old, new, ts)
        or _UNKNOWN_WRITE
    )


def _read_difference(change: Change) -> Write:
    """The same by what the object itself says of its writers; when it was seen means nothing here."""
    new = change.object
    if change.type == "DELETED" or isinstance(new, Event):
        return _UNKNOWN_WRITE
    if change.old is None or is_creation(change):
        return _read_creation(change.resource, new, None) or _UNKNOWN_WRITE
    return _read_altered_entry(change.resource, change.old.object, new, None) or _UNKNOWN_WRITE


def _weaken(write: Write) -> Write:
    author = write.author
    if author.certainty != "observed":
        return write
    return Write(msgspec.structs.replace(author, certainty="inferred"), write.subresource)


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


def _read_creation(resource: str, new: AnyObject, around: Surroundings | None) -> Write | None:
    """A new object has one entry, as old as itself.

    With more, it is first seen in mid-life, after an unknown write. A ServiceAccount may be no more than a name, and
    then has none: the one called ``default`` is made for each Namespace.
    """
    entries = new.metadata.managed_fields or ()
    if not entries and resource == "v1/serviceaccounts" and around is not None:
        return _read_bare_account(new.metadata.name, around)
    if len(entries) != 1:
        return None
    created, stamped = read_time(new.metadata.creation_timestamp), read_time(entries[0].time)
    if created is None or stamped is None or abs(created - stamped) > _TOLERANCE_S:
        return None
    return _read_entries(resource, new, entries, certainty="observed", rule="creation")


def _read_altered_entry(resource: str, old: AnyObject, new: AnyObject, ts: float | None) -> Write | None:
    """The API server stamps the entry of whoever sets a field: the one that is new, or altered, is the writer's.

    An entry stamped before others that were already there is none of this write's: clients may send entries along.
    Where there were none before, they may have been taken away: then only one of this very second counts. ``ts`` is
    when the write was seen, or None where that does not tell.
    """
    entries, before = new.metadata.managed_fields, old.metadata.managed_fields or ()
    if not entries or entries == before:
        return None
    altered = [each for each in entries if each not in before and each.manager not in managers.BOOKKEEPING]
    if len(altered) != 1:
        return None
    stamp = altered[0].time
    if any(stamp and other.time and stamp < other.time for other in before):
        return None
    if not before and ts is not None and not _is_of_second(read_time(stamp), ts):
        return None
    return _read_entries(resource, new, altered, certainty="observed", rule="managed-fields")


def _is_of_second(stamped: float | None, ts: float) -> bool:
    """Whether an entry was stamped in the second in which the event was seen, give or take what clocks differ."""
    return stamped is not None and -_TOLERANCE_S <= ts - stamped < 1 + _TOLERANCE_S


def _read_bare_account(name: str, around: Surroundings) -> Write | None:
    if name == "default":
        return _DEFAULT_ACCOUNT
    return Write(guess_kubectl("bare-account")) if around.recent.is_stamped else None


def _read_own_fields(resource: str, old: AnyObject, new: AnyObject, around: Surroundings | None) -> Write | None:
    """Fields that, by design, one component sets."""
    if name := find_finalizer(old.metadata, new.metadata):
        return Write(Attribution("controller", name, "inferred", "finalizer"))
    if isinstance(new, Pod) and isinstance(old, Pod):
        return _read_pod_fields(old, new, around)
    if isinstance(new, Node) and isinstance(old, Node):
        return _read_node_fields(old, new)
    if isinstance(new, Workload) and isinstance(old, Workload) and _is_status_write(old, new):
        return _WORKLOAD_STATUS
    if isinstance(new, Lease) and new.metadata.namespace == managers.NODE_LEASES:
        return Write(_infer_kubelet("node-lease", new.metadata.name))
    return _read_lost_label(resource, old, new)


def _read_lost_label(resource: str, old: AnyObject, new: AnyObject) -> Write | None:
    """Of what Kubernetes has built in, only clients take labels away."""
    lost = set(old.metadata.labels or ()) - set(new.metadata.labels or ())
    if not lost or old.metadata.generation != new.metadata.generation or not _is_built_in(resource):
        return None
    return _read_leaver(resource, old, new, "label-removed")


def _read_leaver(resource: str, old: AnyObject, new: AnyObject, rule: Rule) -> Write | None:
    """A client that took away all that it had set has no entry any more; where none left, it is a guess."""
    if not new.metadata.managed_fields:
        return None
    left = {each.manager for each in old.metadata.managed_fields or ()}
    left -= {each.manager for each in new.metadata.managed_fields}
    authors = {identify(resource, new, name, certainty="inferred", rule=rule) for name in left}
    clients = [author for author in authors if author.actor == "client"]
    return Write(clients[0] if len(clients) == 1 else guess_kubectl(rule))


def _is_built_in(resource: str) -> bool:
    group = resource.rpartition("/v")[0]
    return "." not in group or group.endswith(".k8s.io")


def _read_pod_fields(old: Pod, new: Pod, around: Surroundings | None) -> Write | None:
    if old.metadata.deletion_timestamp and _deadline(old.metadata) != _deadline(new.metadata):
        author = read_end_of_pod(old, new, around)
        return Write(author) if author else None
    if new.spec.node_name and _containers_of(new) != _containers_of(old):
        return Write(_infer_kubelet("container-statuses", new.spec.node_name), "status")
    if disruption_of(new) == "EvictionByEvictionAPI" != disruption_of(old):
        author = infer_client("v1/pods", new, "evicted")
        return Write(author, "eviction") if author else None
    before, after = owner_of(old.metadata), owner_of(new.metadata)
    if before.kind in OF_OWNER and not after.kind:
        return Write(Attribution("controller", _find_releaser(before, around), "inferred", "released"))
    return _read_lost_label("v1/pods", old, new)


def _find_releaser(owner: OwnerReference, around: Surroundings | None) -> str:
    """An owner's controller lets go of what its selector no longer finds; the collector, of what an owner leaves."""
    place = around.store.find_uid(owner.uid) if around else None
    entry = around.store.get(*place) if around and place else None
    is_ending = entry is not None and entry.object.metadata.deletion_timestamp is not None
    return GARBAGE_COLLECTOR if is_ending else OF_OWNER[owner.kind]


def _containers_of(pod: Pod) -> tuple[Sequence[ContainerStatus] | None, ...]:
    status = pod.status
    return status.container_statuses, status.init_container_statuses, status.ephemeral_container_statuses


def _read_node_fields(old: Node, new: Node) -> Write | None:
    """A Node is cordoned and uncordoned by a client; the taints that tell of its state are the node controller's."""
    if (old.spec.unschedulable or False) != (new.spec.unschedulable or False):
        return _read_leaver("v1/nodes", old, new, "cordon")
    before, after = old.spec.taints or (), new.spec.taints or ()
    altered = [each for each in (*before, *after) if each not in before or each not in after]
    if altered and all(each.key.startswith(_NODE_STATE) for each in altered):
        return Write(Attribution("controller", NODE, "inferred", "node-taints"))
    return _read_lost_label("v1/nodes", old, new)


def _read_fresh_entry(resource: str, old: AnyObject, new: AnyObject, ts: float) -> Write | None:
    """Entries are stamped to the second, so a second write within one alters none: the freshest tells.

    That holds for a write that sets a field. One that only takes away (a finalizer, an owner) stamps nothing.
    """
    entries = new.metadata.managed_fields
    if not entries or _is_taken_from(old.metadata, new.metadata):
        return None
    latest = max([each.time or "" for each in entries])
    if not _is_of_second(read_time(latest), ts):
        return _read_scale_entry(resource, old, new, entries)
    fresh = [each for each in entries if each.time == latest]
    is_status = _is_status_write(old, new)
    fitting: Sequence[ManagedFields]
    fitting = [each for each in fresh if is_status is None or (each.subresource == "status") == is_status]
    if not fitting:
        return _read_scale_entry(resource, old, new, entries)
    if len(fitting) > 1:
        fitting = leave_out_strangers(old, new, fitting)
    return _read_entries(resource, new, fitting, certainty="inferred", rule="same-second")


def _read_scale_entry(resource: str, old: AnyObject, new: AnyObject, entries: Sequence[ManagedFields]) -> Write | None:
    """Entries of the scale subresource carry no time: whoever scales once more alters none of them."""
    if not isinstance(old, Workload) or not isinstance(new, Workload) or old.spec.replicas == new.spec.replicas:
        return None
    scales = [each for each in entries if each.subresource == "scale" and each.time is None]
    return _read_entries(resource, new, scales, certainty="inferred", rule="scale-again")


def _read_entries(
    resource: str, obj: AnyObject, entries: Sequence[ManagedFields], *, certainty: Certainty, rule: Rule
) -> Write | None:
    """The write that these entries tell of, if all of them are one author's."""
    if len(entries) == 1:
        manager, subresource = entries[0].manager, entries[0].subresource
        if manager in managers.BOOKKEEPING:
            return None
        return Write(identify(resource, obj, manager, certainty=certainty, rule=rule), subresource)
    names = {each.manager for each in entries} - managers.BOOKKEEPING
    authors = {identify(resource, obj, name, certainty=certainty, rule=rule) for name in names}
    if len(authors) != 1:
        return None
    subresources = {each.subresource for each in entries}
    return Write(authors.pop(), subresources.pop() if len(subresources) == 1 else "")


def _read_deletion(change: Change, ts: float, around: Surroundings | None) -> Write | None:
    """A deletion names no writer. Without what stands beside it, little is told."""
    last, old = change.object, change.old.object if change.old else None
    if isinstance(last, Event) and ts - _last_written(last.metadata, default=ts) >= EVENT_TTL_S:
        return _EXPIRY
    if around is not None:
        author = read_deletion(change, ts, around)
        return Write(author) if author else None
    if isinstance(last, Pod):
        author = read_end_of_pod(old, last, None) if old and old.metadata.deletion_timestamp else None
        return Write(author) if author else None
    return _NAMESPACE_END if change.resource == "v1/namespaces" else None


@lru_cache(maxsize=256)
def _named(author: Attribution, controller: str) -> Attribution:
    """The same answer, with the controller's own name."""
    return msgspec.structs.replace(author, component=controller)


def _infer_kubelet(rule: Rule, node: str) -> Attribution:
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
    if _deadline(old) != _deadline(new):
        return True
    if len(old.finalizers or ()) > len(new.finalizers or ()):
        return True
    if len(old.owner_references or ()) > len(new.owner_references or ()):
        return True
    return len(old.labels or ()) > len(new.labels or ())


def _deadline(metadata: Metadata) -> tuple[str | None, int | None]:
    return metadata.deletion_timestamp, metadata.deletion_grace_period_seconds


def _last_written(metadata: Metadata, *, default: float) -> float:
    """When a field was last set, in unix seconds."""
    stamps = [metadata.creation_timestamp, *(each.time for each in metadata.managed_fields or ())]
    written = [read_time(stamp) for stamp in stamps]
    return max((stamp for stamp in written if stamp is not None), default=default)
