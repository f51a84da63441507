"""The schedule: every poll there is, its period, and when it is due. Nothing else decides that.

A poll is due once in each stretch of its period. The stretches of two clusters begin at different times, so that not
all are asked at once. Since a due time is the stretch's beginning, whoever reckons it, in whichever process, gets the
same one, and two answers to it are one row.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from visualizer.kube.polls import checks, results
from visualizer.kube.polls.asking import Ask

SPREAD: Final = 0.618034
"""The golden ratio's fraction: multiples of it fall apart evenly, however many clusters there are."""


@dataclass(frozen=True)
class Poll:
    """One poll: how it asks, how often, how long that may take at most, and the shape of its result."""

    ask: Ask
    period_seconds: int
    limit_seconds: float
    shape: type


POLLS: Final[Mapping[str, Poll]] = {
    "livez": Poll(checks.livez, 30, 25.0, results.Checks),
    "readyz": Poll(checks.readyz, 30, 25.0, results.Checks),
}
"""Every poll by its name."""


def due_ts(cluster_id: int, period_seconds: float, now: float) -> float:
    """When the poll of this cluster was last due, at ``now``; both are unix seconds."""
    offset = (cluster_id * SPREAD % 1.0) * period_seconds
    return round((now - offset) // period_seconds * period_seconds + offset, 3)
