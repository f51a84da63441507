"""Loads: how much of each node its pods ask for and may use, kept by what alters.

A pod counts as the scheduler counts it (visualizer/scheduling/requests.py), from when it is bound until it has
ended. Sums are of whole thousandths of a CPU and whole bytes, so that taking a pod away undoes adding it exactly.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from fractions import Fraction
from typing import Final

from msgspec import Struct

from visualizer.nodes.rows import LoadRow
from visualizer.objects import Pod, PodSpec, ResourceRequirements
from visualizer.scheduling.cluster import ENDED
from visualizer.scheduling.requests import count_limits, count_requests
from visualizer.tables import Table

LARGEST: Final = 2**53 - 1
"""The largest amount that is told: JavaScript's numbers are exact up to here, which is 8 PiB of memory."""

_SHAPES_KEPT: Final = 4_096


class Weight(Struct, frozen=True, gc=False):
    """What one pod asks for, and its limits: CPU in thousandths, memory in bytes."""

    cpu: int
    memory: int
    cpu_limit: int
    memory_limit: int


class _Sum(Struct, gc=False):
    """What the pods of one node weigh together."""

    pods: int = 0
    cpu: int = 0
    memory: int = 0
    cpu_limit: int = 0
    memory_limit: int = 0


class Loads:
    """The ``loads`` table: a row for each node name on which pods count, whether there is such a Node or not."""

    def __init__(self) -> None:
        self.table: Table[LoadRow] = Table()
        self._sums: dict[str, _Sum] = {}
        self._weights: dict[Hashable, Weight] = {}

    def move(self, old: Pod | None, new: Pod | None) -> None:
        """Count a pod as it is now, and no more as it was."""
        before, after = _place(old), _place(new)
        if old is not None and new is not None and before == after and self._weigh(old.spec) == self._weigh(new.spec):
            return
        if old is not None and before:
            self._add(before, self._weigh(old.spec), -1)
        if new is not None and after:
            self._add(after, self._weigh(new.spec), 1)
        for node in {before, after} - {""}:
            self.tell(node)

    def fill(self, pod: Pod) -> None:
        """Count a pod that was not counted, without telling: ``tell_all`` does so when all are counted."""
        if node := _place(pod):
            self._add(node, self._weigh(pod.spec), 1)

    def tell_all(self) -> None:
        """Make every row anew."""
        for node in list(self._sums):
            self.tell(node)

    def tell(self, node: str) -> None:
        """Make a node's row anew."""
        total = self._sums[node]
        if total.pods == 0:
            del self._sums[node]
            self.table.remove(node)
            return
        self.table.put(
            LoadRow(
                id=node,
                pods=total.pods,
                cpu=_bound(total.cpu),
                memory=_bound(total.memory),
                cpu_limit=_bound(total.cpu_limit),
                memory_limit=_bound(total.memory_limit),
            )
        )

    def _add(self, node: str, weight: Weight, times: int) -> None:
        total = self._sums.setdefault(node, _Sum())
        total.pods += times
        total.cpu += times * weight.cpu
        total.memory += times * weight.memory
        total.cpu_limit += times * weight.cpu_limit
        total.memory_limit += times * weight.memory_limit

    def _weigh(self, spec: PodSpec) -> Weight:
        """What a pod of this spec weighs. Most pods are made from few templates, so the shapes met are remembered."""
        shape = _shape(spec)
        weight = self._weights.get(shape)
        if weight is None:
            if len(self._weights) >= _SHAPES_KEPT:
                self._weights.clear()
            weight = self._weights[shape] = weigh(spec)
        return weight


def weigh(spec: PodSpec) -> Weight:
    """What a pod of this spec weighs."""
    requests, limits = count_requests(spec), count_limits(spec)
    none = Fraction(0)
    return Weight(
        cpu=int(requests.get("cpu", none) * 1000),
        memory=int(requests.get("memory", none)),
        cpu_limit=int(limits.get("cpu", none) * 1000),
        memory_limit=int(limits.get("memory", none)),
    )


def _place(pod: Pod | None) -> str:
    """The node on which the pod counts, or "" where it counts on none."""
    return "" if pod is None or pod.status.phase in ENDED else pod.spec.node_name


def _shape(spec: PodSpec) -> Hashable:
    """All that a pod's weight rests on."""
    containers = tuple([_shape_of(container.resources) for container in spec.containers or ()])
    if not (spec.init_containers or spec.overhead or spec.resources):
        return (containers,)
    initial = tuple([(each.restart_policy, _shape_of(each.resources)) for each in spec.init_containers or ()])
    return containers, initial, _items(spec.overhead), _shape_of(spec.resources)


def _shape_of(resources: ResourceRequirements | None) -> Hashable:
    return None if resources is None else (_items(resources.requests), _items(resources.limits))


def _items(quantities: Mapping[str, str] | None) -> Hashable:
    return None if quantities is None else tuple(quantities.items())


def _bound(amount: int) -> int:
    return max(-LARGEST, min(LARGEST, amount))
