"""A trace told whole: its writes as a tree, with the spans from cause to completion."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

from msgspec import Struct

from visualizer.flow.aspects import (
    BOUND,
    CORDONED,
    CREATED,
    DELETING,
    DISRUPTED,
    EXITED,
    FINISHED,
    GONE,
    LABELS,
    READY,
    SCALED,
    STARTED,
    TAINTED,
    UNCORDONED,
    UNREADY,
    UNSCHEDULABLE,
)
from visualizer.flow.attribution import Certainty
from visualizer.flow.rows import Verb
from visualizer.flow.steps import Step
from visualizer.flow.words import tell

MOST: Final = 2000
"""How many writes of one trace are told; of a larger one, the first."""

_SLICES: Final = ("discovery.k8s.io/v1/endpointslices", "v1/endpoints")


class TracedEvent(Struct, frozen=True, rename="camel"):
    """An Event that tells of a write, from frame ``seq`` seen at ``ts`` (unix seconds)."""

    seq: int
    ts: float
    ref: str
    component: str
    reason: str
    message: str


class TracedWrite(Struct, frozen=True, rename="camel"):
    """One write of a trace. ``seq`` is its frame, ``ts`` when it was made at the latest (unix seconds).

    ``parent`` is the ``seq`` of the write that woke it, ``lag_s`` seconds before; 0 for the root, and for what the
    API server wrote beside it. ``depth`` is how many steps lie between it and the root. ``certainty`` and ``rule``
    are of that hop; ``among`` says how many writes to different objects are as likely to have set it off (1: no
    other). ``who_certainty`` and ``who_rule`` are of its writer, ``component``, which is a ComponentRow's id.
    ``follows`` is the write that a root rests on, or 0. ``marks`` says what it did to its object: ``created``,
    ``bound``, ``started``, ``ready``, ``deleting``, ``gone``...
    """

    seq: int
    ts: float
    resource_version: int
    parent: int
    depth: int
    certainty: Certainty
    rule: str
    among: int
    lag_s: float
    follows: int
    component: str
    who_certainty: Certainty
    who_rule: str
    ref: str
    kind: str
    name: str
    namespace: str
    node: str
    verb: Verb
    subresource: str
    marks: list[str]
    text: str
    events: list[TracedEvent]


class Span(Struct, frozen=True, rename="camel"):
    """A stretch of an object's way, from one write to another of the same trace.

    ``phase`` says which: of a Pod ``scheduling`` (created to bound), ``starting`` (bound to running), ``becoming
    ready``, ``entering its Service``; of anything ``ending`` (deletion begun to gone); of a Job ``running``; of a
    Node ``unready``; of any object with a few, ``life`` is the whole. ``to_seq`` is 0 and ``to_ts`` the trace's last
    moment where it goes on.
    """

    ref: str
    kind: str
    name: str
    phase: str
    component: str
    from_seq: int
    from_ts: float
    to_seq: int
    to_ts: float


class Sentence(Struct, frozen=True, rename="camel"):
    """One sentence. ``why`` is what it rests on, as surely as ``certainty`` says, by ``rule``.

    ``seqs`` are the frames of the writes that it tells, and ``refs`` the first of their objects: its evidence.
    ``lag_s`` is the longest time that they took from their causes.
    """

    text: str
    why: str
    certainty: Certainty
    rule: str
    seqs: list[int]
    refs: list[str]
    lag_s: float


class Tree(Struct, frozen=True, rename="camel"):
    """A trace told whole.

    ``writes`` are in the order in which they were made, each after its parent; ``sentences`` explain them.

    ``writes_in_all`` counts also those that are not told: ``MOST`` are, and the oldest are forgotten in time.
    """

    seq: int
    text: str
    certainty: Certainty
    rule: str
    started: float
    last: float
    unfinished: int
    writes_in_all: int
    writes: list[TracedWrite]
    spans: list[Span]
    sentences: list[Sentence]


_MARKS: Final = (
    (CREATED, "created"),
    (BOUND, "bound"),
    (STARTED, "started"),
    (READY, "ready"),
    (UNREADY, "unready"),
    (EXITED, "exited"),
    (FINISHED, "finished"),
    (DELETING, "deleting"),
    (GONE, "gone"),
    (SCALED, "scaled"),
    (CORDONED, "cordoned"),
    (UNCORDONED, "uncordoned"),
    (TAINTED, "tainted"),
    (DISRUPTED, "disrupted"),
    (UNSCHEDULABLE, "unschedulable"),
    (LABELS, "relabelled"),
)


def order(steps: Iterable[Step]) -> list[Step]:
    """Steps in the order in which they were made: a cause is always before its effects."""
    return sorted(steps, key=lambda step: (step.ts, step.version or step.seq, step.seq))


def tell_writes(steps: Sequence[Step]) -> list[TracedWrite]:
    """The steps of one trace as writes, in the order in which they were made."""
    told: list[TracedWrite] = []
    depths: dict[int, int] = {}
    by_seq = {step.seq: step for step in steps}
    for step in steps:
        parent = by_seq.get(step.parent)
        depth = depths[step.seq] = depths.get(step.parent, -1) + 1
        told.append(
            TracedWrite(
                seq=step.seq,
                ts=step.ts,
                resource_version=step.version,
                parent=step.parent,
                depth=depth,
                certainty=step.certainty,
                rule=step.rule,
                among=step.among,
                lag_s=max(0.0, step.ts - parent.ts) if parent else step.lag_s,
                follows=step.follows,
                component=step.component,
                who_certainty=step.who_certainty,
                who_rule=step.who_rule,
                ref=step.ref,
                kind=step.kind,
                name=step.name,
                namespace=step.namespace,
                node=step.node,
                verb=step.verb,
                subresource=step.subresource,
                marks=[word for bit, word in _MARKS if step.aspects & bit],
                text=tell(step),
                events=[_event(step, number) for number in range(len(step.events))],
            )
        )
    return told


def find_spans(steps: Sequence[Step], elsewhere: Sequence[Step] = ()) -> list[Span]:
    """The spans that begin in these steps of one trace, in that order.

    ``elsewhere`` are writes of other traces to the same objects: one of them may be where a span ends.
    """
    begun, later = _by_object(steps), _by_object(elsewhere)
    served = {step.parent: step for step in reversed(steps) if step.resource in _SLICES}
    end = max((step.ts for step in steps), default=0.0)
    found: list[Span] = []
    for name, own in begun.items():
        found += _spans_of(own, [*own, *later.get(name, ())], served, end)
    return sorted(found, key=lambda span: (span.from_ts, span.from_seq))


def _by_object(steps: Iterable[Step]) -> dict[str, list[Step]]:
    objects: dict[str, list[Step]] = {}
    for step in steps:
        objects.setdefault(step.uid or step.ref, []).append(step)
    return objects


def _spans_of(own: Sequence[Step], way: Sequence[Step], served: Mapping[int, Step], end: float) -> Iterator[Span]:
    kind = own[0].kind
    if kind == "Pod" and (made := _first(own, CREATED)):
        yield from _pod_spans(made, way, served, end)
    elif kind == "Job" and (made := _first(own, CREATED)):
        yield _span("running", made, _first(way, FINISHED | GONE), end)
    elif kind == "Node" and (lost := _first(own, UNREADY)):
        yield _span("unready", lost, _first(way, READY, after=lost), end)
    if begun := _first(own, DELETING):
        yield _span("ending", begun, _first(way, GONE), end)


def _pod_spans(made: Step, way: Sequence[Step], served: Mapping[int, Step], end: float) -> Iterator[Span]:
    phases = (("scheduling", BOUND), ("starting", STARTED | FINISHED), ("becoming ready", READY | FINISHED))
    begun = made
    for phase, aspect in phases:
        if begun.aspects & aspect:
            continue
        done = _first(way, aspect)
        yield _span(phase, begun, done, end)
        if done is None:
            return
        begun = done
    if begun.seq in served:
        yield _span("entering its Service", begun, served[begun.seq], end)


def _span(phase: str, begun: Step, done: Step | None, end: float) -> Span:
    return Span(
        ref=begun.ref,
        kind=begun.kind,
        name=begun.name,
        phase=phase,
        component=done.component if done is not None else begun.component,
        from_seq=begun.seq,
        from_ts=begun.ts,
        to_seq=done.seq if done is not None else 0,
        to_ts=done.ts if done is not None else end,
    )


def _first(own: Sequence[Step], aspects: int, *, after: Step | None = None) -> Step | None:
    return next((step for step in own if step.aspects & aspects and (after is None or step.ts >= after.ts)), None)


def _event(step: Step, number: int) -> TracedEvent:
    told = step.events[number]
    return TracedEvent(told.seq, told.ts, f"v1/events:{told.key}", told.component, told.reason, told.message)
