"""Hindsight: who made each write of a whole recording, with what came just after it.

A live picture answers as it sees. Who reads a whole recording can wait a moment, and gains two things. The watches of
different resources tell of writes a little out of order; the cluster's one counter of versions puts them right. And
some controllers record an Event, just after, for each object that they delete.
"""

from __future__ import annotations

import heapq
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from typing import Final, NamedTuple

from msgspec import Struct

from visualizer.flow.attribution import UNKNOWN, Attribution, Rule
from visualizer.flow.authors import Authors
from visualizer.flow.managers import EVENT_SOURCES
from visualizer.frames import Frame, Listing, Resource, WatchEvent
from visualizer.objects import Event
from visualizer.store import Change, Store

REORDERED_S: Final = 1.0
"""How far apart two watches may tell of what was written together."""

AWAITED_S: Final = 2.0
"""How long after a deletion its Event is waited for."""

_MOST_HELD: Final = 20_000
"""How many writes wait at most, so that memory stays flat whatever the times are."""

_MOST_HEARD: Final = 1_000
_MOST_DIGITS: Final = 18
_DELETED: Final = "SuccessfulDelete"
_ASKED: Final[frozenset[Rule]] = frozenset(
    {
        "by-elimination",
        "history-limit",
        "job-ended",
        "namespace-ending",
        "no-rule",
        "owner-deleting",
        "owner-gone",
        "replaced",
        "scaled-down",
    }
)
"""The rules that say who asked for a deletion, from which an Event may differ."""

_RECORDED: Final = ("v1/pods", "batch/v1/jobs")
"""Of what controllers record that they deleted it."""


class Answer(Struct, gc=False):
    """Who made the write that frame ``seq``, a watch event, tells of."""

    seq: int
    event: WatchEvent
    author: Attribution = UNKNOWN
    is_read: bool = False


def read_recording(resources: Mapping[str, Resource], frames: Iterable[tuple[int, Frame]]) -> Iterator[Answer]:
    """An answer for each watch event of these frames, in their order.

    They come in the order of time, with their sequence numbers.
    """
    return _Reading(resources).run(frames)


class _Heard(NamedTuple):
    """An Event that tells of a deletion."""

    ts: float
    namespace: str
    words: frozenset[str]
    controller: str

    @property
    def author(self) -> Attribution:
        return Attribution("controller", self.controller, "inferred", "told-by-event")

    def is_about(self, event: WatchEvent) -> bool:
        metadata = event.object.metadata
        is_near = abs(event.ts - self.ts) <= AWAITED_S
        return is_near and metadata.namespace == self.namespace and metadata.name in self.words


class _Reading:
    """A store that is some moments behind, and the answers that may still alter."""

    def __init__(self, resources: Mapping[str, Resource]) -> None:
        self._store, self._authors = Store(resources), Authors()
        self._answers: deque[Answer] = deque()
        self._held: deque[Answer] = deque()
        self._by_version: list[tuple[int, int, Answer]] = []
        self._asked: dict[tuple[str, str], list[Answer]] = {}
        self._heard: deque[_Heard] = deque(maxlen=_MOST_HEARD)

    def run(self, frames: Iterable[tuple[int, Frame]]) -> Iterator[Answer]:
        for seq, frame in frames:
            if isinstance(frame, WatchEvent):
                self._hold(Answer(seq, frame))
                is_full = len(self._answers) > _MOST_HELD
                self._release(until=None if is_full else frame.ts - REORDERED_S)
                yield from self._settled(until=None if is_full else frame.ts - REORDERED_S - AWAITED_S)
            elif isinstance(frame, Listing):
                self._release(until=None)
                for change in self._store.apply(seq, frame):
                    self._authors.look(change, frame.ts)
        self._release(until=None)
        yield from self._settled(until=None)

    def _hold(self, answer: Answer) -> None:
        self._answers.append(answer)
        if isinstance(answer.event.object, Event):
            self._read(answer)  # Events may have a counter of their own (--etcd-servers-overrides)
            return
        version = answer.event.object.metadata.resource_version
        if not version.isdecimal() or len(version) > _MOST_DIGITS:
            self._release(until=None)
            self._read(answer)
            return
        self._held.append(answer)
        heapq.heappush(self._by_version, (int(version), answer.seq, answer))

    def _release(self, *, until: float | None) -> None:
        """Read what was held, in the order of versions, until nothing is left that was seen before."""
        held = self._held
        while held and (held[0].is_read or until is None or held[0].event.ts < until):
            if held[0].is_read:
                held.popleft()
            else:
                self._read(heapq.heappop(self._by_version)[2])

    def _read(self, answer: Answer) -> None:
        answer.is_read = True
        event, is_request = answer.event, False
        for change in self._store.apply(answer.seq, event):
            answer.author = self._authors.read(self._store, change, event.ts).author
            is_request = _is_request(change)
        if isinstance(event.object, Event):
            if event.object.reason == _DELETED and event.type != "DELETED":
                self._hear(event.object, event.ts)
        elif event.resource in _RECORDED and answer.author.rule in _ASKED and is_request:
            self._ask(answer)

    def _hear(self, told: Event, ts: float) -> None:
        """An Event says that its controller deleted the object that its message names."""
        controller = EVENT_SOURCES.get((told.source.component if told.source else "") or told.reporting_component or "")
        if controller is None:
            return
        heard = _Heard(ts, told.metadata.namespace, frozenset((told.message or "").split()), controller)
        self._heard.append(heard)
        for name in heard.words:
            for answer in self._asked.get((heard.namespace, name), ()):
                if heard.is_about(answer.event):
                    answer.author = heard.author

    def _ask(self, answer: Answer) -> None:
        """Wait for an Event about this deletion, which may have come already."""
        while self._heard and self._heard[0].ts < answer.event.ts - AWAITED_S:
            self._heard.popleft()
        told = next((heard for heard in self._heard if heard.is_about(answer.event)), None)
        if told is not None:
            answer.author = told.author
            return
        metadata = answer.event.object.metadata
        self._asked.setdefault((metadata.namespace, metadata.name), []).append(answer)

    def _settled(self, *, until: float | None) -> Iterator[Answer]:
        """The answers that nothing can alter any more."""
        answers = self._answers
        while answers and answers[0].is_read and (until is None or answers[0].event.ts < until):
            answer = answers.popleft()
            metadata = answer.event.object.metadata
            self._asked.pop((metadata.namespace, metadata.name), None)
            yield answer


def _is_request(change: Change) -> bool:
    """Whether this asks for a deletion, or is what such a request did at once."""
    was_asked = change.old is not None and change.old.object.metadata.deletion_timestamp is not None
    return change.type == "DELETED" or (change.object.metadata.deletion_timestamp is not None and not was_asked)
