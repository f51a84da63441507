"""Objects that are served in two forms: Events in two groups, HorizontalPodAutoscalers in two versions.

They are stored in the form recordings have; the other one can be read, not written. What only the other form of a
HorizontalPodAutoscaler keeps in annotations is left out.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

Object = dict[str, Any]

_EVENT_NAMES = {
    "involvedObject": "regarding",
    "message": "note",
    "source": "deprecatedSource",
    "firstTimestamp": "deprecatedFirstTimestamp",
    "lastTimestamp": "deprecatedLastTimestamp",
    "count": "deprecatedCount",
    "reportingComponent": "reportingController",
}


def _new_event(event: Object) -> Object:
    return {_EVENT_NAMES.get(key, key): value for key, value in event.items()}


def _old_autoscaler(autoscaler: Object) -> Object:
    spec, status = dict(autoscaler["spec"]), dict(autoscaler.get("status", {}))
    wanted = _cpu(spec.pop("metrics", ()), "target")
    used = _cpu(status.pop("currentMetrics", None) or (), "current")
    spec.pop("behavior", None)
    status.pop("conditions", None)
    if wanted is not None:
        spec["targetCPUUtilizationPercentage"] = wanted
    if used is not None:
        status["currentCPUUtilizationPercentage"] = used
    return {**autoscaler, "spec": spec, "status": {"desiredReplicas": 0, "currentReplicas": 0, **status}}


def _cpu(metrics: Any, side: str) -> int | None:
    for metric in metrics:
        resource = metric.get("resource", {}) if metric else {}
        if resource.get("name") == "cpu":
            return resource.get(side, {}).get("averageUtilization")
    return None


OTHERS: dict[str, tuple[str, Callable[[Object], Object]]] = {
    "events.k8s.io/v1/events": ("v1/events", _new_event),
    "autoscaling/v1/horizontalpodautoscalers": ("autoscaling/v2/horizontalpodautoscalers", _old_autoscaler),
}
"""By resource, the one whose objects it shows, and how it shows them."""


def stored(resource: str) -> str:
    """Which resource's objects are shown."""
    return OTHERS[resource][0] if resource in OTHERS else resource


def shown(resource: str, obj: Object) -> Object:
    """A stored object in the form of a resource."""
    return OTHERS[resource][1](obj) if resource in OTHERS else obj
