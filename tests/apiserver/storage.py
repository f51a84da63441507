"""Objects and their history, with versions from one counter, as etcd and the API server's watch cache keep them.

Objects are kept as lists give them: without apiVersion and kind. What is in a Write is never changed afterwards.
"""

from __future__ import annotations

import bisect
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, Literal

from tests.apiserver.notices import Notices

Object = dict[str, Any]
Kind = Literal["ADDED", "MODIFIED", "DELETED"]


class Compacted(Exception):
    """History no longer goes back to a version; ``floor`` is where it begins."""

    def __init__(self, floor: int) -> None:
        super().__init__(f"history begins at {floor}")
        self.floor = floor


@dataclass(frozen=True, slots=True)
class Write:
    """One change of one object; ``previous`` is None if it was not there."""

    version: int
    kind: Kind
    key: str
    object: Object
    previous: Object | None


@dataclass
class Collection:
    """The objects of one resource by key, and the writes that made them so."""

    objects: dict[str, Object] = field(default_factory=dict)
    writes: list[Write] = field(default_factory=list)
    seen: int = 0
    """How far the watch cache has come: the last write, or the last word from etcd that there was none."""
    watch_floor: int = 0
    """Watches resume from here or later."""

    def since(self, version: int) -> list[Write]:
        """The writes after a version."""
        return self.writes[bisect.bisect_right(self.writes, version, key=lambda write: write.version) :]

    def at(self, version: int) -> dict[str, Object]:
        """The objects as they were at a version, by key in order."""
        objects = dict(self.objects)
        for write in reversed(self.since(version)):
            if write.previous is None:
                objects.pop(write.key, None)
            else:
                objects[write.key] = write.previous
        return dict(sorted(objects.items()))


def key_of(obj: Object) -> str:
    """``namespace/name``, or the name alone."""
    metadata = obj["metadata"]
    return f"{metadata['namespace']}/{metadata['name']}" if metadata.get("namespace") else metadata["name"]


def bare(obj: Object) -> Object:
    """An object without apiVersion and kind."""
    return {key: value for key, value in obj.items() if key not in {"apiVersion", "kind"}}


class Storage:
    """All collections. Whoever waits for a change waits for ``notices``."""

    def __init__(self, notices: Notices) -> None:
        self.version = 1
        self.compacted = 0
        """Lists and pages cannot go back beyond this version."""
        self.listeners: list[Callable[[str, Write], None]] = []
        """Told of each write, with its resource."""
        self._collections: dict[str, Collection] = {}
        self._notices = notices

    def collection(self, resource: str) -> Collection:
        """The collection of one resource, by the name recordings give it; empty at first."""
        if resource not in self._collections:
            self._collections[resource] = Collection(seen=self.version, watch_floor=self.compacted)
        return self._collections[resource]

    def get(self, resource: str, key: str) -> Object | None:
        """One object as it is now."""
        return self.collection(resource).objects.get(key)

    def load(self, resource: str, items: Iterable[Object], version: int) -> None:
        """Take a list for the first picture of a resource: nothing is known of how it came about."""
        objects = {key_of(item): bare(item) for item in items}
        self._collections[resource] = Collection(objects, seen=version, watch_floor=version)
        self.compacted = max(self.compacted, version)
        self._notices.tell()

    def put(self, resource: str, obj: Object, version: int | None = None) -> Write:
        """Write an object, with the next version unless one is given (then as it is, to the letter)."""
        if version is None:
            obj = self._stamped(obj)
        stored, collection = bare(obj), self.collection(resource)
        previous = collection.objects.get(key_of(stored))
        return self._write(resource, "ADDED" if previous is None else "MODIFIED", stored, previous, version)

    def delete(self, resource: str, obj: Object, version: int | None = None) -> Write:
        """Remove an object; the event shows it as given, with the version of its deletion."""
        if version is None:
            obj = self._stamped(obj)
        return self._write(resource, "DELETED", bare(obj), self.collection(resource).objects.get(key_of(obj)), version)

    def replace(self, resource: str, items: Iterable[Object], version: int) -> None:
        """Take a later list: whatever differs from it is written."""
        listed = {key_of(item): item for item in items}
        objects = self.collection(resource).objects
        for key in sorted(objects.keys() - listed.keys()):
            metadata = {**objects[key]["metadata"], "resourceVersion": str(version)}
            self.delete(resource, {**objects[key], "metadata": metadata}, version)
        changed = [item for key, item in listed.items() if objects.get(key) != bare(item)]
        for item in sorted(changed, key=lambda item: int(item["metadata"]["resourceVersion"])):
            self.put(resource, item, int(item["metadata"]["resourceVersion"]))

    def compact(self, before: int) -> None:
        """Forget the history before a version: older watches, pages and exact lists are refused."""
        self.compacted = max(self.compacted, before)
        for collection in self._collections.values():
            collection.watch_floor = max(collection.watch_floor, before)
            collection.writes = collection.since(before)
        self._notices.tell()

    def forget_watches(self) -> None:
        """Know no more than a restarted server: the objects, not how they came about. etcd still has its history."""
        for collection in self._collections.values():
            collection.watch_floor = collection.seen = self.version

    def restore(self, version: int) -> None:
        """Put etcd back to what it held at a version: later writes never were, and their versions are given anew."""
        if version < self.compacted:
            raise Compacted(self.compacted)
        for collection in self._collections.values():
            collection.objects = collection.at(version)
            kept = len(collection.writes) - len(collection.since(version))
            del collection.writes[kept:]
        self.version = version
        self.forget_watches()
        self._notices.tell()

    def _stamped(self, obj: Object) -> Object:
        return {**obj, "metadata": {**obj["metadata"], "resourceVersion": str(self.version + 1)}}

    def _write(self, resource: str, kind: Kind, obj: Object, previous: Object | None, version: int | None) -> Write:
        collection = self.collection(resource)
        self.version = max(self.version, version or self.version + 1)
        write = Write(version or self.version, kind, key_of(obj), obj, previous)
        if kind == "DELETED":
            collection.objects.pop(write.key, None)
        else:
            collection.objects[write.key] = obj
        collection.writes.append(write)
        collection.seen = write.version
        for listener in self.listeners:
            listener(resource, write)
        self._notices.tell()
        return write
