"""Followers: one task for each cluster that this process holds, and one that looks for clusters that nobody holds."""

from __future__ import annotations

import asyncio
from typing import Final

import structlog
from django.db import Error as DatabaseError

from visualizer.following import lease
from visualizer.following.adding import transport_to
from visualizer.following.feed import LogFeed
from visualizer.following.report import Report
from visualizer.kube.access import CredentialsError, KubeconfigError, from_json
from visualizer.kube.backoff import Backoff
from visualizer.kube.sealing import Sealer, SealingError
from visualizer.kube.watcher import Watcher
from visualizer.live.bus import Bus
from visualizer.live.threads import in_thread, in_thread_to_end
from visualizer.models import Cluster

LOOK_SECONDS: Final = 1.0
"""How often one looks for clusters that nobody holds: within ten seconds of a death, with the lease's seven."""

_log = structlog.get_logger()


class Followers:
    """Follows every cluster whose lease can be had. Used from one event loop."""

    def __init__(self, bus: Bus, sealer: Sealer) -> None:
        self._bus, self._sealer = bus, sealer
        self._holder = lease.holder_name()
        self._tasks: dict[int, asyncio.Task[None]] = {}
        self._held: set[int] = set()
        self._looking: asyncio.Task[None] | None = None

    def start(self, loop: asyncio.AbstractEventLoop) -> None:
        """Begin, as soon as this event loop runs."""
        self._looking = loop.create_task(self.run())

    def give_back(self) -> None:
        """Let others have the clusters at once. Not in an event loop, and only when nothing here goes on."""
        lease.give_back(self._held, self._holder)

    async def run(self) -> None:
        """Look for clusters until cancelled, then let all of them go."""
        try:
            while True:
                try:
                    for cluster in await in_thread_to_end(self._take_free):
                        self._start(cluster)
                except DatabaseError as error:
                    _log.warning("database_lost", during="looking for clusters", why=str(error).strip())
                await asyncio.sleep(LOOK_SECONDS)
        finally:
            await self._stop()

    def _take_free(self) -> list[Cluster]:
        """The clusters that are ours from now on."""
        others = [cluster for cluster in lease.may_take(self._holder) if cluster.pk not in self._tasks]
        self._held.update(cluster.pk for cluster in others)  # before: what is taken is given back whatever happens then
        return [cluster for cluster in others if lease.take(cluster.pk, self._holder)]

    def _start(self, cluster: Cluster) -> None:
        task = asyncio.create_task(Follower(cluster, self._holder, self._bus, self._sealer).run())
        self._tasks[cluster.pk] = task
        task.add_done_callback(lambda done: self._end(cluster, done))

    def _end(self, cluster: Cluster, task: asyncio.Task[None]) -> None:
        """One task ended. If its cluster is still ours, or nobody's, it is taken again at the next look."""
        self._tasks.pop(cluster.pk, None)
        error = None if task.cancelled() else task.exception()
        if error is not None:
            _log.warning("following_ended", cluster=cluster.slug, why=str(error).strip())

    async def _stop(self) -> None:
        tasks = list(self._tasks.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await in_thread(self.give_back)


class Follower:
    """Follows one cluster for as long as its lease can be renewed."""

    def __init__(self, cluster: Cluster, holder: str, bus: Bus, sealer: Sealer) -> None:
        self._cluster, self._holder, self._bus, self._sealer = cluster, holder, bus, sealer
        self._report = Report()

    async def run(self) -> None:
        """Until the lease is lost, or the cluster is removed."""
        following = asyncio.create_task(self._follow())
        try:
            while not following.done() and await self._renew():
                if await self._has_other_access():
                    await _end(following)
                    following = asyncio.create_task(self._follow())
                await asyncio.wait({following}, timeout=lease.RENEW_SECONDS)
        finally:
            await _end(following)

    async def _renew(self) -> bool:
        health = self._report.tell()
        return await in_thread_to_end(lambda: self._renew_with(health))

    def _renew_with(self, health: dict[str, object]) -> bool:
        if not lease.take(self._cluster.pk, self._holder):
            return False
        if Cluster.objects.filter(pk=self._cluster.pk, is_polled=False).update(health=health):
            return True
        lease.give_back([self._cluster.pk], self._holder)  # it is to be listed from now on, or was removed
        return False

    async def _has_other_access(self) -> bool:
        """Whether somebody gave the cluster a new kubeconfig, which counts from now on."""
        known = bytes(self._cluster.access)
        await in_thread(lambda: self._cluster.refresh_from_db(fields=["access"]))
        return bytes(self._cluster.access) != known

    async def _follow(self) -> None:
        """Watch; whatever ends it but the lease, begin anew from what is kept, after a growing pause."""
        backoff = Backoff()
        while True:
            try:
                await self._watch()
            except Exception as error:  # noqa: BLE001 - whatever it is, the cluster's page tells it, and it is tried again
                cause = _first(error)
                if isinstance(cause, lease.LostLease):
                    return
                self._report.fail(cause)
                if not isinstance(cause, KubeconfigError | CredentialsError | SealingError):
                    _log.error("watching_failed", cluster=self._cluster.slug, exc_info=error)
            await asyncio.sleep(backoff.next_seconds())

    async def _watch(self) -> None:
        access = from_json(self._sealer.unseal(bytes(self._cluster.access)))
        feed = LogFeed(self._cluster, self._holder, self._bus)
        async with transport_to(access) as transport:
            watcher = Watcher(transport, feed)
            self._report.attend(watcher, transport, feed)
            await watcher.run()


def _first(error: BaseException) -> BaseException:
    """The first failure in a group of tasks: the others were cancelled for it."""
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error


async def _end(task: asyncio.Task[None]) -> None:
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
