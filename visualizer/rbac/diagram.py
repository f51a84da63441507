"""The RBAC diagram: subjects, bindings, roles and rules as tables, and the policy they make.

All of it follows from the store. A change to one binding costs its row and those of its role and subjects; one to a
role costs its rows and those of its bindings.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from visualizer.objects import AnyObject, Binding, Role
from visualizer.rbac.hygiene import BOOTSTRAPPING
from visualizer.rbac.policy import (
    CLUSTER_ROLE_BINDINGS,
    CLUSTER_ROLES,
    ROLE_BINDINGS,
    ROLES,
    BoundRole,
    Key,
    Party,
    Policy,
    object_id,
)
from visualizer.rbac.risks import risks_of
from visualizer.rbac.rows import BindingRow, RoleRow, RuleRow, SubjectRow
from visualizer.rbac.situation import SERVICE_ACCOUNTS
from visualizer.store import Change, Store
from visualizer.tables import Delta, Row, Snapshot, Table

_RESOURCES: Final = (CLUSTER_ROLES, ROLES, CLUSTER_ROLE_BINDINGS, ROLE_BINDINGS)


class RbacDiagram:
    """Who may do what, as tables (see :class:`visualizer.tables.Derived`), and ``policy``, which questions go to."""

    def __init__(self) -> None:
        self.policy = Policy()
        self._subjects: Table[SubjectRow] = Table()
        self._bindings: Table[BindingRow] = Table()
        self._roles: Table[RoleRow] = Table()
        self._rules: Table[RuleRow] = Table()

    @classmethod
    def build(cls, store: Store) -> RbacDiagram:
        """The diagram of this store."""
        diagram = cls()
        for resource in _RESOURCES:
            for entry in store.entries(resource).values():
                diagram._put(entry.object)
        for key in diagram.policy.roles:
            diagram._draw_role(key)
        for bound in diagram.policy.bindings.values():
            diagram._draw_binding(bound)
        for party in diagram.policy.parties:
            diagram._draw_subject(store, party)
        diagram.drain()
        return diagram

    def apply(self, store: Store, *, seq: int, ts: float, changes: Sequence[Change]) -> None:
        """Take in what a frame changed. The store is already changed."""
        for change in changes:
            new = None if change.new is None else change.new.object
            metadata = change.object.metadata
            key = Key(metadata.namespace, metadata.name)
            if change.resource in (ROLES, CLUSTER_ROLES):
                self._apply_role(key, new)
            elif change.resource in (ROLE_BINDINGS, CLUSTER_ROLE_BINDINGS):
                self._apply_binding(store, key, new)
            elif change.resource == SERVICE_ACCOUNTS:
                self._draw_subject(store, Party("ServiceAccount", key.name, key.namespace))

    def snapshot(self) -> Snapshot:
        """Every row of every table."""
        return {name: table.rows for name, table in self._tables().items()}

    def drain(self) -> Delta:
        """What was altered since the last call."""
        drained: dict[str, Mapping[str, Row | None]] = {name: table.drain() for name, table in self._tables().items()}
        return {name: rows for name, rows in drained.items() if rows}

    def _tables(self) -> Mapping[str, Table[SubjectRow] | Table[BindingRow] | Table[RoleRow] | Table[RuleRow]]:
        return {"subjects": self._subjects, "bindings": self._bindings, "roles": self._roles, "rules": self._rules}

    def _put(self, obj: AnyObject | None) -> None:
        if isinstance(obj, Role):
            self.policy.put_role(obj)
        elif isinstance(obj, Binding):
            self.policy.put_binding(obj)

    def _apply_role(self, key: Key, new: AnyObject | None) -> None:
        if new is None:
            self.policy.remove_role(key)
        self._put(new)
        self._draw_role(key)
        for bound in self.policy.bindings_of_role(key):
            self._draw_binding(bound)

    def _apply_binding(self, store: Store, key: Key, new: AnyObject | None) -> None:
        old = self.policy.bindings.get(key)
        if new is None:
            self.policy.remove_binding(key)
        self._put(new)
        bound = self.policy.bindings.get(key)
        if bound is not None:
            self._draw_binding(bound)
        elif old is not None:
            self._bindings.remove(old.id)
        both = [found for found in (old, bound) if found is not None]
        for role in {found.role_key for found in both}:
            self._draw_counts(role)
        for party in {party for found in both for party in found.parties if party is not None}:
            self._draw_subject(store, party)

    def _draw_role(self, key: Key) -> None:
        """The role's row and its rules', or none where it is gone."""
        role = self.policy.roles.get(key)
        row_id = object_id("Role" if key.namespace else "ClusterRole", key)
        rules = [] if role is None else role.rules
        for number in range(len(rules), len(rules) + self._rules_beyond(row_id, len(rules))):
            self._rules.remove(f"{row_id}#{number}")
        if role is None:
            self._roles.remove(row_id)
            return
        for rule in role.rules:
            written = role.role.rules[rule.index] if role.role.rules else None
            if written is not None:
                self._rules.put(
                    RuleRow(
                        id=f"{row_id}#{rule.index}",
                        role=row_id,
                        verbs=written.verbs or [],
                        groups=written.api_groups or [],
                        resources=written.resources or [],
                        names=written.resource_names or [],
                        urls=written.non_resource_urls or [],
                    )
                )
        self._roles.put(
            RoleRow(
                id=row_id,
                kind=role.kind,
                namespace=role.namespace,
                name=role.name,
                is_aggregated=role.role.aggregation_rule is not None,
                is_system=_is_system(role.role.metadata.labels, role.name),
                bindings=self._count(key),
                risks=risks_of(role),
            )
        )

    def _rules_beyond(self, row_id: str, first: int) -> int:
        """How many rules, from this place on, the table still has of a role."""
        count = 0
        while f"{row_id}#{first + count}" in self._rules.rows:
            count += 1
        return count

    def _draw_counts(self, key: Key) -> None:
        if key in self.policy.roles:
            self._draw_role(key)

    def _count(self, key: Key) -> int:
        role = self.policy.roles[key]
        return sum(self.policy.role_of(bound) is role for bound in self.policy.bindings_of_role(key))

    def _draw_binding(self, bound: BoundRole) -> None:
        parties = [party.id for party in dict.fromkeys(bound.parties) if party is not None]
        problem = "" if parties else "binds nobody"
        if self.policy.role_of(bound) is None:
            problem = f"no such {bound.binding.role_ref.kind or 'role'}"
        self._bindings.put(
            BindingRow(
                id=bound.id,
                kind=bound.kind,
                namespace=bound.key.namespace,
                name=bound.key.name,
                role=bound.role_id,
                subjects=parties,
                problem=problem,
                is_system=_is_system(bound.binding.metadata.labels, bound.key.name),
            )
        )

    def _draw_subject(self, store: Store, party: Party) -> None:
        bindings = self.policy.parties.get(party)
        if bindings is None:
            self._subjects.remove(party.id)
            return
        is_account = party.kind == "ServiceAccount"
        is_there = not is_account or store.get(SERVICE_ACCOUNTS, f"{party.namespace}/{party.name}") is not None
        self._subjects.put(
            SubjectRow(
                id=party.id,
                kind=party.kind,
                namespace=party.namespace,
                name=party.name,
                exists=is_there or SERVICE_ACCOUNTS not in store.resources,
                is_system=party.name.startswith("system:") or party.namespace == "kube-system",
                bindings=len(bindings),
            )
        )


def _is_system(labels: dict[str, str] | None, name: str) -> bool:
    return BOOTSTRAPPING in (labels or {}) or name.startswith("system:")
