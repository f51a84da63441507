"""The facts: what is told of a Pod's containers and probes, as plain data. They travel to the screen as they are.

Times are unix seconds, by the node's clock where a status or an Event has them; None where they are not known.
"""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

Certainty = Literal["observed", "inferred", "guessed", "unknown"]
Role = Literal["init", "sidecar", "main", "ephemeral"]
Phase = Literal["waiting", "running", "terminated", "unknown"]
ProbeKind = Literal["startup", "liveness", "readiness"]
ProbeState = Literal["waits", "held", "probing", "passing", "failing", "failed", "over", "unknown"]
"""``waits``: not probed yet; ``held``: the startup probe holds it back; ``probing``: a startup probe that has neither
passed nor failed; ``passing``; ``failing``: has failed, but too few times in a row to count; ``failed``: of readiness
also, has not passed yet; ``over``: is not probed any more."""


class _Fact(Struct, frozen=True, rename="camel", kw_only=True):
    pass


class Setting(_Fact, frozen=True):
    """One number of a probe as it holds, in words. ``is_default``: it is what it would be if nobody had set it."""

    name: str
    value: str
    is_default: bool


class Spell(_Fact, frozen=True):
    """A stretch of time in one state. ``failures`` are the failed probes that Events told of in it.

    ``is_new_run``: the container was started again as it began. The last one's ``end`` is the moment looked at.
    """

    state: ProbeState
    begin: float
    end: float
    failures: int = 0
    is_new_run: bool = False


class ProbeFacts(_Fact, frozen=True):
    """One probe: what it asks, how it counts, where it stands, and what that does.

    ``failures`` are in a row and up to now; with ``is_at_least`` perhaps more. ``certainty`` and ``source`` say how
    ``state`` is known. ``last_words`` is what the last Event said of a failed probe, ``last_failure`` when.
    ``spells`` is where it stood before, oldest first, as far as the log kept it.
    """

    kind: ProbeKind
    handler: str
    settings: list[Setting]
    period: int
    initial_delay: int
    success_threshold: int
    failure_threshold: int
    state: ProbeState
    words: str
    failures: int
    is_at_least: bool
    certainty: Certainty
    source: str
    outcome: str
    last_words: str = ""
    last_failure: float | None = None
    spells: list[Spell] = []


class Ending(_Fact, frozen=True):
    """How a run of a container ended. ``words`` say what the exit code means."""

    exit_code: int
    reason: str
    message: str
    words: str
    started: float | None
    finished: float | None


class BackOff(_Fact, frozen=True):
    """The kubelet waits before it starts the container again.

    ``seconds`` is what the status says, 0 where it does not; ``until`` is that after the last run's end: inferred.
    """

    seconds: int
    until: float | None
    words: str


class LooksLike(_Fact, frozen=True):
    """A well-known companion that this container seems to be: guessed, for the reason given."""

    name: str
    does: str
    why: str


class ContainerFacts(_Fact, frozen=True):
    """One container, in the order in which they start: ``place`` counts from 1; what starts together shares it.

    ``since`` is when the present state began. ``words`` tell the state, ``waits_for`` what holds it back ("" nothing).
    ``is_started`` and ``is_ready`` are the status's, None where it has none.
    """

    name: str
    role: Role
    place: int
    image: str
    phase: Phase
    reason: str
    message: str
    words: str
    since: float | None
    waits_for: str
    restarts: int
    restart_words: str
    is_started: bool | None
    is_ready: bool | None
    ending: Ending | None
    back_off: BackOff | None
    looks_like: LooksLike | None
    hooks: list[str]
    target: str
    probes: list[ProbeFacts]


class ConditionFacts(_Fact, frozen=True):
    """One condition of the Pod, in the order in which they come true. ``status`` is "" where there is none yet."""

    type: str
    status: str
    words: str
    reason: str
    message: str
    since: float | None
    is_gate: bool


class InService(_Fact, frozen=True):
    """A Service whose EndpointSlices list the Pod, and as what."""

    service: str
    is_ready: bool
    is_serving: bool
    is_terminating: bool


class Deletion(_Fact, frozen=True):
    """The Pod is to go: ``at`` the end of its grace period. ``words`` are sentences, in the order of what happens."""

    at: float | None
    grace_seconds: int | None
    finalizers: list[str]
    words: list[str]


class PodFacts(_Fact, frozen=True):
    """One Pod's containers at one moment ``ts``. ``why`` says in a sentence why it is not Ready, or that it is."""

    ts: float
    phase: str
    is_ready: bool
    why: str
    restart_policy: str
    restart_words: str
    conditions: list[ConditionFacts]
    containers: list[ContainerFacts]
    services: list[InService]
    deletion: Deletion | None
    history_from: float
    """From when on the log's versions of the Pod are told."""
