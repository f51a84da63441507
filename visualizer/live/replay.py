"""A replay: one viewer's own moment, anywhere in a log, and the way on from there.

All of it reads the database, and none of it may be used by two threads at once. A moment of a large cluster is large,
so a viewer who does nothing for a while gives it back (``rest``); it is reached again when needed, and is the same.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, Literal

from visualizer.frames import Frame
from visualizer.live import wire
from visualizer.live.encoding import Encoded, encode_snapshot
from visualizer.live.filtering import Filter
from visualizer.live.outbox import Update
from visualizer.live.wire import DIAGRAMS
from visualizer.log.reader import FrameNotFound, Reader
from visualizer.models import Log
from visualizer.moment import Moment
from visualizer.search.matching import Matching
from visualizer.tables import Snapshot

SLICE_FRAMES: Final = 1_000
"""How many frames are taken in before the viewer's commands are looked at again: about 50 ms of work."""


class Outgrown(Exception):
    """The cluster serves more by now than the moment knows of: its pictures must be made anew before it goes on."""


class Replay:
    """Stands after frame ``seq``. A viewer starts after the lists that open the log.

    Whatever goes to a place raises :class:`FrameNotFound` where the log lost the frames on the way: it was deleted.
    ``step`` and ``play`` raise :class:`Outgrown`; who then sends new snapshots may go on from the same place.
    """

    def __init__(self, log: Log) -> None:
        self.log, self.seq = log, log.opening_seq
        self.reader = Reader(log)
        self._moment: Moment | None = None
        self._frames: Iterator[tuple[int, Frame]] = iter(())
        self._next: tuple[int, Frame] | None = None
        self._shown: set[wire.DiagramName] = set()  # of these the viewer has a snapshot of this stretch
        self._filter: Filter | None = None
        self._matching: Matching | None = None  # as of this place; None where the viewer has no snapshot of it

    @property
    def moment(self) -> Moment:
        """The moment at this place, with the diagrams that the viewer has: what alters in them is told from here on."""
        if self._moment is None:
            moment = self.reader.seek(self.seq)
            if moment.seq != self.seq:
                raise self._lost(moment.seq + 1)
            self._moment = moment
            self._frames, self._next = self.reader.frames(self.seq), None
            for name in {*moment.kept, *self._shown}:
                moment.diagram(name).drain()
            if self._matching is not None:
                moment.follow(self._matching)
        return self._moment

    @property
    def is_at_end(self) -> bool:
        """Whether the log has nothing more."""
        return self.seq >= self.log.last_seq

    @property
    def is_resting(self) -> bool:
        """Whether it holds no moment."""
        return self._moment is None

    def rest(self) -> None:
        """Give the moment back."""
        self._moment, self._frames, self._next = None, iter(()), None

    def refresh(self) -> None:
        """See how far a live log reaches by now, at both ends."""
        self.log.refresh_from_db(fields=["last_seq", "last_ts", "first_ts", "opening_seq", "pruned_seq"])

    def go(self, seq: int) -> float:
        """Stand after this frame, or at the nearest place that a viewer can be at; when that frame was seen."""
        self.rest()
        self._shown.clear()
        self._matching = None
        self.seq = max(self.log.opening_seq, min(seq, self.log.last_seq))
        return self.moment.ts

    def go_to_time(self, ts: float) -> float:
        """Stand after the last frame not later than this; when that frame was seen."""
        return self.go(self.reader.seq_at(ts))

    def step(self, direction: Literal[1, -1], *, every: bool) -> bool:
        """Go one write on or back, or to the log's end. True where that was a small move on, which deltas can tell."""
        found = self.reader.next_write(self.seq, direction=direction, every=every)
        if direction < 0:
            self.go(found or 0)
            return False
        until = self.log.last_seq if found is None else found
        if until - self.seq > SLICE_FRAMES:
            self.go(until)
            return False
        self._advance(until_seq=until)
        return True

    def play(self, ts: float, *, until: int | None = None) -> bool:
        """Take in what was seen up to this time, or to frame ``until``, but not too much at once; whether all is in."""
        return self._advance(until_ts=ts, until_seq=until)

    def updates(self, diagrams: set[wire.DiagramName], base: int) -> list[Update]:
        """What altered in these diagrams since the place ``base``, where this was last asked."""
        moment = self.moment
        for name in self._shown - diagrams:
            moment.drop(name)
        self._shown &= diagrams
        updates = [
            Update(name, moment.diagram(name).drain(), base=base, seq=moment.seq, ts=moment.ts)
            for name in DIAGRAMS
            if name in self._shown
        ]
        if self._matching is not None:
            self._matching.finish(moment.store, moment.index)
            updates.append(Update("matches", self._matching.drain(), base=base, seq=moment.seq, ts=moment.ts))
        return updates

    def filter(self, wanted: Filter | None) -> None:
        """Tell from now on what meets this; None: no more."""
        if self._matching is not None and self._moment is not None:
            self._moment.leave(self._matching)
        self._filter, self._matching = wanted, None

    def snapshot(self, diagram: wire.PictureName) -> Encoded:
        """The whole diagram at this place."""
        moment = self.moment
        if diagram == "matches":
            return encode_snapshot(diagram, self._matches(moment), seq=moment.seq, ts=moment.ts)
        model = moment.diagram(diagram)
        model.drain()
        self._shown.add(diagram)
        return encode_snapshot(diagram, model.snapshot(), seq=moment.seq, ts=moment.ts)

    def _matches(self, moment: Moment) -> Snapshot:
        if self._filter is None:
            return {}
        if self._matching is None:
            self._matching = self._filter.start(moment.store)
            moment.follow(self._matching)
        self._matching.finish(moment.store, moment.index)
        self._matching.drain()
        return self._matching.snapshot()

    def _advance(self, *, until_seq: int | None = None, until_ts: float | None = None) -> bool:
        moment = self.moment
        for _ in range(SLICE_FRAMES):
            frame = self._peek()
            if frame is None or (until_seq is not None and frame[0] > until_seq):
                return True
            if until_ts is not None and frame[1].ts > until_ts:
                return True
            if self.reader.has_outgrown(moment):
                self.rest()
                raise Outgrown
            moment.advance(*frame)
            self.seq, self._next = moment.seq, None
        return False

    def _peek(self) -> tuple[int, Frame] | None:
        if self._next is None:
            self._next = next(self._frames, None)
        if self._next is None and not self.is_at_end:
            self._frames = self.reader.frames(self.seq)  # a live log that grew since
            self._next = next(self._frames, None)
            if self._next is None:
                raise self._lost(self.seq + 1)
        return self._next

    def _lost(self, seq: int) -> FrameNotFound:
        return FrameNotFound(f"the log {self.log.slug} has no frame {seq}")
