"""Attribution: which component made a write, told from the watch event alone.

Every answer names its rule and how sure it is; docs/attribution.md tells each rule with the Kubernetes behaviour that
it rests on. What no rule can tell is ``unknown``: no answer is better than a wrong one. A field manager is a text that
the writer chose: it can name a known component or a program, and is never more than text here.

Rules see one change: the object before and after. What other objects would tell (an owner that is gone, a namespace
that is ending) is not used.
"""

from __future__ import annotations

from typing import Final, Literal

from msgspec import Struct

from visualizer.flow import managers
from visualizer.objects import AnyObject, Event, Lease, ManagedFields, Node, Pod
from visualizer.store import Change

Actor = Literal["client", "apiserver", "etcd", "controller", "scheduler", "kubelet", "proxy", "unknown"]
Certainty = Literal["observed", "inferred", "guessed", "unknown"]


class Attribution(Struct, frozen=True, gc=False):
    """Who made a write, how that is known, and by which rule. ``node`` is set for kubelets, ``client`` for programs."""

    actor: Actor
    component: str
    certainty: Certainty
    rule: str
    node: str = ""
    client: str = ""


class Write(Struct, frozen=True, gc=False):
    """A write's author, and the subresource it went through ("" for the object itself, or where that is not told)."""

    author: Attribution
    subresource: str


UNKNOWN: Final = Attribution("unknown", "unknown", "unknown", "no-rule")
_UNKNOWN_WRITE: Final = Write(UNKNOWN, "")


def attribute(change: Change) -> Attribution:
    """Who made this write. What a list showed was written by anyone at any time, and is unknown."""
    return read_write(change).author


def read_write(change: Change) -> Write:
    """Who made this write, and through which subresource."""
    new = change.object
    if change.type == "DELETED":
        return _read_deletion(new)
    if change.type == "LISTED":
        return _UNKNOWN_WRITE
    if isinstance(new, Event):
        return _read_event(new)
    if change.old is None:
        return _read_creation(change.resource, new)
    return _read_update(change.resource, change.old.object, new)


def find_residents(change: Change) -> list[Attribution]:
    """The components that a listed object shows to be part of the cluster: a Node its kubelet, a Lease its writers."""
    obj = change.object
    if not isinstance(obj, Node | Lease):
        return []
    names = dict.fromkeys(entry.manager for entry in obj.metadata.managed_fields or ())
    found = [identify(change.resource, obj, name, certainty="observed", rule="managed-fields") for name in names]
    return [author for author in found if author.actor in ("apiserver", "controller", "scheduler", "kubelet")]


def identify(resource: str, obj: AnyObject, manager: str, *, certainty: Certainty, rule: str) -> Attribution:
    """Who this field manager is, as a writer of this object."""
    if manager == managers.KUBELET:
        node = _node_of(resource, obj)
        return Attribution("kubelet", managers.KUBELET, certainty, rule, node=node) if node else UNKNOWN
    if manager in managers.CONTROLLERS:
        return Attribution("controller", manager, certainty, rule)
    if manager == managers.SCHEDULER:
        return Attribution("scheduler", manager, certainty, rule)
    if manager == managers.APISERVER:
        return Attribution("apiserver", manager, certainty, rule)
    if managers.is_kubectl(manager):
        return Attribution("client", "client", certainty, rule, client="kubectl")
    return Attribution("client", "client", "inferred", "field-manager-is-program", client=manager)


def _read_creation(resource: str, new: AnyObject) -> Write:
    """A new object has one entry, made at its creation; one with more was seen in mid-life, and its last write is not known."""
    entries = new.metadata.managed_fields or ()
    if len(entries) != 1 or entries[0].time != new.metadata.creation_timestamp:
        return _UNKNOWN_WRITE
    return _write(resource, new, entries[0], certainty="observed", rule="managed-fields-creation")


def _read_update(resource: str, old: AnyObject, new: AnyObject) -> Write:
    before = old.metadata.managed_fields or ()
    altered = [entry for entry in new.metadata.managed_fields or () if entry not in before]
    altered = [entry for entry in altered if entry.manager not in managers.BOOKKEEPING]
    if len(altered) == 1:
        return _write(resource, new, altered[0], certainty="observed", rule="managed-fields")
    if isinstance(old, Pod) and isinstance(new, Pod) and new.spec.node_name and not old.spec.node_name:
        return Write(Attribution("scheduler", managers.SCHEDULER, "inferred", "binding"), "binding")
    return _UNKNOWN_WRITE


def _read_deletion(last: AnyObject) -> Write:
    return _UNKNOWN_WRITE


def _read_event(event: Event) -> Write:
    return _UNKNOWN_WRITE


def _write(resource: str, obj: AnyObject, entry: ManagedFields, *, certainty: Certainty, rule: str) -> Write:
    return Write(identify(resource, obj, entry.manager, certainty=certainty, rule=rule), entry.subresource)


def _node_of(resource: str, obj: AnyObject) -> str:
    """The node whose kubelet writes this object, or "" where the object does not tell."""
    if isinstance(obj, Pod):
        return obj.spec.node_name
    if isinstance(obj, Node) or resource.endswith("/csinodes"):
        return obj.metadata.name
    if isinstance(obj, Lease) and obj.metadata.namespace == "kube-node-lease":
        return obj.metadata.name
    return ""
