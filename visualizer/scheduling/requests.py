"""Requests: how much of each resource a pod asks for, as the scheduler counts it.

``PodRequests`` of component-helpers' ``resource/helpers.go``: containers run side by side and add up; init containers
run one after another, so that the largest counts, beside the sidecars that were started before it (KEP-753); a pod's
own ``resources`` take the place of the sum for CPU, memory and huge pages (KEP-2837); overhead comes on top (KEP-688).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from math import ceil
from typing import Final

from visualizer.objects import Container, PodSpec
from visualizer.quantities import parse
from visualizer.scheduling.asks import AskingSpec

Amounts = dict[str, Fraction]

_MILLI: Final = 1000
_OF_PODS: Final = ("cpu", "memory")


def count_requests(spec: PodSpec | AskingSpec) -> Amounts:
    """What a pod asks for, by resource. CPU is rounded up to thousandths and all else to whole units, as there."""
    total = _sum(_read(container) for container in spec.containers or ())
    largest = _of_init_containers(spec.init_containers or (), total)
    for resource, amount in largest.items():
        total[resource] = max(total.get(resource, Fraction(0)), amount)
    for resource, amount in _parse(spec.resources.requests if spec.resources else None).items():
        if resource in _OF_PODS or resource.startswith("hugepages-"):
            total[resource] = amount
    return _round(_sum([total, _parse(spec.overhead)]))


def read_amounts(quantities: Mapping[str, str] | None) -> Amounts:
    """What a node has to give."""
    return _round(_parse(quantities))


def _of_init_containers(containers: Sequence[Container], total: Amounts) -> Amounts:
    """The most that is asked for while they run. Sidecars go on, and are added to ``total``."""
    sidecars: Amounts = {}
    largest: Amounts = {}
    for container in containers:
        now = _read(container)
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


def _read(container: Container) -> Amounts:
    return _parse(container.resources.requests if container.resources else None)


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
