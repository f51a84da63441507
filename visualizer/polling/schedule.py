"""The schedule: every poll there is, its period, and when it is due. Nothing else decides that.

A poll is due once in each stretch of its period. The stretches of two clusters begin at different times, so that not
all are asked at once. Since a due time is the stretch's beginning, whoever reckons it, in whichever process, gets the
same one, and two answers to it are one row.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from visualizer.kube.polls import (
    certificates,
    checks,
    drift,
    leaders,
    listing,
    metrics,
    results,
    served,
    usage,
    versions,
)
from visualizer.kube.polls.asking import Ask
from visualizer.models import Cluster, PollResult

DAY: Final = 86_400
MONTH: Final = 30 * DAY

LISTING: Final = "listing"
"""The poll of clusters that are not watched; its period is the cluster's own."""

SPREAD: Final = 0.618034
"""The golden ratio's fraction: multiples of it fall apart evenly, however many clusters there are."""


@dataclass(frozen=True)
class Poll:
    """One poll: how it asks, how often, how long that may take at most, its result's shape, how long that is kept."""

    ask: Ask
    period_seconds: int
    limit_seconds: float
    shape: type
    kept_seconds: int = DAY


POLLS: Final[Mapping[str, Poll]] = {
    "livez": Poll(checks.livez, 30, 10.0, results.Checks),
    "readyz": Poll(checks.readyz, 30, 10.0, results.Checks),
    "leaders": Poll(leaders.ask, 30, 10.0, results.Leaders),
    "metrics": Poll(metrics.ask, 60, 30.0, results.ServerMetrics),
    "usage": Poll(usage.ask, 60, 30.0, results.Usage),
    "versions": Poll(versions.ask, 600, 60.0, results.Versions, MONTH),
    "discovery": Poll(served.ask, 600, 60.0, results.Served, MONTH),
    "certificates": Poll(certificates.ask, 3_600, 20.0, results.Certificates, MONTH),
    LISTING: Poll(listing.ask, 30, 120.0, results.Listed),
    "drift": Poll(drift.ask, 3_600, 300.0, results.Drift, MONTH),
}
"""Every poll by its name."""


@dataclass(frozen=True)
class Due:
    """A poll that a cluster should be asked, and since when it is due (unix seconds)."""

    cluster_id: int
    poll: str
    ts: float


def find_due(now: float) -> list[Due]:
    """Everything that is due at ``now`` (unix seconds) and has no answer yet."""
    clusters = list(Cluster.objects.only("is_polled", "poll_seconds"))
    found = []
    for name in POLLS:
        periods = {cluster.pk: period for cluster in clusters if (period := period_of(cluster, name)) is not None}
        since = {pk: due_ts(pk, period, now) for pk, period in periods.items()}
        recent = PollResult.objects.filter(poll=name, due_ts__gte=min(since.values(), default=now))
        answered = {pk for pk, ts in recent.values_list("cluster", "due_ts") if ts >= since.get(pk, now)}
        found += [Due(pk, name, ts) for pk, ts in since.items() if pk not in answered]
    return found


def period_of(cluster: Cluster, poll: str) -> int | None:
    """How often, in seconds, this cluster is asked this poll; None where it is not."""
    if poll == LISTING:
        return cluster.poll_seconds if cluster.is_polled else None
    return POLLS[poll].period_seconds


def due_ts(cluster_id: int, period_seconds: float, now: float) -> float:
    """When the poll of this cluster was last due, at ``now``; both are unix seconds."""
    offset = (cluster_id * SPREAD % 1.0) * period_seconds
    return round((now - offset) // period_seconds * period_seconds + offset, 3)
