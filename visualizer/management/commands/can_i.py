"""``orrery can_i``: what the API server would answer to SubjectAccessReviews."""

from __future__ import annotations

import sys
from argparse import ArgumentParser
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import msgspec
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from visualizer.log.policyfile import PolicyFileError, parse_time, read_situation
from visualizer.log.recording import Limits
from visualizer.rbac.authorizer import decide
from visualizer.rbac.documents import DocumentError, read_review
from visualizer.rbac.resources import Vocabulary
from visualizer.rbac.situation import Situation


class Command(BaseCommand):
    """Answer each question with a line of JSON, in order."""

    help = "Decide as the API server would, from the roles and bindings in a file (docs/rbac.md)."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """The file, and the questions."""
        parser.add_argument("file", type=Path, help="a recording, or JSON with roles and bindings; zstd or plain")
        parser.add_argument("--queries", required=True, help="a file of questions, one JSON object a line; - for input")
        parser.add_argument("--at", default="", help="a place in the recording: unix seconds or RFC 3339 (its end)")

    def handle(self, *_arguments: Any, file: Path, queries: str, at: str, **_options: Any) -> None:  # noqa: ANN401 - Django's signature
        """Print ``{"allowed": …, "reasons": […]}`` for each question."""
        situation, _ = open_file(file, at)
        try:
            questions = sys.stdin.buffer if queries == "-" else Path(queries).read_bytes().splitlines()
        except OSError as error:
            raise CommandError(f"{queries} cannot be read: {error.strerror}.") from error
        self._answer(situation, questions)

    def _answer(self, situation: Situation, lines: Iterable[bytes]) -> None:
        for number, line in enumerate(lines, 1):
            if not line.strip():
                continue
            try:
                review = read_review(line)
            except DocumentError as error:
                raise CommandError(f"Line {number} of the questions cannot be answered: {error}.") from error
            decision = decide(
                situation.policy,
                user=review.user,
                groups=review.groups,
                attributes=review.attributes,
                kinship=situation.is_kin,
            )
            answer = {"allowed": decision.allowed, "reasons": decision.reasons}
            self.stdout.write(msgspec.json.encode(answer).decode())


def open_file(file: Path, at: str) -> tuple[Situation, Vocabulary]:
    """The situation in this file at this time, if one is given. Raises CommandError with a sentence."""
    environment = settings.ENVIRONMENT
    limits = Limits(environment.max_recording_bytes, environment.max_line_bytes)
    try:
        return read_situation(file, at=parse_time(at) if at else None, limits=limits)
    except PolicyFileError as error:
        raise CommandError(f"{file} cannot be used: {error}.") from error
