"""Finding: the objects that meet a query, best first, each with the field that shows why.

Where a query has words, an object whose name is the word comes first, then those that begin with it, those of which a
part begins with it, those with it inside, and then those with it in another field. Only where nothing has a word in it
are names looked for that have its letters in this order.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from heapq import nsmallest
from operator import attrgetter
from typing import Final

from msgspec import Struct

from visualizer.search.index import Document, Index
from visualizer.search.meeting import fact, problems_of, resources_of, tests_of, words_of
from visualizer.search.query import Query, Term
from visualizer.store import Store

LIMIT: Final = 100


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
    problems = problems_of(query, store, hidden)
    if problems or not query.terms:
        return Found(problems=problems)
    found = [document for name in resources_of(query, store, hidden) for document in index.documents(name)]
    for test in tests_of(query, store, hidden):
        found = [document for document in found if test(document)]
    words, named = words_of(query), found
    for word in words:
        named = [document for document in named if word in document.text]
    is_fuzzy = bool(words and not named)
    if is_fuzzy:
        named = [document for document in found if all(_has_letters(word, document.lowered) for word in words)]
    best = _best(named, words[0] if words and not is_fuzzy else "", most)
    return Found([Match(each, *_reason(each, query.terms)) for each in best], len(named), (), is_fuzzy)


def _best(documents: Sequence[Document], word: str, most: int) -> list[Document]:
    """The best so many. Each step looks only at what the ones before left, and stops when there is enough."""
    if not word:
        return nsmallest(most, documents, key=attrgetter("ref"))
    part = re.compile(rf"(?<![a-z0-9]){re.escape(word)}")
    steps: tuple[Callable[[Document], bool], ...] = (
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
            return term.key, fact(document, term) or term.value
        if term.value.lower() not in document.lowered:
            for field, value in document.facts:
                if term.value.lower() in value.lower():
                    return field, value
    return "", ""
