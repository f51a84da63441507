"""The Pods that a Service selects and yet sends nothing to, and why."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, Literal

from msgspec import Struct

from visualizer.network import EndpointSlice, Service
from visualizer.objects import Condition, Container, Event, Pod
from visualizer.routing.index import Index, pod_addresses

Reason = Literal["not-ready", "terminating", "ended", "no-address", "no-such-port", "not-yet", "other-namespace"]

UNHEALTHY: Final = "Unhealthy"
"""The reason of a kubelet's Event about a probe that failed (pkg/kubelet/events, ContainerUnhealthy)."""

WORDS: Final[dict[Reason, str]] = {
    "not-ready": "it is not ready",
    "terminating": "it is being deleted",
    "ended": "it has ended",
    "no-address": "it has no address yet",
    "no-such-port": "no container has a port of the name that the Service targets",
    "not-yet": "no EndpointSlice names it yet",
    "other-namespace": "it is in another namespace, where the selector does not reach",
}


class LeftOut(Struct, frozen=True, gc=False):
    """A Pod (namespace/name) that is no endpoint, or one that is not used.

    ``detail`` is what the cluster says of it, ``since`` since when (RFC 3339), both empty where it says nothing.
    """

    pod: str
    reason: Reason
    detail: str = ""
    since: str = ""


def left_out(index: Index, service: Service, slices: Iterable[EndpointSlice]) -> list[LeftOut]:
    """Why Pods that the selector matches are no ready endpoints, by Pod, those that still serve as they end too."""
    if not service.spec.selector:
        return []
    ready, known = _targets(slices)
    return [_reason(key, pod, service, known) for key, pod in index.selected(service) if key not in ready]


def out_of_reach(index: Index, service: Service) -> list[LeftOut]:
    """Where a selector matches nothing in its own namespace: the Pods of others that it would match."""
    if not service.spec.selector or index.selected(service):
        return []
    return [LeftOut(key, "other-namespace") for key in index.selected_elsewhere(service)]


def probe_words(index: Index, pod: Pod) -> str:
    """What the latest Event of a failing probe says: which probe, and how it failed."""
    event = _probe_event(index, pod)
    return (event.message or "") if event is not None else ""


def failing_probe(index: Index, pod: Pod) -> str:
    """The same, where it is news: nothing where the Pod became ready after that Event."""
    event, condition = _probe_event(index, pod), _ready_condition(pod)
    if event is None:
        return ""
    if is_pod_ready(pod) and condition is not None and (condition.last_transition_time or "") >= _last_seen(event):
        return ""
    return event.message or ""


def is_pod_ready(pod: Pod) -> bool:
    """Whether the Pod's own Ready condition is true; its EndpointSlice follows a moment later."""
    condition = _ready_condition(pod)
    return condition is not None and condition.status == "True"


def _probe_event(index: Index, pod: Pod) -> Event | None:
    for entry in reversed(index.store.events_about(pod.metadata.uid)):
        event = entry.object
        if isinstance(event, Event) and event.reason == UNHEALTHY:
            return event
    return None


def _last_seen(event: Event) -> str:
    """When it was last seen, in RFC 3339 and so in the order of texts."""
    series = event.series.last_observed_time if event.series else None
    return series or event.last_timestamp or event.event_time or event.first_timestamp or ""


def _targets(slices: Iterable[EndpointSlice]) -> tuple[set[str], set[str]]:
    """The Pods that are ready endpoints, and all that are endpoints."""
    ready, known = set[str](), set[str]()
    for piece in slices:
        for raw in piece.endpoints or ():
            if raw.target_ref is None or raw.target_ref.kind != "Pod":
                continue
            key = f"{raw.target_ref.namespace}/{raw.target_ref.name}"
            known.add(key)
            if raw.conditions is None or raw.conditions.ready is not False:
                ready.add(key)
    return ready, known


def _reason(key: str, pod: Pod, service: Service, known: set[str]) -> LeftOut:
    status = pod.status
    if status.phase in ("Succeeded", "Failed"):
        return LeftOut(key, "ended", status.reason or status.phase)
    if pod.metadata.deletion_timestamp:
        return LeftOut(key, "terminating", since=pod.metadata.deletion_timestamp)
    if not pod_addresses(pod):
        return LeftOut(key, "no-address", status.phase)
    if not any(_has_target(port.target_port, port.protocol, pod) for port in service.spec.ports or ()):
        return LeftOut(key, "no-such-port", ", ".join(str(port.target_port) for port in service.spec.ports or ()))
    condition = _ready_condition(pod)
    if condition is not None and condition.status != "True":
        detail = condition.message or condition.reason or ""
        return LeftOut(key, "not-ready", detail, condition.last_transition_time or "")
    return LeftOut(key, "not-yet") if key not in known else LeftOut(key, "not-ready")


def _ready_condition(pod: Pod) -> Condition | None:
    return next((item for item in pod.status.conditions or () if item.type == "Ready"), None)


def _has_target(target: int | str | None, protocol: str, pod: Pod) -> bool:
    """A number, or no target at all, is always there; a name is looked for among the containers' ports."""
    if not isinstance(target, str):
        return True
    containers: list[Container] = [
        *(pod.spec.containers or ()),
        *(item for item in pod.spec.init_containers or () if item.restart_policy == "Always"),
    ]
    return any(port.name == target and port.protocol == protocol for item in containers for port in item.ports or ())
