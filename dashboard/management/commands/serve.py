"""``orrery serve``: pages, API and websockets for a team. Any number of these run beside one another."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from dashboard.serving import is_loopback, listen, serve


class Command(BaseCommand):
    """Serve; what live clusters do is followed by ``orrery watch``."""

    help = "Serve the pages, the API and websockets. Live clusters are followed by “orrery watch”."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Where to serve."""
        parser.add_argument("--port", type=int, default=8000, help="the port to serve on (8000)")
        parser.add_argument("--host", default="127.0.0.1", help="the address to serve on (127.0.0.1); 0.0.0.0 for all")

    def handle(self, *_arguments: Any, host: str, port: int, **_options: Any) -> None:  # noqa: ANN401 - Django's signature
        """Serve until told to end."""
        if not is_loopback(host) and not settings.LOGIN_REQUIRED:
            raise CommandError(
                f"{host} can be reached from other machines, and visitors need not log in. Set ORRERY_LOGIN=true, "
                "or serve on 127.0.0.1."
            )
        with listen(host, port) as listener:
            from dashboard.asgi import application  # noqa: PLC0415 - it installs Daphne's event loop

            serve(application, listener, when_ready=lambda: self._tell(host, port))
        self.stdout.write("The server has ended.")

    def _tell(self, host: str, port: int) -> None:
        self.stdout.write(f"Orrery serves at http://{host}:{port}")
        self.stdout.flush()
