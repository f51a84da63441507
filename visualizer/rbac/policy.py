"""The policy: every role and binding of a cluster at one moment, indexed by whom it binds and what it refers to.

A change to one role or binding costs that role or binding and no more. Order does not matter: the same objects make
the same policy. Nothing here decides; authorizer.py does.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Final, NamedTuple, TypeVar

from visualizer.objects import Binding, Role, Subject
from visualizer.rbac.rules import RoleRules

CLUSTER_ROLES: Final = "rbac.authorization.k8s.io/v1/clusterroles"
ROLES: Final = "rbac.authorization.k8s.io/v1/roles"
CLUSTER_ROLE_BINDINGS: Final = "rbac.authorization.k8s.io/v1/clusterrolebindings"
ROLE_BINDINGS: Final = "rbac.authorization.k8s.io/v1/rolebindings"

_Name = TypeVar("_Name")

SERVICE_ACCOUNT_PREFIX: Final = "system:serviceaccount:"


class Key(NamedTuple):
    """A role's or binding's name. ``namespace`` is empty for a ClusterRole or ClusterRoleBinding."""

    namespace: str
    name: str


class Party(NamedTuple):
    """Somebody that bindings name. ``kind`` is User, Group or ServiceAccount; only the last has a namespace."""

    kind: str
    name: str
    namespace: str = ""

    @property
    def id(self) -> str:
        """``User:alice``, ``Group:developers``, ``ServiceAccount:shop/api``."""
        return (
            f"{self.kind}:{self.namespace}/{self.name}" if self.kind == "ServiceAccount" else f"{self.kind}:{self.name}"
        )

    @property
    def words(self) -> str:
        """``User alice``, ``ServiceAccount shop/api``."""
        return self.id.replace(":", " ", 1)

    @property
    def user_name(self) -> str:
        """The name that a User or ServiceAccount has in requests; empty for a Group."""
        if self.kind == "ServiceAccount":
            return f"{SERVICE_ACCOUNT_PREFIX}{self.namespace}:{self.name}"
        return self.name if self.kind == "User" else ""


class BoundRole:
    """A binding: ``parties`` has, for each subject in order, whom it binds, or None where it binds nobody."""

    __slots__ = ("binding", "key", "parties", "role_key")

    def __init__(self, binding: Binding) -> None:
        self.binding = binding
        self.key = Key(binding.metadata.namespace, binding.metadata.name)
        self.parties = tuple(party_of(subject, self.key.namespace) for subject in binding.subjects or ())
        reference = binding.role_ref
        self.role_key = Key(self.key.namespace if reference.kind == "Role" else "", reference.name)

    @property
    def kind(self) -> str:
        """RoleBinding or ClusterRoleBinding."""
        return "RoleBinding" if self.key.namespace else "ClusterRoleBinding"

    @property
    def id(self) -> str:
        """``RoleBinding:shop/readers``, ``ClusterRoleBinding:admins``."""
        return object_id(self.kind, self.key)

    @property
    def role_id(self) -> str:
        """The id of the role that it refers to, whether there is one or not."""
        return object_id(self.binding.role_ref.kind, self.role_key)


def object_id(kind: str, key: Key) -> str:
    """``Role:shop/reader``, ``ClusterRole:edit``."""
    return f"{kind}:{key.namespace}/{key.name}" if key.namespace else f"{kind}:{key.name}"


def party_of(subject: Subject, namespace: str) -> Party | None:
    """Whom a subject binds in a binding of this namespace; None for a kind or a ServiceAccount that matches nobody.

    A ServiceAccount without a namespace is one of the RoleBinding's own (``appliesToUser``, rule.go).
    """
    if subject.kind == "ServiceAccount":
        home = subject.namespace or namespace
        return Party("ServiceAccount", subject.name, home) if home else None
    return Party(subject.kind, subject.name) if subject.kind in ("User", "Group") else None


class Policy:
    """Roles and bindings. ``put_`` and ``remove_`` keep it up to date."""

    def __init__(self) -> None:
        self.roles: dict[Key, RoleRules] = {}
        self.bindings: dict[Key, BoundRole] = {}
        self._by_user: dict[str, dict[str, dict[Key, int]]] = {}
        self._by_group: dict[str, dict[str, dict[Key, int]]] = {}
        self._by_role: dict[Key, set[Key]] = {}
        self._by_party: dict[Party, set[Key]] = {}
        self._by_namespace: dict[str, set[Key]] = {}

    @property
    def parties(self) -> Mapping[Party, set[Key]]:
        """Everybody that a binding names, and by which bindings."""
        return self._by_party

    @property
    def has_browser_safe_proxy(self) -> bool:
        """Whether the API server is OpenShift's, which renames proxy requests of those who are not authenticated.

        Told by a ClusterRole that this server makes at each start.
        """
        return Key("", "system:openshift:public-info-viewer") in self.roles

    def put_role(self, role: Role) -> None:
        """Add a Role or ClusterRole, or put it in the place of the one of its name."""
        compiled = RoleRules(role)
        self.roles[Key(compiled.namespace, compiled.name)] = compiled

    def remove_role(self, key: Key) -> None:
        """Take a role out; nothing happens where there is none."""
        self.roles.pop(key, None)

    def put_binding(self, binding: Binding) -> None:
        """Add a RoleBinding or ClusterRoleBinding, or put it in the place of the one of its name."""
        bound = BoundRole(binding)
        self.remove_binding(bound.key)
        self.bindings[bound.key] = bound
        self._by_role.setdefault(bound.role_key, set()).add(bound.key)
        self._by_namespace.setdefault(bound.key.namespace, set()).add(bound.key)
        for index, party in enumerate(bound.parties):
            if party is not None:
                self._by_party.setdefault(party, set()).add(bound.key)
                postings = self._postings(party).setdefault(bound.key.namespace, {})
                postings.setdefault(bound.key, index)  # the first subject that applies is the one that is named

    def remove_binding(self, key: Key) -> None:
        """Take a binding out; nothing happens where there is none."""
        bound = self.bindings.pop(key, None)
        if bound is None:
            return
        _discard(self._by_role, bound.role_key, key)
        _discard(self._by_namespace, key.namespace, key)
        for party in set(bound.parties):
            if party is not None:
                _discard(self._by_party, party, key)
                self._forget(party, key)

    def role_of(self, bound: BoundRole) -> RoleRules | None:
        """The role that a binding refers to; None where there is none, or it is of no known kind."""
        role = self.roles.get(bound.role_key)
        return role if role is not None and role.kind == bound.binding.role_ref.kind else None

    def copy(self) -> Policy:
        """A policy of the same objects, which goes its own way from here."""
        twin = Policy()
        twin.roles = dict(self.roles)
        for bound in self.bindings.values():
            twin.put_binding(bound.binding)
        return twin

    def bindings_of_role(self, key: Key) -> Iterable[BoundRole]:
        """The bindings that refer to a role of this name, in order of their names."""
        return [self.bindings[place] for place in sorted(self._by_role.get(key, ()))]

    def bindings_in(self, namespace: str) -> Iterable[BoundRole]:
        """The RoleBindings of a namespace, or with "" the ClusterRoleBindings, in order of their names."""
        return [self.bindings[place] for place in sorted(self._by_namespace.get(namespace, ()))]

    def bindings_of_party(self, party: Party) -> Iterable[BoundRole]:
        """The bindings that name this party, in order of their names."""
        return [self.bindings[place] for place in sorted(self._by_party.get(party, ()))]

    def applying(self, user: str, groups: Iterable[str], namespace: str) -> Iterator[tuple[BoundRole, int]]:
        """Each binding that applies to this user in this namespace, and the index of the first subject that does.

        ClusterRoleBindings come first. Mirrors ``VisitRulesFor`` (pkg/registry/rbac/validation/rule.go).
        """
        found: dict[Key, int] = {}
        scopes = ("", namespace) if namespace else ("",)
        names = [self._by_user.get(user), *(self._by_group.get(group) for group in set(groups))]
        for postings in names:
            if postings is None:
                continue
            for scope in scopes:
                for key, index in postings.get(scope, {}).items():
                    if index < found.get(key, index + 1):
                        found[key] = index
        for key in sorted(found):
            yield self.bindings[key], found[key]

    def applying_anywhere(self, user: str, groups: Iterable[str]) -> Iterator[tuple[BoundRole, int]]:
        """The same for every namespace: each binding that names this user or one of these groups."""
        found: dict[Key, int] = {}
        for postings in (self._by_user.get(user), *(self._by_group.get(group) for group in set(groups))):
            for here in (postings or {}).values():
                for key, index in here.items():
                    found[key] = min(index, found.get(key, index))
        for key in sorted(found):
            yield self.bindings[key], found[key]

    def _postings(self, party: Party) -> dict[str, dict[Key, int]]:
        if party.kind == "Group":
            return self._by_group.setdefault(party.name, {})
        return self._by_user.setdefault(party.user_name, {})

    def _forget(self, party: Party, key: Key) -> None:
        index, name = (self._by_group, party.name) if party.kind == "Group" else (self._by_user, party.user_name)
        postings = index.get(name, {})
        here = postings.get(key.namespace, {})
        here.pop(key, None)
        if not here:
            postings.pop(key.namespace, None)
        if not postings:
            index.pop(name, None)


def _discard(index: dict[_Name, set[Key]], name: _Name, member: Key) -> None:
    members = index.get(name)
    if members is None:
        return
    members.discard(member)
    if not members:
        del index[name]
