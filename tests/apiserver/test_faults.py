"""Each thing that can go wrong, as a client sees it."""

from __future__ import annotations

import asyncio
import time
from contextlib import aclosing
from typing import Any

import aiohttp
import orjson
import pytest

from tests.apiserver.following import Client
from tests.apiserver.server import ApiServer

PODS = "/api/v1/pods"


def pod(name: str, **more: Any) -> dict[str, Any]:
    """A pod in little."""
    return {"metadata": {"name": name, "namespace": "shop"}, "spec": {"containers": []}, **more}


async def opened(server: ApiServer, client: Client, **query: str) -> asyncio.Task[list[bytes]]:
    """A watch of pods from now on, with its lines to come."""
    version = await client.version(PODS)

    async def read() -> list[bytes]:
        return [line async for line in client.lines(PODS, resourceVersion=version, **query)]

    before = server.watching("v1/pods")
    reading = asyncio.create_task(read())
    await server.until(lambda: server.watching("v1/pods") > before)
    return reading


async def test_denied_requests_are_forbidden_in_the_real_words(server: ApiServer, client: Client) -> None:
    server.access.deny("apps/v1/deployments", "list")
    answer = await client.get("/apis/apps/v1/namespaces/shop/deployments")
    assert answer.status == 403
    assert answer.body == {
        "kind": "Status",
        "apiVersion": "v1",
        "metadata": {},
        "status": "Failure",
        "message": 'deployments.apps is forbidden: User "admin" cannot list resource "deployments" in API group "apps" '
        'in the namespace "shop"',
        "reason": "Forbidden",
        "details": {"group": "apps", "kind": "deployments"},
        "code": 403,
    }
    assert (await client.get("/apis/apps/v1/namespaces/shop/deployments/web")).status == 200
    server.access.allow("apps/v1/deployments", "list")
    assert (await client.get("/apis/apps/v1/namespaces/shop/deployments")).status == 200


async def test_a_denial_at_the_cluster_scope_leaves_namespaces(server: ApiServer, client: Client) -> None:
    server.access.deny("v1/pods", "list", scope="")
    assert (await client.get(PODS)).status == 403
    assert (await client.get("/api/v1/namespaces/shop/pods")).status == 200


async def test_access_reviews_tell_of_denials(server: ApiServer, client: Client) -> None:
    server.access.deny("v1/secrets", scope="shop")

    async def may(namespace: str) -> bool:
        asked = {"resourceAttributes": {"verb": "list", "resource": "secrets", "namespace": namespace}}
        answer = await client.ask("POST", "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews", {"spec": asked})
        return bool(answer.body["status"]["allowed"])

    assert not await may("shop")
    assert await may("platform")
    asked = {"spec": {"namespace": "shop"}}
    rules = await client.ask("POST", "/apis/authorization.k8s.io/v1/selfsubjectrulesreviews", asked)
    told = [rule for rule in rules.body["status"]["resourceRules"] if "" in rule["apiGroups"]]
    assert not [rule for rule in told if "secrets" in rule["resources"]]
    assert [rule for rule in told if "pods" in rule["resources"] and "watch" in rule["verbs"]]


async def test_a_token_that_is_known_no_more_is_unauthorized() -> None:
    async with ApiServer(tokens={"good": "alice"}) as server, aiohttp.ClientSession() as session:
        client = Client(server, session)
        bearer = {"Authorization": "Bearer good"}
        assert (await client.get(PODS, bearer)).status == 200
        server.access.unauthorize("good")
        answer = await client.get(PODS, bearer)
        assert (answer.status, answer.body["reason"]) == (401, "Unauthorized")
        server.access.authorize("good", "alice")
        assert (await client.get(PODS, bearer)).status == 200


@pytest.mark.parametrize("status", [500, 503])
async def test_failures_are_counted_down(status: int, server: ApiServer, client: Client) -> None:
    server.faults.fail(status, count=2, retry_after=3, path="/api/v1/*")
    failed = [await client.get(PODS), await client.get(PODS)]
    assert [answer.status for answer in failed] == [status, status]
    assert {answer.headers["Retry-After"] for answer in failed} == {"3"}
    assert failed[0].body["code"] == status
    assert (await client.get(PODS)).status == 200


