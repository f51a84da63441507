"""The ASGI application: pages and API by Django, websockets by Channels.

A websocket is opened only for a page whose host this site answers to, which browsers tell in Origin.
Who must log in, and has not, is told so when the socket is open (consumers.py).
"""

import os

from channels.auth import AuthMiddlewareStack
from channels.routing import ProtocolTypeRouter, URLRouter
from channels.security.websocket import AllowedHostsOriginValidator
from django.core.asgi import get_asgi_application
from django.urls import path

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "dashboard.settings")
django_application = get_asgi_application()

from dashboard.buses import make_bus  # noqa: E402 - they need Django to be set up
from dashboard.consumers import LogConsumer  # noqa: E402
from visualizer.live.hubs import Hubs  # noqa: E402

bus = make_bus()
"""Carries what is added to logs to the viewers of this process."""

_consumer = LogConsumer.as_asgi(hubs=Hubs(bus))

application = ProtocolTypeRouter(
    {
        "http": django_application,
        "websocket": AllowedHostsOriginValidator(
            AuthMiddlewareStack(
                URLRouter([path("ws/logs/<slug:slug>/", _consumer)])  # type: ignore[arg-type, list-item]
            )
        ),
    }
)
