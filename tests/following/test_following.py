"""A live cluster comes into its log whole, once, and as it was; whatever breaks on the way."""

from __future__ import annotations

import asyncio
import io
import json
from typing import Any

import pytest

from tests.cluster import DEMOS
from tests.following.conftest import SEALER, Followed, followers, following, objects_in, until, visible
from tests.following.recorded import Fault, RecordedCluster
from visualizer.following import lease
from visualizer.following.adding import save
from visualizer.following.checking import check
from visualizer.kube import reflector, transport
from visualizer.kube.access import Access, Token
from visualizer.live.threads import in_thread
from visualizer.log.exporting import write_stretch
from visualizer.log.importing import import_recording
from visualizer.models import Cluster

PODS = "v1/pods"


@pytest.fixture
def cluster() -> RecordedCluster:
    return RecordedCluster("rolling-update")


def event_of(frame: dict[str, Any]) -> tuple[str, str, dict[str, Any]]:
    return frame["resource"], frame["type"], frame["object"]


async def test_a_followed_cluster_ends_as_importing_its_recording_does(cluster: RecordedCluster) -> None:
    events = list(cluster.to_come)
    async with following(cluster) as followed:
        cluster.play(len(events) // 2)
        await asyncio.sleep(0)
        cluster.play()
        await until(followed.equals_the_cluster)
        told = await in_thread(lambda: followed.frames("event"))
    with (DEMOS / "rolling-update" / "recording.jsonl.zst").open("rb") as stream:
        imported = await in_thread(lambda: import_recording(stream, slug="imported"))
    assert await in_thread(lambda: visible(objects_in(imported)) == followed.objects())
    for resource in cluster.resources:
        wanted = [event_of(event) for event in events if event["resource"] == resource]
        assert [event_of(frame) for frame in told if frame["resource"] == resource] == wanted


async def test_a_stretch_that_is_kept_plays_by_itself(cluster: RecordedCluster) -> None:
    async with following(cluster) as followed:
        cluster.play()
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
    cluster: RecordedCluster, monkeypatch: pytest.MonkeyPatch, streams_lists: bool
) -> None:
    monkeypatch.setattr(reflector, "PAGE_ITEMS", 3)
    cluster.streams_lists = streams_lists
    async with following(cluster) as followed:
        await until(followed.equals_the_cluster)
        health = await in_thread(lambda: followed.health)
        assert health["cost"]["lists"] == len(cluster.resources)
        assert cluster.count("sendInitialEvents") == len(cluster.resources)
        assert {state["lists"] for state in health["resources"].values()} == {1}


