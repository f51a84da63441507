"""Scaling: whether a workload's controller had a reason to delete one of its Pods, or its past.

A controller deletes Pods that are too many, that are of an older template, or that ended where they must not. What it
has no reason to delete, it did not.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, Literal

from visualizer.flow.times import read_time
from visualizer.objects import Pod, Workload
from visualizer.store import Store

Verdict = Literal["scaled-down", "replaced", "job-ended", "history-limit", "client", ""]
"""The rule by which the controller deletes the Pod; ``client`` where it has no reason to; "" where that is not sure."""

_TOLERANCE_S: Final = 1.0
"""Conditions are stamped to the second."""

_OVER: Final = frozenset({"Failed", "Succeeded"})
_COMPLETE: Final = frozenset({"Complete"})
_FAILED: Final = frozenset({"Failed"})
_FINISHED: Final = _COMPLETE | _FAILED
_ENDING: Final = frozenset({"Complete", "Failed", "FailureTarget", "SuccessCriteriaMet"})
_REVISIONS: Final = 10
_SUCCESSFUL_JOBS: Final = 3
_FAILED_JOBS: Final = 1
"""The history limits of Deployments and CronJobs that say none (``pkg/apis/{apps,batch}/v1/defaults.go``)."""

_REVISION: Final = "controller-revision-hash"


def judge(kind: str, owner: Workload, pod: Pod, store: Store) -> Verdict:
    """Why the controller of this owner would delete this Pod of it, which is not yet counted as deleted."""
    if kind in ("ReplicaSet", "ReplicationController"):
        return _judge_count(owner, pod, store, _wanted(owner))
    if kind == "StatefulSet":
        return _judge_stateful(owner, pod)
    if kind == "DaemonSet":
        return _judge_daemon(owner, pod)
    if kind == "Job":
        return _judge_job(owner, pod, store)
    return ""


def is_history(past: Workload, owner: Workload, store: Store) -> bool:
    """Whether this is what an owner's controller clears away: a ReplicaSet scaled to nothing, a finished Job.

    It keeps as many of them as the owner's history limit says. A CronJob whose policy is Replace also deletes the Job
    that still runs (``concurrencyPolicy``). ``store`` no longer has what is deleted.
    """
    if past.spec.replicas is not None:
        limit = _or(owner.spec.revision_history_limit, _REVISIONS)
        return _is_empty(past) and _count(owner, store, _is_empty) >= limit
    if not _has(past, _FINISHED):
        return owner.spec.concurrency_policy == "Replace"
    if _has(past, _COMPLETE):
        limit = _or(owner.spec.successful_jobs_history_limit, _SUCCESSFUL_JOBS)
        return _count(owner, store, lambda each: _has(each, _COMPLETE)) >= limit
    limit = _or(owner.spec.failed_jobs_history_limit, _FAILED_JOBS)
    return _count(owner, store, lambda each: _has(each, _FAILED)) >= limit


def has_outlived(job: Workload, ts: float) -> bool:
    """Whether a Job's ``ttlSecondsAfterFinished`` are over at ``ts`` (unix seconds)."""
    ttl = job.spec.ttl_seconds_after_finished
    if ttl is None:
        return False
    for condition in job.status.conditions or ():
        if condition.type in _FINISHED and condition.status == "True":
            finished = read_time(condition.last_transition_time)
            return finished is not None and ts >= finished + ttl - _TOLERANCE_S
    return False


def _count(owner: Workload, store: Store, counts: Callable[[Workload], bool]) -> int:
    """How many of an owner's dependents are left that count."""
    found = (entry.object for entry in store.iter_owned(owner.metadata.uid))
    return sum(isinstance(each, Workload) and counts(each) for each in found)


def _is_empty(replica_set: Workload) -> bool:
    return replica_set.spec.replicas == 0 and not replica_set.status.replicas


def _or(value: int | None, default: int) -> int:
    return default if value is None else value


def _wanted(owner: Workload) -> int:
    return _or(owner.spec.replicas, 1)


def _judge_count(owner: Workload, pod: Pod, store: Store, wanted: int) -> Verdict:
    """A Pod that ended is not counted, and not deleted either.

    Where fewer Pods are known than the owner's own count, the log began in the middle.
    """
    if pod.status.phase in _OVER:
        return "client"
    active = 1
    for entry in store.iter_owned(owner.metadata.uid):
        other = entry.object
        if isinstance(other, Pod) and other.metadata.uid != pod.metadata.uid and _is_active(other):
            active += 1
            if active > wanted:
                return "scaled-down"
    if active > wanted:
        return "scaled-down"
    return "client" if active >= min(wanted, owner.status.replicas or 0) else ""


def _judge_stateful(owner: Workload, pod: Pod) -> Verdict:
    """The highest ordinals go first; a Pod of another revision goes to be made anew, and so does one that ended."""
    if pod.status.phase in _OVER:
        return "replaced"
    ordinal = pod.metadata.name.rpartition("-")[2]
    first = owner.spec.ordinals.start if owner.spec.ordinals else 0
    if ordinal.isdecimal() and len(ordinal) < 10 and int(ordinal) >= first + _wanted(owner):
        return "scaled-down"
    return _judge_revision(owner, pod, is_current=_revision(pod) == owner.status.update_revision)


def _judge_daemon(owner: Workload, pod: Pod) -> Verdict:
    if pod.status.phase in _OVER:
        return "replaced"
    status = owner.status
    return _judge_revision(
        owner, pod, is_current=(status.updated_number_scheduled or 0) >= (status.desired_number_scheduled or 0)
    )


def _judge_revision(owner: Workload, pod: Pod, *, is_current: bool) -> Verdict:
    """An update is under way where the newest spec was not yet taken in, or not all Pods are of it."""
    strategy = owner.spec.update_strategy
    if strategy is not None and strategy.type == "OnDelete":
        return "client"
    if not _revision(pod) or owner.status.observed_generation is None:
        return ""
    is_observed = owner.status.observed_generation >= owner.metadata.generation
    return "client" if is_current and is_observed else "replaced"


def _judge_job(owner: Workload, pod: Pod, store: Store) -> Verdict:
    """A Job that is over, or that is suspended, has no active Pods; parallelism is how many there may be."""
    if pod.status.phase in _OVER:
        return "client"
    if owner.spec.suspend or _has(owner, _ENDING):
        return "job-ended"
    return _judge_count(owner, pod, store, _or(owner.spec.parallelism, 1))


def _has(workload: Workload, types: frozenset[str]) -> bool:
    return any(each.type in types and each.status == "True" for each in workload.status.conditions or ())


def _is_active(pod: Pod) -> bool:
    return pod.metadata.deletion_timestamp is None and pod.status.phase not in _OVER


def _revision(pod: Pod) -> str:
    return (pod.metadata.labels or {}).get(_REVISION, "")
