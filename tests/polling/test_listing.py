"""A cluster that may not be watched is listed, and what differs is in its log, and says that it was inferred."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.test import Client

from tests.apiserver.following import Client as ApiClient
from tests.apiserver.server import ApiServer
from tests.following.conftest import followers, objects_in, objects_of, until
from tests.polling.conftest import Ask
from visualizer.following import lease
from visualizer.kube.polls import pages
from visualizer.live.history import History
from visualizer.live.inspection import gather, locate, read
from visualizer.live.threads import in_thread
from visualizer.log.reader import Reader
from visualizer.models import Cluster, Log
from visualizer.polling.schedule import find_due

PODS = "v1/pods"


@pytest.fixture
async def polled(cluster: Cluster) -> Cluster:
    """The cluster, to be listed."""
    await in_thread(lambda: Cluster.objects.update(is_polled=True))
    return cluster


def log_of() -> Log:
    log = Cluster.objects.select_related("log").get().log
    assert log is not None
    return log


def frames() -> list[dict[str, Any]]:
    return [json.loads(line) for _, line in Reader(log_of()).lines(0)]


async def test_the_first_listing_is_a_log_of_lists(server: ApiServer, polled: Cluster, ask: Ask) -> None:
    row = await ask("listing")
    assert (row.state, row.result["changes"], row.result["not_listed"]) == ("ok", 0, {})
    assert {frame["kind"] for frame in await in_thread(frames)} == {"list"}
    assert await in_thread(lambda: objects_in(log_of()) == objects_of(server))
    assert not any("watch" in request.query for request in server.requests)


async def test_what_differs_is_logged_as_inferred_and_the_log_is_then_as_the_cluster(
    server: ApiServer, polled: Cluster, ask: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pages, "PAGE_ITEMS", 7)
    first = await ask("listing")
    for _ in range(3):
        await server.play(count=60)
        row = await ask("listing")
        assert row.state == "ok"
        assert await in_thread(lambda: objects_in(log_of()) == objects_of(server))
    events = [frame for frame in await in_thread(frames) if frame["kind"] == "event"]
    assert {frame["type"] for frame in events} == {"ADDED", "MODIFIED", "DELETED"}
    assert all(first.asked_ts <= frame["inferredSince"] < frame["ts"] for frame in events)
    assert all(frame["object"]["kind"] and frame["object"]["apiVersion"] for frame in events)
    assert sum(frame["kind"] == "note" for frame in await in_thread(frames)) == 0
    assert (await ask("listing")).result["changes"] == 0
    assert (await ask("drift")).state == "ok"


async def test_an_object_made_anew_under_its_name_is_deleted_and_added(
    server: ApiServer, polled: Cluster, ask: Ask, client: ApiClient
) -> None:
    path = "/api/v1/namespaces/default/configmaps"
    new = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "settings"}, "data": {"a": "1"}}
    await client.ask("POST", path, new)
    await ask("listing")
    await client.ask("DELETE", f"{path}/settings")
    await client.ask("POST", path, {**new, "data": {"a": "2"}})
    row = await ask("listing")
    told = [frame for frame in await in_thread(frames) if frame["kind"] == "event"]
    assert [(frame["type"], frame["object"]["data"]["a"]) for frame in told] == [("DELETED", "1"), ("ADDED", "2")]
    assert row.result["changes"] == 2


async def test_nobody_claims_to_have_seen_an_inferred_write(server: ApiServer, polled: Cluster, ask: Ask) -> None:
    await ask("listing")
    await server.play(count=200)
    await ask("listing")

    def look() -> tuple[list[Any], list[Any]]:
        log = log_of()
        moment = Reader(log).seek(log.last_seq)
        tables = moment.flow.snapshot()
        return list(tables["writes"].values()), list(tables["traces"].values())

    writes, traces = await in_thread(look)
    assert writes
    assert all(0 < write.since < write.ts for write in writes)
    assert {write.certainty for write in writes} <= {"inferred", "guessed", "unknown"}
    assert "inferred" in {write.certainty for write in writes}
    assert all((write.parent, write.trace) == (0, 0) for write in writes)
    assert traces == []


async def test_the_inspector_tells_between_when_a_version_was_made(
    server: ApiServer, polled: Cluster, ask: Ask
) -> None:
    await ask("listing")
    await server.play(count=200)
    await ask("listing")

    def inspect() -> Any:
        log = log_of()
        store = Reader(log).seek(log.last_seq).store
        ref = next(f"{PODS}:{key}" for key, entry in store.entries(PODS).items() if entry.item < 0)
        place = locate(store, ref)
        history = History(log)
        return read(history, gather(store, place, history.see(place).object), question=1)

    told = await in_thread(inspect)
    assert 0 < told.versions[0].since < told.versions[0].ts


async def test_a_resource_that_may_not_be_listed_is_named_and_comes_in_when_it_may(
    server: ApiServer, polled: Cluster, ask: Ask
) -> None:
    server.access.deny(PODS)
    row = await ask("listing")
    assert (row.state, row.problem) == ("warning", "Not listed: v1/pods.")
    told = (await in_thread(lambda: Client().get("/api/clusters").json()))[0]
    assert [each["resource"] for each in told["resources"] if each["phase"] == "refused"] == [PODS]
    assert told["is_followed"]
    assert told["is_polled"]
    server.access.allow(PODS)
    assert (await ask("listing")).state == "ok"
    lists = [frame["resource"] for frame in await in_thread(frames) if frame["kind"] == "list"]
    assert lists.count(PODS) == 1


async def test_a_cluster_that_is_listed_is_not_watched_and_one_that_is_watched_not_listed(
    server: ApiServer, cluster: Cluster, ask: Ask
) -> None:
    async with followers():
        await until(lambda: Cluster.objects.get().holder)
        assert "listing" not in {due.poll for due in await in_thread(lambda: find_due(1e9))}
        await in_thread(lambda: Cluster.objects.update(is_polled=True))
        await until(lambda: Cluster.objects.get().holder == "")
        assert "listing" in {due.poll for due in await in_thread(lambda: find_due(1e9))}
        assert (await ask("listing")).state == "ok"


async def test_a_cluster_that_another_holds_is_not_listed(server: ApiServer, polled: Cluster, ask: Ask) -> None:
    assert await in_thread(lambda: lease.take(polled.pk, "another"))
    row = await ask("listing")
    assert (row.state, row.problem) == ("unreachable", "It was not listed: another process holds the cluster.")
    assert await in_thread(Log.objects.count) == 0


async def test_a_server_that_goes_away_is_told_and_what_it_has_by_then_is_found_later(
    server: ApiServer, polled: Cluster, ask: Ask
) -> None:
    await ask("listing")
    await server.stop()
    assert (await ask("listing")).state == "unreachable"
    told = (await in_thread(lambda: Client().get("/api/clusters").json()))[0]
    assert told["problem"].endswith("Connection refused.")
    await server.start()
    await server.play(count=100)
    assert (await ask("listing")).state == "ok"
    assert await in_thread(lambda: objects_in(log_of()) == objects_of(server))
