"""Families: every object's family at every place (docs/family.md)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from visualizer.family.index import Index, Raws
from visualizer.live import objects, wire
from visualizer.log.reader import Reader
from visualizer.moment import Moment
from visualizer.offline.asking import iter_versions
from visualizer.offline.tapes import Tapes
from visualizer.store import Change, Store

_LEASES: Final = "coordination.k8s.io/v1/leases"


class Families:
    """Every object's family, while it is there."""

    def __init__(self, reader: Reader, tapes: Tapes) -> None:
        self._reader, self._tapes = reader, tapes
        self._index, self._raws = _Index(), objects.Raws(reader)
        self._refs = list(dict.fromkeys(ref for ref, _ in iter_versions(reader)))

    def ask(self, moment: Moment, changes: Sequence[Change] | None) -> None:
        """Ask for all of them, but where a Lease was renewed and nothing else happened."""
        if changes is not None and all(change.resource == _LEASES and change.old and change.new for change in changes):
            return
        seen = objects.Seen(moment.standing(), hidden="")
        self._index.read_all(seen.standing.store, self._raws)
        for ref in self._refs:
            question = wire.AskFamily(id=0, ref=ref)
            try:
                answer: wire.Answer = objects.answer(question, seen, self._index, self._raws, self._reader.also_served)
            except objects.Unanswerable as error:
                answer = wire.Problem(text=str(error))
            self._tapes.put(question, answer, seq=moment.seq)


class _Index(Index):
    """Reads everything once at each place, and not again for each question there."""

    def read_all(self, store: Store, raws: Raws) -> None:
        """Read what was written since."""
        super().refresh(store, raws)

    def refresh(self, store: Store, raws: Raws, *, namespace: str = "") -> None:
        """All is read already."""
