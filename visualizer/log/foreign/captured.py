"""Objects as lists taken now and then, and watches beside them, tell of them: for captures of other tools.

The first lists of a resource are one list. Later ones are held against what is known, and what differs becomes a watch
event that says it was inferred, and since when (docs/decisions/010). Resource versions tell which of a list and a watch
is ahead of the other: since 1.35 Kubernetes promises that they can be compared (KEP-5504), and etcd always counted.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from visualizer.log.foreign.resources import Resources, key_of
from visualizer.log.recording import RecordingError

Key = tuple[str, str]
Object = dict[str, Any]
Frame = dict[str, Any]
_TOLD: Final = {"ADDED", "MODIFIED", "DELETED"}


@dataclass(frozen=True)
class Source:
    """What was listed or watched: a resource (group, version and plural), in one namespace or (empty) in all."""

    resource: str
    namespace: str


class Captured:
    """The objects of a capture as it goes by. Times are unix seconds, and never run back."""

    def __init__(self, resources: Resources) -> None:
        self._resources = resources
        self._objects: dict[str, dict[Key, Object]] = {}
        self._listed_ts: dict[Source, float] = {}
        self._gone: dict[tuple[str, Key], Object] = {}
        self.differences = 0

    def list(self, source: Source, ts: float, body: Object) -> Iterator[Frame]:
        """What a list tells that is not known yet. The first one of a source is only kept: see :meth:`opened`.

        Raises :class:`RecordingError`.
        """
        found = self._items(source, body)
        since, self._listed_ts[source] = self._listed_ts.get(source), ts
        if since is None:
            self._objects.setdefault(source.resource, {}).update(found)
            return
        for kind, obj in self._differing(source, found, _version(body)):
            self.differences += 1
            yield {**_event(ts, source.resource, kind, obj), "inferredSince": since}

    def opened(self, resource: str, ts: float) -> Iterator[Frame]:
        """All of a resource as a list, once one of its sources was listed for the first time."""
        if resource in self._objects:
            items = [*self._objects[resource].values()]
            yield {"ts": ts, "kind": "list", "resource": resource, "resourceVersion": "", "items": items}

    def told(self, source: Source, ts: float, kind: str, obj: Object) -> Iterator[Frame]:
        """What a watch told, unless a list told it before. Raises :class:`RecordingError`."""
        if kind not in _TOLD:
            return
        self._resources.name_of(obj, plural=source.resource.rpartition("/")[2])
        objects, key = self._objects.setdefault(source.resource, {}), key_of(source.resource, obj)
        known = objects.get(key)
        if kind == "DELETED":
            objects.pop(key, None)
            self._gone[source.resource, key] = obj
        elif known is not None and not _is_newer(obj, known):
            return
        else:
            objects[key] = obj
        yield _event(ts, source.resource, kind, obj)

    def _items(self, source: Source, body: Object) -> dict[Key, Object]:
        kind, items = body.get("kind"), body.get("items")
        if not isinstance(kind, str) or not kind.endswith("List") or not isinstance(items, list | None):
            raise RecordingError(f"what was listed of {source.resource} is no list of objects")
        version, plural = source.resource.rsplit("/", 1)
        named = {"apiVersion": version, "kind": kind.removesuffix("List")}
        self._resources.name_of(named, plural=plural, is_namespaced=bool(source.namespace))
        if not all(isinstance(item, dict) for item in items or ()):
            raise RecordingError(f"an item of {source.resource} is no object")
        return {key_of(source.resource, item): {**named, **item} for item in items or ()}

    def _differing(self, source: Source, found: dict[Key, Object], version: int) -> Iterator[tuple[str, Object]]:
        objects = self._objects.setdefault(source.resource, {})
        known = {key: obj for key, obj in objects.items() if source.namespace in {"", key[0]}}
        for key, obj in found.items():
            old, gone = known.get(key), self._gone.get((source.resource, key))
            if old is not None and _uid(old) != _uid(obj):
                yield "DELETED", objects.pop(key)
                old = None
            is_new = old is None and (gone is None or _uid(gone) != _uid(obj))
            if is_new or (old is not None and _is_newer(obj, old)):
                objects[key] = obj
                yield ("ADDED" if is_new else "MODIFIED"), obj
        for key in known.keys() - found.keys():
            if not version or _version(known[key]) <= version:
                yield "DELETED", objects.pop(key)


def _event(ts: float, resource: str, kind: str, obj: Object) -> Frame:
    return {"ts": ts, "kind": "event", "resource": resource, "type": kind, "object": obj}


def _uid(obj: Object) -> object:
    return obj["metadata"].get("uid")


def _version(obj: Object) -> int:
    """The resource version of an object or a list; 0 where there is none that counts."""
    metadata = obj.get("metadata")
    version = metadata.get("resourceVersion") if isinstance(metadata, dict) else None
    return (
        int(version)
        if isinstance(version, str) and version.isascii() and version.isdigit() and len(version) < 20
        else 0
    )


def _is_newer(obj: Object, known: Object) -> bool:
    """Whether it was written after what is known; another object of the same name always was."""
    version, before = _version(obj), _version(known)
    if _uid(obj) != _uid(known) or not version or not before:
        return obj != known
    return version > before
