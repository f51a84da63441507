"""A live log's end, for many viewers at once: late where it must be, and never wrong."""

from __future__ import annotations

import asyncio
import contextlib
import random
import threading
from collections.abc import AsyncIterator

import pytest
import structlog

from tests.live.conftest import LiveLog, until
from tests.live.picture import Page, plain
from visualizer.live import bus as buses
from visualizer.live import hub as hub_module
from visualizer.live import pictures
from visualizer.live.bus import Bus
from visualizer.live.encoding import encode_message
from visualizer.live.hub import Hub
from visualizer.live.hubs import Hubs
from visualizer.live.outbox import Backlog, Outbox, SnapshotWish, Update
from visualizer.live.tail import Tail
from visualizer.live.threads import in_thread
from visualizer.live.wire import DIAGRAMS, Moved
from visualizer.log.reader import Reader
from visualizer.moment import DERIVED, REMEMBERING
from visualizer.nodes.diagram import NodesDiagram
from visualizer.store import Store


@pytest.fixture(autouse=True)
def short_tick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tests do not wait for the eye."""
    monkeypatch.setattr(hub_module, "TICK_SECONDS", 0.002)


class Watcher:
    """A live viewer who takes what waits when it is told to."""

    def __init__(self, hub: Hub) -> None:
        self.hub, self.outbox, self.page = hub, Outbox(), Page()
        hub.attach(self.outbox, DIAGRAMS)

    async def take(self) -> None:
        """Everything that waits."""
        for waiting in self.outbox.take():
            if isinstance(waiting, SnapshotWish):
                self.page.take(await self.hub.snapshot(self.outbox, waiting.diagram))
            elif isinstance(waiting, Update | Backlog):
                self.page.take(waiting.encoded())
            else:
                self.page.take(encode_message(waiting) if isinstance(waiting, Moved) else waiting)

    def sees_what_the_hub_has(self) -> bool:
        """Whether every picture is the hub's."""
        moment = self.hub.moment
        return all(
            self.page.seqs[name] == moment.seq and self.page.shows(name) == plain(moment.diagram(name).snapshot())
            for name in DIAGRAMS
        )


@contextlib.asynccontextmanager
async def following(live: LiveLog, bus: Bus, **options: float) -> AsyncIterator[tuple[Hubs, Hub]]:
    """The hub of this log."""
    hubs = Hubs(bus, **options)
    yield hubs, await hubs.open(live.log)
    for task in list(hubs._tasks):
        task.cancel()
    await asyncio.gather(*hubs._tasks, return_exceptions=True)


@pytest.mark.parametrize("seed", range(6))
async def test_every_viewers_picture_ends_as_the_hubs_however_slowly_they_take(live: LiveLog, seed: int) -> None:
    chance = random.Random(seed)
    bus = Bus()
    tail = Tail(live.writer, bus)
    async with following(live, bus) as (_, hub):
        watchers = [Watcher(hub) for _ in range(3)]
        patience = [1.0, 0.3, 0.02]
        while live.to_come:
            count = chance.randint(1, 9)
            batch, live.to_come = live.to_come[:count], live.to_come[count:]
            frames = await tail.add(batch)
            if chance.random() < 0.5:
                await until(lambda last=frames[-1][0]: hub.moment.seq == last)
            if chance.random() < 0.1:
                watchers.append(Watcher(hub))
                patience.append(chance.random())
            for watcher, chosen in zip(watchers, patience, strict=True):
                if chance.random() < chosen:
                    await watcher.take()
        await until(lambda: hub.moment.seq == live.log.last_seq == hub._sent_seq)
        for watcher in watchers:
            await watcher.take()
            await watcher.take()  # a snapshot may be followed by what altered since
            assert watcher.sees_what_the_hub_has()
            assert watcher.page.moved["seq"] == live.log.last_seq
            assert watcher.page.moved["mode"] == "live"
    played = await in_thread(lambda: Reader(live.log).play_from_start(live.log.last_seq))
    assert plain(hub.moment.diagram("nodes").snapshot()) == plain(played.diagram("nodes").snapshot())


async def test_a_delta_is_encoded_once_for_all_who_keep_up(live: LiveLog) -> None:
    bus = Bus()
    async with following(live, bus) as (_, hub):
        watchers = [Watcher(hub) for _ in range(5)]
        for watcher in watchers:
            await watcher.take()
        await Tail(live.writer, bus).add(live.to_come[:5])
        await until(lambda: hub._sent_seq == live.log.last_seq)
        taken = [watcher.outbox.take() for watcher in watchers]
        assert all(waiting == taken[0] for waiting in taken), "the very same updates"


