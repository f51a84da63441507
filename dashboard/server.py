"""Daphne with backpressure: ``await send()`` waits while a viewer's socket is full.

Daphne 4.2 hands every websocket message to the transport at once, and the transport keeps what the socket does not take: one
reader who does not read can fill the memory. Here each websocket registers as a producer of its transport, which
then says when to pause. Only the viewer's own sender waits; its outbox squashes what comes meanwhile.
"""

from __future__ import annotations

import asyncio
from typing import Any

from daphne.server import Server
from daphne.ws_protocol import WebSocketFactory, WebSocketProtocol
from twisted.internet.interfaces import IPushProducer
from zope.interface import implementer


@implementer(IPushProducer)
class PatientProtocol(WebSocketProtocol):  # type: ignore[misc]
    """A websocket that knows whether its socket takes more."""

    def onConnect(self, request: Any) -> Any:  # noqa: N802 - autobahn's name
        """Register with the transport as the one who writes to it."""
        self._writable = asyncio.Event()
        self._writable.set()
        self.transport.unregisterProducer()
        self.transport.registerProducer(self, True)
        return super().onConnect(request)

    def pauseProducing(self) -> None:  # noqa: N802 - twisted's name
        """The transport's buffer is full."""
        self._writable.clear()

    def resumeProducing(self) -> None:  # noqa: N802 - twisted's name
        """The transport's buffer is empty."""
        self._writable.set()

    def stopProducing(self) -> None:  # noqa: N802 - twisted's name
        """The connection is gone: whoever waits must not wait for ever."""
        self._writable.set()

    def connectionLost(self, reason: Any) -> None:  # noqa: N802 - twisted's name
        """The same, told another way."""
        self.stopProducing()
        super().connectionLost(reason)

    async def wait_writable(self) -> None:
        """Return when the socket takes more, or is gone."""
        await self._writable.wait()


class PatientServer(Server):  # type: ignore[misc]
    """Daphne's server with such websockets."""

    @property
    def ws_factory(self) -> WebSocketFactory:
        """The factory that Daphne makes when it runs."""
        return self._ws_factory

    @ws_factory.setter
    def ws_factory(self, factory: WebSocketFactory) -> None:
        factory.protocol = PatientProtocol
        self._ws_factory = factory

    async def handle_reply(self, protocol: Any, message: dict[str, Any]) -> None:
        """Send a message of the application, and return when its socket can take another."""
        await super().handle_reply(protocol, message)
        if isinstance(protocol, PatientProtocol):
            await protocol.wait_writable()
