"""Provenance: which write last set each field of an object, by comparing its versions backwards.

managedFields keep one time for all fields of a manager, and none for what a binding or the API server itself sets.
The log has every version: the write that gave a field the value that it has now is the one after which it never
altered again. An item of a list is followed by what Kubernetes matches it by (see ``differences``), or else by its
value, so that an item that only moved was not set anew. A map or list itself was set when it came to be.
"""

from __future__ import annotations

import json
from collections.abc import Iterator

from visualizer.differences import Json, is_same, label_items
from visualizer.ownership import Path


class _Field:
    """A value of the newest version, at ``key`` of its parent there.

    ``parts`` are those in it whose write is still sought, by the key that they have in the version looked at.
    """

    __slots__ = ("key", "parts", "seq")

    def __init__(self, key: str | int) -> None:
        self.key = key
        self.parts: dict[str | int, _Field] = {}
        self.seq: int | None = None


class Provenance:
    """Follows the fields of one object from its newest version back. Give it the versions before, newest first."""

    def __init__(self, newest: Json) -> None:
        self._root = _Field("")
        self._now = newest
        self._settled: dict[Path, int] = {}
        waiting = [(self._root, newest)]
        while waiting:
            field, value = waiting.pop()
            for key, part in _iter_parts(value):
                field.parts[key] = _Field(key)
                waiting.append((field.parts[key], part))

    def follow(self, seq: int, before: Json) -> None:
        """Take in the version before the last one, which the frame ``seq`` wrote: that frame set what differs."""
        waiting: list[tuple[Path, _Field, str, Json, Json]] = [((), self._root, "", self._now, before)]
        self._now = before
        while waiting:
            path, field, name, now, then = waiting.pop()
            if is_same(now, then):
                continue
            pairs = _pair(name, now, then)
            kept: dict[str | int, _Field] = {}
            for key, part in field.parts.items():
                here = (*path, part.key)
                old_key = pairs.get(key)
                if old_key is None:
                    self._settle(here, part, seq)
                    continue
                one, other = _get(now, key), _get(then, old_key)
                if not _are_containers(one, other) and not is_same(one, other):
                    self._settle(here, part, seq)
                    continue
                kept[old_key] = part
                waiting.append((here, part, part.key if isinstance(part.key, str) else name, one, other))
            field.parts = kept

    def finish(self, seq: int) -> None:
        """Say that the oldest version was made by the frame ``seq``: it set whatever is left."""
        for key, part in self._root.parts.items():
            self._settle((key,), part, seq)

    def settled(self) -> dict[Path, int]:
        """For each field and item whose write was found, the sequence number of that frame."""
        return self._settled

    def _settle(self, path: Path, field: _Field, seq: int) -> None:
        waiting = [(path, field)]
        while waiting:
            here, part = waiting.pop()
            self._settled[here] = seq
            waiting.extend(((*here, inner.key), inner) for inner in part.parts.values())


def _iter_parts(value: Json) -> Iterator[tuple[str | int, Json]]:
    if isinstance(value, dict):
        yield from value.items()
    elif isinstance(value, list):
        yield from enumerate(value)


def _are_containers(one: Json, other: Json) -> bool:
    """Whether both are maps, or both are lists."""
    return isinstance(one, dict | list) and type(one) is type(other)


def _get(value: Json, key: str | int) -> Json:
    if isinstance(value, dict):
        return value[str(key)]
    return value[key] if isinstance(value, list) and isinstance(key, int) else None


def _pair(name: str, now: Json, then: Json) -> dict[str | int, str | int]:
    """For each part of a value the key that it had one version before, if it was there."""
    if isinstance(now, dict) and isinstance(then, dict):
        return {key: key for key in now if then.get(key) is not None}
    if not isinstance(now, list) or not isinstance(then, list):
        return {}
    labels = label_items(name, then, now)
    if labels is not None:
        before, after = labels
        return {place: before[label] for label, place in after.items() if label in before}
    return _pair_by_value(now, then)


def _pair_by_value(now: list[Json], then: list[Json]) -> dict[str | int, str | int]:
    """Equal items first; then, in lists of one length, those that are left by their place."""
    places: dict[str, list[int]] = {}
    for place, item in reversed(list(enumerate(then))):
        places.setdefault(json.dumps(item, sort_keys=True), []).append(place)
    pairs: dict[str | int, str | int] = {}
    for place, item in enumerate(now):
        alike = places.get(json.dumps(item, sort_keys=True))
        if alike:
            pairs[place] = alike.pop()
    if len(now) == len(then):
        taken = set(pairs.values())
        for place in range(len(now)):
            if place not in pairs and place not in taken:
                pairs[place] = place
    return pairs
