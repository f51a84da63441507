"""Filtering: what viewers narrow their diagrams to, and the matches of a hub, made once for all who filter alike."""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

from msgspec import Struct

from visualizer.live.outbox import Outbox, Update
from visualizer.live.pictures import Picture
from visualizer.moment import Moment
from visualizer.search.matching import Matching
from visualizer.search.meeting import problems_of
from visualizer.search.query import parse
from visualizer.store import Store

SOON: Final = 1_000
"""How many objects are looked at again within a tick: about 7 ms of work. For more there is a new snapshot."""


class Filter(Struct, frozen=True):
    """A text in the search language, and how resources begin that this viewer may not see (empty: none)."""

    text: str
    hidden: str

    def problems(self, store: Store) -> list[str]:
        """What is wrong with it, in sentences."""
        return problems_of(parse(self.text), store, self.hidden)

    def start(self, store: Store) -> Matching:
        """Its matches in this store, with all objects still to be looked at. It has no problems there."""
        return Matching(parse(self.text), store, hidden=self.hidden)


class Kept:
    """One filter's matches at a hub, and who is told of them."""

    def __init__(self, wanted: Filter, moment: Moment) -> None:
        self.filter = wanted
        self.viewers: set[Outbox] = set()
        self.begin(moment)

    def begin(self, moment: Moment) -> None:
        """Begin anew, in this moment: every viewer is to have a snapshot."""
        self.matching = self.filter.start(moment.store)
        moment.follow(self.matching)
        self._picture: Picture | None = None
        self._is_told = False  # whether anybody has a snapshot, on which deltas follow
        self._sent_seq = moment.seq
        for outbox in self.viewers:
            outbox.wish_snapshot("matches")

    def hand_out(self, moment: Moment) -> None:
        """Tell every viewer what came and went."""
        if not self._is_told:
            return
        if self.matching.is_behind(SOON):
            self._is_told, self._picture = False, None
            for outbox in self.viewers:
                outbox.wish_snapshot("matches")
            return
        self.matching.finish(moment.store, moment.index)
        self._tell(moment)

    def picture(self, moment: Moment) -> Picture:
        """A picture of the matches, for which all objects were looked at; deltas follow on it."""
        if self._is_told:
            self._tell(moment)
        else:
            self.matching.drain()
            self._is_told, self._sent_seq = True, moment.seq
        if self._picture is None:
            self._picture = Picture("matches", self.matching.snapshot(), seq=self._sent_seq, ts=moment.ts)
        return self._picture

    def is_of(self, picture: Picture) -> bool:
        """Whether deltas still lead on from this picture."""
        return picture is self._picture

    def _tell(self, moment: Moment) -> None:
        delta = self.matching.drain()
        if not delta:
            return
        update = Update("matches", delta, base=self._sent_seq, seq=moment.seq, ts=moment.ts)
        self._sent_seq = moment.seq
        if self._picture is not None:
            self._picture.follow(update)
            if self._picture.is_worn:
                self._picture = None
        for outbox in self.viewers:
            outbox.update(update)


class Filters:
    """The filters of one hub's viewers."""

    def __init__(self) -> None:
        self._kept: dict[Filter, Kept] = {}
        self._of: dict[Outbox, Kept] = {}

    def of(self, outbox: Outbox) -> Kept | None:
        """What this viewer's diagrams are narrowed to, or None."""
        return self._of.get(outbox)

    def put(self, outbox: Outbox, wanted: Filter | None, moment: Moment) -> None:
        """This viewer filters so from now on, and is to have a snapshot first; None: not any more."""
        self._leave(outbox, moment)
        if wanted is None:
            return
        kept = self._kept.get(wanted)
        if kept is None:
            kept = self._kept[wanted] = Kept(wanted, moment)
        kept.viewers.add(outbox)
        self._of[outbox] = kept
        outbox.wish_snapshot("matches")

    def _leave(self, outbox: Outbox, moment: Moment) -> None:
        kept = self._of.pop(outbox, None)
        if kept is None:
            return
        kept.viewers.discard(outbox)
        if not kept.viewers:
            del self._kept[kept.filter]
            moment.leave(kept.matching)

    def all(self) -> Collection[Kept]:
        """Each of them once."""
        return self._kept.values()
