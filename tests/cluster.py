"""A cluster in small for tests, told in frames as a recording tells them, and the shipped recordings.

Nothing here stands in for the real thing: lines go through the real decoder into the real store and diagrams.
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

from visualizer.frames import Decoder, Frame, Header, Resource, WatchEventType, decode_header
from visualizer.log.recording import Limits, iter_lines
from visualizer.store import Change, Store
from visualizer.tables import Diagram

DEMOS = Path(__file__).parent.parent / "demos"
DEMO_NAMES = sorted(path.parent.name for path in DEMOS.glob("*/recording.jsonl.zst"))

RESOURCES = {
    "v1/pods": ("Pod", True),
    "v1/nodes": ("Node", False),
    "v1/namespaces": ("Namespace", False),
    "v1/events": ("Event", True),
    "v1/configmaps": ("ConfigMap", True),
    "apps/v1/deployments": ("Deployment", True),
    "apps/v1/replicasets": ("ReplicaSet", True),
    "apps/v1/statefulsets": ("StatefulSet", True),
    "apps/v1/daemonsets": ("DaemonSet", True),
    "batch/v1/jobs": ("Job", True),
    "batch/v1/cronjobs": ("CronJob", True),
    "coordination.k8s.io/v1/leases": ("Lease", True),
    "serving.example.com/v1/revisions": ("Revision", True),
}
START_TS = 1_795_428_674.0  # 2026-11-23T10:11:14Z


@cache
def read_demo(name: str) -> tuple[Header, list[Frame]]:
    """A shipped recording's header and its other frames, in order."""
    with (DEMOS / name / "recording.jsonl.zst").open("rb") as stream:
        lines = [line for _, line in iter_lines(stream, Limits())]
    header = decode_header(lines[0])
    decoder = Decoder(header.resources)
    return header, [decoder.decode(line) for line in lines[1:]]


class Cluster:
    """A store with diagrams beside it, moved on by one frame at a time."""

    def __init__(self, *diagrams: Diagram, resources: dict[str, tuple[str, bool]] = RESOURCES) -> None:
        self.resources = {
            name: Resource(path=f"/{name}", kind=kind, namespaced=namespaced)
            for name, (kind, namespaced) in resources.items()
        }
        self.store = Store(self.resources)
        self.diagrams = diagrams
        self.seq = 0
        self.ts = START_TS
        self._decoder = Decoder(self.resources)

    def list(self, resource: str, *objects: dict[str, Any]) -> list[Change]:
        """Take in a whole list of one resource."""
        return self._take_in({"kind": "list", "resource": resource, "resourceVersion": "1", "items": objects})

    def add(self, resource: str, obj: dict[str, Any]) -> Change:
        """Take in an ADDED event, and give its change."""
        return self._watch("ADDED", resource, obj)

    def modify(self, resource: str, obj: dict[str, Any]) -> Change:
        """Take in a MODIFIED event, and give its change."""
        return self._watch("MODIFIED", resource, obj)

    def delete(self, resource: str, obj: dict[str, Any]) -> Change:
        """Take in a DELETED event for an object that is there, and give its change."""
        return self._watch("DELETED", resource, obj)

    def watch(self, kind: WatchEventType, resource: str, obj: dict[str, Any]) -> list[Change]:
        """Take in a watch event, whether it changes anything or not."""
        return self._take_in({"kind": "event", "type": kind, "resource": resource, "object": obj})

    def _watch(self, kind: WatchEventType, resource: str, obj: dict[str, Any]) -> Change:
        (change,) = self.watch(kind, resource, obj)
        return change

    def _take_in(self, frame: dict[str, Any]) -> list[Change]:
        self.seq += 1
        changes = self.store.apply(self.seq, self._decoder.decode(json.dumps({**frame, "ts": self.ts}).encode()))
        if changes:
            for diagram in self.diagrams:
                diagram.apply(self.store, seq=self.seq, ts=self.ts, changes=changes)
        return changes


def metadata(name: str, namespace: str = "shop", **more: Any) -> dict[str, Any]:
    """``metadata`` of an object; what is None is left out."""
    given = {"name": name, "namespace": namespace, "uid": f"uid-{namespace}-{name}", **more}
    return {key: value for key, value in given.items() if value not in (None, "")}


def owned_by(kind: str, name: str, api_version: str = "apps/v1", **more: Any) -> list[dict[str, Any]]:
    """``metadata.ownerReferences`` with one controller."""
    owner = {"apiVersion": api_version, "kind": kind, "name": name, "uid": f"uid-shop-{name}", "controller": True}
    return [{**owner, **more}]