async def test_an_overloaded_server_says_so_in_plain_text(server: ApiServer, client: Client) -> None:
    server.faults.fail(429, path=PODS, retry_after=1)
    answer = await client.get(PODS)
    assert (answer.status, answer.headers["Retry-After"]) == (429, "1")
    assert answer.text == "Too many requests, please try again later.\n"
    assert (await client.get("/api/v1/nodes")).status == 200
    server.faults.heal()
    assert (await client.get(PODS)).status == 200


async def test_failures_end_after_a_time(server: ApiServer, client: Client) -> None:
    server.faults.fail(503, seconds=0.05)
    began = time.monotonic()
    while (await client.get(PODS)).status == 503:
        pass
    assert time.monotonic() - began >= 0.04


async def test_a_watch_that_hangs_says_nothing_until_healed(server: ApiServer, client: Client) -> None:
    watch = await opened(server, client, timeoutSeconds="3600")
    server.faults.hang("v1/pods")
    server.storage.put("v1/pods", pod("unseen"))
    server.faults.error_event("v1/pods", 410)
    async with aclosing(client.events("/api/v1/nodes", resourceVersion=await client.version("/api/v1/nodes"))) as other:
        server.storage.put("v1/nodes", {"metadata": {"name": "node-4"}})
        assert (await anext(other))["type"] == "ADDED"
    assert not watch.done()
    assert server.watching("v1/pods") == 1
    server.faults.heal()
    first, _ = await watch
    assert orjson.loads(first)["object"]["metadata"]["name"] == "unseen"


async def test_a_request_that_hangs_is_never_answered(server: ApiServer, client: Client) -> None:
    server.faults.hang("v1/pods", "list")
    asked = asyncio.create_task(client.get(PODS))
    await server.until(lambda: any(request.path == PODS for request in server.requests))
    assert (await client.get("/api/v1/nodes")).status == 200
    assert not asked.done()
    server.faults.heal()
    assert (await asked).status == 200


@pytest.mark.parametrize("mid_line", [True, False])
async def test_a_connection_that_is_cut_leaves_half_a_line_or_none(
    mid_line: bool, server: ApiServer, client: Client
) -> None:
    version = await client.version(PODS)

    async with aclosing(client.events(PODS, resourceVersion=version)) as events:
        server.storage.put("v1/pods", pod("whole"))
        assert (await anext(events))["object"]["metadata"]["name"] == "whole"
        assert server.faults.cut("v1/pods", mid_line=mid_line) == 1
        with pytest.raises(aiohttp.ClientPayloadError):
            await anext(events)


async def test_half_a_line_reaches_the_client_before_the_cut(server: ApiServer) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", int(server.url.rpartition(":")[2]))
    writer.write(b"GET /api/v1/pods?watch=1&resourceVersion=769 HTTP/1.1\r\nHost: lab\r\n\r\n")
    await server.until(lambda: server.watching("v1/pods") == 1)
    server.faults.cut("v1/pods", mid_line=True)
    raw = await reader.read()
    writer.close()
    await writer.wait_closed()
    assert b'{"type":"MODIFIED","object":{"kind":"Pod"' in raw
    assert not raw.rstrip().endswith((b"}", b"\r\n0"))


async def test_a_list_can_break_off_in_the_middle(server: ApiServer, client: Client) -> None:
    server.faults.truncate("v1/pods")
    with pytest.raises(aiohttp.ClientPayloadError):
        await client.get(PODS)
    assert (await client.get(PODS)).status == 200


async def test_every_request_waits_for_the_latency(server: ApiServer, client: Client) -> None:
    server.faults.latency(0.2)
    began = time.monotonic()
    await client.get(PODS)
    assert time.monotonic() - began >= 0.2


async def test_garbage_comes_as_a_line_among_others(server: ApiServer, client: Client) -> None:
    watch = await opened(server, client)
    assert server.faults.garbage("v1/pods") == 1
    server.storage.put("v1/pods", pod("after"))
    server.faults.error_event("v1/pods", 500)
    garbage, event, error = await watch
    with pytest.raises(orjson.JSONDecodeError):
        orjson.loads(garbage)
    assert orjson.loads(event)["type"] == "ADDED"
    assert orjson.loads(error)["object"]["code"] == 500


