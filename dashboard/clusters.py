"""Clusters as the site's commands reach them: kubeconfigs of this machine, and the keys that seal credentials."""

from __future__ import annotations

import os
from pathlib import Path

from django.conf import settings

from visualizer.kube import kubeconfig
from visualizer.kube.access import Access, in_cluster
from visualizer.kube.sealing import Sealer, keys_in
from visualizer.log.pruning import Retention
from visualizer.polling.schedule import DAY


def sealer() -> Sealer:
    """What seals and opens credentials here. Raises :class:`visualizer.kube.sealing.SealingError`."""
    return Sealer(settings.ENVIRONMENT.cluster_keys or keys_in(settings.DATA_DIR))


def find_access(path: Path | None, context: str | None, *, is_in_cluster: bool = False) -> Access:
    """The access that was asked for: of a kubeconfig (else KUBECONFIG's, else the home folder's), or a Pod's own.

    Raises :class:`visualizer.kube.access.KubeconfigError`.
    """
    if is_in_cluster:
        return in_cluster()
    return kubeconfig.load([path] if path else kubeconfig.paths(os.environ), context)


def retention() -> Retention:
    """How much of a cluster's log is kept where nothing is said of it."""
    return Retention(settings.ENVIRONMENT.keep_days * DAY, settings.ENVIRONMENT.keep_bytes)
