"""Asking: how an object is asked for, and the lines that its watch would print next, as the log goes on."""

from __future__ import annotations

from itertools import islice
from typing import Final, Literal

import orjson

from visualizer.frames import Resource, WatchEvent, resource_of
from visualizer.live import wire
from visualizer.live.history import History, NotInspectable, Place
from visualizer.log.reader import FrameNotFound
from visualizer.objects import key_of
from visualizer.printing.columns import columns_of, print_row
from visualizer.requests.lines import Subject, requests_for

MOST_LINES: Final = 12
MOST_FRAMES: Final = 20_000
"""So many frames after the moment are looked through, and before it for the version: about 0.2 s."""

LONGEST_LINE: Final = 65_536
"""A line of the watch is told up to so many characters, and it is said how long it is."""

_FEW: Final = 2_000


def answer(
    question: wire.AskRequests, place: Place, resource: Resource, seq: int, *, exists: bool, history: History
) -> wire.RequestsAnswer:
    """The requests, and what a watch from frame ``seq`` on would print. Raises :class:`NotInspectable`."""
    obj = place.object or history.see(place).object
    metadata = obj.metadata
    version = _version_at(history, place.resource, seq) or metadata.resource_version
    subject = Subject(place.resource, resource, metadata.namespace, metadata.name, version)
    lines, is_end = _next_lines(history, place, seq, question.scope)
    return wire.RequestsAnswer(
        id=question.id,
        seq=seq,
        exists=exists,
        version=version,
        requests=requests_for(subject),
        header=[column.name.upper() for column in columns_of(place.resource) if not column.wide],
        lines=lines,
        is_end=is_end,
    )


def _version_at(history: History, resource: str, seq: int) -> str:
    """Up to which version the resource is told by this place: that of its last event or list; "" where that is far."""
    for place in range(seq, max(0, seq - _FEW), -1):
        try:
            line = history.line(place)
        except FrameNotFound:
            return ""
        if resource_of(line) != resource:
            continue
        frame = history.decode(line)
        version = frame.object.metadata.resource_version if isinstance(frame, WatchEvent) else ""
        return version or getattr(frame, "resource_version", "")
    return ""


def _next_lines(
    history: History, place: Place, seq: int, scope: Literal["object", "namespace", "all"]
) -> tuple[list[wire.WatchLine], bool]:
    """The next events of the object, or of its like; and whether the log's end was come to."""
    namespace = place.key.rpartition("/")[0]
    found: list[wire.WatchLine] = []
    count = 0
    for number, line in islice(history.lines_after(seq), MOST_FRAMES):
        count += 1
        if resource_of(line) != place.resource:
            continue
        frame = history.decode(line)
        if not isinstance(frame, WatchEvent):
            continue
        key = key_of(frame.object.metadata)
        if scope == "object" and key != place.key:
            continue
        if scope == "namespace" and key.rpartition("/")[0] != namespace:
            continue
        if len(found) == MOST_LINES:
            return found, False
        found.append(_line(history, place, number, frame))
    return found, count < MOST_FRAMES


def _line(history: History, place: Place, seq: int, event: WatchEvent) -> wire.WatchLine:
    raw = history.raw_object(seq)
    text = f'{{"type":"{event.type}","object":{raw.decode()}}}'
    try:
        cells = print_row(place.resource, orjson.loads(raw), event.ts)
    except orjson.JSONDecodeError as error:
        raise NotInspectable(f"The object in frame {seq} cannot be read: {error}.") from error
    return wire.WatchLine(
        seq=seq,
        ts=event.ts,
        since=event.inferred_since or 0.0,
        type=event.type,
        ref=f"{place.resource}:{key_of(event.object.metadata)}",
        json=text[:LONGEST_LINE],
        length=len(text),
        cells=cells,
    )
