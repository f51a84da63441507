"""Watches: first pictures, bookmarks, selections and forms, beyond what was recorded."""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from typing import Any

from tests.apiserver.following import Client
from tests.apiserver.server import ApiServer

PODS = "/api/v1/pods"
CONFIG = "v1/configmaps"
SHOP_CONFIG = "/api/v1/namespaces/shop/configmaps"


def config(name: str = "one", namespace: str = "shop", **labels: str) -> dict[str, Any]:
    """A ConfigMap with labels."""
    return {"metadata": {"name": name, "namespace": namespace, "labels": labels}}


def told(event: dict[str, Any]) -> tuple[str, str]:
    """What happened to what."""
    return event["type"], event["object"]["metadata"]["name"]


async def test_a_watch_from_nowhere_begins_with_what_there_is(server: ApiServer, client: Client) -> None:
    for version in ("", "0"):
        async with aclosing(client.events("/api/v1/nodes", resourceVersion=version)) as events:
            seen = [told(await anext(events)) for _ in range(3)]
            assert seen == [("ADDED", f"node-{n}") for n in (1, 2, 3)]
            name = f"node-4{version}"
            server.storage.put("v1/nodes", {"metadata": {"name": name}})
            assert told(await anext(events)) == ("ADDED", name)
            server.storage.delete("v1/nodes", {"metadata": {"name": name}})
            assert told(await anext(events)) == ("DELETED", name)


async def test_a_streaming_list_is_marked_where_it_ends(server: ApiServer, client: Client) -> None:
    query = {"sendInitialEvents": "true", "resourceVersionMatch": "NotOlderThan", "allowWatchBookmarks": "true"}
    async with aclosing(client.events(PODS, **query)) as events:
        first = [await anext(events) for _ in range(11)]
        server.storage.put("v1/pods", {"metadata": {"name": "later", "namespace": "shop"}})
        assert told(await anext(events)) == ("ADDED", "later")
    assert {event["type"] for event in first[:-1]} == {"ADDED"}
    end = first[-1]
    assert end["type"] == "BOOKMARK"
    assert end["object"]["metadata"]["annotations"] == {"k8s.io/initial-events-end": "true"}
    assert end["object"]["metadata"]["resourceVersion"] == "769"


async def test_a_streaming_list_waits_for_the_version_it_is_to_be_no_older_than(
    server: ApiServer, client: Client
) -> None:
    query = {"sendInitialEvents": "true", "resourceVersionMatch": "NotOlderThan", "resourceVersion": "770"}
    async with aclosing(client.events("/api/v1/nodes", **query)) as events:
        first = asyncio.ensure_future(anext(events))
        await server.until(lambda: bool(server.requests))
        assert server.watching("v1/nodes") == 0
        server.storage.put("v1/nodes", {"metadata": {"name": "node-0"}})
        assert told(await first) == ("ADDED", "node-0")


async def test_a_watch_with_a_time_ends_with_a_bookmark(server: ApiServer, client: Client) -> None:
    version = await client.version(PODS)
    server.storage.put(CONFIG, config())
    server.rate = 50
    query = {"resourceVersion": version, "allowWatchBookmarks": "true", "timeoutSeconds": "1"}
    (bookmark,) = [event async for event in client.events(PODS, **query)]
    assert bookmark["type"] == "BOOKMARK"
    assert bookmark["object"] == {
        "kind": "Pod",
        "apiVersion": "v1",
        "metadata": {"resourceVersion": str(server.storage.version)},
    }
    assert [event async for event in client.events(PODS, resourceVersion=version, timeoutSeconds="1")] == []


async def test_bookmarks_come_at_the_pace_that_is_set(server: ApiServer, client: Client) -> None:
    server.bookmark_seconds = 0.01
    version = await client.version(PODS)
    async with aclosing(client.events(PODS, resourceVersion=version, allowWatchBookmarks="true")) as events:
        assert [(await anext(events))["type"] for _ in range(3)] == ["BOOKMARK"] * 3


