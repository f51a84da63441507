"""Watches: from a version on, or from a first picture, with bookmarks, until their time is over or a fault ends them.

https://kubernetes.io/docs/reference/using-api/api-concepts/#efficient-detection-of-changes and #streaming-lists.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import orjson

from tests.apiserver import selectors
from tests.apiserver.calls import Call
from tests.apiserver.statuses import failure, invalid_list_options
from tests.apiserver.storage import Object, Write
from tests.apiserver.views import View

if TYPE_CHECKING:
    from tests.apiserver.server import ApiServer

LONGEST = 3600.0
INITIAL_EVENTS_END = {"k8s.io/initial-events-end": "true"}


@dataclass(frozen=True)
class Say:
    """A fault: these bytes are written; then the watch ends, if it is the last thing it says."""

    line: bytes
    last: bool = False


@dataclass(frozen=True)
class Cut:
    """A fault: the connection is lost, with half a line before if so wished."""

    mid_line: bool


class Watch:
    """One open watch. What it is yet to do waits in ``inbox``."""

    def __init__(self, server: ApiServer, call: Call) -> None:
        self.resource = call.target.resource
        self.inbox: deque[Write | Say | Cut] = deque()
        self._server = server
        self._call = call
        self._collection = server.storage.collection(self.resource.stored)
        self._wanted = _wanted(call)
        self._view = View(self.resource, call.accept, server.clock(), call.include)
        self._bookmarks = call.flag("allowWatchBookmarks")
        self._since = 0

    def lines(self) -> Iterator[bytes]:
        """What a watch says first. Whatever is written from the first of them on, comes through the inbox."""
        asked, streaming = self._call.version(), self._call.query.get("sendInitialEvents", "")
        first_picture = self._call.flag("sendInitialEvents") or (not streaming and not asked)
        self._since = asked or 0
        if not first_picture and asked:
            if asked < self._collection.watch_floor:
                message = f"too old resource version: {asked} ({self._collection.watch_floor})"
                self.inbox.append(Say(event("ERROR", failure(410, message)), last=True))
                return
            self.inbox.extend(self._collection.since(asked))
            return
        self._since = self._server.storage.version
        for _, obj in sorted(self._collection.objects.items()):
            if self._wanted(obj):
                yield event("ADDED", self._view.one(obj))
        if streaming and first_picture and self._bookmarks:
            yield self._bookmark(self._since, INITIAL_EVENTS_END)

    def bookmark(self) -> bytes | None:
        """How far the watch has come; None if that is behind where it began."""
        if self._server.progress_notify:
            self._collection.seen = self._server.storage.version
        behind = self._collection.seen < self._since
        return None if behind or not self._bookmarks else self._bookmark(self._collection.seen, None)

    def tell(self, write: Write) -> bytes | None:
        """The event a write is to this watch, if any: one that leaves its selection is a deletion."""
        if write.version <= self._since:
            return None
        before = self._wanted(write.previous) if write.previous else False
        if write.kind == "DELETED":
            gone = before or (write.previous is None and self._wanted(write.object))
            return event("DELETED", self._view.one(write.object)) if gone else None
        now = self._wanted(write.object)
        if now:
            return event("MODIFIED" if before else "ADDED", self._view.one(write.object))
        if before and write.previous:
            metadata = {**write.previous["metadata"], "resourceVersion": str(write.version)}
            return event("DELETED", self._view.one({**write.previous, "metadata": metadata}))
        return None

    def half_line(self) -> bytes:
        """The beginning of an event, as a lost connection leaves it."""
        obj = next(iter(self._collection.objects.values()), {"metadata": {"name": "half", "resourceVersion": "1"}})
        whole = event("MODIFIED", self._view.one(obj))
        return whole[: len(whole) // 2]

    def _bookmark(self, version: int, annotations: dict[str, str] | None) -> bytes:
        metadata: dict[str, Any] = {"resourceVersion": str(version)}
        if annotations:
            metadata["annotations"] = annotations
        return event("BOOKMARK", self._view.bookmark(metadata))


def event(kind: str, obj: dict[str, Any]) -> bytes:
    """One line of a watch."""
    return orjson.dumps({"type": kind, "object": obj}) + b"\n"


def check(call: Call, *, streams_lists: bool) -> None:
    """Refuse a watch whose query contradicts itself (``ValidateListOptions`` in apimachinery's internalversion)."""
    match, streaming = call.query.get("resourceVersionMatch", ""), call.query.get("sendInitialEvents", "")
    if streaming and not streams_lists:
        forbidden = "sendInitialEvents is forbidden for watch unless the WatchList feature gate is enabled"
        raise invalid_list_options(f"sendInitialEvents: Forbidden: {forbidden}")
    if streaming and match != "NotOlderThan":
        forbidden = "sendInitialEvents requires setting resourceVersionMatch to NotOlderThan"
        raise invalid_list_options(f"resourceVersionMatch: Forbidden: {forbidden}")
    if match and not streaming:
        forbidden = "resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided"
        raise invalid_list_options(f"resourceVersionMatch: Forbidden: {forbidden}")
    call.version()
    call.number("timeoutSeconds")


def _wanted(call: Call) -> Callable[[Object], bool]:
    selected = selectors.matcher(call.target.resource.id, call.query)
    place, name = call.target.namespace, call.target.name

    def wanted(obj: Object) -> bool:
        metadata = obj["metadata"]
        if (place and metadata.get("namespace") != place) or (name and metadata["name"] != name):
            return False
        return selected is None or selected(obj)

    return wanted
