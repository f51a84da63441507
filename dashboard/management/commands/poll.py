"""``orrery poll``: a cluster asked now, whatever is due, and what it said."""

from __future__ import annotations

import time
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from dashboard.buses import make_bus
from dashboard.clusters import sealer
from visualizer.kube.sealing import SealingError
from visualizer.models import Cluster, PollResult
from visualizer.polling.poller import Poller
from visualizer.polling.schedule import POLLS


class Command(BaseCommand):
    """Ask every poll of one cluster, or the named ones, and tell how each ended."""

    help = "Ask a cluster for its health now, and say how each poll ended."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Which cluster, and which polls."""
        parser.add_argument("cluster", help="the cluster's name in addresses")
        parser.add_argument("polls", nargs="*", metavar="poll", help=f"which polls (all): {', '.join(POLLS)}")

    def handle(self, *_arguments: Any, cluster: str, polls: list[str], **_options: Any) -> None:  # noqa: ANN401 - Django's signature
        """Ask, one after the other."""
        found = Cluster.objects.filter(slug=cluster).first()
        if found is None:
            known = ", ".join(Cluster.objects.values_list("slug", flat=True)) or "none"
            raise CommandError(f"There is no cluster “{cluster}”. There are: {known}.")
        if unknown := [name for name in polls if name not in POLLS]:
            raise CommandError(f"There is no poll “{unknown[0]}”. There are: {', '.join(POLLS)}.")
        try:
            sealer()
        except SealingError as error:
            raise CommandError(str(error)) from error
        poller = Poller(sealer, make_bus)
        for name in polls or POLLS:
            self._ask(found, name, poller)
        poller.close()

    def _ask(self, cluster: Cluster, name: str, poller: Poller) -> None:
        if poller.run(cluster.pk, name, round(time.time(), 3)) == "skipped":
            self.stdout.write(f"{name:<13}it is being asked already")
            return
        row = PollResult.objects.filter(cluster=cluster, poll=name).order_by("-due_ts").first()
        if row is not None:
            self.stdout.write(f"{name:<13}{row.state:<12} {row.problem}")
