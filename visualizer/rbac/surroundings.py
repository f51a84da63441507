"""What steps are made of: where they lead, their preconditions, and what there is around a policy.

A step leads from an actor (a party, or a role that somebody granted itself) to another party, to a role, or to a reach:
many parties that the same means leads to, such as every ServiceAccount of a namespace.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

from visualizer.rbac.kinds import Kind
from visualizer.rbac.policy import Key, Party
from visualizer.rbac.powers import EVERYWHERE, Power, Probe
from visualizer.rbac.resources import ResourceName
from visualizer.rbac.situation import AccountPod, Situation

MASTERS: Final = Party("Group", "system:masters")
_UNRESTRICTED: Final = ("", "privileged")


class Held(NamedTuple):
    """A role that somebody granted itself: ``role`` is None for everything. ``scope`` as of a Power."""

    role: Key | None
    scope: str


class Reach(NamedTuple):
    """Many parties at once: the accounts of a namespace, the pods of a namespace or node, Secrets, or anybody."""

    means: str
    where: str


class Need(NamedTuple):
    """One precondition. ``power`` is the permission that meets it, where it is one."""

    text: str
    power: Power | None = None
    is_known: bool = True


Stand = Party | Held | Reach


class Edge(NamedTuple):
    """A step. ``kind`` is None where a reach leads on to one of its parties: that is the second half of a step."""

    kind: Kind | None
    target: Stand
    needs: tuple[Need, ...]


Powers = Mapping[Probe, Sequence[Power]]


class Surroundings:
    """A situation, with what steps ask of it again and again."""

    def __init__(self, situation: Situation) -> None:
        self.situation = situation
        self.policy = situation.policy
        self.accounts = _known_accounts(situation)
        self.pods = [pod for pod in situation.pods or () if pod.has_token and pod.is_running]
        self.token_secrets = situation.token_secrets or {}
        self.everything = [key for key, role in self.policy.roles.items() if role.is_everything and not key.namespace]

    def parties(self) -> set[Party]:
        """Everybody there is: whom bindings name, and every ServiceAccount."""
        return {*self.policy.parties, *self.accounts, MASTERS}

    def exists(self, party: Party) -> Need:
        """That this ServiceAccount exists."""
        return Need(f"{party.words} exists", None, self.situation.accounts is not None)

    def unrestricted(self, power: Power) -> Need | None:
        """That Pod Security admission lets privileged pods into a namespace where the power holds; None where not."""
        levels = self.situation.pod_security
        if levels is None:
            return Need("no Pod Security level of the namespace forbids it", None, False)
        for namespace in [power.scope] if is_named(power.scope) else sorted(levels):
            if levels.get(namespace, "") in _UNRESTRICTED:
                return Need(f"no Pod Security level of the namespace {namespace} forbids it")
        return None


def _known_accounts(situation: Situation) -> list[Party]:
    if situation.accounts is not None:
        return [Party("ServiceAccount", key.name, key.namespace) for key in sorted(situation.accounts)]
    return sorted(party for party in situation.policy.parties if party.kind == "ServiceAccount")


def pick(held: Powers, verbs: str | Sequence[str], resource: ResourceName) -> Sequence[Power]:
    """The powers that are one of these verbs on this resource."""
    wanted = (verbs,) if isinstance(verbs, str) else verbs
    return [power for verb in wanted for power in held.get((verb, resource), ())]


def may(power: Power, role: Key | None = None) -> Need:
    """That this may be done, and to this role in particular."""
    return Need(power.words if role is None else f"{power.words}, {label(role)} among them", power)


def exists_role(key: Key) -> Need:
    """That there is this role."""
    return Need(f"{'Role' if key.namespace else 'ClusterRole'} {label(key)} exists")


def label(key: Key) -> str:
    """``shop/readers``, ``edit``."""
    return f"{key.namespace}/{key.name}" if key.namespace else key.name


def spread(power: Power) -> str:
    """The namespace in which the power holds, or ``*`` for all."""
    return power.scope if is_named(power.scope) else "*"


def is_named(scope: str) -> bool:
    """Whether a scope is one namespace."""
    return scope not in ("", EVERYWHERE)


def is_whole(power: Power) -> bool:
    """Whether the power holds in the whole cluster and for a request that names no object."""
    return not power.scope and power.admits("")


def covers(power: Power, other: Power) -> bool:
    """Whether one is held, for all names, wherever the other is."""
    return not power.names and (not is_named(power.scope) or power.scope == other.scope)


def common(first: str, second: str) -> str | None:
    """Where both scopes hold; None where nowhere."""
    if not is_named(first):
        return second if is_named(second) or not first else first
    return first if not is_named(second) or first == second else None


def account(pod: AccountPod) -> Party:
    """Whom the pod runs as."""
    return Party("ServiceAccount", pod.account, pod.namespace)


def runs(pod: AccountPod) -> Need:
    """That this pod runs, with the token in it."""
    where = f" on {pod.node}" if pod.node else ""
    return Need(f"Pod {pod.namespace}/{pod.name} runs as it{where}, with its token mounted")


def holds_token(key: Key, account: str) -> Need:
    """That this Secret holds the account's token."""
    return Need(f"Secret {key.namespace}/{key.name} holds a token of ServiceAccount {key.namespace}/{account}")
