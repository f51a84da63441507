"""A Pod's containers at one place, for the close-up of that name (see :mod:`visualizer.containers`).

The Pod is decoded anew from the log, and so are its versions and the Events about its probes, since the store keeps
less of them. ``gather`` asks the store, which must stand still meanwhile; ``tell_pod`` asks the log, aside.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Final

from msgspec import Struct

from visualizer.containers.facts import PodFacts
from visualizer.containers.manifest import Event as ProbeEvent
from visualizer.containers.manifest import Unreadable, read_event, read_pod
from visualizer.containers.outcomes import Version
from visualizer.containers.sightings import REASONS, Sighting, sight
from visualizer.containers.telling import services_of, tell
from visualizer.live.history import History, NotInspectable, Place, Seen
from visualizer.network import EndpointSlice
from visualizer.objects import Event, key_of
from visualizer.store import Entry, Store

MAX_VERSIONS: Final = 100
MAX_EVENTS: Final = 40
MAX_EVENT_VERSIONS: Final = 40
_PODS: Final = "v1/pods"
_EVENTS: Final = "v1/events"
_SLICES: Final = "discovery.k8s.io/v1/endpointslices"


class Taken(Struct, frozen=True):
    """A Pod's place at the moment ``ts``, the Events about its probes, and its namespace's EndpointSlices."""

    place: Place
    ts: float
    events: list[Place]
    slices: list[EndpointSlice]


def gather(store: Store, place: Place, ts: float) -> Taken:
    """What the store tells. Raises :class:`NotInspectable` where there is no Pod at this place."""
    if place.resource != _PODS:
        raise NotInspectable(f"{place.kind} {place.key} is no Pod, so it has no containers.")
    namespace = place.key.rpartition("/")[0]
    slices = (entry.object for entry in store.entries(_SLICES).values())
    near = [each for each in slices if isinstance(each, EndpointSlice) and each.metadata.namespace == namespace]
    return Taken(place, ts, [_place(entry) for entry in _events(store, place)], near)


def tell_pod(taken: Taken, history: History, *, is_version: bool) -> PodFacts:
    """The Pod at the moment; with ``is_version``, at the time when its frame was written.

    Raises :class:`NotInspectable`.
    """
    states = history.walk(taken.place)
    newest = next(states)
    uid = newest.object.metadata.uid
    try:
        versions = list(_versions(newest, states))[::-1]
    except Unreadable as error:
        raise NotInspectable(str(error)) from error
    now = versions[-1].ts if is_version else max(taken.ts, versions[-1].ts)
    events = [
        each for each in taken.events if isinstance(each.object, Event) and each.object.involved_object.uid == uid
    ]
    sightings = [each for place in events[-MAX_EVENTS:] for each in _sightings(history, place)]
    return tell(versions, sightings, services_of(uid, newest.object.metadata.namespace, taken.slices), now=now)


def _events(store: Store, place: Place) -> list[Entry]:
    """Those about probes, oldest write first. Of a Pod that is gone the store knows no uid: then by name."""
    entry = store.get(place.resource, place.key)
    known = place.object or (entry.object if entry else None)
    if known is not None and known.metadata.uid:
        return [entry for entry in store.events_about(known.metadata.uid) if _is_of_probe(entry)]
    found = [entry for entry in store.entries(_EVENTS).values() if _is_of_probe(entry) and _is_about(entry, place)]
    return sorted(found, key=lambda entry: (entry.seq, entry.item))


def _is_about(entry: Entry, place: Place) -> bool:
    about = entry.object.involved_object if isinstance(entry.object, Event) else None
    return about is not None and about.kind == "Pod" and f"{about.namespace}/{about.name}" == place.key


def _versions(newest: Seen, states: Iterator[Seen]) -> Iterator[Version]:
    """The Pod's versions, newest first. Raises :class:`Unreadable` where the newest cannot be read."""
    uid = newest.object.metadata.uid
    seen, pod = newest, read_pod(newest.line)
    for number, before in enumerate(states, 2):
        is_same = before.object.metadata.uid == uid
        yield Version(seen.ts, pod, is_birth=not is_same)
        if not is_same or number > MAX_VERSIONS:
            return
        try:
            pod = read_pod(before.line)
        except Unreadable:
            return
        seen = before
    yield Version(seen.ts, pod, is_birth=seen.type == "ADDED")


def _sightings(history: History, place: Place) -> list[Sighting]:
    """What an Event told in each of its versions. What cannot be read is left out."""
    found: list[tuple[float | None, ProbeEvent]] = []
    for seen in islice(history.walk(place), MAX_EVENT_VERSIONS):
        try:
            found.append((None if seen.type == "LISTED" else seen.ts, read_event(seen.line)))
        except Unreadable:
            break
    return sight(reversed(found))


def _is_of_probe(entry: Entry) -> bool:
    return isinstance(entry.object, Event) and entry.object.reason in REASONS


def _place(entry: Entry) -> Place:
    key = key_of(entry.object.metadata)
    return Place(f"{_EVENTS}:{key}", _EVENTS, key, "Event", entry.seq, entry.item, entry.object)
