"""Selections: whom an object selects by labels, and who selects it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Set
from typing import Final

from msgspec import Struct

from visualizer.family.references import Links
from visualizer.network import EndpointSlice, NetworkPolicy, Service
from visualizer.objects import LabelSelector, PodDisruptionBudget
from visualizer.scheduling.selectors import selects
from visualizer.store import Entry, Place, Store

Labels = Mapping[str, str]

_SERVICE_NAME: Final = "kubernetes.io/service-name"
_WORKLOADS: Final = (
    "apps/v1/deployments",
    "apps/v1/replicasets",
    "apps/v1/statefulsets",
    "apps/v1/daemonsets",
    "batch/v1/jobs",
    "v1/replicationcontrollers",
)


class Selection(Struct, frozen=True):
    """One object that selects, or is selected. ``through`` are the slices by which a Service leads to a Pod."""

    place: Place
    relation: str
    how: str
    is_observed: bool = False
    problem: str = ""
    through: tuple[Selection, ...] = ()


def iter_selecting(store: Store, place: Place, own: Links, links_of: Callable[[Place], Links]) -> Iterator[Selection]:
    """Who selects this Pod, or the Pods that this makes: Services, budgets, policies, and other workloads."""
    resource, key = place
    entry = store.get(resource, key)
    if entry is None:
        return
    is_pod = resource == "v1/pods"
    if not is_pod and own.template is None:
        return
    labels = (entry.object.metadata.labels or {}) if is_pod else (own.template or {})
    whose = "its labels" if is_pod else "the labels of its Pods"
    namespace = entry.object.metadata.namespace
    for service, found in _within(store, "v1/services", namespace):
        if isinstance(found.object, Service) and _is_chosen(found.object.spec.selector, labels):
            how = f"{_words(found.object.spec.selector or {})} selects {whose}"
            through = tuple(_slices(store, service, key if is_pod else ""))
            yield Selection(("v1/services", service), "routes to it", how, through=through)
    for resource_name, relation in (
        ("policy/v1/poddisruptionbudgets", "guards it"),
        ("networking.k8s.io/v1/networkpolicies", "says who may reach it"),
    ):
        for other, found in _within(store, resource_name, namespace):
            selector = _selector_of(found)
            if selects(selector, labels):
                yield Selection((resource_name, other), relation, f"{_selector_words(selector)} selects {whose}")
    if is_pod:
        yield from _strange_workloads(store, entry, labels, links_of)


def iter_selected(store: Store, place: Place, own: Links, owned: Set[Place]) -> Iterator[Selection]:
    """The Pods that this selects. Of a workload only those that it does not own: the others are told as owned."""
    resource, key = place
    entry = store.get(resource, key)
    if entry is None:
        return
    namespace = entry.object.metadata.namespace
    if isinstance(entry.object, Service):
        yield from _routed(store, key, entry.object)
        return
    selector, relation = _selector_of(entry), "applies to"
    if selector is not None:
        relation = "guards" if isinstance(entry.object, PodDisruptionBudget) else "applies to"
    elif resource in _WORKLOADS:
        selector, relation = own.selector, "selects"
    if selector is None:
        return
    how = f"{_selector_words(selector)} selects its labels"
    for pod, found in _within(store, "v1/pods", namespace):
        if ("v1/pods", pod) in owned or not selects(selector, found.object.metadata.labels or {}):
            continue
        problem = _not_owned(found) if resource in _WORKLOADS else ""
        yield Selection(("v1/pods", pod), relation, how, problem=problem)


def _routed(store: Store, key: str, service: Service) -> Iterator[Selection]:
    """A Service's Pods: what its slices list is observed, what its selector finds besides is inferred."""
    listed: dict[str, str] = {}
    for _, slice_ in _slices_of(store, key):
        for end in slice_.endpoints or ():
            target = end.target_ref
            if target is not None and target.kind == "Pod":
                is_ready = end.conditions is None or end.conditions.ready is not False
                listed[f"{target.namespace or service.metadata.namespace}/{target.name}"] = (
                    "ready" if is_ready else "not ready"
                )
    chosen = service.spec.selector or {}
    for pod, found in _within(store, "v1/pods", service.metadata.namespace):
        if pod in listed:
            how = "an EndpointSlice of this Service lists it"
            yield Selection(("v1/pods", pod), f"routes to, {listed[pod]}", how, is_observed=True)
        elif _is_chosen(chosen, found.object.metadata.labels or {}):
            how = f"{_words(chosen)} selects its labels; no EndpointSlice lists it"
            yield Selection(("v1/pods", pod), "selects", how)


