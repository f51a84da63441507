"""Serving: the listening socket and the server on it, for one process. ``orrery demo`` and ``orrery serve`` use it."""

from __future__ import annotations

import ipaddress
import os
import socket
from collections.abc import Callable
from typing import Any, Final

from django.conf import settings
from django.core.management.base import CommandError

BACKLOG: Final = 512


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach this address. A name other than localhost may be anything."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def listen(host: str, port: int) -> socket.socket:
    """A socket that listens at this IPv4 address.

    Raises :class:`django.core.management.base.CommandError` where that cannot be.
    """
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        listener.listen(BACKLOG)
    except (OSError, OverflowError) as error:
        listener.close()
        reason = error.strerror if isinstance(error, OSError) else "there is no such port"
        raise CommandError(f"Port {port} cannot be used: {reason}. Choose another, with --port.") from error
    return listener


def serve(application: Any, listener: socket.socket, *, when_ready: Callable[[], None]) -> None:  # noqa: ANN401 - ASGI
    """Serve on this socket until the process is told to end. ``when_ready`` is called once the event loop runs."""
    from dashboard.server import PatientServer  # noqa: PLC0415 - importing Daphne installs its event loop

    PatientServer(
        application,
        max_body_bytes=settings.ENVIRONMENT.max_upload_bytes + (1 << 20),  # the file, and the form around it
        endpoints=[f"fd:fileno={os.dup(listener.fileno())}"],  # Twisted closes what it is given
        ready_callable=when_ready,
        websocket_timeout=-1,  # a viewer may stay for days
        websocket_max_message_size=1 << 17,  # the consumer says no to less, with a better code
        websocket_max_frame_size=1 << 17,
        server_name="orrery",
        verbosity=1,
    ).run()
