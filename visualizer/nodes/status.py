"""Pod status: what ``kubectl get pods`` prints under READY, STATUS and RESTARTS.

The API server makes these columns, in ``printPod`` of ``pkg/printers/internalversion/printers.go``
(Kubernetes 1.35 and 1.36; before 1.35 a failed container beside a completed one did not show). This module
gives the same words and numbers for the same pod. When the last restart was is left out: it is told against
a clock, and there is none here.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from msgspec import Struct

from visualizer.objects import Container, ContainerState, ContainerTerminated, Pod, PodStatus

_NODE_LOST: Final = "NodeLost"
_TERMINAL_PHASES: Final = ("Succeeded", "Failed")
_NO_STATE: Final = ContainerState()


class PodStatusLine(Struct, frozen=True, gc=False):
    """A line of ``kubectl get pods``: STATUS, ``ready`` of ``containers`` (sidecars included), RESTARTS.

    ``is_ready`` is the Pod's Ready condition, which readiness gates may hold back.
    """

    status: str
    ready: int
    containers: int
    restarts: int
    is_ready: bool


class _Initialization(Struct, frozen=True, gc=False):
    """How far init containers are. ``status`` is empty when they are through.

    What comes after the first unfinished one is not counted, as the server does not.
    """

    status: str
    ready: int
    restarts: int
    sidecar_restarts: int


def describe_pod(pod: Pod) -> PodStatusLine:
    """The line that ``kubectl get pods`` prints for this pod."""
    spec, status = pod.spec, pod.status
    words = status.reason or status.phase
    is_ready = is_initialized = False
    for condition in status.conditions or ():
        kind = condition.type
        if kind == "Ready":
            is_ready = condition.status == "True"
        elif kind == "Initialized":
            is_initialized = condition.status == "True"
        elif kind == "PodScheduled" and condition.reason == "SchedulingGated":
            words = "SchedulingGated"
    containers = len(spec.containers or ())
    ready = restarts = 0
    is_through = True
    if spec.init_containers or status.init_container_statuses:
        init_containers: Sequence[Container] = spec.init_containers or ()
        sidecars = {each.name for each in init_containers if each.restart_policy == "Always"}
        initialization = _describe_initialization(status, len(init_containers), sidecars)
        containers += len(sidecars)
        words = initialization.status or words
        is_through = is_initialized or not initialization.status
        ready = initialization.ready
        restarts = initialization.sidecar_restarts if is_through else initialization.restarts
    if is_through:
        words, running, restarted = _describe_containers(status, words, is_ready=is_ready)
        ready += running
        restarts += restarted
    if pod.metadata.deletion_timestamp is not None:
        if status.reason == _NODE_LOST:
            words = "Unknown"
        elif status.phase not in _TERMINAL_PHASES:
            words = "Terminating"
    return PodStatusLine(words, ready, containers, restarts, is_ready)


def _describe_initialization(status: PodStatus, total: int, sidecars: set[str]) -> _Initialization:
    ready = restarts = sidecar_restarts = 0
    for index, container in enumerate(status.init_container_statuses or ()):
        is_sidecar = container.name in sidecars
        restarts += container.restart_count
        if is_sidecar:
            sidecar_restarts += container.restart_count
        state = container.state or _NO_STATE
        if state.terminated is not None and state.terminated.exit_code == 0:
            continue
        if is_sidecar and container.started:
            ready += container.ready
            continue
        return _Initialization(_unfinished_words(state, index, total), ready, restarts, sidecar_restarts)
    return _Initialization("", ready, restarts, sidecar_restarts)


def _unfinished_words(state: ContainerState, index: int, total: int) -> str:
    if state.terminated is not None:
        return f"Init:{_terminated_words(state.terminated)}"
    if state.waiting is not None and state.waiting.reason and state.waiting.reason != "PodInitializing":
        return f"Init:{state.waiting.reason}"
    return f"Init:{index}/{total}"


def _describe_containers(status: PodStatus, words: str, *, is_ready: bool) -> tuple[str, int, int]:
    """STATUS, running and ready containers, and restarts.

    The first container that says something has the word.
    """
    running = restarts = 0
    failure = ""
    for container in reversed(status.container_statuses or ()):
        restarts += container.restart_count
        state = container.state
        if state is None:
            continue
        if state.waiting is not None and state.waiting.reason:
            words = state.waiting.reason
        elif state.terminated is not None:
            words = _terminated_words(state.terminated)
            failure = words if state.terminated.exit_code else failure
        elif container.ready and state.running is not None:
            running += 1
    if words != "Completed":
        return words, running, restarts
    if running and is_ready:
        return "Running", running, restarts
    return failure or ("NotReady" if running else words), running, restarts


def _terminated_words(terminated: ContainerTerminated) -> str:
    if terminated.reason:
        return terminated.reason
    if terminated.signal:
        return f"Signal:{terminated.signal}"
    return f"ExitCode:{terminated.exit_code}"
