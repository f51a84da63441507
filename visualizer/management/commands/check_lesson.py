"""``orrery check_lesson``: what is wrong with a lesson's text, and what in it is not so in its recording."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from visualizer.lessons.reading import read_lesson
from visualizer.log.lessons import check_file
from visualizer.log.recording import Limits, RecordingError


class Command(BaseCommand):
    """Print each problem with its line; end with 1 where there are some."""

    help = "Hold a lesson to its recording (docs/lessons.md)."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """The lesson, and the recording where that is not beside it."""
        parser.add_argument("lesson", type=Path, nargs="+", help="such as demos/deploy/lesson.md")
        parser.add_argument("--recording", type=Path, help="recording.jsonl.zst beside the lesson")

    def handle(
        self,
        *_arguments: Any,  # noqa: ANN401 - Django's signature
        lesson: list[Path],
        recording: Path | None,
        **_options: Any,  # noqa: ANN401
    ) -> None:
        """Check them all."""
        found = sum(self._check(path, recording or path.parent / "recording.jsonl.zst") for path in lesson)
        if found:
            raise CommandError(f"{found} problem{'s' if found > 1 else ''}.")
        self.stdout.write(f"{len(lesson)} lesson{'s' if len(lesson) > 1 else ''}, and nothing wrong.")

    def _check(self, path: Path, recording: Path) -> int:
        environment = settings.ENVIRONMENT
        limits = Limits(environment.max_recording_bytes, environment.max_line_bytes)
        try:
            read = read_lesson(path.read_text())
            problems = [*read.problems, *check_file(read, recording, limits=limits)]
        except OSError as error:
            raise CommandError(f"{error.filename} cannot be read: {error.strerror}.") from error
        except UnicodeDecodeError as error:
            raise CommandError(f"{path} is not text in UTF-8.") from error
        except RecordingError as error:
            raise CommandError(f"{recording} cannot be read: {error}.") from error
        for problem in problems:
            self.stdout.write(f"{path}:{problem.line}: {problem.severity}: {problem.text}")
        return len(problems)
