"""Pod status: what ``kubectl get pods`` prints under READY, STATUS and RESTARTS.

The API server prints these columns, by ``printPod`` in ``pkg/printers/internalversion/printers.go`` (Kubernetes 1.36).
This module gives the same words and numbers for the same object. When the last restart was is left out: that is told
against the clock, and a pod alone has none.
"""

from __future__ import annotations

from typing import Final

from msgspec import Struct

from visualizer.objects import Condition, ContainerState, ContainerStatus, ContainerTerminated, Pod, PodSpec

_NODE_LOST: Final = "NodeLost"
_TERMINAL_PHASES: Final = ("Succeeded", "Failed")
_NO_STATE: Final = ContainerState()


class PodStatusLine(Struct, frozen=True, gc=False):
    """One line of ``kubectl get pods``: ``ready`` of ``containers`` (sidecars included), STATUS and RESTARTS."""

    status: str
    ready: int
    containers: int
    restarts: int


def describe_pod(pod: Pod) -> PodStatusLine:
    """The line that ``kubectl get pods`` prints for this pod."""
    spec, status = pod.spec, pod.status
    words = status.reason or status.phase
    conditions = status.conditions or ()
    for condition in conditions:
        if condition.type == "PodScheduled" and condition.reason == "SchedulingGated":
            words = "SchedulingGated"
    sidecars = _sidecars(spec) if spec.init_containers else frozenset()
    total = len(spec.containers or ()) + len(sidecars)
    restarts = ready = 0
    initializing = None
    if status.init_container_statuses:
        initializing, ready, restarts, sidecar_restarts = _describe_init(pod, sidecars)
    if initializing is None or is_true(conditions, "Initialized"):
        if status.init_container_statuses:
            restarts = sidecar_restarts
        words = initializing or words
        words, ready, restarts = _describe_containers(pod, words, ready=ready, restarts=restarts)
    else:
        words = initializing
    if pod.metadata.deletion_timestamp is not None:
        if status.reason == _NODE_LOST:
            words = "Unknown"
        elif status.phase not in _TERMINAL_PHASES:
            words = "Terminating"
    return PodStatusLine(words, ready, total, restarts)


def is_true(conditions: list[Condition] | tuple[()], kind: str) -> bool:
    """Whether the condition of this type is there and ``True``."""
    return any(condition.type == kind and condition.status == "True" for condition in conditions)


def _sidecars(spec: PodSpec) -> frozenset[str]:
    """The names of init containers that go on running beside the others (KEP-753)."""
    return frozenset(each.name for each in spec.init_containers or () if each.restart_policy == "Always")


def _describe_init(pod: Pod, sidecars: frozenset[str]) -> tuple[str | None, int, int, int]:
    """Where initialization stands, or None when it is done; then ready sidecars, restarts, and sidecars' restarts.

    What comes after the first unfinished container is not counted, as the server does not.
    """
    ready = restarts = sidecar_restarts = 0
    for index, container in enumerate(pod.status.init_container_statuses or ()):
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
        return _init_words(state, index, pod.spec), ready, restarts, sidecar_restarts
    return None, ready, restarts, sidecar_restarts


def _init_words(state: ContainerState, index: int, spec: PodSpec) -> str:
    if state.terminated is not None:
        return f"Init:{_terminated_words(state.terminated)}"
    if state.waiting is not None and state.waiting.reason and state.waiting.reason != "PodInitializing":
        return f"Init:{state.waiting.reason}"
    return f"Init:{index}/{len(spec.init_containers or ())}"


def _describe_containers(pod: Pod, words: str, *, ready: int, restarts: int) -> tuple[str, int, int]:
    """STATUS, ready containers and restarts, with the main containers taken in, last to first: the first has the word."""
    is_any_running = False
    for container in reversed(pod.status.container_statuses or ()):
        restarts += container.restart_count
        reason = _stopped_words(container)
        if reason is not None:
            words = reason
        elif container.ready and container.state is not None and container.state.running is not None:
            is_any_running = True
            ready += 1
    if words == "Completed" and is_any_running:
        words = "Running" if is_true(pod.status.conditions or (), "Ready") else "NotReady"
    return words, ready, restarts


def _stopped_words(container: ContainerStatus) -> str | None:
    """Why this container does not run, or None where it runs or does not say."""
    state = container.state
    if state is None:
        return None
    if state.waiting is not None and state.waiting.reason:
        return state.waiting.reason
    if state.terminated is not None:
        return _terminated_words(state.terminated)
    return None


def _terminated_words(terminated: ContainerTerminated) -> str:
    if terminated.reason:
        return terminated.reason
    if terminated.signal:
        return f"Signal:{terminated.signal}"
    return f"ExitCode:{terminated.exit_code}"
