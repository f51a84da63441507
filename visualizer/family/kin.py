"""Kin: all members of one object's family, from the store and from what objects name.

Owner references are of metadata (apimachinery's OwnerReference: an owner is of the same namespace or of none). Names
are read in :mod:`visualizer.family.links`, selectors as apimachinery matches them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Final

from visualizer.family.index import LOCAL, NAMESPACED_KINDS, Index, Raws
from visualizer.family.members import (
    Group,
    Member,
    More,
    Names,
    group_of_resource,
    is_going,
    key_of_name,
    kind_of,
)
from visualizer.family.references import Links, Reference, group_of
from visualizer.family.selections import Selection, iter_selected, iter_selecting
from visualizer.objects import Metadata, OwnerReference, Pod
from visualizer.store import Place, Store

MOST_OF_A_KIND: Final = 60
MOST_MEMBERS: Final = 1_500
_DEEPEST: Final = 8
_CHAINED: Final = frozenset({"PersistentVolumeClaim", "PersistentVolume"})
"""Kinds whose own names are told too: the way from a volume to its storage."""

_ADDED_VOLUME: Final = "volume kube-api-access-"
"""What the ServiceAccount admission plugin adds to every Pod: told last."""

_LEADING: Final = frozenset({"Ingress", "HTTPRoute", "GRPCRoute", "TLSRoute", "TCPRoute", "UDPRoute"})
"""What leads packets to a Service."""


class Kin:
    """The family of one object, gathered member by member. ``links`` are its own.

    ``hidden`` is how resources begin that this viewer may not see; empty: none.
    """

    def __init__(self, store: Store, index: Index, raws: Raws, place: Place, *, hidden: str = "") -> None:
        self.store, self.place = store, place
        self._hidden = hidden
        self.members: list[Member] = []
        self._index, self._raws = index, raws
        self._names = Names(store.resources)
        self._counts: Counter[tuple[int, Group, str]] = Counter()
        self._refresh()
        self.links = index.links(store, raws, place)

    def gather(self) -> None:
        """Find them all, those first that matter most."""
        entry = self.store.get(*self.place)
        if entry is None:
            return
        metadata = entry.object.metadata
        self._add_owners(0, metadata, {metadata.uid})
        owned: set[Place] = set()
        self._add_owned(0, metadata.uid, {metadata.uid}, owned, 0)
        self._add_uses(0, self.place, self.links, {self.place}, 0)
        if isinstance(entry.object, Pod) and entry.object.spec.node_name:
            self._add_node(entry.object.spec.node_name)
        for selection in iter_selecting(self.store, self.place, self.links, self.links_at):
            self._add_selecting(selection)
        for selection in iter_selected(self.store, self.place, self.links, owned):
            self._add_selection(0, "selects", selection)
        self._add_users(0, self.place, {self.place})
        self._add_companions(metadata)

    @property
    def more(self) -> list[More]:
        """What was left out, by kind."""
        told = Counter((each.parent, each.group, each.kind) for each in self.members)
        return [
            More(parent, group, kind, count - told[parent, group, kind])
            for (parent, group, kind), count in self._counts.items()
            if count > told[parent, group, kind]
        ]

    def place_of(self, member: Member) -> Place | None:
        """Where the member is in the store, if it is there."""
        resource, _, key = member.ref.partition(":")
        return (resource, key) if member.state == "there" else None

    def is_unrecorded(self, reference: OwnerReference) -> bool:
        """Whether the log does not record objects of this kind, so that nobody knows whether the owner is there."""
        return not self._names.find(group_of(reference.api_version), reference.kind)

    def _refresh(self) -> None:
        """Read who may name this object. What is in no namespace may be named from all of them."""
        resource, key = self.place
        kind = self.store.resources[resource].kind
        namespace = key.rpartition("/")[0]
        is_local = kind in NAMESPACED_KINDS or resource in LOCAL or namespace
        self._index.refresh(self.store, self._raws, namespace=namespace if is_local else "")

    def links_at(self, place: Place) -> Links:
        """What another object names and selects."""
        return self._index.links(self.store, self._raws, place)

    def _add(
        self,
        parent: int,
        group: Group,
        place: Place,
        relation: str,
        how: str,
        *,
        is_observed: bool = True,
        problem: str = "",
        reference: OwnerReference | None = None,
        blocks: bool = False,
    ) -> int:
        """A member that is there; its number, or -1 where there are enough of them already."""
        if self._hidden and place[0].startswith(self._hidden):
            return -1
        kind = kind_of(self.store, place)
        self._counts[parent, group, kind] += 1
        if self._counts[parent, group, kind] > MOST_OF_A_KIND or len(self.members) >= MOST_MEMBERS:
            return -1
        namespace, _, name = place[1].rpartition("/")
        entry = self.store.get(*place)
        self.members.append(
            Member(
                id=len(self.members) + 1,
                parent=parent,
                group=group,
                ref=f"{place[0]}:{place[1]}",
                kind=kind,
                namespace=namespace,
                name=name,
                relation=relation,
                how=how,
                certainty="observed" if is_observed else "inferred",
                problem=problem,
                is_going=is_going(entry),
                is_controller=reference is not None and reference.controller is True,
                blocks=blocks,
            )
        )
        return len(self.members)

    def _add_absent(
        self,
        parent: int,
        group: Group,
        name: tuple[str, str, str],
        words: tuple[str, str, str],
        *,
        is_recorded: bool,
        is_optional: bool = False,
    ) -> None:
        """A name that leads nowhere: kind, namespace and name; and relation, how, and what it means."""
        kind, namespace, own = name
        relation, how, problem = words
        if len(self.members) >= MOST_MEMBERS:
            self._counts[parent, group, kind] += 1
            return
        self.members.append(
            Member(
                id=len(self.members) + 1,
                parent=parent,
                group=group,
                ref="",
                kind=kind,
                namespace=namespace,
                name=own,
                relation=relation,
                how=how,
                certainty="observed",
                state="missing" if is_recorded else "unknown",
                problem=problem if is_recorded else f"This log does not record {kind} objects.",
                is_optional=is_optional,
            )
        )

    def _add_owners(self, parent: int, metadata: Metadata, seen: set[str]) -> None:
        references = metadata.owner_references or []
        for reference in references:
            if reference.uid in seen:
                continue
            seen.add(reference.uid)
            how = "metadata.ownerReferences names it" + (", as its controller" if reference.controller else "")
            relation = "controller" if reference.controller else "owner"
            place = self.store.find_uid(reference.uid)
            if place is not None:
                number = self._add(
                    parent, "owners", place, relation, how, reference=reference, blocks=_blocks(reference)
                )
                entry = self.store.get(*place)
                if entry is not None and number > 0 and len(seen) < 64:
                    self._add_owners(number, entry.object.metadata, seen)
                continue
            resource = self._names.find(group_of(reference.api_version), reference.kind)
            is_namespaced = not resource or self.store.resources[resource].namespaced
            own = (reference.kind, metadata.namespace if is_namespaced else "", reference.name)
            fate = "deletes this, which has no other owner" if len(references) == 1 else "takes this reference away"
            problem = f"{reference.kind} {reference.name} is not there: the garbage collector {fate}."
            self._add_absent(parent, "owners", own, (relation, how, problem), is_recorded=bool(resource))

    def _add_owned(self, parent: int, uid: str, seen: set[str], places: set[Place], depth: int) -> None:
        if not uid or depth > _DEEPEST:
            return
        for place in self.store.owned_by(uid):
            entry = self.store.get(*place)
            if entry is None:
                continue
            places.add(place)
            metadata = entry.object.metadata
            reference = next(each for each in metadata.owner_references or () if each.uid == uid)
            relation = "controls" if reference.controller else "owns"
            how = "its metadata.ownerReferences name this"
            blocks = _blocks(reference)
            number = self._add(parent, "owned", place, relation, how, reference=reference, blocks=blocks)
            if metadata.uid not in seen:
                seen.add(metadata.uid)
                below = number if number > 0 else -1
                if below > 0:
                    self._add_owned(below, metadata.uid, seen, places, depth + 1)

    def _add_uses(self, parent: int, place: Place, links: Links, seen: set[Place], depth: int) -> None:
        by_target: dict[tuple[str, str, str, str], list[Reference]] = {}
        for each in sorted(links.references, key=lambda each: each.relation.startswith(_ADDED_VOLUME)):
            by_target.setdefault((each.group, each.kind, each.namespace, each.name), []).append(each)
        for (group, kind, namespace, name), references in by_target.items():
            self._add_use(parent, (group, kind, namespace, name), references, seen, depth)
        for claim in self._claims(place, links):
            relation, how = "claim", "its name is that of a claim template with a number of this StatefulSet"
            number = self._add(parent, "uses", claim, relation, how, is_observed=False)
            if number > 0:
                self._add_uses(number, claim, self.links_at(claim), seen | {claim}, depth + 1)

    def _add_use(
        self, parent: int, target: tuple[str, str, str, str], references: list[Reference], seen: set[Place], depth: int
    ) -> None:
        group, kind, namespace, name = target
        relation = _first(each.relation for each in references)
        how = f"{_first(each.field for each in references)} names it"
        resource = self._names.find(group, kind)
        place = (resource, key_of_name(namespace, name))
        if resource and self.store.get(*place) is not None:
            if place in seen:
                return
            problem = self._lacking(place, references)
            number = self._add(parent, "uses", place, relation, how, problem=problem)
            if number > 0 and kind in _CHAINED and depth < 3:
                self._add_uses(number, place, self.links_at(place), seen | {place}, depth + 1)
            return
        needed = [each for each in references if not each.is_optional]
        meant = _first((each.missing for each in needed), most=3) if needed else ""
        problem = f"{kind} {name} is not there" + (f": {meant}." if meant else ".")
        if not needed:
            problem = f"{kind} {name} is not there, which is allowed: it is optional."
        name_of_it, words = (kind, namespace, name), (relation, how, problem)
        self._add_absent(parent, "uses", name_of_it, words, is_recorded=bool(resource), is_optional=not needed)

    def _lacking(self, place: Place, references: list[Reference]) -> str:
        """Keys that are asked for and that the ConfigMap does not have; what is in Secrets is not known here."""
        keys = self.links_at(place).keys
        if keys is None:
            return ""
        for each in references:
            lacking = [key for key in each.keys if key and key not in keys]
            if lacking and not each.is_optional:
                return f"ConfigMap {each.name} has no key {lacking[0]}: {each.missing}."
        return ""

    def _claims(self, place: Place, links: Links) -> Iterator[Place]:
        resource = self._names.find("", "PersistentVolumeClaim")
        namespace, _, name = place[1].rpartition("/")
        for template in links.claims:
            prefix = f"{namespace}/{template}-{name}-"
            for key in sorted(self.store.entries(resource)):
                if key.startswith(prefix) and key[len(prefix) :].isdecimal():
                    yield resource, key

    def _add_node(self, name: str) -> None:
        how = "spec.nodeName names it"
        if self.store.get("v1/nodes", name) is not None:
            self._add(0, "uses", ("v1/nodes", name), "runs on", how)
            return
        problem = f"Node {name} is not there: the pod garbage collector deletes this Pod."
        is_recorded = "v1/nodes" in self.store.resources
        self._add_absent(0, "uses", ("Node", "", name), ("runs on", how, problem), is_recorded=is_recorded)

    def _add_selecting(self, selection: Selection) -> None:
        number = self._add_selection(0, "selected", selection)
        if number < 0 or selection.place[0] != "v1/services":
            return
        for each in selection.through:
            self._add_selection(number, "selected", each)
        self._add_users(number, selection.place, {self.place, selection.place})

    def _add_selection(self, parent: int, group: Group, selection: Selection) -> int:
        return self._add(
            parent, group, selection.place, selection.relation, selection.how,
            is_observed=selection.is_observed, problem=selection.problem,
        )  # fmt: skip

    def _add_users(self, parent: int, place: Place, seen: set[Place]) -> None:
        """Who names this, but for those that are members already; of what routes to a Service, its Gateways too."""
        resource, key = place
        namespace, _, name = key.rpartition("/")
        target = (group_of_resource(resource), kind_of(self.store, place), namespace, name)
        known = {each.ref for each in self.members if each.parent == parent or each.kind == "EndpointSlice"}
        for user, references in self._index.namers(target):
            if user in seen or f"{user[0]}:{user[1]}" in known or self._is_owned(user, place):
                continue
            if parent and kind_of(self.store, user) not in _LEADING:
                continue
            relation = _first(each.relation for each in references)
            how = f"its {_first(each.field for each in references)} names it"
            number = self._add(parent, "used", user, relation, how)
            if number > 0 and group_of_resource(user[0]) == "gateway.networking.k8s.io":
                gateways = [each for each in self.links_at(user).references if each.kind == "Gateway"]
                for each in gateways:
                    gateway = (each.group, each.kind, each.namespace, each.name)
                    self._add_use(number, gateway, [each], seen, _DEEPEST)
        if parent == 0 and resource == "v1/nodes":
            for pod_key, entry in sorted(self.store.entries("v1/pods").items()):
                if isinstance(entry.object, Pod) and entry.object.spec.node_name == name:
                    self._add(0, "used", ("v1/pods", pod_key), "runs here", "its spec.nodeName names it")

    def _is_owned(self, user: Place, place: Place) -> bool:
        """Whether the one who names it is owned by it, and told as that: a slice names its Service."""
        entry, owner = self.store.get(*user), self.store.get(*place)
        if entry is None or owner is None:
            return False
        return any(each.uid == owner.object.metadata.uid for each in entry.object.metadata.owner_references or ())

    def _add_companions(self, metadata: Metadata) -> None:
        """Endpoints of a Service's own name, which its controller keeps and no reference names."""
        if self.place[0] == "v1/services" and self.store.get("v1/endpoints", self.place[1]) is not None:
            how = "the endpoints controller keeps Endpoints of each Service's name"
            self._add(0, "owned", ("v1/endpoints", self.place[1]), "made for it", how, is_observed=False)


def _blocks(reference: OwnerReference) -> bool:
    return reference.block_owner_deletion is True


def _first(words: Iterable[str], *, most: int = 2) -> str:
    """The first few of these, once each, and how many more."""
    told = list(dict.fromkeys(word for word in words if word))
    rest = f" and {len(told) - most} more" if len(told) > most else ""
    return f"{', '.join(told[:most])}{rest}"
