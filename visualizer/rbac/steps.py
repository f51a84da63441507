"""Steps: what somebody can do next to come to hold more, with the preconditions of each and what meets them.

A step is there only where every precondition holds; one that cannot be known is kept as unknown. Each step's
permissions are those of one actor alone. Where Kubernetes decides what a step needs, docs/escalation.md names the
source.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import Final

from visualizer.rbac import kinds, powers
from visualizer.rbac.authorizer import Grant
from visualizer.rbac.identities import identity_of
from visualizer.rbac.identitysteps import by_identity, by_tokens
from visualizer.rbac.podsteps import by_pods
from visualizer.rbac.policy import Party
from visualizer.rbac.powers import Power, Probe
from visualizer.rbac.rolesteps import by_bindings, by_roles
from visualizer.rbac.situation import Situation
from visualizer.rbac.surroundings import (
    MASTERS,
    Edge,
    Held,
    Need,
    Powers,
    Reach,
    Stand,
    Surroundings,
    account,
    holds_token,
    is_whole,
    may,
    pick,
    runs,
)

_ANSWERED: Final = Need("a server that the API server can reach answers for the webhook", None, False)
_OTHERS_WRITE: Final = Need("somebody who may do everything writes what it can alter", None, False)


class Steps:
    """The steps of everybody in one situation."""

    def __init__(self, situation: Situation) -> None:
        self.around = Surroundings(situation)
        self._policy = situation.policy
        self._role_powers = {
            key: found for key, role in self._policy.roles.items() if (found := powers.powers_of_role(role))
        }

    def powers_of(self, stand: Party | Held) -> Powers:
        """The powers of an actor."""
        found: dict[Probe, list[Power]] = defaultdict(list)
        if isinstance(stand, Held):
            if stand.role is None:
                return {probe: [Power(probe, stand.scope, frozenset(), None)] for probe in powers.ALL_PROBES}
            for probe, rules in self._role_powers.get(stand.role, {}).items():
                found[probe] = [Power(probe, stand.scope, rule.names, None) for rule in rules]
            return found
        identity = identity_of(stand)
        for bound, subject in self._policy.applying_anywhere(identity.user, identity.groups):
            role = self._policy.role_of(bound)
            held = self._role_powers.get(bound.role_key) if role is not None else None
            if role is None or held is None:
                continue
            for probe, rules in held.items():
                for rule in rules:
                    grant = Grant(bound, subject, role, rule)
                    found[probe].append(Power(probe, bound.key.namespace, rule.names, grant))
        return found

    def of(self, stand: Stand) -> Iterator[Edge]:
        """Every step from here."""
        if isinstance(stand, Reach):
            yield from _from_reach(self.around, stand)
            return
        held = self.powers_of(stand)
        if held:
            around = self.around
            yield from by_pods(around, held)
            yield from by_tokens(around, held)
            yield from by_identity(around, held)
            yield from by_bindings(around, held)
            yield from by_roles(around, stand, held)
            yield from _by_admission(held)


def _from_reach(around: Surroundings, reach: Reach) -> Iterator[Edge]:
    """What a reach leads on to."""
    means, where = reach
    if means == "accounts":
        found = [(party, around.exists(party)) for party in around.accounts if where in ("*", party.namespace)]
    elif means == "pods":
        found = [(account(pod), runs(pod)) for pod in around.pods if where in ("*", pod.namespace)]
    elif means == "node":
        found = [(account(pod), runs(pod)) for pod in around.pods if where in ("*", pod.node)]
    elif means == "secrets":
        secrets = [(key, name) for key, name in around.token_secrets.items() if where in ("*", key.namespace)]
        found = [(Party("ServiceAccount", name, key.namespace), holds_token(key, name)) for key, name in secrets]
    else:
        others = [party for party in around.parties() - {MASTERS} if means in ("anybody", party.kind)]
        yield from (Edge(None, party, ()) for party in others)
        return
    for party, need in found:
        yield Edge(None, party, (need,))


def _by_admission(held: Powers) -> Iterator[Edge]:
    """Altering what others write."""
    hooks = [*pick(held, "create", powers.WEBHOOKS), *pick(held, powers.WRITES, powers.WEBHOOKS)]
    hook = next((power for power in hooks if not power.scope and not power.names), None)
    if hook is not None:
        yield Edge(kinds.WEBHOOK, Held(None, ""), (may(hook), _ANSWERED, _OTHERS_WRITE))
    policy = next((power for power in pick(held, "create", powers.POLICIES) if is_whole(power)), None)
    binding = next((power for power in pick(held, "create", powers.POLICY_BINDINGS) if is_whole(power)), None)
    if policy is not None and binding is not None:
        needs = (may(policy), may(binding), _OTHERS_WRITE)
        yield Edge(kinds.ADMISSION_POLICY, Held(None, ""), needs)
