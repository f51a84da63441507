"""Questions: what one viewer asks, answered beside its play and one at a time.

What the store tells is gathered at once, at the viewer's place. Versions are read from the log afterwards, when the
viewer has taken the answers before: so whoever asks without reading makes no work.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Final, TypeVar

from visualizer.family.index import Index
from visualizer.flow.diagram import FlowDiagram
from visualizer.flow.traces import Gathered, tell_whole
from visualizer.live import closeup, inspection, objects, packets, permissions, wire
from visualizer.live.closeup import Asked
from visualizer.live.history import History, NotInspectable
from visualizer.live.inspection import Found
from visualizer.live.objects import Seen
from visualizer.live.outbox import Outbox
from visualizer.live.packets import Still
from visualizer.live.permissions import Scene
from visualizer.live.threads import in_thread
from visualizer.log.reader import Reader
from visualizer.models import Log
from visualizer.rbac.policy import Policy
from visualizer.rbac.situation import policy_of
from visualizer.store import Store

MAX_QUESTIONS: Final = 32
KEPT_SECONDS: Final = 60.0
"""For how long what was read for a family is kept when no more is asked."""

_FULL: Final = f"{MAX_QUESTIONS} questions wait already. Read their answers first."

_Waiting = (
    tuple[wire.Inspect, Found]
    | tuple[wire.AskTrace, Gathered]
    | tuple[wire.RbacQuestion, Scene]
    | tuple[wire.RoutingQuestion, Still]
    | tuple[wire.Search, wire.SearchAnswer]
    | tuple[wire.CloseUpQuestion, Asked]
    | tuple[wire.ObjectsQuestion, Seen]
)
_Result = TypeVar("_Result")


class Questions:
    """What one viewer asked and has not been told."""

    def __init__(self, log: Log, outbox: Outbox) -> None:
        self._outbox = outbox
        self._log = log
        self._history = History(log)
        self._reader = Reader(log)
        self._index = Index()
        self._raws = objects.Raws(self._reader)
        self._reading = asyncio.Lock()  # it serves one thread at a time
        self._waiting: asyncio.Queue[_Waiting] = asyncio.Queue(MAX_QUESTIONS)

    async def ask(self, question: wire.Inspect, store: Store) -> None:
        """Gather what the store tells of the object, which must stand still meanwhile, and answer later."""
        try:
            place = inspection.locate(store, question.ref, seq=question.seq)
            obj = place.object or (await self._read(lambda: self._history.see(place))).object
            self._waiting.put_nowait((question, inspection.gather(store, place, obj)))
        except NotInspectable as error:
            self._refuse(question, str(error))
        except asyncio.QueueFull:
            self._refuse(question, _FULL)

    def ask_trace(self, question: wire.AskTrace, flow: FlowDiagram) -> None:
        """Gather the trace from a diagram that must stand still meanwhile, and tell it later."""
        gathered = flow.gather(question.seq) if not self._waiting.full() else None
        if gathered is not None:
            self._waiting.put_nowait((question, gathered))
        elif self._waiting.full():
            self._refuse(question, _FULL)
        else:
            self._refuse(question, f"The frame {question.seq} is of no trace that is remembered at this moment.")

    def ask_rbac(self, question: wire.RbacQuestion, scene: Scene) -> None:
        """Answer later what is asked of this scene, which stands still."""
        try:
            self._waiting.put_nowait((question, scene))
        except asyncio.QueueFull:
            self._refuse(question, _FULL)

    def policy_at(self, seq: int) -> Policy:
        """The policy after this frame, read from the log."""
        return policy_of(Reader(self._log).seek(seq).store)

    def ask_routing(self, question: wire.RoutingQuestion, still: Still) -> None:
        """Answer later what is asked of these objects, which stand still."""
        try:
            self._waiting.put_nowait((question, still))
        except asyncio.QueueFull:
            self._refuse(question, _FULL)

    def ask_closeup(self, question: wire.CloseUpQuestion, look: Callable[[], Asked]) -> None:
        """Look while the moment stands still, and answer later."""
        if self._waiting.full():
            self._refuse(question, _FULL)
            return
        try:
            self._waiting.put_nowait((question, look()))
        except NotInspectable as error:
            self._refuse(question, str(error))

    def ask_objects(self, question: wire.ObjectsQuestion, seen: Seen) -> None:
        """Answer later what is asked of these objects, which stand still."""
        try:
            self._waiting.put_nowait((question, seen))
        except asyncio.QueueFull:
            self._refuse(question, _FULL)

    @property
    def is_full(self) -> bool:
        """Whether nothing more can be asked before an answer is read."""
        return self._waiting.full()

    def tell_found(self, question: wire.Search, found: wire.SearchAnswer | None) -> None:
        """Tell later what was found; None where nothing was looked for, because too much waits."""
        if found is None or self._waiting.full():
            self._refuse(question, _FULL)
        else:
            self._waiting.put_nowait((question, found))

    async def run(self) -> None:
        """Answer, until cancelled."""
        while True:
            try:
                async with asyncio.timeout(None if self._index.is_empty else KEPT_SECONDS):
                    waiting = await self._waiting.get()
            except TimeoutError:
                # of a large cluster they are large, and soon made again
                self._index, self._raws = Index(), objects.Raws(self._reader)
                continue
            await self._outbox.wait_room()
            if isinstance(waiting[1], Gathered):
                await self._answer_trace(waiting[0], waiting[1])
            elif isinstance(waiting[1], Scene):
                await self._answer_rbac(waiting[0], waiting[1])
            elif isinstance(waiting[1], Still):
                await self._answer_routing(waiting[0], waiting[1])
            elif isinstance(waiting[1], Asked):
                await self._answer_closeup(waiting[0], waiting[1])
            elif isinstance(waiting[1], Seen):
                await self._answer_objects(waiting[0], waiting[1])
            elif isinstance(waiting[1], wire.SearchAnswer):
                self._outbox.answer(waiting[1])
            else:
                await self._answer(*waiting)

    async def _answer(self, question: wire.Inspect, found: Found) -> None:
        try:
            answer = await self._read(lambda: inspection.read(self._history, found, question=question.id))
        except NotInspectable as error:
            self._refuse(question, str(error))
        except RecursionError:
            self._refuse(question, f"The fields of {question.ref} are nested too deeply to be shown.")
        else:
            self._outbox.answer(answer)

    async def _answer_trace(self, question: wire.AskTrace, gathered: Gathered) -> None:
        tree = await self._read(lambda: tell_whole(gathered))
        self._outbox.answer(wire.Traced(id=question.id, trace=tree))

    async def _answer_rbac(self, question: wire.RbacQuestion, scene: Scene) -> None:
        try:
            self._outbox.answer(await self._read(lambda: permissions.answer(question, scene)))
        except permissions.Unanswerable as error:
            self._refuse(question, str(error))

    async def _answer_routing(self, question: wire.RoutingQuestion, still: Still) -> None:
        try:
            self._outbox.answer(await self._read(lambda: packets.answer(question, still, self._history)))
        except packets.Unanswerable as error:
            self._refuse(question, str(error))

    async def _answer_closeup(self, question: wire.CloseUpQuestion, asked: Asked) -> None:
        try:
            told = await self._read(lambda: closeup.answer(question, asked, log=self._log, history=self._history))
        except NotInspectable as error:
            self._refuse(question, str(error))
        except RecursionError:
            self._refuse(question, f"The fields of {question.ref} are nested too deeply to be shown.")
        else:
            self._outbox.answer(told)

    async def _answer_objects(self, question: wire.ObjectsQuestion, seen: Seen) -> None:
        try:
            self._outbox.answer(
                await self._read(
                    lambda: objects.answer(question, seen, self._index, self._raws, self._reader.also_served)
                )
            )
        except objects.Unanswerable as error:
            self._refuse(question, str(error))

    async def _read(self, work: Callable[[], _Result]) -> _Result:
        async with self._reading:
            return await in_thread(work)

    def _refuse(self, question: wire.Question, text: str) -> None:
        self._outbox.answer(wire.Problem(id=question.id, text=text))
