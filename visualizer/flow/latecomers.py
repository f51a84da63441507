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

_LOST: Final = "no-cause"
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
        self._memory, self._finder = memory, finder
        self._lost: deque[int] = deque()
        self._admitted: deque[int] = deque()
        self._newest_version = 0  # of those that are lost, or higher

    def settle(self, newest: Step) -> Iterator[Late]:
        """The roots that this step, or one just before it, turns out to be the cause of."""
        if _is_admitted(newest):
            yield from self._admit(newest)
        elif not newest.parent and newest.rule == _LOST:
            self._lost.append(newest.seq)
            self._shorten(self._lost, newest.ts)
            self._newest_version = max(self._newest_version, newest.version)
        if self._lost and 0 < newest.version < self._newest_version:
            yield from self._look(self._lost, newest)
        if self._admitted and newest.aspects & (CREATED | SPEC | DELETING):
            yield from self._look(self._admitted, newest)

    def waiting(self) -> list[int]:
        """Their frames."""
        return [*self._lost, *self._admitted]

    def load(self, waiting: list[int]) -> None:
        """Start from these."""
        for seq in waiting:
            step = self._memory.steps.get(seq)
            if step is not None:
                (self._admitted if _is_admitted(step) else self._lost).append(seq)
                self._newest_version = max(self._newest_version, step.version)

    def _admit(self, step: Step) -> Iterator[Late]:
        found = self._find_request(step)
        if found is not None:
            yield found
        else:
            self._admitted.append(step.seq)
            self._shorten(self._admitted, step.ts)

    def _look(self, waiting: deque[int], newest: Step) -> Iterator[Late]:
        self._shorten(waiting, newest.ts)
        for seq in list(waiting):
            step = self._memory.steps.get(seq)
            late = self._find(step, newest) if step is not None and step is not newest else None
            if late is not None:
                waiting.remove(seq)
                yield late

    def _shorten(self, waiting: deque[int], now: float) -> None:
        while waiting and (len(waiting) > _MOST or self._has_waited(waiting[0], now)):
            waiting.popleft()

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
        recent = islice(self._memory.latest(), _LOOKED_AT)
        asked = min((each for each in recent if _asks_for(each, step)), key=lambda each: each.version, default=None)
        return self._joined(step, asked) if asked is not None else None

    def _joined(self, step: Step, asked: Step) -> Late:
        parent = self._memory.steps.get(asked.parent)
        if parent is not None and not parent.is_before(step):
            parent = None
        return Late(step, Cause(parent, "admission", "inferred"), asked.trace)


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
