"""The bus between processes, on Redis Streams: what a watcher writes reaches the viewers of every web process.

A stream for each log, cut at about a thousand batches. Redis need not keep anything: the log has every frame, and
whoever might have missed some (Redis was away, the stream was cut, a batch is large) is told so, and reads them there.
What is published reaches subscribers in the same process by way of Redis too, so that all see one order.

This rests on one rule: the newest batch of each log is kept until Redis has taken it, however long that takes. So a
subscriber sees either every batch, or a later one, or is told of a gap.
"""

from __future__ import annotations

import asyncio
import random
import secrets
import zlib
from collections import deque
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager, suppress
from itertools import count
from typing import Any, Final, TypeAlias

import msgspec
import structlog
from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from visualizer.live.bus import MAX_WAITING_BATCHES, Bus, Frames, Subscription

STREAM_BATCHES: Final = 1_000
"""About how many batches a stream keeps, for readers who are behind."""
STREAM_SECONDS: Final = 3_600
"""How long a stream stays after its last batch: the log may be gone for good."""
MAX_BATCH_BYTES: Final = 1 << 19
"""A larger batch, such as an opening list, is only announced: its frames are read from the log."""
BLOCK_SECONDS: Final = 5.0
ANSWER_SECONDS: Final = 5.0
"""How long Redis may take for an answer before the connection counts as lost."""
MOST_PAUSE_SECONDS: Final = 2.0
READ_BATCHES: Final = 50

Work: TypeAlias = Callable[[Redis], Awaitable[None]]

_FIELD: Final = b"frames"
_BEGINNING: Final = b"0-0"
_log = structlog.get_logger()
_frames: Final = msgspec.msgpack.Decoder(list[tuple[int, bytes]])


