"""The departed: objects that were deleted lately, as they were last seen.

A filter has to know them: the write that deleted a Pod is one of that Pod, though it is in the store no more. They are
part of a store, and of its keyframes, so that whatever way leads to a place finds the same ones there.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from visualizer.store import Entry, Place

KEPT: Final = 500
"""Every deletion among the writes that the flow diagram shows, and some more for its traces."""

PASSED_OVER: Final = frozenset({"v1/events", "events.k8s.io/v1/events"})
"""Events go by the thousand when their hour is over, and would leave room for nothing else."""


class Departed:
    """The latest ``most`` by resource and key, unless there is such an object again."""

    def __init__(self, most: int = KEPT) -> None:
        self._most = most
        self._entries: dict[Place, Entry] = {}
        self._by_uid: dict[str, set[Place]] = {}
        self._owned: dict[str, set[Place]] = {}

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Departed) and list(self._entries.items()) == list(other._entries.items())

    __hash__ = None  # type: ignore[assignment]

    def __iter__(self) -> Iterator[Place]:
        """The resource and key of each, the one that went first first."""
        return iter(self._entries)

    def entries(self) -> Mapping[Place, Entry]:
        """All of them, in the same order; each entry tells where its object was last written before it went."""
        return self._entries

    def get(self, place: Place) -> Entry | None:
        """One of them, or None."""
        return self._entries.get(place)

    def find_uid(self, uid: str) -> Place | None:
        """Where an object with this uid was, or None; the first by name, where there were several."""
        places = self._by_uid.get(uid)
        return min(places) if places else None

    def owned_by(self, uid: str) -> Iterator[Place]:
        """Those that named this uid among their owners, in no order."""
        return iter(self._owned.get(uid, ()))

    def put(self, place: Place, entry: Entry) -> None:
        """It went, and was so when it was last seen. Events are not remembered."""
        if place[0] in PASSED_OVER:
            return
        self.forget(place)
        self._entries[place] = entry
        for places, uid in self._indexes(entry):
            places.setdefault(uid, set()).add(place)
        if len(self._entries) > self._most:
            self.forget(next(iter(self._entries)))

    def forget(self, place: Place) -> None:
        """There is such an object again, or it is too long ago."""
        entry = self._entries.pop(place, None)
        if entry is None:
            return
        for places, uid in self._indexes(entry):
            if uid in places:
                places[uid].discard(place)
                if not places[uid]:
                    del places[uid]

    def _indexes(self, entry: Entry) -> Iterator[tuple[dict[str, set[Place]], str]]:
        metadata = entry.object.metadata
        if metadata.uid:
            yield self._by_uid, metadata.uid
        for owner in metadata.owner_references or ():
            yield self._owned, owner.uid
