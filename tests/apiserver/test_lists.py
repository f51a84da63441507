"""Gets, lists and pages: what resource versions, selectors and forms mean, beyond what was recorded."""

from __future__ import annotations

from typing import Any

import pytest

from tests.apiserver.following import Client
from tests.apiserver.server import ApiServer
from visualizer.printing.durations import ago

PODS = "/api/v1/pods"
METADATA = {"Accept": "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1"}
ONE_METADATA = {"Accept": "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1"}
TABLE = {"Accept": "application/json;as=Table;g=meta.k8s.io;v=v1,application/json"}


def names(body: dict[str, Any]) -> list[str]:
    """What a list is of."""
    return [item["metadata"]["name"] for item in body["items"]]


async def test_pages_show_one_moment_whatever_is_written_meanwhile(server: ApiServer, client: Client) -> None:
    whole = names((await client.get(PODS)).body)
    page = (await client.get(PODS, limit="4")).body
    version, seen = page["metadata"]["resourceVersion"], names(page)
    while token := page["metadata"].get("continue"):
        server.storage.put("v1/pods", {"metadata": {"name": f"z{len(seen)}", "namespace": "shop"}})
        db = server.storage.get("v1/pods", "shop/db-0")
        if db:
            server.storage.delete("v1/pods", db)
        page = (await client.get(PODS, limit="4", **{"continue": token})).body
        assert page["metadata"]["resourceVersion"] == version
        seen += names(page)
    assert seen == whole


async def test_an_exact_list_shows_the_past_and_one_not_older_the_present(server: ApiServer, client: Client) -> None:
    before = await client.version(PODS)
    server.storage.put("v1/pods", {"metadata": {"name": "new", "namespace": "shop"}})
    exact = await client.get(PODS, resourceVersion=before, resourceVersionMatch="Exact")
    assert exact.body["metadata"]["resourceVersion"] == before
    assert "new" not in names(exact.body)
    fresh = await client.get(PODS, resourceVersion=before, resourceVersionMatch="NotOlderThan")
    assert "new" in names(fresh.body)
    assert int(fresh.body["metadata"]["resourceVersion"]) > int(before)


async def test_a_list_from_the_cache_takes_no_limit(server: ApiServer, client: Client) -> None:
    answer = await client.get(PODS, resourceVersion="0", limit="2")
    assert len(answer.body["items"]) == 10
    assert "continue" not in answer.body["metadata"]


async def test_a_list_waits_for_a_version_and_gives_up(server: ApiServer, client: Client) -> None:
    server.rate = 100
    answer = await client.get(PODS, resourceVersion="99999", resourceVersionMatch="NotOlderThan")
    assert (answer.status, answer.body["reason"]) == (504, "Timeout")
    assert answer.body["message"] == f"Too large resource version: 99999, current: {server.storage.version}"
    assert answer.body["details"]["causes"][0]["reason"] == "ResourceVersionTooLarge"


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ({"resourceVersionMatch": "Exact"}, 422),
        ({"resourceVersionMatch": "Exact", "resourceVersion": "0"}, 422),
        ({"resourceVersionMatch": "Newest", "resourceVersion": "1"}, 422),
        ({"watch": "1", "sendInitialEvents": "true"}, 422),
        ({"watch": "1", "resourceVersionMatch": "NotOlderThan"}, 422),
        ({"limit": "x"}, 400),
        ({"fieldSelector": "spec.colour=red"}, 400),
        ({"labelSelector": "a in b"}, 400),
        ({"labelSelector": "a,"}, 400),
        ({"resourceVersion": "769", "resourceVersionMatch": "Exact", "continue": "zzz"}, 400),
    ],
)
async def test_queries_that_make_no_sense_are_refused(query: dict[str, str], status: int, client: Client) -> None:
    answer = await client.get(PODS, **query)
    assert (answer.status, answer.body["code"]) == (status, status)


@pytest.mark.parametrize(
    ("selector", "count"),
    [
        ("app=web", 3),
        ("app==web", 3),
        ("app!=web", 7),
        ("app in (web, api)", 5),
        ("app notin (web,api)", 5),
        ("app", 10),
        ("!app", 0),
        ("app=web,!nothing", 3),
        ("apps.kubernetes.io/pod-index>0", 1),
        ("apps.kubernetes.io/pod-index<1", 1),
    ],
)
async def test_label_selectors_select(selector: str, count: int, client: Client) -> None:
    assert len((await client.get(PODS, labelSelector=selector)).body["items"]) == count


@pytest.mark.parametrize(
    ("path", "selector", "count"),
    [
        (PODS, "metadata.namespace=shop", 7),
        (PODS, "metadata.namespace!=shop,spec.nodeName=node-1", 1),
        (PODS, "status.phase==Running", 10),
        (PODS, "spec.hostNetwork=false", 10),
        ("/api/v1/nodes", "spec.unschedulable=true", 0),
        ("/api/v1/events", "involvedObject.kind=Node,involvedObject.name=node-1,reason=Starting", 1),
        ("/apis/events.k8s.io/v1/events", "regarding.kind=Node,regarding.name=node-1,reason=Starting", 1),
        ("/apis/apps/v1/replicasets", "metadata.name=nothing", 0),
    ],
)
async def test_field_selectors_select(path: str, selector: str, count: int, client: Client) -> None:
    assert len((await client.get(path, fieldSelector=selector)).body["items"]) == count


