"""From a request to its answer: faults first, then who asks, whether they may, and at last what for."""

from __future__ import annotations

import gzip
import uuid
from typing import TYPE_CHECKING, Any

import orjson
from aiohttp import web

from tests.apiserver import discovery, figures, listing, streaming, writing
from tests.apiserver.calls import Call, verb
from tests.apiserver.faults import Overload
from tests.apiserver.openapi import OpenApi
from tests.apiserver.statuses import NoSuchPath, Refusal

if TYPE_CHECKING:
    from tests.apiserver.server import ApiServer

GZIP_FROM = 128 * 1024
"""Answers at least this long are packed for clients that can unpack them, as in the real server."""
TEXT = "text/plain; charset=utf-8"
PROBES = ("/livez", "/readyz", "/healthz")
Headers = dict[str, str]


class Answers:
    """Answers the requests that reach one server."""

    def __init__(self, server: ApiServer) -> None:
        self._server = server
        self._openapi = OpenApi(server.catalogue)

    async def answer(self, http: web.Request) -> web.StreamResponse:
        """Whatever comes of a request."""
        headers = {"Audit-Id": str(uuid.uuid4()), "Cache-Control": "no-cache, private"}
        try:
            await self._server.faults.at_the_door(http.path)
            return await self._let_in(http, headers)
        except Refusal as refusal:
            if refusal.retry_after is not None:
                headers["Retry-After"] = str(refusal.retry_after)
            return _json(http, refusal.status, headers, status=refusal.code)
        except NoSuchPath:
            return web.Response(status=404, text="404 page not found\n", headers=headers)
        except Overload as overload:
            headers["Retry-After"] = str(1 if overload.retry_after is None else overload.retry_after)
            text = "Too many requests, please try again later.\n"
            return web.Response(status=429, text=text, headers=headers)

    async def _let_in(self, http: web.Request, headers: Headers) -> web.StreamResponse:
        server = self._server
        user = server.access.user(http.headers.get("Authorization", ""))
        path = http.path.rstrip("/")
        if server.metrics_server.answers(path):
            return _json(http, server.metrics_server.answer(path), headers)
        if not _names_a_resource(path):
            server.access.check_path(user, path)
            return self._about_the_server(http, path, headers)
        target, query = server.catalogue.target(path), dict(http.query)
        call = Call(http, user, verb(http.method, target, query), target, query)
        server.access.check(call)
        if call.verb == "watch":
            return await streaming.watch(server, call, headers)
        await server.faults.while_hanging(call)
        status, body = await self._act(call)
        response = _json(http, body, headers, status=status)
        if call.verb == "list" and server.faults.truncates(target.resource.id):
            return await _half(http, response)
        return response

    async def _act(self, call: Call) -> tuple[int, dict[str, Any]]:
        server = self._server
        match call.verb:
            case "get":
                return 200, listing.get(server.storage, call, server.clock())
            case "list":
                return 200, await listing.list_(server.storage, server.notices, call, server.clock(), server.patience)
        return await writing.write(server, call)

    def _about_the_server(self, http: web.Request, path: str, headers: Headers) -> web.Response:
        if path in PROBES:
            status, text = self._server.probes.answer(path, verbose="verbose" in http.query)
            return _text(text, headers, TEXT, status=status)
        if path == "/metrics":
            return _text(self._metrics(), headers, figures.CONTENT_TYPE)
        if path == "/openapi/v3":
            return _json(http, self._openapi.index(), {**headers, "Content-Type": TEXT})
        if path.startswith("/openapi/v3/"):
            return _json(http, self._openapi.document(path.removeprefix("/openapi/v3/")), headers)
        if path in {"/api", "/apis"} and discovery.wants_aggregated(http.headers.get("Accept", "")):
            headers = {**headers, "Content-Type": discovery.AGGREGATED, "Cache-Control": "public"}
            return _json(http, discovery.aggregated(self._server.catalogue, core=path == "/api"), headers)
        return _json(http, self._discovery(path), headers)

    def _discovery(self, path: str) -> dict[str, Any]:
        server = self._server
        match path.strip("/").split("/"):
            case ["version"]:
                return discovery.version(server.recording.header["server_version"] if server.recording else None)
            case ["api"]:
                return discovery.api(server.url.partition("://")[2])
            case ["apis"]:
                return discovery.groups(server.catalogue)
            case ["apis", group]:
                return discovery.group(server.catalogue, group)
            case ["api", version]:
                return discovery.resources(server.catalogue, "", version)
            case ["apis", group, version]:
                return discovery.resources(server.catalogue, group, version)
        raise NoSuchPath

    def _metrics(self) -> str:
        server = self._server
        held = {one: server.storage.collection(one.stored) for one in server.catalogue if "watch" in one.verbs}
        counts = {one: len(collection.objects) for one, collection in held.items()}
        return figures.metrics(counts, {one: collection.seen for one, collection in held.items()}, server.watches)


def _names_a_resource(path: str) -> bool:
    match path.strip("/").split("/"):
        case ["api", _, _, *_] | ["apis", _, _, _, *_]:
            return True
    return False


def _text(text: str, headers: Headers, content_type: str, *, status: int = 200) -> web.Response:
    return web.Response(status=status, body=text.encode(), headers={**headers, "Content-Type": content_type})


def _json(http: web.Request, body: dict[str, Any] | bytes, headers: Headers, *, status: int = 200) -> web.Response:
    text = body if isinstance(body, bytes) else orjson.dumps(body) + b"\n"
    headers = {"Content-Type": "application/json", **headers}
    if len(text) >= GZIP_FROM and "gzip" in http.headers.get("Accept-Encoding", ""):
        text = gzip.compress(text, compresslevel=1)
        headers["Content-Encoding"] = "gzip"
    return web.Response(status=status, body=text, headers=headers)


async def _half(http: web.Request, response: web.Response) -> web.StreamResponse:
    """Send the first half of an answer that promises the whole, and close."""
    body = bytes(response.body)  # type: ignore[arg-type]
    half = web.StreamResponse(status=response.status, headers={**response.headers, "Content-Length": str(len(body))})
    await half.prepare(http)
    await half.write(body[: len(body) // 2])
    if http.transport:
        http.transport.close()
    return half
