"""The stand-in against the real server: each recorded exchange is asked again, and the answers are compared.

Compared are the status, the headers in HEADERS, and the whole JSON or text of the answer, down to versions and continue
tokens: the stand-in holds the recorded objects, and its counter is put where the real one was. What is not
compared stands in EXCEPTIONS with its reason; a test sees to it that no exchange is left out in silence.
"""

from __future__ import annotations

import copy
import re
from calendar import timegm
from collections.abc import Callable
from time import strptime
from typing import Any

import aiohttp
import orjson
import pytest
from yarl import URL

from tests.apiserver.exchanges import exchanges
from tests.apiserver.server import ApiServer

Exchange = dict[str, Any]
HEADERS = ("content-type", "cache-control")
TOKENS = {"admin-token": "admin", "alice-token": "alice"}
RATE = 100.0
"""Times faster than told the stand-in lets time pass: one exchange took 75 seconds."""


def _without_storage_hashes(body: Any) -> Any:
    for resource in body["resources"]:
        resource.pop("storageVersionHash", None)
    return body


def _paths_only(body: Any) -> Any:
    hashed = {
        path: re.sub(r"hash=[0-9A-F]{128}$", "hash=", told["serverRelativeURL"]) for path, told in body["paths"].items()
    }
    return {path: url for path, url in hashed.items() if re.match(r"(api|apis/[^/]+)/[^/]+$", path)}


def _without_address(body: Any) -> Any:
    for one in body["serverAddressByClientCIDRs"]:
        one["serverAddress"] = ""
    return body


def _without_managed_fields(body: Any) -> Any:
    body["metadata"].pop("managedFields", None)
    return body


def _shape_of_rules(body: Any) -> Any:
    def fields(rules: list[dict[str, Any]]) -> list[tuple[str, ...]]:
        return sorted({tuple(sorted(rule)) for rule in rules})

    told = body["status"]
    rules = {"resourceRules": fields(told["resourceRules"]), "nonResourceRules": fields(told["nonResourceRules"])}
    return {**body, "status": {**told, **rules}}


def _objects_held(body: Any) -> Any:
    held = r'^apiserver_storage_objects\{resource="(?:pods|nodes|deployments.apps)"\} \d+$'
    return sorted(re.findall(held, body, re.MULTILINE))


EXCEPTIONS: dict[str, tuple[str, Callable[[Any], Any]]] = {
    "api": ("the address is the server's own", _without_address),
    "openapi v3 index": ("only group versions are listed, and hashes are of other documents", _paths_only),
    "self subject rules review": ("no RBAC is evaluated: the form of the rules is compared", _shape_of_rules),
    "self subject access review": ("writes keep no managedFields", _without_managed_fields),
    "metrics": ("figures are of the program that runs: compared is how many objects it holds", _objects_held),
} | {
    name: ("storageVersionHash is of the way etcd stores objects", _without_storage_hashes)
    for name in exchanges()
    if name.startswith("resources of ")
}
HEADER_EXCEPTIONS = {
    "wrong token": "no headers were recorded",
    "anonymous": "no headers were recorded",
}
COUNTERS = {"list at resourceVersion 0": 3201, "allowed in a namespace": 3354}
"""Where the real server's counter stood, or its watch cache, if no version in the question says it."""


async def _fill(server: ApiServer) -> None:
    """Hold the objects the real server held, with their versions."""
    told = exchanges()
    pods = [*told["list pods, first page"]["body"]["items"], *told["list pods"]["body"]["items"]]
    server.storage.load("v1/pods", pods, 2635)
    server.storage.load("v1/nodes", told["list at resourceVersion 0"]["body"]["items"], 3201)
    deployments = [line["object"] for line in told["watch list: initial events, then a bookmark"]["lines"][:-1]]
    server.storage.load("apps/v1/deployments", deployments, 3201)


def _counter(exchange: Exchange) -> int:
    """The version the stand-in is to be at for an exchange."""
    if exchange["name"] in COUNTERS:
        return COUNTERS[exchange["name"]]
    if exchange["name"].startswith("watch list"):
        return int(exchange["lines"][-1]["object"]["metadata"]["resourceVersion"])
    return 3291


def _told_at() -> float:
    """When the table was made: its second pod was then 4m31s old."""
    pod = exchanges()["pods as table"]["body"]["rows"][1]
    assert pod["cells"][4] == "4m31s"
    return timegm(strptime(pod["object"]["metadata"]["creationTimestamp"], "%Y-%m-%dT%H:%M:%SZ")) + 271


def _headers(exchange: Exchange) -> dict[str, str]:
    user = exchange["request"]["user"]
    token = {"Authorization": f"Bearer {user}-token"} if user != "nobody" else {}
    return {**token, **exchange["request"]["headers"]}


async def _ask(server: ApiServer, exchange: Exchange) -> tuple[int, dict[str, str], bytes]:
    asked = exchange["request"]
    body = orjson.dumps(asked["body"]) if "body" in asked else None
    url = URL(server.url + asked["path"], encoded=True)
    async with (
        aiohttp.ClientSession() as session,
        session.request(asked["method"], url, headers=_headers(exchange), data=body) as response,
    ):
        return response.status, {key.lower(): value for key, value in response.headers.items()}, await response.read()


@pytest.mark.parametrize("name", exchanges())
async def test_the_stand_in_answers_as_the_real_server_did(name: str) -> None:
    exchange = copy.deepcopy(exchanges()[name])
    async with ApiServer(tokens=TOKENS, rate=RATE, progress_notify=False, clock=_told_at) as server:
        await _fill(server)
        server.storage.version = _counter(exchange)
        server.access.deny("v1/secrets", user="alice", scope="")
        server.access.deny("v1/nodes", user="alice")
        status, headers, text = await _ask(server, exchange)
    assert status == exchange["status"]
    if name not in HEADER_EXCEPTIONS:
        assert {key: headers.get(key) for key in HEADERS} == {key: exchange["headers"].get(key) for key in HEADERS}
        assert "audit-id" in headers
    if "lines" in exchange:
        recorded = [{"type": line["type"], "object": line["object"]} for line in exchange["lines"]]
        assert [orjson.loads(line) for line in text.splitlines()] == recorded
        return
    body: Any = text.decode() if isinstance(exchange["body"], str) else orjson.loads(text)
    _, compared = EXCEPTIONS.get(name, ("", lambda told: told))
    assert compared(body) == compared(exchange["body"])


@pytest.mark.parametrize("name", EXCEPTIONS)
def test_what_is_left_out_of_a_comparison_is_there_to_be_left_out(name: str) -> None:
    body = exchanges()[name]["body"]
    reason, compared = EXCEPTIONS[name]
    assert compared(copy.deepcopy(body)) != body, reason


@pytest.mark.parametrize("name", HEADER_EXCEPTIONS)
def test_headers_are_compared_wherever_they_were_recorded(name: str) -> None:
    assert exchanges()[name]["headers"] == {}, HEADER_EXCEPTIONS[name]
