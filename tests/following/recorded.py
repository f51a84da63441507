"""An API server that plays a recording, for following it: discovery, lists, watches, and what can go wrong with them.

It answers in the shapes of the real server's (tests hold following to a recording of one), and breaks on demand.
"""

from __future__ import annotations

import asyncio
import json
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

import orjson
from aiohttp import web

from tests.cluster import DEMOS
from visualizer.log.recording import Limits, iter_lines

Key = tuple[str, str]


@dataclass
class Fault:
    """An answer of this status instead of the right one, so many times."""

    status: int
    reason: str
    times: int
    headers: dict[str, str] = field(default_factory=dict)


class RecordedCluster:
    """Begins as the recording does. ``play`` lets the next events happen; watches tell of them at once."""

    def __init__(self, name: str) -> None:
        with (DEMOS / name / "recording.jsonl.zst").open("rb") as stream:
            header, *frames = (json.loads(line) for _, line in iter_lines(stream, Limits()))
        self.resources: dict[str, dict[str, Any]] = header["resources"]
        self.server_version: str = header["server_version"]
        self.to_come = [frame for frame in frames if frame["kind"] == "event"]
        self.objects: dict[str, dict[Key, dict[str, Any]]] = {name: {} for name in self.resources}
        self.version = 0
        for frame in frames:
            if frame["kind"] == "list":
                self.objects[frame["resource"]] = {_key(item): item for item in frame["items"]}
                self.version = max(self.version, int(frame["resourceVersion"]))
        self.happened: list[tuple[int, dict[str, Any]]] = []
        self.compacted = 0
        self.streams_lists = True
        self.tokens: set[str] | None = None
        self.faults: dict[str, Fault] = {}
        self.denied: set[str] = set()
        self.requests: list[str] = []
        self.extra_lines: dict[str, bytes] = {}
        self.silent = False
        self._watches: set[Watch] = set()
        self._paths = {resource["path"]: name for name, resource in self.resources.items()}

    @asynccontextmanager
    async def serve(self) -> AsyncIterator[str]:
        """The address that it serves at."""
        app = web.Application()
        app.router.add_route("*", "/{path:.*}", self._answer)
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1, handler_cancellation=True)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        try:
            yield f"http://127.0.0.1:{runner.addresses[0][1]}"
        finally:
            self.cut()
            await runner.cleanup()

    def play(self, count: int | None = None) -> None:
        """The next so many events happen (all that are left)."""
        now, self.to_come = self.to_come[:count], self.to_come[len(self.to_come[:count]) :]
        for event in now:
            obj, resource = event["object"], event["resource"]
            self.version = max(self.version, int(obj["metadata"]["resourceVersion"]))
            if event["type"] == "DELETED":
                self.objects[resource].pop(_key(obj), None)
            else:
                self.objects[resource][_key(obj)] = {k: v for k, v in obj.items() if k not in ("kind", "apiVersion")}
            self.happened.append((int(obj["metadata"]["resourceVersion"]), event))
        self.wake()

    def wake(self) -> None:
        """Let every watch look again."""
        for watch in self._watches:
            watch.news.set()

    def cut(self, *, in_the_middle_of_a_line: bool = False) -> None:
        """Break every watch."""
        for watch in list(self._watches):
            watch.is_cut, watch.leaves_half_a_line = True, in_the_middle_of_a_line
            watch.news.set()

    def compact(self) -> None:
        """Forget what happened so far: watches from before are too old."""
        self.happened.clear()
        self.compacted = self.version

    def count(self, part: str) -> int:
        """How many requests had this in their path and query."""
        return sum(part in request for request in self.requests)

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        self.requests.append(request.path_qs)
        token = request.headers.get("Authorization", "").removeprefix("Bearer ")
        if self.tokens is not None and token not in self.tokens:
            return _status(401, "Unauthorized", "Unauthorized")
        if request.path == "/version":
            return web.json_response({"gitVersion": self.server_version})
        if request.path in ("/api", "/apis"):
            return web.json_response(self._discovery(is_core=request.path == "/api"))
        if request.path.endswith("/selfsubjectaccessreviews"):
            return await self._review(request)
        name = self._paths.get(request.path)
        if name is None:
            return _status(404, "NotFound", "the server could not find the requested resource")
        return self._refusal(name) or await self._read(request, name)

    def _refusal(self, name: str) -> web.Response | None:
        if name in self.denied:
            return _status(403, "Forbidden", f"{name} is forbidden: User “orrery” cannot list it at the cluster scope")
        fault = self.faults.get(name)
        if fault is None or fault.times == 0:
            return None
        fault.times -= 1
        return _status(fault.status, fault.reason, "as it was told to", fault.headers)

    async def _read(self, request: web.Request, name: str) -> web.StreamResponse:
        if "watch" not in request.query:
            return self._list(request, name)
        if "sendInitialEvents" not in request.query:
            return await self._watch(request, name)
        if self.streams_lists:
            return await self._stream_list(request, name)
        return _status(422, "Invalid", "sendInitialEvents: Forbidden: the WatchList feature is off")

    async def _review(self, request: web.Request) -> web.Response:
        asked = (await request.json())["spec"].get("resourceAttributes")
        if asked is None:
            return web.json_response({"status": {"allowed": True}}, status=201)
        name = "/".join(part for part in (asked["group"], asked["version"], asked["resource"]) if part)
        return web.json_response({"status": {"allowed": name not in self.denied}}, status=201)

    def _discovery(self, *, is_core: bool) -> dict[str, Any]:
        versions: dict[tuple[str, str], list[dict[str, Any]]] = defaultdict(list)
        for name, resource in self.resources.items():
            *group, version, plural = name.split("/")
            if is_core == (not group):
                scope = "Namespaced" if resource["namespaced"] else "Cluster"
                kind, verbs = {"kind": resource["kind"]}, resource["verbs"]
                served = {"resource": plural, "responseKind": kind, "scope": scope, "verbs": verbs}
                versions["".join(group), version].append(served)
        items = [
            {"metadata": {"name": group}, "versions": [{"version": version, "resources": served}]}
            for (group, version), served in versions.items()
        ]
        return {"kind": "APIGroupDiscoveryList", "apiVersion": "apidiscovery.k8s.io/v2", "items": items}

    def _items(self, request: web.Request, name: str) -> list[dict[str, Any]]:
        """The objects as they were asked for: in full, or their metadata."""
        items = list(self.objects[name].values())
        if "PartialObjectMetadata" not in request.headers["Accept"]:
            return items
        partial = {"kind": "PartialObjectMetadata", "apiVersion": "meta.k8s.io/v1"}
        return [{**partial, "metadata": item["metadata"]} for item in items]

    def _list(self, request: web.Request, name: str) -> web.Response:
        items = self._items(request, name)
        start, limit = int(request.query.get("continue", "0")), int(request.query.get("limit", len(items) + 1))
        following = str(start + limit) if start + limit < len(items) else ""
        metadata = {"resourceVersion": str(self.version), **({"continue": following} if following else {})}
        return web.json_response({"metadata": metadata, "items": items[start : start + limit]}, dumps=_dumps)

    async def _stream_list(self, request: web.Request, name: str) -> web.StreamResponse:
        response = await _begin(request)
        for item in self._items(request, name):
            await response.write(_line("ADDED", {"kind": self.resources[name]["kind"], "apiVersion": "v1", **item}))
        end = {"resourceVersion": str(self.version), "annotations": {"k8s.io/initial-events-end": "true"}}
        await response.write(_line("BOOKMARK", {"metadata": end}))
        return response

    async def _watch(self, request: web.Request, name: str) -> web.StreamResponse:
        response = await _begin(request)
        since = int(request.query["resourceVersion"])
        if since < self.compacted:
            gone = {"kind": "Status", "code": 410, "reason": "Expired", "message": f"too old resource version: {since}"}
            await response.write(_line("ERROR", gone))
            return response
        watch = Watch()
        self._watches.add(watch)
        try:
            with suppress(ConnectionResetError):
                await self._tell(watch, response, name, since)
        finally:
            self._watches.discard(watch)
        if watch.is_cut and request.transport is not None:
            request.transport.abort()
        return response

    async def _tell(self, watch: Watch, response: web.StreamResponse, name: str, since: int) -> None:
        told = since
        while not watch.is_cut:
            watch.news.clear()
            if extra := self.extra_lines.pop(name, None):
                await response.write(extra)
            for version, event in [] if self.silent else list(self.happened):
                if event["resource"] == name and version > told:
                    told = version
                    await response.write(_line(event["type"], event["object"]))
            await watch.news.wait()
        if watch.leaves_half_a_line:
            await response.write(b'{"type":"MODIFIED","object":{"metadata":{"name":"half')


@dataclass(eq=False)
class Watch:
    """One open watch."""

    news: asyncio.Event = field(default_factory=asyncio.Event)
    is_cut: bool = False
    leaves_half_a_line: bool = False


async def _begin(request: web.Request) -> web.StreamResponse:
    response = web.StreamResponse(headers={"Content-Type": "application/json"})
    await response.prepare(request)
    return response


def _key(obj: dict[str, Any]) -> Key:
    return obj["metadata"].get("namespace", ""), obj["metadata"]["name"]


def _line(kind: str, obj: dict[str, Any]) -> bytes:
    return orjson.dumps({"type": kind, "object": obj}) + b"\n"


def _dumps(value: object) -> str:
    return orjson.dumps(value).decode()


def _status(code: int, reason: str, message: str, headers: dict[str, str] | None = None) -> web.Response:
    body = {
        "kind": "Status",
        "apiVersion": "v1",
        "status": "Failure",
        "message": message,
        "reason": reason,
        "code": code,
    }
    return web.json_response(body, status=code, headers=headers)
