"""Hygiene: what lies about in a policy. Grants to nothing, roles for nobody, more than anybody needs.

What Kubernetes brings itself (names beginning with ``system:``, and its bootstrapping label) is left out where it is
as it should be: a role of its own that nobody holds is no mess.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from msgspec import Struct

from visualizer.rbac.identities import AUTHENTICATED, UNAUTHENTICATED
from visualizer.rbac.policy import BoundRole, Key, Party, Policy, object_id
from visualizer.rbac.rules import ALL, RoleRules, Rule
from visualizer.rbac.situation import Situation

BOOTSTRAPPING: Final = "kubernetes.io/bootstrapping"


class Finding(Struct, frozen=True):
    """One thing. ``kind`` is a word for all of its sort, ``where`` the id of what it is about, ``text`` a sentence."""

    kind: str
    where: str
    text: str


def inspect(situation: Situation) -> list[Finding]:
    """Everything found, by sort and place."""
    policy = situation.policy
    found = [
        *_dangling(policy),
        *_unheld(policy),
        *_missing_accounts(situation),
        *_wildcards(policy),
        *_broad(policy),
        *_default_accounts(policy),
        *_idle_tokens(situation),
    ]
    return sorted(found, key=lambda finding: (finding.kind, finding.where, finding.text))


def _dangling(policy: Policy) -> Iterator[Finding]:
    for bound in policy.bindings.values():
        if policy.role_of(bound) is None:
            yield Finding(
                "dangling", bound.id, f"It refers to {bound.role_id.replace(':', ' ', 1)}, which is not there."
            )
        if not bound.binding.subjects and not _is_own(bound.binding.metadata.labels, bound.key.name):
            yield Finding("no subjects", bound.id, "It binds nobody.")


def _unheld(policy: Policy) -> Iterator[Finding]:
    for key, role in policy.roles.items():
        if _is_own(role.role.metadata.labels, role.name):
            continue
        bound = [bound for bound in policy.bindings_of_role(key) if policy.role_of(bound) is role]
        if not any(party for binding in bound for party in binding.parties) and not _is_gathered(policy, role):
            yield Finding("unused role", object_id(role.kind, key), "Nobody holds it.")


def _is_gathered(policy: Policy, role: RoleRules) -> bool:
    labels = role.role.metadata.labels or {}
    return not role.namespace and any(name.startswith("rbac.") and "/aggregate-to-" in name for name in labels)


def _missing_accounts(situation: Situation) -> Iterator[Finding]:
    if situation.accounts is None:
        return
    for party, keys in situation.policy.parties.items():
        is_there = Key(party.namespace, party.name) in situation.accounts
        if party.kind == "ServiceAccount" and not is_there and party.namespace != "kube-system":
            for key in keys:
                bound = situation.policy.bindings[key]
                yield Finding("missing account", bound.id, f"{party.words} does not exist; whoever makes it has this.")


def _wildcards(policy: Policy) -> Iterator[Finding]:
    for key, role in policy.roles.items():
        if _is_own(role.role.metadata.labels, role.name):
            continue
        words = sorted({word for rule in role.rules for word in _stars(rule)})
        if words:
            yield Finding("wildcard", object_id(role.kind, key), f"It allows {', and '.join(words)}.")


def _stars(rule: Rule) -> Iterable[str]:
    if rule.is_everything:
        return ["everything"]
    words = {"every verb": rule.verbs, "every resource": rule.resources, "every API group": rule.groups}
    return [word for word, values in words.items() if ALL in values] + (["every URL"] if ALL in rule.urls else [])


def _broad(policy: Policy) -> Iterator[Finding]:
    for name, who in (
        (UNAUTHENTICATED, "everybody, without credentials"),
        (AUTHENTICATED, "everybody with credentials"),
    ):
        for bound in policy.bindings_of_party(Party("Group", name)):
            role = policy.role_of(bound)
            if role is not None and role.rules and not _is_own(bound.binding.metadata.labels, bound.key.name):
                yield Finding("granted to all", bound.id, f"It gives {role.kind} {role.name} to {who}.")


def _default_accounts(policy: Policy) -> Iterator[Finding]:
    for party in policy.parties:
        if party.kind == "ServiceAccount" and party.name == "default":
            for bound in policy.bindings_of_party(party):
                if _gives(policy, bound):
                    text = f"It gives powers to {party.words}, which every pod there has that names no other."
                    yield Finding("default account", bound.id, text)


def _idle_tokens(situation: Situation) -> Iterator[Finding]:
    """Pods with a token whose ServiceAccount was given nothing: it can do no more than anybody can."""
    policy, given = situation.policy, {}
    for pod in situation.pods or ():
        party = Party("ServiceAccount", pod.account, pod.namespace)
        if party not in given:
            groups = ("system:serviceaccounts", f"system:serviceaccounts:{pod.namespace}")
            bound = [
                found
                for who in (party, *(Party("Group", name) for name in groups))
                for found in policy.bindings_of_party(who)
            ]
            given[party] = any(not _is_own(found.binding.metadata.labels, found.key.name) for found in bound)
        if pod.has_token and not given[party]:
            text = f"It mounts a token of {party.words}, to which nothing is granted."
            yield Finding("idle token", f"v1/pods:{pod.namespace}/{pod.name}", text)


def _gives(policy: Policy, bound: BoundRole) -> bool:
    role = policy.role_of(bound)
    return role is not None and bool(role.rules)


def _is_own(labels: dict[str, str] | None, name: str) -> bool:
    """Whether Kubernetes, or its distribution, brings it."""
    return BOOTSTRAPPING in (labels or {}) or name.startswith("system:")
