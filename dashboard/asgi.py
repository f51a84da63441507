"""The ASGI application: pages and API by Django, websockets by Channels. Only pages of this site may open a websocket."""

import os

from channels.routing import ProtocolTypeRouter, URLRouter
from channels.security.websocket import AllowedHostsOriginValidator
from django.core.asgi import get_asgi_application
from django.urls import path

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "dashboard.settings")
django_application = get_asgi_application()

from dashboard.consumers import LogConsumer  # noqa: E402 - it needs Django to be set up

application = ProtocolTypeRouter(
    {
        "http": django_application,
        "websocket": AllowedHostsOriginValidator(
            URLRouter([path("ws/logs/<slug:slug>/", LogConsumer.as_asgi())])  # type: ignore[arg-type]
        ),
    }
)
