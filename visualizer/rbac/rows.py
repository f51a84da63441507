"""The tables of the RBAC diagram. Parties, bindings and roles are known by their ids (policy.py)."""

from __future__ import annotations

from visualizer.tables import Row


class SubjectRow(Row, frozen=True, gc=False, kw_only=True):
    """Somebody whom a binding names. ``id`` is such as ``User:alice`` or ``ServiceAccount:shop/api``.

    ``exists`` is False for a ServiceAccount that is not there; users and groups exist only where bindings name them.
    ``is_system``: Kubernetes brings it (``system:``, and ServiceAccounts of kube-system).
    """

    kind: str
    namespace: str
    name: str
    exists: bool
    is_system: bool
    bindings: int


class BindingRow(Row, frozen=True, gc=False, kw_only=True):
    """A RoleBinding or ClusterRoleBinding. ``role`` and ``subjects`` are ids; whom nothing matches is left out.

    ``problem`` is what is wrong with it: ``no such Role``, ``no such ClusterRole``, ``binds nobody``, or empty.
    """

    kind: str
    namespace: str
    name: str
    role: str
    subjects: list[str]
    problem: str
    is_system: bool


class RoleRow(Row, frozen=True, gc=False, kw_only=True):
    """A Role or ClusterRole. ``risks`` are words for what in it leads further (risks.py), worst first."""

    kind: str
    namespace: str
    name: str
    is_aggregated: bool
    is_system: bool
    bindings: int
    risks: list[str]


class RuleRow(Row, frozen=True, gc=False, kw_only=True):
    """One rule of a role. ``id`` is the role's, ``#`` and the rule's place in it."""

    role: str
    verbs: list[str]
    groups: list[str]
    resources: list[str]
    names: list[str]
    urls: list[str]
