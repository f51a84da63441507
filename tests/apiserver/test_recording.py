"""A recording that is played can be listed and watched, to the letter."""

from __future__ import annotations

import asyncio
import time
from collections import defaultdict
from contextlib import aclosing
from typing import Any

import aiohttp
import pytest

from tests.apiserver.following import Client
from tests.apiserver.recording import Recording
from tests.apiserver.server import ApiServer
from tests.apiserver.storage import key_of
from tests.cluster import DEMO_NAMES, DEMOS

PATHS = {name: DEMOS / name / "recording.jsonl.zst" for name in DEMO_NAMES}
Events = dict[str, list[dict[str, Any]]]


def recorded_events(recording: Recording) -> Events:
    """What each resource's watch is to see."""
    found: Events = defaultdict(list)
    for step in recording.steps:
        found[step.frame["resource"]].append({"type": step.frame["type"], "object": step.frame["object"]})
    return found


async def watched(client: Client, path: str, count: int) -> list[dict[str, Any]]:
    """The first so many events after a list."""
    found: list[dict[str, Any]] = []
    version = await client.version(path)
    async with aclosing(client.events(path, resourceVersion=version)) as events:
        while len(found) < count:
            found.append(await anext(events))
    return found


@pytest.mark.parametrize("name", DEMO_NAMES)
async def test_every_event_of_a_recording_reaches_the_watch_of_its_resource(name: str) -> None:
    async with ApiServer() as server, aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as session:
        server.load(PATHS[name])
        client, recorded = Client(server, session), recorded_events(Recording(PATHS[name]))
        watches = [watched(client, server.catalogue[one].path, len(events)) for one, events in recorded.items()]
        seen = asyncio.gather(*watches)
        await server.until(lambda: len(server.watches) == len(recorded))
        await server.play()
        assert dict(zip(recorded, await seen, strict=True)) == recorded


async def test_first_lists_are_the_recordings(server: ApiServer, client: Client) -> None:
    for resource, frame in Recording(PATHS["rolling-update"]).first.items():
        answer = await client.get(server.catalogue[resource].path)
        assert answer.body["metadata"] == {"resourceVersion": frame["resourceVersion"]}
        assert answer.body["items"] == sorted(frame["items"], key=key_of)


async def test_a_list_after_the_last_event_has_the_last_objects(server: ApiServer, client: Client) -> None:
    recorded = recorded_events(Recording(PATHS["rolling-update"]))["v1/pods"]
    first = {item["metadata"]["uid"]: item for item in (await client.get("/api/v1/pods")).body["items"]}
    for event in recorded:
        first.pop(event["object"]["metadata"]["uid"], None)
        if event["type"] != "DELETED":
            kept = {key: value for key, value in event["object"].items() if key not in {"kind", "apiVersion"}}
            first[kept["metadata"]["uid"]] = kept
    await server.play()
    assert {item["metadata"]["uid"]: item for item in (await client.get("/api/v1/pods")).body["items"]} == first


async def test_a_recording_can_be_played_in_parts(server: ApiServer) -> None:
    assert server.recording
    steps = len(server.recording.steps)
    assert await server.play(count=10) == 10
    early = await server.play(until=30.0)
    assert 0 < early < steps - 10
    assert await server.play() == steps - 10 - early
    assert server.recording.left == 0


async def test_no_event_comes_at_or_before_a_version_already_told(server: ApiServer) -> None:
    assert server.recording
    while server.recording.left:
        before = server.storage.version
        await server.play(count=1)
        assert server.storage.version > before


async def test_a_recording_is_played_at_its_pace_times_the_speed(server: ApiServer) -> None:
    assert server.recording
    began = time.monotonic()
    await server.play(speed=100, until=40.0)
    took = time.monotonic() - began
    last = server.recording.steps[len(server.recording.steps) - server.recording.left - 1].at
    assert took >= (last - server.recording.steps[0].at) / 100 * 0.99


async def test_a_watch_can_resume_anywhere_in_what_was_played(server: ApiServer, client: Client) -> None:
    recorded = recorded_events(Recording(PATHS["rolling-update"]))["v1/pods"]
    await server.play()
    for start in (0, 1, len(recorded) // 2, len(recorded) - 1):
        version = recorded[start]["object"]["metadata"]["resourceVersion"]
        query = {"resourceVersion": version, "timeoutSeconds": "1"}
        server.rate = 20
        seen = [event async for event in client.events("/api/v1/pods", **query)]
        assert seen == recorded[start + 1 :]
