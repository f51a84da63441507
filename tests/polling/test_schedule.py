"""When polls are due, and that each is asked once."""

from __future__ import annotations

import itertools
import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.apiserver.server import ApiServer
from tests.polling.conftest import Ask, access_to
from visualizer.kube.polls.asking import Asked
from visualizer.kube.polls.results import Outcome
from visualizer.live.threads import in_thread
from visualizer.models import Cluster, PollResult
from visualizer.polling import poller as poller_module
from visualizer.polling.history import forget_old
from visualizer.polling.poller import Poller
from visualizer.polling.schedule import POLLS, Poll, due_ts, find_due

NOW = 1_795_428_674.0


@given(st.integers(1, 10_000), st.integers(5, 86_400), st.floats(1e9, 2e9))
def test_a_poll_is_due_once_in_each_period(cluster_id: int, period: int, now: float) -> None:
    due = due_ts(cluster_id, period, now)
    assert now - period - 0.001 <= due <= now + 0.001
    assert due_ts(cluster_id, period, due + period / 2) == due
    assert due_ts(cluster_id, period, due + period * 1.5) == pytest.approx(due + period, abs=0.001)


def test_clusters_are_not_all_asked_at_once() -> None:
    dues = sorted(due_ts(cluster_id, 30, NOW) for cluster_id in range(1, 51))
    assert max(later - earlier for earlier, later in itertools.pairwise(dues)) < 2


async def test_everything_is_due_at_first_and_nothing_when_it_was_asked(cluster: Cluster) -> None:
    found = await in_thread(lambda: find_due(NOW))
    assert {due.poll for due in found} == set(POLLS) - {"listing"}  # it is watched
    assert {due.cluster_id for due in found} == {cluster.pk}

    def answer() -> None:
        for due in found:
            PollResult.objects.create(
                cluster=cluster, poll=due.poll, due_ts=due.ts, asked_ts=NOW, seconds=0, state="ok"
            )

    await in_thread(answer)
    assert await in_thread(lambda: find_due(NOW)) == []
    later = await in_thread(lambda: find_due(NOW + 31))
    assert {due.poll for due in later} >= {"livez", "readyz"}
    assert "certificates" not in {due.poll for due in later}


async def test_a_due_time_that_has_its_answer_is_not_asked_again(cluster: Cluster, poller: Poller) -> None:
    assert await in_thread(lambda: poller.run(cluster.pk, "livez", 7.0)) == "kept"
    assert await in_thread(lambda: poller.run(cluster.pk, "livez", 7.0)) == "known"
    assert await in_thread(PollResult.objects.count) == 1


async def test_a_poll_of_a_cluster_that_was_removed_comes_to_nothing(cluster: Cluster, poller: Poller) -> None:
    gone = cluster.pk
    await in_thread(cluster.delete)
    assert await in_thread(lambda: poller.run(gone, "livez", 1.0)) == "gone"


async def test_a_poll_is_skipped_while_the_last_one_still_asks(
    server: ApiServer, cluster: Cluster, poller: Poller, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, go_on = threading.Event(), threading.Event()

    async def slow(asked: Asked) -> Outcome:
        begun.set()
        await in_thread(go_on.wait)
        return await POLLS["readyz"].ask(asked)

    polls = {**POLLS, "livez": Poll(slow, 30, 20.0, POLLS["livez"].shape)}
    monkeypatch.setattr(poller_module, "POLLS", polls)
    first = threading.Thread(target=poller.run, args=(cluster.pk, "livez", 1.0))
    first.start()
    await in_thread(begun.wait)
    assert await in_thread(lambda: poller.run(cluster.pk, "livez", 31.0)) == "skipped"
    assert await in_thread(lambda: poller.run(cluster.pk, "readyz", 31.0)) == "kept"
    go_on.set()
    await in_thread(first.join)
    assert await in_thread(lambda: poller.run(cluster.pk, "livez", 31.0)) == "kept"
    dues = await in_thread(lambda: list(PollResult.objects.filter(poll="livez").values_list("due_ts", flat=True)))
    assert dues == [1.0, 31.0]


async def test_a_poll_that_takes_too_long_is_given_up(
    server: ApiServer, ask: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(poller_module, "POLLS", {"livez": Poll(POLLS["livez"].ask, 30, 0.05, POLLS["livez"].shape)})
    server.faults.latency(5)
    row = await ask("livez")
    assert (row.state, row.problem) == ("unreachable", "There was no answer within 0.05 seconds.")


async def test_credentials_stay_from_poll_to_poll_until_they_are_others() -> None:
    requests = poller_module.Requests()
    access = access_to(ApiServer(port=1))
    known = requests.credentials(1, access)
    assert requests.credentials(1, access_to(ApiServer(port=1))) is known
    assert requests.credentials(2, access) is not known
    assert requests.credentials(1, access_to(ApiServer(port=1), namespace="shop")) is not known


async def test_credentials_that_no_key_opens_are_told(cluster: Cluster, ask: Ask) -> None:
    await in_thread(lambda: Cluster.objects.update(access=b"sealed by another"))
    row = await ask("livez")
    assert row.state == "unreachable"
    assert "key" in row.problem


def test_history_ends_after_a_day_or_a_month(transactional_db: None) -> None:
    made = Cluster.objects.create(slug="lab", name="lab", server="https://lab", access=b"")
    for poll in ("livez", "versions"):
        for age in (3_600, 2 * 86_400, 31 * 86_400):
            ts = NOW - age
            PollResult.objects.create(cluster=made, poll=poll, due_ts=ts, asked_ts=ts, seconds=0, state="ok")
    assert forget_old(NOW) == 3
    assert set(PollResult.objects.values_list("poll", "due_ts")) == {
        ("livez", NOW - 3_600),
        ("versions", NOW - 3_600),
        ("versions", NOW - 2 * 86_400),
    }
