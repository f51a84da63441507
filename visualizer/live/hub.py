"""The hub: one for each log that is followed live in this process, serving all its viewers from one moment.

It takes frames from the bus as they come and, once a tick, hands what altered to every viewer: squashed over the tick,
encoded once. Frames that the bus dropped are read from the log, so a hub may be late and is never wrong.

A diagram that nobody looks at any more is dropped after a little while, if it can be built again.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import Final, TypeVar

import structlog

from visualizer.frames import Frame, FrameError
from visualizer.live import wire
from visualizer.live.bus import Frames, Subscription
from visualizer.live.encoding import Encoded, encode_message, encode_snapshot
from visualizer.live.filtering import Filter, Filters, Kept
from visualizer.live.outbox import Outbox, Update
from visualizer.live.pictures import Picture
from visualizer.live.threads import in_thread
from visualizer.live.wire import DIAGRAMS
from visualizer.log.reader import Reader
from visualizer.models import Log
from visualizer.moment import Moment
from visualizer.search.index import SLICE, Index

TICK_SECONDS: Final = 0.08
CATCH_UP_FRAMES: Final = 200
"""How many missed frames are taken in before others get their turn: about 10 ms of work."""

UNWATCHED_TICKS: Final = 60
"""For how many ticks with news a diagram is kept that nobody watches: whoever left may only have reloaded the page."""

UNSEARCHED_TICKS: Final = 750
"""For how many ticks with news the search index is kept, which takes a kilobyte for each object: about a minute."""

_log = structlog.get_logger()

_Result = TypeVar("_Result")


class LostFrames(RuntimeError):
    """The bus dropped frames and the log does not have them either: this hub cannot know the log's end."""


