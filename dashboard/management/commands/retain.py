"""``orrery retain``: how much of a cluster's log is kept."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from dashboard.clusters import retention
from dashboard.lengths import length_words, seconds, size, size_words
from visualizer.log.pruning import size_of
from visualizer.models import Cluster
from visualizer.polling.retention import retention_of


class Command(BaseCommand):
    """Set how much of a cluster's log is kept, and tell it."""

    help = "Say how much of a cluster's log is kept: by age, and by size. Without options, tell it."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Which cluster, and how much."""
        parser.add_argument("cluster", help="the cluster's name in addresses")
        parser.add_argument("--last", type=seconds, help="keep what is younger: 12h, 7d")
        parser.add_argument("--most", type=size, help="keep no more than this: 500MB, 4GiB")
        parser.add_argument("--default", action="store_true", help="keep as much as the settings say")

    def handle(self, *_arguments: Any, cluster: str, **options: Any) -> None:  # noqa: ANN401 - Django's signature
        """Set it, and tell it."""
        found = Cluster.objects.filter(slug=cluster).select_related("log").first()
        if found is None:
            known = ", ".join(Cluster.objects.values_list("slug", flat=True)) or "none"
            raise CommandError(f"There is no cluster “{cluster}”. There are: {known}.")
        if options["default"]:
            found.keep_seconds = found.keep_bytes = None
        if options["last"] is not None:
            found.keep_seconds = options["last"]
        if options["most"] is not None:
            found.keep_bytes = options["most"]
        found.save(update_fields=["keep_seconds", "keep_bytes"])
        kept = retention_of(found, retention())
        taken = size_words(size_of(found.log)) if found.log else "nothing yet"
        words = f"the last {length_words(kept.seconds)}, and no more than {size_words(kept.size)}"
        self.stdout.write(f"{found.name}: {words}. It takes {taken} now.")
