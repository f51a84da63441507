"""A live cluster comes into its log whole, once, and as it was."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest

from tests.apiserver import forms
from tests.apiserver.server import ApiServer
from tests.cluster import DEMOS
from tests.following.conftest import access_to, cluster_of, followable, following, lists, objects_in, until, visible
from visualizer.following.adding import save
from visualizer.following.checking import check
from visualizer.frames import WatchEvent
from visualizer.kube import reflector
from visualizer.kube.lines import SECRETS
from visualizer.kube.sealing import Sealer, generate_key
from visualizer.live.threads import in_thread
from visualizer.log.exporting import write_stretch
from visualizer.log.importing import import_recording
from visualizer.log.reader import Reader
from visualizer.models import Cluster, Log

ROLLING_UPDATE = DEMOS / "rolling-update" / "recording.jsonl.zst"


def import_file(path: Path) -> Log:
    """This recording as a log."""
    with path.open("rb") as stream:
        return import_recording(stream, slug="imported")


def raw_objects(log: Log) -> dict[tuple[str, str], object]:
    """Each object at the log's end, byte for byte."""
    reader = Reader(log)
    store = reader.seek(log.last_seq).store
    return {
        (resource, key): as_is(resource, reader.raw_object(entry.seq, entry.item))
        for resource in reader.resources
        if resource not in forms.OTHERS
        for key, entry in store.entries(resource).items()
    }


def raw_events(log: Log) -> dict[str, list[tuple[str, object]]]:
    """What the log's events tell of each resource, byte for byte and in order."""
    reader = Reader(log)
    told: dict[str, list[tuple[str, object]]] = {}
    for seq, frame in reader.frames(0):
        if isinstance(frame, WatchEvent) and frame.resource not in forms.OTHERS:
            told.setdefault(frame.resource, []).append((frame.type, as_is(frame.resource, reader.raw_object(seq))))
    return told


def as_is(resource: str, raw: bytes) -> object:
    """The bytes; of a Secret only what is read of it."""
    return visible(resource, json.loads(raw)) if resource == SECRETS else raw


async def test_a_followed_cluster_tells_everything_once_and_in_order(server: ApiServer) -> None:
    async with following(server) as followed:
        await server.play(count=40)
        await until(followed.equals_the_cluster)
        await server.play()
        await until(followed.equals_the_cluster)
        assert await in_thread(followed.told) == followed.happened()
        assert await in_thread(followed.notes) == []


async def test_a_stretch_that_is_kept_plays_by_itself(server: ApiServer) -> None:
    async with following(server) as followed:
        await server.play()
        await until(followed.equals_the_cluster)
        file = io.BytesIO()
        log = await in_thread(lambda: followed.log)
        await in_thread(lambda: write_stretch(log, file, from_ts=log.first_ts, to_ts=log.last_ts))
        file.seek(0)
        kept = await in_thread(lambda: import_recording(file, slug="kept"))
        assert await in_thread(lambda: objects_in(kept) == followed.objects())
        assert kept.writes == log.writes


@pytest.mark.parametrize("streams_lists", [True, False])
async def test_each_resource_is_listed_once_by_whichever_way_the_server_has(
    monkeypatch: pytest.MonkeyPatch, streams_lists: bool
) -> None:
    monkeypatch.setattr(reflector, "PAGE_ITEMS", 3)
    async with cluster_of("deploy", streams_lists=streams_lists) as server, following(server) as followed:
        await until(followed.equals_the_cluster)
        health = await in_thread(lambda: followed.health)
        resources = followable(server)
        assert health["cost"]["lists"] == lists(server) == len(resources)
        assert {state["lists"] for state in health["resources"].values()} == {1}
        continued = [request for request in server.requests if "continue" in request.query]
        assert bool(continued) is not streams_lists


async def test_a_cluster_that_is_added_says_what_may_not_be_read(server: ApiServer) -> None:
    server.access.deny("v1/secrets")
    checked = await check(access_to(server))
    assert checked.server_version == "v1.36.2"
    assert {permission.resource for permission in checked.permissions} == {one.id for one in followable(server)}
    refused = [permission for permission in checked.permissions if permission.denied]
    assert [(permission.resource, permission.denied) for permission in refused] == [
        ("v1/secrets", ("get", "list", "watch"))
    ]


async def test_no_credential_is_in_the_database_in_the_clear(server: ApiServer) -> None:
    await in_thread(lambda: save("lab", access_to(server, "a-very-secret-token"), Sealer([generate_key()])))
    row = await in_thread(lambda: Cluster.objects.values().get())
    assert b"a-very-secret-token" not in bytes(row["access"])
    assert "a-very-secret-token" not in str({**row, "access": ""})
