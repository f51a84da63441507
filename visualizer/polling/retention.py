"""Retention: how much of each followed cluster's log is kept, and letting go of the rest."""

from __future__ import annotations

from typing import Final

import structlog
from django.core.cache import cache

from visualizer.log.pruning import Retention, prune
from visualizer.models import Cluster

MOST_SECONDS: Final = 1_800
"""How long pruning one log may take before another may begin; a second one at once would only do the same work."""

_log = structlog.get_logger()


def retention_of(cluster: Cluster, default: Retention) -> Retention:
    """What is kept of this cluster's log."""
    return Retention(
        seconds=default.seconds if cluster.keep_seconds is None else cluster.keep_seconds,
        size=default.size if cluster.keep_bytes is None else cluster.keep_bytes,
    )


def prune_cluster(cluster_id: int, default: Retention, *, now: float) -> bool:
    """Let go what need not be kept of this cluster's log at ``now`` (unix seconds); whether anything went."""
    cluster = Cluster.objects.filter(pk=cluster_id).select_related("log").first()
    if cluster is None or cluster.log is None or not cache.add(f"prune:{cluster_id}", now, timeout=MOST_SECONDS):
        return False
    try:
        pruned = prune(cluster.log, retention_of(cluster, default), now=now)
    finally:
        cache.delete(f"prune:{cluster_id}")
    if pruned:
        _log.info("log_pruned", cluster=cluster.slug, begins=cluster.log.first_ts)
    return pruned
