"""Contents: everything that a file carries of one recording, made by playing it once from its opening to its end."""

from __future__ import annotations

from typing import Final

import msgspec
from msgspec import Struct

from visualizer.live import wire
from visualizer.log.reader import Reader
from visualizer.log.timeline import Timeline, make_timeline
from visualizer.models import Log
from visualizer.offline.asking import Asker
from visualizer.offline.families import Families
from visualizer.offline.inspections import CloseUps, Inspections
from visualizer.offline.permissions import Permissions
from visualizer.offline.pictures import Pictures
from visualizer.offline.routes import Routes
from visualizer.offline.tapes import Tapes
from visualizer.offline.taught import Taught, find_lesson
from visualizer.offline.traces import Traces

MOST_FRAMES: Final = 2_000
MOST_OBJECTS: Final = 3_000
BUCKETS: Final = 156
"""As many as the timeline draws (frontend/src/stage/timeline.ts)."""


class TooLarge(ValueError):
    """There is more in this log than one file carries; the message says what to do."""


class Start(Struct, frozen=True, rename="camel"):
    """What the page needs before anything is drawn. ``opening_ts`` is the time of the first place (unix seconds)."""

    hello: wire.Hello
    opening_ts: float
    timeline: Timeline
    intro: str
    lesson: Taught | None


class Contents(Struct, frozen=True):
    """What a file is called, and its three parts as JSON: what is needed first, what is drawn, what is answered."""

    title: str
    start: bytes
    pictures: bytes
    answers: bytes


def gather(log: Log) -> Contents:
    """What a server would show and answer of this recording, and its lesson, with what that asks.

    Raises :class:`TooLarge`, and :class:`visualizer.log.reader.FrameNotFound` where the log lost a frame.
    """
    reader = Reader(log)
    moment = reader.seek(log.opening_seq)
    _check_size(log, len(moment.store))
    lesson, asked = find_lesson(log)
    pictures, tapes = Pictures(moment, asked.filters), Tapes()
    askers: list[Asker] = [
        Inspections(reader, tapes),
        CloseUps(reader, tapes),
        Families(reader, tapes),
        Traces(range(log.opening_seq, log.last_seq + 1), tapes),
        Routes(reader, tapes, [each for each in asked.questions if isinstance(each, wire.FollowPacket)]),
        Permissions(reader, tapes, [each for each in asked.questions if isinstance(each, wire.RbacQuestion)]),
    ]
    opening_ts = moment.ts
    for asker in askers:
        asker.ask(moment, None)
    for seq, frame in reader.frames(moment.seq):
        changes = moment.advance(seq, frame)
        pictures.follow(reader.kind_of(seq))
        for asker in askers:
            asker.ask(moment, changes)
    start = Start(greet(log), opening_ts, make_timeline(log, BUCKETS), log.intro, lesson)
    title = lesson.lesson.title if lesson else log.title
    return Contents(title, msgspec.json.encode(start), pictures.encode(), tapes.encode())


def greet(log: Log) -> wire.Hello:
    """What a server would say first."""
    return wire.Hello(
        protocol=wire.PROTOCOL,
        slug=log.slug,
        title=log.title,
        server_version=log.server_version,
        first_seq=log.opening_seq,
        last_seq=log.last_seq,
        first_ts=log.first_ts,
        last_ts=log.last_ts,
        is_live=False,
    )


def _check_size(log: Log, objects: int) -> None:
    if log.is_live:
        raise TooLarge("This is a live cluster, which has no end. Keep a stretch of it as a recording, and take that.")
    frames = log.last_seq - log.opening_seq
    if frames > MOST_FRAMES or objects > MOST_OBJECTS:
        raise TooLarge(
            f"There are {frames:,} frames of {objects:,} objects in this recording, and one file carries at most "
            f"{MOST_FRAMES:,} of {MOST_OBJECTS:,}. Keep a shorter stretch, and take that."
        )
