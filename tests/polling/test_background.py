"""The worker and beat of ``orrery demo``: they poll beside the server, and end when it does."""

from __future__ import annotations

import asyncio
import threading

import pytest

from dashboard import celery as celery_module
from dashboard.background import Background
from dashboard.buses import Relay
from tests.apiserver.server import ApiServer
from tests.following.conftest import until
from tests.polling.conftest import SEALER
from visualizer.live.bus import Bus
from visualizer.live.threads import in_thread
from visualizer.models import Cluster, PollResult
from visualizer.polling.schedule import POLLS


async def test_everything_is_polled_in_threads_that_end_when_they_are_told(
    server: ApiServer, cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(celery_module, "sealer", lambda: SEALER)
    background = Background(Bus())
    background.start(asyncio.get_running_loop())
    try:
        await until(lambda: set(PollResult.objects.values_list("poll", flat=True)) == set(POLLS) - {"listing"})
    finally:
        await in_thread(background.stop)
    names = {thread.name for thread in threading.enumerate()}
    assert not names & {"worker", "beat", "requests"}
    assert await in_thread(lambda: PollResult.objects.filter(state="unreachable").count()) == 0


async def test_what_a_task_adds_to_a_log_is_told_in_the_servers_own_loop() -> None:
    bus = Bus()
    relay = Relay(bus, asyncio.get_running_loop())
    with bus.subscribe(7) as subscription:
        await in_thread(lambda: relay.publish(7, [(1, b"{}")]))
        async with asyncio.timeout(10):
            assert await subscription.next() == [(1, b"{}")]
