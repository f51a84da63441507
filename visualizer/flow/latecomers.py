"""Latecomers: writes whose cause was not there yet when their own watch told of them.

Each resource has a watch of its own, so an effect may be told a little before its cause; the cluster's counter shows
the order. And what the API server writes *before* the object that somebody asked for (a quota's use, a Service's
address, what a budget allows) belongs to the request, which shows only then. So such a write waits a moment.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from itertools import islice
from typing import Final, NamedTuple

from visualizer.flow.aspects import CREATED, DELETING, SPEC
from visualizer.flow.causes import ADMITTED, Cause, Finder
from visualizer.flow.steps import Memory, Step

_WAITS_S: Final = 2.0
_MOST: Final = 64
_LOOKED_AT: Final = 16
_PODS: Final = "v1/pods"
_SERVICES: Final = "v1/services"
_BUDGETS: Final = "policy/v1/poddisruptionbudgets"


class Late(NamedTuple):
    """A root that has a cause after all, and the trace that it belongs to."""

    step: Step
    cause: Cause
    trace: int


class Latecomers:
    """The roots that wait for a cause."""

    def __init__(self, memory: Memory, finder: Finder) -> None:
        self.waiting: deque[int] = deque()
        self._memory, self._finder = memory, finder
        self._newest_version = 0

    def settle(self, newest: Step) -> Iterator[Late]:
        """The roots that this step, or one just before it, turns out to be the cause of."""
        if _waits(newest):
            self.waiting.append(newest.seq)
            self._newest_version = max(self._newest_version, newest.version)
            found = self._find_request(newest)
            if found is not None:
                self.waiting.pop()
                yield found
        elif not self.waiting:
            return
        while self.waiting and (len(self.waiting) > _MOST or self._has_waited(self.waiting[0], newest.ts)):
            self.waiting.popleft()
        is_late = 0 < newest.version < self._newest_version
        if not is_late and not newest.aspects & (CREATED | SPEC | DELETING):
            return
        for seq in list(self.waiting):
            step = self._memory.steps.get(seq)
            late = self._find(step, newest) if step is not None and step is not newest else None
            if late is not None:
                self.waiting.remove(seq)
                yield late

    def load(self, waiting: list[int]) -> None:
        """Start from these."""
        self.waiting = deque(waiting)
        known = (self._memory.steps.get(seq) for seq in waiting)
        self._newest_version = max((step.version for step in known if step is not None), default=0)

    def _has_waited(self, seq: int, now: float) -> bool:
        step = self._memory.steps.get(seq)
        return step is None or step.ts < now - _WAITS_S

    def _find(self, step: Step, newest: Step) -> Late | None:
        if _is_admitted(step):
            return self._joined(step, newest) if _asks_for(newest, step) else None
        if not newest.is_before(step):
            return None
        cause = self._finder.find_again(step)
        return Late(step, cause, cause.step.trace) if cause.step is not None else None

    def _find_request(self, step: Step) -> Late | None:
        """The request that the API server served, where it was told first."""
        if not _is_admitted(step):
            return None
        recent = islice(self._memory.latest(), _LOOKED_AT)
        asked = min((each for each in recent if _asks_for(each, step)), key=lambda each: each.version, default=None)
        return self._joined(step, asked) if asked is not None else None

    def _joined(self, step: Step, asked: Step) -> Late:
        parent = self._memory.steps.get(asked.parent)
        if parent is not None and not parent.is_before(step):
            parent = None
        return Late(step, Cause(parent, "admission", "inferred"), asked.trace)


def _waits(step: Step) -> bool:
    return not step.parent and (step.rule == "no-cause" or _is_admitted(step))


def _is_admitted(step: Step) -> bool:
    return step.rule == "own-doing" and step.resource in ADMITTED


def _asks_for(asked: Step, step: Step) -> bool:
    """Whether the API server made this write in order to admit that one, which then came right after."""
    if not 0 < step.version < asked.version or abs(asked.ts - step.ts) >= _WAITS_S:
        return False
    if step.target:
        return asked.resource == _SERVICES and asked.key == step.target and bool(asked.aspects & (CREATED | SPEC))
    if asked.namespace != step.namespace:
        return False
    if step.resource == _BUDGETS:
        return asked.resource == _PODS and bool(asked.aspects & DELETING)
    return bool(asked.aspects & CREATED)
