"""``orrery demo``: everything in one process, on this machine only: the shipped recordings, and live clusters."""

from __future__ import annotations

import asyncio
import hashlib
import socket
import tomllib
from argparse import ArgumentParser
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from dashboard.clusters import find_access, sealer
from dashboard.serving import is_loopback, listen, serve
from visualizer.following.adding import save
from visualizer.following.follower import Followers
from visualizer.kube.access import KubeconfigError
from visualizer.kube.sealing import SealingError
from visualizer.log.importing import import_recording, purge_unfinished
from visualizer.log.lessonkeeping import LessonRefused, restore_lesson, ship_lesson
from visualizer.log.recording import RecordingError
from visualizer.models import Lesson, Log

DEMOS: Final = settings.BASE_DIR / "demos"


class Command(BaseCommand):
    """Prepare the database, import the shipped recordings, and serve."""

    help = "Open Orrery on its shipped recordings, at http://127.0.0.1:8000."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Where to serve."""
        parser.add_argument("--port", type=int, default=8000, help="the port to serve on (8000)")
        parser.add_argument("--kubeconfig", type=Path, help="also follow the cluster of this kubeconfig")
        parser.add_argument("--context", help="the context in it (its current one)")
        parser.add_argument("--host", default="127.0.0.1", help="this machine's own address (127.0.0.1)")

    def handle(self, *_arguments: Any, host: str, port: int, **options: Any) -> None:  # noqa: ANN401 - Django's signature
        """Serve until interrupted."""
        if not is_loopback(host):
            raise CommandError(
                f"{host} can be reached from other machines, and this mode has no login. Serve on 127.0.0.1; "
                "from elsewhere, come through an SSH tunnel."
            )
        with listen(host, port) as listener:  # first of all: nothing else may take the port meanwhile
            call_command("migrate", verbosity=0)
            purge_unfinished()
            self._import_all()
            if options["kubeconfig"] or options["context"]:
                self._add_cluster(options["kubeconfig"], options["context"])
            self.stdout.write(f"\nOrrery is at http://{host}:{port}   (Ctrl-C stops it)\n")
            self.stdout.flush()
            _serve(listener)
        self.stdout.write("Orrery has stopped.")

    def _import_all(self) -> None:
        """Import what is new or altered, and remove what an older Orrery shipped."""
        folders = sorted(folder for folder in DEMOS.iterdir() if (folder / "about.toml").exists())
        shipped = Log.objects.filter(is_shipped=True)
        current = {_digest(folder): folder for folder in folders}
        leaving = shipped.exclude(digest__in=current)
        edited = {row.log.slug: row.text for row in Lesson.objects.filter(log__in=leaving) if row.is_edited}
        leaving.delete()
        there = set(shipped.values_list("digest", flat=True))
        for digest, folder in current.items():
            if digest not in there:
                self._import(folder, digest)
        for digest, folder in current.items():
            self._take_lesson(folder, shipped.get(digest=digest), edited)

    @staticmethod
    def _take_lesson(folder: Path, log: Log, edited: Mapping[str, str]) -> None:
        """Read the lesson beside the recording, where it is new or altered; what was edited here stays."""
        path = folder / "lesson.md"
        try:
            ship_lesson(log, path.read_text() if path.exists() else "")
        except LessonRefused as error:
            raise CommandError(f"The shipped lesson {folder.name} cannot be read: {error}") from error
        if log.slug in edited:
            restore_lesson(log, edited[log.slug])

    def _add_cluster(self, path: Path | None, context: str | None) -> None:
        try:
            access = find_access(path, context)
            save(access.context, access, sealer())
        except (KubeconfigError, SealingError) as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"  following {access.context}: {access.server}")

    def _import(self, folder: Path, digest: str) -> None:
        about = tomllib.loads((folder / "about.toml").read_text())
        try:
            with (folder / "recording.jsonl.zst").open("rb") as stream, transaction.atomic():
                log = import_recording(stream, slug=folder.name, title=about["title"], intro=about["intro"].strip())
                Log.objects.filter(pk=log.pk).update(is_shipped=True, digest=digest, order=about["order"])
        except RecordingError as error:
            raise CommandError(f"The shipped recording {folder.name} cannot be read: {error}.") from error
        self.stdout.write(f"  imported {folder.name}: {about['title']}")


def _digest(folder: Path) -> str:
    digest = hashlib.sha256()
    for name in ("recording.jsonl.zst", "about.toml"):
        digest.update((folder / name).read_bytes())
    digest.update(folder.name.encode())
    return digest.hexdigest()


def _serve(listener: socket.socket) -> None:
    from dashboard.asgi import application, bus  # noqa: PLC0415 - it installs Daphne's event loop
    from dashboard.background import Background  # noqa: PLC0415 - Celery is not needed before

    followers, background = Followers(bus, sealer()), Background(bus)

    def start() -> None:
        loop = asyncio.get_event_loop()
        followers.start(loop)
        background.start(loop)

    try:
        serve(application, listener, when_ready=start)
    finally:
        background.stop()
        followers.give_back()
