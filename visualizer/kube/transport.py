"""Transport: requests to one API server, and what they cost.

All that Orrery says to a cluster goes through here: reads, and the two reviews that ask what may be read. A request
waits for its turn in a token bucket, so that no failure elsewhere can make this program a burden. Connections, TLS and
the proxy are the kubernetes client's; who asks is told by the credentials, which are asked before each request.
"""

from __future__ import annotations

import asyncio
import os
import ssl
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import Any, Final, Protocol
from urllib.parse import urlencode

import aiohttp
import msgspec
from kubernetes.aio.client import ApiClient, Configuration
from kubernetes.aio.client.rest import RESTClientObject
from msgspec import Struct

CONNECT_SECONDS: Final = 5.0
SILENCE_SECONDS: Final = 90.0
"""How long a connection may say nothing. A healthy watch sends a bookmark each minute."""

LINE_BYTES: Final = 64 << 20
"""The longest line of a watch: etcd takes objects of 1.5 MB by default, and some clusters raise that."""

REQUESTS_PER_SECOND: Final = 20.0
BURST: Final = 100

JSON: Final = "application/json"
METADATA_ONLY: Final = "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1"
METADATA_LIST: Final = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1"


class ApiError(Exception):
    """The API server answered, and the answer is no. ``reason`` is its own word (``Forbidden``, ``Expired``)."""

    def __init__(self, status: int, reason: str, message: str, *, retry_after: float | None = None) -> None:
        super().__init__(f"{status} {reason}: {message}" if reason else f"{status}: {message}")
        self.status, self.reason, self.message, self.retry_after = status, reason, message, retry_after

    @property
    def is_the_servers(self) -> bool:
        """Whether it tells of the server and not of what was asked: it fails, or is overloaded."""
        return self.status >= 500 or self.status == 429


class Unreachable(Exception):
    """There is no answer, or it breaks off: the network, TLS, or a server that went away. The message says which."""


class Authority(Protocol):
    """Who asks: see :class:`visualizer.kube.credentials.Credentials`."""

    async def headers(self) -> Mapping[str, str]:
        """What to say who one is."""

    async def ssl_context(self) -> ssl.SSLContext | None:
        """How to make sure of the server, and of oneself to it; None for plain HTTP."""

    @property
    def version(self) -> int:
        """A number that rises whenever the credentials become others."""

    async def refresh(self, refused: int | None = None) -> bool:
        """After a 401 for this version: whether there are others by now."""


@dataclass
class Cost:
    """What reading this cluster has cost it so far."""

    requests: int = 0
    lists: int = 0
    bytes_received: int = 0
    open_watches: int = 0


@dataclass(frozen=True)
class Answer:
    """What a server said, be it yes or no. ``clock`` is the server's own time (unix seconds), or None."""

    status: int
    body: bytes
    clock: float | None


@dataclass(frozen=True)
class _Question:
    """One request; it is a POST where it has a body. ``seconds`` is the most it may take in all, or None."""

    path: str
    params: Mapping[str, str]
    accept: str
    seconds: float | None
    body: dict[str, Any] | None = None


class _Status(Struct):
    """The fields of a ``meta/v1 Status`` that are read."""

    message: str = ""
    reason: str = ""
    code: int = 0


_statuses: Final = msgspec.json.Decoder(_Status)


