"""Lanes: a Pod's containers in the order in which they start, and what each does now.

The order is the kubelet's (pkg/kubelet/kuberuntime/kuberuntime_container.go, ``computeInitContainerActions``): init
containers one after another, where a native sidecar (KEP-753) need not end but only be started; then the Pod's own
containers together. Ephemeral containers join whenever they are added.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final

from visualizer.containers.facts import BackOff, Ending, Phase, Role
from visualizer.containers.manifest import Container, ContainerStatus, Pod, State, Terminated
from visualizer.flow.times import read_time

MAX_TEXT: Final = 600
_BACK_OFF: Final = re.compile(r"^back-off (\d+h)?(\d+m)?(\d+(?:\.\d+)?s)? restarting failed container")
_SIGNALS: Final = {
    1: "SIGHUP", 2: "SIGINT", 3: "SIGQUIT", 4: "SIGILL", 6: "SIGABRT", 7: "SIGBUS", 8: "SIGFPE", 9: "SIGKILL",
    11: "SIGSEGV", 13: "SIGPIPE", 15: "SIGTERM",
}  # fmt: skip
_HELD: Final = frozenset({"", "PodInitializing", "ContainerCreating"})
_CODES: Final = {126: "it could not be run", 127: "there is no such program"}


def order(pod: Pod) -> Iterator[tuple[int, Role, Container]]:
    """Each container with its place in the order, from 1; those that start together share theirs."""
    place = 0
    for place, container in enumerate(pod.spec.init_containers or (), 1):
        yield place, role_of_init(container), container
    for container in pod.spec.containers or ():
        yield place + 1, "main", container
    for container in pod.spec.ephemeral_containers or ():
        yield place + 2, "ephemeral", container


def role_of_init(container: Container) -> Role:
    """An init container that is always restarted is a native sidecar."""
    return "sidecar" if container.restart_policy == "Always" else "init"


def status_of(pod: Pod, name: str, role: Role) -> ContainerStatus | None:
    """What the status says of this container."""
    status = pod.status
    lists = {
        "init": status.init_container_statuses,
        "sidecar": status.init_container_statuses,
        "main": status.container_statuses,
        "ephemeral": status.ephemeral_container_statuses,
    }
    return next((each for each in lists[role] or () if each.name == name), None)


def phase_of(status: ContainerStatus | None) -> Phase:
    """Which of its three states it is in."""
    state = status.state if status else None
    if state is None:
        return "unknown"
    if state.running:
        return "running"
    return "terminated" if state.terminated else "waiting" if state.waiting else "unknown"


def is_last(pod: Pod, container: Container, role: Role, status: ContainerStatus | None) -> bool:
    """Whether the container is not started again once this run ended, as far as its rules say."""
    if (
        pod.status.phase in ("Succeeded", "Failed")
        or pod.metadata.deletion_timestamp is not None
        or role == "ephemeral"
    ):
        return True
    ended = status.state.terminated if status and status.state else None
    is_well = ended is not None and ended.exit_code == 0
    if role == "init":
        return is_well
    if container.restart_policy_rules:
        return False
    policy = container.restart_policy or pod.spec.restart_policy
    return policy == "Never" or (policy == "OnFailure" and is_well)


def restart_words(pod: Pod, container: Container, role: Role) -> str:
    """What happens when it ends."""
    policy = container.restart_policy or pod.spec.restart_policy or "Always"
    if role == "ephemeral":
        return "is not started again when it ends"
    if container.restart_policy_rules:
        return f"is started again by rules of its own on its exit code, else as restartPolicy {policy} says"
    if role == "sidecar":
        return "is started again whenever it ends, as long as the Pod runs"
    if role == "init":
        return "must end well once; if it fails, the Pod fails" if policy == "Never" else "is run until it ends well"
    return {
        "Never": "is not started again when it ends",
        "OnFailure": "is started again if it ends with an error",
    }.get(policy, "is started again whenever it ends")


def after_kill_words(pod: Pod, container: Container, role: Role) -> str:
    """What the kubelet does after it ended the container for a probe."""
    policy = container.restart_policy or pod.spec.restart_policy or "Always"
    if role != "sidecar" and container.restart_policy_rules:
        return "and its own rules say whether it is started again"
    if role == "sidecar":
        return "and starts it again"
    return {
        "Never": "and does not start it again",
        "OnFailure": "and starts it again if it ended with an error",
    }.get(policy, "and starts it again")


def state_words(status: ContainerStatus | None) -> str:
    """The state in words."""
    state = status.state if status else None
    if state is None or (state.waiting is None and state.running is None and state.terminated is None):
        return "not in the status yet" if status is None else "in no state that the status names"
    if state.running:
        return "running"
    if state.terminated:
        return f"ended: {ending_words(state.terminated)}"
    reason = state.waiting.reason if state.waiting else None
    return f"waiting: {reason}" if reason else "waiting"


def ending_words(ended: Terminated) -> str:
    """What an exit code means: by convention 128 and a signal's number where a signal ended it."""
    if ended.reason == "OOMKilled":
        return f"exit code {ended.exit_code}, it had more memory than its limit allows"
    if ended.exit_code == 0:
        return "completed, exit code 0"
    signal = ended.signal or ended.exit_code - 128
    if name := _SIGNALS.get(signal):
        return f"exit code {ended.exit_code}, ended by {name}"
    meaning = _CODES.get(ended.exit_code)
    return f"exit code {ended.exit_code}, {meaning}" if meaning else f"exit code {ended.exit_code}"


