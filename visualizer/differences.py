"""Differences: what altered between two versions of an object, field by field.

The items of a list are matched by what Kubernetes matches them by (the merge keys of its API types: a container's
name, a condition's type, a port with its protocol), so that a list with an item more is that one item's difference
and not every item's. Where items have no such key, equal items at both ends are matched and the rest by index.

Keyed lists are maps to Kubernetes: that their items stand in another order is no difference here. A null is no
field, as it is to API servers. Nothing here recurses: an object may be nested as deep as a decoder lets it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterator, Sequence
from itertools import zip_longest
from typing import Final, TypeAlias

from msgspec import Struct

Json: TypeAlias = "bool | int | float | str | list[Json] | dict[str, Json] | None"

LEFT_OUT: Final = frozenset({"metadata.managedFields", "metadata.resourceVersion"})
"""Fields that alter with every write and tell nothing that a reader asks for."""

_KEYS_OF: Final[dict[str, tuple[tuple[str, ...], ...]]] = {
    "ports": (("containerPort", "protocol"), ("port", "protocol")),
    "ownerReferences": (("uid",),),
    "volumeMounts": (("mountPath",),),
    "volumeDevices": (("devicePath",),),
    "taints": (("key", "effect"),),
    "topologySpreadConstraints": (("topologyKey", "whenUnsatisfiable"),),
    "addresses": (("type", "address"), ("ip",)),
}
"""Lists whose items would be mistaken for one another by the general keys."""

_KEYS: Final[tuple[tuple[str, ...], ...]] = (("name",), ("type",), ("uid",), ("key",), ("ip",))
_PLAIN_NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*")
_PLAIN_VALUE: Final = re.compile(r"[A-Za-z0-9_./:-]+")


class Difference(Struct, frozen=True):
    """One field that differs, with its value before and after. None: there was, or is, no such field.

    ``path`` is like ``spec.containers[name=web].image``, ``metadata.labels["app.kubernetes.io/name"]`` or ``args[0]``.
    """

    path: str
    old: Json
    new: Json


def iter_differences(old: Json, new: Json, *, left_out: Collection[str] = LEFT_OUT) -> Iterator[Difference]:
    """Each field that differs, from the outside in and in the objects' own order.

    What came or went as a whole is told as a whole. Fields whose path is in ``left_out`` are passed over, with all
    that is in them.
    """
    waiting: list[tuple[str, Json, Json]] = [("", old, new)]
    while waiting:
        path, before, after = waiting.pop()
        if path in left_out:
            continue
        if isinstance(before, dict) and isinstance(after, dict):
            waiting.extend(reversed(list(_iter_fields(path, before, after))))
        elif isinstance(before, list) and isinstance(after, list):
            waiting.extend(reversed(list(_iter_items(path, before, after))))
        elif not is_same(before, after):
            yield Difference(path, before, after)


def is_same(first: Json, second: Json) -> bool:
    """Whether two values are the same JSON: to Python, but not to JSON, ``1`` is ``true``."""
    waiting = [(first, second)]
    while waiting:
        one, other = waiting.pop()
        if isinstance(one, dict) and isinstance(other, dict):
            if one.keys() != other.keys():
                return False
            waiting.extend((value, other[name]) for name, value in one.items())
        elif isinstance(one, list) and isinstance(other, list):
            if len(one) != len(other):
                return False
            waiting.extend(zip(one, other, strict=True))
        elif type(one) is not type(other) or one != other:
            return False
    return True


def _iter_fields(path: str, old: dict[str, Json], new: dict[str, Json]) -> Iterator[tuple[str, Json, Json]]:
    for name in dict.fromkeys((*old, *new)):
        yield _join(path, name), old.get(name), new.get(name)


def _iter_items(path: str, old: list[Json], new: list[Json]) -> Iterator[tuple[str, Json, Json]]:
    labels = label_items(_last_name(path), old, new)
    if labels is None:
        yield from _iter_by_place(path, old, new)
        return
    before, after = labels
    for label in dict.fromkeys((*before, *after)):
        one = old[before[label]] if label in before else None
        yield f"{path}[{label}]", one, new[after[label]] if label in after else None


def label_items(name: str, old: Sequence[Json], new: Sequence[Json]) -> tuple[dict[str, int], dict[str, int]] | None:
    """The index of each item in both versions of the list ``name`` by the text of its key, such as ``name=web``.

    None where items have no key, or share one.
    """
    for fields in _KEYS_OF.get(name, _KEYS):
        before, after = _label(old, fields), _label(new, fields)
        if before is not None and after is not None:
            return before, after
    return None


def tell_path(obj: Json, path: Sequence[str | int]) -> str:
    """Where this place in an object is, in the words of :class:`Difference`."""
    told, name, value = "", "", obj
    for key in path:
        if isinstance(value, dict):
            name = str(key)
            told, value = _join(told, name), value[name]
        elif isinstance(value, list) and isinstance(key, int):
            labels = label_items(name, (), value)
            label = next((each for each, place in labels[1].items() if place == key), "") if labels else str(key)
            told, value = f"{told}[{label}]", value[key]
    return told


def _label(items: Sequence[Json], fields: tuple[str, ...]) -> dict[str, int] | None:
    """The items' indexes by the text of their key, or None where one has none or shares it with another."""
    indexed: dict[str, int] = {}
    for index, item in enumerate(items):
        if not isinstance(item, dict):
            return None
        values = [item.get(field) for field in fields]
        if not all(isinstance(value, str | int) for value in values):
            return None
        indexed[",".join(f"{field}={_quote(value)}" for field, value in zip(fields, values, strict=True))] = index
    return indexed if len(indexed) == len(items) else None


def _iter_by_place(path: str, old: list[Json], new: list[Json]) -> Iterator[tuple[str, Json, Json]]:
    start = end = 0
    if len(old) != len(new):
        shorter = min(len(old), len(new))
        while start < shorter and is_same(old[start], new[start]):
            start += 1
        while end < shorter - start and is_same(old[-1 - end], new[-1 - end]):
            end += 1
    before, after = old[start : len(old) - end], new[start : len(new) - end]
    for offset, (one, other) in enumerate(zip_longest(before, after), start):
        yield f"{path}[{offset}]", one, other


def _join(path: str, name: str) -> str:
    if not _PLAIN_NAME.fullmatch(name):
        return f"{path}[{json.dumps(name, ensure_ascii=False)}]"
    return f"{path}.{name}" if path else name


def _last_name(path: str) -> str:
    """The name of the field at the end of a path: of ``spec.ports`` it is ``ports``."""
    return path.rpartition(".")[2]


def _quote(value: Json) -> str:
    if isinstance(value, str) and not _PLAIN_VALUE.fullmatch(value):
        return json.dumps(value, ensure_ascii=False)
    return str(value)
