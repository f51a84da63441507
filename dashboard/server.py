"""Daphne with backpressure both ways: nothing is held in memory because a peer is slow, or sends much.

- Out: Daphne 4.2 hands every message to the transport at once, and the transport keeps what the socket does not
  take: one reader who does not read can fill the memory. Here ``await send()`` waits while the socket is full.
- In: Daphne 4.2 queues a request's body in memory, all of it. Here it stays in the file that Twisted received it
  into, and is read as the application asks for it; a body over the limit is not kept at all.
"""

from __future__ import annotations

import asyncio
import io
import json
from collections.abc import Awaitable, Callable
from typing import IO, Any, Final

from daphne.http_protocol import HTTPFactory, WebRequest
from daphne.server import Server
from daphne.ws_protocol import WebSocketFactory, WebSocketProtocol

BODY_BLOCK_BYTES: Final = 1 << 18

Message = dict[str, Any]
Application = Callable[..., Awaitable[None]]


class Valve:
    """Opened and shut by a transport, which takes it for the producer of what is written (Twisted's IPushProducer)."""

    def __init__(self) -> None:
        self._open = asyncio.Event()
        self._open.set()

    async def wait_open(self) -> None:
        """Return when the transport takes more, or is gone."""
        await self._open.wait()

    def pauseProducing(self) -> None:  # noqa: N802 - Twisted's name, as all below
        """The transport's buffer is full."""
        self._open.clear()

    def resumeProducing(self) -> None:  # noqa: N802
        """The transport's buffer is empty again."""
        self._open.set()

    def stopProducing(self) -> None:  # noqa: N802
        """The connection is gone: whoever waits must not wait for ever."""
        self._open.set()


class PatientSocket(WebSocketProtocol):  # type: ignore[misc]
    """A websocket that knows whether its socket takes more."""

    maxMessagePayloadSize: int

    def onConnect(self, request: object) -> object:  # noqa: N802
        """Take the place of HTTP as the one who writes to the transport."""
        self.valve = Valve()
        self.transport.unregisterProducer()
        self.transport.registerProducer(self.valve, True)
        return super().onConnect(request)

    def connectionLost(self, reason: object) -> None:  # noqa: N802
        """Nobody is to wait for this socket any more."""
        if hasattr(self, "valve"):
            self.valve.stopProducing()
        super().connectionLost(reason)

    def sendMessage(self, payload: bytes, isBinary: bool = False, **options: object) -> None:  # noqa: N802, N803
        """Send a message of any size: autobahn's limit means both ways, and ours is for what comes in.

        One that is made while the viewer leaves has nobody to go to; the application is told so presently.
        """
        if self.state != self.STATE_OPEN:
            return
        limit, self.maxMessagePayloadSize = self.maxMessagePayloadSize, 0
        try:
            super().sendMessage(payload, isBinary, **options)
        finally:
            self.maxMessagePayloadSize = limit

    def serverClose(self, code: int | None = None) -> None:  # noqa: N802
        """Close with any code: autobahn's own check refuses 1008 and 1011, which are a server's to send."""
        self.sendCloseFrame(code=1000 if code is None else code)


