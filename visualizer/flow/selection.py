"""Selection: which Pods a write may go back to, where it serves or guards Pods by a selector.

EndpointSlices and Endpoints name their Pods, so what altered in one says which. A Service and a PodDisruptionBudget
select by labels: a Pod that is there and does not match is no cause.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from visualizer.flow.steps import Step
from visualizer.network import Endpoints, EndpointSlice, Service
from visualizer.objects import AnyObject, LabelSelector, ObjectReference, PodDisruptionBudget
from visualizer.scheduling.selectors import selects
from visualizer.store import Store

SELECTING: Final = frozenset(
    {"discovery.k8s.io/v1/endpointslices", "policy/v1/poddisruptionbudgets", "v1/endpoints"},
)
"""Resources whose objects are about the Pods that they select."""


class Selection:
    """The Pods that this object, or what it was before, is about. It looks only when it is asked."""

    def __init__(self, store: Store, step: Step, obj: AnyObject, old: AnyObject | None) -> None:
        self._store = store
        self._step = step
        self._obj, self._old = obj, old
        self._names: frozenset[str] | None = None
        self._labels: LabelSelector | None = None
        self._is_read = False

    @property
    def is_by_name(self) -> bool:
        """Whether what altered names the Pods."""
        self._read()
        return bool(self._names)

    def has(self, pod: Step) -> bool:
        """Whether the Pod of this step may be among them."""
        self._read()
        if self._names:
            return pod.name in self._names
        if self._labels is None:
            return True
        entry = self._store.get(pod.resource, pod.key)
        return entry is None or selects(self._labels, entry.object.metadata.labels or {})

    def _read(self) -> None:
        if self._is_read:
            return
        self._is_read = True
        obj = self._obj
        if isinstance(obj, PodDisruptionBudget):
            self._labels = obj.spec.selector
            return
        before, after = _endpoints(self._old), _endpoints(obj)
        self._names = frozenset(name for name in {*before, *after} if before.get(name) != after.get(name))
        service = self._store.get("v1/services", self._step.target)
        if service is not None and isinstance(service.object, Service) and service.object.spec.selector:
            self._labels = LabelSelector(match_labels=service.object.spec.selector)


def _endpoints(obj: AnyObject | None) -> Mapping[str, object]:
    """What the object says of each Pod that it names."""
    if isinstance(obj, EndpointSlice):
        return {_name(each.target_ref): (each.conditions, each.addresses) for each in obj.endpoints or ()}
    if not isinstance(obj, Endpoints):
        return {}
    told: dict[str, object] = {}
    for subset in obj.subsets or ():
        told |= {_name(each.target_ref): True for each in subset.addresses or ()}
        told |= {_name(each.target_ref): False for each in subset.not_ready_addresses or ()}
    return told


def _name(target: ObjectReference | None) -> str:
    return target.name if target is not None and target.kind == "Pod" else ""
