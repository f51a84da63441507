"""Inspection: everything about one object at one moment, for the inspector.

What the store knows (owners, what it owns, its Events) is gathered at once, while the moment stands still. The object
itself and its versions are read from the log, which takes I/O and may happen in a thread.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

import msgspec
import orjson
import yaml

from visualizer.differences import Difference, iter_differences
from visualizer.flow.attribution import UNKNOWN, Attribution
from visualizer.flow.evidence import attribute
from visualizer.frames import Decoder, Frame, Listing, WatchEvent
from visualizer.live import wire
from visualizer.log.reader import FrameNotFound, Reader
from visualizer.objects import AnyObject, Event, key_of
from visualizer.store import Change, Entry, Store

MAX_VERSIONS: Final = 50
MAX_RELATED: Final = 200


class NotInspectable(LookupError):
    """There is nothing of this name at this moment or before; the message says so to the viewer."""


@dataclass(frozen=True)
class Gathered:
    """What the store tells of an object. ``seq`` and ``item`` say where its last state is in the log."""

    ref: str
    resource: str
    key: str
    kind: str
    seq: int
    item: int
    exists: bool
    owners: list[wire.Related]
    owned: list[wire.Related]
    events: list[wire.EventRecord]


def gather(store: Store, ref: str, *, seq: int | None = None) -> Gathered:
    """What the store tells of the object named ``resource:key``; with ``seq``, as that frame wrote it.

    Raises :class:`NotInspectable` where the store does not have it and no frame is named.
    """
    resource, _, key = ref.partition(":")
    if resource not in store.resources or not key:
        raise NotInspectable(f"“{ref}” names no object: this log knows no such resource.")
    entry = store.get(resource, key)
    if entry is None and seq is None:
        raise NotInspectable(f"There is no {store.resources[resource].kind} {key} at this moment.")
    is_entry = entry is not None and seq in (None, entry.seq)
    return Gathered(
        ref=ref,
        resource=resource,
        key=key,
        kind=store.resources[resource].kind,
        seq=entry.seq if entry is not None and seq is None else seq or 0,
        item=entry.item if entry is not None and is_entry else -1,
        exists=entry is not None,
        owners=list(_owners(store, entry)) if entry else [],
        owned=[_related(store, *place) for place in store.owned_by(entry.object.metadata.uid)[:MAX_RELATED]]
        if entry
        else [],
        events=[_record(e) for e in reversed(store.events_about(entry.object.metadata.uid))] if entry else [],
    )


def read(reader: Reader, gathered: Gathered, *, question: int) -> wire.Inspection:
    """The answer to the question with this id. Raises :class:`NotInspectable` where the log does not have the object."""
    try:
        line = reader.line(gathered.seq)
    except FrameNotFound as error:
        raise NotInspectable(f"The log no longer holds the frame {gathered.seq}.") from error
    item = gathered.item
    frame = Decoder(reader.resources).decode(line)
    if isinstance(frame, Listing) and item < 0:
        item = _find_item(frame, gathered.key)
    raw = orjson.loads(reader.raw_object(gathered.seq, item))
    metadata = raw.get("metadata", {})
    versions, more = _versions(reader, gathered)
    return wire.Inspection(
        id=question,
        ref=gathered.ref,
        kind=gathered.kind,
        namespace=metadata.get("namespace", ""),
        name=metadata.get("name", ""),
        seq=gathered.seq,
        ts=frame.ts,
        exists=gathered.exists and not (isinstance(frame, WatchEvent) and frame.type == "DELETED"),
        yaml=to_yaml(gathered.resource, gathered.kind, raw),
        versions=versions,
        more_versions=more,
        owners=gathered.owners,
        owned=gathered.owned,
        events=gathered.events,
    )


def to_yaml(resource: str, kind: str, raw: dict[str, Any]) -> str:
    """The object as kubectl prints it: apiVersion and kind first, which a list's items leave out."""
    group_version = resource.rpartition("/")[0]
    ordered = {"apiVersion": group_version, "kind": kind, **raw}
    text: str = yaml.dump(ordered, Dumper=yaml.CSafeDumper, sort_keys=False, allow_unicode=True, width=1_000)
    return text


def _find_item(listing: Listing, key: str) -> int:
    for number, obj in enumerate(listing.items):
        if key_of(obj.metadata) == key:
            return number
    raise NotInspectable(f"The list in this frame does not show {key}.")


