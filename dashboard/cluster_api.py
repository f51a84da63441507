"""The HTTP API's part about clusters: which are followed, how that stands, and what it costs them."""

from __future__ import annotations

from django.http import HttpRequest
from django.utils import timezone
from ninja import Router, Schema

from visualizer.models import Cluster

clusters = Router()


class ResourceOut(Schema):
    """How the reading of one resource stands. ``phase``: waiting, listing, watching, refused, or gone."""

    resource: str
    phase: str
    problem: str
    events: int
    lists: int
    silent_seconds: float


class CostOut(Schema):
    """What following costs the cluster, since the watcher began; rates are of the last seconds."""

    requests: int
    lists: int
    open_watches: int
    events_per_second: float
    bytes_per_second: float


class ObjectsOut(Schema):
    """What there is."""

    all: int
    nodes: int
    nodes_ready: int
    pods: int
    pods_ready: int


class ClusterOut(Schema):
    """One cluster. ``is_followed``: some watcher holds it. ``log`` is its log's name in addresses, or null."""

    slug: str
    name: str
    server: str
    is_insecure: bool
    is_followed: bool
    is_synchronised: bool
    server_version: str
    problem: str
    log: str | None
    missing: dict[str, str]
    resources: list[ResourceOut]
    cost: CostOut | None
    objects: ObjectsOut | None


@clusters.get("", response=list[ClusterOut])
def list_clusters(request: HttpRequest) -> list[dict[str, object]]:
    """Every cluster, as its watcher last told."""
    return [_told(cluster) for cluster in Cluster.objects.select_related("log")]


def _told(cluster: Cluster) -> dict[str, object]:
    health = cluster.health
    resources = health.get("resources", {})
    return {
        "slug": cluster.slug,
        "name": cluster.name,
        "server": cluster.server,
        "is_insecure": cluster.is_insecure,
        "is_followed": cluster.held_until is not None and cluster.held_until > timezone.now(),
        "is_synchronised": health.get("is_synchronised", False),
        "server_version": health.get("server_version", ""),
        "problem": health.get("problem", ""),
        "log": cluster.log.slug if cluster.log else None,
        "missing": health.get("missing", {}),
        "resources": [{"resource": name, **state} for name, state in resources.items()],
        "cost": health.get("cost"),
        "objects": health.get("objects") or None,
    }
