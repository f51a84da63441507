"""The feed: keeps what a watcher brings in the cluster's log, together with how far it has been read."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence

import msgspec
from django.db import transaction

from visualizer.following.lease import write_held
from visualizer.frames import FrameError
from visualizer.kube import lines as kube_lines
from visualizer.kube.discovery import Discovered
from visualizer.kube.watcher import Kept
from visualizer.live.bus import Bus, Frames
from visualizer.live.tail import Tail
from visualizer.live.threads import in_thread, in_thread_to_end
from visualizer.log import schemas
from visualizer.log.importing import free_slug
from visualizer.log.writer import Writer
from visualizer.models import Cluster, Log
from visualizer.schemas.document import Definitions
from visualizer.store import Store


class LogFeed:
    """One holder's hand on one cluster's log. After an error it is of no use: a new one reads what is kept."""

    def __init__(self, cluster: Cluster, holder: str, bus: Bus) -> None:
        self.cluster, self._holder, self._bus = cluster, holder, bus
        self._versions: dict[str, str] = {}
        self._writer: Writer | None = None
        self._tail: Tail | None = None
        self._turn = asyncio.Lock()

    @property
    def tail(self) -> Tail:
        """The log's tail. Raises RuntimeError before ``describe``."""
        if self._tail is None:
            raise RuntimeError("the feed does not know the cluster yet")
        return self._tail

    @property
    def store(self) -> Store | None:
        """The cluster as it is in the log by now; None before ``describe``."""
        return self._writer.moment.store if self._writer else None

    async def describe(self, *, server_version: str, found: Discovered) -> Kept:
        """See :class:`visualizer.kube.watcher.Feed`."""
        async with self._turn:
            writer = await in_thread(lambda: self._open(server_version, found))
            self._writer, self._tail = writer, Tail(writer, self._bus)
        return Kept(self._versions, writer.log.last_ts)

    async def add(self, frames: Sequence[bytes], versions: Mapping[str, str]) -> None:
        """See :class:`visualizer.kube.watcher.Feed`. Raises :class:`visualizer.following.lease.LostLease`.

        Where it is cancelled, it ends when the thread does: whoever goes on finds these frames in the log, or will not.
        """
        async with self._turn:
            self.tail.publish(await in_thread_to_end(lambda: self._keep(frames, versions)))

    async def schema_digests(self) -> Mapping[str, str]:
        """See :class:`visualizer.kube.schemas.SchemaKeeper`."""
        return await in_thread(lambda: schemas.digests(self.tail.log))

    async def keep_schemas(self, group_version: str, digest: str, definitions: Definitions) -> None:
        """See :class:`visualizer.kube.schemas.SchemaKeeper`."""
        log = self.tail.log
        await in_thread_to_end(lambda: schemas.write(log, definitions, group_version=group_version, digest=digest))

    def _open(self, server_version: str, found: Discovered) -> Writer:
        with transaction.atomic():
            self.cluster.refresh_from_db()
            self._versions = dict(self.cluster.versions)
            log = self.cluster.log or self._make_log()
            log.resources = {**log.resources, **msgspec.to_builtins(found.resources)}
            log.also_served = msgspec.to_builtins(found.also_served)
            log.server_version = server_version[:80]
            log.save(update_fields=["resources", "also_served", "server_version"])
        return Writer(log)

    def _make_log(self) -> Log:
        log = Log.objects.create(
            slug=free_slug(self.cluster.slug),
            title=self.cluster.name,
            name=self.cluster.name,
            resources={},
            is_live=True,
            state=Log.State.READY,
            order=0,
        )
        write_held(self.cluster.pk, self._holder, log=log)
        self.cluster.log = log
        return log

    def _keep(self, frames: Sequence[bytes], versions: Mapping[str, str]) -> Frames:
        self._versions.update(versions)
        with transaction.atomic():
            written = self.tail.write(frames, instead=_unreadable)
            write_held(self.cluster.pk, self._holder, versions=self._versions)
        return written


def _unreadable(ts: float, error: FrameError) -> bytes:
    """What stands in the log for a frame that is none: that the picture lacks something is told, and at that place."""
    return kube_lines.note_frame(ts, f"Something that the cluster sent here cannot be shown: {error}"[:1_000])
