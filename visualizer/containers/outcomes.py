"""Outcomes: where a probe stood at each moment that the log kept, up to the one that is looked at.

Nothing is remembered for it: the machine is asked anew at each version of the Pod and at each Event, and where a state
ends by the clock alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

import msgspec
from msgspec import Struct

from visualizer.containers.facts import ProbeKind, Role, Spell
from visualizer.containers.lanes import is_last, status_of
from visualizer.containers.machine import Run, Standing, stand, started_at
from visualizer.containers.manifest import Container, ContainerStatus, Pod
from visualizer.containers.settings import Numbers
from visualizer.containers.sightings import Sighting

MAX_SPELLS: Final = 60


class Version(Struct, frozen=True):
    """The Pod as it was from ``ts`` on. ``is_birth``: it was created then, so nothing came before."""

    ts: float
    pod: Pod
    is_birth: bool


class Watched(Struct, frozen=True):
    """A probe of a container, and what Events told of that container, oldest first."""

    container: Container
    role: Role
    kind: ProbeKind
    numbers: Numbers
    sightings: Sequence[Sighting]


def follow(watched: Watched, versions: Sequence[Version], now: float) -> tuple[Standing, list[Spell]]:
    """Where it stands at ``now``, and the spells up to then. ``versions`` are oldest first, and at least one."""
    spells: list[Spell] = []
    standing: Standing | None = None
    restarts = 0
    for ts, standing, run in _standings(watched, versions, now):
        counted = run.status.restart_count if run.status else restarts
        is_again, restarts = bool(spells) and counted > restarts, counted
        if spells and spells[-1].state == standing.state and not is_again:
            continue
        if spells:
            spells[-1] = _ended(spells[-1], ts)
        spells.append(Spell(state=standing.state, begin=ts, end=now, is_new_run=is_again))
    if standing is None:
        raise ValueError("a Pod has at least one version")
    failures = [each for each in watched.sightings if each.kind == watched.kind and each.what == "failed"]
    return standing, [_counted(spell, failures, now) for spell in spells[-MAX_SPELLS:]]


def _standings(watched: Watched, versions: Sequence[Version], now: float) -> Iterator[tuple[float, Standing, Run]]:
    """The standing at each moment that may have altered it, the last at ``now``."""
    begin = min(versions[0].ts, now)
    told = {version.ts for version in versions} | {each.seen for each in watched.sightings}
    moments = sorted(ts for ts in told if begin <= ts < now)
    runs = list(_runs(watched, versions))
    place = -1
    times = [*moments, now]
    for ts, after in zip(times, [*times[1:], now], strict=True):
        while place + 1 < len(runs) and (runs[place + 1][0] <= ts or place < 0):
            place += 1
        standing = _stand(watched, runs[place][1], ts)
        yield ts, standing, runs[place][1]
        if standing.until is not None and ts < standing.until < after:
            late = standing.until + 0.001
            yield late, _stand(watched, runs[place][1], late), runs[place][1]


def _runs(watched: Watched, versions: Sequence[Version]) -> Iterator[tuple[float, Run]]:
    """The container as each version shows it, with whether it was ready before in the same run."""
    before: ContainerStatus | None = None
    was_ready: bool | None = False if versions[0].is_birth else None
    for version in versions:
        pod = version.pod
        status = status_of(pod, watched.container.name, watched.role)
        began = started_at(status)
        is_early = status is not None and (status.started is False or began is None)
        if is_early or (before is not None and began != started_at(before)):
            was_ready = False
        run = Run(
            status=status,
            has_startup=watched.container.startup_probe is not None,
            is_deleted=pod.metadata.deletion_timestamp is not None,
            is_last=is_last(pod, watched.container, watched.role, status),
            now=version.ts,
            was_ready=was_ready,
        )
        yield version.ts, run
        if status is not None and status.ready:
            was_ready = True
        before = status


def _stand(watched: Watched, run: Run, ts: float) -> Standing:
    known = [each for each in watched.sightings if each.seen <= ts and each.kind == watched.kind]
    return stand(
        watched.kind,
        watched.numbers,
        msgspec.structs.replace(
            run,
            now=ts,
            failures=[each for each in known if each.what == "failed"],
            kills=[each for each in known if each.what == "killed"],
        ),
    )


def _ended(spell: Spell, end: float) -> Spell:
    return msgspec.structs.replace(spell, end=end)


def _counted(spell: Spell, failures: Sequence[Sighting], now: float) -> Spell:
    """With how many failed probes became known in it."""
    is_present = spell.end == now
    number = sum(
        each.count
        for each in failures
        if spell.begin <= each.seen and (each.seen < spell.end or (is_present and each.seen <= now))
    )
    return msgspec.structs.replace(spell, failures=number)
