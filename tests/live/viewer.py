"""A viewer in this process: a session, and the page at its other end."""

from __future__ import annotations

import asyncio
import contextlib
import json
import time
from collections.abc import AsyncIterator, Callable, Collection
from typing import Any

from tests.live.conftest import until
from tests.live.picture import Page, plain
from visualizer.live.bus import Bus
from visualizer.live.hubs import Hubs
from visualizer.live.session import Session
from visualizer.live.threads import in_thread
from visualizer.live.wire import DIAGRAMS, DiagramName
from visualizer.log.reader import Reader
from visualizer.models import Log


class Viewer:
    """A session, and the page at its other end, which reads while ``reads`` is set."""

    def __init__(
        self,
        log: Log,
        *,
        hubs: Hubs | None = None,
        clock: Callable[[], float] = time.monotonic,
        forbidden: Collection[DiagramName] = (),
    ) -> None:
        self.session = Session(log, hubs=Hubs(Bus()) if hubs is None else hubs, clock=clock, forbidden=forbidden)
        self.page = Page()
        self.reads = asyncio.Event()
        self.reads.set()

    def say(self, op: str, **fields: Any) -> bool:
        """Say this to the session; whether it bears with it."""
        return self.session.hear(json.dumps({"op": op, **fields}))

    def heard(self, op: str) -> list[dict[str, Any]]:
        """Everything of this kind that came, in order."""
        return [told for told in self.page.heard if told["op"] == op]

    async def read(self) -> None:
        """Take what comes, for ever."""
        messages = self.session.outgoing()
        while True:
            await self.reads.wait()
            self.page.take(await anext(messages))

    async def stands(self, **place: Any) -> None:
        """Wait until the page is told this of its place."""
        await until(lambda: self.page.moved.items() >= place.items())

    async def ask(self, ref: str, *, id: int, **fields: Any) -> dict[str, Any]:  # noqa: A002 - the wire's name
        """Inspect, and give the answer."""
        assert self.say("inspect", ref=ref, id=id, **fields)
        await until(lambda: any(told.get("id") == id for told in self.page.heard))
        (answer,) = (told for told in self.page.heard if told.get("id") == id)
        return answer

    async def watch(self, *diagrams: str) -> None:
        """Subscribe, and wait for the pictures."""
        for name in diagrams or DIAGRAMS:
            self.say("subscribe", diagram=name)
        await until(lambda: set(self.page.pictures) >= set(diagrams or DIAGRAMS))

    async def sees(self, seq: int) -> bool:
        """Whether the page is told this place, and all its pictures are what the log itself has there."""
        log, page = self.session.log, self.page
        assert page.moved["seq"] == seq
        assert page.seqs == dict.fromkeys(page.pictures, seq)
        moment = await in_thread(lambda: Reader(log).seek(seq))
        return all(page.shows(name) == plain(moment.diagram(name).snapshot()) for name in page.pictures)


@contextlib.asynccontextmanager
async def watching(log: Log, *diagrams: str, **options: Any) -> AsyncIterator[Viewer]:
    """A viewer who is greeted, has these diagrams, and reads. A picture that goes wrong fails the test."""
    viewer = Viewer(log, **options)
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(viewer.session.run()), group.create_task(viewer.read())]
        await until(lambda: viewer.page.moved)
        await viewer.watch(*diagrams)
        yield viewer
        for task in tasks:
            task.cancel()
