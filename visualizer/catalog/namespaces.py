"""Namespaces: what is in each, what deleting one takes along and leaves, and what holds one that is being deleted.

Deletion is pkg/controller/namespace/deletion (Kubernetes 1.36): the namespace's phase becomes Terminating, and the
controller deletes all objects of all namespaced resources, kind by kind. It says in the status' conditions what it
could not delete, what remains and which finalizers that waits for. When nothing remains it takes its own finalizer,
``kubernetes``, out of ``spec.finalizers``, and the namespace is gone. What is in no namespace is not touched.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Final, Literal

import msgspec
from msgspec import Struct

from visualizer.family.index import Index, Raws, target_of
from visualizer.family.members import kind_of
from visualizer.family.references import Part, Reference
from visualizer.objects import Condition, ResourceQuota
from visualizer.quantities import parse
from visualizer.store import Entry, Place, Store

_NAMESPACES: Final = "v1/namespaces"
_QUIET: Final = frozenset({"v1/events", "coordination.k8s.io/v1/leases", "events.k8s.io/v1/events"})
MOST_HOLDING: Final = 100


class NamespaceRow(Struct, frozen=True, rename="camel"):
    """One namespace. ``objects`` counts what is in it but Events and Leases; ``config`` its ConfigMaps and Secrets.

    ``exists`` is False where objects are in a namespace that is not in the log.
    """

    name: str
    phase: str
    created: str
    deleted: str
    objects: int
    pods: int
    services: int
    config: int
    exists: bool


class KindCount(Struct, frozen=True, rename="camel"):
    """How many objects of a resource are in a namespace, and of how many the deletion was asked for."""

    resource: str
    kind: str
    count: int
    going: int


class Left(Struct, frozen=True, rename="camel"):
    """Something outside of a namespace that has to do with it: it goes along, stays, or lacks what it names."""

    ref: str
    kind: str
    name: str
    relation: str
    outcome: Literal["goes", "stays", "breaks"]
    words: str


class QuotaUse(Struct, frozen=True, rename="camel"):
    """One line of a ResourceQuota. ``share`` of what is allowed is used, 1 being all; -1 where that has no number."""

    quota: str
    resource: str
    used: str
    hard: str
    share: float


class LimitLine(Struct, frozen=True, rename="camel"):
    """One resource of one kind of thing in a LimitRange; what is not set is empty."""

    name: str
    type: str
    resource: str
    min: str
    max: str
    default: str
    default_request: str


class NamespaceCondition(Struct, frozen=True, rename="camel"):
    """One of the conditions of a namespace that is being deleted. ``holds``: it says what holds it back."""

    type: str
    reason: str
    message: str
    since: str
    holds: bool


class Holding(Struct, frozen=True, rename="camel"):
    """An object in a namespace that is being deleted, and what holds it: finalizers, or its grace period."""

    ref: str
    kind: str
    name: str
    words: str


class NamespaceDetail(Struct, frozen=True, rename="camel"):
    """One namespace, whole. ``finalizers`` are those of its spec and its metadata.

    ``left_is_partial``: of some kinds that may point to it, this log has none, or this viewer may not see them.
    """

    name: str
    phase: str
    deleted: str
    kinds: list[KindCount]
    left: list[Left]
    quotas: list[QuotaUse]
    limits: list[LimitLine]
    conditions: list[NamespaceCondition]
    finalizers: list[str]
    holding: list[Holding]
    more_holding: int
    left_is_partial: list[str]


class _Spec(Part, frozen=True):
    finalizers: list[str] | None = None


class _Status(Part, frozen=True):
    phase: str = ""
    conditions: list[Condition] | None = None


class _Namespace(Part, frozen=True):
    spec: _Spec = _Spec()
    status: _Status = _Status()


class _Limit(Part, frozen=True):
    type: str = ""
    min: dict[str, str] | None = None
    max: dict[str, str] | None = None
    default: dict[str, str] | None = None
    default_request: dict[str, str] | None = None


class _Limits(Part, frozen=True):
    limits: list[_Limit] | None = None


class _LimitRange(Part, frozen=True):
    spec: _Limits = _Limits()


_namespaces: Final = msgspec.json.Decoder(_Namespace)
_limit_ranges: Final = msgspec.json.Decoder(_LimitRange)

_FINE: Final = {
    "NamespaceDeletionDiscoveryFailure",
    "NamespaceDeletionGroupVersionParsingFailure",
    "NamespaceDeletionContentFailure",
    "NamespaceContentRemaining",
    "NamespaceFinalizersRemaining",
}
"""Conditions that are well where they are False."""


def list_namespaces(store: Store, raws: Raws, *, hidden: str = "") -> list[NamespaceRow]:
    """Every namespace, and those of which there is no object though something is in them, by name."""
    counts = _count_all(store, hidden)
    phases = {entry.object.metadata.name: _read(raw).status.phase for entry, raw in raws(_entries(store).values())}
    return [
        _row(name, _entries(store).get(name), phases.get(name, ""), counts.get(name, Counter()))
        for name in sorted({*_entries(store), *counts})
    ]


def describe_namespace(
    store: Store, index: Index, raws: Raws, name: str, *, hidden: str = ""
) -> NamespaceDetail | None:
    """One namespace, whole; None where there is neither such a namespace nor anything in it."""
    entry = _entries(store).get(name)
    kinds = sorted(_kinds(store, name, hidden), key=lambda each: each.kind)
    if entry is None and not kinds:
        return None
    known = _Namespace()
    for _, raw in raws([entry] if entry else []):
        known = _read(raw)
    metadata = entry.object.metadata if entry else None
    is_going = metadata is not None and metadata.deletion_timestamp is not None
    index.refresh(store, raws, namespace=name)
    holding = list(_holding(store, name, hidden)) if is_going else []
    return NamespaceDetail(
        name=name,
        phase=known.status.phase,
        deleted=(metadata.deletion_timestamp or "") if metadata else "",
        kinds=kinds,
        left=list(_left(store, index, raws, name, hidden)),
        quotas=list(_quotas(store, name)),
        limits=list(_limits(store, raws, name)),
        conditions=[_condition(each) for each in known.status.conditions or ()],
        finalizers=[*(known.spec.finalizers or ()), *((metadata.finalizers or ()) if metadata else ())],
        holding=holding[:MOST_HOLDING],
        more_holding=max(0, len(holding) - MOST_HOLDING),
        left_is_partial=list(_unseen(store, hidden)),
    )


def _entries(store: Store) -> Mapping[str, Entry]:
    return store.entries(_NAMESPACES)


def _read(raw: bytes) -> _Namespace:
    try:
        return _namespaces.decode(raw)
    except (msgspec.DecodeError, RecursionError):
        return _Namespace()


def _row(name: str, entry: Entry | None, phase: str, counts: Counter[str]) -> NamespaceRow:
    metadata = entry.object.metadata if entry else None
    return NamespaceRow(
        name=name,
        phase=phase,
        created=(metadata.creation_timestamp or "") if metadata else "",
        deleted=(metadata.deletion_timestamp or "") if metadata else "",
        objects=sum(count for resource, count in counts.items() if resource not in _QUIET),
        pods=counts["v1/pods"],
        services=counts["v1/services"],
        config=counts["v1/configmaps"] + counts["v1/secrets"],
        exists=entry is not None,
    )


def _count_all(store: Store, hidden: str) -> dict[str, Counter[str]]:
    counts: dict[str, Counter[str]] = {}
    for resource in _visible(store, hidden):
        for namespace, count in Counter(key.partition("/")[0] for key in store.entries(resource)).items():
            counts.setdefault(namespace, Counter())[resource] = count
    return counts


def _visible(store: Store, hidden: str) -> Iterator[str]:
    """The namespaced resources that this viewer may see."""
    for resource, known in store.resources.items():
        if known.namespaced and not (hidden and resource.startswith(hidden)):
            yield resource


def _inside(store: Store, resource: str, namespace: str) -> Iterator[tuple[str, Entry]]:
    for key, entry in store.entries(resource).items():
        if key.startswith(f"{namespace}/"):
            yield key, entry


def _kinds(store: Store, namespace: str, hidden: str) -> Iterator[KindCount]:
    for resource in sorted(_visible(store, hidden)):
        found = [entry for _, entry in _inside(store, resource, namespace)]
        if found:
            going = sum(entry.object.metadata.deletion_timestamp is not None for entry in found)
            yield KindCount(resource, store.resources[resource].kind, len(found), going)


def _left(store: Store, index: Index, raws: Raws, namespace: str, hidden: str) -> Iterator[Left]:
    """What is outside and names something inside, and the volumes that claims in it are bound to."""
    told: set[tuple[Place, str]] = set()
    for place, reference in index.naming_into(namespace):
        if hidden and place[0].startswith(hidden):
            continue
        name = f"{reference.kind} {reference.name}"
        if (place, name) in told:
            continue
        told.add((place, name))
        kind = kind_of(store, place)
        ref, relation = f"{place[0]}:{place[1]}", f"{reference.relation} {name}"
        if kind == "PersistentVolume":
            continue
        if kind == "IPAddress":
            continue  # it goes with its Service, which its own namespace counts
        yield Left(ref, kind, place[1], relation, *_fate(kind, reference))
    yield from _volumes(store, index, raws, namespace)


def _fate(kind: str, reference: Reference) -> tuple[Literal["goes", "stays", "breaks"], str]:
    if kind in ("ClusterRoleBinding", "RoleBinding"):
        return (
            "stays",
            "It stays: an account of that name that is made later has its grants.",
        )
    if reference.missing:
        return "breaks", f"It stays, and lacks what it names: {reference.missing}."
    return "stays", "It stays, and names what is not there."


def _volumes(store: Store, index: Index, raws: Raws, namespace: str) -> Iterator[Left]:
    resource = "v1/persistentvolumes"
    for key in sorted(store.entries(resource)):
        links = index.links(store, raws, (resource, key))
        claim = next((each for each in links.references if each.kind == "PersistentVolumeClaim"), None)
        if claim is None or target_of(claim)[2] != namespace:
            continue
        ref, relation = f"{resource}:{key}", f"bound to PersistentVolumeClaim {claim.name}"
        if links.reclaims == "Delete":
            words = "Its reclaim policy is Delete: the volume and what is stored on it go."
            yield Left(ref, "PersistentVolume", key, relation, "goes", words)
        else:
            words = f"Its reclaim policy is {links.reclaims}: it stays, Released, with what is stored on it."
            yield Left(ref, "PersistentVolume", key, relation, "stays", words)


def _unseen(store: Store, hidden: str) -> Iterator[str]:
    """Kinds that may point into a namespace, and are not known here."""
    for resource, kind in (
        ("rbac.authorization.k8s.io/v1/clusterrolebindings", "ClusterRoleBinding"),
        ("v1/persistentvolumes", "PersistentVolume"),
        ("apiregistration.k8s.io/v1/apiservices", "APIService"),
        ("admissionregistration.k8s.io/v1/validatingwebhookconfigurations", "ValidatingWebhookConfiguration"),
        ("admissionregistration.k8s.io/v1/mutatingwebhookconfigurations", "MutatingWebhookConfiguration"),
    ):
        if resource not in store.resources or (hidden and resource.startswith(hidden)):
            yield kind


def _quotas(store: Store, namespace: str) -> Iterator[QuotaUse]:
    for _, entry in sorted(_inside(store, "v1/resourcequotas", namespace)):
        quota = entry.object
        if not isinstance(quota, ResourceQuota):
            continue
        used = quota.status.used or {}
        for resource, hard in sorted((quota.status.hard or {}).items()):
            has = used.get(resource, "0")
            yield QuotaUse(quota.metadata.name, resource, has, hard, _share(has, hard))


def _share(used: str, hard: str) -> float:
    has, allowed = parse(used), parse(hard)
    if has is None or allowed is None:
        return -1.0
    if allowed == 0:
        return 0.0 if has == 0 else 1.0
    return round(float(has / allowed), 4)


def _limits(store: Store, raws: Raws, namespace: str) -> Iterator[LimitLine]:
    entries = [entry for _, entry in sorted(_inside(store, "v1/limitranges", namespace))]
    for entry, raw in raws(entries):
        try:
            found = _limit_ranges.decode(raw).spec.limits or ()
        except (msgspec.DecodeError, RecursionError):
            continue
        for limit in found:
            bounds = (limit.min or {}, limit.max or {}, limit.default or {}, limit.default_request or {})
            for resource in sorted({key for bound in bounds for key in bound}):
                told = [bound.get(resource, "") for bound in bounds]
                yield LimitLine(entry.object.metadata.name, limit.type, resource, *told)


def _condition(each: Condition) -> NamespaceCondition:
    holds = each.type in _FINE and each.status != "False"
    return NamespaceCondition(each.type, each.reason or "", each.message or "", each.last_transition_time or "", holds)


def _holding(store: Store, namespace: str, hidden: str) -> Iterator[Holding]:
    """Those with finalizers first, which may stay for ever; then Pods in their grace periods, then the rest."""
    found: list[tuple[int, Holding]] = []
    for resource in sorted(_visible(store, hidden)):
        for key, entry in sorted(_inside(store, resource, namespace)):
            metadata = entry.object.metadata
            kind, ref = store.resources[resource].kind, f"{resource}:{key}"
            if metadata.finalizers:
                words = f"finalizer{'s' if len(metadata.finalizers) > 1 else ''} {', '.join(metadata.finalizers)}"
                found.append((0, Holding(ref, kind, metadata.name, words)))
            elif metadata.deletion_timestamp is not None and metadata.deletion_grace_period_seconds:
                words = f"its grace period, {metadata.deletion_grace_period_seconds} s"
                found.append((1, Holding(ref, kind, metadata.name, words)))
            elif resource not in _QUIET:
                found.append((2, Holding(ref, kind, metadata.name, "its turn has not come")))
    yield from (each for _, each in sorted(found, key=lambda each: each[0]))