class RedisBus(Bus):
    """Topics by log id, for any number of processes; each has one, for one event loop."""

    def __init__(self, url: str) -> None:
        super().__init__()
        self._url = url
        self._unsent: dict[int, deque[Frames]] = {}
        self._must_wake = False
        self._has_work = asyncio.Event()
        self._wake_stream = b"orrery:wake:" + secrets.token_hex(8).encode()
        self._positions: dict[bytes, bytes] = {}  # up to where each stream has been read
        self._tasks: dict[str, asyncio.Task[None]] = {}

    def publish(self, log_id: int, frames: Frames) -> None:
        """Have frames, which the log already has, brought to every follower of the log."""
        if not frames:
            return
        self._unsent.setdefault(log_id, deque(maxlen=MAX_WAITING_BATCHES)).append(frames)
        self._has_work.set()
        self._ensure("sending", self._send, lost=self._hold_newest)

    @contextmanager
    def subscribe(self, log_id: int) -> Iterator[Subscription]:
        """Follow a log for as long as the block lasts. A gap is told as soon as the following has begun."""
        with super().subscribe(log_id) as subscription:
            self._must_wake = True
            self._has_work.set()
            self._ensure("sending", self._send, lost=self._hold_newest)
            self._ensure("reading", self._read, lost=self._positions.clear)
            yield subscription

    async def close(self) -> None:
        """Send what waits, if Redis takes it now, and end."""
        for name in list(self._tasks):
            await self._end(name)
        if not self._unsent:
            return
        with suppress(RedisError, OSError, TimeoutError):
            async with asyncio.timeout(ANSWER_SECONDS), self._client() as redis:
                await self._send_all(redis)

    def _ensure(self, name: str, work: Work, *, lost: Callable[[], None]) -> None:
        if name not in self._tasks:
            self._tasks[name] = asyncio.get_running_loop().create_task(self._keep(name, work, lost))

    async def _end(self, name: str) -> None:
        task = self._tasks.pop(name)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    async def _keep(self, name: str, work: Work, lost: Callable[[], None]) -> None:
        """Do this work again and again on one connection; when that is lost, on another, after a growing pause."""
        pauses = _pauses()
        while True:
            try:
                async with self._client() as redis:
                    while True:
                        await work(redis)
                        pauses = _pauses()
            except (RedisError, OSError, TimeoutError) as error:
                _log.warning("bus_lost", during=name, problem=str(error) or type(error).__name__)
            lost()
            await asyncio.sleep(next(pauses))

    def _client(self) -> Redis:
        """One connection, which tells every failure: one that comes back quietly would hide what was missed."""
        return Redis.from_url(
            self._url,
            single_connection_client=True,
            socket_timeout=None,
            socket_connect_timeout=ANSWER_SECONDS,
            retry=Retry(NoBackoff(), 0),
            protocol=2,
        )

    async def _send(self, redis: Redis) -> None:
        await self._has_work.wait()
        await self._send_all(redis)
        if not self._unsent and not self._must_wake:
            self._has_work.clear()

    def _hold_newest(self) -> None:
        """The newest batch shows the gap, so the others need not fill memory while Redis is away."""
        for waiting in self._unsent.values():
            while len(waiting) > 1:
                waiting.popleft()

    async def _send_all(self, redis: Redis) -> None:
        if self._must_wake:
            await self._add(redis, self._wake_stream, b"", length=1)
            self._must_wake = False
        while self._unsent:
            log_id, waiting = next(iter(self._unsent.items()))
            if not waiting:
                del self._unsent[log_id]
                continue
            batch = waiting[0]
            await self._add(redis, _stream(log_id), _pack(batch), length=STREAM_BATCHES)
            if waiting and waiting[0] is batch:  # it is not when so many came meanwhile that it was pushed out
                waiting.popleft()

    async def _add(self, redis: Redis, stream: bytes, packed: bytes, *, length: int) -> None:
        async with asyncio.timeout(ANSWER_SECONDS):
            await redis.xadd(stream, {_FIELD: packed}, maxlen=length, approximate=True)
            await redis.expire(stream, STREAM_SECONDS)

    async def _read(self, redis: Redis) -> None:
        await self._find_positions(redis)
        async with asyncio.timeout(BLOCK_SECONDS + ANSWER_SECONDS):
            positions: Any = self._positions
            block = round(BLOCK_SECONDS * 1_000)
            answer: Any = await redis.xread(positions, count=READ_BATCHES, block=block)
        for stream, entries in answer:
            self._positions[stream] = entries[-1][0]
            if stream != self._wake_stream:
                for _, fields in entries:
                    self._deliver(_log_id(stream), fields.get(_FIELD, b""))

    async def _find_positions(self, redis: Redis) -> None:
        """Begin with the streams that are followed since the last time, and leave those that no longer are."""
        wanted = {_stream(log_id): log_id for log_id in self._subscriptions}
        for stream in self._positions.keys() - wanted.keys() - {self._wake_stream}:
            del self._positions[stream]
        self._positions.setdefault(self._wake_stream, _BEGINNING)
        for stream in wanted.keys() - self._positions.keys():
            async with asyncio.timeout(ANSWER_SECONDS):
                newest: Any = await redis.xrevrange(stream, count=1)
            self._positions[stream] = newest[0][0] if newest else _BEGINNING
            self._tell_gap(wanted[stream])

    def _deliver(self, log_id: int, packed: bytes) -> None:
        try:
            frames = _frames.decode(zlib.decompress(packed)) if packed else []
        except (zlib.error, msgspec.DecodeError) as error:
            _log.error("bus_unreadable", log_id=log_id, problem=str(error))
            frames = []
        if frames:
            super().publish(log_id, frames)
        else:
            self._tell_gap(log_id)

    def _tell_gap(self, log_id: int) -> None:
        for subscription in self._subscriptions.get(log_id, ()):
            subscription.note_gap()


def _pack(frames: Frames) -> bytes:
    """The batch as it travels; nothing, where its frames had better be read from the log."""
    if sum(len(line) for _, line in frames) > MAX_BATCH_BYTES:
        return b""
    return zlib.compress(msgspec.msgpack.encode(frames), 1)


def _stream(log_id: int) -> bytes:
    return b"orrery:log:%d" % log_id


def _log_id(stream: bytes) -> int:
    return int(stream.rpartition(b":")[2])


def _pauses() -> Iterator[float]:
    """Seconds between tries, by chance a little less, so that many do not come back at once."""
    for tries in count():
        yield min(MOST_PAUSE_SECONDS, 0.1 * (1 << min(tries, 16))) * random.uniform(0.5, 1.0)  # noqa: S311
