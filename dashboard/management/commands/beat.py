"""``orrery beat``: tells the workers, every few seconds, to look at what is due. One of these runs."""

from __future__ import annotations

import signal
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from celery.beat import Scheduler, Service
from celery.signals import after_task_publish
from django.core.management.base import BaseCommand

from dashboard.buses import make_bus
from dashboard.celery import make_app, make_poller


class Command(BaseCommand):
    """Beat until told to end. A second one would do no harm, and no good."""

    help = "Tell “orrery worker” every few seconds to look at what is due."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """What a health check looks at."""
        parser.add_argument("--alive", type=Path, help="touch this file with every beat, for a health check")

    def handle(self, *_arguments: Any, alive: Path | None, **_options: Any) -> None:  # noqa: ANN401 - Django's signature
        """Beat until SIGTERM or SIGINT."""
        app = make_app(make_poller(make_bus))

        def touch(**_sent: object) -> None:
            if alive is not None:
                alive.touch()

        after_task_publish.connect(touch)
        service = Service(app, max_interval=1, scheduler_cls=Scheduler)
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_told: service.stop())
        self.stdout.write("Beating.")
        self.stdout.flush()
        service.start()
        self.stdout.write("The beat has ended.")
