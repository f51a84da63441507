"""``orrery import_recording``: a recording, or what kubectl printed, becomes a log."""

from __future__ import annotations

import os
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from visualizer.log.importing import import_folder, import_recording, slug_of
from visualizer.log.lessonkeeping import LessonRefused, check_playable, save_lesson
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

        parser.add_argument("--lesson", type=Path, help="the lesson on it, such as demos/deploy/lesson.md")

    def handle(
        self,
        *_arguments: Any,  # noqa: ANN401 - Django's signature
        file: Path,
        slug: str,
        title: str,
        intro: str,
        lesson: Path | None = None,
        **_options: Any,  # noqa: ANN401
    ) -> None:
        """Import it, and say what it is called now."""
        text = _read(lesson) if lesson else ""
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
        if text:
            save_lesson(log, text, version=0)
        self.stdout.write(f"imported {log.slug}: {log.last_seq:,} frames, {log.length_words}")


def _read(lesson: Path) -> str:
    """The text of a lesson that can be played. Raises CommandError with its first problem."""
    try:
        text = lesson.read_text()
        check_playable(text)
    except OSError as error:
        raise CommandError(f"{lesson} cannot be read: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise CommandError(f"{lesson} is not text in UTF-8.") from error
    except LessonRefused as error:
        raise CommandError(f"{lesson} was not taken. {error}") from error
    return text
