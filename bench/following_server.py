"""The API server of bench/following.py: one resource, many Pods, and a run of events as fast as they are read.

``python -m bench.following_server PORT PODS EVENTS``. Prints ``ready``. Every watch gets the same events from its
beginning, and then stays open.
"""

from __future__ import annotations

import asyncio
import sys

import orjson
from aiohttp import web

from bench.generator import MIDDLE, Generator

VERSION = 1_000_000
BLOCK_LINES = 100


class Server:
    """Everything is encoded before the first request, so that what is measured is the reader."""

    def __init__(self, events: int) -> None:
        generator = Generator(MIDDLE)
        listing = next(line for line in generator.lists() if b'"resource":"v1/pods"' in line[:200])
        self._items = orjson.loads(listing)["items"]
        lines = []
        for line in generator.events(events * 12):
            if b'"resource":"v1/pods"' in line[:200]:
                told = orjson.loads(line)
                told["object"]["metadata"]["resourceVersion"] = str(VERSION + 1 + len(lines))
                lines.append(orjson.dumps({"type": told["type"], "object": told["object"]}) + b"\n")
            if len(lines) == events:
                break
        self._blocks = [b"".join(lines[at : at + BLOCK_LINES]) for at in range(0, len(lines), BLOCK_LINES)]

    async def answer(self, request: web.Request) -> web.StreamResponse:
        """Discovery in the plain form, the list, and the watch."""
        path = request.path
        if path == "/version":
            return web.json_response({"gitVersion": "v1.36.2", "major": "1", "minor": "36"})
        if path == "/api":
            return web.json_response({"kind": "APIVersions", "versions": ["v1"]})
        if path == "/apis":
            return web.json_response({"kind": "APIGroupList", "apiVersion": "v1", "groups": []})
        if path == "/api/v1":
            pods = {"name": "pods", "singularName": "pod", "namespaced": True, "kind": "Pod", "shortNames": ["po"]}
            served = [{**pods, "verbs": ["get", "list", "watch"]}]
            body = {"kind": "APIResourceList", "apiVersion": "v1", "groupVersion": "v1", "resources": served}
            return web.json_response(body)
        if path != "/api/v1/pods":
            return web.json_response({"kind": "Status", "status": "Failure", "code": 404}, status=404)
        if "sendInitialEvents" in request.query:
            return web.json_response({"kind": "Status", "status": "Failure", "code": 422}, status=422)
        return await self._watch(request) if "watch" in request.query else self._list()

    def _list(self) -> web.Response:
        body = {
            "kind": "PodList",
            "apiVersion": "v1",
            "metadata": {"resourceVersion": str(VERSION)},
            "items": self._items,
        }
        return web.Response(body=orjson.dumps(body), content_type="application/json")

    async def _watch(self, request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": "application/json"})
        await response.prepare(request)
        for block in self._blocks:
            await response.write(block)
        await asyncio.Event().wait()
        return response


def main() -> None:
    """Serve until killed."""
    port, events = int(sys.argv[1]), int(sys.argv[2])
    app = web.Application()
    app.router.add_get("/{path:.*}", Server(events).answer)

    async def tell(_app: web.Application) -> None:
        print("ready", flush=True)

    app.on_startup.append(tell)
    web.run_app(app, host="127.0.0.1", port=port, print=None, access_log=None, handler_cancellation=True)


if __name__ == "__main__":
    main()
