"""History: how long what polls found is kept."""

from __future__ import annotations

from visualizer.models import PollResult
from visualizer.polling.schedule import DAY, POLLS


def forget_old(now: float) -> int:
    """Delete what is older at ``now`` (unix seconds) than its poll says; how many rows that were."""
    count = 0
    for name in PollResult.objects.order_by().values_list("poll", flat=True).distinct():
        kept = POLLS[name].kept_seconds if name in POLLS else DAY
        count += PollResult.objects.filter(poll=name, due_ts__lt=now - kept).delete()[0]
    return count
