"""The reflector: one resource of one cluster, listed once and then watched, as frames.

A watch that ends is taken up again where it ended. A list is repeated only where the server no longer has what came
since (410), or was itself put back in time. What the server answers decides how long to wait; nothing here ever asks
more often when it is refused. (The way of client-go's Reflector, and of KEP-3157 for lists that come as streams.)
"""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Final, Literal, Protocol

import structlog

from visualizer.frames import Resource
from visualizer.kube import lines
from visualizer.kube.backoff import Backoff
from visualizer.kube.continuity import OWN_ETCD, Continuity, is_before, version_of
from visualizer.kube.lines import BadLine, Page, Told
from visualizer.kube.transport import (
    JSON,
    METADATA_LIST,
    METADATA_ONLY,
    ApiError,
    Transport,
    Unreachable,
    error_in_stream,
)

PAGE_ITEMS: Final = 500
WATCH_SECONDS: Final = (240, 300)
LIST_SECONDS: Final = 300
SYNCHRONISE_ATTEMPTS: Final = 3
REFUSED_SECONDS: Final = 300.0
"""When to ask again for what may not be read: somebody may have granted it."""

_EVENTS: Final = frozenset({"ADDED", "MODIFIED", "DELETED"})
Phase = Literal["waiting", "listing", "watching", "refused", "gone"]

_log = structlog.get_logger()


class Sink(Protocol):
    """Where frames go."""

    def now(self) -> float:
        """The time for the next frame, in unix seconds; it never runs back."""

    async def put(self, line: bytes, *, resource: str, version: str) -> None:
        """Take a frame, after which the resource has been read up to this version; waits while there is no room."""

    def read_up_to(self, resource: str, version: str) -> None:
        """Note that nothing happened up to this version."""


@dataclass
class State:
    """How the reading of one resource stands, for the screen."""

    phase: Phase = "waiting"
    problem: str = ""
    events: int = 0
    lists: int = 0
    last_heard: float = field(default_factory=time.monotonic)


class Expired(Exception):
    """The server no longer has what came after our version, or never had it: the resource must be listed again."""


