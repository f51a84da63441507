"""``orrery watch``: follows live clusters into their logs. Any number of these run; each cluster is one's alone."""

from __future__ import annotations

import asyncio
import signal
from argparse import ArgumentParser
from pathlib import Path
from typing import Any, Final

from django.core.management.base import BaseCommand, CommandError

from dashboard.buses import make_bus
from dashboard.clusters import sealer
from visualizer.following.follower import Followers
from visualizer.kube.sealing import SealingError
from visualizer.live.redisbus import RedisBus

ALIVE_SECONDS: Final = 5.0


class Command(BaseCommand):
    """Follow every cluster that no other watcher holds, until told to end; others may have them then at once."""

    help = "Follow live clusters into their logs, for “orrery serve” to show."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """What a health check looks at."""
        parser.add_argument("--alive", type=Path, help="touch this file every five seconds, for a health check")

    def handle(self, *_arguments: Any, alive: Path | None, **_options: Any) -> None:  # noqa: ANN401 - Django's signature
        """Watch until SIGTERM or SIGINT."""
        try:
            asyncio.run(self._watch(alive))
        except SealingError as error:
            raise CommandError(str(error)) from error
        self.stdout.write("The watcher has ended.")

    async def _watch(self, alive: Path | None) -> None:
        bus = make_bus()
        watching = asyncio.create_task(Followers(bus, sealer()).run())
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, watching.cancel)
        self.stdout.write("Watching.")
        self.stdout.flush()
        try:
            while not watching.done():
                if alive is not None:
                    await asyncio.to_thread(alive.touch)
                await asyncio.wait({watching}, timeout=ALIVE_SECONDS)
        finally:
            if isinstance(bus, RedisBus):
                await bus.close()
        if not watching.cancelled():
            watching.result()  # raises what ended it
