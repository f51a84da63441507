"""What the polls of clusters found, in a word and a sentence: the worst of what is recent."""

from __future__ import annotations

import pytest
from django.test import Client

from tests.polling.conftest import SEALER
from visualizer.following.adding import add
from visualizer.kube.access import Access, Token
from visualizer.models import Cluster, PollResult
from visualizer.polling.summary import Summary, summaries

NOW = 1_000_000.0


@pytest.fixture
def lab() -> Cluster:
    """A cluster that nobody polls by itself here."""
    return add("lab", Access("http://127.0.0.1:1", "lab", "lab", "me", authentication=Token(token="abc")), SEALER)


def found(cluster: Cluster, poll: str, state: str, problem: str = "", *, ago: float = 5.0) -> None:
    """A poll's answer so many seconds ago."""
    PollResult.objects.create(
        cluster=cluster, poll=poll, due_ts=NOW - ago, asked_ts=NOW - ago, seconds=0.1, state=state, problem=problem
    )


def told(cluster: Cluster) -> Summary | None:
    return summaries([cluster.pk], NOW).get(cluster.pk)


def test_nothing_is_told_of_a_cluster_that_was_not_polled(lab: Cluster) -> None:
    assert told(lab) is None
    (answer,) = Client().get("/api/clusters").json()
    assert answer["polled"] is None


def test_all_well_is_one_word(lab: Cluster) -> None:
    found(lab, "livez", "ok")
    found(lab, "readyz", "ok")
    assert told(lab) == Summary("ok", "")


def test_the_worst_counts_and_says_what_it_is(lab: Cluster) -> None:
    found(lab, "livez", "ok")
    found(lab, "versions", "warning", "A kubelet is old.")
    found(lab, "readyz", "failing", "etcd fails.")
    assert told(lab) == Summary("failing", "etcd fails.")


def test_what_may_not_be_asked_and_what_is_not_there_does_not_count(lab: Cluster) -> None:
    found(lab, "livez", "ok")
    found(lab, "metrics", "refused", "It may not be asked.")
    found(lab, "usage", "absent", "There is none.")
    assert told(lab) == Summary("ok", "")


def test_only_the_latest_answer_counts_and_only_while_it_is_recent(lab: Cluster) -> None:
    found(lab, "readyz", "failing", "etcd fails.", ago=35)
    found(lab, "readyz", "ok", ago=5)
    assert told(lab) == Summary("ok", "")
    assert summaries([lab.pk], NOW + 3_600) == {}


def test_each_cluster_has_its_own(lab: Cluster) -> None:
    other = add("other", Access("http://127.0.0.1:1", "lab", "lab", "me"), SEALER)
    found(lab, "livez", "failing", "It is not alive.")
    found(other, "livez", "ok")
    assert summaries([lab.pk, other.pk], NOW) == {
        lab.pk: Summary("failing", "It is not alive."),
        other.pk: Summary("ok", ""),
    }
    assert summaries([other.pk], NOW) == {other.pk: Summary("ok", "")}


def test_a_history_can_be_of_some_fields_only(lab: Cluster) -> None:
    PollResult.objects.create(
        cluster=lab, poll="livez", due_ts=4e9, asked_ts=4e9, seconds=0.1, state="ok", result={"checks": [], "failed": 0}
    )
    address = "/api/clusters/lab/health/livez"
    (whole,) = Client().get(address).json()["runs"]
    (part,) = Client().get(f"{address}?only=failed,nothing").json()["runs"]
    assert whole["result"] == {"checks": [], "failed": 0}
    assert part["result"] == {"failed": 0}
