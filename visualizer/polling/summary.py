"""The summary: what the latest polls of clusters found, in one word and one sentence each."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

from visualizer.kube.polls.results import State
from visualizer.models import PollResult
from visualizer.polling.schedule import POLLS

ORDER: Final[tuple[State, ...]] = ("failing", "unreachable", "warning", "ok")
"""What is wrong counts first. What may not be asked, or is not there, does not count."""

LATEST_PERIODS: Final = 2.5
"""How many of its periods ago a poll may have been due, for its answer to stand for the present."""


@dataclass(frozen=True)
class Summary:
    """The worst state found (see kube/polls/results.py), and what is wrong, empty where nothing is."""

    state: str
    problem: str


def summaries(cluster_ids: Collection[int], now: float) -> dict[int, Summary]:
    """By cluster, where any poll has answered lately. ``now`` is in unix seconds. One short query for each poll."""
    latest: dict[tuple[int, str], tuple[str, str]] = {}
    for name, poll in POLLS.items():
        since = now - LATEST_PERIODS * poll.period_seconds
        rows = PollResult.objects.filter(poll=name, due_ts__gte=since, cluster__in=cluster_ids).order_by("due_ts")
        for cluster_id, state, problem in rows.values_list("cluster", "state", "problem"):
            latest[cluster_id, name] = state, problem
    found: dict[int, Summary] = {}
    for (cluster_id, _), (state, problem) in latest.items():
        known = found.get(cluster_id)
        if state in ORDER and (known is None or ORDER.index(state) < ORDER.index(known.state)):
            found[cluster_id] = Summary(state, "" if state == "ok" else problem)
    return found