class Transport:
    """Speaks to one API server. Used from one event loop; closed by ``async with``.

    After ``burst`` requests, each waits for its turn.
    """

    def __init__(
        self,
        server: str,
        authority: Authority,
        *,
        proxy: str | None = None,
        server_name: str | None = None,
        burst: int = BURST,
    ) -> None:
        self.server = server.rstrip("/")
        self.cost = Cost()
        self._authority = authority
        self._proxy, self._server_name = proxy, server_name
        self._bucket = Bucket(REQUESTS_PER_SECOND, burst)
        self._client: ApiClient | None = None
        self._client_ssl: ssl.SSLContext | None = None

    async def __aenter__(self) -> Transport:
        return self

    async def __aexit__(self, *_raised: object) -> None:
        await self._close()

    async def get(
        self, path: str, params: Mapping[str, str] | None = None, *, accept: str = JSON, seconds: float = 60.0
    ) -> bytes:
        """The whole answer. Raises :class:`ApiError` and :class:`Unreachable`."""
        async with self._answer(_Question(path, params or {}, accept, seconds)) as answer:
            return await answer.read()

    async def ask(self, path: str, params: Mapping[str, str] | None = None, *, seconds: float = 60.0) -> Answer:
        """The whole answer, be it yes or no: health checks say most in a 500. Raises :class:`Unreachable`."""
        async with self._respond(_Question(path, params or {}, "*/*", seconds)) as response:
            return Answer(response.status, await _Counted(response, self.cost).read(), _clock(response))

    async def post(self, path: str, body: Mapping[str, Any], *, seconds: float = 30.0) -> bytes:
        """The answer to a review, which is asked by creating it. Raises :class:`ApiError` and :class:`Unreachable`."""
        async with self._answer(_Question(path, {}, JSON, seconds, dict(body))) as answer:
            return await answer.read()

    async def stream(self, path: str, params: Mapping[str, str], *, accept: str = JSON) -> AsyncIterator[bytes]:
        """The lines of a watch, as they come; it ends where the server ends it.

        Raises :class:`ApiError` where the server refuses, and :class:`Unreachable` where the connection breaks, says
        nothing for 90 seconds, or ends in the middle of a line.
        """
        async with self._answer(_Question(path, params, accept, None)) as answer:
            self.cost.open_watches += 1
            try:
                async for line in _lines(answer):
                    yield line
            finally:
                self.cost.open_watches -= 1

    @asynccontextmanager
    async def _answer(self, asked: _Question) -> AsyncIterator[_Counted]:
        async with self._respond(asked) as response:
            if response.status >= 400:
                raise _refusal(response, await response.read())
            yield _Counted(response, self.cost)

    @asynccontextmanager
    async def _respond(self, asked: _Question) -> AsyncIterator[aiohttp.ClientResponse]:
        try:
            response = await self._send(asked)
            if response.status == 401 and await self._authority.refresh(self._authority.version):
                response.release()
                response = await self._send(asked)
            async with response:
                yield response
        except TimeoutError as error:
            raise Unreachable(f"{self.server} did not answer in time") from error
        except (aiohttp.ClientError, OSError) as error:
            raise Unreachable(_words(self.server, error)) from error

    async def _send(self, asked: _Question) -> aiohttp.ClientResponse:
        await self._bucket.take()
        self.cost.requests += 1
        client = await self._open()
        timeout = aiohttp.ClientTimeout(total=asked.seconds, sock_connect=CONNECT_SECONDS, sock_read=SILENCE_SECONDS)
        headers = {"Accept": asked.accept, "Content-Type": JSON, **await self._authority.headers()}
        url = f"{self.server}{asked.path}" + (f"?{urlencode(asked.params)}" if asked.params else "")
        method = "GET" if asked.body is None else "POST"
        answer = await client.call_api(method, url, headers, body=asked.body, _request_timeout=timeout)
        response: aiohttp.ClientResponse = answer.response
        return response

    async def _open(self) -> ApiClient:
        """The client, made anew when the credentials' TLS side is another."""
        context = await self._authority.ssl_context()
        if self._client is None or context is not self._client_ssl:
            await self._close()
            self._client, self._client_ssl = _client(self.server, context, self._proxy, self._server_name), context
        return self._client

    async def _close(self) -> None:
        if self._client is not None:
            await self._client.close()  # type: ignore[no-untyped-call]
            self._client = None


class Bucket:
    """Lets so many through in a second, and a burst after a pause."""

    def __init__(self, per_second: float, burst: int) -> None:
        self._per_second, self._burst = per_second, burst
        self._left, self._seen = float(burst), time.monotonic()
        self._turn = asyncio.Lock()

    async def take(self) -> None:
        """Return when it is this caller's turn."""
        async with self._turn:
            now = time.monotonic()
            self._left = min(self._burst, self._left + (now - self._seen) * self._per_second)
            self._seen = now
            if self._left < 1:
                await asyncio.sleep((1 - self._left) / self._per_second)
            self._left -= 1


