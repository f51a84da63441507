"""Telling a Pod whole: its containers with their probes, its conditions, its Services, at one moment."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from msgspec import Struct

from visualizer.containers.conditions import is_ready, tell_conditions, tell_deletion, why
from visualizer.containers.facts import ContainerFacts, InService, PodFacts, ProbeFacts, ProbeKind, Role
from visualizer.containers.lanes import (
    MAX_TEXT,
    after_kill_words,
    back_off_of,
    last_ending,
    order,
    phase_of,
    restart_words,
    state_words,
    status_of,
    waits_for,
)
from visualizer.containers.machine import Standing, started_at
from visualizer.containers.manifest import Container, Pod, Probe
from visualizer.containers.outcomes import Version, Watched, follow
from visualizer.containers.settings import handler_words, hook_words, list_settings, numbers_of, probes_of
from visualizer.containers.sidecars import look_up
from visualizer.containers.sightings import Sighting, of_container
from visualizer.network import EndpointSlice

_SERVICE_NAME: Final = "kubernetes.io/service-name"
_POLICIES: Final = {
    "Never": "a container that ends is not started again",
    "OnFailure": "a container that ends with an error is started again",
}


class _Scene(Struct, frozen=True):
    """What a container is told from: the Pod's versions, what Events told, its Services, and the moment."""

    versions: Sequence[Version]
    sightings: Sequence[Sighting]
    services: Sequence[InService]
    now: float

    @property
    def pod(self) -> Pod:
        """The Pod at the moment."""
        return self.versions[-1].pod


def tell(
    versions: Sequence[Version], sightings: Sequence[Sighting], services: list[InService], *, now: float
) -> PodFacts:
    """The Pod of the latest of these versions (oldest first, one or more), with what Events told of it up to now."""
    pod = versions[-1].pod
    scene = _Scene(versions, sightings, services, now)
    policy = pod.spec.restart_policy or "Always"
    return PodFacts(
        ts=now,
        phase=pod.status.phase,
        is_ready=is_ready(pod),
        why=why(pod),
        restart_policy=policy,
        restart_words=_POLICIES.get(policy, "a container that ends is started again"),
        conditions=tell_conditions(pod),
        containers=[_tell_container(scene, *placed) for placed in order(pod)],
        services=services,
        deletion=tell_deletion(pod, is_listed=bool(services)),
        history_from=versions[0].ts,
    )


def services_of(uid: str, namespace: str, slices: Iterable[EndpointSlice]) -> list[InService]:
    """The Services whose EndpointSlices, of the Pod's namespace, list the Pod with this uid; by name."""
    found: dict[str, InService] = {}
    for piece in slices:
        name = (piece.metadata.labels or {}).get(_SERVICE_NAME, "")
        for endpoint in piece.endpoints or ():
            if not name or not uid or endpoint.target_ref is None or endpoint.target_ref.uid != uid:
                continue
            conditions = endpoint.conditions
            ready = conditions is None or conditions.ready is not False
            found[name] = InService(
                service=f"{namespace}/{name}" if namespace else name,
                is_ready=ready,
                is_serving=conditions.serving if conditions and conditions.serving is not None else ready,
                is_terminating=bool(conditions and conditions.terminating),
            )
    return [found[name] for name in sorted(found)]


def _tell_container(scene: _Scene, place: int, role: Role, container: Container) -> ContainerFacts:
    pod = scene.pod
    status = status_of(pod, container.name, role)
    state = status.state if status else None
    waiting, ended = (state.waiting, state.terminated) if state else (None, None)
    ending = last_ending(status)
    since = started_at(status) or (ending.finished if ended and ending else None)
    hooks = container.lifecycle
    return ContainerFacts(
        name=container.name,
        role=role,
        place=place,
        image=container.image,
        phase=phase_of(status),
        reason=(waiting.reason if waiting else ended.reason if ended else None) or "",
        message=((waiting.message if waiting else ended.message if ended else None) or "")[:MAX_TEXT],
        words=state_words(status),
        since=since,
        waits_for=waits_for(pod, container, role, status),
        restarts=status.restart_count if status else 0,
        restart_words=restart_words(pod, container, role),
        is_started=status.started if status else None,
        is_ready=status.ready if status else None,
        ending=ending,
        back_off=back_off_of(status),
        looks_like=look_up(container),
        hooks=[
            hook_words(name, hook)
            for name, hook in (("postStart", hooks.post_start), ("preStop", hooks.pre_stop))
            if hook is not None
        ]
        if hooks
        else [],
        target=container.target_container_name or "",
        probes=[
            _tell_probe(scene, role, container, kind, probe)
            for kind, probe in probes_of(container).items()
            if role in ("main", "sidecar")  # the API server refuses probes of the others
        ],
    )


def _tell_probe(scene: _Scene, role: Role, container: Container, kind: ProbeKind, probe: Probe) -> ProbeFacts:
    pod, numbers = scene.pod, numbers_of(probe)
    sightings = [each for each in of_container(scene.sightings, container.name) if each.kind == kind]
    standing, spells = follow(Watched(container, role, kind, numbers, sightings), scene.versions, scene.now)
    told = [each for each in sightings if each.what != "killed" and each.seen <= scene.now]
    return ProbeFacts(
        kind=kind,
        handler=handler_words(probe),
        settings=list_settings(probe, kind, pod.spec.termination_grace_period_seconds),
        period=numbers.period,
        initial_delay=numbers.delay,
        success_threshold=numbers.successes,
        failure_threshold=numbers.failures,
        state=standing.state,
        words=standing.words,
        failures=standing.failures,
        is_at_least=standing.is_at_least,
        certainty=standing.certainty,
        source=standing.source,
        outcome=_outcome(kind, standing, after_kill_words(pod, container, role), numbers.failures, scene.services),
        last_words=told[-1].text[:MAX_TEXT] if told else "",
        last_failure=told[-1].last if told else None,
        spells=spells,
    )


def _outcome(kind: ProbeKind, standing: Standing, after: str, failures: int, services: Sequence[InService]) -> str:
    """What the present state does, or what the next one would."""
    times = "Once it fails" if failures == 1 else f"Once it fails {failures} times in a row"
    kill = f"the kubelet ends the container {after}"
    if standing.state in ("over", "unknown"):
        return ""
    if kind == "readiness":
        return _readiness_outcome(standing, times, services)
    if standing.state == "failed":
        return f"{kill[:1].upper()}{kill[1:]}."
    if kind == "liveness":
        return f"{times}, {kill}."
    if standing.state == "passing":
        return "The container counts as started: its other probes run."
    return f"Until it passes, no other probe runs. {times}, {kill}."


def _readiness_outcome(standing: Standing, times: str, services: Sequence[InService]) -> str:
    if standing.state in ("passing", "failing"):
        takes = f" The EndpointSlices of {_named(services)} then list it as not ready." if services else ""
        return f"{times}, the Pod is not Ready, and runs on.{takes}"
    still = [each for each in services if each.is_ready]
    out = [each for each in services if not each.is_ready]
    said = [f" The EndpointSlices of {_named(out)} list it as not ready."] if out else []
    if still:
        said.append(
            f" Those of {_named(still)} still list it as ready."
            if out
            else f" The EndpointSlices of {_named(still)} still list it as ready."
        )
    listed = "".join(said) or " No EndpointSlice lists it."
    return f"As long as it has not passed, the Pod is not Ready, and Services send it nothing new.{listed}"


def _named(services: Sequence[InService]) -> str:
    names = [each.service.rpartition("/")[2] for each in services]
    return ", ".join(names[:5]) + (f" and {len(names) - 5} more" if len(names) > 5 else "")
