"""The HTTP API's part about a cluster's health: what each poll found last, and what it found before."""

from __future__ import annotations

import time
from collections.abc import Iterable
from typing import Annotated, Any, Final, Generic, Literal, TypeVar, get_args

from django.http import HttpRequest
from ninja import Path, Query, Router, Schema
from ninja.errors import HttpError
from pydantic import Field

from dashboard.problems import ProblemOut
from visualizer.kube.polls import results
from visualizer.models import Cluster, PollResult
from visualizer.polling.schedule import POLLS, due_ts, period_of
from visualizer.polling.summary import ORDER

RECENT: Final = 60
"""How many of the latest runs of each poll are told along."""

State = Literal["waiting", "ok", "warning", "failing", "refused", "absent", "unreachable"]
"""``waiting``: not asked yet. The others are told in visualizer/kube/polls/results.py."""

PollName = Literal[
    "livez", "readyz", "leaders", "metrics", "usage", "versions", "discovery", "certificates", "drift", "listing"
]
Slug = Annotated[str, Path(pattern=r"^[-a-zA-Z0-9_]+$", max_length=80, description="A cluster's name in addresses.")]

_Result = TypeVar("_Result")

health = Router()


class RunOut(Schema):
    """One run of a poll: when it was asked, how long that took, and how it ended."""

    asked_ts: float
    seconds: float
    state: State


class PolledOut(Schema, Generic[_Result]):
    """One poll: how it stands, and what it last told."""

    state: State = Field(description="How the latest run ended.")
    problem: str = Field(description="A sentence for every state but ok and waiting, where it is empty.")
    asked_ts: float | None = Field(description="When the latest run was asked; null where there was none.")
    seconds: float | None = Field(description="How long the latest run took.")
    requests: int = Field(description="How many requests the latest run made.")
    period_seconds: int = Field(description="How often it is asked.")
    next_ts: float | None = Field(description="When it is due next; null where it is never asked of this cluster.")
    result: _Result | None = Field(description="What was last told, maybe by an earlier run; null for nothing.")
    result_ts: float | None = Field(description="When that was asked: before asked_ts where later runs failed.")
    recent: list[RunOut] = Field(description="The latest runs, sixty at most, oldest first.")


class HealthOut(Schema):
    """A cluster's health: one entry for each poll. Times are unix seconds, by this server's clock."""

    cluster: str = Field(description="The cluster's name in addresses.")
    now_ts: float = Field(description="When this was told: ages are to be reckoned from it.")
    state: State = Field(description="The worst of what the latest runs found; waiting before the first.")
    livez: PolledOut[results.Checks] = Field(description="Whether the API server is alive, check by check.")
    readyz: PolledOut[results.Checks] = Field(description="Whether it is ready, check by check.")
    leaders: PolledOut[results.Leaders] = Field(description="Who leads each component; which API servers there are.")
    metrics: PolledOut[results.ServerMetrics] = Field(description="Requests, watches, etcd: what /metrics tells.")
    usage: PolledOut[results.Usage] = Field(description="What nodes and pods use, where there is a metrics server.")
    versions: PolledOut[results.Versions] = Field(description="The API server's version, and the kubelets'.")
    discovery: PolledOut[results.Served] = Field(description="Which groups and resources are served.")
    certificates: PolledOut[results.Certificates] = Field(
        description="The server's certificates, and until when they hold."
    )
    drift: PolledOut[results.Drift] = Field(description="Whether the log has the objects that the cluster has.")
    listing: PolledOut[results.Listed] = Field(description="The listing of a cluster that is not watched.")


class PastOut(Schema):
    """What one run of a poll found."""

    asked_ts: float
    seconds: float
    state: State
    problem: str
    result: dict[str, Any] | None = Field(description="As in the health's entry of this poll.")


class HistoryOut(Schema):
    """What one poll found, oldest first. Where there is more than is told, it is the latest."""

    poll: PollName
    runs: list[PastOut]


@health.get("/{slug}/health", response={200: HealthOut, 404: ProblemOut, 422: ProblemOut})
def get_health(request: HttpRequest, slug: Slug) -> dict[str, Any]:
    """How the cluster is, as of the latest polls."""
    cluster, now = _cluster(slug), time.time()
    polled = {name: _polled(cluster, name, now) for name in get_args(PollName)}
    states = [told["state"] for told in polled.values()]
    return {"cluster": slug, "now_ts": now, "state": worst(states), **polled}


@health.get("/{slug}/health/{poll}", response={200: HistoryOut, 404: ProblemOut, 422: ProblemOut})
def get_history(
    request: HttpRequest,
    slug: Slug,
    poll: PollName,
    *,
    last: Annotated[int, Query(ge=1, description="seconds")] = 3_600,
    most: Annotated[int, Query(ge=1, le=1_000, description="runs")] = 200,
    only: Annotated[str, Query(description="Only these fields of the results, with commas between them.")] = "",
) -> dict[str, Any]:
    """What one poll of the cluster found in the last so many seconds."""
    rows = PollResult.objects.filter(cluster=_cluster(slug), poll=poll, asked_ts__gte=time.time() - last)
    runs = list(rows.order_by("-due_ts")[:most])[::-1]
    if fields := set(only.split(",")) - {""}:
        for run in runs:
            run.result = run.result and {name: value for name, value in run.result.items() if name in fields}
    return {"poll": poll, "runs": runs}


def worst(states: Iterable[str]) -> State:
    """The state that stands for all of these: what is wrong counts first, and what may not be asked not at all."""
    found = set(states)
    return next((state for state in ORDER if state in found), "waiting")


def _cluster(slug: str) -> Cluster:
    cluster = Cluster.objects.filter(slug=slug).first()
    if cluster is None:
        raise HttpError(404, f"There is no cluster “{slug}”.")
    return cluster


def _polled(cluster: Cluster, name: str, now: float) -> dict[str, Any]:
    rows = PollResult.objects.filter(cluster=cluster, poll=name).order_by("-due_ts")
    runs = list(rows.values("asked_ts", "seconds", "state", "problem", "requests")[:RECENT])
    told = rows.filter(result__isnull=False).values("asked_ts", "result").first()
    latest = runs[0] if runs else {"state": "waiting", "problem": "", "asked_ts": None, "seconds": None, "requests": 0}
    period = period_of(cluster, name)
    return {
        **latest,
        "period_seconds": period or POLLS[name].period_seconds,
        "next_ts": due_ts(cluster.pk, period, now) + period if period else None,
        "result": told["result"] if told else None,
        "result_ts": told["asked_ts"] if told else None,
        "recent": runs[::-1],
    }
