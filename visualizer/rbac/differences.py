"""What differs between two policies, as permissions: who can do more than before, and who less.

A permission that another one covers already is no gain: who may do everything gains nothing by a new Role. What
somebody can do through a group is told of the group.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import product
from typing import NamedTuple

from msgspec import Struct

from visualizer.objects import Binding, Role
from visualizer.rbac.aggregation import aggregate
from visualizer.rbac.policy import BoundRole, Key, Party, Policy
from visualizer.rbac.rules import ALL, Rule


class Atom(NamedTuple):
    """One verb on one thing. ``namespace`` and ``name`` are empty for all. ``group`` is None for a URL."""

    namespace: str
    group: str | None
    resource: str
    name: str
    verb: str


class Line(NamedTuple):
    """Permissions that belong together: some verbs on a thing, and the bindings that give them."""

    namespace: str
    group: str | None
    resource: str
    name: str
    verbs: tuple[str, ...]
    through: tuple[str, ...]

    @property
    def words(self) -> str:
        """``get, list secrets in vault``, ``everything, everywhere``."""
        where = f"in {self.namespace}" if self.namespace else "everywhere"
        if self.group is None:
            return (
                f"{', '.join(self.verbs)} {self.resource}" if self.verbs != (ALL,) else f"any verb on {self.resource}"
            )
        if self.verbs == (ALL,) and self.group == ALL and self.resource == ALL and not self.name:
            return f"everything, {where}"
        resource = "all resources" if self.resource == ALL else self.resource
        if self.group not in ("", ALL):
            resource = f"{resource}.{self.group}"
        named = f" named {self.name}" if self.name else ""
        verbs = "do anything with" if self.verbs == (ALL,) else ", ".join(self.verbs)
        return f"{verbs} {resource}{named} {where}"


class Difference(Struct, frozen=True):
    """What one party gains and loses. ``gained`` and ``lost`` count verbs on things."""

    party: Party
    gains: list[Line]
    losses: list[Line]
    gained: int
    lost: int


def compare(before: Policy, after: Policy) -> list[Difference]:
    """Everybody who can do more or less after than before, by name."""
    found = []
    for party in sorted(_touched(before, after)):
        old, new = _atoms(before, party), _atoms(after, party)
        gained = {atom for atom in new.keys() - old.keys() if not _is_covered(atom, old)}
        lost = {atom for atom in old.keys() - new.keys() if not _is_covered(atom, new)}
        if gained or lost:
            found.append(Difference(party, _lines(gained, new), _lines(lost, old), len(gained), len(lost)))
    return found


def imagine(policy: Policy, *, put: Sequence[Role | Binding] = (), remove: Iterable[tuple[str, Key]] = ()) -> Policy:
    """The policy as it would be with these objects in it, and without those (kind and name)."""
    imagined = policy.copy()
    for kind, key in remove:
        if kind.endswith("Binding"):
            imagined.remove_binding(key)
        else:
            imagined.remove_role(key)
    for obj in put:
        if isinstance(obj, Binding):
            imagined.put_binding(obj)
        else:
            imagined.put_role(obj)
    aggregate(imagined)
    return imagined


def _touched(before: Policy, after: Policy) -> set[Party]:
    """Those whose bindings, or roles of them, are not the same in both."""
    roles = {
        key
        for key in before.roles.keys() | after.roles.keys()
        if (old := before.roles.get(key)) is not (new := after.roles.get(key))
        and (old is None or new is None or old.role.rules != new.role.rules)
    }
    changed: list[BoundRole] = []
    for key in before.bindings.keys() | after.bindings.keys():
        old_bound, new_bound = before.bindings.get(key), after.bindings.get(key)
        both = [bound for bound in (old_bound, new_bound) if bound is not None]
        if len(both) == 1 or not _bind_alike(*both) or any(bound.role_key in roles for bound in both):
            changed += both
    return {party for bound in changed for party in bound.parties if party is not None}


def _bind_alike(old: BoundRole, new: BoundRole) -> bool:
    return old.parties == new.parties and old.binding.role_ref == new.binding.role_ref


def _atoms(policy: Policy, party: Party) -> dict[Atom, set[str]]:
    """Everything that this party was given, and the bindings that give each."""
    atoms: dict[Atom, set[str]] = {}
    for bound in policy.bindings_of_party(party):
        role = policy.role_of(bound)
        for rule in () if role is None else role.rules:
            for atom in _atoms_of(rule, bound.key.namespace):
                atoms.setdefault(atom, set()).add(bound.id)
    return atoms


def _atoms_of(rule: Rule, namespace: str) -> Iterable[Atom]:
    for group, resource, name, verb in product(rule.groups, rule.resources, rule.names or ("",), rule.verbs):
        yield Atom(namespace, group, resource, name, verb)
    if not namespace:
        for url, verb in product(rule.urls, rule.verbs):
            yield Atom("", None, url, "", verb)


def _is_covered(atom: Atom, held: dict[Atom, set[str]]) -> bool:
    """Whether something that is held allows the same, and perhaps more."""
    namespaces = {atom.namespace, ""}
    verbs, names = {atom.verb, ALL}, {atom.name, ""}
    if atom.group is None:
        return any(_covers_url(other, atom) for other in held if other.group is None and other.verb in verbs)
    _, slash, subresource = atom.resource.partition("/")
    resources = {atom.resource, ALL, f"*/{subresource}" if slash else ALL}
    wider = product(namespaces, {atom.group, ALL}, resources, names, verbs)
    return any(Atom(*fields) in held for fields in wider)


def _covers_url(other: Atom, atom: Atom) -> bool:
    if other.resource in (ALL, atom.resource):
        return True
    return other.resource.endswith(ALL) and atom.resource.startswith(other.resource.rstrip(ALL))


def _lines(atoms: set[Atom], through: dict[Atom, set[str]]) -> list[Line]:
    rows: dict[tuple[str, str | None, str, str], list[Atom]] = {}
    for atom in atoms:
        rows.setdefault(atom[:4], []).append(atom)
    lines = []
    for (namespace, group, resource, name), found in rows.items():
        verbs = tuple(sorted(atom.verb for atom in found))
        if ALL in verbs:
            verbs = (ALL,)
        bindings = {binding for atom in found for binding in through[atom]}
        lines.append(Line(namespace, group, resource, name, verbs, tuple(sorted(bindings))))
    return sorted(
        lines, key=lambda line: (line.namespace, line.group is None, line.group or "", line.resource, line.name)
    )
