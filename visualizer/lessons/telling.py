"""A lesson as its player is given it: places are frames, texts are HTML, and the stage is fields of its address.

The page and the exported file are given the same (docs/lessons.md).
"""

from __future__ import annotations

from typing import Final

from msgspec import Struct

from visualizer.lessons.blocks import SPEEDS
from visualizer.lessons.checking import Recorded, Span, frame_of, spans
from visualizer.lessons.lesson import Lesson, Question, QuestionKind, Stage

LONGEST_SECONDS: Final = 8


class ToldPause(Struct, frozen=True):
    """A frame at which the play stops on its way, and what is said there (HTML)."""

    seq: int
    html: str


class ToldStage(Struct, frozen=True):
    """Where to stand (``at``), where the play pauses and ends (``until``, the same as ``at`` where there is none).

    ``fields`` is what the stage's address says, but for the place: a field that is not
    among them is as when the page opens.
    """

    at: int
    until: int
    pauses: list[ToldPause]
    speed: float
    fields: dict[str, str]


class ToldAnswer(Struct, frozen=True, rename="camel"):
    """An answer, and what is told to who gave it (HTML)."""

    html: str
    explanation: str
    is_right: bool


class ToldQuestion(Struct, frozen=True):
    """A question. ``told`` is what is said once it is answered (HTML). ``stage`` is played to tell a prediction."""

    kind: QuestionKind
    html: str
    answers: list[ToldAnswer]
    told: str
    stage: ToldStage


class ToldChapter(Struct, frozen=True):
    """One chapter."""

    title: str
    html: str
    stage: ToldStage
    questions: list[ToldQuestion]


class ToldLesson(Struct, frozen=True):
    """The whole lesson; ``intro`` is HTML, the other texts are plain."""

    title: str
    subject: str
    minutes: int
    summary: str
    intro: str
    chapters: list[ToldChapter]


def tell(lesson: Lesson, recorded: Recorded) -> ToldLesson:
    """The lesson on this recording. What its text has wrong is left out of it already."""
    chapters = [
        ToldChapter(
            title=chapter.title,
            html=chapter.html,
            stage=_stage(chapter.stage, span, recorded),
            questions=[_question(q, of_q, recorded) for q, of_q in zip(chapter.questions, asked, strict=True)],
        )
        for chapter, (span, *asked) in zip(lesson.chapters, spans(lesson, recorded), strict=True)
    ]
    return ToldLesson(lesson.title, lesson.subject, lesson.minutes, lesson.summary, lesson.intro, chapters)


def _stage(stage: Stage, span: Span, recorded: Recorded) -> ToldStage:
    said = {frame_of(pause.place, recorded): pause.html for pause in stage.pauses}
    return ToldStage(
        at=span.at,
        until=span.until,
        pauses=[ToldPause(seq, said.get(seq, "")) for seq in span.pauses],
        speed=stage.speed or _pace(recorded.ts_of(span.until) - recorded.ts_of(span.at)),
        fields={field.name: field.value for field in stage.fields},
    )


def _pace(seconds: float) -> float:
    """The slowest speed at which so much of the log plays in a while that one likes to watch."""
    return next((speed for speed in SPEEDS if seconds / speed <= LONGEST_SECONDS), SPEEDS[-1])


def _question(question: Question, span: Span, recorded: Recorded) -> ToldQuestion:
    return ToldQuestion(
        kind=question.kind,
        html=question.html,
        answers=[ToldAnswer(answer.html, answer.explanation, answer.is_right) for answer in question.answers],
        told=question.told,
        stage=_stage(question.stage, span, recorded),
    )
