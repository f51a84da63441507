"""``orrery demo``: everything in one process, on this machine only, with the shipped recordings."""

from __future__ import annotations

import hashlib
import socket
import tomllib
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError

from visualizer.log.importing import import_recording, purge_unfinished
from visualizer.log.recording import RecordingError
from visualizer.models import Log

DEMOS = settings.BASE_DIR / "demos"


class Command(BaseCommand):
    """Prepare the database, import the shipped recordings, and serve."""

    help = "Open Orrery on its shipped recordings, at http://127.0.0.1:8000."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """The port is all there is to choose."""
        parser.add_argument("--port", type=int, default=8000, help="the port to serve on (8000)")
        parser.add_argument("--host", default="127.0.0.1", help="an address of this machine's loopback (127.0.0.1)")

    def handle(self, *_arguments: Any, host: str, port: int, **_options: Any) -> None:  # noqa: ANN401 - Django's signature
        """Serve until interrupted."""
        if host not in settings.ALLOWED_HOSTS:
            raise CommandError(
                f"This mode has no login, so it serves only on this machine: use 127.0.0.1, and not {host}."
            )
        _check_free(host, port)
        call_command("migrate", verbosity=0)
        purge_unfinished()
        for folder in sorted(DEMOS.iterdir()):
            if (folder / "recording.jsonl.zst").exists():
                self._import(folder)
        self.stdout.write(f"\nOrrery is at http://{host}:{port}   (Ctrl-C stops it)\n")
        _serve(host, port)

    def _import(self, folder: Path) -> None:
        """Import a shipped recording, unless it is there as it is now."""
        recording, about = folder / "recording.jsonl.zst", tomllib.loads((folder / "about.toml").read_text())
        digest = hashlib.sha256(recording.read_bytes() + (folder / "about.toml").read_bytes()).hexdigest()
        there = Log.objects.filter(slug=folder.name, is_shipped=True)
        if there.filter(digest=digest).exists():
            return
        there.delete()
        try:
            with recording.open("rb") as stream:
                log = import_recording(stream, slug=folder.name, title=about["title"], intro=about["intro"].strip())
        except RecordingError as error:
            raise CommandError(f"The shipped recording {folder.name} cannot be read: {error}.") from error
        Log.objects.filter(pk=log.pk).update(is_shipped=True, digest=digest, order=about["order"])
        self.stdout.write(f"  imported {folder.name}: {about['title']}")


def _check_free(host: str, port: int) -> None:
    """Say that the port is taken before anything else is done."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise CommandError(
                f"Port {port} is taken or may not be used ({error.strerror}). Choose another: orrery demo --port 8001"
            ) from error


def _serve(host: str, port: int) -> None:
    from dashboard.asgi import application  # noqa: PLC0415
    from dashboard.server import PatientServer  # noqa: PLC0415 - importing Daphne installs its event loop

    PatientServer(
        application=application,
        endpoints=[f"tcp:port={port}:interface={host}"],
        websocket_max_message_size=1 << 17,
        websocket_max_frame_size=1 << 17,
        server_name="orrery",
        verbosity=1,
    ).run()
