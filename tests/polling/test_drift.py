"""Drift: what the log lacks is found, and writes while one looks are not taken for it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.apiserver.server import ApiServer
from tests.following.conftest import until
from tests.polling.conftest import SEALER, Ask
from visualizer.following.follower import Followers
from visualizer.kube.lines import event_frame, read_line
from visualizer.kube.polls import drift
from visualizer.kube.polls.drift import Look, compare, confirmed
from visualizer.kube.polls.results import Difference
from visualizer.live.bus import Bus
from visualizer.live.threads import in_thread
from visualizer.log.writer import Writer
from visualizer.models import Cluster

PODS = "v1/pods"


@pytest.fixture
async def followed(server: ApiServer, cluster: Cluster, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Cluster]:
    """A cluster that is followed, and is in its log."""
    monkeypatch.setattr(drift, "AGAIN_SECONDS", 0.2)
    running = Followers(Bus(), SEALER)
    task = asyncio.create_task(running.run())
    await until(lambda: Cluster.objects.get().health.get("is_synchronised"))
    try:
        yield cluster
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def test_a_cluster_without_a_log_is_not_compared(ask: Ask) -> None:
    assert (await ask("drift")).state == "absent"


async def test_a_followed_cluster_does_not_drift(server: ApiServer, followed: Cluster, ask: Ask) -> None:
    row = await ask("drift")
    assert (row.state, row.problem) == ("ok", "")
    followed_resources = (await in_thread(Cluster.objects.get)).versions
    held = [server.storage.collection(one.stored) for one in server.catalogue if one.id in followed_resources]
    assert row.result["objects"] == sum(len(collection.objects) for collection in held)
    assert row.result["resources"] == len(followed_resources) == len(held)


async def test_writes_while_one_looks_are_no_drift(server: ApiServer, followed: Cluster, ask: Ask) -> None:
    playing = asyncio.create_task(server.play(speed=20.0))
    for _ in range(3):
        row = await ask("drift")
        assert (row.state, row.result["differences"]) == ("ok", [])
    playing.cancel()
    await asyncio.gather(playing, return_exceptions=True)


async def test_writes_are_no_drift_where_only_fresh_lists_can_be_had(
    server: ApiServer, followed: Cluster, ask: Ask
) -> None:
    playing = asyncio.create_task(server.play(speed=20.0))
    for _ in range(3):
        server.compact(server.storage.version)
        row = await ask("drift")
        assert (row.state, row.result["differences"]) == ("ok", [])
    playing.cancel()
    await asyncio.gather(playing, return_exceptions=True)


async def test_what_the_log_lacks_has_too_much_or_has_otherwise_is_found(
    server: ApiServer, followed: Cluster, ask: Ask
) -> None:
    """The log is made wrong, as a fault of this program would make it."""

    def spoil() -> list[str]:
        log = Cluster.objects.select_related("log").get().log
        assert log is not None
        writer = Writer(log)
        keys = sorted(writer.moment.store.entries(PODS))[:2]
        gone, other = (writer.moment.store.entries(PODS)[key].object.metadata for key in keys)
        for kind, name, namespace, uid, version in (
            ("DELETED", gone.name, gone.namespace, gone.uid, "1"),
            ("MODIFIED", other.name, other.namespace, other.uid, "2"),
            ("ADDED", "ghost", "shop", "no such uid", "3"),
        ):
            metadata = f'"name":"{name}","namespace":"{namespace}","uid":"{uid}","resourceVersion":"{version}"'
            told = read_line(f'{{"type":"{kind}","object":{{"metadata":{{{metadata}}}}}}}'.encode())
            writer.append(event_frame(log.last_ts, PODS, told))
        writer.flush()
        return keys

    keys = await in_thread(spoil)
    row = await ask("drift")
    assert (row.state, row.problem) == ("failing", "3 objects in the log are not as they are in the cluster.")
    found = {(each["key"], each["kind"]) for each in row.result["differences"]}
    assert found == {(keys[0], "lacking"), (keys[1], "other version"), ("shop/ghost", "left over")}


async def test_a_resource_that_may_not_be_listed_is_named(server: ApiServer, followed: Cluster, ask: Ask) -> None:
    server.access.deny(PODS, "list")
    row = await ask("drift")
    assert (row.state, row.problem) == ("warning", "Not compared: v1/pods.")
    assert "cannot list resource" in row.result["not_compared"][PODS]


def difference(key: str, log: str, cluster: str) -> Difference:
    return Difference(PODS, key, "other version", log, cluster)


def test_of_fresh_lists_only_what_stands_still_counts() -> None:
    first = Look(differences=[difference("a", "1", "2"), difference("b", "1", "2")])
    again = Look(differences=[difference("a", "1", "2"), difference("b", "2", "3"), difference("c", "1", "2")])
    assert confirmed(first, again) == [difference("a", "1", "2")]


def test_of_exact_lists_all_that_differs_twice_counts() -> None:
    first = Look(differences=[difference("b", "1", "2")], exact={PODS})
    again = Look(differences=[difference("b", "2", "3"), difference("c", "1", "2")], exact={PODS})
    assert confirmed(first, again) == [difference("b", "2", "3")]


def test_an_object_made_anew_under_its_name_is_another() -> None:
    kept: dict[str, Any] = {"shop/web": ("uid-1", "7")}
    assert list(compare(PODS, kept, {"shop/web": ("uid-2", "7")})) == [
        Difference(PODS, "shop/web", "other version", "7", "7")
    ]
