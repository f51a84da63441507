"""The store: a cluster's objects as of one place in its log, with the indexes that diagrams need.

``apply`` takes the next frame and says what changed. Objects are immutable, so an old state and a new one can be
compared, and several stores can share them. The store keeps no raw objects: an entry says where in the log its object
was last written, and the inspector reads it there.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final, Literal, TypeVar

from msgspec import Struct

from visualizer.frames import Frame, Listing, Resource, WatchEvent
from visualizer.objects import AnyObject, Event, key_of

ChangeType = Literal["LISTED", "ADDED", "MODIFIED", "DELETED"]


class Entry(Struct, frozen=True, gc=False):
    """An object and the place in the log where it was last written.

    ``seq`` is the frame's sequence number; ``item`` the object's index in a listing's items, or -1 for a watch event.
    """

    object: AnyObject
    seq: int
    item: int = -1


class Change(Struct, frozen=True, gc=False):
    """What one frame did to one object.

    ``type`` is LISTED when a list showed the object, else the watch event's type as it was found to be: an ADDED for
    an object already known is MODIFIED. ``old`` is None for what was not known, ``new`` is None for what is gone.
    ``object`` is the object as the frame carried it, which for DELETED is its last state; for an object that a list
    no longer shows it is the last state known.
    """

    resource: str
    key: str
    type: ChangeType
    object: AnyObject
    old: Entry | None
    new: Entry | None


_Member = TypeVar("_Member")
_NOTHING: Final[Mapping[str, Entry]] = {}


class Store:
    """Objects by resource and key (``namespace/name``, or ``name``)."""

    def __init__(self, resources: Mapping[str, Resource]) -> None:
        self.resources = resources
        self._entries: dict[str, dict[str, Entry]] = {name: {} for name in resources}
        self._by_uid: dict[str, tuple[str, str]] = {}
        self._owned: dict[str, set[tuple[str, str]]] = {}
        self._events_about: dict[str, set[str]] = {}
        self._listing: dict[str, set[str]] = {}

    def __len__(self) -> int:
        return sum(map(len, self._entries.values()))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Store) and self._entries == other._entries

    __hash__ = None  # type: ignore[assignment]

    @property
    def is_settled(self) -> bool:
        """Whether no list is half taken in: between two of its pages the store shows neither before nor after."""
        return not self._listing

    def entries(self, resource: str) -> Mapping[str, Entry]:
        """Every entry of one resource by key; empty for a resource that the cluster does not have."""
        return self._entries.get(resource, _NOTHING)

    def get(self, resource: str, key: str) -> Entry | None:
        """One entry, or None."""
        return self._entries.get(resource, _NOTHING).get(key)

    def find_uid(self, uid: str) -> tuple[str, str] | None:
        """The resource and key of the object with this uid, or None."""
        return self._by_uid.get(uid)

    def owned_by(self, uid: str) -> Sequence[tuple[str, str]]:
        """The resource and key of every object that names this uid among its owners, in order of resource and key."""
        return sorted(self._owned.get(uid, ()))

    def events_about(self, uid: str) -> Sequence[Entry]:
        """The entries of v1/events whose involvedObject has this uid, oldest write first."""
        events = self._entries.get("v1/events", {})
        return sorted(
            (events[key] for key in self._events_about.get(uid, ())),
            key=lambda entry: (entry.seq, entry.item),
        )

    def counts(self) -> dict[str, int]:
        """How many objects there are of each resource that has any."""
        return {resource: len(entries) for resource, entries in self._entries.items() if entries}

    def apply(self, seq: int, frame: Frame) -> list[Change]:
        """Take the frame with this sequence number in, and return what it changed, in the frame's order."""
        if isinstance(frame, WatchEvent):
            change = self._apply_event(seq, frame)
            return [] if change is None else [change]
        if isinstance(frame, Listing):
            return list(self._apply_listing(seq, frame))
        return []

    def put(self, resource: str, key: str, entry: Entry) -> None:
        """Set one entry as it is: for loading a keyframe, which holds states and no changes."""
        self._replace(resource, key, self._entries[resource].get(key), entry)

    def _apply_event(self, seq: int, event: WatchEvent) -> Change | None:
        key = key_of(event.object.metadata)
        entries = self._entries[event.resource]
        old = entries.get(key)
        if event.type == "DELETED":
            if old is None:
                return None
            self._replace(event.resource, key, old, None)
            return Change(event.resource, key, "DELETED", event.object, old, None)
        new = Entry(event.object, seq)
        self._replace(event.resource, key, old, new)
        return Change(event.resource, key, "ADDED" if old is None else "MODIFIED", event.object, old, new)

    def _apply_listing(self, seq: int, listing: Listing) -> Iterator[Change]:
        """A list is the whole truth of its resource: after its last page, what it did not show is gone."""
        resource = listing.resource
        entries = self._entries[resource]
        shown = self._listing.setdefault(resource, set())
        for item, obj in enumerate(listing.items):
            key = key_of(obj.metadata)
            shown.add(key)
            old, new = entries.get(key), Entry(obj, seq, item)
            self._replace(resource, key, old, new)
            yield Change(resource, key, "LISTED", obj, old, new)
        if listing.more:
            return
        del self._listing[resource]
        for key in [key for key in entries if key not in shown]:
            old = entries[key]
            self._replace(resource, key, old, None)
            yield Change(resource, key, "DELETED", old.object, old, None)

    def _replace(self, resource: str, key: str, old: Entry | None, new: Entry | None) -> None:
        if new is None:
            self._entries[resource].pop(key, None)
        else:
            self._entries[resource][key] = new
        if old is not None and new is not None and _indexed(old.object) == _indexed(new.object):
            return
        if old is not None:
            self._unindex(resource, key, old.object)
        if new is not None:
            self._index(resource, key, new.object)

    def _index(self, resource: str, key: str, obj: AnyObject) -> None:
        place = (resource, key)
        if uid := obj.metadata.uid:
            self._by_uid[uid] = place
        for owner in obj.metadata.owner_references or ():
            self._owned.setdefault(owner.uid, set()).add(place)
        if isinstance(obj, Event) and obj.involved_object.uid:
            self._events_about.setdefault(obj.involved_object.uid, set()).add(key)

    def _unindex(self, resource: str, key: str, obj: AnyObject) -> None:
        place = (resource, key)
        if self._by_uid.get(obj.metadata.uid) == place:
            del self._by_uid[obj.metadata.uid]
        for owner in obj.metadata.owner_references or ():
            _discard(self._owned, owner.uid, place)
        if isinstance(obj, Event):
            _discard(self._events_about, obj.involved_object.uid, key)


def _indexed(obj: AnyObject) -> tuple[object, ...]:
    """What of an object the indexes are made from."""
    about = obj.involved_object.uid if isinstance(obj, Event) else ""
    return obj.metadata.uid, obj.metadata.owner_references, about


def _discard(index: dict[str, set[_Member]], key: str, member: _Member) -> None:
    members = index.get(key)
    if members is None:
        return
    members.discard(member)
    if not members:
        del index[key]
