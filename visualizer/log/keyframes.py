"""Keyframes: whole moments in the database, so that any place of a log opens without playing from the start.

A keyframe can always be made again from the frames before it. One that cannot be read, because another version of the
program wrote it, is passed over, and made again by whoever next plays past its place.

The few keyframes read last are kept in the process, so that a second viewer of the same place costs little. They are
frozen, and whoever takes one gets a moment of his own, so there is nothing to invalidate.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from datetime import datetime
from threading import Lock
from typing import Final, TypeAlias

import zstandard

from visualizer.frames import Resource
from visualizer.log.remains import moment_of_remains
from visualizer.models import Keyframe, Log
from visualizer.moment import Frozen, Moment, StaleKeyframe

LEVEL: Final = 1
"""Keyframes are many and seldom read: this level takes half the time of level 3 and gives the same size, or nearly."""

_KEPT_OBJECTS: Final = 200_000
"""How many objects the keyframes kept in the process have in all: some 4 kB each, most shared with viewers' moments."""

_Place: TypeAlias = tuple[int, datetime, int]


class Shelf:
    """The frozen moments used last, for all threads. The one used longest ago makes room."""

    def __init__(self, kept_objects: int) -> None:
        self._kept_objects = kept_objects
        self._objects = 0
        self._frozen: OrderedDict[_Place, Frozen] = OrderedDict()
        self._lock = Lock()

    def get(self, place: _Place) -> Frozen | None:
        """What is kept of this place."""
        with self._lock:
            found = self._frozen.get(place)
            if found is not None:
                self._frozen.move_to_end(place)
            return found

    def put(self, place: _Place, frozen: Frozen) -> None:
        """Keep this."""
        with self._lock:
            if place in self._frozen:
                return
            self._frozen[place] = frozen
            self._objects += len(frozen)
            while self._objects > self._kept_objects and len(self._frozen) > 1:
                _, dropped = self._frozen.popitem(last=False)
                self._objects -= len(dropped)


_shelf: Final = Shelf(_KEPT_OBJECTS)


def nearest(log: Log, resources: Mapping[str, Resource], seq: int) -> tuple[Moment, set[int]]:
    """The moment of the last readable keyframe not after this place, or where the log begins.

    With it, the places of the keyframes that were nearer and could not be read: see :func:`renew`.
    """
    stale: set[int] = set()
    places = Keyframe.objects.filter(log=log, seq__lte=seq).order_by("-seq").values_list("seq", flat=True)
    for place in list(places):
        try:
            return _read(log, resources, place).thaw(resources), stale
        except StaleKeyframe:
            stale.add(place)
    moment = beginning(log, resources)
    if moment.seq in stale:
        renew(log, moment)
    return moment, stale


def beginning(log: Log, resources: Mapping[str, Resource]) -> Moment:
    """The moment where the log begins: with nothing, or with what pruning left."""
    return moment_of_remains(log, resources) if log.pruned_seq else Moment(resources, ts=log.first_ts)


def make(log: Log, moment: Moment) -> Keyframe:
    """The keyframe of this moment, not yet saved."""
    return Keyframe(log=log, seq=moment.seq, data=zstandard.ZstdCompressor(level=LEVEL).compress(moment.dump()))


def renew(log: Log, moment: Moment) -> None:
    """Replace the keyframe at this place, which could not be read."""
    Keyframe.objects.filter(log=log, seq=moment.seq).update(data=make(log, moment).data)


def _read(log: Log, resources: Mapping[str, Resource], seq: int) -> Frozen:
    place = (log.pk, log.created, seq)
    frozen = _shelf.get(place)
    if frozen is None:
        packed = Keyframe.objects.filter(log=log, seq=seq).values_list("data", flat=True).get()
        try:
            dumped = zstandard.ZstdDecompressor().decompress(packed)
        except zstandard.ZstdError as error:
            raise StaleKeyframe("the keyframe cannot be unpacked") from error
        frozen = Frozen(resources, dumped)
        _shelf.put(place, frozen)
    return frozen
