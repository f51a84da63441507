"""``orrery export_recording``: a log becomes a recording file."""

from __future__ import annotations

import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from visualizer.log.exporting import write_recording
from visualizer.models import Log


class Command(BaseCommand):
    """Write one log as a recording."""

    help = "Write a log as a recording (docs/recording-format.md). Secrets are not in it: they were never kept."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Which log, and where to."""
        parser.add_argument("slug", help="the log's name in addresses")
        parser.add_argument("file", help="the file to write, or - for standard output")

    def handle(self, *_arguments: Any, slug: str, file: str, **_options: Any) -> None:  # noqa: ANN401 - Django's signature
        """Write it."""
        log = Log.objects.filter(slug=slug, state=Log.State.READY).first()
        if log is None:
            known = ", ".join(Log.objects.filter(state=Log.State.READY).values_list("slug", flat=True)) or "none yet"
            raise CommandError(f"There is no log “{slug}”. There are: {known}.")
        if file == "-":
            write_recording(log, sys.stdout.buffer)
            return
        try:
            _write_whole(log, Path(file))
        except OSError as error:
            raise CommandError(f"{file} cannot be written: {error.strerror}.") from error


def _write_whole(log: Log, path: Path) -> None:
    """The file has its name only when it is whole, so that nobody takes half a recording for a recording."""
    part = path.with_name(f"{path.name}.part")
    try:
        with part.open("wb") as file:
            write_recording(log, file)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
