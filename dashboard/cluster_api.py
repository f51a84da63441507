"""The HTTP API's part about clusters: which are followed, how that stands, and what it costs them."""

from __future__ import annotations

import time
from typing import Annotated, Final

from django.http import HttpRequest
from django.utils import timezone
from ninja import Query, Router, Schema

from dashboard.health_api import State
from dashboard.problems import ProblemOut
from visualizer.models import Cluster
from visualizer.polling.summary import summaries

clusters = Router()

READ: Final = ("watching", "listed")
"""The phases of resources with which all is well."""


class ResourceOut(Schema):
    """How the reading of one resource stands.

    ``phase``: waiting, listing, watching, refused, or gone; or listed, where the cluster is not watched.
    """

    resource: str
    phase: str
    problem: str
    events: int
    lists: int
    silent_seconds: float


class CostOut(Schema):
    """What following costs the cluster, since the watcher began; rates are of the last seconds.

    ``lag_ms`` is the longest that a change waited to be in the log, in these seconds.
    """

    requests: int
    lists: int
    open_watches: int
    events_per_second: float
    bytes_per_second: float
    lag_ms: int = 0


class ObjectsOut(Schema):
    """What there is."""

    all: int
    nodes: int
    nodes_ready: int
    pods: int
    pods_ready: int


class SummaryOut(Schema):
    """What the latest polls found, in a word and a sentence, which is empty where all is well."""

    state: State
    problem: str


class ClusterOut(Schema):
    """One cluster. ``is_followed``: some watcher holds it. ``log`` is its log's name in addresses, or null.

    ``is_polled``: it is not watched, but listed every ``poll_seconds``, and what happens in between is inferred.
    ``keep_seconds`` and ``keep_bytes`` are how much of its log is kept, null for as much as the site's settings say.
    """

    slug: str
    name: str
    server: str
    is_insecure: bool
    is_followed: bool
    is_polled: bool
    poll_seconds: int
    keep_seconds: int | None
    keep_bytes: int | None
    is_synchronised: bool
    server_version: str
    problem: str
    log: str | None
    missing: dict[str, str]
    resource_count: int
    resources: list[ResourceOut]
    cost: CostOut | None
    polled: SummaryOut | None = None
    objects: ObjectsOut | None


@clusters.get("", response={200: list[ClusterOut], 422: ProblemOut})
def list_clusters(
    request: HttpRequest,
    brief: Annotated[bool, Query(description="Only the resources that are not being watched.")] = False,
    log: Annotated[str, Query(description="Only the cluster that this log follows.")] = "",
) -> list[dict[str, object]]:
    """Every cluster, as its watcher last told."""
    found = Cluster.objects.select_related("log").defer("access", "versions", "log__resources", "log__score")
    chosen = list(found.filter(log__slug=log) if log else found)
    polled = summaries([cluster.pk for cluster in chosen], time.time())
    return [{**told(cluster, brief=brief), "polled": polled.get(cluster.pk)} for cluster in chosen]


def told(cluster: Cluster, *, brief: bool = False) -> dict[str, object]:
    """What the API says of this cluster; ``brief`` leaves out the resources with which all is well."""
    health = cluster.health
    resources = health.get("resources", {})
    return {
        "slug": cluster.slug,
        "name": cluster.name,
        "server": cluster.server,
        "is_insecure": cluster.is_insecure,
        "is_followed": cluster.held_until is not None and cluster.held_until > timezone.now(),
        "is_polled": cluster.is_polled,
        "poll_seconds": cluster.poll_seconds,
        "keep_seconds": cluster.keep_seconds,
        "keep_bytes": cluster.keep_bytes,
        "is_synchronised": health.get("is_synchronised", False),
        "server_version": health.get("server_version", ""),
        "problem": health.get("problem", ""),
        "log": cluster.log.slug if cluster.log else None,
        "missing": health.get("missing", {}),
        "resource_count": len(resources),
        "resources": [
            {"resource": name, **state}
            for name, state in resources.items()
            if not brief or state.get("phase") not in READ
        ],
        "cost": health.get("cost"),
        "objects": health.get("objects") or None,
    }
