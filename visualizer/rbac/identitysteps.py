"""Steps to another identity: its token, its name by impersonation, or a certificate in its name."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from visualizer.rbac import kinds, powers
from visualizer.rbac.kinds import Kind
from visualizer.rbac.policy import Party
from visualizer.rbac.powers import Power
from visualizer.rbac.surroundings import (
    MASTERS,
    Edge,
    Need,
    Powers,
    Reach,
    Surroundings,
    covers,
    holds_token,
    may,
    pick,
    spread,
)

CLIENT_SIGNER: Final = "kubernetes.io/kube-apiserver-client"
_TOKENS_FILLED: Final = Need("kube-controller-manager fills token Secrets, as it does by default", None, False)
_SIGNED: Final = Need(f"a signer answers for {CLIENT_SIGNER}, as kube-controller-manager does by default", None, False)


def by_tokens(around: Surroundings, held: Powers) -> Iterator[Edge]:
    """Steps by a ServiceAccount's token, asked for or read."""
    for power in pick(held, "create", powers.TOKENS):
        yield from to_accounts(around, kinds.TOKEN, power)
    readable = list(pick(held, powers.READS, powers.SECRETS))
    for power in readable:
        if not power.names:
            yield Edge(kinds.READ_SECRET, Reach("secrets", spread(power)), (may(power),))
            continue
        for key, account in around.token_secrets.items():
            if power.reaches(key.namespace) and power.admits(key.name):
                party = Party("ServiceAccount", account, key.namespace)
                yield Edge(kinds.READ_SECRET, party, (may(power), holds_token(key, account)))
    for made in pick(held, "create", powers.SECRETS):
        read = next((power for power in readable if covers(power, made)), None)
        if read is not None and made.admits(""):
            needs = (may(made), may(read), _TOKENS_FILLED)
            yield Edge(kinds.MAKE_SECRET, Reach("accounts", spread(made)), needs)


def to_accounts(around: Surroundings, kind: Kind, power: Power) -> Iterator[Edge]:
    """The step to each ServiceAccount that the power is held for."""
    if not power.names:
        yield Edge(kind, Reach("accounts", spread(power)), (may(power),))
        return
    for party in around.accounts:
        if power.reaches(party.namespace) and power.admits(party.name):
            yield Edge(kind, party, (may(power), around.exists(party)))


def by_identity(around: Surroundings, held: Powers) -> Iterator[Edge]:
    """Steps by acting as somebody else."""
    users = [power for power in pick(held, "impersonate", powers.USERS) if not power.scope]
    accounts = list(pick(held, "impersonate", powers.ACCOUNTS))
    for power in users:
        for name in sorted(power.names):
            yield Edge(kinds.IMPERSONATE_USER, Party("User", name), (may(power),))
        if not power.names:
            yield Edge(kinds.IMPERSONATE_USER, Reach("User", "*"), (may(power),))
    for power in accounts:
        yield from to_accounts(around, kinds.IMPERSONATE_ACCOUNT, power)
    anybody = next(iter([*users, *accounts]), None)  # the header for a group is taken only beside one for a user
    for power in pick(held, "impersonate", powers.GROUPS):
        if power.scope or anybody is None:
            continue
        needs = (may(power), may(anybody))
        for name in sorted(power.names) or [MASTERS.name]:
            yield Edge(kinds.IMPERSONATE_GROUP, Party("Group", name), needs)
        if not power.names:
            yield Edge(kinds.IMPERSONATE_GROUP, Reach("Group", "*"), needs)
    yield from _by_certificate(around, held)


def _by_certificate(around: Surroundings, held: Powers) -> Iterator[Edge]:
    wanted = (
        [power for power in pick(held, "create", powers.REQUESTS) if power.admits("")],
        [power for power in pick(held, powers.WRITES, powers.APPROVAL) if not power.names],
        [
            power
            for power in pick(held, "approve", powers.SIGNERS)
            if power.admits(CLIENT_SIGNER) or power.admits("kubernetes.io/*")
        ],
        [power for power in pick(held, powers.READS, powers.REQUESTS) if not power.names],
    )
    met = [next((power for power in found if not power.scope), None) for found in wanted]
    if all(met):
        needs = [may(power) for power in met if power is not None]
        yield Edge(kinds.CERTIFICATE, Reach("anybody", "*"), (*needs, _SIGNED))