class Reflector:
    """Follows one resource. ``version`` is where the log has it read up to, or empty.

    After a break it takes another resource's word for it that the server was not put back in time, once: if then its
    own watch tells nothing, it asks for itself.
    """

    def __init__(
        self,
        name: str,
        resource: Resource,
        transport: Transport,
        sink: Sink,
        continuity: Continuity,
        *,
        version: str = "",
    ) -> None:
        self.name, self.resource, self.state = name, resource, State()
        self.version = version
        self._transport, self._sink, self._continuity = transport, sink, continuity
        self._backoff = Backoff()
        self._broken_at: float | None = time.monotonic() if version else None
        self._relies_on_others = False
        self._lost = ""
        self.streams_lists = True

    @property
    def is_gone(self) -> bool:
        """Whether the server does not serve the resource any more."""
        return self.state.phase == "gone"

    async def synchronise(self) -> None:
        """List the resource, unless it was read before. After some failures ``run`` does it, lest others wait."""
        for _ in range(SYNCHRONISE_ATTEMPTS):
            wait = await self._try(self._synchronise_once)
            if wait is None or self.state.phase in ("refused", "gone"):
                return
            await asyncio.sleep(wait)

    async def run(self) -> None:
        """Follow the resource until cancelled, or until the server serves it no more."""
        while not self.is_gone:
            wait = await self._try(self._follow_once)
            if wait is not None and not self.is_gone:
                await asyncio.sleep(wait)

    async def _synchronise_once(self) -> None:
        if self.version:
            return
        self.state.phase = "listing"
        if self._lost:
            await self._note_lost()
        await self._list()

    async def _follow_once(self) -> None:
        if self._broken_at is not None and self.version:
            await self._check_version(self._broken_at)
        self._broken_at = None
        await self._synchronise_once()
        self.state.phase, self.state.problem = "watching", ""
        await self._watch()

    async def _try(self, attempt: _Attempt) -> float | None:
        """Do it; how long to wait where it failed, which depends on why."""
        try:
            await attempt()
        except Expired as error:
            return self._lose(str(error))
        except ApiError as error:
            return self._lose(error.message) if error.status == 410 else self._wait_after(error)
        except (Unreachable, BadLine) as error:
            self._broken_at = time.monotonic()
            self.state.phase, self.state.problem = "waiting", str(error)
            return self._backoff.next_seconds()
        return None

    def _lose(self, why: str) -> float:
        """What came after our version cannot be had any more: the resource must be listed again."""
        self._lost = self._lost or (why if self.version else "")
        self.version = ""
        return self._backoff.next_seconds()

    def _wait_after(self, error: ApiError) -> float:
        self.state.phase, self.state.problem = "waiting", str(error)
        if error.is_the_servers:
            self._broken_at = time.monotonic()
        if error.status == 403:
            self.state.phase = "refused"
            return REFUSED_SECONDS * random.uniform(0.9, 1.1)  # noqa: S311 - it only spreads requests
        if error.status in (404, 405):
            self.state.phase = "gone"
        return max(error.retry_after or 0.0, self._backoff.next_seconds())

    async def _note_lost(self) -> None:
        text = f"Some changes of {self.name} before this are not in the log, and it is listed again: {self._lost}"
        _log.warning("list_again", resource=self.name, why=self._lost)
        await self._sink.put(lines.note_frame(self._sink.now(), text), resource="", version="")
        self._lost = ""

    async def _check_version(self, broken_at: float) -> None:
        """After a break: a server that was put back from a backup is behind us, and would silently tell nothing."""
        path, accept = self.resource.path, self._accept_list
        if self.name not in OWN_ETCD and not self._relies_on_others:
            self._relies_on_others = await self._continuity.holds(path, accept, since=broken_at)
            if self._relies_on_others:
                return
        self._relies_on_others = False
        told = await version_of(self._transport, path, accept)
        if is_before(told, self.version):
            raise Expired(f"the server is at version {told}, behind {self.version}")

    @property
    def _accept_list(self) -> str:
        return METADATA_LIST if self.name == lines.SECRETS else JSON

    @property
    def _accept_watch(self) -> str:
        return METADATA_ONLY if self.name == lines.SECRETS else JSON

    async def _list(self) -> None:
        self._transport.cost.lists += 1
        self.state.lists += 1
        if self.streams_lists:
            try:
                await self._list_by_stream()
                return
            except ApiError as error:
                if error.status not in (400, 422):
                    raise
                self.streams_lists = False  # the server is older, or has it switched off
        await self._list_by_pages()

    async def _list_by_pages(self) -> None:
        page = await self._ask_page({})
        await self._put_page(page, continues=False)
        while page.next:
            page = await self._ask_page({"continue": page.next})
            await self._put_page(page, continues=True)

    async def _ask_page(self, params: dict[str, str]) -> Page:
        asked = {"limit": str(PAGE_ITEMS), **params}
        return lines.read_page(await self._transport.get(self.resource.path, asked, accept=self._accept_list))

    async def _list_by_stream(self) -> None:
        """KEP-3157. The objects come as events, and the bookmark after the last of them has the list's version."""
        params = {
            "watch": "1",
            "sendInitialEvents": "true",
            "resourceVersionMatch": "NotOlderThan",
            "allowWatchBookmarks": "true",
            "timeoutSeconds": str(LIST_SECONDS),
        }
        items: list[bytes] = []
        continues = False
        async for told in self._told(params):
            if told.ends_initial_events:
                await self._put_page(Page(items, told.version, ""), continues=continues)
                return
            if told.type in _EVENTS:
                items.append(told.object)
            if len(items) == PAGE_ITEMS:
                await self._put_page(Page(items, "", "to come"), continues=continues)
                items, continues = [], True
        raise Unreachable("a list that came as a stream broke off")

    async def _put_page(self, page: Page, *, continues: bool) -> None:
        line = lines.list_frame(self._sink.now(), self.name, page, continues=continues)
        self.state.last_heard = time.monotonic()
        if not page.next:
            self.version = page.version
            self._backoff.reset()
        await self._sink.put(line, resource=self.name, version="" if page.next else page.version)

    async def _watch(self) -> None:
        params = {
            "watch": "1",
            "allowWatchBookmarks": "true",
            "resourceVersion": self.version,
            "timeoutSeconds": str(random.randint(*WATCH_SECONDS)),  # noqa: S311 - lest all watches end at once
        }
        async for told in self._told(params):
            if is_before(told.version, self.version):
                raise Expired(f"version {told.version} came after {self.version}: the server was put back in time")
            self.version, self._relies_on_others = told.version, False
            self._backoff.reset()
            if told.type in _EVENTS:
                self.state.events += 1
                line = lines.event_frame(self._sink.now(), self.name, told)
                await self._sink.put(line, resource=self.name, version=told.version)
            else:
                self._sink.read_up_to(self.name, told.version)

    async def _told(self, params: dict[str, str]) -> AsyncIterator[Told]:
        async for line in self._transport.stream(self.resource.path, params, accept=self._accept_watch):
            self.state.last_heard = time.monotonic()
            if not line.strip():
                continue
            told = lines.read_line(line)
            if told.type == "ERROR":
                raise error_in_stream(told.object)
            yield told


class _Attempt(Protocol):
    async def __call__(self) -> None:
        """Try once."""
