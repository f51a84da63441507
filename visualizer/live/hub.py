"""The hub: one for each log that is followed live in this process, serving all its viewers from one moment.

It takes frames from the bus as they come and, once a tick, hands what altered to every viewer: squashed over the tick,
encoded once. Frames that the bus dropped are read from the log, so a hub may be late and is never wrong.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from typing import Final

import structlog
from asgiref.sync import sync_to_async

from visualizer.frames import Decoder
from visualizer.live import wire
from visualizer.live.bus import Bus, Frames, Subscription
from visualizer.live.encoding import Encoded, encode_message, encode_snapshot
from visualizer.live.outbox import Outbox, Update
from visualizer.log.reader import Reader
from visualizer.models import Log
from visualizer.moment import Moment

TICK_SECONDS: Final = 0.08
LINGER_SECONDS: Final = 5.0

_log = structlog.get_logger()


class Hub:
    """Follows one log's end. Used from one event loop."""

    def __init__(self, log: Log, moment: Moment, subscription: Subscription) -> None:
        self.log, self.moment = log, moment
        self._subscription = subscription
        self._reader = Reader(log)
        self._decoder = Decoder(self._reader.resources)
        self._viewers: dict[Outbox, set[wire.DiagramName]] = {}
        self._sent_seq = moment.seq
        self._snapshots: dict[wire.DiagramName, tuple[int, Encoded]] = {}
        for diagram in moment.diagrams.values():
            diagram.drain()

    @property
    def has_viewers(self) -> bool:
        """Whether anybody watches."""
        return bool(self._viewers)

    def attach(self, outbox: Outbox, diagrams: Iterable[wire.DiagramName]) -> None:
        """Serve this viewer from now on, with a snapshot of each of these diagrams first."""
        self._viewers[outbox] = set(diagrams)
        for name in self._viewers[outbox]:
            outbox.wish_snapshot(name)
        outbox.move(self.place())

    def detach(self, outbox: Outbox) -> None:
        """Serve this viewer no more."""
        self._viewers.pop(outbox, None)

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

    def snapshot(self, diagram: wire.DiagramName) -> Encoded:
        """The whole diagram as it is now, encoded once for all who ask at this place.

        What altered since the last tick is handed out first, so that the next delta follows on this snapshot.
        """
        self._hand_out()
        seq = self.moment.seq
        made = self._snapshots.get(diagram)
        if made is None or made[0] != seq:
            tables = self.moment.diagrams[diagram].snapshot()
            made = (seq, encode_snapshot(diagram, tables, seq=seq, ts=self.moment.ts))
            self._snapshots[diagram] = made
        return made[1]

    def place(self) -> wire.Moved:
        """Where its viewers are."""
        seq, ts = self.moment.seq, self.moment.ts
        return wire.Moved(seq=seq, ts=ts, mode="live", speed=1.0, last_seq=seq, last_ts=ts)

    async def run(self) -> None:
        """Follow the log until cancelled."""
        while True:
            batches = [await self._subscription.next()]
            await asyncio.sleep(TICK_SECONDS)
            batches += self._subscription.take_all()
            for frames in batches:
                await self._take_in(frames)
            self._hand_out()

    async def _take_in(self, frames: Frames) -> None:
        if frames and frames[0][0] > self.moment.seq + 1:
            await self._catch_up(frames[0][0] - 1)
        for seq, line in frames:
            if seq > self.moment.seq:
                self.moment.advance(seq, self._decoder.decode(line))

    async def _catch_up(self, until_seq: int) -> None:
        """Read from the log what the bus did not bring."""
        _log.warning("hub_gap", log=self.log.slug, after=self.moment.seq, until=until_seq)
        self._subscription.has_gap = False
        missed = await sync_to_async(
            lambda: list(self._reader.frames(self.moment.seq, until_seq)), thread_sensitive=False
        )()
        for seq, frame in missed:
            self.moment.advance(seq, frame)

    def _hand_out(self) -> None:
        base, seq, ts = self._sent_seq, self.moment.seq, self.moment.ts
        if seq == base:
            return
        self._sent_seq = seq
        for name, diagram in self.moment.diagrams.items():
            delta = diagram.drain()
            # A viewer's picture must follow the hub's places, so a delta is sent even where this diagram did not alter.
            update = Update(_named(name), delta, base=base, seq=seq, ts=ts)
            for outbox, diagrams in self._viewers.items():
                if name in diagrams:
                    outbox.update(update)
        moved = encode_message(self.place())
        for outbox in self._viewers:
            outbox.move(moved)


def _named(name: str) -> wire.DiagramName:
    return name  # type: ignore[return-value]


class Hubs:
    """The hubs of this process, each made for its first viewer and let go some seconds after its last."""

    def __init__(self, bus: Bus) -> None:
        self.bus = bus
        self._hubs: dict[int, Hub] = {}
        self._tasks: dict[int, asyncio.Task[None]] = {}
        self._opening: dict[int, asyncio.Lock] = {}

    async def open(self, log: Log) -> Hub:
        """The hub of this log, at the log's end."""
        async with self._opening.setdefault(log.pk, asyncio.Lock()):
            if log.pk not in self._hubs:
                started: asyncio.Future[Hub] = asyncio.get_running_loop().create_future()
                self._tasks[log.pk] = asyncio.create_task(self._serve(log, started.set_result))
                task = self._tasks[log.pk]
                await asyncio.wait({task, started}, return_when=asyncio.FIRST_COMPLETED)
                if not started.done():
                    task.result()
                self._hubs[log.pk] = started.result()
        return self._hubs[log.pk]

    async def _serve(self, log: Log, started: Callable[[Hub], None]) -> None:
        try:
            with self.bus.subscribe(log.pk) as subscription:
                moment = await sync_to_async(_moment_at_end, thread_sensitive=False)(log)
                hub = Hub(log, moment, subscription)
                started(hub)
                following = asyncio.create_task(hub.run())
                try:
                    await self._until_left(hub, following)
                except Exception:
                    _log.exception("hub_failed", log=log.slug)
                    hub.close()
                    raise
                finally:
                    following.cancel()
        finally:
            self._hubs.pop(log.pk, None)

    async def _until_left(self, hub: Hub, following: asyncio.Task[None]) -> None:
        idle_ticks = 0
        while idle_ticks < 2:
            done, _ = await asyncio.wait({following}, timeout=LINGER_SECONDS / 2)
            if done:
                following.result()
            idle_ticks = 0 if hub.has_viewers else idle_ticks + 1


def _moment_at_end(log: Log) -> Moment:
    log.refresh_from_db()
    return Reader(log).seek(log.last_seq)
