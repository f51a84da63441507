"""``orrery export_lesson``: a recording, with its lesson, becomes one HTML file that plays without a server."""

from __future__ import annotations

import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from dashboard.takeaway import write_page
from visualizer.models import Log
from visualizer.offline.contents import TooLarge


class Command(BaseCommand):
    """Write one recording, with its lesson, as a file to open in a browser."""

    help = "Write a recording, with its lesson, as one HTML file that plays with no server and no network."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Which recording, and where to."""
        parser.add_argument("slug", help="the recording's name in addresses")
        parser.add_argument("file", help="the file to write, or - for standard output")

    def handle(self, *_arguments: Any, slug: str, file: str, **_options: Any) -> None:  # noqa: ANN401 - Django's signature
        """Write it."""
        log = Log.objects.filter(slug=slug, state=Log.State.READY).first()
        if log is None:
            known = ", ".join(Log.objects.filter(state=Log.State.READY).values_list("slug", flat=True)) or "none yet"
            raise CommandError(f"There is no log “{slug}”. There are: {known}.")
        try:
            page = write_page(log)
        except TooLarge as error:
            raise CommandError(str(error)) from error
        if file == "-":
            sys.stdout.buffer.write(page)
            return
        try:
            Path(file).write_bytes(page)
        except OSError as error:
            raise CommandError(f"{file} cannot be written: {error.strerror}.") from error
