"""The server as it runs, over real sockets: the protocol holds, and no viewer can harm another."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import json
import random
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from bench.generator import Generator, Size
from tests.cluster import START_TS, metadata
from tests.live.picture import Page, decode
from tests.live.process import Server, serving
from tests.log.recordings import event, header, listing, pack

LARGE = Size(nodes=100, applications=1_800, replicas=5, others=200)
HEAVY = "v1/configmaps:shop/heavy"
HEAVY_BYTES = 1_000_000
QUESTIONS = 30
SECONDS = 20.0


@pytest.fixture(scope="module")
def large_recording(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A cluster of 9,000 Pods, and some time of it."""
    path = tmp_path_factory.mktemp("recording") / "large.jsonl.zst"
    Generator(LARGE).write(path, events=200)
    return path


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server with the shipped recordings. Whatever viewers do, it logs no failure."""
    with serving(tmp_path_factory.mktemp("data")) as server:
        yield server


@pytest.fixture(scope="module")
def large(server: Server, large_recording: Path) -> str:
    """The log of the large recording."""
    return server.upload(large_recording)


@pytest.fixture(scope="module")
def heavy(server: Server, tmp_path_factory: pytest.TempPathFactory) -> str:
    """A log with an object whose inspection is large, also when it is compressed."""
    text = base64.b64encode(random.Random(1).randbytes(HEAVY_BYTES)).decode()
    listed = listing({"metadata": metadata("heavy"), "data": {"text": text}})
    later = [event({"metadata": metadata(f"light-{n}")}, ts=START_TS + n) for n in range(200)]
    path = tmp_path_factory.mktemp("recording") / "heavy.jsonl.zst"
    path.write_bytes(pack(header(), listed, *later))
    return server.upload(path)


class Viewer:
    """A websocket, and the page at this end of it."""

    def __init__(self, connection: ClientConnection) -> None:
        self.connection = connection
        self.page = Page()

    async def say(self, op: str, **fields: Any) -> None:
        """Say this to the server."""
        await self.connection.send(json.dumps({"op": op, **fields}))

    async def read_until(self, condition: Callable[[], object]) -> None:
        """Read until the condition holds."""
        async with asyncio.timeout(SECONDS):
            while not condition():
                self.page.take(await self.connection.recv())

    async def stands(self, **place: Any) -> None:
        """Read until the page is told this of its place."""
        await self.read_until(lambda: self.page.moved.items() >= place.items())

    async def watch(self) -> None:
        """Subscribe to everything, and read until the pictures are there."""
        for diagram in ("flow", "nodes"):
            await self.say("subscribe", diagram=diagram)
        await self.read_until(lambda: self.page.moved and len(self.page.pictures) == 2)

    async def closing_code(self) -> int:
        """Read until the server closes the socket; the code that it gives."""
        with pytest.raises(ConnectionClosed) as closed:
            await self.read_until(lambda: False)
        assert closed.value.rcvd, "the server went without a word"
        return closed.value.rcvd.code


@contextlib.asynccontextmanager
async def viewing(server: Server, slug: str, **options: Any) -> AsyncIterator[Viewer]:
    """A viewer of a log."""
    address = f"ws://127.0.0.1:{server.port}/ws/logs/{slug}/"
    given = {"origin": server.address, "compression": None, "max_size": None, "close_timeout": 1, **options}
    async with connect(address, **given) as connection:
        yield Viewer(connection)


async def test_a_page_of_another_site_cannot_open_a_socket(server: Server) -> None:
    for origin in ("http://elsewhere.example", f"http://127.0.0.1.elsewhere.example:{server.port}", "null"):
        with pytest.raises(InvalidStatus) as refused:
            async with viewing(server, "deploy", origin=origin):
                pass
        assert refused.value.response.status_code == 403


async def test_a_log_that_is_not_there_is_said_with_a_code_of_its_own(server: Server) -> None:
    async with viewing(server, "nowhere") as viewer:
        assert await viewer.closing_code() == 4404


async def test_a_viewer_who_floods_is_sent_away_and_another_stays(server: Server) -> None:
    async with viewing(server, "deploy") as calm, viewing(server, "deploy") as flooding:
        with contextlib.suppress(ConnectionClosed):
            for _ in range(500):
                await flooding.say("pause")
        assert await flooding.closing_code() == 1008
        await calm.watch()


@pytest.mark.parametrize(("size", "code"), [(65_537, 1008), (200_000, 1009)])
async def test_a_message_that_is_too_large_is_refused(server: Server, size: int, code: int) -> None:
    async with viewing(server, "deploy") as viewer:
        await viewer.connection.send("x" * size)
        assert await viewer.closing_code() == code


async def test_a_message_of_the_largest_size_is_answered(server: Server) -> None:
    async with viewing(server, "deploy") as viewer:
        await viewer.connection.send("x" * 65_536)
        await viewer.read_until(lambda: any(told["op"] == "problem" for told in viewer.page.heard))


async def test_a_recording_is_played_from_hello_to_its_end_as_the_protocol_says(server: Server) -> None:
    async with viewing(server, "deploy") as viewer, viewing(server, "deploy") as other:
        await viewer.watch()
        hello = viewer.page.heard[0]
        assert (hello["op"], hello["slug"]) == ("hello", "deploy")
        await viewer.say("play", speed=100)
        await viewer.stands(mode="paused", seq=hello["lastSeq"])
        assert [told["op"] for told in viewer.page.heard].count("snapshot") == 2
        await other.say("seek", seq=hello["lastSeq"])
        await other.stands(seq=hello["lastSeq"])
        await other.watch()
        assert other.page.seqs == viewer.page.seqs == {"flow": hello["lastSeq"], "nodes": hello["lastSeq"]}
        assert {name: viewer.page.shows(name) for name in viewer.page.pictures} == {
            name: other.page.shows(name) for name in other.page.pictures
        }


async def test_a_picture_larger_than_what_a_viewer_may_send_comes_whole(server: Server, large: str) -> None:
    async with viewing(server, large) as viewer:
        await viewer.say("subscribe", diagram="nodes")
        async with asyncio.timeout(SECONDS):
            while isinstance(message := await viewer.connection.recv(), str):
                viewer.page.take(message)
        assert len(message) > 1 << 17
        assert [told["op"] for told in decode(message)] == ["snapshot"]
        viewer.page.take(message)
        pods = max(viewer.page.shows("nodes").values(), key=len)
        assert len(pods) >= LARGE.pods


async def test_viewers_who_stop_reading_cost_little_and_hold_nobody_up(server: Server, heavy: str) -> None:
    async with contextlib.AsyncExitStack() as stack:
        reading = await stack.enter_async_context(viewing(server, heavy))
        stopped = [await stack.enter_async_context(viewing(server, heavy, max_queue=1)) for _ in range(4)]
        for viewer in (reading, *stopped):
            await viewer.watch()
        await asyncio.gather(*(answers(viewer, 5) for viewer in (reading, *stopped)))  # threads have their memory now
        before = server.resident_mb
        for viewer in stopped:
            await viewer.say("play", speed=100)
            for number in range(QUESTIONS):
                await viewer.say("inspect", id=1_000 + number, ref=HEAVY)
        slowest = await answers(reading, QUESTIONS)
        grown = server.resident_mb - before
        assert grown < 0.4 * len(stopped) * QUESTIONS * HEAVY_BYTES / 1e6, "what nobody takes is not made"
        assert slowest < 5
        for viewer in stopped:
            viewer.connection.transport.abort()


async def answers(viewer: Viewer, count: int) -> float:
    """Ask one question after another; the seconds that the slowest answer took."""
    loop = asyncio.get_running_loop()
    seconds: list[float] = []
    for number in range(count):
        asked = loop.time()
        await viewer.say("inspect", id=number, ref=HEAVY)
        await viewer.read_until(lambda number=number: viewer.page.heard[-1].get("id") == number)
        assert viewer.page.heard[-1]["op"] == "inspection"
        seconds.append(loop.time() - asked)
    return max(seconds)


async def test_viewers_who_leave_in_the_middle_of_a_sentence_are_no_failure(server: Server) -> None:
    for number in range(30):
        async with viewing(server, "deploy") as viewer:
            await viewer.watch()
            for seq in range(60, 60 + number):
                await viewer.say("seek", seq=seq)
            if number % 2:
                viewer.connection.transport.abort()
    async with viewing(server, "deploy") as viewer:
        await viewer.watch()
    assert "viewer_failed" not in server.output.read_text()


async def test_a_log_that_is_deleted_while_it_is_watched_harms_nobody(server: Server, large_recording: Path) -> None:
    slug = await asyncio.to_thread(server.upload, large_recording)
    async with viewing(server, slug) as viewer, viewing(server, "deploy") as other:
        await viewer.watch()
        await asyncio.to_thread(server.delete, slug)
        for seq in (viewer.page.moved["lastSeq"], 1_000):
            await viewer.say("seek", seq=seq)
        assert await viewer.closing_code() in (4404, 1011)
        assert all(told["seq"] for told in viewer.page.heard if told["op"] == "snapshot"), "no empty picture"
        await other.watch()
    async with viewing(server, slug) as again:
        assert await again.closing_code() == 4404


async def test_a_server_that_is_stopped_ends_at_once_and_its_data_is_there_at_the_next_start(tmp_path: Path) -> None:
    server = Server(tmp_path)
    server.start()
    async with viewing(server, "deploy") as playing, viewing(server, "deploy"):
        await playing.watch()
        await playing.say("play", speed=0.1)
        await playing.stands(mode="playing")
        assert await asyncio.to_thread(server.stop) == 0
    with serving(tmp_path) as again:
        assert "imported" not in again.output.read_text(), "everything is there already"
        async with viewing(again, "deploy") as viewer:
            await viewer.watch()
