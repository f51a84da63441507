"""Meeting: whether an object meets a query. What a search finds and what a filter keeps is decided here alone."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Final

from visualizer.objects import AnyObject
from visualizer.search.index import QUIET, Document
from visualizer.search.query import TRUTHS, Query, Term
from visualizer.store import Place, Store

SHORT_NAMES: Final = {
    "po": "pod", "deploy": "deployment", "rs": "replicaset", "ds": "daemonset", "sts": "statefulset", "svc": "service",
    "no": "node", "ns": "namespace", "cm": "configmap", "sa": "serviceaccount", "ev": "event", "ep": "endpoints",
    "cj": "cronjob", "ing": "ingress", "pv": "persistentvolume", "pvc": "persistentvolumeclaim",
    "hpa": "horizontalpodautoscaler", "pdb": "poddisruptionbudget", "quota": "resourcequota",
    "netpol": "networkpolicy", "crd": "customresourcedefinition",
}  # fmt: skip
"""The short names of ``kubectl api-resources`` (Kubernetes 1.36) that people type most."""

Test = Callable[[Document], bool]
_COMPARE: Final[dict[str, Callable[[int, int], bool]]] = {
    "=": lambda has, asked: has == asked,
    "!=": lambda has, asked: has != asked,
    ">": lambda has, asked: has > asked,
    "<": lambda has, asked: has < asked,
    ">=": lambda has, asked: has >= asked,
    "<=": lambda has, asked: has <= asked,
}


def resources_of(query: Query, store: Store, hidden: str) -> list[str]:
    """Those in which to look. ``hidden`` is how resources begin that this viewer may not see; empty: none."""
    kinds = [term for term in query.terms if _asks_kind(term)]
    asks = any(not term.is_not for term in kinds)
    return [
        name
        for name in _visible(store, hidden)
        if (asks or name not in QUIET) and all(_is_kind(term, name, store) is not term.is_not for term in kinds)
    ]


def problems_of(query: Query, store: Store, hidden: str) -> list[str]:
    """What is wrong with it, in sentences: also that there is no kind of this name here."""
    visible = _visible(store, hidden)
    return [
        *query.problems,
        *(
            f"No kind is called “{term.value}” here."
            for term in query.terms
            if _asks_kind(term) and not any(_is_kind(term, name, store) for name in visible)
        ),
    ]


def words_of(query: Query) -> list[str]:
    """The words that must be in an object, in small letters."""
    return [term.value.lower() for term in query.terms if not term.operator and not term.is_not]


def tests_of(query: Query, store: Store, hidden: str) -> list[Test]:
    """All that an object of the right kind must meet besides the words. They hold while the store stands still."""
    return [
        _turned(test) if term.is_not else test
        for term in query.terms
        if not _asks_kind(term) and (term.operator or term.is_not)
        for test in (_test(term, store, hidden),)
    ]


def fact(document: Document, term: Term) -> str | None:
    """The value that meets this term, or None. Names, images and labels are met by a part, the others whole."""
    value = term.value.lower()
    for field, has in document.facts:
        if field == term.key and _meets(field, value, has.lower()):
            return has
    return None


def _turned(test: Test) -> Test:
    return lambda document: not test(document)


def _test(term: Term, store: Store, hidden: str) -> Test:
    key, value = term.key, term.value.lower()
    if not term.operator:
        return lambda document: value in document.text
    if key == "restarts" and term.operator in _COMPARE:
        asked, compare = int(value), _COMPARE[term.operator]
        return lambda document: document.restarts is not None and compare(document.restarts, asked)
    if term.operator in ("=", "!="):
        pair, equals = ("label", f"{key}={term.value}"), term.operator == "="
        return lambda document: (pair in document.facts) is equals
    if key == "ready":
        truth = TRUTHS[value]
        return lambda document: document.ready is truth
    if key == "namespace":
        fits = _pattern(value)
        return lambda document: fits(document.entry.object.metadata.namespace.lower())
    if key == "owner":
        return _Family(value, store, hidden).has
    if "*" in value:
        return lambda document: fact(document, term) is not None
    return lambda document: value in document.text and fact(document, term) is not None


class _Family:
    """All that is owned, however far down, by objects of this name or ``kind/name``; also by those that went lately."""

    def __init__(self, owner: str, store: Store, hidden: str) -> None:
        self._owner, self._store, self._hidden = owner, store, hidden
        self._kind, _, self._name = owner.rpartition("/")
        self._known: dict[tuple[str, str, str], bool] = {}  # by what an owner reference says

    def has(self, document: Document) -> bool:
        """Whether this object is owned so."""
        known = self._known
        for reference in document.owners:
            is_in = known.get(reference)
            if is_in is None:
                is_in = known[reference] = self._climb(*reference)
            if is_in:
                return True
        return False

    def _climb(self, uid: str, kind: str, name: str) -> bool:
        """Whether this owner, or one of its owners, is the one that was asked for."""
        if self._fits(kind, name):
            return True
        found = self._find(uid)
        if found is None:
            return False
        seen, waiting = {uid}, [found]
        while waiting:
            kind, obj = waiting.pop()
            if self._fits(kind, obj.metadata.name):
                return True
            for owner in obj.metadata.owner_references or ():
                if self._fits(owner.kind, owner.name):
                    return True
                if owner.uid not in seen and (found := self._find(owner.uid)) is not None:
                    waiting.append(found)
                seen.add(owner.uid)
        return False

    def _fits(self, kind: str, name: str) -> bool:
        if "*" in self._owner:
            return _meets("owner", self._owner, f"{kind}/{name}".lower())
        return name.lower() == self._name and (not self._kind or kind.lower() == self._kind)

    def _find(self, uid: str) -> tuple[str, AnyObject] | None:
        """The kind, and the object; what this viewer may not see leads nowhere."""
        store = self._store
        place: Place | None = store.find_uid(uid) if uid else None
        entry = store.get(*place) if place is not None else None
        if entry is None and uid:
            place = store.departed.find_uid(uid)
            entry = store.departed.get(place) if place is not None else None
        if place is None or entry is None or (self._hidden and place[0].startswith(self._hidden)):
            return None
        return store.resources[place[0]].kind, entry.object


def _meets(field: str, value: str, has: str) -> bool:
    if "*" in value:
        fits = _pattern(value)
        return (
            fits(has)
            or (field == "owner" and fits(has.partition("/")[2]))
            or (field == "label" and fits(has.partition("=")[0]))
        )
    if field in ("name", "image"):
        return value in has
    if field == "label":
        return value in (has, has.partition("=")[0])
    if field == "owner":
        return value in (has, has.partition("/")[2])
    return value == has


def _pattern(value: str) -> Callable[[str], bool]:
    """Whether a text is this one, in which ``*`` stands for anything."""
    if "*" not in value:
        return value.__eq__
    first, *middle, last = value.split("*")

    def fits(text: str) -> bool:
        if len(text) < len(first) + len(last) or not (text.startswith(first) and text.endswith(last)):
            return False
        at, end = len(first), len(text) - len(last)
        for part in middle:
            found = text.find(part, at, end)
            if found < 0:
                return False
            at = found + len(part)
        return True

    return fits


def _visible(store: Store, hidden: str) -> Collection[str]:
    return [name for name in store.resources if not hidden or not name.startswith(hidden)]


def _asks_kind(term: Term) -> bool:
    return term.key == "kind" and term.operator == ":"


def _is_kind(term: Term, resource: str, store: Store) -> bool:
    asked = term.value.lower()
    fits = _pattern(SHORT_NAMES.get(asked, asked))
    return fits(store.resources[resource].kind.lower()) or fits(resource.rpartition("/")[2])
