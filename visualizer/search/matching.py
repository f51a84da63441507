"""Matching: which objects meet a query, kept so while the store goes on.

It is a few tables of the objects' keys, so that a viewer is told of it as of a diagram: first the whole, then what came
and went. Only what was written is looked at again, and, where a query asks for an owner, what that owns.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from visualizer.search.agenda import Agenda
from visualizer.search.index import SLICE, Index
from visualizer.search.meeting import resources_of, tests_of, words_of
from visualizer.search.query import Query
from visualizer.store import Change, Entry, Place, Store
from visualizer.tables import Delta, Row, Snapshot, Table

DEPARTED: Final = "departed"
"""The table of those that met it when they went lately: ids are refs. The other tables are named by their resource."""


class MatchRow(Row, frozen=True, gc=False, kw_only=True):
    """An object that meets the query. ``id`` is its key, and among the departed its ``resource:key``."""


class Matching:
    """The objects of one store that meet a query which has no problems."""

    def __init__(self, query: Query, store: Store, *, hidden: str = "") -> None:
        """``hidden`` is how resources begin that this viewer may not see; empty: none."""
        self._query, self._hidden = query, hidden
        self._resources = frozenset(resources_of(query, store, hidden))
        self._asks_owner = any(term.key == "owner" and term.operator == ":" for term in query.terms)
        self._agenda = Agenda(store, sorted(self._resources))
        for place in store.departed:
            if place[0] in self._resources:
                self._agenda.add(place)
        self._moved: set[str] = set()  # uids of objects that came, went or have other owners
        self._departed = self._departed_uids(store)
        self._tables: dict[str, Table[MatchRow]] = {DEPARTED: Table()}

    def touch(self, changes: Sequence[Change]) -> None:
        """The store was changed so: what this may alter is to be looked at again."""
        for change in changes:
            if change.resource in self._resources:
                self._agenda.add((change.resource, change.key))
            if self._asks_owner and not _is_owned_alike(change.old, change.new):
                self._moved.add(change.object.metadata.uid)
                if change.old is not None:
                    self._moved.add(change.old.object.metadata.uid)

    def is_behind(self, by: int) -> bool:
        """Whether more objects than so many wait to be looked at."""
        return self._agenda.is_longer(by) or len(self._moved) > by

    def work(self, store: Store, index: Index, most: int) -> bool:
        """Look at so many objects at most; whether all are looked at by now. ``index`` is this store's."""
        self._follow_owners(store)
        self._let_go(store)
        words, tests = words_of(self._query), tests_of(self._query, store, self._hidden)
        for place in self._agenda.take(most):
            entry = store.get(*place)
            last = store.departed.get(place) if entry is None else None
            known = entry or last
            meets = False
            if known is not None and not words and not tests:
                meets = True
            elif known is not None:
                document = index.document(*place, known)
                meets = all(word in document.text for word in words) and all(test(document) for test in tests)
            self._put(place, is_there=meets and entry is not None, is_gone=meets and entry is None)
        return not self._agenda.is_longer(0)

    def finish(self, store: Store, index: Index) -> None:
        """Look at all that is left."""
        while not self.work(store, index, SLICE):
            pass

    def snapshot(self) -> Snapshot:
        """All of them: for each resource the keys as ids, and the departed. It alters with the next ``work``."""
        return {name: table.rows for name, table in self._tables.items() if table.rows}

    def drain(self) -> Delta:
        """What came and went since the last call."""
        drained: Mapping[str, Mapping[str, Row | None]] = {name: table.drain() for name, table in self._tables.items()}
        return {name: rows for name, rows in drained.items() if rows}

    def _put(self, place: Place, *, is_there: bool, is_gone: bool) -> None:
        resource, key = place
        present = self._tables.get(resource)
        if present is None:
            present = self._tables[resource] = Table()
        ref = f"{resource}:{key}"
        if is_there:
            present.put(MatchRow(id=key))
        else:
            present.remove(key)
        if is_gone:
            self._tables[DEPARTED].put(MatchRow(id=ref))
        else:
            self._tables[DEPARTED].remove(ref)

    def _follow_owners(self, store: Store) -> None:
        """Look again at everything whose owners came, went, or have other owners by now."""
        if not self._asks_owner:
            return
        departed = self._departed_uids(store)
        self._moved.update(uid for _, uid in self._departed - departed)
        self._departed, waiting, seen = departed, list(self._moved), self._moved
        self._moved = set()
        while waiting:
            uid = waiting.pop()
            for place in (*store.owned_by(uid), *store.departed.owned_by(uid)):
                if place[0] in self._resources:
                    self._agenda.add(place)
                entry = store.get(*place) or store.departed.get(place)
                own = entry.object.metadata.uid if entry is not None else ""
                if own and own not in seen:
                    seen.add(own)
                    waiting.append(own)

    def _let_go(self, store: Store) -> None:
        """Forget the departed that the store forgot."""
        departed = self._tables[DEPARTED]
        for ref in list(departed.rows):
            resource, _, key = ref.partition(":")
            if store.departed.get((resource, key)) is None:
                departed.remove(ref)

    def _departed_uids(self, store: Store) -> set[tuple[Place, str]]:
        if not self._asks_owner:
            return set()
        return {(place, entry.object.metadata.uid) for place, entry in store.departed.entries().items()}


def _is_owned_alike(old: Entry | None, new: Entry | None) -> bool:
    if old is None or new is None:
        return False
    before, after = old.object.metadata, new.object.metadata
    return before.uid == after.uid and before.owner_references == after.owner_references
