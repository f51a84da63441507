"""Steps by way of roles and bindings, which the API server guards with the verbs ``bind`` and ``escalate``."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from visualizer.rbac import kinds, powers
from visualizer.rbac.identities import identity_of
from visualizer.rbac.policy import Key, Party
from visualizer.rbac.powers import EVERYWHERE, Power
from visualizer.rbac.rules import RoleRules
from visualizer.rbac.surroundings import (
    Edge,
    Held,
    Need,
    Powers,
    Surroundings,
    common,
    exists_role,
    is_named,
    is_whole,
    label,
    may,
    pick,
)


def by_bindings(around: Surroundings, held: Powers) -> Iterator[Edge]:
    """Steps by a binding of one's own to a role that one does not hold."""
    binds = [
        *pick(held, "bind", powers.CLUSTER_ROLES),
        *pick(held, "bind", powers.ROLES),
    ]
    if not binds:
        return
    for power in pick(held, "create", powers.CLUSTER_ROLE_BINDINGS):
        if is_whole(power):
            yield from _by_cluster_role_binding(around, power, binds)
    for power in pick(held, "create", powers.ROLE_BINDINGS):
        if power.admits(""):
            yield from _by_role_binding(around, power, binds)
    for power in pick(held, powers.WRITES, powers.CLUSTER_ROLE_BINDINGS):
        if not power.scope:
            yield from _by_rebinding(around, power, binds, "")
    for power in pick(held, powers.WRITES, powers.ROLE_BINDINGS):
        for namespace in [power.scope] if is_named(power.scope) else sorted(around.situation.namespaces):
            yield from _by_rebinding(around, power, binds, namespace)


def _by_cluster_role_binding(around: Surroundings, power: Power, binds: Sequence[Power]) -> Iterator[Edge]:
    for bind in binds:
        if not bind.scope and bind.probe[1] == powers.CLUSTER_ROLES:
            for key in _bindable(around, bind, ""):
                yield Edge(kinds.BIND, Held(key, ""), (may(power), may(bind, key), exists_role(key)))


def _by_role_binding(around: Surroundings, power: Power, binds: Sequence[Power]) -> Iterator[Edge]:
    for bind in binds:
        if bind.probe[1] == powers.CLUSTER_ROLES:
            scope = common(power.scope, bind.scope)
            if scope is not None:
                for key in _bindable(around, bind, ""):
                    needs = (may(power), may(bind, key), exists_role(key))
                    yield Edge(kinds.BIND, Held(key, scope or EVERYWHERE), needs)
            continue
        for key in _bindable(around, bind, bind.scope):
            if power.reaches(key.namespace):
                needs = (may(power), may(bind, key), exists_role(key))
                yield Edge(kinds.BIND, Held(key, key.namespace), needs)


def _by_rebinding(around: Surroundings, power: Power, binds: Sequence[Power], namespace: str) -> Iterator[Edge]:
    for bound in around.policy.bindings_in(namespace):
        role = around.policy.role_of(bound)
        if role is None or not power.admits(bound.key.name):
            continue
        resource = powers.ROLES if role.namespace else powers.CLUSTER_ROLES
        bind = next(
            (
                power
                for power in binds
                if power.probe[1] == resource and power.reaches(namespace) and power.admits(role.name)
            ),
            None,
        )
        if bind is not None:
            needs = (may(power), may(bind, bound.role_key), Need(f"{bound.kind} {label(bound.key)} exists"))
            yield Edge(kinds.REBIND, Held(bound.role_key, namespace), needs)


def _bindable(around: Surroundings, bind: Power, namespace: str) -> Iterable[Key]:
    """The roles that may be bound. Where all may and one allows everything, the others lead nowhere further."""
    if not namespace and bind.probe[1] == powers.CLUSTER_ROLES:
        if not bind.names and around.everything:
            return around.everything
        return [key for key in around.policy.roles if not key.namespace and bind.admits(key.name)]
    return [
        key for key in around.policy.roles if key.namespace and bind.reaches(key.namespace) and bind.admits(key.name)
    ]


def by_roles(around: Surroundings, stand: Party | Held, held: Powers) -> Iterator[Edge]:
    """Steps by writing rules into a role that one is bound to."""
    if not isinstance(stand, Party):
        return
    identity = identity_of(stand)
    for escalate in [*pick(held, "escalate", powers.CLUSTER_ROLES), *pick(held, "escalate", powers.ROLES)]:
        resource = escalate.probe[1]
        writes = list(pick(held, powers.WRITES, resource))
        makes = [power for power in pick(held, "create", resource) if power.admits("")]
        for bound, _ in around.policy.applying_anywhere(identity.user, identity.groups):
            role = around.policy.role_of(bound)
            if role is None or (role.kind == "Role") != (resource == powers.ROLES):
                continue
            yield from _by_writing(bound.key.namespace, bound.id, role, escalate, writes)
            if makes and resource == powers.CLUSTER_ROLES:
                yield from _by_gathering(bound.key.namespace, bound.id, role, escalate, makes)


def _by_writing(
    namespace: str, bound_id: str, role: RoleRules, escalate: Power, writes: Sequence[Power]
) -> Iterator[Edge]:
    home = role.namespace
    if not escalate.admits(role.name) or not escalate.reaches(home):
        return
    write = next((power for power in writes if power.reaches(home) and power.admits(role.name)), None)
    if write is not None:
        binds = Need(f"{bound_id.replace(':', ' ', 1)} binds it to {role.kind} {role.name}")
        yield Edge(kinds.ESCALATE, Held(None, namespace), (may(write), may(escalate), binds))


def _by_gathering(
    namespace: str, bound_id: str, role: RoleRules, escalate: Power, makes: Sequence[Power]
) -> Iterator[Edge]:
    gathering = role.role.aggregation_rule
    make = next((power for power in makes if not power.scope), None)
    if (
        gathering is None
        or not gathering.cluster_role_selectors
        or make is None
        or escalate.scope
        or not escalate.admits("")
    ):
        return
    gathers = Need(f"ClusterRole {role.name} gathers others by their labels")
    binds = Need(f"{bound_id.replace(':', ' ', 1)} binds it to ClusterRole {role.name}")
    yield Edge(kinds.AGGREGATE, Held(None, namespace), (may(make), may(escalate), gathers, binds))
