"""History: how long what polls found is kept."""

from __future__ import annotations

from typing import Final

from visualizer.models import PollResult

KEPT_SECONDS: Final = 7 * 86_400.0


def forget_old(now: float) -> int:
    """Delete what was found longer than a week before ``now`` (unix seconds); how many rows that were."""
    count, _ = PollResult.objects.filter(due_ts__lt=now - KEPT_SECONDS).delete()
    return count