class PatientRequest(WebRequest):  # type: ignore[misc]
    """A request that knows whether its socket takes more, and keeps no body that is too large."""

    content: IO[bytes]

    def __init__(self, *arguments: object, **options: object) -> None:
        super().__init__(*arguments, **options)
        self.valve = Valve()
        self._received_bytes = 0

    @property
    def _is_too_large(self) -> bool:
        return self._received_bytes > int(self.server.max_body_bytes)

    def handleContentChunk(self, data: bytes) -> None:  # noqa: N802
        """Keep a piece of the body; from the limit on, nothing."""
        self._received_bytes += len(data)
        if not self._is_too_large:
            super().handleContentChunk(data)
        elif not isinstance(self.content, io.BytesIO) or self.content.getbuffer():
            self.content.close()
            self.content = io.BytesIO()

    def process(self) -> object:
        """Hand the request to the application, or refuse it."""
        if not self._is_too_large:
            return super().process()
        limit = self.server.max_body_bytes
        problem = f"This request is larger than {limit:,} bytes, which is more than is taken here."
        headers = [(b"content-type", b"application/json")]
        self.handle_reply({"type": "http.response.start", "status": 413, "headers": headers})
        self.handle_reply({"type": "http.response.body", "body": json.dumps({"problem": problem}).encode()})
        return None

    def take_body(self) -> IO[bytes]:
        """The file that holds the body. The request itself has none from now on."""
        body, self.content = self.content, io.BytesIO()
        return body

    def handle_reply(self, message: Message) -> None:
        """Send a part of the response."""
        is_start = message["type"] == "http.response.start" and not self._response_started
        if is_start and not self.finished and self.channel is not None:
            self.registerProducer(self.valve, True)
        super().handle_reply(message)

    def finish(self) -> None:
        """The response is complete."""
        if self.producer is not None:
            self.unregisterProducer()
        self.valve.stopProducing()
        super().finish()

    def connectionLost(self, reason: object) -> None:  # noqa: N802
        """Nobody is to wait for this socket any more."""
        self.valve.stopProducing()
        super().connectionLost(reason)


class _Factory(HTTPFactory):  # type: ignore[misc]
    def buildProtocol(self, addr: object) -> object:  # noqa: N802
        channel = super().buildProtocol(addr)
        channel.requestFactory = PatientRequest
        return channel


class PatientServer(Server):  # type: ignore[misc]
    """Daphne's server with such websockets and requests. ``max_body_bytes`` is the most that one request may bring."""

    def __init__(self, application: Application, *, max_body_bytes: int = 1 << 20, **options: Any) -> None:  # noqa: ANN401
        super().__init__(_with_body(application), **options)
        self.max_body_bytes = max_body_bytes

    @property
    def http_factory(self) -> HTTPFactory:
        """What makes the HTTP channels; Daphne sets its own when it runs."""
        return self._http_factory

    @http_factory.setter
    def http_factory(self, _factory: HTTPFactory) -> None:
        self._http_factory = _Factory(self)

    @property
    def ws_factory(self) -> WebSocketFactory:
        """What makes the websockets; Daphne sets its own when it runs."""
        return self._ws_factory

    @ws_factory.setter
    def ws_factory(self, factory: WebSocketFactory) -> None:
        factory.protocol = PatientSocket
        factory.setProtocolOptions(failByDrop=False)  # who is sent away is told why, with a code
        self._ws_factory = factory

    def create_application(self, protocol: PatientRequest | PatientSocket, scope: Message) -> object:
        """Begin a request's or a socket's application."""
        if isinstance(protocol, PatientRequest):
            scope["orrery.body"] = protocol.take_body()
        return super().create_application(protocol, scope)

    async def handle_reply(self, protocol: PatientRequest | PatientSocket, message: Message) -> None:
        """Send a message of the application, and return when its socket can take another."""
        await super().handle_reply(protocol, message)
        await protocol.valve.wait_open()


def _with_body(application: Application) -> Application:
    """The application, which receives a request's body from its file, block by block."""

    async def serve(scope: Message, receive: Callable[[], Awaitable[Message]], send: object) -> None:
        body: IO[bytes] | None = scope.pop("orrery.body", None)
        if body is None:
            await application(scope, receive, send)
            return

        async def receive_block() -> Message:
            if body.closed:
                return await receive()
            if body.tell() == 0:
                first = await receive()  # stands for the whole body, which is not in it
                if first["type"] != "http.request":
                    return first
            block = body.read(BODY_BLOCK_BYTES)
            is_last = len(block) < BODY_BLOCK_BYTES
            if is_last:
                body.close()
            return {"type": "http.request", "body": block, "more_body": not is_last}

        try:
            await application(scope, receive_block, send)
        finally:
            body.close()

    return serve
