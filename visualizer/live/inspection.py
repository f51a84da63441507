"""Inspection: everything about one object at one moment, for the inspector.

``locate`` and ``gather`` ask the store, which must stand still meanwhile: where the object is, its owners, what it
owns, its Events. ``read`` asks the log for the object itself and its versions, which takes long and may happen in a
thread.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from visualizer.live import wire
from visualizer.live.history import History, NotInspectable, Place, Seen
from visualizer.live.margin import make_margin
from visualizer.live.versions import describe
from visualizer.live.waiting import explain, is_waiting
from visualizer.live.yamltext import object_yaml
from visualizer.objects import AnyObject, Event, key_of
from visualizer.provenance import Provenance
from visualizer.scheduling.cluster import Cluster, see_cluster
from visualizer.store import Entry, Store

MAX_VERSIONS: Final = 50
MAX_RELATED: Final = 200
MAX_BYTES: Final = 2 << 20
"""When the versions told so far take more than this, older ones are left out, and the answer says so."""


@dataclass(frozen=True)
class Found:
    """A place, and what the store tells of the object there."""

    place: Place
    exists: bool
    owners: list[wire.Related]
    owned: list[wire.Related]
    events: list[wire.EventRecord]
    cluster: Cluster | None
    """What the scheduler sees, where this is a pod that waits at this moment."""


def locate(store: Store, ref: str, *, seq: int | None = None) -> Place:
    """Where the object named ``resource:key`` is as the store knows it; with ``seq``, as that frame wrote it.

    Raises :class:`NotInspectable` where the store does not have it and no frame is named.
    """
    resource, _, key = ref.partition(":")
    if resource not in store.resources or not key:
        raise NotInspectable(f"“{ref}” names no object: this log knows no such resource.")
    kind = store.resources[resource].kind
    entry = store.get(resource, key)
    if entry is not None and seq in (None, entry.seq):
        return Place(ref, resource, key, kind, entry.seq, entry.item, entry.object)
    if seq is None:
        raise NotInspectable(f"There is no {kind} {key} at this moment.")
    return Place(ref, resource, key, kind, seq, -1, None)


def gather(store: Store, place: Place, obj: AnyObject) -> Found:
    """What the store tells of this object, which need not be there any more."""
    uid = obj.metadata.uid
    owned = store.owned_by(uid)[:MAX_RELATED] if uid else ()
    events = store.events_about(uid)[-MAX_RELATED:] if uid else ()
    entry = store.get(place.resource, place.key)
    return Found(
        place=place,
        exists=entry is not None and entry.object.metadata.uid == uid,
        owners=list(_owners(store, obj)),
        owned=[_related(store, *found) for found in owned],
        events=[_record(entry) for entry in reversed(events)],
        cluster=see_cluster(store) if entry is not None and entry.seq == place.seq and is_waiting(obj) else None,
    )


def read(history: History, found: Found, *, question: int) -> wire.Inspection:
    """The answer to the question with this id.

    Raises :class:`NotInspectable` where the log does not have the object or it cannot be shown.
    """
    place = found.place
    states = history.walk(place)
    newest = next(states)
    provenance = Provenance(newest.raw)
    versions, is_cut = _tell(place, newest, states, provenance)
    text = object_yaml(place.resource, place.kind, newest.raw)
    return wire.Inspection(
        id=question,
        ref=place.ref,
        kind=place.kind,
        namespace=newest.object.metadata.namespace,
        name=newest.object.metadata.name,
        seq=newest.seq,
        ts=newest.ts,
        exists=found.exists,
        yaml=text,
        margin=make_margin(place.resource, text, newest, provenance, versions[0].changes),
        versions=versions,
        more_versions=is_cut,
        owners=found.owners,
        owned=found.owned,
        events=found.events,
        waiting=explain(newest.line, found.cluster, found.events) if found.cluster else None,
    )


def _owners(store: Store, obj: AnyObject) -> Iterator[wire.Related]:
    """The controller, its controller and so on; an owner that is gone ends the way."""
    seen: set[str] = set()
    while references := obj.metadata.owner_references:
        chosen = next((reference for reference in references if reference.controller), references[0])
        if chosen.uid in seen:
            return
        seen.add(chosen.uid)
        place = store.find_uid(chosen.uid)
        entry = store.get(*place) if place else None
        if place is None or entry is None:
            yield wire.Related(ref="", kind=chosen.kind, name=chosen.name, exists=False)
            return
        yield _related(store, *place)
        obj = entry.object


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
        first_seen=event.first_timestamp or event.event_time or event.metadata.creation_timestamp or "",
        about_version=event.involved_object.resource_version,
        last_seen=(series.last_observed_time if series else None)
        or event.last_timestamp
        or event.event_time
        or event.metadata.creation_timestamp
        or "",
    )


def _tell(place: Place, newest: Seen, older: Iterator[Seen], provenance: Provenance) -> tuple[list[wire.Version], bool]:
    """The latest versions, newest first, and whether the log has older ones that are left out.

    What they tell of where fields come from is kept in ``provenance``.
    """
    versions: list[wire.Version] = []
    size = 0
    newer: Seen | None = newest
    while newer is not None:
        if len(versions) == MAX_VERSIONS or size > MAX_BYTES:
            return versions, True
        before = next(older, None)
        version = describe(place.resource, place.key, newer, before)
        if before is not None and before.object.metadata.uid == newer.object.metadata.uid:
            provenance.follow(newer.seq, before.raw)
        elif version.type != "LISTED":
            provenance.finish(newer.seq)
        size += sum(len(change.old or "") + len(change.new or "") for change in version.changes)
        versions.append(version)
        newer = before
    return versions, False
