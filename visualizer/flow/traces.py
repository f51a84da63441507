"""Traces: each write joined to the one that set it off, as trees that begin with a root."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from copy import copy
from itertools import islice
from typing import Final, NamedTuple

from msgspec import Struct

from visualizer.flow.aspects import CREATED, DELETING, FINISHED, GONE, READY, UNREADY
from visualizer.flow.attribution import Certainty
from visualizer.flow.causes import UNKNOWN, Cause, Finder
from visualizer.flow.explanation import explain
from visualizer.flow.latecomers import Late, Latecomers
from visualizer.flow.remembering import make_step
from visualizer.flow.rows import TraceRow
from visualizer.flow.steps import KEPT, MOST_EVENTS, Memory, Step, Told
from visualizer.flow.tree import MOST, Tree, find_spans, order, tell_writes
from visualizer.flow.words import tell
from visualizer.flow.writes import NotedWrite
from visualizer.objects import Event
from visualizer.store import Store
from visualizer.tables import Table

SHOWN: Final = 50
"""How many of the latest traces the table holds."""

_LOOKED_AT: Final = 16
_LEARNED: Final = 8
_LONGEST_MESSAGE: Final = 300
_PODS: Final = "v1/pods"
_JOBS: Final = "batch/v1/jobs"
_NODES: Final = "v1/nodes"


class Trace(Struct, gc=False, array_like=True):
    """A root and what came of it. ``seq`` is the root's; ``remembered`` counts its steps that are not forgotten."""

    seq: int
    ts: float
    component: str
    certainty: Certainty
    rule: str
    kind: str
    ref: str
    text: str
    writes: int = 0
    remembered: int = 0
    unfinished: int = 0
    last_seq: int = 0
    last_ts: float = 0.0

    @property
    def is_told(self) -> bool:
        """Whether the table holds it: what the cluster did by itself counts when it set something off."""
        return self.writes > 1 or self.component.startswith(("client:", "unknown:"))

    def row(self) -> TraceRow:
        """The trace as a row."""
        return TraceRow(
            id=str(self.seq),
            seq=self.seq,
            ts=self.ts,
            component=self.component,
            certainty=self.certainty,
            rule=self.rule,
            kind=self.kind,
            ref=self.ref,
            text=self.text,
            writes=self.writes,
            unfinished=self.unfinished,
            last_seq=self.last_seq,
            last_ts=self.last_ts,
            seconds=max(0.0, self.last_ts - self.ts),
        )


class Gathered(NamedTuple):
    """A trace and its steps, which stand still. ``elsewhere`` are other traces' writes that may end what began here."""

    trace: Trace
    steps: list[Step]
    elsewhere: list[Step]


class State(Struct):
    """What traces are, for a keyframe."""

    steps: list[Step]
    traces: list[Trace]
    waiting: list[int]
    opened: dict[str, int]
    learned: dict[str, tuple[str, ...]]