async def test_a_snapshot_is_encoded_once_for_all_who_come_at_about_the_same_time(
    live: LiveLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    encoded: list[str] = []
    encode = pictures.encode_snapshot

    def count(diagram: str, *arguments: object, **options: object) -> object:
        encoded.append(diagram)
        return encode(diagram, *arguments, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(pictures, "encode_snapshot", count)
    bus = Bus()
    tail = Tail(live.writer, bus)
    async with following(live, bus) as (_, hub):
        watchers = []
        for _ in range(10):
            newcomers = [Watcher(hub) for _ in range(3)]
            await asyncio.gather(*(watcher.take() for watcher in newcomers))
            watchers += newcomers
            await tail.add([live.to_come.pop(0)])
            await until(lambda: hub._sent_seq == live.log.last_seq)
        assert sorted(encoded) == sorted(DIAGRAMS)
        for watcher in watchers:
            await watcher.take()
            assert watcher.sees_what_the_hub_has()


async def test_a_worn_snapshot_is_made_anew(live: LiveLog, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("visualizer.live.outbox.MAX_WAITING_ROWS", 3)
    bus = Bus()
    async with following(live, bus) as (_, hub):
        await Watcher(hub).take()
        tail, half = Tail(live.writer, bus), len(live.to_come) // 2
        for frames in (live.to_come[:half], live.to_come[half:]):
            await tail.add(frames)
            await until(lambda: hub._sent_seq == live.log.last_seq)
        assert hub._pictures.keys() == DERIVED.keys() - {"nodes", "routing"}, "where nothing altered, nothing wears"
        late = Watcher(hub)
        await late.take()
        await late.take()
        assert late.sees_what_the_hub_has()


async def test_a_snapshot_that_is_worn_before_it_is_encoded_is_not_sent(
    live: LiveLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("visualizer.live.outbox.MAX_WAITING_ROWS", 3)
    begun, may_end = threading.Event(), threading.Event()
    encode = pictures.encode_snapshot

    def encode_late(*arguments: object, **options: object) -> object:
        begun.set()
        may_end.wait(20)
        return encode(*arguments, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(pictures, "encode_snapshot", encode_late)
    bus = Bus()
    async with following(live, bus) as (_, hub):
        watcher = Watcher(hub)
        taking = asyncio.create_task(watcher.take())
        await until(begun.is_set)
        tail, half = Tail(live.writer, bus), len(live.to_come) // 2
        for frames in (live.to_come[:half], live.to_come[half:]):
            await tail.add(frames)
            await until(lambda: hub._sent_seq == live.log.last_seq)
        may_end.set()
        await taking
        await watcher.take()
        assert watcher.sees_what_the_hub_has()


async def test_a_diagram_is_kept_while_somebody_looks_at_it(live: LiveLog, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hub_module, "UNWATCHED_TICKS", 3)
    bus = Bus()
    tail = Tail(live.writer, bus)

    async def let_pass(ticks: int) -> None:
        for _ in range(ticks):
            await tail.add([live.to_come.pop(0)])
            await until(lambda: hub._sent_seq == live.log.last_seq)

    async with following(live, bus) as (_, hub):
        assert set(hub.moment.kept) == set(REMEMBERING)
        watcher = Watcher(hub)
        await watcher.take()
        await let_pass(10)
        assert set(hub.moment.kept) == set(DIAGRAMS)
        for name in DERIVED:
            hub.unsubscribe(watcher.outbox, name)
        await let_pass(3)
        assert set(hub.moment.kept) == set(DIAGRAMS), "one who comes back soon finds it"
        await let_pass(1)
        assert set(hub.moment.kept) == set(REMEMBERING)
        for name in DERIVED:
            hub.subscribe(watcher.outbox, name)
        await watcher.take()
        await let_pass(10)
        await watcher.take()
        assert watcher.sees_what_the_hub_has()


async def test_one_who_leaves_while_a_diagram_is_built_for_him_does_not_harm_it(
    live: LiveLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, may_end = threading.Event(), threading.Event()
    build = NodesDiagram.build.__func__  # type: ignore[attr-defined]

    def build_late(cls: type[NodesDiagram], store: Store) -> NodesDiagram:
        built: NodesDiagram = build(cls, store)
        begun.set()
        may_end.wait(20)
        return built

    monkeypatch.setattr(NodesDiagram, "build", classmethod(build_late))
    bus = Bus()
    async with following(live, bus) as (_, hub):
        leaving = asyncio.create_task(hub.snapshot(Outbox(), "nodes"))
        await until(begun.is_set)
        leaving.cancel()
        await asyncio.gather(leaving, return_exceptions=True)
        await Tail(live.writer, bus).add(live.to_come)
        await until(lambda: hub._turn._waiters)  # it has news, and the moment stands still while it is read
        may_end.set()
        await until(lambda: hub._sent_seq == live.log.last_seq)
        watcher = Watcher(hub)
        await watcher.take()
        await watcher.take()  # what altered since
        assert watcher.sees_what_the_hub_has()
        wanted = NodesDiagram.build(hub.moment.store).snapshot()
        assert plain(hub.moment.diagram("nodes").snapshot()) == plain(wanted)


async def test_frames_that_the_bus_dropped_are_read_from_the_log(
    live: LiveLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(buses, "MAX_WAITING_BATCHES", 2)
    bus = Bus()
    async with following(live, bus) as (_, hub):
        watcher = Watcher(hub)
        frames = await Tail(live.writer, Bus()).add(live.to_come)  # nobody is told
        with structlog.testing.capture_logs() as logged:
            for frame in frames[:40]:
                bus.publish(live.log.pk, [frame])  # more than the subscription holds, before the hub has its turn
            await until(lambda: hub.moment.seq == live.log.last_seq == hub._sent_seq)
        assert [entry["event"] for entry in logged] == ["hub_gap"]
        await watcher.take()
        assert watcher.sees_what_the_hub_has()


async def test_frames_that_are_published_while_the_hub_opens_are_not_lost(live: LiveLog) -> None:
    bus = Bus()
    hubs = Hubs(bus)
    opening = asyncio.create_task(hubs.open(live.log))
    await until(lambda: live.log.pk in bus._subscriptions)
    await Tail(live.writer, bus).add(live.to_come[:20])
    hub = await opening
    await until(lambda: hub.moment.seq == live.log.last_seq)


async def test_a_hub_that_cannot_know_the_logs_end_sends_its_viewers_away(live: LiveLog) -> None:
    bus = Bus()
    async with following(live, bus) as (hubs, hub):
        watcher = Watcher(hub)
        with structlog.testing.capture_logs() as logged:
            bus.publish(live.log.pk, [(hub.moment.seq + 5, live.to_come[0])])
            await until(lambda: watcher.outbox.is_closed)
        assert [entry["event"] for entry in logged] == ["hub_gap", "hub_failed"]
        await until(lambda: len(hubs) == 0)
        again = await hubs.open(live.log)
        assert again is not hub, "who connects again gets a new one"


async def test_a_hub_outlives_its_last_viewer_a_little_and_then_goes(live: LiveLog) -> None:
    bus = Bus()
    async with following(live, bus, linger_seconds=0.1) as (hubs, hub):
        outbox = Outbox()
        hub.attach(outbox, DIAGRAMS)
        hub.detach(outbox)
        assert await hubs.open(live.log) is hub, "a page that was only reloaded finds it again"
        await until(lambda: len(hubs) == 0)
        assert not bus._subscriptions
        assert await hubs.open(live.log) is not hub


async def test_a_hub_stays_while_it_is_watched(live: LiveLog) -> None:
    async with following(live, Bus(), linger_seconds=0.02) as (hubs, hub):
        hub.attach(Outbox(), DIAGRAMS)
        with contextlib.suppress(TimeoutError):
            await until(lambda: len(hubs) == 0, seconds=0.3)
        assert await hubs.open(live.log) is hub


async def test_a_hub_that_cannot_start_tells_who_asked_and_may_be_asked_again(
    live: LiveLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    hubs = Hubs(Bus())
    with monkeypatch.context() as broken:
        broken.setattr(Reader, "seek", lambda *_: (_ for _ in ()).throw(OSError("the disk is gone")))
        with pytest.raises(OSError, match="the disk is gone"):
            await hubs.open(live.log)
    hub = await hubs.open(live.log)
    assert hub.moment.seq == live.log.last_seq


async def test_one_who_leaves_a_diagram_gets_no_more_of_it(live: LiveLog) -> None:
    bus = Bus()
    async with following(live, bus) as (_, hub):
        watcher = Watcher(hub)
        await watcher.take()
        hub.unsubscribe(watcher.outbox, "flow")
        await Tail(live.writer, bus).add(live.to_come[:10])
        await until(lambda: hub._sent_seq == live.log.last_seq)
        waiting = watcher.outbox.take()
        assert {held.diagram for held in waiting if isinstance(held, Update)} == {*DIAGRAMS} - {"flow"}
