"""Questions to a policy: who can do this, and what can they do.

Only those are known whom a binding names; a group's members are not. Whoever is in ``system:masters`` may do anything
and is in no list, and what the Node authorizer allows kubelets is not RBAC.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from msgspec import Struct

from visualizer.rbac.attributes import Attributes
from visualizer.rbac.authorizer import Grant
from visualizer.rbac.identities import Identity
from visualizer.rbac.policy import Key, Party, Policy


class Holder(Struct, frozen=True):
    """Somebody who can do what was asked, by each of these grants."""

    party: Party
    grants: list[Grant]


class Permission(Struct, frozen=True):
    """One line of what somebody can do: verbs on a resource (or a URL, then ``group`` is empty), and the grant of each.

    ``namespace`` is empty for the whole cluster. ``names`` are the only objects meant, or empty for all.
    """

    namespace: str
    group: str
    resource: str
    names: tuple[str, ...]
    is_url: bool
    verbs: dict[str, list[Grant]]


def who_can(policy: Policy, attributes: Attributes, *, anywhere: bool = False) -> list[Holder]:
    """Everybody whom a binding names and who can do this, by name. ``anywhere``: in any namespace at all."""
    found: dict[Party, list[Grant]] = {}
    for key, role in policy.roles.items():
        rule = role.find(attributes)
        if rule is None:
            continue
        for bound in policy.bindings_of_role(key):
            home = bound.key.namespace
            if (home and home != attributes.namespace and not anywhere) or policy.role_of(bound) is not role:
                continue
            if home and attributes.path is not None:
                continue
            for party in dict.fromkeys(bound.parties):
                if party is not None:
                    grant = Grant(bound, bound.parties.index(party), role, rule)
                    found.setdefault(party, []).append(grant)
    return [Holder(party, sorted(found[party], key=_place)) for party in sorted(found)]


def what_can(policy: Policy, identity: Identity) -> list[Permission]:
    """What somebody of this name, in these groups, can do anywhere: cluster-wide first, then by namespace."""
    rows: dict[tuple[str, bool, str, str, tuple[str, ...]], dict[str, list[Grant]]] = {}
    for grant in grants_of(policy, identity):
        rule, namespace = grant.rule, grant.bound.key.namespace
        names = tuple(sorted(rule.names))
        targets = [(False, group, resource) for group in rule.groups for resource in rule.resources]
        targets += [(True, "", url) for url in rule.urls if not namespace]
        for is_url, group, resource in targets:
            verbs = rows.setdefault((namespace, is_url, group, resource, () if is_url else names), {})
            for verb in rule.verbs:
                verbs.setdefault(verb, []).append(grant)
    return [
        Permission(namespace, group, resource, names, is_url, dict(sorted(verbs.items())))
        for (namespace, is_url, group, resource, names), verbs in sorted(rows.items())
    ]


def grants_of(policy: Policy, identity: Identity) -> Iterable[Grant]:
    """Each rule of each binding that applies to this identity, wherever."""
    for bound, subject in policy.applying_anywhere(identity.user, identity.groups):
        role = policy.role_of(bound)
        if role is not None:
            for rule in role.rules:
                yield Grant(bound, subject, role, rule)


def find_parties(policy: Policy, name: str, accounts: Iterable[Key] = ()) -> Sequence[Party]:
    """Everybody of this bare name: Users, Groups, and ServiceAccounts in any namespace (also ``namespace/name``)."""
    namespace, slash, account = name.rpartition("/")
    known = {party for party in policy.parties if party.name == (account if slash else name)}
    known |= {Party("ServiceAccount", key.name, key.namespace) for key in accounts if key.name == account}
    if slash:
        known = {party for party in known if party.namespace == namespace}
    return sorted(known)


def _place(grant: Grant) -> tuple[Key, int]:
    return grant.bound.key, grant.subject