class Traces:
    """The ``traces`` table, and the steps that it is made of."""

    def __init__(self, kept: int = KEPT) -> None:
        self.memory = Memory(kept)
        self.learned: dict[str, tuple[str, ...]] = {}
        self._finder = Finder(self.memory)
        self._traces: dict[int, Trace] = {}
        self._late = Latecomers(self.memory, self._finder)
        self._opened: dict[str, int] = {}
        self._table: Table[TraceRow] = Table()
        self._is_stale = False

    def note(self, store: Store, write: NotedWrite) -> Sequence[Step]:
        """Take in a write that is not routine, and give the steps that it altered.

        The first is its own, or for an Event that of the write that it tells of, if there is one.
        """
        change = write.change
        if isinstance(change.object, Event):
            found = self._hang(write, change.object)
            return (found,) if found is not None else ()
        step = make_step(write)
        cause = self._finder.find(store, step, change.object, change.old.object if change.old else None)
        _set(step, cause)
        self._join(step, cause)
        self._learn(step, cause)
        for forgotten in self.memory.remember(step):
            self._let_go(forgotten)
        self._open_or_close(step)
        self._is_stale = True
        altered = [step]
        if cause.step is not None and cause.step.ts > step.ts:
            altered += self._set_back(cause.step, step.ts)
        for late in self._late.settle(step):
            altered += self._move(late)
        return altered

    def table(self) -> Table[TraceRow]:
        """The table, brought up to date."""
        if not self._is_stale:
            return self._table
        self._is_stale = False
        shown: list[Trace] = []
        for trace in reversed(self._traces.values()):
            if trace.is_told:
                shown.append(trace)
                if len(shown) == SHOWN:
                    break
        kept = {str(trace.seq) for trace in shown}
        for row_id in [row_id for row_id in self._table.rows if row_id not in kept]:
            self._table.remove(row_id)
        for trace in reversed(shown):
            self._table.put(trace.row())
        return self._table

    def gather(self, seq: int) -> Gathered | None:
        """The trace of the write, or of the Event, in frame ``seq`` as it is now; None where it is not remembered."""
        trace = self._traces.get(self._find_trace(seq))
        if trace is None:
            return None
        steps = [copy(step) for step in self.memory.steps.values() if step.trace == trace.seq]
        return self._gathered(copy(trace), steps)

    def _gathered(self, trace: Trace, steps: list[Step]) -> Gathered:
        """With the writes of other traces that ended what began in this one."""
        waited = {step.uid for step in steps if step.uid and step.aspects & (CREATED | DELETING | UNREADY)}
        about = (each for uid in waited for each in self.memory.about(uid).values())
        elsewhere = [
            copy(each) for each in about if each.trace != trace.seq and each.aspects & (READY | FINISHED | GONE)
        ]
        return Gathered(trace, steps, elsewhere)

    def tell_all(self) -> Iterator[Tree]:
        """Every trace that is remembered, in the order in which they begin."""
        of_trace: dict[int, list[Step]] = {}
        for step in self.memory.steps.values():
            of_trace.setdefault(step.trace, []).append(step)
        return (tell_whole(self._gathered(self._traces[seq], of_trace[seq])) for seq in sorted(self._traces))

    def _find_trace(self, seq: int) -> int:
        step = self.memory.steps.get(seq)
        if step is not None:
            return step.trace
        if seq in self._traces:
            return seq
        tellers = (step for step in self.memory.latest() if any(told.seq == seq for told in step.events))
        return next((step.trace for step in tellers), 0)

    def dump(self) -> State:
        """Everything, for a keyframe."""
        return State(
            list(self.memory.steps.values()),
            list(self._traces.values()),
            self._late.waiting(),
            self._opened,
            self.learned,
        )

    def load(self, state: State) -> None:
        """Start from this state."""
        self.memory.load(state.steps)
        self._traces = {trace.seq: trace for trace in state.traces}
        self._late.load(state.waiting)
        self._opened = state.opened
        self.learned = state.learned
        self._is_stale = True
        self.table().drain()

    def _join(self, step: Step, cause: Cause) -> None:
        """Count the step in its cause's trace, or begin one."""
        parent = cause.step
        trace = self._traces.get(parent.trace) if parent is not None else None
        if trace is None:
            trace = Trace(
                step.seq, step.ts, step.component, cause.certainty, cause.rule, step.kind, step.ref, tell(step)
            )
            self._traces[step.seq] = trace
        step.trace = trace.seq
        trace.writes += 1
        trace.remembered += 1
        if step.seq > trace.last_seq:
            trace.last_seq, trace.last_ts = step.seq, step.ts

    def _let_go(self, step: Step) -> None:
        """A step is forgotten. Its trace stays as long as any other is remembered."""
        if self._opened.get(step.uid) == step.seq:
            self._close(step.uid, step)
        trace = self._traces[step.trace]
        trace.remembered -= 1
        if not trace.remembered:
            del self._traces[step.trace]

    def _open_or_close(self, step: Step) -> None:
        """A trace waits for new Pods to be ready, Jobs to end, deletions to be done and Nodes to come back."""
        opened = self._opened.get(step.uid)
        if opened is not None and step.aspects & (READY | FINISHED | GONE | DELETING):
            before = self.memory.steps[opened]
            ends = GONE if before.aspects & DELETING else READY | FINISHED | GONE | DELETING
            if step.aspects & ends:
                self._close(step.uid, before)
        opens = DELETING
        if step.resource in (_PODS, _JOBS):
            opens |= CREATED
        elif step.resource == _NODES:
            opens |= UNREADY
        if step.uid and step.aspects & opens and not step.aspects & GONE and step.uid not in self._opened:
            self._opened[step.uid] = step.seq
            self._traces[step.trace].unfinished += 1

    def _close(self, uid: str, opening: Step) -> None:
        del self._opened[uid]
        self._traces[opening.trace].unfinished -= 1

    def _move(self, late: Late) -> Iterator[Step]:
        """Join a root, with all that came of it, to the trace of a cause that was told after it."""
        step, cause, into = late
        if into == step.trace or step.trace != step.seq:
            return
        old, new = self._traces.pop(step.seq), self._traces[into]
        _set(step, cause)
        moved = islice((each for each in self.memory.latest() if each.trace == old.seq), old.remembered)
        for each in list(moved):
            each.trace = into
            yield each
        new.writes += old.writes
        new.remembered += old.remembered
        new.unfinished += old.unfinished
        if old.last_seq > new.last_seq:
            new.last_seq, new.last_ts = old.last_seq, old.last_ts
        yield from self._set_back(cause.step, step.ts)

    def _set_back(self, cause: Step | None, ts: float) -> Iterator[Step]:
        """A write whose effect was seen at ``ts`` had been made by then, whenever its own watch told of it."""
        while cause is not None and cause.ts > ts:
            before = self.memory.steps.get(cause.parent)
            cause.ts = ts
            cause.lag_s = max(0.0, ts - before.ts) if before is not None else 0.0
            if cause.seq == cause.trace:
                self._traces[cause.trace].ts = ts
            yield cause
            cause = before

    def _hang(self, write: NotedWrite, event: Event) -> Step | None:
        """Join an Event to the write that it tells of: its recorder's last to the object, or to what that owns."""
        uid = event.involved_object.uid
        if write.change.type == "DELETED" or not uid:
            return None
        step = self._told_of(uid, write.component, event.message or "")
        if step is None or len(step.events) >= MOST_EVENTS:
            return None
        told = Told(
            write.seq,
            write.ts,
            write.change.key,
            write.component,
            event.reason or "",
            (event.message or "")[:_LONGEST_MESSAGE],
        )
        step.events = [*step.events, told]
        return step

    def _told_of(self, uid: str, component: str, message: str) -> Step | None:
        about, owned = self.memory.about(uid), self.memory.owned_by(uid)
        for seq in islice(reversed(owned), _LOOKED_AT):
            if owned[seq].component in (component, UNKNOWN) and owned[seq].name in message:
                return owned[seq]
        for channel in (about, owned):
            for seq in islice(reversed(channel), _LOOKED_AT):
                if channel[seq].component == component:
                    return channel[seq]
        return about[next(reversed(about))] if about else None

    def _learn(self, step: Step, cause: Cause) -> None:
        """A program that acts for owners of a kind, or writes a kind's status back, watches that kind."""
        if cause.step is None or not step.component.startswith("client:"):
            return
        known = self.learned.get(cause.step.resource, ())
        if step.component not in known and len(known) < _LEARNED and len(self.learned) < _LEARNED * 8:
            self.learned[cause.step.resource] = (*known, step.component)


def _set(step: Step, cause: Cause) -> None:
    step.parent = cause.step.seq if cause.step is not None else 0
    step.certainty, step.rule = cause.certainty, cause.rule
    step.among, step.follows = cause.among, cause.follows
    step.lag_s = max(0.0, step.ts - cause.step.ts) if cause.step is not None else 0.0


def tell_whole(gathered: Gathered) -> Tree:
    """A trace with its writes, its spans and its sentences."""
    trace, steps, elsewhere = gathered
    told = order(steps)[:MOST]
    writes = tell_writes(told)
    return Tree(
        seq=trace.seq,
        text=trace.text,
        certainty=trace.certainty,
        rule=trace.rule,
        started=trace.ts,
        last=trace.last_ts,
        unfinished=trace.unfinished,
        writes_in_all=trace.writes,
        writes=writes,
        spans=find_spans(told, elsewhere),
        sentences=explain(writes),
    )
