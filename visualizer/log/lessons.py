"""What a lesson is held to: a log's places, notes and objects, or those of a recording's file."""

from __future__ import annotations

from pathlib import Path

from visualizer.frames import Note, WatchEvent
from visualizer.lessons.checking import Recorded, check
from visualizer.lessons.lesson import Lesson, Problem
from visualizer.log.reader import Reader
from visualizer.log.recording import Limits
from visualizer.log.replaying import replay_file
from visualizer.models import Log
from visualizer.store import Store


def recorded_of(log: Log) -> Recorded:
    """What a log has that a lesson may speak of."""
    notes = log.notes.order_by("seq").values_list("seq", flat=True)
    return Recorded(log.opening_seq, log.last_seq, list(notes), Reader(log).ts_of)


def check_log(lesson: Lesson, log: Log, *, hidden: str = "") -> list[Problem]:
    """What in the lesson is not so in this log. Nothing is told of resources that begin with ``hidden``, if given."""
    reader, stores = Reader(log), dict[int, Store]()

    def exists(ref: str, seq: int) -> bool:
        if hidden and ref.startswith(hidden):
            return True
        if seq not in stores:
            stores.clear()  # one moment at a time: that of a large cluster is large
            stores[seq] = reader.seek(seq).store
        return is_there(stores[seq], ref)

    return check(lesson, recorded_of(log), exists)


def check_file(lesson: Lesson, recording: Path, *, limits: Limits | None = None) -> list[Problem]:
    """What in the lesson is not so in this file. Raises :class:`RecordingError`, and OSError.

    The file is read twice: once for its places, and once for what is there at those that the lesson asks for.
    """
    recorded = _recorded_in(recording, limits)
    asked: set[tuple[str, int]] = set()

    def ask(ref: str, seq: int) -> bool:
        asked.add((ref, seq))
        return False

    check(lesson, recorded, ask)
    there = _found(recording, asked, limits)
    return check(lesson, recorded, lambda ref, seq: (ref, seq) in there)


def is_there(store: Store, ref: str) -> bool:
    """Whether the store has this object (``resource:key``)."""
    resource, _, key = ref.partition(":")
    return resource in store.resources and store.get(resource, key) is not None


def _recorded_in(recording: Path, limits: Limits | None) -> Recorded:
    notes, times, opening, last = list[int](), [0.0], 0, 0
    _, frames = replay_file(recording, limits=limits)
    for seq, frame in frames:
        if isinstance(frame, Note):
            notes.append(seq)
        elif isinstance(frame, WatchEvent) and not opening:
            opening = seq
        last = seq
        times.append(frame.ts)
    return Recorded(opening - 1 if opening else last, last, notes, times.__getitem__)


def _found(recording: Path, asked: set[tuple[str, int]], limits: Limits | None) -> set[tuple[str, int]]:
    header, frames = replay_file(recording, limits=limits)
    store, stops = Store(header.resources), {seq for _, seq in asked}
    there = set[tuple[str, int]]()
    for seq, frame in frames:
        store.apply(seq, frame)
        if seq in stops:
            there |= {(ref, at) for ref, at in asked if at == seq and is_there(store, ref)}
    return there
