"""A session: one viewer, at one place in one log.

At a live log's end it is served by the hub, with all other live viewers. Anywhere else it has a replay of its own,
which it moves by seeking, stepping and playing. Commands are done one after another; of several seeks that wait, as
when somebody drags the playhead, only the last is done. Reading and playing happen in threads, so no viewer holds
another up.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Collection
from functools import partial
from typing import Final, Literal

import msgspec

from visualizer.live import closeup, objects, packets, permissions, searching, wire
from visualizer.live.encoding import Encoded, decode_message, encode_message, join_texts
from visualizer.live.filtering import Filter
from visualizer.live.hub import Hub
from visualizer.live.hubs import Hubs
from visualizer.live.outbox import Backlog, Outbox, SnapshotWish, Update, Waiting
from visualizer.live.playhead import Playhead
from visualizer.live.questions import Questions
from visualizer.live.replay import Outgrown, Replay
from visualizer.live.threads import in_thread
from visualizer.log.reader import FrameNotFound
from visualizer.models import Log
from visualizer.moment import Moment, Standing

TICK_SECONDS: Final = 0.05
REST_SECONDS: Final = 60.0
MAX_COMMANDS: Final = 200
RBAC_GROUP: Final = "rbac.authorization.k8s.io/"
RBAC_FORBIDDEN: Final = "You may not see who may do what here: that takes the permission “visualizer.view_rbac”."


class Session:
    """One viewer's place, and what it watches.

    ``clock`` gives seconds that only ever grow. ``forbidden`` are the diagrams that this viewer may not see; where
    rbac is among them, neither are the objects that it is made of.
    """

    def __init__(
        self, log: Log, *, hubs: Hubs, clock: Callable[[], float], forbidden: Collection[wire.DiagramName] = ()
    ) -> None:
        self.log, self.outbox = log, Outbox()
        self._hubs = hubs
        self._hub: Hub | None = None
        self._replay = Replay(log)
        self._playhead = Playhead(log.first_ts, clock=clock)
        self._questions = Questions(log, self.outbox)
        self._diagrams: set[wire.DiagramName] = set()
        self._filter: Filter | None = None
        self._forbidden = frozenset(forbidden)
        self._sent_seq = log.opening_seq
        self._until: int | None = None  # the frame after which playing stops
        self._commands: deque[wire.ClientMessage] = deque()
        self._commanded = asyncio.Event()
        self._turn = asyncio.Lock()  # whoever moves or reads the replay holds it

    def hear(self, message: str | bytes) -> bool:
        """Take in what the viewer says. False where it says more than can be done, or asks and does not read."""
        try:
            command = decode_message(message)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            self.outbox.answer(wire.Problem(text=f"This message is not understood: {error}."))
            return not self.outbox.is_overfull
        if isinstance(command, wire.Seek):
            self._commands = deque(waiting for waiting in self._commands if not isinstance(waiting, wire.Seek))
        self._commands.append(command)
        self._commanded.set()
        return len(self._commands) <= MAX_COMMANDS and not self.outbox.is_overfull

    async def run(self) -> None:
        """Greet the viewer, then do what it says and play, until cancelled."""
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._questions.run())
                group.create_task(self._serve())
        finally:
            self._leave_hub()

    async def outgoing(self) -> AsyncIterator[Encoded]:
        """What to send, for who sends as fast as the socket takes it. It ends when the viewer is to be sent away."""
        while True:
            await self.outbox.wait()
            if self.outbox.is_closed:
                return
            texts: list[str] = []
            for waiting in self.outbox.take():
                encoded = await self._encoded(waiting)
                if isinstance(encoded, str):
                    texts.append(encoded)
                    continue
                if texts:
                    yield join_texts(texts)
                    texts = []
                yield encoded
            if texts:
                yield join_texts(texts)

    async def _encoded(self, waiting: Waiting) -> Encoded:
        match waiting:
            case SnapshotWish(diagram=diagram):
                return await self._snapshot(diagram)
            case Update() | Backlog():
                return waiting.encoded()
            case wire.Moved():
                return encode_message(waiting)
        return waiting

    async def _snapshot(self, diagram: wire.PictureName) -> Encoded:
        """The diagram as this viewer sees it by now."""
        async with self._turn:
            if self._hub is not None:
                return await self._hub.snapshot(self.outbox, diagram)
            await self._attempt(self._hand_out())
            try:
                encoded = await in_thread(lambda: self._replay.snapshot(diagram))
            except FrameNotFound:
                await self._return_to_log()
                encoded = await in_thread(lambda: self._replay.snapshot(diagram))
            self.outbox.grant(diagram)
            self._commanded.set()  # the replay is awake again: whoever waits without end for a command lets it rest
            return encoded

    async def _serve(self) -> None:
        async with self._turn:
            await self._greet()
        while True:
            is_called = await self._wait()
            async with self._turn:
                while self._commands:
                    await self._attempt(self._do(self._commands.popleft()))
                if self._playhead.is_playing:
                    await self._attempt(self._play_on())
                elif not is_called:
                    self._replay.rest()

    async def _attempt(self, doing: Awaitable[None]) -> None:
        """Do it; a viewer who stands where the log no longer reaches is told so."""
        try:
            await doing
        except FrameNotFound:
            await self._return_to_log()

    async def _return_to_log(self) -> None:
        """Lead a viewer who stood where retention took the frames to where the log begins now.

        Raises :class:`visualizer.log.reader.FrameNotFound` where there is another reason that they are not there.
        """
        await in_thread(self._replay.refresh)
        if self._replay.seq >= self.log.pruned_seq:
            raise FrameNotFound(f"the log {self.log.slug} lost the frames around {self._replay.seq}")
        self._playhead.pause()
        await self._go(self.log.opening_seq)
        self.outbox.answer(wire.Problem(text="What was here is not kept any more: this is where the log begins now."))

    async def _wait(self) -> bool:
        """Until there is a command, or it is time to play on or to rest; whether there is a command."""
        if self._commands:
            return True
        self._commanded.clear()
        timeout = TICK_SECONDS if self._playhead.is_playing else None if self._replay.is_resting else REST_SECONDS
        try:
            async with asyncio.timeout(timeout):  # wait_for() of Python 3.11 loses a cancel that comes with a command
                await self._commanded.wait()
        except TimeoutError:
            return False
        return True

    async def _greet(self) -> None:
        log = self.log
        self.outbox.answer(
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
                forbidden=sorted(self._forbidden),
            )
        )
        if log.is_live:
            await self._go_live()
        else:
            await self._go(log.opening_seq)

    async def _do(self, message: wire.ClientMessage) -> None:
        match message:
            case wire.Subscribe(diagram=diagram):
                self._subscribe(diagram)
            case wire.Unsubscribe(diagram=diagram):
                self._unsubscribe(diagram)
            case wire.FilterBy(text=text):
                await self._filter_by(text)
            case wire.Seek(seq=seq, ts=ts):
                await self._seek(seq, ts)
            case wire.Play(speed=speed, until=until):
                await self._play(speed, until)
            case wire.Pause():
                await self._pause()
            case wire.Step(direction=direction, every=every):
                await self._step(direction, every=every)
            case wire.GoLive():
                await self._go_live()
            case _:
                await self._ask(message)

    async def _ask(self, question: wire.Question) -> None:
        match question:
            case wire.Inspect():
                await self._inspect(question)
            case wire.AskTrace():
                await self._trace(question)
            case wire.AskRules() | wire.FollowPacket():
                await self._ask_routing(question)
            case wire.Search():
                await self._search(question)
            case wire.AskFields() | wire.AskContainers():
                await self._ask_closeup(question)
            case wire.AskRequests() | wire.AskManifest() | wire.CompareVersions():
                await self._ask_closeup(question)
            case wire.AskFamily() | wire.AskResources() | wire.AskObjects() | wire.AskNamespaces():
                await self._ask_objects(question)
            case _:
                await self._ask_rbac(question)

    @property
    def _hidden(self) -> str:
        """How resources begin that this viewer may not see; empty: none."""
        return RBAC_GROUP if "rbac" in self._forbidden else ""

    def _subscribe(self, diagram: wire.DiagramName) -> None:
        if diagram in self._forbidden:
            self.outbox.answer(wire.Problem(text=f"You may not see the diagram “{diagram}”."))
            return
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

    async def _filter_by(self, text: str) -> None:
        """Tell which objects meet this from now on, or what is wrong with it."""
        wanted = Filter(text, self._hidden) if text.strip() else None
        problems: list[str] = []
        if wanted is not None:
            moment = self._hub.moment if self._hub is not None else await in_thread(lambda: self._replay.moment)
            problems = wanted.problems(moment.store)
        self.outbox.answer(wire.Filtered(text=text, problems=problems))
        self.outbox.forget("matches")
        self._filter = wanted if not problems else None
        self._replay.filter(self._filter)
        if self._hub is not None:
            self._hub.filter(self.outbox, self._filter)
        elif self._filter is not None:
            self.outbox.wish_snapshot("matches")

    async def _hand_out(self) -> None:
        """Leave what altered in this viewer's own moment since the last time."""
        if self._replay.seq == self._sent_seq:
            return
        for update in await in_thread(lambda: self._replay.updates(self._diagrams, self._sent_seq)):
            self.outbox.update(update)
        self._sent_seq = self._replay.seq

    def _tell_place(self) -> None:
        self.outbox.move(
            wire.Moved(
                seq=self._replay.seq,
                ts=self._playhead.ts,
                mode="playing" if self._playhead.is_playing else "paused",
                speed=self._playhead.speed,
                last_seq=self.log.last_seq,
                last_ts=self.log.last_ts,
            )
        )

    async def _go(self, seq: int) -> None:
        self._arrive(await in_thread(lambda: self._replay.go(seq)))

    def _arrive(self, ts: float) -> None:
        """Begin anew at the place where the replay stands now, with the log's clock at this time."""
        self._leave_hub()
        self._sent_seq = self._replay.seq
        self._playhead.place(ts)
        for name in self._diagrams:
            self.outbox.wish_snapshot(name)
        if self._filter is not None:
            self.outbox.wish_snapshot("matches")
        self._tell_place()

    async def _refresh(self) -> None:
        if self.log.is_live:
            await in_thread(self._replay.refresh)

    async def _seek(self, seq: int | None, ts: float | None) -> None:
        if (seq is None) == (ts is None):
            self.outbox.answer(wire.Problem(text="A seek names either a frame (seq) or a time (ts)."))
            return
        await self._refresh()
        if seq is not None:
            await self._go(seq)
        elif ts is not None:
            seen = await in_thread(lambda: self._replay.go_to_time(ts))
            self._arrive(max(seen, min(ts, self.log.last_ts)))

    async def _play(self, speed: float, until: int | None) -> None:
        if self._hub is not None:
            return  # it moves on by itself already
        try:
            self._playhead.play(speed)
        except ValueError as error:
            self.outbox.answer(wire.Problem(text=str(error)))
            return
        await self._refresh()
        self._until = until
        if self._replay.is_at_end:
            await self._go(self.log.opening_seq)
        self._tell_place()

    async def _pause(self) -> None:
        self._playhead.pause()
        if self._hub is not None:
            await self._refresh()
            await self._go(self._hub.moment.seq)
        else:
            self._tell_place()

    async def _step(self, direction: Literal[1, -1], *, every: bool) -> None:
        await self._pause()
        await self._refresh()
        try:
            is_small = await in_thread(lambda: self._replay.step(direction, every=every))
        except Outgrown:
            await self._go(self._replay.seq)
            is_small = await in_thread(lambda: self._replay.step(direction, every=every))
        seen = await in_thread(lambda: self._replay.moment.ts)
        if not is_small:
            self._arrive(seen)
            return
        self._playhead.place(seen)
        await self._hand_out()
        self._tell_place()

    async def _play_on(self) -> None:
        """Take in the frames that the clock has passed. Pause where it is to stop; at the end, pause or go live."""
        now = self._playhead.move()
        try:
            is_all_in = await in_thread(lambda: self._replay.play(now, until=self._until))
        except Outgrown:
            await self._go(self._replay.seq)
            return
        is_there = self._until is not None and self._replay.seq >= self._until
        if is_there or not is_all_in:
            self._playhead.place(self._replay.moment.ts)
        if is_there:
            self._playhead.pause()
        elif self._replay.is_at_end:
            self._playhead.pause()
            self._playhead.place(self.log.last_ts)
        await self._hand_out()
        self._tell_place()
        if self._replay.is_at_end and self.log.is_live and not is_there:
            await self._go_live()

    async def _go_live(self) -> None:
        if not self.log.is_live:
            self.outbox.answer(wire.Problem(text="This is a recording: it has an end, and nothing is live."))
            return
        if self._hub is not None:
            return
        hub = await self._hubs.open(self.log)
        self._playhead.pause()
        self._replay.rest()
        self._hub = hub
        hub.attach(self.outbox, self._diagrams)
        hub.filter(self.outbox, self._filter)

    def _leave_hub(self) -> None:
        if self._hub is not None:
            self._hub.detach(self.outbox)
            self._hub = None

    async def _inspect(self, question: wire.Inspect) -> None:
        """Find the object while this place stands still. What the log tells of it is read aside."""
        if self._is_hidden(question):
            return
        if self._hub is not None:
            store = self._hub.moment.store
        else:
            store = (await in_thread(lambda: self._replay.moment)).store
        await self._questions.ask(question, store)

    async def _ask_closeup(self, question: wire.CloseUpQuestion) -> None:
        """Find the object while this place stands still. The question is answered aside."""
        if self._is_hidden(question):
            return
        moment = self._hub.moment if self._hub is not None else await in_thread(lambda: self._replay.moment)
        self._questions.ask_closeup(question, lambda: closeup.look(question, moment))

    def _is_hidden(self, question: wire.Inspect | wire.CloseUpQuestion) -> bool:
        """Whether it is about an object that this viewer may not see, who is told so."""
        if "rbac" not in self._forbidden or not question.ref.startswith(RBAC_GROUP):
            return False
        self.outbox.answer(wire.Problem(id=question.id, text=RBAC_FORBIDDEN))
        return True

    async def _ask_rbac(self, question: wire.RbacQuestion) -> None:
        """Take the scene while this place stands still. The question is answered aside."""
        if "rbac" in self._forbidden:
            self.outbox.answer(wire.Problem(id=question.id, text=RBAC_FORBIDDEN))
            return
        look = partial(permissions.look, server_version=self.log.server_version, before=self._questions.policy_at)
        if self._hub is not None:
            scene = await self._hub.look(look)
        else:
            scene = await in_thread(lambda: look(self._replay.moment))
        self._questions.ask_rbac(question, scene)

    async def _ask_routing(self, question: wire.RoutingQuestion) -> None:
        """Take the objects while this place stands still. The question is answered aside."""
        if self._hub is not None:
            still = await self._hub.look(packets.look)
        else:
            still = await in_thread(lambda: packets.look(self._replay.moment))
        self._questions.ask_routing(question, still)

    async def _search(self, question: wire.Search) -> None:
        """Look while this place stands still."""
        look = partial(searching.answer, question, hidden=self._hidden)
        if self._questions.is_full:
            found = None
        elif self._hub is not None:
            found = await self._hub.search(look)
        else:
            found = await in_thread(lambda: look(self._replay.moment))
        self._questions.tell_found(question, found)

    async def _ask_objects(self, question: wire.ObjectsQuestion) -> None:
        """Take the objects while this place stands still. The question is answered aside."""
        hidden = RBAC_GROUP if "rbac" in self._forbidden else ""
        if hidden and objects.about(question).startswith(hidden):
            self.outbox.answer(wire.Problem(id=question.id, text=RBAC_FORBIDDEN))
            return
        if self._hub is not None:
            standing = await self._hub.look(Moment.standing)
        else:
            standing = await in_thread(self._standing)
        self._questions.ask_objects(question, objects.Seen(standing, hidden))

    def _standing(self) -> Standing:
        return self._replay.moment.standing()

    async def _trace(self, question: wire.AskTrace) -> None:
        """Tell a trace while this place stands still."""
        moment = self._hub.moment if self._hub is not None else await in_thread(lambda: self._replay.moment)
        self._questions.ask_trace(question, moment.flow)
