"""Pod status, held against what ``kubectl get pods`` prints (``TestPrintPod`` and its kin in Kubernetes 1.36)."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from tests.cluster import DEMO_NAMES, read_demo
from visualizer.frames import WatchEvent
from visualizer.nodes.status import PodStatusLine, describe_pod
from visualizer.objects import Pod

RUNNING: dict[str, Any] = {"running": {}}
READY = {"type": "Ready", "status": "True"}
UNREADY = {"type": "Ready", "status": "False"}
INITIALIZED = {"type": "Initialized", "status": "True"}


def waiting(reason: str | None = None) -> dict[str, Any]:
    """A container's state."""
    return {"waiting": {"reason": reason}}


def ended(exit_code: int = 0, reason: str | None = None, signal: int | None = None) -> dict[str, Any]:
    """A container's state."""
    return {"terminated": {"exitCode": exit_code, "reason": reason, "signal": signal}}


COMPLETED = ended(0, "Completed")
FAILED = ended(1, "Error")


def describe(
    *containers: Any,
    init: list[Any] | None = None,
    sidecars: tuple[int, ...] = (),
    conditions: list[dict[str, Any]] | None = None,
    deleted: bool = False,
    phase: str = "Running",
    reason: str | None = None,
    of: int | None = None,
) -> PodStatusLine:
    """The line of a Pod whose containers are in these states, each ``state`` or ``(state, restarts, ready)``.

    ``sidecars`` are the init containers that go on running, by index; those are started when they run.
    """

    def statuses(states: Any) -> list[dict[str, Any]]:
        told = []
        for index, state in enumerate(states):
            each, restarts, ready = state if isinstance(state, tuple) else (state, 0, state == RUNNING)
            started = each == RUNNING
            told.append(
                {"name": f"c{index}", "state": each, "restartCount": restarts, "ready": ready, "started": started}
            )
        return told

    init = init or []
    pod = {
        "metadata": {"name": "p", "deletionTimestamp": "2026-11-23T10:11:14Z" if deleted else None},
        "spec": {
            "containers": [{"name": f"c{index}"} for index in range(of or len(containers))],
            "initContainers": [
                {"name": f"c{index}", "restartPolicy": "Always" if index in sidecars else None}
                for index in range(len(init))
            ],
        },
        "status": {
            "phase": phase,
            "reason": reason,
            "conditions": conditions,
            "containerStatuses": statuses(containers),
            "initContainerStatuses": statuses(init),
        },
    }
    return describe_pod(msgspec.convert(pod, Pod))


def line(text: str) -> tuple[str, str, int]:
    """``READY STATUS RESTARTS``, as kubectl writes them."""
    ready, status, restarts = text.split()
    return status, ready, int(restarts)


