"""Frames from one process to another through a real Redis, which may be slow, and may die."""

from __future__ import annotations

import asyncio
import contextlib
import subprocess
import sys
from collections.abc import AsyncIterator, Callable

import pytest
import redis
import structlog

from dashboard.environment import ROOT
from tests.live.conftest import LiveLog, until
from tests.live.picture import plain
from tests.live.test_hub import Watcher
from tests.team.services import RedisServer
from visualizer.live import bus as buses
from visualizer.live import redisbus
from visualizer.live.bus import Frames, Subscription
from visualizer.live.hubs import Hubs
from visualizer.live.redisbus import RedisBus
from visualizer.live.tail import Tail
from visualizer.live.threads import in_thread
from visualizer.live.wire import DIAGRAMS
from visualizer.log.reader import Reader

PUBLISH = """
import asyncio, sys
from visualizer.live.redisbus import RedisBus

async def main():
    bus = RedisBus(sys.argv[1])
    for seq in range(1, int(sys.argv[2]) + 1):
        bus.publish(7, [(seq, b"line %d" % seq)])
    await bus.close()

asyncio.run(main())
"""

Make = Callable[[], RedisBus]


@pytest.fixture
async def make_bus(redis_server: RedisServer) -> AsyncIterator[Make]:
    """Buses as of several processes: they share nothing but Redis."""
    made: list[RedisBus] = []

    def make() -> RedisBus:
        made.append(RedisBus(redis_server.url))
        return made[-1]

    yield make
    await asyncio.gather(*(bus.close() for bus in made))


async def begun(subscription: Subscription) -> None:
    """Return when the subscription has been told that what came before it is to be read from the log."""
    async with asyncio.timeout(20):
        while not subscription.forget_gap():
            assert not await subscription.next()


async def received(subscription: Subscription, until_seq: int) -> list[tuple[int, bytes]]:
    """Every frame that comes, up to this one."""
    frames: list[tuple[int, bytes]] = []
    async with asyncio.timeout(20):
        while not frames or frames[-1][0] < until_seq:
            frames += await subscription.next()
    return frames


async def test_frames_of_one_log_come_in_order_and_those_of_others_apart(make_bus: Make) -> None:
    writer, reader = make_bus(), make_bus()
    with reader.subscribe(1) as first, reader.subscribe(1) as second, reader.subscribe(2) as other:
        for subscription in (first, second, other):
            await begun(subscription)
        for seq in range(1, 301):
            writer.publish(1, [(2 * seq - 1, b"a"), (2 * seq, b"b")])
        writer.publish(2, [(9, b"z")])
        wanted = [(seq, b"a" if seq % 2 else b"b") for seq in range(1, 601)]
        assert await received(first, 600) == wanted
        assert await received(second, 600) == wanted
        assert await received(other, 9) == [(9, b"z")]
        assert not first.forget_gap()


async def test_what_is_published_reaches_the_same_process_too(make_bus: Make) -> None:
    bus = make_bus()
    with bus.subscribe(1) as subscription:
        await begun(subscription)
        bus.publish(1, [(1, b"a")])
        assert await received(subscription, 1) == [(1, b"a")]


async def test_a_log_is_followed_while_another_is_waited_for(make_bus: Make) -> None:
    bus = make_bus()
    with bus.subscribe(1) as first:
        await begun(first)
        with bus.subscribe(2) as second:
            async with asyncio.timeout(redisbus.BLOCK_SECONDS / 2):  # less than the reader blocks: it was woken
                await begun(second)


async def test_another_processes_frames_arrive_and_it_sends_all_before_it_ends(
    redis_server: RedisServer, make_bus: Make
) -> None:
    with make_bus().subscribe(7) as subscription:
        await begun(subscription)
        arguments = [sys.executable, "-c", PUBLISH, redis_server.url, "500"]
        await asyncio.to_thread(subprocess.run, arguments, cwd=ROOT, check=True)
        assert await received(subscription, 500) == [(seq, b"line %d" % seq) for seq in range(1, 501)]


async def test_a_new_follower_is_told_to_read_the_log_first(make_bus: Make) -> None:
    writer, reader = make_bus(), make_bus()
    writer.publish(1, [(1, b"a")])
    await writer.close()
    with reader.subscribe(1) as subscription:
        await begun(subscription)
        writer.publish(1, [(2, b"b")])
        assert await received(subscription, 2) == [(2, b"b")]