async def test_metadata_alone_is_for_lists_or_for_objects(client: Client) -> None:
    listed = await client.get(PODS, METADATA)
    assert {tuple(item) for item in listed.body["items"]} == {("kind", "apiVersion", "metadata")}
    one = await client.get("/api/v1/nodes/node-1", ONE_METADATA)
    assert (one.body["kind"], one.body["metadata"]["name"]) == ("PartialObjectMetadata", "node-1")
    assert (await client.get(PODS, ONE_METADATA)).status == 406
    assert (await client.get("/api/v1/nodes/node-1", METADATA)).status == 406
    assert (await client.get(PODS, {"Accept": "application/vnd.kubernetes.protobuf"})).status == 406


async def test_a_table_has_as_much_of_each_object_as_asked(client: Client) -> None:
    path = "/api/v1/nodes"
    assert (await client.get(path, TABLE)).body["rows"][0]["object"]["kind"] == "PartialObjectMetadata"
    assert (await client.get(path, TABLE, includeObject="None")).body["rows"][0]["object"] is None
    whole = (await client.get(path, TABLE, includeObject="Object")).body["rows"][0]["object"]
    assert whole == (await client.get(f"{path}/node-1")).body


async def test_events_are_served_in_both_forms(client: Client) -> None:
    old = (await client.get("/api/v1/events")).body["items"]
    new = (await client.get("/apis/events.k8s.io/v1/events")).body
    assert new["apiVersion"] == "events.k8s.io/v1"
    assert [item.get("note") for item in new["items"]] == [item.get("message") for item in old]
    assert [item["regarding"] for item in new["items"]] == [item["involvedObject"] for item in old]


async def test_autoscalers_are_served_in_both_forms(client: Client) -> None:
    (old,) = (await client.get("/apis/autoscaling/v1/horizontalpodautoscalers")).body["items"]
    (new,) = (await client.get("/apis/autoscaling/v2/horizontalpodautoscalers")).body["items"]
    cpu = new["spec"]["metrics"][0]["resource"]["target"]["averageUtilization"]
    assert old["spec"]["targetCPUUtilizationPercentage"] == cpu
    assert old["metadata"] == new["metadata"]


async def test_long_answers_are_packed_for_those_who_unpack(server: ApiServer, client: Client) -> None:
    path = "/api/v1/namespaces/shop/configmaps"
    server.storage.put(
        "v1/configmaps", {"metadata": {"name": "long", "namespace": "shop"}, "data": {"a": "x" * 131072}}
    )
    packed = await client.get(path, {"Accept-Encoding": "gzip"})
    plain = await client.get(path, {"Accept-Encoding": "identity"})
    assert packed.headers["Content-Encoding"] == "gzip"
    assert "Content-Encoding" not in plain.headers
    assert packed.body == plain.body


async def test_a_name_is_made_up_where_only_its_beginning_is_given(server: ApiServer, client: Client) -> None:
    given = {"metadata": {"generateName": "job-"}, "data": {}}
    answer = await client.ask("POST", "/api/v1/namespaces/shop/configmaps", given)
    metadata = answer.body["metadata"]
    assert answer.status == 201
    assert metadata["name"].startswith("job-")
    assert len(metadata["name"]) == len("job-") + 5
    assert {"uid", "creationTimestamp", "resourceVersion"} <= set(metadata)
    assert int(metadata["resourceVersion"]) == server.storage.version
    again = {"metadata": {"name": metadata["name"]}}
    assert (await client.ask("POST", "/api/v1/namespaces/shop/configmaps", again)).body["reason"] == "AlreadyExists"


async def test_a_dry_run_leaves_nothing_behind(server: ApiServer, client: Client) -> None:
    before = server.storage.version
    given = {"metadata": {"name": "dry"}}
    answer = await client.ask("POST", "/api/v1/namespaces/shop/configmaps", given, dryRun="All")
    assert (answer.status, server.storage.version) == (201, before)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (-5, "<invalid>"),
        (0.4, "0s"),
        (119, "119s"),
        (120, "2m"),
        (271, "4m31s"),
        (14 * 60 + 9, "14m"),
        (3 * 3600 + 120, "3h2m"),
        (9 * 3600, "9h"),
        (50 * 3600, "2d2h"),
        (30 * 86400, "30d"),
        (3 * 365 * 86400 + 86400, "3y1d"),
        (9 * 365 * 86400, "9y"),
    ],
)
def test_ages_are_coarser_the_longer_they_are(seconds: float, text: str) -> None:
    assert ago(seconds) == text