def last_ending(status: ContainerStatus | None) -> Ending | None:
    """How its latest run that is over ended."""
    state = status.state if status else None
    last = status.last_state if status else None
    ended = (state.terminated if state else None) or (last.terminated if last else None)
    if ended is None:
        return None
    return Ending(
        exit_code=ended.exit_code,
        reason=ended.reason or "",
        message=(ended.message or "")[:MAX_TEXT],
        words=ending_words(ended),
        started=read_time(ended.started_at),
        finished=read_time(ended.finished_at),
    )


def back_off_of(status: ContainerStatus | None) -> BackOff | None:
    """How long the kubelet waits, where it waits because the container crashed.

    It counts from the end of the last run (kuberuntime_manager.go, ``doBackOff``). By default it waits 10 s, then twice
    as long each time up to 5 minutes, and begins anew after 10 minutes without a crash. A node may be told otherwise:
    less at most (KEP-5593, beta since 1.35), or from 1 s to 60 s (KEP-4603, alpha).
    """
    waiting = status.state.waiting if status and status.state else None
    if waiting is None or waiting.reason != "CrashLoopBackOff":
        return None
    seconds = _seconds_in(waiting.message or "")
    ending = last_ending(status)
    finished = ending.finished if ending else None
    until = finished + seconds if finished is not None and seconds else None
    said = f"waits {seconds} s after the last run’s end" if seconds else "waits before the next start"
    words = (
        f"{said}; by default from 10 s, twice as long after each crash, up to 300 s, unless its node is told otherwise"
    )
    return BackOff(seconds=seconds, until=until, words=words)


def waits_for(pod: Pod, container: Container, role: Role, status: ContainerStatus | None) -> str:
    """What has to come before it goes on; empty where nothing is known to."""
    state = status.state if status else None
    if pod.status.phase in ("Succeeded", "Failed"):
        return ""
    if state is not None and state.running:
        return _waits_running(container, status)
    if pod.metadata.deletion_timestamp is not None:
        return ""
    if state is not None and state.terminated:
        return "" if is_last(pod, container, role, status) else "the kubelet to start it again"
    reason = (state.waiting.reason if state and state.waiting else None) or ""
    if reason == "CrashLoopBackOff":
        return "the end of its back-off"
    if reason in ("ErrImagePull", "ImagePullBackOff", "InvalidImageName", "ErrImageNeverPull"):
        return "its image"
    if reason not in _HELD:
        return ""
    return _waits_before_start(pod, container, role)


def _waits_running(container: Container, status: ContainerStatus | None) -> str:
    if status is None or status.started is None:
        return ""
    if not status.started:
        return "its startup probe" if container.startup_probe else "its start to be told"
    return "its readiness probe" if container.readiness_probe and not status.ready else ""


def _waits_before_start(pod: Pod, container: Container, role: Role) -> str:
    if not pod.spec.node_name:
        return "a node"
    conditions = {each.type: each.status for each in pod.status.conditions or ()}
    if conditions.get("PodReadyToStartContainers") == "False":
        return "the Pod’s sandbox and network"
    if role != "ephemeral":
        for _, before, other in order(pod):
            if other.name == container.name or before == "main":
                break
            if not _is_passed(pod, other, before):
                return f"init container {other.name} to end" if before == "init" else f"sidecar {other.name} to start"
    return "the kubelet to start it"


def _is_passed(pod: Pod, container: Container, role: Role) -> bool:
    status = status_of(pod, container.name, role)
    state: State | None = status.state if status else None
    if role == "sidecar":
        return status is not None and status.started is True
    return state is not None and state.terminated is not None and state.terminated.exit_code == 0


def _seconds_in(message: str) -> int:
    found = _BACK_OFF.match(message)
    if found is None:
        return 0
    units: Sequence[tuple[str | None, int]] = [(found[1], 3600), (found[2], 60), (found[3], 1)]
    return min(round(sum(float(part[:-1]) * unit for part, unit in units if part and len(part) < 10)), 86_400)