async def test_who_is_too_slow_is_told_that_frames_are_missing(make_bus: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(buses, "MAX_WAITING_BATCHES", 3)
    writer, reader = make_bus(), make_bus()
    with reader.subscribe(1) as slow:
        await begun(slow)
        for seq in range(1, 11):
            writer.publish(1, [(seq, b"a")])
        await until(lambda: slow._has_gap)
        assert slow.take_all() == [[(1, b"a")], [(2, b"a")], [(3, b"a")]]
        assert slow.forget_gap()


async def test_a_large_batch_is_announced_and_left_to_the_log(
    redis_server: RedisServer, make_bus: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(redisbus, "MAX_BATCH_BYTES", 10)
    bus = make_bus()
    with bus.subscribe(1) as subscription:
        await begun(subscription)
        bus.publish(1, [(1, b"x" * 11)])
        await begun(subscription)
        bus.publish(1, [(2, b"x" * 10)])
        assert await received(subscription, 2) == [(2, b"x" * 10)]
        assert not subscription.forget_gap()


async def test_what_is_no_batch_is_logged_and_read_from_the_log(redis_server: RedisServer, make_bus: Make) -> None:
    bus = make_bus()
    with bus.subscribe(1) as subscription, redis.Redis.from_url(redis_server.url) as stranger:
        await begun(subscription)
        with structlog.testing.capture_logs() as logged:
            stranger.xadd("orrery:log:1", {"frames": b"what is this?"})
            await begun(subscription)
        assert [entry["event"] for entry in logged] == ["bus_unreadable"]


async def test_streams_do_not_grow_without_bound_and_do_not_stay_for_ever(
    redis_server: RedisServer, make_bus: Make
) -> None:
    bus = make_bus()
    for seq in range(1, 3 * redisbus.STREAM_BATCHES):
        bus.publish(1, [(seq, b"a")])
        await until(lambda: len(bus._unsent.get(1, ())) < 500)
    await bus.close()
    with redis.Redis.from_url(redis_server.url) as client:
        assert client.xlen("orrery:log:1") < 1.2 * redisbus.STREAM_BATCHES
        assert 0 < client.ttl("orrery:log:1") <= redisbus.STREAM_SECONDS


async def test_while_redis_is_away_only_the_newest_batch_of_each_log_is_held(
    redis_server: RedisServer, make_bus: Make
) -> None:
    redis_server.kill()
    bus = make_bus()
    with structlog.testing.capture_logs() as logged:
        for seq in range(1, 101):
            bus.publish(1, [(seq, b"a")])
            bus.publish(2, [(seq, b"b")])
        await until(lambda: logged)
        assert {log_id: list(waiting) for log_id, waiting in bus._unsent.items()} == {
            1: [[(100, b"a")]],
            2: [[(100, b"b")]],
        }
        await redis_server.restart()
        await until(lambda: not bus._unsent)
    assert {(entry["event"], entry["during"]) for entry in logged} == {("bus_lost", "sending")}


@contextlib.asynccontextmanager
async def hub_in_another_process(live: LiveLog, bus: RedisBus) -> AsyncIterator[Watcher]:
    """A viewer of the log's end, in a web process."""
    hubs = Hubs(bus)
    yield Watcher(await hubs.open(live.log))
    for task in list(hubs._tasks):
        task.cancel()
    await asyncio.gather(*hubs._tasks, return_exceptions=True)


async def assert_sees_the_log(watcher: Watcher, live: LiveLog) -> None:
    """The viewer's picture comes to be that of the log's end, played from its start."""
    await until(lambda: watcher.hub.moment.seq == live.log.last_seq == watcher.hub._sent_seq)
    await watcher.take()
    await watcher.take()
    assert watcher.sees_what_the_hub_has()
    played = await in_thread(lambda: Reader(live.log).play_from_start(live.log.last_seq))
    for name in DIAGRAMS:
        assert plain(watcher.hub.moment.diagram(name).snapshot()) == plain(played.diagram(name).snapshot())


async def add(live: LiveLog, tail: Tail, count: int) -> Frames:
    """So many of the frames to come."""
    batch, live.to_come = live.to_come[:count], live.to_come[count:]
    assert batch
    return await tail.add(batch)


async def test_no_frame_is_lost_when_redis_is_killed_and_comes_back(
    live: LiveLog, redis_server: RedisServer, make_bus: Make
) -> None:
    tail = Tail(live.writer, make_bus())
    with structlog.testing.capture_logs():
        async with hub_in_another_process(live, make_bus()) as watcher:
            await add(live, tail, 5)
            await assert_sees_the_log(watcher, live)
            for _ in range(3):
                redis_server.kill()
                await add(live, tail, 4)
                await add(live, tail, 3)
                await redis_server.restart()
                await assert_sees_the_log(watcher, live)  # though nothing is published any more
                await add(live, tail, 2)
                await assert_sees_the_log(watcher, live)


async def test_no_frame_is_lost_when_redis_dies_between_two_batches_of_many(
    live: LiveLog, redis_server: RedisServer, make_bus: Make
) -> None:
    tail = Tail(live.writer, make_bus())
    with structlog.testing.capture_logs():
        async with hub_in_another_process(live, make_bus()) as watcher:
            while live.to_come:
                await add(live, tail, 1)
                if len(live.to_come) % 40 == 0:
                    redis_server.kill()
                    await redis_server.restart()
            await assert_sees_the_log(watcher, live)


async def test_a_large_batch_is_in_the_viewers_picture(
    live: LiveLog, make_bus: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(redisbus, "MAX_BATCH_BYTES", 1_000)
    tail = Tail(live.writer, make_bus())
    async with hub_in_another_process(live, make_bus()) as watcher:
        await add(live, tail, 30)
        await assert_sees_the_log(watcher, live)
