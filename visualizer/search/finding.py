"""Finding: the objects that meet a query, best first, each with the field that shows why.

Where a query has words, an object whose name is the word comes first, then those that begin with it, those of which a
part begins with it, those with it inside, and then those with it in another field. Only where nothing has a word in it
are names looked for that have its letters in this order.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Sequence, Set
from heapq import nsmallest
from operator import attrgetter
from typing import Final

from msgspec import Struct

from visualizer.search.index import QUIET, Document, Index
from visualizer.search.query import TRUTHS, Query, Term
from visualizer.store import Place, Store

LIMIT: Final = 100

SHORT_NAMES: Final = {
    "po": "pod", "deploy": "deployment", "rs": "replicaset", "ds": "daemonset", "sts": "statefulset", "svc": "service",
    "no": "node", "ns": "namespace", "cm": "configmap", "sa": "serviceaccount", "ev": "event", "ep": "endpoints",
    "cj": "cronjob", "ing": "ingress", "pv": "persistentvolume", "pvc": "persistentvolumeclaim",
    "hpa": "horizontalpodautoscaler", "pdb": "poddisruptionbudget", "quota": "resourcequota",
    "netpol": "networkpolicy", "crd": "customresourcedefinition",
}  # fmt: skip
"""The short names of ``kubectl api-resources`` (Kubernetes 1.36) that people type most."""

_Test = Callable[[Document], bool]
_COMPARE: Final[dict[str, Callable[[int, int], bool]]] = {
    "=": lambda has, asked: has == asked,
    "!=": lambda has, asked: has != asked,
    ">": lambda has, asked: has > asked,
    "<": lambda has, asked: has < asked,
    ">=": lambda has, asked: has >= asked,
    "<=": lambda has, asked: has <= asked,
}


class Match(Struct, frozen=True):
    """One object that meets the query, and the field of it that shows why: ``label`` and ``app=web``."""

    document: Document
    field: str
    value: str


class Found(Struct, frozen=True):
    """The best matches, at most so many as were asked for; how many objects meet the query; what is wrong with it.

    ``is_fuzzy``: nothing has the words themselves, and these names have their letters in order.
    """

    matches: Sequence[Match] = ()
    total: int = 0
    problems: Sequence[str] = ()
    is_fuzzy: bool = False


def find(query: Query, index: Index, store: Store, *, hidden: str = "", most: int = LIMIT) -> Found:
    """What meets the query. ``hidden`` is how resources begin that this viewer may not see; empty: none."""
    visible = [name for name in store.resources if not hidden or not name.startswith(hidden)]
    problems = [*query.problems, *_unknown_kinds(query, visible, store)]
    if problems or not query.terms:
        return Found(problems=problems)
    found = [document for name in _resources(query, visible, store) for document in index.documents(name)]
    words = [term.value.lower() for term in query.terms if not term.operator and not term.is_not]
    rest = [term for term in query.terms if not _asks_kind(term) and (term.operator or term.is_not)]
    for term in rest:
        found = _keep(found, term, index, store)
    named = found
    for word in words:
        named = [document for document in named if word in document.text]
    is_fuzzy = bool(words and not named)
    if is_fuzzy:
        named = [document for document in found if all(_has_letters(word, document.lowered) for word in words)]
    best = _best(named, words[0] if words and not is_fuzzy else "", most)
    return Found([Match(each, *_reason(each, query.terms)) for each in best], len(named), (), is_fuzzy)


def _keep(documents: Sequence[Document], term: Term, index: Index, store: Store) -> list[Document]:
    if not term.operator:
        word = term.value.lower()
        return [document for document in documents if word not in document.text]
    test = _test(term, index, store)
    return [document for document in documents if test(document) is not term.is_not]


def _test(term: Term, index: Index, store: Store) -> _Test:
    key, value = term.key, term.value.lower()
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
        family = _family(value, index, store)
        return lambda document: (
            (document.resource, document.key) in family or (value in document.text and _has_fact(document, term))
        )
    if "*" in value:
        return lambda document: _has_fact(document, term)
    return lambda document: value in document.text and _has_fact(document, term)


def _has_fact(document: Document, term: Term) -> bool:
    return _fact(document, term) is not None


def _fact(document: Document, term: Term) -> str | None:
    """The value that meets this term, or None. Names, images and labels are met by a part, the others whole."""
    value = term.value.lower()
    for field, has in document.facts:
        if field == term.key and _meets(field, value, has.lower()):
            return has
    return None


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


def _family(owner: str, index: Index, store: Store) -> Set[Place]:
    """All that is owned, however far down, by objects of this name or ``kind/name``."""
    kind_asked, _, name = owner.rpartition("/")
    fits = _pattern(name)
    family: set[Place] = set()
    waiting: list[str] = []
    for resource in store.resources:
        kind = store.resources[resource].kind.lower()
        if resource in QUIET or (kind_asked and kind_asked != kind):
            continue
        waiting += [each.entry.object.metadata.uid for each in index.documents(resource) if fits(each.lowered)]
    while waiting:
        uid = waiting.pop()
        for place in store.owned_by(uid) if uid else ():
            if place not in family:
                family.add(place)
                if (entry := store.get(*place)) is not None:
                    waiting.append(entry.object.metadata.uid)
    return family


def _resources(query: Query, visible: Collection[str], store: Store) -> list[str]:
    kinds = [term for term in query.terms if _asks_kind(term)]
    asks = any(not term.is_not for term in kinds)
    return [
        name
        for name in visible
        if (asks or name not in QUIET) and all(_is_kind(term, name, store) is not term.is_not for term in kinds)
    ]


def _unknown_kinds(query: Query, visible: Collection[str], store: Store) -> Iterator[str]:
    for term in query.terms:
        if _asks_kind(term) and not any(_is_kind(term, name, store) for name in visible):
            yield f"No kind is called “{term.value}” here."


def _asks_kind(term: Term) -> bool:
    return term.key == "kind" and term.operator == ":"


def _is_kind(term: Term, resource: str, store: Store) -> bool:
    asked = term.value.lower()
    fits = _pattern(SHORT_NAMES.get(asked, asked))
    return fits(store.resources[resource].kind.lower()) or fits(resource.rpartition("/")[2])


def _best(documents: Sequence[Document], word: str, most: int) -> list[Document]:
    """The best so many. Each step looks only at what the ones before left, and stops when there is enough."""
    if not word:
        return nsmallest(most, documents, key=attrgetter("ref"))
    part = re.compile(rf"(?<![a-z0-9]){re.escape(word)}")
    steps: tuple[_Test, ...] = (
        lambda document: document.lowered == word,
        lambda document: document.lowered.startswith(word),
        lambda document: part.search(document.lowered) is not None,
        lambda document: word in document.lowered,
        lambda _: True,
    )
    best: dict[str, Document] = {}
    for step in steps:
        fitting = [document for document in documents if step(document) and document.ref not in best]
        for document in nsmallest(most - len(best), fitting, key=attrgetter("ref")):
            best[document.ref] = document
        if len(best) >= most:
            break
    return list(best.values())


def _has_letters(word: str, name: str) -> bool:
    """Whether the name has these letters in this order, with others between them."""
    letters = iter(name)
    return all(letter in letters for letter in word)


def _reason(document: Document, terms: Sequence[Term]) -> tuple[str, str]:
    """The field that shows why this object is here: what was asked for, if the row does not say it by itself."""
    for term in terms:
        if term.is_not or (term.operator == ":" and term.key in ("kind", "name", "namespace")):
            continue
        if term.key == "restarts":
            return "restarts", str(document.restarts)
        if term.key == "ready":
            return "ready", str(document.ready).lower()
        if term.operator in ("=", "!="):
            has = next(
                (value for field, value in document.facts if field == "label" and value.startswith(f"{term.key}=")), ""
            )
            return ("label", has) if has else ("label", f"no {term.key}")
        if term.operator:
            return term.key, _fact(document, term) or term.value
        if term.value.lower() not in document.lowered:
            for field, value in document.facts:
                if term.value.lower() in value.lower():
                    return field, value
    return "", ""
