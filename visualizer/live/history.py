"""History: the states of one object that a log holds, newest first."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import orjson

from visualizer.frames import AuditedWriter, Frame, Listing, WatchEvent
from visualizer.live import wire
from visualizer.log.paging import items_of
from visualizer.log.reader import FrameNotFound, Reader
from visualizer.models import Log
from visualizer.objects import AnyObject, key_of


class NotInspectable(LookupError):
    """There is nothing of this name at this place, or nothing that can be shown; the message says so to the viewer."""


@dataclass(frozen=True)
class Place:
    """Where an object's state is in the log. ``object`` is None where only the log knows it."""

    ref: str
    resource: str
    key: str
    kind: str
    seq: int
    item: int
    object: AnyObject | None


@dataclass(frozen=True)
class Seen:
    """An object as one frame of the log shows it: ``object`` has the fields that diagrams use, ``raw`` all of it.

    ``item`` is its place in a list, or -1 where a watch event brought it. ``inferred_since`` and
    ``writer`` are the watch event's.
    """

    seq: int
    item: int
    ts: float
    type: wire.VersionType
    line: bytes
    object: AnyObject
    inferred_since: float | None = None
    writer: AuditedWriter | None = None

    @cached_property
    def raw(self) -> dict[str, Any]:
        """The whole object. Raises :class:`NotInspectable` where its unused fields are no JSON."""
        try:
            raw: dict[str, Any] = orjson.loads(self.line)
        except orjson.JSONDecodeError as error:
            raise NotInspectable(f"The object in frame {self.seq} cannot be read: {error}.") from error
        return raw


class History:
    """Reads one log. Not for use by two threads at once."""

    def __init__(self, log: Log) -> None:
        self._reader = Reader(log)

    def walk(self, place: Place) -> Iterator[Seen]:
        """The object as it was written at its place, and every time before that, as far back as the log reaches."""
        seen = self.see(place)
        yield seen
        while seq := self._reader.previous(seen.seq, seen.item):
            try:
                seen = self._see(place, seq, -1)
            except (NotInspectable, FrameNotFound):
                return
            yield seen

    def line(self, seq: int) -> bytes:
        """One frame's line. Raises :class:`visualizer.log.reader.FrameNotFound`."""
        return self._reader.line(seq)

    def lines_after(self, seq: int) -> Iterator[tuple[int, bytes]]:
        """Each frame after this one, to the log's end."""
        return self._reader.lines(seq)

    def decode(self, line: bytes) -> Frame:
        """The frame on a line."""
        return self._reader.decode(line)

    def raw_object(self, seq: int) -> bytes:
        """The JSON of the object in a watch event's frame."""
        return self._reader.raw_object(seq)

    def see(self, place: Place) -> Seen:
        """The object as the frame at its place wrote it. Raises :class:`NotInspectable` where that frame did not."""
        return self._see(place, place.seq, place.item)

    def _see(self, place: Place, seq: int, item: int) -> Seen:
        try:
            line = self._reader.line(seq)
        except FrameNotFound as error:
            raise NotInspectable(f"The log does not have the frame {seq}.") from error
        frame = self._reader.decode(line)
        if isinstance(frame, Listing) and frame.resource == place.resource:
            item = item if item >= 0 else _find_item(frame, place)
            return Seen(seq, item, frame.ts, "LISTED", bytes(items_of(line)[item]), frame.items[item])
        if isinstance(frame, WatchEvent) and frame.resource == place.resource:
            obj = frame.object
            if key_of(obj.metadata) == place.key:
                raw = self._reader.raw_object(seq)
                return Seen(seq, -1, frame.ts, frame.type, raw, obj, frame.inferred_since, frame.writer)
        raise NotInspectable(f"The frame {seq} says nothing of {place.kind} {place.key}.")


def _find_item(listing: Listing, place: Place) -> int:
    for number, obj in enumerate(listing.items):
        if key_of(obj.metadata) == place.key:
            return number
    raise NotInspectable(f"The list in this frame does not show {place.kind} {place.key}.")
