"""The background: Celery's worker and beat within this process, for ``orrery demo``."""

from __future__ import annotations

import asyncio
import threading
from typing import Final

from celery import Celery
from celery.beat import Scheduler, Service
from celery.worker import WorkController, state

from dashboard.buses import Relay
from dashboard.celery import make_app, make_poller
from visualizer.live.bus import Bus
from visualizer.polling.poller import Poller

THREADS: Final = 4
END_SECONDS: Final = 30.0
"""How long the tasks that have begun may take to end; then the process ends without them."""


class Background:
    """A worker and a beat, each in a thread. One in a process, as Celery has one place for how its worker stands.

    What tasks add to logs is told by ``bus``.
    """

    def __init__(self, bus: Bus) -> None:
        self._bus = bus
        self._poller: Poller | None = None
        self._beat: Service | None = None
        self._threads: list[threading.Thread] = []

    def start(self, loop: asyncio.AbstractEventLoop) -> None:
        """Begin; returns at once. ``loop`` is the bus's."""
        self._poller = make_poller(lambda: Relay(self._bus, loop))
        app = make_app(self._poller)
        self._beat = Service(app, max_interval=1, scheduler_cls=Scheduler)
        _tell_worker(stop=None)
        for name, run in (("worker", lambda: _work(app)), ("beat", self._beat.start)):
            self._threads.append(threading.Thread(target=run, name=name, daemon=True))
            self._threads[-1].start()

    def stop(self) -> None:
        """End, when the tasks that have begun are done. Not in the event loop."""
        if self._beat is not None:
            self._beat.stop()
        _tell_worker(stop=0)
        for thread in self._threads:
            thread.join(END_SECONDS)
        if self._poller is not None:
            self._poller.close()


def _work(app: Celery) -> None:
    alone: dict[str, object] = {"without_heartbeat": True, "without_gossip": True, "without_mingle": True}
    WorkController(app=app, pool="threads", concurrency=THREADS, hostname="orrery@here", **alone).start()


def _tell_worker(*, stop: int | None) -> None:
    """What its loop looks at; a number says to end, and with which code."""
    state.should_stop = stop  # type: ignore[assignment]
