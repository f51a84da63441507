"""A cluster in which a recording happens, and what follows it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from typing import Any

import pytest

from tests.apiserver import forms
from tests.apiserver.resources import Resource
from tests.apiserver.server import ApiServer
from tests.apiserver.storage import Write, bare
from tests.cluster import DEMOS
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
from visualizer.objects import key_of
from visualizer.store import Store

SEALER = Sealer([generate_key()])
Objects = dict[str, dict[str, Any]]
"""Every object in full by resource and key, without kind and apiVersion; of Secrets, their metadata only."""


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
async def cluster_of(name: str, **options: Any) -> AsyncIterator[ApiServer]:
    """A cluster that begins as this shipped recording does; ``play`` lets the rest happen."""
    async with ApiServer(**options) as server:
        server.load(DEMOS / name / "recording.jsonl.zst")
        yield server


@pytest.fixture
async def server() -> AsyncIterator[ApiServer]:
    """A Deployment is about to be rolled out there."""
    async with cluster_of("rolling-update", tokens={"abc": "orrery"}) as started:
        yield started


def access_to(server: ApiServer, token: str = "abc") -> Access:
    """How to reach it."""
    return Access(server.url, "lab", "lab", "orrery", authentication=Token(token))


@asynccontextmanager
async def following(server: ApiServer) -> AsyncIterator[Followed]:
    """Follow this cluster."""
    await in_thread(lambda: save("lab", access_to(server), SEALER))
    followed = Followed(server)
    async with followers():
        await until(lambda: followed.is_synchronised)
        await watched(server)
        yield followed


async def watched(server: ApiServer) -> None:
    """Return when every resource is watched."""
    await server.until(lambda: len(server.watches) == len(followable(server)), 20)


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
    """What the database has of a cluster that is being followed, beside what happened there."""

    def __init__(self, server: ApiServer) -> None:
        self.server = server
        self._happened: list[tuple[str, Write]] = []
        server.storage.listeners.append(lambda resource, write: self._happened.append((resource, write)))

    @property
    def changes(self) -> int:
        """How many changes there were in the cluster since it is followed."""
        return len(self._happened)

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

    def notes(self) -> list[str]:
        """What the log tells in words."""
        return [frame["text"] for frame in self.frames("note")]

    def objects(self) -> Objects:
        """Every object at the log's end."""
        return objects_in(self.log)

    def equals_the_cluster(self) -> bool:
        """Whether the log's end has every object as the cluster has it."""
        return self.objects() == objects_of(self.server)

    def told(self) -> dict[str, list[tuple[str, Any]]]:
        """What the log's events tell of each resource, in order."""
        return told_in(self.frames("event"))

    def happened(self) -> dict[str, list[tuple[str, Any]]]:
        """What happened in the cluster since it is followed: what the events should tell, none lost and none twice."""
        happened: dict[str, list[tuple[str, Any]]] = {}
        for resource, write in self._happened:
            happened.setdefault(resource, []).append((write.kind, visible(resource, write.object)))
        return happened


def told_in(events: Iterable[dict[str, Any]]) -> dict[str, list[tuple[str, Any]]]:
    """What these event frames tell of each resource, in order."""
    told: dict[str, list[tuple[str, Any]]] = {}
    for event in events:
        told.setdefault(event["resource"], []).append((event["type"], visible(event["resource"], event["object"])))
    return told


def followable(server: ApiServer) -> list[Resource]:
    """The resources that are followed: of two forms of the same objects, one."""
    resources = [resource for resource in server.catalogue if resource.id not in forms.OTHERS]
    return [resource for resource in resources if {"list", "watch"} <= set(resource.verbs)]


def lists(server: ApiServer, resource: str = "") -> int:
    """How many lists were begun, of this resource or of all. Asking whether a version is still there is none."""
    path = server.catalogue[resource].path if resource else ""
    return sum("sendInitialEvents" in request.query and path in ("", request.path) for request in server.requests)


def visible(resource: str, obj: dict[str, Any]) -> Any:
    """What may be seen of an object."""
    return {"metadata": obj["metadata"]} if resource == SECRETS else bare(obj)


def objects_of(server: ApiServer) -> Objects:
    """Every object of the cluster, as it is now."""
    found = {
        resource.id: {
            key: visible(resource.id, obj) for key, obj in server.storage.collection(resource.id).objects.items()
        }
        for resource in followable(server)
    }
    return {resource: objects for resource, objects in found.items() if objects}


def objects_in(log: Log) -> Objects:
    """Every object at this log's end."""
    reader = Reader(log)
    found: Objects = {}
    store = reader.seek(log.last_seq).store
    for resource in reader.resources:
        for entry in store.entries(resource).values():
            obj = json.loads(reader.raw_object(entry.seq, entry.item))
            found.setdefault(resource, {})[key_of(entry.object.metadata)] = visible(resource, obj)
    return found
