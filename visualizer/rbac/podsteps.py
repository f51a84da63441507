"""Steps by way of pods.

What a ServiceAccount may do can be done by whatever code runs as it: its token is a file in its pods.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from visualizer.rbac import kinds, powers
from visualizer.rbac.kinds import Kind
from visualizer.rbac.policy import Key
from visualizer.rbac.powers import Power
from visualizer.rbac.resources import ResourceName
from visualizer.rbac.surroundings import (
    Edge,
    Need,
    Powers,
    Reach,
    Surroundings,
    account,
    may,
    pick,
    runs,
    spread,
)

_INTO_PODS: Final = (
    (kinds.ALTER_POD, powers.WRITES, powers.PODS),
    (kinds.EXEC, ("create",), powers.EXEC),
    (kinds.EPHEMERAL, powers.WRITES, powers.EPHEMERAL),
)
_ADMITTED: Final = Need("no admission webhook or policy refuses the pod", None, False)
_EXEC_NEEDS_CREATE: Final = 35
"""From this minor version on, exec by a websocket needs ``create`` too, and ``get`` alone is not enough."""


def by_pods(around: Surroundings, held: Powers) -> Iterator[Edge]:
    """Steps by code that runs as a ServiceAccount, which can read its token."""
    yield from _by_making(around, held)
    for kind, verbs, resource in _INTO_PODS:
        for power in pick(held, verbs, resource):
            yield from _into_pods(around, kind, power)
    yield from _by_get_exec(around, held)
    for power in pick(held, ("get", "create"), powers.NODE_PROXY):
        if not power.scope:  # nodes have no namespace
            for node in sorted(power.names) or ["*"]:
                yield Edge(kinds.NODE_PROXY, Reach("node", node), (may(power),))


def _by_making(around: Surroundings, held: Powers) -> Iterator[Edge]:
    for power in pick(held, "create", powers.PODS):
        if power.admits(""):
            yield Edge(kinds.RUN_POD, Reach("accounts", spread(power)), (may(power), _ADMITTED))
            unrestricted = around.unrestricted(power)
            if unrestricted is not None:
                yield Edge(kinds.PRIVILEGED_POD, Reach("node", "*"), (may(power), unrestricted, _ADMITTED))
    for template in powers.TEMPLATES:
        for power in pick(held, "create", template):
            if power.admits(""):
                yield Edge(kinds.RUN_WORKLOAD, Reach("accounts", spread(power)), (may(power), _ADMITTED))
        for power in pick(held, powers.WRITES, template):
            yield from _altering(around, power, template)


def _altering(around: Surroundings, power: Power, template: ResourceName) -> Iterator[Edge]:
    there: dict[str, Key] = {}
    for key in around.situation.workloads.get((template.group, template.resource), ()):
        if power.reaches(key.namespace) and power.admits(key.name):
            there.setdefault(key.namespace, key)
    for namespace, key in there.items():
        exists = Need(f"{template.resource} {namespace}/{key.name} exists")
        yield Edge(kinds.ALTER_WORKLOAD, Reach("accounts", namespace), (may(power), exists, _ADMITTED))


def _into_pods(around: Surroundings, kind: Kind, power: Power, *more: Need) -> Iterator[Edge]:
    if not power.names:
        yield Edge(kind, Reach("pods", spread(power)), (may(power), *more))
        return
    for pod in around.pods:
        if power.reaches(pod.namespace) and power.admits(pod.name):
            yield Edge(kind, account(pod), (may(power), runs(pod), *more))


def _by_get_exec(around: Surroundings, held: Powers) -> Iterator[Edge]:
    minor = around.situation.server_minor
    if minor is not None and minor >= _EXEC_NEEDS_CREATE:
        return
    older = [] if minor is not None else [Need("the server is older than 1.35, where get is enough", None, False)]
    for power in pick(held, "get", powers.EXEC):
        yield from _into_pods(around, kinds.EXEC, power, *older)