class Hub:
    """Follows one log's end. Used from one event loop."""

    def __init__(self, log: Log, moment: Moment, subscription: Subscription) -> None:
        self.log, self.moment = log, moment
        self._subscription = subscription
        self._reader = Reader(log)
        self._viewers: dict[Outbox, set[wire.DiagramName]] = {}
        self._pictures: dict[wire.PictureName, Picture] = {}
        self._unwatched_ticks = dict.fromkeys(DIAGRAMS, 0)
        self._turn = asyncio.Lock()  # whoever moves the moment, or builds a diagram of it, holds it
        self._sent_seq = moment.seq
        self._filters = Filters()
        self._unsearched_ticks = 0
        for name in moment.kept:
            moment.diagram(name).drain()

    @property
    def has_viewers(self) -> bool:
        """Whether anybody watches."""
        return bool(self._viewers)

    def attach(self, outbox: Outbox, diagrams: Iterable[wire.DiagramName]) -> None:
        """Serve this viewer from now on, with a snapshot of each of these diagrams first."""
        self._viewers[outbox] = set(diagrams)
        for name in self._viewers[outbox]:
            outbox.wish_snapshot(name)
        outbox.move(self._place())

    def detach(self, outbox: Outbox) -> None:
        """Serve this viewer no more."""
        self._viewers.pop(outbox, None)
        self._filters.put(outbox, None, self.moment)

    def close(self) -> None:
        """Send every viewer away, to connect again: this hub cannot go on."""
        for outbox in self._viewers:
            outbox.close()

    def subscribe(self, outbox: Outbox, diagram: wire.DiagramName) -> None:
        """Send this diagram to this viewer, with a snapshot first."""
        self._viewers[outbox].add(diagram)
        outbox.wish_snapshot(diagram)

    def unsubscribe(self, outbox: Outbox, diagram: wire.DiagramName) -> None:
        """Stop sending it."""
        self._viewers[outbox].discard(diagram)

    def filter(self, outbox: Outbox, wanted: Filter | None) -> None:
        """Tell this viewer what meets this, with a snapshot first; None: tell it no more."""
        self._filters.put(outbox, wanted, self.moment)

    async def snapshot(self, outbox: Outbox, diagram: wire.PictureName) -> Encoded:
        """A snapshot of the diagram, for a viewer who wished it; its deltas follow on what this gives."""
        if diagram == "matches":
            return await self._matches(outbox)
        while True:
            picture = await asyncio.shield(asyncio.ensure_future(self._picture(diagram)))
            encoded = await picture.encoded()
            if self._pictures.get(diagram) is picture:  # else it was worn meanwhile, and nothing leads on from it
                outbox.grant(diagram, picture.since())
                return encoded

    async def look(self, work: Callable[[Moment], _Result]) -> _Result:
        """What this gives of the moment, which stands still meanwhile: it is to be quick."""
        return await asyncio.shield(asyncio.ensure_future(self._look(work)))

    async def _look(self, work: Callable[[Moment], _Result]) -> _Result:
        async with self._turn:
            moment = self.moment
            return await in_thread(lambda: work(moment))

    async def search(self, work: Callable[[Moment], _Result]) -> _Result:
        """The same, with the whole index made before: in slices, between which the hub goes on."""
        self._unsearched_ticks = 0
        while not await self.look(lambda moment: moment.index.work(moment.store, SLICE)):
            pass
        return await self.look(work)

    async def run(self) -> None:
        """Follow the log until cancelled. Raises :class:`LostFrames`."""
        while True:
            batches = [await self._subscription.next()]
            await asyncio.sleep(TICK_SECONDS)
            batches += self._subscription.take_all()
            async with self._turn:
                for frames in batches:
                    await self._take_in(frames)
                if self._subscription.forget_gap():
                    await in_thread(self.log.refresh_from_db)
                    await self._catch_up(self.log.last_seq)
                self._hand_out()

    async def _picture(self, name: wire.DiagramName) -> Picture:
        """The picture of this diagram; a diagram that is not kept is built in a thread, while the moment stands still.

        It is not for cancelling half way: the moment would go on while the thread builds.
        """
        async with self._turn:
            picture = self._pictures.get(name)
            if picture is None:
                self._hand_out()  # what altered so far is in the snapshot, and must not follow on it
                moment = self.moment
                diagram = await in_thread(lambda: moment.diagram(name))
                picture = Picture(name, diagram.snapshot(), seq=moment.seq, ts=moment.ts)
                self._pictures[name] = picture
            return picture

    async def _matches(self, outbox: Outbox) -> Encoded:
        while (kept := self._filters.of(outbox)) is not None:
            picture = await asyncio.shield(asyncio.ensure_future(self._look_for(kept)))
            encoded = await picture.encoded()
            if kept.is_of(picture):
                outbox.grant("matches", picture.since())
                return encoded
        outbox.forget("matches")
        return encode_snapshot("matches", {}, seq=self.moment.seq, ts=self.moment.ts)

    async def _look_for(self, kept: Kept) -> Picture:
        """The picture of what meets a filter: objects are looked at in slices, between which the hub goes on."""
        while True:
            async with self._turn:
                moment, matching = self.moment, kept.matching
                if await in_thread(lambda: matching.work(moment.store, moment.index, SLICE)):  # noqa: B023 - at once
                    return kept.picture(moment)

    async def _take_in(self, frames: Frames) -> None:
        if frames and frames[0][0] > self.moment.seq + 1:
            await self._catch_up(frames[0][0] - 1)
        for seq, line in frames:
            if seq > self.moment.seq:
                try:
                    frame = self._reader.decoder.decode(line)
                except FrameError:  # it may be of a kind that is new, which the database tells
                    frame = await self._decode_new(line)
                await self._make_way(seq)
                self.moment.advance(seq, frame)

    async def _decode_new(self, line: bytes) -> Frame:
        return await in_thread(lambda: self._reader.decode(line))

    async def _make_way(self, seq: int) -> None:
        """Before this frame: where the cluster serves more than the moment knows of, begin anew."""
        if self._reader.has_outgrown(self.moment):
            await self._begin_anew(seq - 1)

    async def _begin_anew(self, seq: int) -> None:
        """Stand here in a moment that knows all that the cluster serves by now, with snapshots for everyone."""
        reader = self._reader
        self.moment = await in_thread(lambda: reader.seek(seq))
        for name in self.moment.kept:
            self.moment.diagram(name).drain()
        self._pictures.clear()
        self._sent_seq = seq
        for kept in self._filters.all():
            kept.begin(self.moment)
        for outbox, diagrams in self._viewers.items():
            for name in diagrams:
                outbox.wish_snapshot(name)

    async def _catch_up(self, until_seq: int) -> None:
        """Read from the log what the bus did not bring."""
        if until_seq <= self.moment.seq:
            return
        _log.warning("hub_gap", log=self.log.slug, after=self.moment.seq, until=until_seq)
        missed = self._reader.frames(self.moment.seq, until_seq)
        while taken := await in_thread(lambda: _take(missed)):
            for seq, frame in taken:
                await self._make_way(seq)
                self.moment.advance(seq, frame)
        if self.moment.seq < until_seq:
            raise LostFrames(f"the log {self.log.slug} does not have the frames {self.moment.seq + 1} to {until_seq}")

    def _hand_out(self) -> None:
        base, seq, ts = self._sent_seq, self.moment.seq, self.moment.ts
        if seq == base:
            return
        self._sent_seq = seq
        self._drop_unwatched()
        for name in DIAGRAMS:
            if name not in self.moment.kept:
                continue
            # A viewer's picture must follow the hub's places, so a delta is sent even where this diagram did not alter.
            update = Update(name, self.moment.diagram(name).drain(), base=base, seq=seq, ts=ts)
            self._follow(update)
            for outbox, diagrams in self._viewers.items():
                if name in diagrams:
                    outbox.update(update)
        for kept in self._filters.all():
            kept.hand_out(self.moment)
        moved = encode_message(self._place())
        for outbox in self._viewers:
            outbox.move(moved)

    def _drop_unwatched(self) -> None:
        watched = set().union(*self._viewers.values())
        for name in DIAGRAMS:
            self._unwatched_ticks[name] = 0 if name in watched else self._unwatched_ticks[name] + 1
            if self._unwatched_ticks[name] > UNWATCHED_TICKS:
                self.moment.drop(name)
                self._pictures.pop(name, None)

        self._unsearched_ticks += 1
        if self._unsearched_ticks > UNSEARCHED_TICKS:
            self.moment.index = Index()

    def _follow(self, update: Update) -> None:
        picture = self._pictures.get(update.diagram)
        if picture is None:
            return
        picture.follow(update)
        if picture.is_worn:
            del self._pictures[update.diagram]

    def _place(self) -> wire.Moved:
        seq, ts = self.moment.seq, self.moment.ts
        return wire.Moved(seq=seq, ts=ts, mode="live", speed=1.0, last_seq=seq, last_ts=ts)


def _take(frames: Iterator[tuple[int, Frame]]) -> list[tuple[int, Frame]]:
    return list(islice(frames, CATCH_UP_FRAMES))
