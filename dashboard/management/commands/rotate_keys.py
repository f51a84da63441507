"""``orrery rotate_keys``: every stored credential sealed with the newest key."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from dashboard.clusters import sealer
from visualizer.kube.sealing import SealingError
from visualizer.models import Cluster


class Command(BaseCommand):
    """Seal all of them anew."""

    help = (
        "Seal every cluster's credentials with the first of the cluster keys. To rotate: put a new key first, "
        "run this, and then take the old key away."
    )

    def handle(self, *_arguments: Any, **_options: Any) -> None:  # noqa: ANN401 - Django's signature
        """All of them, or none."""
        try:
            keys = sealer()
            with transaction.atomic():
                for cluster in Cluster.objects.select_for_update():
                    Cluster.objects.filter(pk=cluster.pk).update(access=keys.rotate(bytes(cluster.access)))
        except SealingError as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"sealed anew: {Cluster.objects.count()} clusters")