class _Counted:
    """An answer whose bytes are counted."""

    def __init__(self, response: aiohttp.ClientResponse, cost: Cost) -> None:
        self.response, self._cost = response, cost

    async def read(self) -> bytes:
        """All of it."""
        data = await self.response.read()
        self._cost.bytes_received += len(data)
        return data

    async def chunks(self) -> AsyncIterator[bytes]:
        """Piece by piece."""
        async for data in self.response.content.iter_any():
            self._cost.bytes_received += len(data)
            yield data


class _Rest(RESTClientObject):
    """The kubernetes client's connections, with a TLS context of ours: its own reads certificates from files only."""

    def __init__(self, configuration: Configuration, context: ssl.SSLContext | None) -> None:
        super().__init__(configuration)
        if context is not None:
            self.ssl_context = context


def _client(server: str, context: ssl.SSLContext | None, proxy: str | None, server_name: str | None) -> ApiClient:
    configuration = Configuration(
        host=server,
        proxy=proxy,
        tls_server_name=server_name,
        connection_pool_maxsize=0,  # a watch for each resource, and each holds its connection
        client_session_kwargs={
            "trust_env": False,  # netrc and the like name other people's credentials
            "auto_decompress": True,
            "middlewares": (_refuse_redirects,),
            "read_bufsize": 1 << 20,
        },
    )
    configuration.retries = None
    client = ApiClient(configuration)
    client.user_agent = "orrery"
    client.rest_client = _Rest(configuration, context)
    return client


async def _refuse_redirects(
    request: aiohttp.ClientRequest, handle: aiohttp.ClientHandlerType
) -> aiohttp.ClientResponse:
    """No API server sends its clients elsewhere: whoever does, may not choose what this program connects to."""
    response = await handle(request)
    if 300 <= response.status < 400:
        response.close()
        raise aiohttp.ClientError(f"it sends elsewhere (status {response.status}), which no API server does")
    return response


async def _lines(answer: _Counted) -> AsyncIterator[bytes]:
    pieces: list[bytes] = []
    held = 0
    async for data in answer.chunks():
        *ended, rest = data.split(b"\n")
        for line in ended:
            yield b"".join([*pieces, line]) if pieces else line
            pieces, held = [], 0
        if rest:
            pieces.append(rest)
            held += len(rest)
            if held > LINE_BYTES:
                raise Unreachable(f"a line of a watch is longer than {LINE_BYTES:,} bytes")
    if pieces:
        raise Unreachable("the connection was cut in the middle of a line")


def _clock(response: aiohttp.ClientResponse) -> float | None:
    try:
        return parsedate_to_datetime(response.headers.get("Date", "")).timestamp()
    except ValueError:
        return None


def _refusal(response: aiohttp.ClientResponse, body: bytes) -> ApiError:
    after = response.headers.get("Retry-After", "")
    return _refused(response.status, body, str(response.reason), float(after) if after.isdigit() else None)


def refusal_of(answer: Answer) -> ApiError | None:
    """The error that this answer is, or None."""
    return None if answer.status < 400 else _refused(answer.status, answer.body, "", None)


def _refused(code: int, body: bytes, reason: str, retry_after: float | None) -> ApiError:
    """A refusal in the words of its Status; proxies, and some paths, answer a plain text instead."""
    try:
        status = _statuses.decode(body)
    except msgspec.DecodeError:
        status = _Status(message=body[:200].decode(errors="replace").strip())
    return ApiError(code, status.reason, status.message or reason, retry_after=retry_after)


def error_in_stream(raw: bytes) -> ApiError:
    """The error that an ERROR line of a watch carries: its ``object`` is a Status."""
    try:
        status = _statuses.decode(raw)
    except msgspec.DecodeError:
        return ApiError(500, "", "the watch ended with an error that cannot be read")
    return ApiError(status.code or 500, status.reason, status.message)


def _words(server: str, error: Exception) -> str:
    if isinstance(error, aiohttp.ClientConnectorCertificateError):
        return f"{server} shows a certificate that cannot be trusted: {error.certificate_error}"
    if isinstance(error, aiohttp.ClientConnectorError):
        code = error.os_error.errno
        return f"{server} cannot be reached: {os.strerror(code) if code else error.os_error}"
    return f"the connection to {server} broke: {error or type(error).__name__}"
