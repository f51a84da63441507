"""The ASGI application: pages and API by Django, websockets by Channels.

A websocket is opened only for a page whose host this site answers to, which browsers tell in Origin.
"""

import os

from channels.routing import ProtocolTypeRouter, URLRouter
from channels.security.websocket import AllowedHostsOriginValidator
from django.core.asgi import get_asgi_application
from django.urls import path

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "dashboard.settings")
django_application = get_asgi_application()

from dashboard.consumers import LogConsumer  # noqa: E402 - it needs Django to be set up
from visualizer.live.bus import Bus  # noqa: E402
from visualizer.live.hubs import Hubs  # noqa: E402

bus = Bus()
"""Carries what is added to logs in this process to its viewers."""

_consumer = LogConsumer.as_asgi(hubs=Hubs(bus))

application = ProtocolTypeRouter(
    {
        "http": django_application,
        "websocket": AllowedHostsOriginValidator(
            URLRouter([path("ws/logs/<slug:slug>/", _consumer)])  # type: ignore[arg-type, list-item]
        ),
    }
)