def _strange_workloads(
    store: Store, pod: Entry, labels: Labels, links_of: Callable[[Place], Links]
) -> Iterator[Selection]:
    """Workloads whose selector matches this Pod, and that neither own it nor own who does."""
    above = set(_owner_uids(store, pod))
    for resource in _WORKLOADS:
        for key, found in _within(store, resource, pod.object.metadata.namespace):
            if found.object.metadata.uid in above:
                continue
            selector = links_of((resource, key)).selector
            if selects(selector, labels):
                how = f"{_selector_words(selector)} selects its labels"
                yield Selection((resource, key), "selects it", how, problem=_not_owned(pod))


def _not_owned(pod: Entry) -> str:
    controller = next((each for each in pod.object.metadata.owner_references or () if each.controller), None)
    if controller is None:
        return "No controller owns this Pod: whoever selects it may adopt it."
    return f"Selected, but owned by {controller.kind} {controller.name}: a selector alone makes no owner."


def _owner_uids(store: Store, entry: Entry) -> Iterator[str]:
    waiting, seen = [entry], set[str]()
    while waiting:
        for reference in waiting.pop().object.metadata.owner_references or ():
            if reference.uid in seen:
                continue
            seen.add(reference.uid)
            yield reference.uid
            place = store.find_uid(reference.uid)
            above = store.get(*place) if place else None
            if above is not None:
                waiting.append(above)


def _slices_of(store: Store, service: str) -> Iterator[tuple[str, EndpointSlice]]:
    namespace, _, name = service.rpartition("/")
    for key, found in _within(store, "discovery.k8s.io/v1/endpointslices", namespace):
        labels = found.object.metadata.labels or {}
        if isinstance(found.object, EndpointSlice) and labels.get(_SERVICE_NAME) == name:
            yield key, found.object


def _slices(store: Store, service: str, pod: str) -> Iterator[Selection]:
    """The slices by which this Service leads to this Pod; all of them where no Pod is meant."""
    for key, slice_ in _slices_of(store, service):
        place = ("discovery.k8s.io/v1/endpointslices", key)
        if not pod:
            yield Selection(place, "has its endpoints", f"its label {_SERVICE_NAME} names it", is_observed=True)
            continue
        for end in slice_.endpoints or ():
            target = end.target_ref
            if target is not None and target.kind == "Pod" and f"{target.namespace}/{target.name}" == pod:
                is_ready = end.conditions is None or end.conditions.ready is not False
                relation = "lists it, ready" if is_ready else "lists it, not ready"
                yield Selection(place, relation, "endpoints[].targetRef names it", is_observed=True)
                break


def _within(store: Store, resource: str, namespace: str) -> Iterator[tuple[str, Entry]]:
    prefix = f"{namespace}/"
    entries = store.entries(resource)
    for key in sorted(key for key in entries if key.startswith(prefix)):
        yield key, entries[key]


def _selector_of(entry: Entry) -> LabelSelector | None:
    obj = entry.object
    if isinstance(obj, PodDisruptionBudget):
        return obj.spec.selector
    if isinstance(obj, NetworkPolicy):
        return obj.spec.pod_selector
    return None


def _is_chosen(selector: Labels | None, labels: Labels) -> bool:
    """A Service without a selector selects nothing."""
    return bool(selector) and all(labels.get(key) == value for key, value in (selector or {}).items())


def _words(selector: Labels) -> str:
    return ", ".join(f"{key}={value}" for key, value in sorted(selector.items()))


def _selector_words(selector: LabelSelector | None) -> str:
    if selector is None:
        return ""
    words = [_words(selector.match_labels or {})] if selector.match_labels else []
    words += [
        f"{each.key} {each.operator} {' '.join(each.values or ())}".rstrip()
        for each in selector.match_expressions or ()
    ]
    return ", ".join(words) or "an empty selector"
