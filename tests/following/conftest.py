"""A cluster that plays a recording, and what follows it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Any

import pytest

from tests.following.recorded import RecordedCluster
from visualizer.following import lease
from visualizer.following.adding import save
from visualizer.following.follower import Followers
from visualizer.kube import backoff, transport
from visualizer.kube.access import Access, Token
from visualizer.kube.lines import SECRETS
from visualizer.kube.sealing import Sealer, generate_key
from visualizer.live.bus import Bus
from visualizer.live.threads import in_thread
from visualizer.log.reader import Reader
from visualizer.models import Cluster, Log
from visualizer.store import Store

SEALER = Sealer([generate_key()])


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch, transactional_db: None) -> None:
    """Pauses that do not matter here are short."""
    monkeypatch.setattr(backoff, "FIRST_SECONDS", 0.01)
    monkeypatch.setattr(lease, "RENEW_SECONDS", 0.05)
    monkeypatch.setattr(transport, "REQUESTS_PER_SECOND", 5_000.0)


async def until(condition: Callable[[], object], *, seconds: float = 20.0) -> None:
    """Return when the condition, which may read the database, holds; fail when it does not come to hold."""
    async with asyncio.timeout(seconds):
        while not await in_thread(condition):  # noqa: ASYNC110 - it is the program that is waited for
            await asyncio.sleep(0.01)


@asynccontextmanager
async def following(cluster: RecordedCluster, *, token: str = "abc") -> AsyncIterator[Followed]:
    """Follow this cluster."""
    async with cluster.serve() as address:
        access = Access(address, "lab", "lab", "orrery", authentication=Token(token))
        await in_thread(lambda: save("lab", access, SEALER))
        async with followers():
            followed = Followed(cluster)
            await until(lambda: followed.is_synchronised)
            yield followed


@asynccontextmanager
async def followers() -> AsyncIterator[Followers]:
    """One process that follows what it can have."""
    running = Followers(Bus(), SEALER)
    task = asyncio.create_task(running.run())
    try:
        yield running
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


class Followed:
    """What the database has of a cluster that is being followed."""

    def __init__(self, cluster: RecordedCluster) -> None:
        self.cluster = cluster

    @property
    def health(self) -> dict[str, Any]:
        health: dict[str, Any] = Cluster.objects.get().health
        return health

    @property
    def is_synchronised(self) -> bool:
        return bool(self.health.get("is_synchronised"))

    def phase(self, resource: str) -> str:
        return str(self.health.get("resources", {}).get(resource, {}).get("phase"))

    @property
    def log(self) -> Log:
        log = Cluster.objects.select_related("log").get().log
        assert log is not None
        return log

    @property
    def store(self) -> Store:
        return Reader(self.log).seek(self.log.last_seq).store

    def frames(self, kind: str) -> list[dict[str, Any]]:
        """The frames of this kind in the log."""
        lines = [json.loads(line) for _, line in Reader(self.log).lines(0)]
        return [frame for frame in lines if frame["kind"] == kind]

    def objects(self) -> dict[str, dict[tuple[str, str], Any]]:
        """Every object in full, as the log has it, by resource, namespace and name."""
        return objects_in(self.log)

    def equals_the_cluster(self) -> bool:
        """Whether the log's end has every object as the cluster has it."""
        return self.objects() == visible(self.cluster.objects)


def visible(objects: Mapping[str, Mapping[tuple[str, str], Any]]) -> dict[str, dict[tuple[str, str], Any]]:
    """What may be seen of these objects: of Secrets, the metadata only."""
    seen = {name: dict(found) for name, found in objects.items() if found}
    if SECRETS in seen:
        seen[SECRETS] = {key: {"metadata": secret["metadata"]} for key, secret in seen[SECRETS].items()}
    return seen


def objects_in(log: Log) -> dict[str, dict[tuple[str, str], Any]]:
    """Every object in full at this log's end, by resource, namespace and name."""
    reader = Reader(log)
    found: dict[str, dict[tuple[str, str], Any]] = {}
    store = reader.seek(log.last_seq).store
    for resource in reader.resources:
        for entry in store.entries(resource).values():
            obj = json.loads(reader.raw_object(entry.seq, entry.item))
            bare = {field: value for field, value in obj.items() if field not in ("kind", "apiVersion")}
            metadata = bare["metadata"]
            found.setdefault(resource, {})[metadata.get("namespace", ""), metadata["name"]] = bare
    return found
