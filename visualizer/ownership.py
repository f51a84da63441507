"""Ownership: which field manager owns which field of an object, as its managedFields say.

Each entry of ``metadata.managedFields`` holds a set of fields as a trie (``fieldsV1``). Its keys are ``f:NAME`` for a
field, ``k:{...}`` for the item of a list that has these keys, ``v:VALUE`` for the item of a set, ``i:NUMBER`` for an
item by its place, and ``.`` for the thing itself where others stand beside it (structured-merge-diff's
``fieldpath/serialize.go`` and ``pathelement.go``; KEP-555, server-side apply).

A name without anything in it (``f:selector: {}``) is a value, or a map or list that is owned as a whole: what is in it
is its owner's. Without the schema that is told from a map whose keys have owners of their own by one thing: of such a
map, some entry names a key. Where an entry was written in another version of the API, its names may not be found here,
and then they own nothing.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Final, TypeAlias

from msgspec import Struct

from visualizer.differences import Json

Path: TypeAlias = tuple[str | int, ...]
"""Where a value is in an object: names of fields and indexes of items."""

_Tries: TypeAlias = list[tuple[int, Json]]
"""What entries say of one value: the entry's index, and its trie from there on."""

_SELF: Final = "."


class Manager(Struct, frozen=True):
    """One entry: who owns, by which operation (``Apply`` or ``Update``), and when its fields were last altered.

    ``time`` is RFC 3339 to the second, or "" where the entry has none (those of the scale subresource). ``fields`` is
    the set of fields as it came.
    """

    manager: str
    operation: str
    subresource: str
    time: str
    fields: Json


def read_managers(obj: Json) -> list[Manager]:
    """The entries of an object that can be read, in its order."""
    metadata = obj.get("metadata") if isinstance(obj, dict) else None
    entries = metadata.get("managedFields") if isinstance(metadata, dict) else None
    found = []
    for entry in entries if isinstance(entries, list) else ():
        if isinstance(entry, dict) and entry.get("fieldsType", "FieldsV1") == "FieldsV1":
            names = [entry.get(name) for name in ("manager", "operation", "subresource", "time")]
            manager, operation, subresource, time = (name if isinstance(name, str) else "" for name in names)
            found.append(Manager(manager, operation, subresource, time, entry.get("fieldsV1")))
    return found


def find_owners(obj: Json, managers: list[Manager]) -> dict[Path, tuple[int, ...]]:
    """For each field and item of the object that somebody owns, the indexes of the managers that do."""
    owners: dict[Path, tuple[int, ...]] = {}
    tries: _Tries = [(index, each.fields) for index, each in enumerate(managers) if isinstance(each.fields, dict)]
    waiting: list[tuple[Path, Json, _Tries, tuple[int, ...]]] = [((), obj, tries, ())]
    while waiting:
        path, value, named, whole = waiting.pop()
        matches = _match(value, named)
        for key, part in _iter_parts(value):
            here = matches.get(key, [])
            deeper: _Tries = [(index, trie) for index, trie in here if isinstance(trie, dict) and trie.keys() - {_SELF}]
            inner = tuple(index for index, trie in here if not trie) if not deeper else ()
            owned = whole + tuple(index for index, trie in here if not trie or _names_itself(trie))
            if owned:
                owners[(*path, key)] = tuple(dict.fromkeys(owned))
            if deeper or inner or whole:
                waiting.append(((*path, key), part, deeper, whole or inner))
    return owners


def _names_itself(trie: Json) -> bool:
    return isinstance(trie, dict) and _SELF in trie


def _iter_parts(value: Json) -> Iterator[tuple[str | int, Json]]:
    if isinstance(value, dict):
        yield from value.items()
    elif isinstance(value, list):
        yield from enumerate(value)


def _match(value: Json, named: _Tries) -> dict[str | int, _Tries]:
    """For each part of the value, what the managers' tries say of it."""
    matches: dict[str | int, _Tries] = {}
    items = _Items(value) if isinstance(value, list) else None
    for index, trie in named:
        for name, deeper in trie.items() if isinstance(trie, dict) else ():
            sort, _, text = name.partition(":")
            if items is not None:
                found: list[str | int] = list(items.find(sort, text))
            else:
                found = [text] if sort == "f" and isinstance(value, dict) and text in value else []
            for key in found:
                matches.setdefault(key, []).append((index, deeper))
    return matches


class _Items:
    """The items of one list, found by key, by value and by place. Several are found where several are alike."""

    def __init__(self, items: list[Json]) -> None:
        self._items = items
        self._by_fields: dict[frozenset[str], dict[str, list[int]]] = {}
        self._by_value: dict[str, list[int]] | None = None

    def find(self, sort: str, text: str) -> list[int]:
        """The indexes of the items that a path element of this sort (``k``, ``v`` or ``i``) means."""
        try:
            wanted = json.loads(text) if sort in ("k", "v", "i") else None
        except (ValueError, RecursionError):
            return []
        if sort == "k" and isinstance(wanted, dict):
            return self._indexed(frozenset(wanted)).get(_text(wanted), [])
        if sort == "v":
            return self._valued().get(_text(wanted), [])
        if sort == "i" and isinstance(wanted, int) and 0 <= wanted < len(self._items):
            return [wanted]
        return []

    def _indexed(self, fields: frozenset[str]) -> Mapping[str, list[int]]:
        if fields not in self._by_fields:
            found: dict[str, list[int]] = {}
            for place, item in enumerate(self._items):
                if isinstance(item, dict):
                    found.setdefault(_text({name: item.get(name) for name in fields}), []).append(place)
            self._by_fields[fields] = found
        return self._by_fields[fields]

    def _valued(self) -> Mapping[str, list[int]]:
        if self._by_value is None:
            self._by_value = {}
            for place, item in enumerate(self._items):
                self._by_value.setdefault(_text(item), []).append(place)
        return self._by_value


def _text(value: Json) -> str:
    """The value as JSON in one way only, so that equal values have equal texts and ``1`` is not ``true``."""
    return json.dumps(value, sort_keys=True)
