"""The Celery application: tasks through Redis between processes, or within this one."""

from __future__ import annotations

import os
from collections.abc import Callable

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "dashboard.settings")

from django.conf import settings

from dashboard.clusters import retention, sealer
from visualizer.live.bus import Bus
from visualizer.polling.poller import Poller
from visualizer.tasks import SCHEDULE, register


def make_poller(make_bus: Callable[[], Bus]) -> Poller:
    """What asks clusters; ``make_bus`` gives what tells viewers of what a listing adds to a log."""
    return Poller(sealer, make_bus)


def make_app(poller: Poller) -> Celery:
    """An application with every task."""
    app = Celery("orrery", set_as_current=False)
    app.conf.update(
        beat_schedule=SCHEDULE,
        broker_connection_max_retries=None,
        broker_connection_retry_on_startup=True,
        task_default_queue="tasks",
        task_ignore_result=True,
        worker_hijack_root_logger=False,
        worker_pool="threads",  # tasks wait for clusters, and hardly compute
        worker_redirect_stdouts=False,
        **_broker(settings.ENVIRONMENT.redis_url),
    )
    register(app, poller=poller, retention=retention())
    return app


def _broker(redis_url: str) -> dict[str, object]:
    if redis_url:
        return {"broker_url": redis_url, "broker_transport_options": {"global_keyprefix": "orrery:"}}
    return {
        "broker_url": "memory://localhost/",
        "broker_transport_options": {"polling_interval": 0.05},
        "worker_prefetch_multiplier": 0,  # a queue in memory cannot hold messages back
    }
