"""metrics.k8s.io, as a metrics server behind the API server's aggregation answers it: usage by decree."""

from __future__ import annotations

from typing import Any

NODES = "/apis/metrics.k8s.io/v1beta1/nodes"
PODS = "/apis/metrics.k8s.io/v1beta1/pods"
WINDOW = "20.052s"


class MetricsServer:
    """What the metrics server knows; nothing is installed until ``set_nodes`` or ``set_pods``."""

    def __init__(self) -> None:
        self._lists: dict[str, dict[str, Any]] = {}

    def set_nodes(self, usage: dict[str, tuple[str, str]], *, timestamp: str = "2026-11-23T10:12:46Z") -> None:
        """CPU and memory of each node, as quantities."""
        items = [
            {"metadata": {"name": name}, "timestamp": timestamp, "window": WINDOW, "usage": _amounts(*amounts)}
            for name, amounts in usage.items()
        ]
        self._install(NODES, "NodeMetricsList", items)

    def set_pods(self, usage: dict[tuple[str, str], dict[str, tuple[str, str]]]) -> None:
        """CPU and memory of each container of each pod (namespace, name)."""
        items = [
            {
                "metadata": {"name": name, "namespace": namespace},
                "timestamp": "2026-11-23T10:12:46Z",
                "window": WINDOW,
                "containers": [{"name": each, "usage": _amounts(*amounts)} for each, amounts in containers.items()],
            }
            for (namespace, name), containers in usage.items()
        ]
        self._install(PODS, "PodMetricsList", items)

    def answers(self, path: str) -> bool:
        """Whether this is its business."""
        return path in self._lists

    def answer(self, path: str) -> dict[str, Any]:
        """The list at this path."""
        return self._lists[path]

    def _install(self, path: str, kind: str, items: list[dict[str, Any]]) -> None:
        self._lists[path] = {"kind": kind, "apiVersion": "metrics.k8s.io/v1beta1", "metadata": {}, "items": items}


def _amounts(cpu: str, memory: str) -> dict[str, str]:
    return {"cpu": cpu, "memory": memory}
