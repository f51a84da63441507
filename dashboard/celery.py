"""The Celery application: tasks through Redis between processes, or within this one."""

from __future__ import annotations

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "dashboard.settings")

from django.conf import settings

from dashboard.clusters import retention, sealer
from visualizer.polling.poller import Poller
from visualizer.tasks import SCHEDULE, register

app = Celery("orrery", set_as_current=False)
app.conf.update(
    broker_url=settings.ENVIRONMENT.redis_url or "memory://localhost/",
    broker_transport_options={"global_keyprefix": "orrery:"}
    if settings.ENVIRONMENT.redis_url
    else {"polling_interval": 0.05},
    broker_connection_retry_on_startup=True,
    broker_connection_max_retries=None,
    beat_schedule=SCHEDULE,
    beat_scheduler="celery.beat:Scheduler",  # nothing of it needs to be kept in a file
    task_default_queue="tasks",
    task_ignore_result=True,
    worker_pool="threads",  # tasks wait for clusters, and hardly compute
    worker_prefetch_multiplier=1 if settings.ENVIRONMENT.redis_url else 0,
    worker_hijack_root_logger=False,
    worker_redirect_stdouts=False,
)
register(app, poller=Poller(sealer), retention=retention())
