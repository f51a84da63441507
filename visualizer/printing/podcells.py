"""A pod's cells in a table: ``printPod`` of the API server's pkg/printers/internalversion."""

from __future__ import annotations

from typing import Any

from visualizer.printing.durations import ago, seconds_of

Pod = dict[str, Any]
Status = dict[str, Any]


def ready(pod: Pod, now: float) -> str:
    """How many containers are ready, of how many; sidecars count."""
    sidecars = _sidecars(pod)
    statuses = pod.get("status", {})
    counted = [one for one in statuses.get("initContainerStatuses", ()) if one["name"] in sidecars]
    counted += statuses.get("containerStatuses", ())
    up = sum(one["ready"] and "running" in one.get("state", {}) for one in counted)
    return f"{up}/{len(pod['spec']['containers']) + len(sidecars)}"


def restarts(pod: Pod, now: float) -> str:
    """How often containers were restarted, and how long ago the last one was."""
    status, sidecars = pod.get("status", {}), _sidecars(pod)
    initial = status.get("initContainerStatuses", [])
    counted = [one for one in initial if one["name"] in sidecars] + status.get("containerStatuses", [])
    if _initializing(pod):
        counted = initial
    count = sum(one.get("restartCount", 0) for one in counted)
    ends = [
        one["lastState"]["terminated"]["finishedAt"]
        for one in counted
        if (one.get("lastState") or {}).get("terminated", {}).get("finishedAt")
    ]
    if not count or not ends:
        return str(count)
    return f"{count} ({ago(now - seconds_of(max(ends)))} ago)"


def gates(pod: Pod, now: float) -> str:
    """How many readiness gates are open, of how many."""
    asked = pod["spec"].get("readinessGates", ())
    if not asked:
        return "<none>"
    met = {one["type"] for one in pod.get("status", {}).get("conditions", ()) if one["status"] == "True"}
    return f"{sum(gate['conditionType'] in met for gate in asked)}/{len(asked)}"


def status(pod: Pod, now: float) -> str:
    """The one word that says how a pod is."""
    told = pod.get("status", {})
    reason = told.get("reason") or told.get("phase", "")
    scheduled = [one for one in told.get("conditions", ()) if one["type"] == "PodScheduled"]
    if any(one.get("reason") == "SchedulingGated" for one in scheduled):
        reason = "SchedulingGated"
    initializing = _initializing(pod)
    reason = initializing or _running(pod, reason)
    if "deletionTimestamp" not in pod["metadata"]:
        return reason
    if told.get("reason") == "NodeLost":
        return "Unknown"
    return reason if told.get("phase") in {"Succeeded", "Failed"} else "Terminating"


def _sidecars(pod: Pod) -> set[str]:
    return {one["name"] for one in pod["spec"].get("initContainers", ()) if one.get("restartPolicy") == "Always"}


def _initializing(pod: Pod) -> str:
    """What the first init container that is not done yet is at; "" if all are."""
    sidecars, statuses = _sidecars(pod), pod.get("status", {}).get("initContainerStatuses", ())
    for position, one in enumerate(statuses):
        state = one.get("state", {})
        ended = state.get("terminated")
        if ended is not None and ended.get("exitCode") == 0:
            continue
        if one["name"] in sidecars and one.get("started"):
            continue
        if ended is not None:
            return f"Init:{ended.get('reason') or _exit(ended)}"
        waiting = state.get("waiting", {}).get("reason", "")
        if waiting and waiting != "PodInitializing":
            return f"Init:{waiting}"
        return f"Init:{position}/{len(pod['spec']['initContainers'])}"
    return ""


def _running(pod: Pod, reason: str) -> str:
    """What the containers are at: the first that waits or has ended says it."""
    told = pod.get("status", {})
    some_run = False
    for one in reversed(told.get("containerStatuses", ())):
        state = one.get("state", {})
        if state.get("waiting", {}).get("reason"):
            reason = state["waiting"]["reason"]
        elif "terminated" in state:
            reason = state["terminated"].get("reason") or _exit(state["terminated"])
        elif one["ready"] and "running" in state:
            some_run = True
    if reason == "Completed" and some_run:
        is_ready = any(one["type"] == "Ready" and one["status"] == "True" for one in told.get("conditions", ()))
        return "Running" if is_ready else "NotReady"
    return reason


def _exit(ended: Status) -> str:
    return f"Signal:{ended['signal']}" if ended.get("signal") else f"ExitCode:{ended.get('exitCode')}"
