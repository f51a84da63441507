"""The watcher: a whole cluster, all its resources at once, as one stream of frames in the order in which they came.

First every resource is listed, then all are watched. Frames are handed on in batches, with how far each resource has
been read, so that whoever keeps them can keep both together: a later watcher goes on from there, and neither misses a
change nor tells one twice. While the batch before is being kept, no more than a few megabytes wait; then the
connections themselves are read more slowly.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Protocol

import msgspec
import structlog

from visualizer.frames import Resource
from visualizer.kube.continuity import OWN_ETCD, Continuity
from visualizer.kube.discovery import Discovered, discover, server_version
from visualizer.kube.reflector import Reflector, State
from visualizer.kube.schemas import SchemaKeeper, learn
from visualizer.kube.transport import ApiError, Transport, Unreachable

BATCH_SECONDS: Final = 0.02
QUIET_SECONDS: Final = 10.0
"""How often it is kept how far a cluster was read in which nothing happens."""

BATCH_LINES: Final = 1_000
MOST_WAITING_BYTES: Final = 8 << 20
LISTS_AT_ONCE: Final = 4
DISCOVERY_SECONDS: Final = 600.0
DISCOVERY_RETRY_SECONDS: Final = 5.0

_DEFINES_RESOURCES: Final = frozenset(
    {"apiextensions.k8s.io/v1/customresourcedefinitions", "apiregistration.k8s.io/v1/apiservices"}
)

_log = structlog.get_logger()


@dataclass(frozen=True)
class Kept:
    """What is kept of a cluster: up to which version each resource has been read, and the time of the last frame."""

    versions: Mapping[str, str]
    last_ts: float


class Feed(SchemaKeeper, Protocol):
    """Who keeps the frames: see :class:`visualizer.following.feed.LogFeed`."""

    async def describe(self, *, server_version: str, found: Discovered) -> Kept:
        """What the cluster is, at first and whenever it serves new resources. Returns what is kept of it."""

    async def add(self, frames: Sequence[bytes], versions: Mapping[str, str]) -> None:
        """Keep these frames, and that these resources have been read up to these versions: both, or neither."""


@dataclass
class Health:
    """How the watching of one cluster stands, for the screen."""

    server_version: str = ""
    resources: dict[str, State] = field(default_factory=dict)
    missing: dict[str, str] = field(default_factory=dict)
    problem: str = ""
    is_synchronised: bool = False


class Watcher:
    """Follows one cluster, through one transport, into one feed. Used from one event loop."""

    def __init__(self, transport: Transport, feed: Feed) -> None:
        self.health = Health()
        self._transport, self._feed = transport, feed
        self._inbox = Inbox(feed)
        self._reflectors: dict[str, Reflector] = {}
        self._continuity = Continuity(transport, self._versions)

    async def run(self) -> None:
        """Follow until cancelled. Raises whatever the feed raises: frames that cannot be kept must not be lost."""
        found = await self._discover()
        kept = await self._describe(found)
        resources = found.resources
        self._inbox.not_before(kept.last_ts)
        async with asyncio.TaskGroup() as group:
            group.create_task(self._inbox.run())
            reflectors = [self._reflector(name, resources[name], kept.versions.get(name, "")) for name in resources]
            await self._synchronise(reflectors)
            self.health.is_synchronised = True
            for reflector in reflectors:
                group.create_task(self._follow(reflector))
            group.create_task(learn(self._transport, self._feed, found.resources))
            group.create_task(self._rediscover(group))

    def take_lag(self) -> float:
        """How far the log was behind the wire at worst, since this was last asked, in seconds."""
        return self._inbox.take_lag()

    def _reflector(self, name: str, resource: Resource, version: str) -> Reflector:
        reflector = Reflector(name, resource, self._transport, self._inbox, self._continuity, version=version)
        self._reflectors[name] = reflector
        self.health.resources[name] = reflector.state
        return reflector

    def _versions(self) -> list[str]:
        """How far each resource has been read, of those that share etcd's counter."""
        return [reflector.version for name, reflector in self._reflectors.items() if name not in OWN_ETCD]

    async def _describe(self, found: Discovered) -> Kept:
        return await self._feed.describe(server_version=self.health.server_version, found=found)

    async def _discover(self) -> Discovered:
        while True:
            try:
                version = await server_version(self._transport)
                discovered = await discover(self._transport)
            except (ApiError, Unreachable, msgspec.DecodeError) as error:
                self.health.problem = str(error)
                _log.warning("discovery_failed", server=self._transport.server, why=str(error))
                await asyncio.sleep(DISCOVERY_RETRY_SECONDS)
                continue
            self.health.server_version, self.health.problem = version, ""
            self.health.missing = discovered.missing
            return discovered

    async def _synchronise(self, reflectors: Sequence[Reflector]) -> None:
        """All lists before the first watch, a few at a time: so that a log begins with the whole cluster."""
        turn = asyncio.Semaphore(LISTS_AT_ONCE)

        async def take_turn(reflector: Reflector) -> None:
            async with turn:
                await reflector.synchronise()

        await asyncio.gather(*map(take_turn, reflectors))

    async def _follow(self, reflector: Reflector) -> None:
        await reflector.run()
        del self._reflectors[reflector.name]
        del self.health.resources[reflector.name]
        _log.info("resource_gone", resource=reflector.name)

    async def _rediscover(self, group: asyncio.TaskGroup) -> None:
        """Take up resources that the server begins to serve."""
        known = self._definitions()
        while True:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(DISCOVERY_SECONDS):
                    await self._inbox.wait_defined(known)
            known = self._definitions()
            found = await self._discover()
            new = {name: each for name, each in found.resources.items() if name not in self._reflectors}
            if new:
                await self._describe(found)
            await learn(self._transport, self._feed, found.resources)
            for name, resource in new.items():
                group.create_task(self._follow(self._reflector(name, resource, "")))

    def _definitions(self) -> int:
        return self._inbox.definitions


