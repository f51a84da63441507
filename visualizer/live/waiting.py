"""Waiting: why a pod is on no node yet, for the inspector (see :mod:`visualizer.scheduling`)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import msgspec

from visualizer.live import wire
from visualizer.objects import AnyObject, Pod
from visualizer.scheduling.asks import read_pod
from visualizer.scheduling.cluster import Cluster
from visualizer.scheduling.filters import list_undecided
from visualizer.scheduling.verdicts import Verdict, compare, judge, read_message

MAX_VERDICTS: Final = 200
_FAILED: Final = "FailedScheduling"


def is_waiting(obj: AnyObject) -> bool:
    """Whether this is a pod that a scheduler has yet to find a node for."""
    if not isinstance(obj, Pod) or obj.spec.node_name or obj.metadata.deletion_timestamp is not None:
        return False
    return obj.status.phase in ("", "Pending")


def explain(line: bytes, cluster: Cluster, events: Sequence[wire.EventRecord]) -> wire.Waiting | None:
    """Why the pod of this JSON waits, by its Events (newest first) and the cluster; None where it cannot be read."""
    try:
        pod = read_pod(line)
    except msgspec.DecodeError:
        return None
    said = next((event for event in events if event.reason == _FAILED), None)
    reasons = read_message(said.message) if said else []
    verdicts = judge(pod, cluster)
    blocked = [each for each in verdicts if each.objection]
    fitting = [each for each in verdicts if not each.objection]
    return wire.Waiting(
        gates=[gate.name for gate in pod.spec.scheduling_gates or ()],
        event=said.ref if said else "",
        said_at=said.last_seen if said else "",
        reasons=[wire.ScheduleReason(each.count, each.text, each.plugin) for each in reasons],
        verdicts=[_tell(each) for each in (*blocked, *fitting)[:MAX_VERDICTS]],
        nodes=len(verdicts),
        fitting=len(fitting),
        undecided=list_undecided(pod),
        differs=compare(reasons, verdicts),
    )


def _tell(verdict: Verdict) -> wire.NodeVerdict:
    if verdict.objection is None:
        return wire.NodeVerdict(verdict.node, "", [], "")
    return wire.NodeVerdict(verdict.node, verdict.objection.plugin, verdict.objection.reasons, verdict.objection.detail)