async def test_an_error_event_ends_the_watch(server: ApiServer, client: Client) -> None:
    watch = await opened(server, client)
    assert server.faults.error_event("v1/pods", 410) == 1
    (line,) = await watch
    error = orjson.loads(line)
    assert (error["type"], error["object"]["reason"], error["object"]["code"]) == ("ERROR", "Expired", 410)
    await server.until(lambda: server.watching("v1/pods") == 0)


async def test_a_restart_drops_watches_and_forgets_where_they_could_resume(server: ApiServer, client: Client) -> None:
    before, url = await client.version(PODS), server.url
    server.storage.put("v1/pods", pod("new"))
    watch = await opened(server, client)
    await server.restart(lose_history=True)
    with pytest.raises(aiohttp.ClientError):
        await watch
    assert server.url == url
    (event,) = [event async for event in client.events(PODS, resourceVersion=before)]
    assert event["object"]["message"] == f"too old resource version: {before} ({server.storage.version})"


async def test_a_restart_that_keeps_history_lets_watches_resume(server: ApiServer, client: Client) -> None:
    before = await client.version(PODS)
    server.storage.put("v1/pods", pod("new"))
    await server.restart(lose_history=False)
    async with aclosing(client.events(PODS, resourceVersion=before)) as events:
        assert (await anext(events))["object"]["metadata"]["name"] == "new"


async def test_a_server_that_is_stopped_refuses_connections(server: ApiServer, client: Client) -> None:
    await server.stop()
    with pytest.raises(aiohttp.ClientConnectorError):
        await client.get(PODS)
    await server.start()
    assert (await client.get(PODS)).status == 200


async def test_after_a_restore_versions_are_given_a_second_time(server: ApiServer, client: Client) -> None:
    start = server.storage.version
    lost = server.storage.put("v1/pods", pod("lost"))
    server.storage.delete("v1/nodes", server.storage.collection("v1/nodes").objects["node-1"])
    await server.restore(start)
    assert await client.version(PODS) == str(start)
    assert (await client.get("/api/v1/namespaces/shop/pods/lost")).status == 404
    assert (await client.get("/api/v1/nodes/node-1")).status == 200
    assert server.storage.put("v1/pods", pod("other")).version == lost.version


async def test_compaction_expires_watches_pages_and_exact_lists(server: ApiServer, client: Client) -> None:
    page = await client.get(PODS, limit="3")
    version, token = page.body["metadata"]["resourceVersion"], page.body["metadata"]["continue"]
    server.storage.put("v1/pods", pod("a-new-one"))
    server.compact(server.storage.version)
    (event,) = [event async for event in client.events(PODS, resourceVersion=version)]
    assert (event["type"], event["object"]["reason"]) == ("ERROR", "Expired")
    exact = await client.get(PODS, resourceVersion=version, resourceVersionMatch="Exact")
    assert (exact.status, exact.body["reason"]) == (410, "Expired")
    expired = await client.get(PODS, limit="3", **{"continue": token})
    assert (expired.status, expired.body["reason"]) == (410, "Expired")
    rest = await client.get(PODS, **{"continue": expired.body["metadata"]["continue"]})
    seen = [item["metadata"]["name"] for item in page.body["items"] + rest.body["items"]]
    assert len(seen) == len(set(seen)) == 11


async def test_big_objects_pass(server: ApiServer, client: Client) -> None:
    watch = await opened(server, client)
    big = {"metadata": {"name": "big", "namespace": "shop", "annotations": {"filler": "x" * 6_000_000}}}
    answer = await client.ask("POST", "/api/v1/namespaces/shop/pods", big)
    assert answer.status == 201
    server.faults.error_event("v1/pods")
    event = orjson.loads((await watch)[0])
    assert event["object"] == answer.body
    assert (await client.get("/api/v1/namespaces/shop/pods/big")).body == answer.body


async def test_requests_are_counted(server: ApiServer, client: Client) -> None:
    await client.get(PODS, limit="2")
    (request,) = server.requests
    assert (request.method, request.path, request.query) == ("GET", PODS, {"limit": "2"})
