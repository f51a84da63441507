"""Requests and limits: how much of each resource a pod asks for and may use, as the scheduler counts it.

``PodRequests`` and ``PodLimits`` of component-helpers' ``resource/helpers.go``: containers run side by side and add up;
init containers run one after another, so that the largest counts, beside the sidecars that were started before it
(KEP-753); a pod's own ``resources`` take the place of the sum for CPU, memory and huge pages (KEP-2837); overhead comes
on top, of limits only where there are any (KEP-688). What is being resized counts as its spec says (KEP-1287).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from fractions import Fraction
from math import ceil
from typing import Final

from visualizer.objects import Container, PodSpec, ResourceRequirements
from visualizer.quantities import parse
from visualizer.scheduling.asks import AskingSpec

Amounts = dict[str, Fraction]

_Column = Callable[[ResourceRequirements | None], Mapping[str, str] | None]
"""Which of the two is counted."""

_MILLI: Final = 1000
_OF_PODS: Final = ("cpu", "memory")


def count_requests(spec: PodSpec | AskingSpec) -> Amounts:
    """What a pod asks for, by resource. CPU is rounded up to thousandths and all else to whole units, as there."""
    total = _count(spec, lambda resources: resources.requests if resources else None)
    return _round(_sum([total, _parse(spec.overhead)]))


def count_limits(spec: PodSpec | AskingSpec) -> Amounts:
    """The most that a pod's containers with limits may use, by resource. A container without a limit adds nothing."""
    total = _count(spec, lambda resources: resources.limits if resources else None)
    overhead = {resource: amount for resource, amount in _parse(spec.overhead).items() if total.get(resource)}
    return _round(_sum([total, overhead]))


def read_amounts(quantities: Mapping[str, str] | None) -> Amounts:
    """What a node has to give."""
    return _round(_parse(quantities))


def _count(spec: PodSpec | AskingSpec, column: _Column) -> Amounts:
    total = _sum(_parse(column(container.resources)) for container in spec.containers or ())
    largest = _of_init_containers(spec.init_containers or (), total, column)
    for resource, amount in largest.items():
        total[resource] = max(total.get(resource, Fraction(0)), amount)
    for resource, amount in _parse(column(spec.resources)).items():
        if resource in _OF_PODS or resource.startswith("hugepages-"):
            total[resource] = amount
    return total


def _of_init_containers(containers: Sequence[Container], total: Amounts, column: _Column) -> Amounts:
    """The most that is asked for while they run. Sidecars go on, and are added to ``total``."""
    sidecars: Amounts = {}
    largest: Amounts = {}
    for container in containers:
        now = _parse(column(container.resources))
        if container.restart_policy == "Always":
            for resource, amount in now.items():
                total[resource] = total.get(resource, Fraction(0)) + amount
            sidecars = _sum([sidecars, now])
            now = sidecars
        else:
            now = _sum([sidecars, now])
        for resource, amount in now.items():
            largest[resource] = max(largest.get(resource, Fraction(0)), amount)
    return largest


def _parse(quantities: Mapping[str, str] | None) -> Amounts:
    amounts: Amounts = {}
    for resource, text in (quantities or {}).items():
        amount = parse(text)
        if amount is not None:
            amounts[resource] = amount
    return amounts


def _round(amounts: Amounts) -> Amounts:
    return {
        resource: Fraction(ceil(amount * _MILLI), _MILLI) if resource == "cpu" else Fraction(ceil(amount))
        for resource, amount in amounts.items()
    }


def _sum(many: Iterable[Amounts]) -> Amounts:
    total: Amounts = {}
    for amounts in many:
        for resource, amount in amounts.items():
            total[resource] = total.get(resource, Fraction(0)) + amount
    return total
