"""Deletion: what each way of deleting an object would do to its family.

The three ways are those of ``propagationPolicy`` (KEP-2839; apimachinery's DeletionPropagation). What follows is what
kube-controller-manager's garbage collector does, pkg/controller/garbagecollector (Kubernetes 1.36):

- *Background*: the object goes at once. A dependent all of whose owners are gone is then deleted, and so on downwards.
- *Foreground*: the object gets a deletionTimestamp and the finalizer ``foregroundDeletion``. All its dependents are
  deleted: those that have dependents of their own in the foreground too (``attemptToDeleteItem``). The object waits for
  those whose reference has ``blockOwnerDeletion`` (``processDeletingDependentsItem``), and for no others.
- *Orphan*: the object gets the finalizer ``orphan``. The references to it are taken out of its dependents
  (``orphanDependents``), and it goes; they stay.

In all three a dependent that has another owner, which is there and not waiting for its own dependents, stays and loses
the reference. What is only named, or selected, stays: but for what other controllers do, which are named below.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Final, Literal

from msgspec import Struct

from visualizer.family.kin import Kin
from visualizer.family.members import Member, kind_of
from visualizer.family.references import Reference
from visualizer.objects import Metadata, OwnerReference

Policy = Literal["foreground", "background", "orphan"]
POLICIES: Final[tuple[Policy, ...]] = ("foreground", "background", "orphan")

Outcome = Literal["first", "along", "after", "freed", "stays", "breaks", "unknown"]
"""``first``: it goes before the object, which waits for it. ``along``: it is deleted too, and nobody waits for it.
``after``: it is deleted when its owner is gone. ``freed``: it stays, and loses the reference to its owner.
``breaks``: it stays, and lacks what it names."""


class Fate(Struct, frozen=True, rename="camel"):
    """What happens to one member, by its number; ``words`` say why, in a sentence."""

    member: int
    outcome: Outcome
    words: str


class Prospect(Struct, frozen=True, rename="camel"):
    """One way of deleting the object: what happens to it itself, in sentences in order, and to each member."""

    policy: Policy
    steps: list[str]
    fates: list[Fate]


ORPHANING: Final = frozenset({"v1/replicationcontrollers", "batch/v1/jobs"})
"""Resources that a DELETE without propagationPolicy orphans the dependents of, for compatibility
(``DefaultGarbageCollectionPolicy`` in pkg/registry/batch/job and pkg/registry/core/replicationcontroller).
``kubectl delete`` always says background."""


def prospects(kin: Kin) -> list[Prospect]:
    """What each of the three ways would do. Nothing for what is not there."""
    entry = kin.store.get(*kin.place)
    if entry is None:
        return []
    return [_prospect(kin, entry.object.metadata, policy) for policy in POLICIES]


def _prospect(kin: Kin, metadata: Metadata, policy: Policy) -> Prospect:
    owned = {each.id: each for each in kin.members if each.group == "owned"}
    fates = {fate.member: fate for fate in _owned_fates(kin, metadata, policy, owned)}
    for member in kin.members:
        if member.id not in fates:
            fates[member.id] = _other_fate(kin, member)
    return Prospect(policy, list(_steps(kin, metadata, policy, owned, fates)), [fates[key] for key in sorted(fates)])


def _owned_fates(kin: Kin, metadata: Metadata, policy: Policy, owned: Mapping[int, Member]) -> Iterator[Fate]:
    """Downwards: a member comes after the one that owns it."""
    doomed: dict[int, tuple[str, Policy]] = {0: (metadata.uid, policy)}
    going = {metadata.uid} if policy == "orphan" else _find_going(kin, metadata.uid, owned.values())
    has_below = {member.parent for member in owned.values()}
    for number, member in owned.items():
        if member.certainty == "inferred":
            yield Fate(number, "along", "The endpoints controller deletes them when their Service is gone.")
            continue
        above = doomed.get(member.parent)
        if above is None:
            yield Fate(number, "stays", "Its owner stays.")
            continue
        owner_uid, way = above
        if way == "orphan":
            yield Fate(number, "freed", "It stays: the reference to its owner is taken out.")
            continue
        obj = _metadata_of(kin, member)
        rest = [each for each in obj.owner_references or () if each.uid != owner_uid] if obj else []
        solid = _first_solid(kin, rest, going)
        if solid is not None and kin.is_unrecorded(solid):
            yield Fate(number, "unknown", f"{solid.kind} {solid.name}, which this log does not record, may keep it.")
            continue
        if solid is not None:
            yield Fate(number, "freed", f"It stays: {solid.kind} {solid.name} owns it too. Only the reference goes.")
            continue
        below: Policy = "foreground" if way == "foreground" and number in has_below else "background"
        if obj is not None:
            below = _asked_already(obj) or below
            doomed[number] = (obj.uid, below)
        held = _held_words(obj)
        if way == "background":
            yield Fate(number, "after", f"Deleted by the garbage collector when its owner is gone.{held}")
        elif member.blocks:
            yield Fate(number, "first", f"Deleted at once, and its owner waits for it (blockOwnerDeletion).{held}")
        else:
            yield Fate(number, "along", f"Deleted at once; its owner does not wait: no blockOwnerDeletion.{held}")


def _find_going(kin: Kin, uid: str, owned: Collection[Member]) -> set[str]:
    """The uids of all that goes, where the object does: whose owners all go. Two owners of one thing may both be."""
    going, waiting = {uid}, [obj for each in owned if (obj := _metadata_of(kin, each)) is not None]
    while True:
        fallen = [obj for obj in waiting if _first_solid(kin, obj.owner_references or (), going) is None]
        if not fallen:
            return going
        going |= {obj.uid for obj in fallen}
        waiting = [obj for obj in waiting if obj.uid not in going]


def _asked_already(metadata: Metadata) -> Policy | None:
    """A finalizer of an earlier wish is honoured."""
    finalizers = metadata.finalizers or ()
    if "orphan" in finalizers:
        return "orphan"
    return "foreground" if "foregroundDeletion" in finalizers else None


def _first_solid(kin: Kin, references: Iterable[OwnerReference], going: set[str]) -> OwnerReference | None:
    """The first owner that is there and will be, or that may be: of a kind that the log does not record."""
    for reference in references:
        place = kin.store.find_uid(reference.uid)
        if place is None and kin.is_unrecorded(reference):
            return reference
        if place is None:
            continue
        entry = kin.store.get(*place)
        metadata = entry.object.metadata if entry else None
        if metadata is None or reference.uid in going:
            continue
        if metadata.deletion_timestamp is not None and "foregroundDeletion" in (metadata.finalizers or ()):
            continue
        return reference
    return None


def _held_words(metadata: Metadata | None) -> str:
    own = [each for each in (metadata.finalizers if metadata else None) or () if each not in _WAYS]
    return (
        f" It stays until its finalizer{'s' if len(own) > 1 else ''} {', '.join(own)} {_are(own)} taken away."
        if own
        else ""
    )


def _are(names: Sequence[str]) -> str:
    return "are" if len(names) > 1 else "is"


_WAYS: Final = ("foregroundDeletion", "orphan")


def _other_fate(kin: Kin, member: Member) -> Fate:
    """What happens to who is not owned: the same in all three ways."""
    kind = kind_of(kin.store, kin.place)
    if member.state != "there":
        return Fate(member.id, "unknown", "")
    if member.parent == 0:
        words = _GOING.get((kind, member.group, member.kind))
        if words is not None:
            return Fate(member.id, "along", words)
        if kind == "PersistentVolumeClaim" and member.kind == "PersistentVolume":
            return _volume_fate(kin, member)
        if member.group == "uses" and member.relation == "claim" and not kin.links.keeps_claims:
            words = "The StatefulSet controller lets it go too: whenDeleted is Delete."
            return Fate(member.id, "along", words)
        if member.group == "used":
            return _user_fate(kin, member)
        if member.group == "selected" and kind == "Pod":
            return Fate(member.id, "stays", "It stays, with one Pod fewer.")
    return Fate(member.id, "stays", _STAYING.get(member.group, "It stays."))


def _volume_fate(kin: Kin, member: Member) -> Fate:
    place = kin.place_of(member)
    reclaims = kin.links_at(place).reclaims if place else ""
    if reclaims == "Delete":
        return Fate(member.id, "along", "Its reclaim policy is Delete: the volume and what is stored on it go.")
    return Fate(member.id, "stays", f"Its reclaim policy is {reclaims or 'Retain'}: it stays, Released, with its data.")


def _user_fate(kin: Kin, member: Member) -> Fate:
    if member.kind in ("EndpointSlice", "Endpoints"):
        return Fate(member.id, "stays", "It stays, and its controller takes this endpoint out.")
    place = kin.place_of(member)
    references = [each for each in kin.links_at(place).references if _is_meant(each, kin)] if place else []
    needed = [each for each in references if not each.is_optional]
    if references and not needed:
        return Fate(member.id, "stays", "It stays: what it names is optional.")
    missing = next((each.missing for each in needed if each.missing), "")
    if not missing:
        return Fate(member.id, "stays", "It stays, and names what is not there.")
    return Fate(member.id, "breaks", f"It stays, and lacks what it names: {missing}. What runs already goes on.")


def _is_meant(reference: Reference, kin: Kin) -> bool:
    namespace, _, name = kin.place[1].rpartition("/")
    meant = (reference.kind, reference.namespace, reference.name)
    return meant == (kind_of(kin.store, kin.place), namespace, name)


_GOING: Final[Mapping[tuple[str, str, str], str]] = {
    ("Node", "used", "Pod"): "The pod garbage collector deletes Pods whose node has been gone for 40 seconds.",
    ("Service", "used", "IPAddress"): "The API server frees the address.",
    ("ServiceAccount", "used", "Secret"): "The token controller deletes the tokens of an account that is gone.",
}
"""What other controllers do: podgc's ``gcOrphaned``, the Service registry's allocator, and the tokens controller."""

_STAYING: Final = {
    "owners": "It stays; a controller makes another where it wants one.",
    "uses": "It stays: it is only named.",
    "selects": "It stays: to be selected is not to be owned.",
    "selected": "It stays.",
}


def _metadata_of(kin: Kin, member: Member) -> Metadata | None:
    place = kin.place_of(member)
    entry = kin.store.get(*place) if place else None
    return entry.object.metadata if entry else None


def _steps(
    kin: Kin, metadata: Metadata, policy: Policy, owned: Mapping[int, Member], fates: Mapping[int, Fate]
) -> Iterator[str]:
    kind, name = kind_of(kin.store, kin.place), metadata.name
    direct = [each for each in owned.values() if each.parent == 0 and each.certainty == "observed"]
    held = [each for each in metadata.finalizers or () if each not in _WAYS]
    hold = (
        f"Its finalizer{'s' if len(held) > 1 else ''} {', '.join(held)} must be taken away before it goes."
        if held
        else ""
    )
    if policy == "orphan":
        yield f"{kind} {name} gets a deletionTimestamp and the finalizer orphan."
        yield (
            "The garbage collector takes the references to it out of what it owns, which stays."
            if direct
            else "It owns nothing: no references are to be taken out."
        )
    elif policy == "foreground":
        yield f"{kind} {name} gets a deletionTimestamp and the finalizer foregroundDeletion, and stays for now."
        blocking = [each for each in direct if fates[each.id].outcome == "first"]
        yield (
            f"It waits for {_counted(blocking)}, from the bottom up."
            if blocking
            else "Nothing that it owns has blockOwnerDeletion: the garbage collector lets it go at once."
        )
    else:
        yield f"{kind} {name} goes at once." if not held else f"{kind} {name} gets a deletionTimestamp."
        if direct:
            yield "Then the garbage collector deletes what it owned, from the top down."
    if hold:
        yield hold + (" Only then is what it owns deleted." if policy == "background" and direct else "")
    if kind == "Pod":
        yield "The kubelet stops its containers first, within the grace period."
    yield from _remaining(kin)
    if kin.place[0] in ORPHANING and policy == "orphan":
        yield "A DELETE without propagationPolicy does this to it; kubectl says background."
    if metadata.owner_references and any(each.controller for each in metadata.owner_references):
        controller = next(each for each in metadata.owner_references if each.controller)
        if kin.store.find_uid(controller.uid):
            yield f"{controller.kind} {controller.name} controls it, and makes another where it wants one."


def _counted(members: Sequence[Member]) -> str:
    kinds: dict[str, int] = {}
    for each in members:
        kinds[each.kind] = kinds.get(each.kind, 0) + 1
    return ", ".join(f"{count} {kind}{'s' if count > 1 else ''}" for kind, count in kinds.items())


def _remaining(kin: Kin) -> Iterator[str]:
    claims = [each for each in kin.members if each.relation == "claim" and each.parent == 0]
    if claims and kin.links.keeps_claims:
        word = "claim is" if len(claims) == 1 else "claims are"
        yield f"Its {len(claims)} {word} left, with the data: persistentVolumeClaimRetentionPolicy is Retain."
