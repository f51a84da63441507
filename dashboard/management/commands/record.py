"""``orrery record``: the latest stretch of a live cluster's log, as a recording."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from dashboard.lengths import seconds
from visualizer.log.exporting import write_stretch
from visualizer.models import Cluster


class Command(BaseCommand):
    """Write a stretch of a cluster's log to a file."""

    help = "Keep the latest stretch of a live cluster as a recording."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Which cluster, how much of it, and where to."""
        parser.add_argument("cluster", help="the cluster's name in addresses")
        parser.add_argument("file", type=Path, help="the file to write")
        parser.add_argument("--last", type=seconds, default=600, help="how much of it: 90s, 10m, 2h, 1d (10m)")

    def handle(self, *_arguments: Any, cluster: str, file: Path, last: int, **_options: Any) -> None:  # noqa: ANN401 - Django's signature
        """Write it."""
        found = Cluster.objects.filter(slug=cluster).select_related("log").first()
        if found is None or found.log is None:
            known = ", ".join(Cluster.objects.filter(log__isnull=False).values_list("slug", flat=True)) or "none yet"
            raise CommandError(f"There is no cluster “{cluster}” that is being followed. There are: {known}.")
        log = found.log
        part = file.with_name(f"{file.name}.part")
        try:
            with part.open("wb") as stream:
                frames = write_stretch(log, stream, from_ts=log.last_ts - last, to_ts=log.last_ts)
            part.replace(file)
        except OSError as error:
            raise CommandError(f"{file} cannot be written: {error.strerror}.") from error
        finally:
            part.unlink(missing_ok=True)
        self.stdout.write(f"recorded {found.name}: {frames:,} frames in {file}")
