"""``orrery add_cluster``: a cluster to be followed."""

from __future__ import annotations

import asyncio
import textwrap
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from dashboard.clusters import find_access, sealer
from dashboard.lengths import seconds, size
from visualizer.following.adding import LEAST_SECONDS, OtherCluster, save
from visualizer.following.checking import Checked, NotKubernetes, Permission, check
from visualizer.kube import grants
from visualizer.kube.access import CredentialsError, KubeconfigError
from visualizer.kube.sealing import SealingError
from visualizer.kube.transport import ApiError, Unreachable
from visualizer.models import Cluster


class Command(BaseCommand):
    """Check a cluster, and keep how to reach it."""

    help = "Add a cluster to be followed, or give one new credentials. It is asked first what may be read there."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Its name, and how to reach it."""
        parser.add_argument("name", help="what the cluster is to be called")
        parser.add_argument("--kubeconfig", type=Path, help="the kubeconfig (KUBECONFIG, or ~/.kube/config)")
        parser.add_argument("--context", help="the context in it (its current one)")
        parser.add_argument("--in-cluster", action="store_true", help="this Pod's own cluster and service account")
        parser.add_argument("--poll-only", action="store_true", help="list it now and then, and do not watch it")
        parser.add_argument("--every", type=seconds, default=30, help="how often to list it then: 30s, 5m (30s)")
        parser.add_argument("--last", type=seconds, help="how much of it to keep, by age: 12h, 7d")
        parser.add_argument("--most", type=size, help="how much of it to keep, by size: 500MB, 4GiB")

    def handle(self, *_arguments: Any, name: str, **options: Any) -> None:  # noqa: ANN401 - Django's signature
        """Ask the cluster, show what it says, and keep it."""
        try:
            access = find_access(options["kubeconfig"], options["context"], is_in_cluster=options["in_cluster"])
            checked = asyncio.run(check(access))
            self._show(checked)
            cluster = save(name, access, sealer(), uid=checked.uid)
            self._set(cluster, options)
        except (KubeconfigError, CredentialsError, SealingError) as error:
            raise CommandError(str(error)) from error
        except (ApiError, Unreachable, NotKubernetes, OtherCluster) as error:
            raise CommandError(f"{name} was not added: {error}") from error
        self.stdout.write(f"added {cluster.name}: {access.server}, Kubernetes {checked.server_version}")
        for warning in checked.warnings:
            self.stderr.write(f"WARNING: {warning}")

    def _set(self, cluster: Cluster, options: dict[str, Any]) -> None:
        """How it is read, and how much of it is kept; what is not said of the latter stays as it is."""
        cluster.is_polled, cluster.poll_seconds = options["poll_only"], max(LEAST_SECONDS, options["every"])
        if options["last"] is not None:
            cluster.keep_seconds = options["last"]
        if options["most"] is not None:
            cluster.keep_bytes = options["most"]
        cluster.save(update_fields=["is_polled", "poll_seconds", "keep_seconds", "keep_bytes"])

    def _show(self, checked: Checked) -> None:
        if checked.may_ask:
            self._show_permissions(checked)
        else:
            self.stdout.write("The cluster does not let this user ask what it may do, so that is not known.")
        for group, why in checked.missing.items():
            self.stdout.write(f"  {group}: {why}")
        if checked.lacking:
            self.stdout.write("Missing of deploy/rbac.yaml, as rules for this user's ClusterRole:")
            self.stdout.write(textwrap.indent(grants.as_yaml(checked.lacking), "  "))

    def _show_permissions(self, checked: Checked) -> None:
        readable = sum(permission.is_readable for permission in checked.permissions)
        self.stdout.write(f"{readable} of {len(checked.permissions)} resources may be listed and watched")
        denied = [(permission.resource, _words(permission)) for permission in checked.permissions if permission.denied]
        denied += [(path, "may not: get") for path in checked.denied_paths]
        width = max((len(what) for what, _ in denied), default=0)
        for what, words in denied:
            self.stdout.write(f"  {what:<{width}}  {words}")


def _words(permission: Permission) -> str:
    where = " (in one namespace only: Orrery reads all)" if permission.only_in_namespace else ""
    return f"may not: {', '.join(permission.denied)}{where}"
