"""``orrery who_wrote``: who made each write that a recording shows."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

import msgspec
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from msgspec import Struct

from visualizer.flow.attribution import Certainty
from visualizer.flow.hindsight import Answer, read_recording
from visualizer.log.recording import Limits, RecordingError
from visualizer.log.replaying import replay_file


class Line(Struct, rename="camel"):
    """What is printed of one watch event.

    ``component`` is the writer: a controller by its service account's name, ``kube-scheduler``, ``kube-apiserver``,
    ``kubelet`` with its ``node``, ``client`` with its program in ``client``, or ``unknown``.
    """

    resource: str
    namespace: str
    name: str
    type: str
    resource_version: str
    component: str
    node: str
    client: str
    certainty: Certainty
    rule: str


class Command(BaseCommand):
    """Print who made each write."""

    help = "Print who made each write of a recording, a line of JSON for each watch event (docs/attribution.md)."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """The recording."""
        parser.add_argument("recording", type=Path, help="a recording, compressed with zstd or not")

    def handle(self, *_arguments: Any, recording: Path, **_options: Any) -> None:  # noqa: ANN401 - Django's signature
        """Print them, as they are read."""
        environment = settings.ENVIRONMENT
        limits = Limits(environment.max_recording_bytes, environment.max_line_bytes)
        try:
            header, frames = replay_file(recording, limits=limits)
            for answer in read_recording(header.resources, frames):
                self.stdout.write(msgspec.json.encode(_line(answer)).decode())
        except BrokenPipeError:
            raise  # it is the reader of what is printed that went away
        except OSError as error:
            raise CommandError(f"{recording} cannot be read: {error.strerror}.") from error
        except RecordingError as error:
            raise CommandError(f"{recording} cannot be read: {error}.") from error


def _line(answer: Answer) -> Line:
    event, author = answer.event, answer.author
    metadata = event.object.metadata
    return Line(
        resource=event.resource,
        namespace=metadata.namespace,
        name=metadata.name,
        type=event.type,
        resource_version=metadata.resource_version,
        component=author.component,
        node=author.node,
        client=author.client,
        certainty=author.certainty,
        rule=author.rule,
    )
