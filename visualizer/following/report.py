"""The report: how the following of one cluster stands and what it costs, as JSON for the database and the screen."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Final

from visualizer.following.feed import LogFeed
from visualizer.kube.transport import Transport
from visualizer.kube.watcher import Watcher
from visualizer.objects import Condition, Node, Pod

PROBLEM_CHARACTERS: Final = 500


class Report:
    """Attends a watcher; makes rates of its counts."""

    def __init__(self) -> None:
        self._watcher: Watcher | None = None
        self._transport: Transport | None = None
        self._feed: LogFeed | None = None
        self._problem = ""
        self._told_at, self._told_events, self._told_bytes = time.monotonic(), 0, 0

    def attend(self, watcher: Watcher, transport: Transport, feed: LogFeed) -> None:
        """Tell of these from now on."""
        self._watcher, self._transport, self._feed, self._problem = watcher, transport, feed, ""
        self._told_events = self._told_bytes = 0

    def fail(self, error: BaseException) -> None:
        """Nothing is being followed, and this is why."""
        self._problem = f"{type(error).__name__}: {error}"[:PROBLEM_CHARACTERS]

    def tell(self) -> dict[str, object]:
        """Everything, as of now. Rates are since this was last called."""
        if self._watcher is None or self._transport is None:
            return {"problem": self._problem, "is_synchronised": False, "resources": {}}
        health, cost = self._watcher.health, self._transport.cost
        now, events = time.monotonic(), sum(state.events for state in health.resources.values())
        seconds = max(now - self._told_at, 0.001)
        told: dict[str, object] = {
            "problem": self._problem or health.problem[:PROBLEM_CHARACTERS],
            "server_version": health.server_version,
            "is_synchronised": health.is_synchronised,
            "missing": health.missing,
            "objects": self._objects(),
            "resources": {
                name: {
                    "phase": state.phase,
                    "problem": state.problem[:PROBLEM_CHARACTERS],
                    "events": state.events,
                    "lists": state.lists,
                    "silent_seconds": round(now - state.last_heard, 1),
                }
                for name, state in health.resources.items()
            },
            "cost": {
                "requests": cost.requests,
                "lists": cost.lists,
                "open_watches": cost.open_watches,
                "events_per_second": round((events - self._told_events) / seconds, 2),
                "lag_ms": round(self._watcher.take_lag() * 1_000),
                "bytes_per_second": round((cost.bytes_received - self._told_bytes) / seconds),
            },
        }
        self._told_at, self._told_events, self._told_bytes = now, events, cost.bytes_received
        return told

    def _objects(self) -> dict[str, int]:
        """How many objects there are, and how the nodes and pods among them are."""
        store = self._feed.store if self._feed else None
        if store is None:
            return {}
        nodes = [entry.object for entry in dict(store.entries("v1/nodes")).values()]
        pods = [entry.object for entry in dict(store.entries("v1/pods")).values()]
        return {
            "all": len(store),
            "nodes": len(nodes),
            "nodes_ready": sum(isinstance(node, Node) and is_ready(node.status.conditions) for node in nodes),
            "pods": len(pods),
            "pods_ready": sum(isinstance(pod, Pod) and is_ready(pod.status.conditions) for pod in pods),
        }


def is_ready(conditions: Sequence[Condition] | None) -> bool:
    """Whether the condition Ready is True."""
    return any(condition.type == "Ready" and condition.status == "True" for condition in conditions or ())
