"""``orrery worker``: does what beat says is due: polls clusters, and tidies up. Any number of these run."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from celery.signals import heartbeat_sent
from django.core.management.base import BaseCommand, CommandError

from dashboard.buses import make_bus
from dashboard.celery import make_app, make_poller
from dashboard.clusters import sealer
from visualizer.kube.sealing import SealingError


class Command(BaseCommand):
    """Work until told to end; what has begun is finished first."""

    help = "Poll clusters and tidy up, as “orrery beat” says."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """How many things at once, and what a health check looks at."""
        parser.add_argument("--threads", type=int, default=8, help="how many polls to ask at once (8)")
        parser.add_argument("--alive", type=Path, help="touch this file every few seconds, for a health check")

    def handle(self, *_arguments: Any, threads: int, alive: Path | None, **_options: Any) -> None:  # noqa: ANN401 - Django's signature
        """Work until SIGTERM or SIGINT."""
        app = make_app(make_poller(make_bus))
        try:
            sealer()
        except SealingError as error:
            raise CommandError(str(error)) from error

        def touch(**_sent: object) -> None:
            if alive is not None:
                alive.touch()

        heartbeat_sent.connect(touch)
        worker = app.Worker(concurrency=threads, quiet=True, without_gossip=True, without_mingle=True)
        self.stdout.write("Working.")
        self.stdout.flush()
        worker.start()
        self.stdout.write("The worker has ended.")
