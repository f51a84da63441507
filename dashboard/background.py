"""The background: Celery's worker and beat within this process, for ``orrery demo``."""

from __future__ import annotations

import threading
from typing import Final

from celery.beat import Scheduler, Service
from celery.worker import WorkController, state

from dashboard.celery import app

THREADS: Final = 4
END_SECONDS: Final = 30.0
"""How long the tasks that have begun may take to end; then the process ends without them."""


class Background:
    """A worker and a beat, each in a thread. One in a process, as Celery has one place for how its worker stands."""

    def __init__(self) -> None:
        alone: dict[str, object] = {"without_heartbeat": True, "without_gossip": True, "without_mingle": True}
        self._worker = WorkController(app=app, pool="threads", concurrency=THREADS, hostname="orrery@here", **alone)
        self._beat = Service(app, max_interval=1, scheduler_cls=Scheduler)
        self._threads = [
            threading.Thread(target=run, name=name, daemon=True)
            for name, run in (("worker", self._worker.start), ("beat", self._beat.start))
        ]

    def start(self) -> None:
        """Begin; returns at once."""
        _tell_worker(stop=None)
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """End, when the tasks that have begun are done."""
        self._beat.stop()
        _tell_worker(stop=0)
        for thread in self._threads:
            thread.join(END_SECONDS)


def _tell_worker(*, stop: int | None) -> None:
    """What its loop looks at; a number says to end, and with which code."""
    state.should_stop = stop  # type: ignore[assignment]
