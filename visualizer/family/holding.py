"""Holding: why an object that somebody deleted is still there.

A finalizer holds an object until whoever is responsible takes it away. Those of Kubernetes itself are known here with
the place in its source (1.36); of others it is told who put it there, where managedFields say so.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

import msgspec
from msgspec import Struct

from visualizer.family.kin import Kin
from visualizer.family.members import Member, is_going, kind_of
from visualizer.objects import Metadata


class Hold(Struct, frozen=True, rename="camel"):
    """One thing that holds an object: a finalizer, or a grace period. ``members`` are the numbers of who is waited for.

    ``who`` takes it away; empty where that is not known.
    """

    name: str
    who: str
    words: str
    members: list[int]


class _ManagedFields(Struct, rename="camel"):
    manager: str = ""
    fields_v1: dict[str, Any] = {}


class _Metadata(Struct, rename="camel"):
    managed_fields: list[_ManagedFields] | None = None


class _Object(Struct):
    metadata: _Metadata


_objects: Final = msgspec.json.Decoder(_Object)

KNOWN: Final[Mapping[str, tuple[str, str]]] = {
    "kubernetes.io/pvc-protection": (
        "the PVC protection controller",
        "A claim stays while a Pod uses it.",
    ),
    "kubernetes.io/pv-protection": (
        "the PV protection controller",
        "A volume stays while it is bound to a claim.",
    ),
    "batch.kubernetes.io/job-tracking": (
        "the job controller",
        "A Pod of a Job stays until the Job has counted it.",
    ),
    "service.kubernetes.io/load-balancer-cleanup": (
        "the cloud's Service controller",
        "The Service stays until its load balancer is taken down.",
    ),
    "customresourcecleanup.apiextensions.k8s.io": (
        "the API server",
        "The definition stays until all objects of its kind are deleted.",
    ),
    "external-attacher/": ("the CSI driver's attacher", "It stays until the volume is detached from its node."),
    "external-provisioner.volume.kubernetes.io/finalizer": (
        "the CSI driver's provisioner",
        "It stays until the volume is deleted in the storage system.",
    ),
    "kubernetes.io/legacy-host-job": ("the job controller", "It stays until the Job has counted it."),
    "resource.kubernetes.io/delete-protection": (
        "the resource claim controller",
        "It stays while a Pod is to use the devices.",
    ),
}
"""Who takes a finalizer of Kubernetes away, and when: pkg/controller/volume/pvcprotection and pvprotection,
pkg/controller/job, cloud-provider's controllers/service, apiextensions-apiserver's controller/finalizer, the CSI
sidecars, and pkg/controller/resourceclaim."""


def iter_holds(kin: Kin, raw: bytes) -> Iterator[Hold]:
    """What holds an object that is being deleted; nothing for one that is not. ``raw`` is the object as JSON."""
    entry = kin.store.get(*kin.place)
    if entry is None or not is_going(entry):
        return
    metadata = entry.object.metadata
    for name in metadata.finalizers or ():
        yield _hold(kin, metadata, name, raw)
    if kind_of(kin.store, kin.place) == "Pod" and not metadata.finalizers:
        seconds = metadata.deletion_grace_period_seconds
        words = "The kubelet stops its containers"
        words += f", for which they have {seconds} seconds." if seconds else "."
        yield Hold("grace period", "the kubelet on its node", words, [])


def set_by(raw: bytes, finalizer: str) -> str:
    """The manager that owns this finalizer by managedFields; empty where they do not say."""
    try:
        found = _objects.decode(raw).metadata.managed_fields or []
    except (msgspec.DecodeError, RecursionError):
        return ""
    for each in found:
        owned = each.fields_v1.get("f:metadata")
        finalizers = owned.get("f:finalizers") if isinstance(owned, dict) else None
        if isinstance(finalizers, dict) and f'v:"{finalizer}"' in finalizers:
            return each.manager
    return ""


def _hold(kin: Kin, metadata: Metadata, name: str, raw: bytes) -> Hold:
    if name == "foregroundDeletion":
        waits = [each for each in kin.members if each.group == "owned" and each.parent == 0 and each.blocks]
        words = (
            "Its deletion is in the foreground: it waits until what it owns, and what blocks it, is gone."
            if waits
            else "Its deletion is in the foreground, and nothing that it owns holds it any more."
        )
        return Hold(name, "the garbage collector", words, [each.id for each in waits])
    if name == "orphan":
        rest = [each.id for each in kin.members if each.group == "owned" and each.parent == 0]
        words = "The garbage collector takes the references to it out of what it owns, and then lets it go."
        return Hold(name, "the garbage collector", words, rest)
    known = next(
        (KNOWN[each] for each in KNOWN if name == each or (each.endswith("/") and name.startswith(each))), None
    )
    if known is not None:
        who, words = known
        return Hold(name, who, words, [each.id for each in _waited_for(kin, name)])
    manager = set_by(raw, name)
    words = f"{manager} put it there" if manager else "Who put it there is not told by managedFields"
    return Hold(name, "", f"{words}. The object stays until somebody takes this finalizer away.", [])


def _waited_for(kin: Kin, name: str) -> Iterator[Member]:
    wanted = {
        "kubernetes.io/pvc-protection": ("used", "Pod"),
        "kubernetes.io/pv-protection": ("uses", "PersistentVolumeClaim"),
    }.get(name)
    for each in kin.members:
        if wanted == (each.group, each.kind) and each.parent == 0 and each.state == "there":
            yield each
