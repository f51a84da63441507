"""Risks: a word for what in a role leads further than it says. docs/escalation.md tells how each does."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from visualizer.rbac import powers
from visualizer.rbac.powers import Probe, powers_of_role
from visualizer.rbac.rules import RoleRules

_WORDS: Final[Mapping[Probe, str]] = {
    **{("escalate", resource): "escalate" for resource in (powers.ROLES, powers.CLUSTER_ROLES)},
    **{("bind", resource): "bind roles" for resource in (powers.ROLES, powers.CLUSTER_ROLES)},
    **{("impersonate", resource): "impersonate" for resource in (powers.USERS, powers.GROUPS, powers.ACCOUNTS)},
    **{(verb, powers.SECRETS): "read Secrets" for verb in powers.READS},
    ("create", powers.TOKENS): "make tokens",
    **{("create", resource): "run pods" for resource in (powers.PODS, *powers.TEMPLATES)},
    ("create", powers.EXEC): "exec",
    **{(verb, powers.EPHEMERAL): "exec" for verb in powers.WRITES},
    **{(verb, powers.NODE_PROXY): "nodes/proxy" for verb in ("get", "create")},
    ("approve", powers.SIGNERS): "sign certificates",
    **{(verb, powers.WEBHOOKS): "webhooks" for verb in ("create", *powers.WRITES)},
    ("create", powers.POLICIES): "webhooks",
}
EVERYTHING: Final = "everything"


def risks_of(role: RoleRules) -> list[str]:
    """The words for this role, in the order of the list above; one word where it allows everything."""
    if role.is_everything:
        return [EVERYTHING]
    held = powers_of_role(role)
    return list(dict.fromkeys(word for probe, word in _WORDS.items() if probe in held))