CASES: list[tuple[str, dict[str, Any] | tuple[Any, ...], dict[str, Any]]] = [
    ("1/1 Running 0", (RUNNING,), {}),
    ("1/2 Running 5", ((RUNNING, 2, True), (RUNNING, 3, False)), {}),
    ("0/2 Pending 0", (), {"phase": "Pending", "of": 2}),
    ("0/1 ContainerCreating 0", (waiting("ContainerCreating"),), {"phase": "Pending"}),
    ("0/1 CrashLoopBackOff 7", ((waiting("CrashLoopBackOff"), 7, False),), {}),
    ("1/2 ImagePullBackOff 0", (RUNNING, waiting("ImagePullBackOff")), {}),
    ("0/1 Running 0", (waiting(None),), {}),
    ("0/1 Completed 0", (COMPLETED,), {"phase": "Succeeded"}),
    ("0/1 Error 3", ((FAILED, 3, False),), {}),
    ("0/1 ExitCode:2 0", (ended(2),), {}),
    ("0/1 Signal:9 0", (ended(137, None, 9),), {}),
    ("0/1 ExitCode:137 0", (ended(137, None, 0),), {}),
    ("0/1 Evicted 0", (), {"phase": "Failed", "reason": "Evicted", "of": 1}),
    # The first container that says something has the word.
    ("0/2 OOMKilled 0", (ended(137, "OOMKilled"), FAILED), {}),
    ("0/2 Error 0", (FAILED, COMPLETED), {}),
    # One completed container beside others.
    ("1/2 Running 0", (COMPLETED, RUNNING), {"conditions": [READY]}),
    ("1/2 NotReady 0", (COMPLETED, RUNNING), {"conditions": [UNREADY]}),
    ("1/2 NotReady 0", (COMPLETED, RUNNING), {}),
    ("0/2 Error 0", (COMPLETED, FAILED), {}),
    ("1/3 Error 0", (COMPLETED, RUNNING, FAILED), {"conditions": [UNREADY]}),
    ("1/3 Running 0", (COMPLETED, RUNNING, FAILED), {"conditions": [READY]}),
    ("0/2 Completed 0", (COMPLETED, COMPLETED), {}),
    # Init containers: the first that is not through has the word, and what comes after it is not counted.
    ("0/1 Init:0/2 0", (waiting("PodInitializing"),), {"init": [RUNNING, waiting("PodInitializing")]}),
    ("0/1 Init:1/2 3", (waiting("PodInitializing"),), {"init": [(COMPLETED, 3, True), waiting("PodInitializing")]}),
    ("0/1 Init:1/2 0", (), {"init": [COMPLETED, {}], "of": 1}),
    ("0/1 Init:CrashLoopBackOff 4", ((RUNNING, 9, False),), {"init": [(waiting("CrashLoopBackOff"), 4, False)]}),
    ("0/1 Init:Error 1", ((RUNNING, 9, False),), {"init": [(FAILED, 1, False), (FAILED, 5, False)]}),
    ("0/1 Init:ExitCode:2 0", (), {"init": [ended(2)], "of": 1}),
    ("0/1 Init:Signal:9 0", (), {"init": [ended(137, None, 9)], "of": 1}),
    ("1/1 Running 2", ((RUNNING, 2, True),), {"init": [(COMPLETED, 3, True)]}),
    # Initialized is believed, even if an init container was restarted since.
    ("1/1 Init:Error 2", ((RUNNING, 2, True),), {"init": [(FAILED, 3, False)], "conditions": [INITIALIZED]}),
    ("0/1 Error 2", ((FAILED, 2, False),), {"init": [(RUNNING, 3, False)], "conditions": [INITIALIZED]}),
    # Sidecars count among the containers, and their restarts among the restarts.
    ("2/2 Running 5", ((RUNNING, 2, True),), {"init": [(RUNNING, 3, True)], "sidecars": (0,)}),
    ("1/2 Running 0", (RUNNING,), {"init": [(RUNNING, 0, False)], "sidecars": (0,)}),
    ("0/2 Init:0/1 0", (waiting("PodInitializing"),), {"init": [waiting("PodInitializing")], "sidecars": (0,)}),
    ("1/2 Init:1/2 3", ((RUNNING, 9, True),), {"init": [(RUNNING, 1, True), ({}, 2, False)], "sidecars": (0,)}),
    ("2/2 Running 4", ((RUNNING, 1, True),), {"init": [(COMPLETED, 8, True), (RUNNING, 3, True)], "sidecars": (1,)}),
    ("0/2 Completed 0", (COMPLETED,), {"init": [COMPLETED], "sidecars": (0,), "phase": "Succeeded"}),
    # Waiting for its scheduling gates.
    (
        "0/1 SchedulingGated 0",
        (),
        {
            "phase": "Pending",
            "of": 1,
            "conditions": [{"type": "PodScheduled", "status": "False", "reason": "SchedulingGated"}],
        },
    ),
    (
        "0/1 Pending 0",
        (),
        {
            "phase": "Pending",
            "of": 1,
            "conditions": [{"type": "PodScheduled", "status": "False", "reason": "Unschedulable"}],
        },
    ),
    # Going.
    ("1/1 Terminating 0", (RUNNING,), {"deleted": True}),
    ("0/1 Terminating 0", (), {"deleted": True, "phase": "Pending", "of": 1}),
    ("0/1 Completed 0", (COMPLETED,), {"deleted": True, "phase": "Succeeded"}),
    ("0/1 Error 0", (FAILED,), {"deleted": True, "phase": "Failed"}),
    ("1/1 Unknown 0", (RUNNING,), {"deleted": True, "reason": "NodeLost"}),
    ("1/1 NodeLost 0", (RUNNING,), {"reason": "NodeLost"}),
]


@pytest.mark.parametrize(
    ("printed", "containers", "pod"), CASES, ids=[f"{n}: {case[0]}" for n, case in enumerate(CASES)]
)
def test_a_pod_is_told_as_kubectl_prints_it(printed: str, containers: tuple[Any, ...], pod: dict[str, Any]) -> None:
    told = describe(*containers, **pod)
    assert (told.status, f"{told.ready}/{told.containers}", told.restarts) == line(printed)


def test_ready_is_the_condition_and_not_the_containers() -> None:
    assert describe(RUNNING, conditions=[READY]).is_ready
    assert not describe(RUNNING, conditions=[UNREADY]).is_ready
    assert not describe(RUNNING).is_ready


def test_the_server_need_not_say_anything() -> None:
    assert describe_pod(msgspec.convert({"metadata": {"name": "p"}}, Pod)) == PodStatusLine("", 0, 0, 0, False)


def test_crashloop_is_seen_as_a_person_sees_it() -> None:
    _, frames = read_demo("crashloop")
    seen = dict.fromkeys(
        describe_pod(frame.object).status
        for frame in frames
        if isinstance(frame, WatchEvent) and isinstance(frame.object, Pod) and "broken" in frame.object.metadata.name
    )
    assert list(seen)[:2] == ["Pending", "ContainerCreating"]
    assert {"Error", "CrashLoopBackOff", "Terminating"} <= set(seen)


@pytest.mark.parametrize("name", DEMO_NAMES)
def test_a_ready_pod_has_all_its_containers_ready(name: str) -> None:
    _, frames = read_demo(name)
    pods = [frame.object for frame in frames if isinstance(frame, WatchEvent) and isinstance(frame.object, Pod)]
    lines = [describe_pod(pod) for pod in pods]
    assert all(line.ready == line.containers for line in lines if line.is_ready)
