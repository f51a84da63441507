"""A session: one viewer, at one place in one log.

At a live log's end it is served by the hub, with all other live viewers. Anywhere else it has a moment of its own, which
it moves by seeking, stepping and playing. Commands are done one after another; of several seeks that wait, as when somebody
drags the playhead, only the last is done. Reading and playing happen in threads, so no viewer holds another up.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Iterator
from typing import Final, TypeVar

from asgiref.sync import sync_to_async

from visualizer.frames import Frame
from visualizer.live import inspection, wire
from visualizer.live.encoding import Encoded, encode_snapshot
from visualizer.live.hub import Hub, Hubs
from visualizer.live.outbox import Outbox, Update
from visualizer.log.reader import Reader
from visualizer.models import Log
from visualizer.moment import Moment

TICK_SECONDS: Final = 0.05
MAX_COMMANDS: Final = 200
MIN_SPEED, MAX_SPEED = 0.1, 100.0
SLICE_FRAMES: Final = 2_000
"""How many frames playing takes in before it looks up for commands."""

_Result = TypeVar("_Result")


class Session:
    """One viewer's place, and what it watches. ``clock`` gives seconds that only ever grow."""

    def __init__(self, log: Log, outbox: Outbox, *, hubs: Hubs, clock: Callable[[], float]) -> None:
        self.log, self.outbox = log, outbox
        self._hubs, self._clock = hubs, clock
        self._reader = Reader(log)
        self._commands: deque[wire.ClientMessage] = deque()
        self._commanded = asyncio.Event()
        self._diagrams: set[wire.DiagramName] = set()
        self._hub: Hub | None = None
        self._moment = Moment(self._reader.resources, ts=log.first_ts)
        self._frames: Iterator[tuple[int, Frame]] = iter(())
        self._next: tuple[int, Frame] | None = None
        self._speed = 1.0
        self._ts = log.first_ts
        self._played_at: float | None = None
        self._sent_seq = 0
        self._standing = asyncio.Lock()  # held while the moment moves in a thread, and while it is read

    def command(self, message: wire.ClientMessage) -> bool:
        """Leave a command. False when too many wait: the viewer does not behave."""
        if isinstance(message, wire.Seek):
            self._commands = deque(c for c in self._commands if not isinstance(c, wire.Seek))
        if len(self._commands) >= MAX_COMMANDS:
            return False
        self._commands.append(message)
        self._commanded.set()
        return True

    async def run(self) -> None:
        """Greet the viewer, then do what it says and play, until cancelled."""
        try:
            await self._greet()
            while True:
                await self._wait()
                while self._commands:
                    async with self._standing:
                        await self._do(self._commands.popleft())
                if self._played_at is not None:
                    async with self._standing:
                        await self._play_on()
        finally:
            self._leave_hub()

    async def snapshot(self, diagram: wire.DiagramName) -> Encoded:
        """The diagram as this viewer sees it now; for the sender, when the socket can take it."""
        async with self._standing:
            if self._hub is not None:
                encoded = self._hub.snapshot(diagram)
            else:
                self._hand_out()
                moment = self._moment
                encoded = encode_snapshot(diagram, moment.diagrams[diagram].snapshot(), seq=moment.seq, ts=moment.ts)
            self.outbox.grant(diagram)
            return encoded

    async def _greet(self) -> None:
        log = self.log
        self.outbox.reply(
            wire.Hello(
                protocol=wire.PROTOCOL,
                slug=log.slug,
                title=log.title,
                server_version=log.server_version,
                first_seq=log.opening_seq,
                last_seq=log.last_seq,
                first_ts=log.first_ts,
                last_ts=log.last_ts,
                is_live=log.is_live,
            )
        )
        async with self._standing:
            if log.is_live:
                await self._go_live()
            else:
                await self._go(log.opening_seq)

    async def _wait(self) -> None:
        """Until there is a command, or it is time to play on."""
        if self._commands:
            return
        self._commanded.clear()
        timeout = None if self._played_at is None else TICK_SECONDS
        try:
            await asyncio.wait_for(self._commanded.wait(), timeout)
        except TimeoutError:
            return

    async def _do(self, message: wire.ClientMessage) -> None:
        match message:
            case wire.Subscribe(diagram=diagram):
                self._subscribe(diagram)
            case wire.Unsubscribe(diagram=diagram):
                self._unsubscribe(diagram)
            case wire.Seek(seq=seq, ts=ts):
                await self._seek(seq, ts)
            case wire.Play(speed=speed):
                await self._play(speed)
            case wire.Pause():
                await self._pause()
            case wire.Step(direction=direction, every=every):
                await self._step(direction, every=every)
            case wire.GoLive():
                await self._go_live()
            case wire.Inspect():
                await self._inspect(message)

    # Diagrams.

    def _subscribe(self, diagram: wire.DiagramName) -> None:
        self._diagrams.add(diagram)
        if self._hub is not None:
            self._hub.subscribe(self.outbox, diagram)
        else:
            self.outbox.wish_snapshot(diagram)

    def _unsubscribe(self, diagram: wire.DiagramName) -> None:
        self._diagrams.discard(diagram)
        self.outbox.forget(diagram)
        if self._hub is not None:
            self._hub.unsubscribe(self.outbox, diagram)

    def _hand_out(self) -> None:
        """Leave what altered in this viewer's own moment since the last time."""
        moment, base = self._moment, self._sent_seq
        if moment.seq == base:
            return
        self._sent_seq = moment.seq
        for name in sorted(self._diagrams):
            delta = moment.diagrams[name].drain()
            self.outbox.update(Update(name, delta, base=base, seq=moment.seq, ts=moment.ts))

    def _tell_place(self) -> None:
        if self._hub is not None:
            self.outbox.move(self._hub.place())
            return
        mode: wire.Mode = "paused" if self._played_at is None else "playing"
        self.outbox.move(
            wire.Moved(
                seq=self._moment.seq,
                ts=self._ts,
                mode=mode,
                speed=self._speed,
                last_seq=self.log.last_seq,
                last_ts=self.log.last_ts,
            )
        )

    # Place and time.

    async def _go(self, seq: int, *, ts: float | None = None) -> None:
        """Stand after frame ``seq``, at its time or a later one that was asked for."""
        self._leave_hub()
        self._moment = await _in_thread(self._reader.seek, seq)
        self._frames, self._next = self._reader.frames(self._moment.seq), None
        self._ts = max(self._moment.ts, ts or 0.0)
        self._sent_seq = self._moment.seq
        for name in self._diagrams:
            self._moment.diagrams[name].drain()
            self.outbox.wish_snapshot(name)
        if self._played_at is not None:
            self._played_at = self._clock()
        self._tell_place()

    async def _seek(self, seq: int | None, ts: float | None) -> None:
        if seq is not None:
            await self._go(max(seq, self.log.opening_seq))
        elif ts is not None:
            place = await _in_thread(self._reader.seq_at, ts)
            await self._go(max(place, self.log.opening_seq), ts=min(ts, self.log.last_ts))
        else:
            self.outbox.reply(wire.Problem(text="A seek names a frame (seq) or a time (ts)."))

    async def _play(self, speed: float) -> None:
        if not MIN_SPEED <= speed <= MAX_SPEED:
            self.outbox.reply(wire.Problem(text=f"The speed is from {MIN_SPEED:g} to {MAX_SPEED:g} times."))
            return
        if self._hub is not None:
            return
        if self._moment.seq >= self.log.last_seq:
            await self._go(self.log.opening_seq)
        self._speed, self._played_at = speed, self._clock()
        self._tell_place()

    async def _pause(self) -> None:
        if self._hub is not None:
            await self._go(self._hub.moment.seq)
        self._played_at = None
        self._tell_place()

    async def _step(self, direction: int, *, every: bool) -> None:
        await self._pause()
        seq = await _in_thread(lambda: self._reader.next_write(self._moment.seq, direction=direction, every=every))
        if seq is None or seq <= self.log.opening_seq:
            seq = self.log.opening_seq if direction < 0 else self.log.last_seq
        if direction > 0 and self._next_is_near(seq):
            await _in_thread(lambda: self._advance_to_seq(seq))
            self._ts = self._moment.ts
            self._hand_out()
            self._tell_place()
        else:
            await self._go(seq)

    def _next_is_near(self, seq: int) -> bool:
        return 0 < seq - self._moment.seq <= SLICE_FRAMES

    async def _play_on(self) -> None:
        """Take in the frames that the clock has passed; pause at the log's end."""
        now = self._clock()
        played_at = now if self._played_at is None else self._played_at
        self._ts += (now - played_at) * self._speed
        self._played_at = now
        is_behind = await _in_thread(lambda: self._advance_to_ts(self._ts))
        if is_behind:
            self._ts = self._moment.ts
        if self._moment.seq >= self.log.last_seq:
            self._played_at, self._ts = None, self.log.last_ts
        self._hand_out()
        self._tell_place()

    def _advance_to_ts(self, ts: float) -> bool:
        """Take frames in up to this time, or a slice of them; whether there are more."""
        for _ in range(SLICE_FRAMES):
            frame = self._peek()
            if frame is None or frame[1].ts > ts:
                return False
            self._moment.advance(*frame)
            self._next = None
        return True

    def _advance_to_seq(self, seq: int) -> None:
        while (frame := self._peek()) is not None and frame[0] <= seq:
            self._moment.advance(*frame)
            self._next = None

    def _peek(self) -> tuple[int, Frame] | None:
        if self._next is None:
            self._next = next(self._frames, None)
        return self._next

    # Live.

    async def _go_live(self) -> None:
        if not self.log.is_live:
            self.outbox.reply(wire.Problem(text="This is a recording: it has an end, and nothing is live."))
            return
        self._played_at = None
        if self._hub is None:
            self._hub = await self._hubs.open(self.log)
            self._hub.attach(self.outbox, self._diagrams)

    def _leave_hub(self) -> None:
        if self._hub is not None:
            self._hub.detach(self.outbox)
            self._hub = None

    # Questions.

    async def _inspect(self, message: wire.Inspect) -> None:
        moment = self._hub.moment if self._hub is not None else self._moment
        try:
            gathered = inspection.gather(moment.store, message.ref, seq=message.seq)
            answer = await _in_thread(lambda: inspection.read(self._reader, gathered, question=message.id))
        except inspection.NotInspectable as error:
            self.outbox.reply(wire.Problem(id=message.id, text=str(error)))
            return
        self.outbox.reply(answer)


async def _in_thread(work: Callable[..., _Result], *arguments: object) -> _Result:
    """Do work that reads the database in a thread of its own."""
    waited: Awaitable[_Result] = sync_to_async(work, thread_sensitive=False)(*arguments)
    return await waited
