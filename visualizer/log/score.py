"""The score of a log: the data of a small picture of it, a lane for each telling kind with a mark for each write."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, TypedDict

from visualizer.frames import Resource, WatchEvent

LANES: Final = 9
MARKS: Final = 120
_KEPT: Final = 4_096

# The kinds that tell a story, in the order of cause and effect.
ORDER: Final = (
    "v1/namespaces", "v1/nodes", "apps/v1/deployments", "apps/v1/statefulsets", "apps/v1/daemonsets",
    "batch/v1/cronjobs", "batch/v1/jobs", "apps/v1/replicasets", "v1/pods", "v1/services",
    "discovery.k8s.io/v1/endpointslices",
    "networking.k8s.io/v1/ingresses", "v1/configmaps", "v1/secrets", "v1/serviceaccounts",
    "rbac.authorization.k8s.io/v1/roles", "rbac.authorization.k8s.io/v1/rolebindings",
    "rbac.authorization.k8s.io/v1/clusterroles", "rbac.authorization.k8s.io/v1/clusterrolebindings",
    "policy/v1/poddisruptionbudgets", "v1/resourcequotas",
)  # fmt: skip


class Mark(TypedDict):
    """One write: ``at`` from 0 (the log's start) to 1 (its end), and the watch event's type."""

    at: float
    type: str


class Lane(TypedDict):
    """One resource's writes, in order."""

    resource: str
    kind: str
    marks: list[Mark]


class Score:
    """Collects writes as they come, in bounded memory."""

    def __init__(self) -> None:
        self._writes: dict[str, list[tuple[float, str]]] = {}

    def note(self, event: WatchEvent) -> None:
        """Take one write in."""
        if event.resource not in ORDER:
            return
        writes = self._writes.setdefault(event.resource, [])
        writes.append((event.ts, event.type))
        if len(writes) > _KEPT:
            del writes[::2]

    def lanes(self, resources: Mapping[str, Resource], *, first_ts: float, last_ts: float) -> list[Lane]:
        """At most nine lanes of at most 120 marks."""
        seconds = max(last_ts - first_ts, 0.001)
        chosen = [resource for resource in ORDER if resource in self._writes][:LANES]
        return [
            Lane(
                resource=resource,
                kind=resources[resource].kind,
                marks=[
                    Mark(at=round((ts - first_ts) / seconds, 4), type=kind)
                    for ts, kind in _thin(self._writes[resource])
                ],
            )
            for resource in chosen
        ]


def _thin(writes: list[tuple[float, str]]) -> list[tuple[float, str]]:
    return writes[:: max(1, -(-len(writes) // MARKS))]
