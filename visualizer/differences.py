"""Differences between two states of one object, field by field, as a person would name the fields.

Items of lists that Kubernetes merges by a key (containers by name, conditions by type) are matched by that key, so an item
that moved is no difference; other lists are compared as wholes where their lengths differ, and item by item where not.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, NamedTuple

MERGE_KEYS: Final = ("name", "type", "uid", "key", "containerPort", "port", "ip", "topologyKey", "mountPath", "devicePath")
IGNORED: Final = frozenset({"metadata.managedFields", "metadata.resourceVersion"})


class Difference(NamedTuple):
    """One field that differs; None stands for a field that is not there."""

    path: str
    old: Any
    new: Any


def differences(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[Difference]:
    """Every field that differs, in the order of the new object's fields. Bookkeeping of the server is left out."""
    return [found for found in _compare("", old, new) if found.path not in IGNORED]


def _compare(path: str, old: Any, new: Any) -> Iterator[Difference]:
    if path in IGNORED or old == new:
        return
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        for key in dict.fromkeys([*new, *old]):
            yield from _compare(_join(path, key), old.get(key), new.get(key))
    elif isinstance(old, list) and isinstance(new, list):
        yield from _compare_lists(path, old, new)
    else:
        yield Difference(path, old, new)


def _compare_lists(path: str, old: Sequence[Any], new: Sequence[Any]) -> Iterator[Difference]:
    key = next((name for name in MERGE_KEYS if _is_keyed(old, name) and _is_keyed(new, name)), None)
    if key is not None:
        before, after = ({item[key]: item for item in items} for items in (old, new))
        for value in dict.fromkeys([*after, *before]):
            yield from _compare(f"{path}[{key}={value}]", before.get(value), after.get(value))
    elif len(old) == len(new):
        for number, (before, after) in enumerate(zip(old, new, strict=True)):
            yield from _compare(f"{path}[{number}]", before, after)
    else:
        yield Difference(path, old, new)


def _is_keyed(items: Sequence[Any], key: str) -> bool:
    values = [item.get(key) for item in items if isinstance(item, Mapping)]
    hashable = [value for value in values if isinstance(value, str | int)]
    return len(hashable) == len(items) and len(set(hashable)) == len(items)


def _join(path: str, key: str) -> str:
    plain = key.replace("-", "").replace("_", "").isalnum()
    return f"{path}.{key}".lstrip(".") if plain else f'{path}["{key}"]'
