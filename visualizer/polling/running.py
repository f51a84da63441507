"""Running: one poll of one cluster, asked and kept.

While it is asked nobody else asks it: a lock in the cache says so, which goes by itself a little after the poll's time
is over, also where whoever held it was killed. What is kept is one row for each due time.
"""

from __future__ import annotations

import asyncio
import time
from typing import Final, Literal

import msgspec
import structlog
from django.core.cache import cache

from visualizer.following.adding import transport_to
from visualizer.kube.access import CredentialsError, KubeconfigError, from_json
from visualizer.kube.polls.asking import Asked, Kept, ask
from visualizer.kube.polls.results import Outcome
from visualizer.kube.sealing import Sealer, SealingError
from visualizer.models import Cluster, PollResult
from visualizer.polling.schedule import POLLS, Poll

LOCK_GRACE_SECONDS: Final = 5.0

Ran = Literal["kept", "skipped", "known", "gone"]
"""What came of a run: a row; nothing, as another run still asks; nothing, as there is a row; or there is no cluster."""

_log = structlog.get_logger()


def run(cluster_id: int, name: str, due_ts: float, sealer: Sealer) -> Ran:
    """Ask this poll, unless it is being asked, or was for this due time."""
    poll = POLLS[name]
    lock = f"poll:{cluster_id}:{name}"
    if not cache.add(lock, due_ts, timeout=poll.limit_seconds + LOCK_GRACE_SECONDS):
        _log.info("poll_skipped", poll=name, cluster=cluster_id)
        return "skipped"
    try:
        return _run(cluster_id, name, due_ts, sealer)
    finally:
        cache.delete(lock)


def _run(cluster_id: int, name: str, due_ts: float, sealer: Sealer) -> Ran:
    cluster = Cluster.objects.filter(pk=cluster_id).first()
    if cluster is None:
        return "gone"
    if PollResult.objects.filter(cluster=cluster, poll=name, due_ts__gte=due_ts).exists():
        return "known"
    asked_ts, begun = time.time(), time.monotonic()
    outcome, requests = _ask(cluster, name, POLLS[name], sealer)
    row = PollResult(
        cluster=cluster,
        poll=name,
        due_ts=due_ts,
        asked_ts=asked_ts,
        seconds=round(time.monotonic() - begun, 4),
        requests=requests,
        state=outcome.state,
        problem=outcome.problem,
        result=msgspec.to_builtins(outcome.result),
    )
    PollResult.objects.bulk_create([row], ignore_conflicts=True)
    return "kept"


def _ask(cluster: Cluster, name: str, poll: Poll, sealer: Sealer) -> tuple[Outcome, int]:
    """The outcome, and how many requests it took."""
    try:
        access = from_json(sealer.unseal(bytes(cluster.access)))
    except (KubeconfigError, SealingError, CredentialsError) as error:
        return Outcome("unreachable", str(error)), 0
    before = last_result(cluster, name, poll)

    async def ask_it() -> tuple[Outcome, int]:
        async with transport_to(access) as transport:
            asked = Asked(transport, access, before, time.time(), _nothing)
            return await ask(poll.ask, asked, limit_seconds=poll.limit_seconds), transport.cost.requests

    return asyncio.run(ask_it())


def last_result(cluster: Cluster, name: str, poll: Poll) -> object:
    """What this poll last told; None where it told nothing yet, or in another shape."""
    rows = PollResult.objects.filter(cluster=cluster, poll=name, result__isnull=False).order_by("-due_ts")
    told = rows.values_list("result", flat=True).first()
    try:
        return None if told is None else msgspec.convert(told, poll.shape)
    except msgspec.ValidationError:
        return None


async def _nothing() -> dict[str, Kept]:
    return {}
