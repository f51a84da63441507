"""Tasks: what Celery does in the background. Beat says only “look”; what is due, polling/schedule.py decides.

A message that no worker took before the next one comes has expired, so at most one waits for each poll. None is
acknowledged late or tried again: what a killed worker did not finish has no row, and is due at the next look.
"""

from __future__ import annotations

import time
from typing import Final

from celery import Celery

from visualizer.log.pruning import Retention
from visualizer.models import Cluster
from visualizer.polling.history import forget_old
from visualizer.polling.poller import Poller, Ran
from visualizer.polling.retention import prune_cluster
from visualizer.polling.schedule import find_due

LOOK_SECONDS: Final = 5.0
TIDY_SECONDS: Final = 600.0

SCHEDULE: Final = {
    "polls": {"task": "orrery.look", "schedule": LOOK_SECONDS, "options": {"expires": LOOK_SECONDS}},
    "tidying": {"task": "orrery.tidy", "schedule": TIDY_SECONDS, "options": {"expires": TIDY_SECONDS}},
}
"""What beat sends, and how often."""


def register(app: Celery, *, poller: Poller, retention: Retention) -> None:
    """Give the application its tasks. ``retention`` is for clusters that have none of their own.

    They are not shared: an application made later in this process would take these in the place of its own.
    """

    @app.task(name="orrery.poll", shared=False)
    def poll(cluster_id: int, name: str, due_ts: float) -> Ran:
        return poller.run(cluster_id, name, due_ts)

    @app.task(name="orrery.look", shared=False)
    def look() -> int:
        found = find_due(time.time())
        for due in found:
            poll.apply_async((due.cluster_id, due.poll, due.ts), expires=LOOK_SECONDS)
        return len(found)

    @app.task(name="orrery.prune", shared=False)
    def prune(cluster_id: int) -> bool:
        return prune_cluster(cluster_id, retention, now=time.time())

    @app.task(name="orrery.tidy", shared=False)
    def tidy() -> int:
        for cluster_id in Cluster.objects.filter(log__isnull=False).values_list("pk", flat=True):
            prune.apply_async((cluster_id,), expires=TIDY_SECONDS)
        return forget_old(time.time())