async def test_what_comes_into_a_selection_is_added_and_what_leaves_it_deleted(
    server: ApiServer, client: Client
) -> None:
    version = await client.version(SHOP_CONFIG)
    query = {"resourceVersion": version, "labelSelector": "colour=red"}
    async with aclosing(client.events(SHOP_CONFIG, **query)) as events:
        server.storage.put(CONFIG, config("first", colour="red"))
        assert told(await anext(events)) == ("ADDED", "first")
        server.storage.put(CONFIG, config(colour="blue"))
        entered = server.storage.put(CONFIG, config(colour="red"))
        server.storage.put(CONFIG, config(colour="red", shape="round"))
        left = server.storage.put(CONFIG, config(colour="green"))
        server.storage.put(CONFIG, config("other", namespace="platform", colour="red"))
        server.storage.delete(CONFIG, config(colour="green"))
        server.storage.put(CONFIG, config("last", colour="red"))
        seen = [await anext(events) for _ in range(4)]
    assert [told(event) for event in seen] == [
        ("ADDED", "one"),
        ("MODIFIED", "one"),
        ("DELETED", "one"),
        ("ADDED", "last"),
    ]
    assert seen[0]["object"]["metadata"]["resourceVersion"] == str(entered.version)
    assert seen[2]["object"]["metadata"]["resourceVersion"] == str(left.version)
    assert seen[2]["object"]["metadata"]["labels"] == {"colour": "red", "shape": "round"}


async def test_one_object_can_be_watched_by_its_name(server: ApiServer, client: Client) -> None:
    query = {"resourceVersion": await client.version(SHOP_CONFIG), "fieldSelector": "metadata.name=one"}
    async with aclosing(client.events(SHOP_CONFIG, **query)) as events:
        server.storage.put(CONFIG, config("other"))
        server.storage.put(CONFIG, config("one"))
        assert told(await anext(events)) == ("ADDED", "one")


async def test_metadata_alone_can_be_watched(server: ApiServer, client: Client) -> None:
    headers = {"Accept": "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1"}
    query = {"sendInitialEvents": "true", "resourceVersionMatch": "NotOlderThan", "allowWatchBookmarks": "true"}
    async with aclosing(client.events("/api/v1/nodes", headers, **query)) as events:
        *nodes, end = [await anext(events) for _ in range(4)]
    for event in [*nodes, end]:
        assert set(event["object"]) == {"kind", "apiVersion", "metadata"}
        assert event["object"]["kind"] == "PartialObjectMetadata"
    assert "k8s.io/initial-events-end" in end["object"]["metadata"]["annotations"]


async def test_a_watched_table_tells_its_columns_once(server: ApiServer, client: Client) -> None:
    headers = {"Accept": "application/json;as=Table;g=meta.k8s.io;v=v1"}
    async with aclosing(client.events("/api/v1/nodes", headers)) as events:
        first, second = await anext(events), await anext(events)
    assert first["object"]["columnDefinitions"][0]["name"] == "Name"
    assert second["object"]["columnDefinitions"] is None
    assert second["object"]["rows"][0]["cells"][0] == "node-2"


async def test_what_is_compacted_at_once_still_reaches_open_watches(server: ApiServer, client: Client) -> None:
    async with aclosing(client.events(SHOP_CONFIG, resourceVersion=await client.version(SHOP_CONFIG))) as events:
        server.storage.put(CONFIG, config("first"))
        assert told(await anext(events)) == ("ADDED", "first")
        server.storage.put(CONFIG, config("second"))
        server.compact(server.storage.version)
        assert told(await anext(events)) == ("ADDED", "second")


async def test_a_watch_whose_client_is_gone_is_closed(server: ApiServer, client: Client) -> None:
    async with aclosing(client.events(PODS)) as events:
        await anext(events)
        assert server.watching("v1/pods") == 1
    await server.until(lambda: server.watching("v1/pods") == 0)
