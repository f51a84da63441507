"""Sightings: what Events told of a Pod's probes, one failure or several at a time.

The kubelet writes an Event for each failed probe (pkg/kubelet/prober/prober.go, ``probe``), and client-go makes one
Event with a count of those that are alike (tools/record/events_cache.go). It lets 25 through for one Pod, and then one
in five minutes: so a count is never too high and may be too low.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Final, Literal

from msgspec import Struct

from visualizer.containers.facts import ProbeKind
from visualizer.containers.manifest import Event
from visualizer.flow.times import read_time

REASONS: Final = frozenset({"Unhealthy", "ProbeWarning", "Killing"})
"""The reasons of Events that tell of probes."""

What = Literal["failed", "errored", "warned", "killed"]

_PROBE: Final = re.compile(r"\b(Startup|Liveness|Readiness) probe (failed|errored|warning)\b")
_KILL: Final = re.compile(r"\bfailed (startup|liveness) probe\b")
_CONTAINER: Final = re.compile(r"^spec\.(?:initC|ephemeralC|c)ontainers\{(.+)\}$")
_WHATS: Final[dict[str, What]] = {"failed": "failed", "errored": "errored", "warning": "warned"}
_KINDS: Final[dict[str, ProbeKind]] = {"startup": "startup", "liveness": "liveness", "readiness": "readiness"}


class Sighting(Struct, frozen=True):
    """``count`` probes of a container that came to the same, the last at ``last``; known from ``seen`` on.

    ``before`` is the stamp of the one just before these that the Event told of; None: they are its first, which came
    at ``first``.
    """

    seen: float
    container: str
    kind: ProbeKind
    what: What
    text: str
    count: int
    first: float
    last: float
    before: float | None = None


def sight(versions: Iterable[tuple[float | None, Event]]) -> list[Sighting]:
    """What the versions of one Event told, oldest first; nothing for one of no probe.

    With each comes when it was seen to be written; None where it was only found in a list.
    """
    found: list[Sighting] = []
    counted, before = 0, None
    for seen, event in versions:
        told = _classify(event)
        first, last = _times(event, seen or 0.0)
        count = event.series.count if event.series else event.count or 1
        if told is not None and count > counted:
            fresh = Sighting(
                seen=last if seen is None else seen,
                container=told[0],
                kind=told[1],
                what=told[2],
                text=event.message or "",
                count=count - counted,
                first=first,
                last=last,
                before=before,
            )
            found.append(fresh)
        counted, before = max(count, counted), last
    return found


def of_container(sightings: Iterable[Sighting], name: str) -> list[Sighting]:
    """Those of one container, in the order in which it happened."""
    return sorted((each for each in sightings if each.container == name), key=lambda each: (each.last, each.seen))


def count_in_row(failures: Sequence[Sighting], *, since: float, period: float, timeout: float) -> tuple[int, bool]:
    """How many probes failed in a row up to the last of these, which all are of one run; and whether perhaps more.

    A probe starts every ``period`` and ends within ``timeout``, and stamps leave out fractions of a second. So where
    ``n`` failures follow on one within less than ``n + 1`` periods, less the timeout and a second, no other probe can
    lie between them.
    """
    number, later = 0, None
    for failure in reversed(failures):
        if failure.last < since:
            return number, False
        if later is not None and not _is_tight(later - failure.last, 1, period, timeout):
            return number, True
        start, steps = (failure.first, failure.count - 1) if failure.before is None else (failure.before, failure.count)
        if failure.count > 1 and not (start >= since and _is_tight(failure.last - start, steps, period, timeout)):
            return number + 1, True
        number += failure.count
        later = failure.last if failure.count == 1 else start
    return number, False


def _is_tight(seconds: float, steps: int, period: float, timeout: float) -> bool:
    return seconds + 1 <= (steps + 1) * period - timeout


def _classify(event: Event) -> tuple[str, ProbeKind, What] | None:
    place = _CONTAINER.match(event.involved_object.field_path)
    if place is None:
        return None
    text = event.message or ""
    if event.reason == "Killing" and (kill := _KILL.search(text)):
        return place[1], _KINDS[kill[1]], "killed"
    if event.reason in ("Unhealthy", "ProbeWarning") and (probe := _PROBE.search(text)):
        return place[1], _KINDS[probe[1].lower()], _WHATS[probe[2]]
    return None


def _times(event: Event, seen: float) -> tuple[float, float]:
    first = read_time(event.first_timestamp) or read_time(event.event_time)
    last = read_time(event.series.last_observed_time if event.series else None) or read_time(event.last_timestamp)
    last = last or first or seen
    return min(first or last, last), last
