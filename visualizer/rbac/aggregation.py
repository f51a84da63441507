"""Aggregated ClusterRoles: their rules are gathered from others by label, by a controller of Kubernetes.

A log shows what the controller wrote, so nothing here is needed to decide. It is for what-if: a ClusterRole that is
edited or added may alter others. Mirrors pkg/controller/clusterroleaggregation/clusterroleaggregation_controller.go.
"""

from __future__ import annotations

import msgspec

from visualizer.objects import AggregationRule, PolicyRule, Role
from visualizer.rbac.policy import Policy
from visualizer.rbac.rules import selects

_MOST_ROUNDS = 10
"""Roles gathered from gathered roles: Kubernetes' own go three deep (view, edit, admin)."""


def aggregate(policy: Policy) -> None:
    """Fill the rules of every aggregated ClusterRole, as the controller would."""
    for _ in range(_MOST_ROUNDS):
        stale = [role for role in (_filled(policy, found.role) for found in policy.roles.values()) if role is not None]
        if not stale:
            return
        for role in stale:
            policy.put_role(role)


def gathered_rules(policy: Policy, role: Role) -> list[PolicyRule]:
    """The rules that this aggregated role is to have: those of the others that it selects, by name, none twice.

    The controller goes through the selectors one after the other, and through the roles of each by name.
    """
    rules: list[PolicyRule] = []
    gathering = role.aggregation_rule or AggregationRule()
    others = sorted(key for key in policy.roles if not key.namespace and key.name != role.metadata.name)
    for selector in gathering.cluster_role_selectors or ():
        alone = AggregationRule(cluster_role_selectors=[selector])
        for other in (policy.roles[key].role for key in others):
            if selects(alone, other.metadata.labels or {}):
                rules += [rule for rule in other.rules or () if rule not in rules]
    return rules


def _filled(policy: Policy, role: Role) -> Role | None:
    """The role with the rules it is to have; None where it has them, or is not aggregated."""
    if role.aggregation_rule is None or role.metadata.namespace:
        return None
    rules = gathered_rules(policy, role)
    return None if rules == (role.rules or []) else msgspec.structs.replace(role, rules=rules)
