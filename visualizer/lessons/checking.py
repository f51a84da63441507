"""Holds a lesson to the recording it speaks of: every place in it, every object that is chosen.

Places become frames here (:func:`frame_of`), and a chapter that says none begins where the one before ended.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

from msgspec import Struct

from visualizer.lessons.lesson import Chapter, Field, Lesson, Link, Place, Problem, Stage


class Recorded(Struct, frozen=True):
    """What a recording has: where a viewer may stand, the frame of each note, and when a frame was seen (seconds)."""

    first_seq: int
    last_seq: int
    notes: Sequence[int]
    ts_of: Callable[[int], float]


class Span(Struct, frozen=True):
    """Where a chapter or question begins, pauses and ends, as frames. Nothing is played where ``at`` is ``until``."""

    at: int
    pauses: tuple[int, ...]
    until: int


Exists = Callable[[str, int], bool]
"""Whether an object (``resource:key``) is there after a frame."""


def frame_of(place: Place, recorded: Recorded) -> int | None:
    """The frame of this place; None where the recording has no such note or frame."""
    match place.kind:
        case "start":
            return recorded.first_seq
        case "end":
            return recorded.last_seq
        case "note":
            is_there = 1 <= place.number <= len(recorded.notes)
            return recorded.notes[place.number - 1] if is_there else None
        case "frame":
            return place.number if recorded.first_seq <= place.number <= recorded.last_seq else None


def spans(lesson: Lesson, recorded: Recorded) -> list[list[Span]]:
    """For each chapter its own span, then those of its questions. A place that is not there is the one before."""
    found, seq = [], recorded.first_seq
    for chapter in lesson.chapters:
        of_chapter = []
        for stage in (chapter.stage, *(question.stage for question in chapter.questions)):
            span = _span(stage, seq, recorded)
            of_chapter.append(span)
            seq = span.until
        found.append(of_chapter)
    return found


def _span(stage: Stage, before: int, recorded: Recorded) -> Span:
    at = _frame(stage.at, before, recorded)
    until = max(at, _frame(stage.until, at, recorded))
    pauses = {_frame(pause.place, at, recorded) for pause in stage.pauses}
    return Span(at, tuple(sorted(pause for pause in pauses if at < pause < until)), until)


def _frame(place: Place | None, otherwise: int, recorded: Recorded) -> int:
    seq = frame_of(place, recorded) if place else None
    return otherwise if seq is None else seq


def check(lesson: Lesson, recorded: Recorded, exists: Exists) -> list[Problem]:
    """What in the lesson is not so in the recording, in the order of its lines."""
    problems: list[Problem] = []
    for chapter, (span, *asked) in zip(lesson.chapters, spans(lesson, recorded), strict=True):
        stages = (chapter.stage, *(question.stage for question in chapter.questions))
        for stage, of_stage in zip(stages, (span, *asked), strict=True):
            problems += _misplaced(stage, of_stage, recorded)
        problems += _missing(chapter, [span, *asked], exists)
    return sorted(problems, key=lambda problem: problem.line)


def _misplaced(stage: Stage, span: Span, recorded: Recorded) -> Iterator[Problem]:
    places = [place for place in (stage.at, stage.until) if place]
    for place in [*places, *(pause.place for pause in stage.pauses)]:
        if frame_of(place, recorded) is None:
            yield Problem(place.line, _outside(place, recorded), "warning")
    until = frame_of(stage.until, recorded) if stage.until else None
    if stage.until and until is not None and until <= span.at:
        text = f"Nothing is played here: “until” is frame {until}, and it begins at frame {span.at}."
        yield Problem(stage.until.line, text, "warning")
    for pause in stage.pauses:
        seq = frame_of(pause.place, recorded)
        if seq is not None and seq not in span.pauses:
            text = f"The play does not come by frame {seq}: it goes from {span.at} to {span.until}."
            yield Problem(pause.place.line, text, "warning")


def _outside(place: Place, recorded: Recorded) -> str:
    if place.kind == "note":
        return f"The recording has no note {place.number}; it has {len(recorded.notes)}."
    return (
        f"Frame {place.number} is not in the recording, in which one may stand "
        f"from {recorded.first_seq} to {recorded.last_seq}."
    )


def _missing(chapter: Chapter, of_chapter: Sequence[Span], exists: Exists) -> Iterator[Problem]:
    """Objects that a chapter chooses, or its links do, and that are there nowhere on its way."""
    stops = sorted({seq for span in of_chapter for seq in (span.at, *span.pauses, span.until)})
    chosen: Iterable[tuple[Field, list[int]]] = (
        *((field, stops) for field in chapter.stage.fields),
        *((field, _stops(link, stops)) for link in chapter.links for field in link.fields),
    )
    for field, places in chosen:
        if field.name == "selected" and field.value and not any(exists(field.value, seq) for seq in places):
            where = f"frame {places[0]}" if len(places) == 1 else f"any of the frames {', '.join(map(str, places))}"
            yield Problem(field.line, f"{field.value[:120]} is not there at {where}.", "warning")


def _stops(link: Link, stops: list[int]) -> list[int]:
    named = [int(field.value) for field in link.fields if field.name == "at" and field.value[:12].isdecimal()]
    return named[:1] or stops