@pytest.mark.parametrize("in_the_middle_of_a_line", [False, True])
async def test_a_cut_connection_loses_nothing_and_doubles_nothing(
    cluster: RecordedCluster, in_the_middle_of_a_line: bool
) -> None:
    events = len(cluster.to_come)
    async with following(cluster) as followed:
        cluster.play(events // 3)
        cluster.cut(in_the_middle_of_a_line=in_the_middle_of_a_line)
        cluster.play(events // 3)
        await until(followed.equals_the_cluster)
        cluster.cut(in_the_middle_of_a_line=in_the_middle_of_a_line)
        cluster.play()
        await until(followed.equals_the_cluster)
        assert len(await in_thread(lambda: followed.frames("event"))) == events
        assert await in_thread(lambda: followed.frames("note")) == []
        assert cluster.count("sendInitialEvents") == len(cluster.resources), "nothing was listed again"


async def test_what_the_server_forgot_is_listed_again_and_the_gap_is_told(cluster: RecordedCluster) -> None:
    async with following(cluster) as followed:
        cluster.cut()
        cluster.play()
        cluster.compact()
        await until(followed.equals_the_cluster)
        await until(lambda: followed.phase(PODS) == "watching")
        notes = await in_thread(lambda: [frame["text"] for frame in followed.frames("note")])
        assert any(note.startswith(f"Some changes of {PODS} before this are not in the log") for note in notes)


async def test_a_line_that_is_no_json_ends_the_watch_and_not_the_following(cluster: RecordedCluster) -> None:
    async with following(cluster) as followed:
        cluster.extra_lines[PODS] = b"<html>a proxy's error page</html>\n"
        cluster.wake()
        await until(lambda: not cluster.extra_lines)
        cluster.play()
        await until(followed.equals_the_cluster)


async def test_a_watch_that_falls_silent_is_begun_anew(
    cluster: RecordedCluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert transport.SILENCE_SECONDS < 100
    monkeypatch.setattr(transport, "SILENCE_SECONDS", 0.5)
    async with following(cluster) as followed:
        cluster.silent = True
        cluster.play()
        cluster.silent = False
        await until(followed.equals_the_cluster)


async def test_a_server_that_was_put_back_in_time_is_listed_again(cluster: RecordedCluster) -> None:
    async with following(cluster) as followed:
        cluster.play()
        await until(followed.equals_the_cluster)
        before = RecordedCluster("rolling-update")
        cluster.objects, cluster.version = before.objects, before.version
        cluster.happened.clear()
        cluster.cut()
        await until(followed.equals_the_cluster)
        notes = await in_thread(lambda: [frame["text"] for frame in followed.frames("note")])
        assert any("behind" in note for note in notes)


async def test_a_resource_that_is_refused_half_way_is_named_and_the_rest_goes_on(cluster: RecordedCluster) -> None:
    async with following(cluster) as followed:
        cluster.denied.add(PODS)
        cluster.cut()
        await until(lambda: followed.phase(PODS) == "refused")
        cluster.play()
        others = visible({name: found for name, found in cluster.objects.items() if name != PODS})
        await until(
            lambda: {name: found for name, found in followed.objects().items() if name != PODS} == visible(others)
        )
        problem = await in_thread(lambda: followed.health["resources"][PODS]["problem"])
        assert problem.startswith(f"403 Forbidden: {PODS} is forbidden")


async def test_a_server_that_fails_is_asked_less_and_less(
    cluster: RecordedCluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    waits: list[float] = []
    next_seconds = reflector.Backoff.next_seconds
    monkeypatch.setattr(reflector.Backoff, "next_seconds", lambda self: waits.append(next_seconds(self)) or waits[-1])
    async with following(cluster) as followed:
        waits.clear()
        cluster.faults[PODS] = Fault(500, "InternalError", times=6)
        before = cluster.count("/api/v1/pods")
        cluster.cut()
        await until(lambda: cluster.faults[PODS].times == 0)
        cluster.play()
        await until(followed.equals_the_cluster)
        assert cluster.count("/api/v1/pods") - before <= 6 + 2, "six refusals, the check of the version, and the watch"
    assert max(waits) > 0.01 * 2**4 / 2, "the pauses grew"


async def test_who_is_asked_to_wait_waits(cluster: RecordedCluster, monkeypatch: pytest.MonkeyPatch) -> None:
    waited: list[float] = []
    async with following(cluster) as followed:
        sleep = asyncio.sleep

        async def note_and_sleep(seconds: float) -> None:
            waited.append(seconds)
            await sleep(min(seconds, 0.01))

        monkeypatch.setattr(reflector.asyncio, "sleep", note_and_sleep)
        cluster.faults[PODS] = Fault(429, "TooManyRequests", times=1, headers={"Retry-After": "7"})
        cluster.cut()
        cluster.play()
        await until(followed.equals_the_cluster)
    assert 7.0 in waited


async def test_an_object_of_six_megabytes_comes_through(cluster: RecordedCluster) -> None:
    async with following(cluster) as followed:
        event = next(event for event in cluster.to_come if event["type"] != "DELETED")
        event["object"].setdefault("metadata", {}).setdefault("annotations", {})["large"] = "x" * (6 << 20)
        cluster.play()
        await until(followed.equals_the_cluster)


async def test_an_object_that_cannot_be_read_is_told_in_its_place(cluster: RecordedCluster) -> None:
    async with following(cluster) as followed:
        odd = {"type": "ADDED", "object": {"metadata": {"name": "odd", "resourceVersion": "999999"}, "spec": "what?"}}
        cluster.extra_lines[PODS] = json.dumps(odd).encode() + b"\n"
        cluster.wake()
        await until(lambda: followed.frames("note"))
        (note,) = await in_thread(lambda: followed.frames("note"))
        assert note["text"].startswith("Something that the cluster sent here cannot be shown: an object of v1/pods")


async def test_another_watcher_goes_on_where_one_died(
    cluster: RecordedCluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert lease.LEASE_SECONDS < 10
    monkeypatch.setattr(lease, "give_back", lambda *_: None)  # who is killed gives nothing back
    events = len(cluster.to_come)
    async with cluster.serve() as address:
        access = Access(address, "lab", "lab", "orrery", authentication=Token("abc"))
        await in_thread(lambda: save("lab", access, SEALER))
        followed = Followed(cluster)
        async with followers():
            await until(lambda: followed.is_synchronised)
            cluster.play(events // 2)
            await until(followed.equals_the_cluster)
        cluster.play()
        listed = cluster.count("sendInitialEvents")
        await in_thread(lambda: Cluster.objects.update(held_until="2026-01-01T00:00:00Z"))  # its lease runs out
        async with followers():
            await until(followed.equals_the_cluster)
        assert len(await in_thread(lambda: followed.frames("event"))) == events
        assert cluster.count("sendInitialEvents") == listed, "nothing was listed again"


async def test_a_watcher_whose_lease_is_another_s_writes_no_more(cluster: RecordedCluster) -> None:
    async with following(cluster) as followed:
        seen = await in_thread(lambda: followed.log.last_seq)
        await in_thread(lambda: Cluster.objects.update(holder="another", held_until="2100-01-01T00:00:00Z"))
        cluster.play()
        await until(lambda: cluster.count("watch=1") and not cluster._watches)
        assert await in_thread(lambda: followed.log.last_seq) == seen


async def test_a_new_token_counts_at_once(cluster: RecordedCluster) -> None:
    async with following(cluster) as followed:
        cluster.tokens = {"new"}
        cluster.cut()
        await until(lambda: followed.phase(PODS) == "waiting")
        server = await in_thread(lambda: Cluster.objects.get().server)
        access = Access(server, "lab", "lab", "orrery", authentication=Token("new"))
        await in_thread(lambda: save("lab", access, SEALER))
        cluster.play()
        await until(followed.equals_the_cluster)


async def test_a_cluster_that_is_added_says_what_may_not_be_read(cluster: RecordedCluster) -> None:
    cluster.denied.add("v1/secrets")
    async with cluster.serve() as address:
        checked = await check(Access(address, "lab", "lab", "orrery", authentication=Token("abc")))
    assert checked.server_version == cluster.server_version
    assert len(checked.permissions) == len(cluster.resources)
    refused = [permission for permission in checked.permissions if permission.denied]
    assert [(permission.resource, permission.denied) for permission in refused] == [
        ("v1/secrets", ("get", "list", "watch"))
    ]


async def test_no_credential_is_in_the_database_in_the_clear(cluster: RecordedCluster) -> None:
    async with following(cluster, token="a-very-secret-token"):
        row = await in_thread(lambda: Cluster.objects.values().get())
        assert b"a-very-secret-token" not in bytes(row["access"])
        assert "a-very-secret-token" not in str({**row, "access": ""})
