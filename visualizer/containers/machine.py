"""The machine: in which state a probe is at one moment, and how that is known.

The kubelet has a worker for each probe (pkg/kubelet/prober/worker.go, ``doProbe``), and keeps its results to itself:
the status has ``started`` and ``ready``, and Events tell of failed probes. What the worker does is written there, and
what is inferred here follows from it:

- nothing is probed before the container runs, nor in its first ``initialDelaySeconds``;
- until ``started`` is true only the startup probe runs; afterwards it does not;
- liveness begins as a success, readiness as a failure;
- a result counts once it came ``failureThreshold`` or ``successThreshold`` times in a row;
- a startup or liveness probe that failed is on hold until there is a new container;
- of a Pod that is being deleted, only readiness is probed on.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from msgspec import Struct

from visualizer.containers.facts import Certainty, ProbeKind, ProbeState
from visualizer.containers.manifest import ContainerStatus
from visualizer.containers.settings import Numbers
from visualizer.containers.sightings import Sighting, count_in_row
from visualizer.flow.times import read_time

_LATE: Final = 1.0
"""How long an Event may take to be seen, in seconds."""


class Run(Struct, frozen=True):
    """One container at one moment, as far as its probes go.

    ``failures`` are the failed probes of this probe, and ``kills`` what the kubelet killed the container for, oldest
    first. ``was_ready`` is whether it was ready before in this run of the container, None where that was not seen.
    ``is_last`` says that the container is not started again once it ends.
    """

    status: ContainerStatus | None
    has_startup: bool
    is_deleted: bool
    is_last: bool
    now: float
    failures: Sequence[Sighting] = ()
    kills: Sequence[Sighting] = ()
    was_ready: bool | None = None


class Standing(Struct, frozen=True):
    """Where a probe stands. ``until`` is when the state ends by the clock alone, if nothing is told before."""

    state: ProbeState
    words: str
    certainty: Certainty
    source: str
    failures: int = 0
    is_at_least: bool = False
    until: float | None = None


def stand(kind: ProbeKind, numbers: Numbers, run: Run) -> Standing:
    """The state of this probe."""
    early = _not_probed(run, kind)
    if early is not None:
        return early
    if run.is_deleted and kind != "readiness":
        words = "Not probed any more: the Pod is being deleted."
        return Standing("over", words, "inferred", "metadata.deletionTimestamp, and the kubelet’s rule")
    started = run.status.started if run.status else None
    if started is None:
        return Standing("unknown", "The status does not say whether it has started.", "unknown", "no status.started")
    if kind == "startup":
        return _startup(numbers, run) if not started else _has_started()
    if not started:
        words = (
            "Held back until the startup probe has passed." if run.has_startup else "Held back until it has started."
        )
        return Standing("held", words, "observed", "status.started is false")
    return _liveness(numbers, run) if kind == "liveness" else _readiness(numbers, run)


def started_at(status: ContainerStatus | None) -> float | None:
    """When its present run began; None where it does not run."""
    running = status.state.running if status and status.state else None
    return read_time(running.started_at) if running else None


def _not_probed(run: Run, kind: ProbeKind) -> Standing | None:
    state = run.status.state if run.status else None
    if state is not None and state.running is not None:
        return None
    if run.status is None:
        return Standing("waits", "The container has not been made yet.", "observed", "the status does not have it")
    if state is not None and state.terminated is not None and run.is_last:
        return Standing("over", "Not probed any more: the container has ended for good.", "observed", "its state")
    if state is None or (state.terminated is None and state.waiting is None):
        return Standing("unknown", "The status does not say in which state it is.", "unknown", "no state")
    again = " again" if run.status.restart_count > 0 or state.terminated else ""
    killed = _was_killed(run, kind)
    words = f"Waits for the container to run{again}."
    return Standing("waits", f"{words} {killed}" if killed else words, "observed", "the container’s state")


def _was_killed(run: Run, kind: ProbeKind) -> str:
    """Whether the run before ended because of this probe, as far as an Event says so."""
    state, last = (run.status.state, run.status.last_state) if run.status else (None, None)
    ended = (state.terminated if state else None) or (last.terminated if last else None)
    began = read_time(ended.started_at) if ended else None
    if began is None or not any(kill.last >= began for kill in run.kills):
        return ""
    return f"The kubelet ended the last run because the {kind} probe failed."


def _has_started() -> Standing:
    return Standing("passing", "Passed: it is not probed again in this run.", "observed", "status.started is true")


def _delay(numbers: Numbers, run: Run) -> Standing | None:
    began = started_at(run.status)
    if began is None or run.now - began >= numbers.delay:
        return None
    until = began + numbers.delay
    words = f"Not probed in the first {numbers.delay} s of the container."
    return Standing("waits", words, "inferred", "state.running.startedAt and initialDelaySeconds", until=until)


def _recent(numbers: Numbers, run: Run) -> tuple[int, bool, float | None]:
    """How many failures in a row lead up to now, whether perhaps more, and until when that holds without another."""
    began = started_at(run.status) or 0.0
    failures = [each for each in run.failures if each.last >= began]
    if not failures:
        return 0, False, None
    until = failures[-1].seen + numbers.period + numbers.timeout + _LATE
    if run.now > until:
        return 0, False, None
    number, is_at_least = count_in_row(failures, since=began, period=numbers.period, timeout=numbers.timeout)
    return number, is_at_least, until


def _killed(numbers: Numbers, run: Run, number: int) -> Standing | None:
    """The failure that counts: the kubelet said so, or enough are known in a row."""
    began = started_at(run.status) or 0.0
    if any(kill.last >= began for kill in run.kills):
        words = "Failed: the kubelet ends this run of the container."
        return Standing("failed", words, "observed", "an Event “Killing”", failures=numbers.failures)
    if number >= numbers.failures:
        words = f"Failed {numbers.failures} times in a row, which is enough."
        return Standing("failed", words, "inferred", "Events “Unhealthy”", failures=numbers.failures)
    return None


def _startup(numbers: Numbers, run: Run) -> Standing:
    if (delay := _delay(numbers, run)) is not None:
        return delay
    number, is_at_least, until = _recent(numbers, run)
    if (killed := _killed(numbers, run, number)) is not None:
        return killed
    if number:
        words = f"Not passed yet: failed {_so_often(number, is_at_least)}."
        return Standing(
            "probing", words, "observed", "status.started is false; Events “Unhealthy”", number, is_at_least, until
        )
    return Standing("probing", "Not passed yet.", "observed", "status.started is false")


def _liveness(numbers: Numbers, run: Run) -> Standing:
    if (delay := _delay(numbers, run)) is not None:
        return delay
    number, is_at_least, until = _recent(numbers, run)
    if (killed := _killed(numbers, run, number)) is not None:
        return killed
    if number:
        words = f"Failed {_so_often(number, is_at_least)}; that is not yet {numbers.failures}."
        return Standing("failing", words, "inferred", "Events “Unhealthy”", number, is_at_least, until)
    words = "Passing, or failing too seldom to count: the container runs on."
    return Standing("passing", words, "inferred", "it runs, and no Event tells of a failed probe now")


def _readiness(numbers: Numbers, run: Run) -> Standing:
    ready = run.status.ready if run.status else False
    number, is_at_least, until = _recent(numbers, run)
    if ready and number:
        words = f"Ready still, and failed {_so_often(number, is_at_least)}."
        if number < numbers.failures:
            words = f"{words[:-1]}; that is not yet {numbers.failures}."
        source = "status.ready is true; Events “Unhealthy”"
        return Standing("failing", words, "inferred", source, min(number, numbers.failures), is_at_least, until)
    if ready:
        return Standing("passing", "Ready.", "observed", "status.ready is true")
    if (delay := _delay(numbers, run)) is not None:
        return delay
    words = {
        True: f"Not ready: it was, and has failed {numbers.failures} times in a row since.",
        False: "Not ready: it has not passed since the container started.",
        None: "Not ready.",
    }[run.was_ready]
    if numbers.failures == 1:
        words = words.replace("1 times in a row", "once")
    return Standing("failed", words, "observed", "status.ready is false", min(number, numbers.failures), is_at_least)


def _so_often(number: int, is_at_least: bool) -> str:
    times = "once" if number == 1 else f"{number} times in a row"
    return f"at least {times}" if is_at_least else times
