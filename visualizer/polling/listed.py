"""Listed: the log of a cluster that is not watched, while the worker who lists it holds it."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Final

from django.utils import timezone

from visualizer.following import lease
from visualizer.following.feed import LogFeed
from visualizer.kube.discovery import Discovered
from visualizer.kube.polls.logs import Versions
from visualizer.kube.polls.results import Listed, Outcome
from visualizer.kube.watcher import Kept
from visualizer.live.bus import Bus
from visualizer.live.redisbus import RedisBus
from visualizer.live.threads import in_thread
from visualizer.log.reader import Reader
from visualizer.models import Cluster, Log
from visualizer.schemas.document import Definitions
from visualizer.store import Store

HELD_PERIODS: Final = 3
"""For how many of its periods after a listing a cluster still counts as followed."""


class ClusterLog:
    """See :class:`visualizer.kube.polls.listing.ListedLog`."""

    def __init__(self, feed: LogFeed) -> None:
        self._feed = feed
        self._newest = 0.0

    async def describe(self, *, server_version: str, found: Discovered) -> Kept:
        """What the cluster is; returns what is kept of it."""
        kept = await self._feed.describe(server_version=server_version, found=found)
        self._newest = max(self._newest, kept.last_ts)
        return kept

    async def add(self, frames: Sequence[bytes], versions: Mapping[str, str]) -> None:
        """Keep these frames, and that these resources were read up to these versions."""
        await self._feed.add(frames, versions)

    async def schema_digests(self) -> Mapping[str, str]:
        """Which state of each group version's document is kept."""
        return await self._feed.schema_digests()

    async def keep_schemas(self, group_version: str, digest: str, definitions: Definitions) -> None:
        """Keep this state of a group version's document."""
        await self._feed.keep_schemas(group_version, digest, definitions)

    def now(self) -> float:
        """The wall clock's time, but never before what the log has last."""
        self._newest = max(self._newest, round(time.time(), 6))
        return self._newest

    def versions_of(self, resource: str) -> Versions:
        """Of each object that the log has of this resource, its uid and resourceVersion."""
        entries = self._store.entries(resource)
        metadata = ((key, entry.object.metadata) for key, entry in entries.items())
        return {key: (found.uid, found.resource_version) for key, found in metadata}

    async def last_state(self, resource: str, key: str) -> bytes:
        """The object in full, as the log has it last."""
        entry = self._store.get(resource, key)
        if entry is None:
            raise LookupError(f"the log has no {resource} {key}")
        return await in_thread(lambda: Reader(self._feed.tail.log).raw_object(entry.seq, entry.item))

    @property
    def _store(self) -> Store:
        store = self._feed.store
        if store is None:
            raise RuntimeError("the cluster was not described yet")
        return store


class NotOurs(RuntimeError):
    """Another process holds the cluster: it watches it still, or lists it."""


@asynccontextmanager
async def listed_log(cluster: Cluster, make_bus: Callable[[], Bus]) -> AsyncIterator[ClusterLog]:
    """The cluster's log, for one listing. Raises :class:`NotOurs`."""
    holder, bus = lease.holder_name(), make_bus()
    if not await in_thread(lambda: lease.take(cluster.pk, holder)):
        raise NotOurs("another process holds the cluster")
    is_whole = False
    try:
        yield ClusterLog(LogFeed(cluster, holder, bus))
        is_whole = True
    finally:
        await in_thread(lambda: _give_back(cluster, holder, is_whole=is_whole))
        if isinstance(bus, RedisBus):
            await bus.close()


def _give_back(cluster: Cluster, holder: str, *, is_whole: bool) -> None:
    """Free for the next listing, which is due soon: until then the cluster counts as followed."""
    until = timezone.now() + timedelta(seconds=HELD_PERIODS * cluster.poll_seconds) if is_whole else None
    Cluster.objects.filter(pk=cluster.pk, holder=holder).update(holder="", held_until=until)


def tell(cluster: Cluster, outcome: Outcome) -> None:
    """Keep how the listing stands where a watcher would (following/report.py), for the screen."""
    listed = outcome.result
    if not isinstance(listed, Listed):
        Cluster.objects.filter(pk=cluster.pk).update(health={**cluster.health, "problem": outcome.problem})
        return
    fine = {"phase": "listed", "problem": "", "events": 0, "lists": 0, "silent_seconds": 0.0}
    resources: dict[str, dict[str, object]] = {name: {**fine} for name in listed.listed_ts}
    resources |= {name: {**fine, "phase": "refused", "problem": why} for name, why in listed.not_listed.items()}
    log = Log.objects.filter(cluster=cluster).first()
    health = {
        "problem": "",
        "server_version": log.server_version if log else "",
        "is_synchronised": True,
        "resources": resources,
    }
    Cluster.objects.filter(pk=cluster.pk).update(health=health)