def _owners(store: Store, entry: Entry) -> Iterator[wire.Related]:
    """The controller, its controller and so on; owners that are gone end the way."""
    seen: set[str] = set()
    obj: AnyObject | None = entry.object
    while obj is not None:
        references = obj.metadata.owner_references or []
        chosen = next((r for r in references if r.controller), references[0] if references else None)
        if chosen is None or chosen.uid in seen:
            return
        seen.add(chosen.uid)
        place = store.find_uid(chosen.uid)
        if place is None:
            yield wire.Related(ref="", kind=chosen.kind, name=chosen.name, exists=False)
            return
        yield _related(store, *place)
        found = store.get(*place)
        obj = found.object if found else None


def _related(store: Store, resource: str, key: str) -> wire.Related:
    name = key.rpartition("/")[2]
    return wire.Related(ref=f"{resource}:{key}", kind=store.resources[resource].kind, name=name, exists=True)


def _record(entry: Entry) -> wire.EventRecord:
    event = entry.object
    if not isinstance(event, Event):
        raise TypeError(f"an entry of v1/events is a {type(event).__name__}")
    series = event.series
    source = event.source
    return wire.EventRecord(
        ref=f"v1/events:{key_of(event.metadata)}",
        reason=event.reason or "",
        message=event.message or "",
        type=event.type or "",
        count=series.count if series else event.count or 1,
        component=(source.component if source else "") or event.reporting_component or "",
        last_seen=(series.last_observed_time if series else None)
        or event.last_timestamp
        or event.event_time
        or event.metadata.creation_timestamp
        or "",
    )


@dataclass(frozen=True)
class _Seen:
    """One frame that wrote the object, read from the log."""

    seq: int
    ts: float
    type: wire.VersionType
    raw: dict[str, Any]
    object: AnyObject


def _versions(reader: Reader, gathered: Gathered) -> tuple[list[wire.Version], bool]:
    """The latest versions, newest first, and whether the log has older ones."""
    seen: list[_Seen] = []
    seq, item = gathered.seq, gathered.item
    decoder = Decoder(reader.resources)
    while seq and len(seen) <= MAX_VERSIONS:
        found = _see(reader, decoder, seq, item, gathered.key)
        if found is None:
            break
        seen.append(found)
        seq, item = reader.previous(seq), -1
    pairs = zip(seen, [*seen[1:], None], strict=True)
    versions = [_version(gathered, newer, older) for newer, older in pairs]
    return versions[:MAX_VERSIONS], len(seen) > MAX_VERSIONS


def _see(reader: Reader, decoder: Decoder, seq: int, item: int, key: str) -> _Seen | None:
    try:
        frame: Frame = decoder.decode(reader.line(seq))
    except FrameNotFound:
        return None
    if isinstance(frame, Listing):
        item = item if item >= 0 else _find_item(frame, key)
        raw = orjson.loads(reader.raw_object(seq, item))
        return _Seen(seq, frame.ts, "LISTED", raw, frame.items[item])
    if not isinstance(frame, WatchEvent):
        return None
    return _Seen(seq, frame.ts, frame.type, orjson.loads(reader.raw_object(seq)), frame.object)


def _version(gathered: Gathered, newer: _Seen, older: _Seen | None) -> wire.Version:
    return wire.Version(
        seq=newer.seq,
        ts=newer.ts,
        type=newer.type,
        resource_version=newer.object.metadata.resource_version,
        writer=_writer(gathered, newer, older),
        changes=[_change(found) for found in iter_differences(older.raw, newer.raw)] if older else [],
    )


def _writer(gathered: Gathered, newer: _Seen, older: _Seen | None) -> Attribution:
    """Who made this write: as the flow diagram says, from the same evidence."""
    if newer.type == "LISTED":
        return UNKNOWN
    old = Entry(older.object, older.seq) if older else None
    new = None if newer.type == "DELETED" else Entry(newer.object, newer.seq)
    return attribute(Change(gathered.resource, gathered.key, newer.type, newer.object, old, new), newer.ts)


def _change(found: Difference) -> wire.FieldChange:
    return wire.FieldChange(path=found.path, old=_text(found.old), new=_text(found.new))


def _text(value: object) -> str | None:
    """A value as YAML; None for one that is not there."""
    if value is None:
        return None
    if isinstance(value, str):
        return value
    if isinstance(value, dict | list):
        text: str = yaml.dump(value, Dumper=yaml.CSafeDumper, sort_keys=False, allow_unicode=True)
        return text.rstrip()
    return msgspec.json.encode(value).decode()
