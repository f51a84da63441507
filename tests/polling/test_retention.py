"""Each cluster's log is kept as long, and as large, as is said of it."""

from __future__ import annotations

import io

import pytest
from django.core.management import CommandError, call_command

from dashboard.celery import make_app, make_poller
from tests.log.test_pruning import SMALL, live_log, small_chunks  # noqa: F401 - its fixture is used
from visualizer.live.bus import Bus
from visualizer.log.pruning import Retention
from visualizer.models import Cluster, Log, PollResult
from visualizer.polling.retention import prune_cluster, retention_of

DEFAULT = Retention(1e9, 1 << 60)


@pytest.fixture
def made() -> Cluster:
    """A cluster with a log."""
    return Cluster.objects.create(slug="lab", name="lab", server="https://lab", access=b"", log=live_log())


def test_what_is_said_of_a_cluster_goes_before_the_settings(made: Cluster) -> None:
    assert retention_of(made, DEFAULT) == DEFAULT
    made.keep_seconds = 60
    assert retention_of(made, DEFAULT) == Retention(60, 1 << 60)
    made.keep_bytes = 1_000
    assert retention_of(made, DEFAULT) == Retention(60, 1_000)


def test_a_cluster_is_pruned_by_its_own_retention(made: Cluster) -> None:
    assert made.log is not None
    now = made.log.last_ts
    assert not prune_cluster(made.pk, DEFAULT, now=now)
    Cluster.objects.update(keep_seconds=10)
    assert prune_cluster(made.pk, DEFAULT, now=now)
    log = Log.objects.get()
    assert log.opening_seq == log.pruned_seq > 0
    assert now - log.first_ts < 30
    assert log.last_seq - log.opening_seq >= SMALL
    assert not prune_cluster(made.pk, DEFAULT, now=now)
    assert not prune_cluster(made.pk + 1, DEFAULT, now=now)


def retain(*arguments: str) -> str:
    said = io.StringIO()
    call_command("retain", "lab", *arguments, stdout=said)
    return said.getvalue()


def test_the_command_sets_it_and_tells_it(made: Cluster) -> None:
    assert retain().startswith("lab: the last 7d, and no more than 4 GiB. It takes ")
    assert retain("--last", "12h", "--most", "500MiB").startswith("lab: the last 12h, and no more than 500 MiB.")
    made.refresh_from_db()
    assert (made.keep_seconds, made.keep_bytes) == (43_200, 500 << 20)
    assert retain("--default").startswith("lab: the last 7d")


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (("--last", "soon"), "“soon” is no length of time"),
        (("--most", "much"), "“much” is no size, such as 500MB or 4GiB"),
    ],
)
def test_what_is_no_length_or_size_is_refused(made: Cluster, arguments: tuple[str, str], reason: str) -> None:
    with pytest.raises(CommandError, match=reason):
        retain(*arguments)


def test_a_cluster_that_there_is_not_is_named(transactional_db: None) -> None:
    with pytest.raises(CommandError, match=r"There is no cluster “lab”\. There are: none\."):
        retain()


def test_tidying_prunes_what_is_followed_and_forgets_what_polls_found_long_ago(made: Cluster) -> None:
    app = make_app(make_poller(Bus))
    app.conf.update(task_always_eager=True, task_eager_propagates=True)
    PollResult.objects.create(cluster=made, poll="livez", due_ts=1.0, asked_ts=1.0, seconds=0.1, state="ok")
    Cluster.objects.update(keep_seconds=10)  # the recording is older
    app.tasks["orrery.tidy"]()
    log = Log.objects.get()
    assert log.last_seq - log.opening_seq < 2 * SMALL
    assert not PollResult.objects.exists()
