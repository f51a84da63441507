"""``orrery import_recording``: a recording, or what kubectl printed, becomes a log."""

from __future__ import annotations

import os
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from visualizer.log.importing import import_folder, import_recording, slug_of
from visualizer.log.recording import Limits, RecordingError


class Command(BaseCommand):
    """Import one recording: whole, or not at all."""

    help = "Import a recording or what kubectl printed (docs/importing.md), whole or not at all. What is wrong is said."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """The file, and what it is to be called."""
        parser.add_argument("file", type=Path, help="the recording, what kubectl printed, or a dump's folder")
        parser.add_argument("--slug", default="", help="its name in addresses (the file's name)")
        parser.add_argument("--title", default="", help="its title (the name in the recording's header)")
        parser.add_argument("--intro", default="", help="a sentence or two on what happens in it")

    def handle(self, *_arguments: Any, file: Path, slug: str, title: str, intro: str, **_options: Any) -> None:  # noqa: ANN401 - Django's signature
        """Import it, and say what it is called now."""
        environment = settings.ENVIRONMENT
        limits = Limits(environment.max_recording_bytes, environment.max_line_bytes)
        try:
            name = slug_of(slug or file.resolve().name.split(".")[0])
            if file.is_dir():
                log = import_folder(file, slug=name, title=title, intro=intro, limits=limits)
            else:
                with file.open("rb") as stream:
                    written_ts = os.fstat(stream.fileno()).st_mtime
                    log = import_recording(
                        stream, slug=name, title=title, intro=intro, limits=limits, written_ts=written_ts
                    )
        except RecordingError as error:
            raise CommandError(f"{file} was not imported: {error}.") from error
        except OSError as error:
            raise CommandError(f"{file} cannot be read: {error.strerror}.") from error
        self.stdout.write(f"imported {log.slug}: {log.last_seq:,} frames, {log.length_words}")
