"""``orrery remove_cluster``: a cluster is followed no more."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from visualizer.following.adding import remove
from visualizer.models import Cluster


class Command(BaseCommand):
    """Forget a cluster and its credentials; what was seen of it stays, as a recording, unless it is to go too."""

    help = "Stop following a cluster, and forget how to reach it. What was seen of it stays, as a recording."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Which, and whether what was seen of it is to go too."""
        parser.add_argument("cluster", help="the cluster's name in addresses")
        parser.add_argument("--with-log", action="store_true", help="also delete what was seen of it")

    def handle(self, *_arguments: Any, cluster: str, with_log: bool, **_options: Any) -> None:  # noqa: ANN401 - Django's signature
        """Forget it."""
        found = Cluster.objects.filter(slug=cluster).select_related("log").first()
        if found is None:
            known = ", ".join(Cluster.objects.values_list("slug", flat=True)) or "none"
            raise CommandError(f"There is no cluster “{cluster}”. There are: {known}.")
        remove(found, with_log=with_log)
        self.stdout.write(f"removed {found.name}")
