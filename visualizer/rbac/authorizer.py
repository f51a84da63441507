"""The authorizer: may this user do that, and through which grants.

Decides as kube-apiserver does with ``--authorization-mode=Node,RBAC``, which is what kubeadm and most others set:
members of system:masters may do anything, before anything else is asked; then the Node authorizer (nodeauthorizer.py),
then RBAC. Mirrors plugin/pkg/auth/authorizer/rbac/rbac.go and pkg/registry/rbac/validation/rule.go of Kubernetes 1.36.
Webhook authorizers are not known here.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import msgspec
from msgspec import Struct

from visualizer.rbac import nodeauthorizer, words
from visualizer.rbac.attributes import Attributes
from visualizer.rbac.nodeauthorizer import Kinship
from visualizer.rbac.policy import BoundRole, Policy
from visualizer.rbac.rules import RoleRules, Rule

MASTERS: Final = "system:masters"
AUTHENTICATED: Final = "system:authenticated"

_PROXY: Final = "proxy"
_UNSAFE_PROXY: Final = "unsafeproxy"


class Grant(Struct, frozen=True):
    """One way by which an action is allowed: a binding, the first of its subjects that applies, and the first rule."""

    bound: BoundRole
    subject: int
    role: RoleRules
    rule: Rule

    @property
    def reason(self) -> str:
        """The server's own words."""
        return words.describe_grant(self.bound, self.subject)


class Decision(Struct, frozen=True):
    """What the server answers. ``by`` is who decided: ``system:masters``, ``Node``, ``RBAC``, or nobody.

    ``reasons`` are the texts that the server may give: for an action that is allowed one for each binding that allows
    it (it gives the one it comes upon first), for one that is not, what is missing, in every order where there are
    several. It is empty where the server gives none.
    """

    allowed: bool
    reasons: list[str]
    by: str = ""
    grants: list[Grant] = []


def decide(
    policy: Policy, *, user: str, groups: Sequence[str], attributes: Attributes, kinship: Kinship | None = None
) -> Decision:
    """The server's decision. ``groups`` is taken as it is: nothing is implied (identities.py implies).

    ``kinship`` says what the Node authorizer knows of pods; without it no object belongs to a node.
    """
    if MASTERS in groups:
        return Decision(True, [], MASTERS)
    verdict = nodeauthorizer.decide(policy, user=user, groups=groups, attributes=attributes, kinship=kinship)
    if verdict.allowed:
        return Decision(True, [], "Node")
    asked, changes = _browser_safe(policy, groups, attributes)
    grants, missing = _ask_rbac(policy, user, groups, asked)
    if grants:
        return Decision(True, [grant.reason for grant in grants], "RBAC", grants)
    texts = [", ".join(filter(None, (text, *changes))) for text in words.join_missing(missing) or [""]]
    reasons = ["\n".join(filter(None, (verdict.reason, text))) for text in texts]
    return Decision(False, [reason for reason in reasons if reason])


def find_grants(policy: Policy, *, user: str, groups: Sequence[str], attributes: Attributes) -> list[Grant]:
    """Every grant of RBAC alone that allows this, ClusterRoleBindings first."""
    return _ask_rbac(policy, user, groups, attributes)[0]


def _ask_rbac(
    policy: Policy, user: str, groups: Sequence[str], attributes: Attributes
) -> tuple[list[Grant], list[str]]:
    grants, missing = [], []
    for bound, subject in policy.applying(user, groups, attributes.namespace):
        role = policy.role_of(bound)
        if role is None:
            missing.append(words.describe_missing(bound))
            continue
        rule = role.find(attributes)
        if rule is not None:
            grants.append(Grant(bound, subject, role, rule))
    return grants, missing


def _browser_safe(policy: Policy, groups: Sequence[str], attributes: Attributes) -> tuple[Attributes, list[str]]:
    """The action as OpenShift's server asks RBAC for it: proxying is another thing for who is not authenticated.

    Mirrors openshift-kube-apiserver/authorization/browsersafe/authorizer.go of openshift/kubernetes.
    """
    is_verb, is_subresource = attributes.verb == _PROXY, attributes.subresource == _PROXY
    if attributes.path is not None or not (is_verb or is_subresource) or AUTHENTICATED in groups:
        return attributes, []
    if not policy.has_browser_safe_proxy:
        return attributes, []
    asked, changes = attributes, []
    if is_verb:
        asked = msgspec.structs.replace(asked, verb=_UNSAFE_PROXY)
        changes.append(f"{_PROXY} verb changed to {_UNSAFE_PROXY}")
    if is_subresource:
        asked = msgspec.structs.replace(asked, subresource=_UNSAFE_PROXY)
        changes.append(f"{_PROXY} subresource changed to {_UNSAFE_PROXY}")
    return asked, changes
