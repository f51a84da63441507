"""``orrery add_cluster``: a cluster to be followed."""

from __future__ import annotations

import asyncio
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from dashboard.clusters import find_access, sealer
from visualizer.following.adding import Checked, check, save
from visualizer.kube.access import CredentialsError, KubeconfigError
from visualizer.kube.sealing import SealingError
from visualizer.kube.transport import ApiError, Unreachable


class Command(BaseCommand):
    """Check a cluster, and keep how to reach it."""

    help = "Add a cluster to be followed, or give one new credentials. It is asked first what may be read there."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Its name, and how to reach it."""
        parser.add_argument("name", help="what the cluster is to be called")
        parser.add_argument("--kubeconfig", type=Path, help="the kubeconfig (KUBECONFIG, or ~/.kube/config)")
        parser.add_argument("--context", help="the context in it (its current one)")
        parser.add_argument("--in-cluster", action="store_true", help="this Pod's own cluster and service account")

    def handle(self, *_arguments: Any, name: str, **options: Any) -> None:  # noqa: ANN401 - Django's signature
        """Ask the cluster, show what it says, and keep it."""
        try:
            access = find_access(options["kubeconfig"], options["context"], is_in_cluster=options["in_cluster"])
            checked = asyncio.run(check(access))
            self._show(checked)
            cluster = save(name, access, sealer())
        except (KubeconfigError, CredentialsError, SealingError) as error:
            raise CommandError(str(error)) from error
        except (ApiError, Unreachable) as error:
            raise CommandError(f"{name} was not added: {error}") from error
        self.stdout.write(f"added {cluster.name}: {access.server}, Kubernetes {checked.server_version}")
        if access.insecure_skip_tls_verify:
            self.stderr.write(
                "WARNING: the server's certificate is not verified: whoever is in between can read along."
            )

    def _show(self, checked: Checked) -> None:
        denied = [permission for permission in checked.permissions if permission.denied]
        readable = len(checked.permissions) - len(denied)
        self.stdout.write(f"{readable} of {len(checked.permissions)} resources may be listed and watched")
        width = max((len(permission.resource) for permission in denied), default=0)
        for permission in denied:
            self.stdout.write(f"  {permission.resource:<{width}}  may not: {', '.join(permission.denied)}")
        for group, why in checked.missing.items():
            self.stdout.write(f"  {group}: {why}")
