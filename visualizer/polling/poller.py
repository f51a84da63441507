"""The poller: one poll of one cluster, asked and kept.

While it is asked nobody else asks it: a lock in the cache says so, which goes by itself a little after the poll's time
is over, also where whoever held it was killed. What is kept is one row for each due time.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Coroutine
from typing import Any, Final, Literal, TypeVar

import msgspec
import structlog
from django.core.cache import cache

from visualizer.following.adding import transport_to
from visualizer.following.lease import LostLease
from visualizer.kube.access import Access, CredentialsError, KubeconfigError, from_json
from visualizer.kube.credentials import Credentials
from visualizer.kube.polls.asking import Asked, ask
from visualizer.kube.polls.results import Outcome
from visualizer.kube.sealing import Sealer, SealingError
from visualizer.live.bus import Bus
from visualizer.models import Cluster, PollResult
from visualizer.polling.kept import kept_objects
from visualizer.polling.listed import NotOurs, listed_log, tell
from visualizer.polling.schedule import LISTING, POLLS, Poll

LOCK_GRACE_SECONDS: Final = 5.0

Ran = Literal["kept", "skipped", "known", "gone"]
"""What came of a run: a row; nothing, as another run still asks; nothing, as there is a row; or there is no cluster."""

_Result = TypeVar("_Result")
_log = structlog.get_logger()


class Poller:
    """Asks polls, for any number of threads.

    ``sealer`` gives what opens clusters' credentials, ``make_bus`` what tells viewers of frames that a listing brought.
    """

    def __init__(self, sealer: Callable[[], Sealer], make_bus: Callable[[], Bus]) -> None:
        self._sealer, self._make_bus = sealer, make_bus
        self._requests = Requests()

    def run(self, cluster_id: int, name: str, due_ts: float) -> Ran:
        """Ask this poll, unless it is being asked, or was for this due time."""
        lock = f"poll:{cluster_id}:{name}"
        if not cache.add(lock, due_ts, timeout=POLLS[name].limit_seconds + LOCK_GRACE_SECONDS):
            _log.info("poll_skipped", poll=name, cluster=cluster_id)
            return "skipped"
        try:
            return self._run(cluster_id, name, due_ts)
        finally:
            cache.delete(lock)

    def close(self) -> None:
        """End what it keeps running."""
        self._requests.close()

    def _run(self, cluster_id: int, name: str, due_ts: float) -> Ran:
        cluster = Cluster.objects.filter(pk=cluster_id).first()
        if cluster is None:
            return "gone"
        if PollResult.objects.filter(cluster=cluster, poll=name, due_ts__gte=due_ts).exists():
            return "known"
        asked_ts, begun = time.time(), time.monotonic()
        outcome, requests = self._ask(cluster, name)
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

    def _ask(self, cluster: Cluster, name: str) -> tuple[Outcome, int]:
        """The outcome, and how many requests it took."""
        poll = POLLS[name]
        try:
            access = from_json(self._sealer().unseal(bytes(cluster.access)))
        except (KubeconfigError, SealingError, CredentialsError) as error:
            return Outcome("unreachable", str(error)), 0
        before = last_result(cluster, name, poll)

        async def ask_it() -> tuple[Outcome, int]:
            async with transport_to(access, self._requests.credentials(cluster.pk, access)) as transport:
                asked = Asked(
                    transport=transport,
                    access=access,
                    before=before,
                    now=time.time(),
                    kept=lambda: kept_objects(cluster.pk),
                    listed_log=lambda: listed_log(cluster, self._make_bus),
                )
                return await ask(poll.ask, asked, limit_seconds=poll.limit_seconds), transport.cost.requests

        try:
            outcome, requests = self._requests.run(ask_it())
        except (NotOurs, LostLease) as error:
            outcome, requests = Outcome("unreachable", f"It was not listed: {error}."), 0
        if name == LISTING:
            tell(cluster, outcome)
        return outcome, requests


class Requests:
    """The event loop, in a thread of its own, that requests go out from, and the credentials that they show.

    Credentials stay from one poll to the next: an exec plugin is asked when its answer runs out, and not for each.
    """

    def __init__(self) -> None:
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None
        self._turn = threading.Lock()
        self._credentials: dict[int, tuple[Access, Credentials]] = {}

    def run(self, work: Coroutine[Any, Any, _Result]) -> _Result:
        """What the work gives. Not from the loop itself."""
        return asyncio.run_coroutine_threadsafe(work, self._running_loop()).result()

    def credentials(self, cluster_id: int, access: Access) -> Credentials:
        """Those of this cluster, made anew where its access is another now."""
        known, credentials = self._credentials.get(cluster_id, (None, None))
        if credentials is None or known != access:
            credentials = Credentials(access)
            self._credentials[cluster_id] = access, credentials
        return credentials

    def close(self) -> None:
        """End the loop; a later run begins another."""
        with self._turn:
            if self._loop is None or self._thread is None:
                return
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join()
            self._loop = self._thread = None
            self._credentials.clear()

    def _running_loop(self) -> asyncio.AbstractEventLoop:
        with self._turn:
            if self._loop is None:
                self._loop = asyncio.new_event_loop()
                self._thread = threading.Thread(target=_run_for_ever, args=(self._loop,), name="requests", daemon=True)
                self._thread.start()
            return self._loop


def _run_for_ever(loop: asyncio.AbstractEventLoop) -> None:
    try:
        loop.run_forever()
    finally:
        loop.run_until_complete(loop.shutdown_default_executor())
        loop.close()


def last_result(cluster: Cluster, name: str, poll: Poll) -> object:
    """What this poll last told; None where it told nothing yet, or in another shape."""
    rows = PollResult.objects.filter(cluster=cluster, poll=name, result__isnull=False).order_by("-due_ts")
    told = rows.values_list("result", flat=True).first()
    try:
        return None if told is None else msgspec.convert(told, poll.shape)
    except msgspec.ValidationError:
        return None