class Inbox:
    """Frames on their way to the feed: the sink of all reflectors."""

    def __init__(self, feed: Feed) -> None:
        self._feed = feed
        self._newest = 0.0
        self._lines: list[bytes] = []
        self._bytes = 0
        self._versions: dict[str, str] = {}
        self._oldest: float | None = None  # when the first of the lines that wait came
        self._keeping: float | None = None  # the same, of the batch that is just being kept
        self._lag = 0.0
        self._filled, self._room, self._defined = asyncio.Event(), asyncio.Event(), asyncio.Event()
        self._room.set()
        self.definitions = 0

    def not_before(self, ts: float) -> None:
        """No time that is given out from now on is before this."""
        self._newest = max(self._newest, ts)

    def now(self) -> float:
        """The wall clock's time, but never before what was told last: a clock may be put back."""
        self._newest = max(self._newest, round(time.time(), 6))
        return self._newest

    async def put(self, line: bytes, *, resource: str, version: str) -> None:
        """Take a frame; return when there is room for the next."""
        self._lines.append(line)
        self._bytes += len(line)
        if self._oldest is None:
            self._oldest = time.monotonic()
        if version:
            self._versions[resource] = version
        if resource in _DEFINES_RESOURCES:
            self.definitions += 1
            self._defined.set()
        self._filled.set()
        if self._bytes > MOST_WAITING_BYTES or len(self._lines) > BATCH_LINES:
            self._room.clear()
        await self._room.wait()

    def read_up_to(self, resource: str, version: str) -> None:
        """Kept with the next frames."""
        self._versions[resource] = version

    async def wait_defined(self, known: int) -> None:
        """Return when there were more writes to definitions of resources than these."""
        while self.definitions == known:
            self._defined.clear()
            await self._defined.wait()

    async def run(self) -> None:
        """Hand batches on until cancelled."""
        while True:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(QUIET_SECONDS):
                    await self._filled.wait()
                await asyncio.sleep(BATCH_SECONDS)
            if not self._lines and not self._versions:
                continue
            taken, versions, self._keeping = self._lines, self._versions, self._oldest
            self._lines, self._versions, self._bytes, self._oldest = [], {}, 0, None
            self._filled.clear()
            self._room.set()
            await self._feed.add(taken, versions)
            self._lag, self._keeping = max(self._lag, self._waited()), None

    def take_lag(self) -> float:
        """The longest that a frame waited to be kept since this was last asked, in seconds; 0 where none came."""
        lag, self._lag = max(self._lag, self._waited()), 0.0
        return lag

    def _waited(self) -> float:
        """How long the frame that came first of those not kept yet has waited."""
        since = self._oldest if self._keeping is None else self._keeping
        return 0.0 if since is None else time.monotonic() - since
