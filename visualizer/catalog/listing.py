"""Listing: the objects of one resource as a table, a stretch of it at a time.

Of 100,000 objects only the rows that are on the screen are read from the log. So they are ordered and narrowed by what
the store knows of every object: name, namespace, age and labels.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final, Literal

import msgspec
from msgspec import Struct

from visualizer.catalog.printing import Column, columns_of
from visualizer.family.index import Raws
from visualizer.store import Entry, Store

Order = Literal["name", "namespace", "age"]
MOST_ROWS: Final = 1_000


class ObjectRow(Struct, frozen=True, rename="camel"):
    """One object: its ref and what each column says. ``is_going``: somebody asked for its deletion."""

    ref: str
    namespace: str
    name: str
    cells: list[str]
    created: str
    is_going: bool


class Listed(Struct, frozen=True, rename="camel"):
    """Rows ``start`` and on of the ``total`` that meet the filter, of all ``objects``."""

    columns: list[str]
    rows: list[ObjectRow]
    start: int
    total: int
    objects: int


def list_objects(
    store: Store, raws: Raws, resource: str, *, now: float, namespace: str = "", text: str = "",
    order: Order = "namespace", is_reversed: bool = False, start: int = 0, count: int = 200,
) -> Listed:  # fmt: skip
    """The objects of a resource that has these words in its name, namespace or labels."""
    entries = store.entries(resource)
    found = [(key, entry) for key, entry in entries.items() if _is_met(key, entry, namespace, text.lower().split())]
    found.sort(key=_ORDERS[order], reverse=is_reversed)
    shown = found[start : start + min(count, MOST_ROWS)]
    columns = columns_of(resource)
    cells = {(entry.seq, entry.item): _cells(columns, raw, now) for entry, raw in raws([entry for _, entry in shown])}
    nothing = [""] * len(columns)
    rows = [
        ObjectRow(
            ref=f"{resource}:{key}",
            namespace=entry.object.metadata.namespace,
            name=entry.object.metadata.name,
            cells=cells.get((entry.seq, entry.item), nothing),
            created=entry.object.metadata.creation_timestamp or "",
            is_going=entry.object.metadata.deletion_timestamp is not None,
        )
        for key, entry in shown
    ]
    return Listed([column.name for column in columns], rows, start, len(found), len(entries))


def _cells(columns: Sequence[Column], raw: bytes, now: float) -> list[str]:
    """What the columns say; nothing where the fields that the store does not use are no JSON."""
    try:
        found = msgspec.json.decode(raw)
    except (msgspec.DecodeError, RecursionError):
        return [""] * len(columns)
    return [column.cell(found, now) for column in columns]


_ORDERS: Final[dict[Order, Callable[[tuple[str, Entry]], tuple[str, str]]]] = {
    "namespace": lambda found: (found[1].object.metadata.namespace, found[1].object.metadata.name),
    "name": lambda found: (found[1].object.metadata.name, found[1].object.metadata.namespace),
    "age": lambda found: (found[1].object.metadata.creation_timestamp or "", found[0]),
}


def _is_met(key: str, entry: Entry, namespace: str, words: Sequence[str]) -> bool:
    if namespace and entry.object.metadata.namespace != namespace:
        return False
    if not words:
        return True
    lowered = key.lower()
    labels = entry.object.metadata.labels or {}
    return all(
        word in lowered or any(word in f"{name}={value}".lower() for name, value in labels.items()) for word in words
    )
