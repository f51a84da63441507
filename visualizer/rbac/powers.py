"""Powers: of all that a role allows, the few actions by which somebody can come to hold more.

A power is one action on one resource, such as ``create pods``. Each role's are found once; a party has those of the
roles that bind it, each in the binding's namespace. docs/escalation.md says why each matters.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final, NamedTuple

from visualizer.rbac.attributes import Attributes
from visualizer.rbac.authorizer import Grant
from visualizer.rbac.resources import ResourceName
from visualizer.rbac.rules import ALL, RoleRules, Rule
from visualizer.rbac.situation import WORKLOADS

RBAC_GROUP: Final = "rbac.authorization.k8s.io"
CERTIFICATES: Final = "certificates.k8s.io"
ADMISSION: Final = "admissionregistration.k8s.io"

PODS: Final = ResourceName("", "pods")
EXEC: Final = ResourceName("", "pods", "exec")
EPHEMERAL: Final = ResourceName("", "pods", "ephemeralcontainers")
NODE_PROXY: Final = ResourceName("", "nodes", "proxy")
SECRETS: Final = ResourceName("", "secrets")
ACCOUNTS: Final = ResourceName("", "serviceaccounts")
TOKENS: Final = ResourceName("", "serviceaccounts", "token")
USERS: Final = ResourceName("", "users")
GROUPS: Final = ResourceName("", "groups")
ROLES: Final = ResourceName(RBAC_GROUP, "roles")
CLUSTER_ROLES: Final = ResourceName(RBAC_GROUP, "clusterroles")
ROLE_BINDINGS: Final = ResourceName(RBAC_GROUP, "rolebindings")
CLUSTER_ROLE_BINDINGS: Final = ResourceName(RBAC_GROUP, "clusterrolebindings")
REQUESTS: Final = ResourceName(CERTIFICATES, "certificatesigningrequests")
APPROVAL: Final = ResourceName(CERTIFICATES, "certificatesigningrequests", "approval")
SIGNERS: Final = ResourceName(CERTIFICATES, "signers")
WEBHOOKS: Final = ResourceName(ADMISSION, "mutatingwebhookconfigurations")
POLICIES: Final = ResourceName(ADMISSION, "mutatingadmissionpolicies")
POLICY_BINDINGS: Final = ResourceName(ADMISSION, "mutatingadmissionpolicybindings")
TEMPLATES: Final = tuple(ResourceName(*place) for place in WORKLOADS.values())

WRITES: Final = ("update", "patch")
READS: Final = ("get", "list", "watch")

_PROBES: Final[Mapping[ResourceName, tuple[str, ...]]] = {
    PODS: ("create", *WRITES),
    EXEC: ("create", "get"),
    EPHEMERAL: WRITES,
    NODE_PROXY: ("create", "get"),
    SECRETS: ("create", *READS),
    ACCOUNTS: ("impersonate",),
    TOKENS: ("create",),
    USERS: ("impersonate",),
    GROUPS: ("impersonate",),
    ROLES: ("create", "escalate", "bind", *WRITES),
    CLUSTER_ROLES: ("create", "escalate", "bind", *WRITES),
    ROLE_BINDINGS: ("create", *WRITES),
    CLUSTER_ROLE_BINDINGS: ("create", *WRITES),
    REQUESTS: ("create", *READS),
    APPROVAL: WRITES,
    SIGNERS: ("approve",),
    WEBHOOKS: ("create", *WRITES),
    POLICIES: ("create",),
    POLICY_BINDINGS: ("create",),
} | dict.fromkeys(TEMPLATES, ("create", *WRITES))

EVERYWHERE: Final = "*"
"""The scope of what holds in every namespace, and not for what has none."""

Probe = tuple[str, ResourceName]
"""A verb and a resource."""


class Power(NamedTuple):
    """An action that somebody holds. ``scope`` is empty for the whole cluster, a namespace, or ``EVERYWHERE``.

    ``names`` are the only objects meant, or empty for all. ``grant`` is what gives it; None where it comes from a role
    that somebody would first grant itself.
    """

    probe: Probe
    scope: str
    names: frozenset[str]
    grant: Grant | None

    def admits(self, name: str) -> bool:
        """Whether it is held for the object of this name; "" stands for a request that names none."""
        return not self.names or name in self.names

    def reaches(self, namespace: str) -> bool:
        """Whether it is held in this namespace, or, for "", for the whole cluster."""
        return self.scope in ("", namespace) or (self.scope == EVERYWHERE and bool(namespace))

    @property
    def words(self) -> str:
        """``may create pods in shop``."""
        verb, resource = self.probe
        where = {"": "anywhere", EVERYWHERE: "in any namespace"}.get(self.scope, f"in {self.scope}")
        named = f" named {', '.join(sorted(self.names))}" if self.names else ""
        full = f"{resource.resource}/{resource.subresource}" if resource.subresource else resource.resource
        return f"may {verb} {full}{named} {where}"


RolePowers = Mapping[Probe, tuple[Rule, ...]]


def powers_of_role(role: RoleRules) -> RolePowers:
    """The powers that a role gives, and the rules that give each."""
    found: dict[Probe, list[Rule]] = {}
    for rule in role.rules:
        for resource in _resources_of(rule):
            for verb in _PROBES[resource]:
                if verb in rule.verbs or ALL in rule.verbs:
                    found.setdefault((verb, resource), []).append(rule)
    return {probe: tuple(rules) for probe, rules in found.items()}


def _resources_of(rule: Rule) -> Iterable[ResourceName]:
    """Those of the resources that matter which this rule is about; most rules are about none."""
    if not rule.verbs & _VERBS or not (rule.resources & _WRITTEN):
        return ()
    return [resource for resource in _PROBES if _is_about(rule, resource)]


def _is_about(rule: Rule, resource: ResourceName) -> bool:
    if resource.group not in rule.groups and ALL not in rule.groups:
        return False
    asked = Attributes("", resource.group, resource.resource, resource.subresource)
    if asked.full_resource in rule.resources or ALL in rule.resources:
        return True
    return bool(resource.subresource) and f"*/{resource.subresource}" in rule.resources


_VERBS: Final = frozenset(verb for verbs in _PROBES.values() for verb in verbs) | {ALL}
_FULL: Final = [Attributes("", *resource).full_resource for resource in _PROBES]
_WRITTEN: Final = frozenset(
    [*_FULL, ALL, *(f"*/{resource.subresource}" for resource in _PROBES if resource.subresource)]
)

ALL_PROBES: Final = [(verb, resource) for resource, verbs in _PROBES.items() for verb in verbs]
