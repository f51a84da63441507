"""The API server of the benches that follow a cluster: lists as large as one likes, and a run of writes to Pods.

``python -m bench.following_server PORT SIZE EVENTS PER_SECOND``. Prints ``ready``. Every watch of Pods gets the same
events from its beginning, so many a second (0: as fast as they are read), and then stays open; others are silent.
Everything is encoded before the first request, so that what is measured is the reader.
"""

from __future__ import annotations

import asyncio
import sys
import time
from typing import Any

import orjson
from aiohttp import web

from bench.generator import LARGE, MIDDLE, Generator, Size
from visualizer.frames import Resource, decode_header

SIZES = {"middle": MIDDLE, "large": LARGE}
PODS = "v1/pods"
VERSION = 1_000_000
BLOCK_LINES = 100
AGGREGATED = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList"


class Server:
    """One made-up cluster."""

    def __init__(self, size: Size, events: int, per_second: float) -> None:
        generator = Generator(size)
        self._per_second = per_second
        self._resources = decode_header(generator.header()).resources
        self._lists = {told["resource"]: told["items"] for told in map(orjson.loads, generator.lists())}
        self._lines: list[bytes] = []
        for line in generator.events(events * 12):
            if len(self._lines) == events:
                break
            if b'"resource":"v1/pods"' in line[:200]:
                told = orjson.loads(line)
                told["object"]["metadata"]["resourceVersion"] = str(VERSION + 1 + len(self._lines))
                self._lines.append(orjson.dumps({"type": told["type"], "object": told["object"]}) + b"\n")
        self._by_path = {resource.path: name for name, resource in self._resources.items()}

    async def answer(self, request: web.Request) -> web.StreamResponse:
        """Discovery, lists and watches."""
        path = request.path
        if path == "/version":
            return web.json_response({"gitVersion": "v1.36.2", "major": "1", "minor": "36"})
        if path in ("/api", "/apis"):
            body = orjson.dumps(self._discovery(is_core=path == "/api"))
            return web.Response(body=body, headers={"Content-Type": AGGREGATED})
        name = self._by_path.get(path)
        if name is None:
            return web.json_response({"kind": "Status", "status": "Failure", "code": 404}, status=404)
        if "sendInitialEvents" in request.query:
            return web.json_response({"kind": "Status", "status": "Failure", "code": 422}, status=422)
        return await self._watch(request, name) if "watch" in request.query else self._list(request, name)

    def _discovery(self, *, is_core: bool) -> dict[str, Any]:
        versions: dict[tuple[str, str], list[dict[str, Any]]] = {}
        for name, resource in self._resources.items():
            *group, version, plural = name.split("/")
            if is_core == (not group):
                versions.setdefault(("".join(group), version), []).append(_served(plural, resource))
        items = [
            {"metadata": {"name": group}, "versions": [{"version": version, "resources": served}]}
            for (group, version), served in versions.items()
        ]
        return {"kind": "APIGroupDiscoveryList", "apiVersion": "apidiscovery.k8s.io/v2", "items": items}

    def _list(self, request: web.Request, name: str) -> web.Response:
        kind = self._resources[name].kind
        items = self._lists.get(name, [])
        start, limit = int(request.query.get("continue", "0")), int(request.query.get("limit", "0")) or len(items)
        more = {"continue": str(start + limit)} if start + limit < len(items) else {}
        metadata = {"resourceVersion": str(VERSION), **more}
        page = items[start : start + limit]
        body = {"kind": f"{kind}List", "apiVersion": name.rpartition("/")[0], "metadata": metadata, "items": page}
        return web.Response(body=orjson.dumps(body), content_type="application/json")

    async def _watch(self, request: web.Request, name: str) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": "application/json"})
        await response.prepare(request)
        if name == PODS and self._per_second:
            await self._tell_steadily(response)
        elif name == PODS:
            for at in range(0, len(self._lines), BLOCK_LINES):
                await response.write(b"".join(self._lines[at : at + BLOCK_LINES]))
        await asyncio.Event().wait()
        return response

    async def _tell_steadily(self, response: web.StreamResponse) -> None:
        """Each line by itself, when it is due."""
        began = time.perf_counter()
        for number, line in enumerate(self._lines):
            wait = began + number / self._per_second - time.perf_counter()
            if wait > 0:
                await asyncio.sleep(wait)
            await response.write(line)


def _served(plural: str, resource: Resource) -> dict[str, Any]:
    return {
        "resource": plural,
        "singularResource": resource.kind.lower(),
        "responseKind": {"group": "", "version": "", "kind": resource.kind},
        "scope": "Namespaced" if resource.namespaced else "Cluster",
        "verbs": ["get", "list", "watch"],
    }


async def serve(port: int, server: Server) -> None:
    """Until killed."""
    app = web.Application()
    app.router.add_get("/{path:.*}", server.answer)
    runner = web.AppRunner(app, access_log=None, handler_cancellation=True)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    print("ready", flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1]), Server(SIZES[sys.argv[2]], int(sys.argv[3]), float(sys.argv[4]))))
