"""Completion: how the term that is being typed may go on, from the fields there are and the values the cluster has."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Final

from visualizer.search.index import Index
from visualizer.search.query import FIELDS, Term
from visualizer.store import Store

MOST: Final = 8


def complete(text: str, index: Index, store: Store, *, hidden: str = "") -> list[str]:
    """Whole queries that this one may become, the likeliest first. ``hidden`` as in :func:`find`."""
    start = max(text.rfind(" "), text.rfind("\n"), text.rfind("\t")) + 1
    before, token = text[:start], text[start:]
    sign, token = ("-", token[1:]) if token.startswith("-") else ("", token)
    if not token or '"' in token:
        return []
    found = [each for each in _terms(token, index, store, hidden) if each.lower().startswith(token.lower())]
    return [f"{before}{sign}{each}" for each in dict.fromkeys(found) if each != token][:MOST]


def _terms(token: str, index: Index, store: Store, hidden: str) -> Iterator[str]:
    field, colon, typed = token.partition(":")
    if colon:
        for value in _values(field.lower(), typed.lower(), index, store, hidden):
            yield str(Term(field.lower(), ":", value))
        return
    for name in FIELDS:
        yield "restarts>" if name == "restarts" else f"{name}:"
    key, equals, _ = token.partition("=")
    if equals:
        labels = Counter(
            value
            for resource in _visible(store, hidden)
            for document in index.documents(resource)
            for name, value in document.facts
            if name == "label" and value.startswith(f"{key}=") and value.startswith(token)
        )
        for label, _ in labels.most_common(MOST):
            if value := label.partition("=")[2]:
                yield str(Term(key, "=", value))


def _values(field: str, typed: str, index: Index, store: Store, hidden: str) -> Iterator[str]:
    if field == "ready":
        yield from ("true", "false")
    elif field == "kind":
        kinds = {store.resources[name].kind.lower() for name in _visible(store, hidden) if store.entries(name)}
        yield from sorted(kinds)
    elif field in ("namespace", "node"):
        yield from sorted(store.entries(f"v1/{field}s"))
    elif field in FIELDS:
        values = Counter(
            value.partition("/")[2] if field == "owner" else value.partition("=")[0] if field == "label" else value
            for resource in _visible(store, hidden)
            for document in index.documents(resource)
            for name, value in document.facts
            if name == field
        )
        fitting = {value: count for value, count in values.items() if value.lower().startswith(typed)}
        yield from sorted(fitting, key=lambda value: (-fitting[value], value))[:MOST]


def _visible(store: Store, hidden: str) -> Iterator[str]:
    return (name for name in store.resources if not hidden or not name.startswith(hidden))
