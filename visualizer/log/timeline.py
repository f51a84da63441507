"""The timeline's data: how much of a log happened when, and its notes."""

from __future__ import annotations

from msgspec import Struct

from visualizer.log.reader import Reader
from visualizer.models import Log


class NoteMark(Struct, frozen=True):
    """What somebody did, after frame ``seq``."""

    seq: int
    ts: float
    text: str
    command: str | None


class Timeline(Struct, frozen=True):
    """How many watch events there are in each of so many equal stretches from ``first_ts`` to ``last_ts``.

    Times are unix seconds. ``begin_ts`` is where the whole log begins, ``opening_ts`` the time of the place where
    viewers start.
    """

    first_ts: float
    last_ts: float
    begin_ts: float
    opening_ts: float
    counts: list[int]
    notes: list[NoteMark]


def make_timeline(log: Log, buckets: int, *, last: int | None = None) -> Timeline:
    """What the timeline draws, of the whole log or of its ``last`` seconds."""
    reader = Reader(log)
    first_ts = max(log.first_ts, log.last_ts - last) if last else log.first_ts
    return Timeline(
        first_ts=first_ts,
        last_ts=log.last_ts,
        begin_ts=log.first_ts,
        opening_ts=reader.ts_of(log.opening_seq) if log.opening_seq > log.pruned_seq else log.first_ts,
        counts=reader.density(buckets, from_ts=first_ts),
        notes=[NoteMark(note.seq, note.ts, note.text, note.command) for note in reader.notes() if note.ts >= first_ts],
    )
