"""The HTTP API's part that tells a log's lesson to its player, and takes it from its editor (docs/lessons.md).

Whoever may see a log may see its lesson. Writing it is for staff, and only from a page of this site.
"""

from __future__ import annotations

from typing import Annotated, Any, Final, Literal

import msgspec
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_protect
from ninja import Path, Query, Router, Schema, Status
from ninja.decorators import decorate_view
from ninja.errors import HttpError
from pydantic import Field

from dashboard.login import may_see_rbac
from dashboard.problems import ProblemOut
from dashboard.staff import lesson_editor
from visualizer.lessons.reading import MOST_CHARACTERS, read_lesson
from visualizer.lessons.telling import tell
from visualizer.log.lessonkeeping import LessonOvertaken, LessonRefused, revert_lesson, save_lesson
from visualizer.log.lessons import check_log, recorded_of
from visualizer.models import Lesson, Log

lessons = Router()

Slug = Annotated[str, Path(pattern=r"^[-a-zA-Z0-9_]+$", max_length=80, description="A log's name in addresses.")]

RBAC_GROUP: Final = "rbac.authorization.k8s.io/"


class PauseOut(Schema):
    """A frame at which the play stops on its way, and what is said there (HTML)."""

    seq: int
    html: str


class StageOut(Schema):
    """Where to stand, where the play pauses and ends (``at`` again: nothing is played), how fast, and the address."""

    at: int
    until: int
    pauses: list[PauseOut]
    speed: float
    fields: dict[str, str]


class AnswerOut(Schema):
    """An answer, and what is told to who gave it (HTML)."""

    html: str
    explanation: str
    isRight: bool


class QuestionOut(Schema):
    """A question; ``stage`` is what a prediction plays, and ``told`` what is said once it is answered (HTML)."""

    kind: Literal["choose", "predict"]
    html: str
    answers: list[AnswerOut]
    told: str
    stage: StageOut


class ChapterOut(Schema):
    """One chapter: its text is HTML, its title plain."""

    title: str
    html: str
    stage: StageOut
    questions: list[QuestionOut]


class LessonBody(Schema):
    """A lesson as its player is given it. ``intro`` is HTML, the other texts are plain."""

    title: str
    subject: str
    minutes: int
    summary: str
    intro: str
    chapters: list[ChapterOut]


class NextOut(Schema):
    """Another lesson of the course."""

    slug: str
    title: str


class LessonOut(Schema):
    """A log's lesson. ``next``: the course's next lesson."""

    lesson: LessonBody
    version: int
    next: NextOut | None


class MistakeOut(Schema):
    """Something wrong with a lesson's text, by its line from 1. With an error it is not taken; with a warning it is."""

    line: int
    text: str
    severity: Literal["error", "warning"]


class PreviewIn(Schema):
    """A lesson's text, as it stands in the editor."""

    text: str = Field(max_length=4 * MOST_CHARACTERS)


class PreviewOut(Schema):
    """How the text would play, and what is wrong with it."""

    lesson: LessonBody
    mistakes: list[MistakeOut]


class TextIn(PreviewIn):
    """A lesson's text to be kept, and the version that it was made from: 0 where there was none."""

    version: int = Field(ge=0, le=2**31 - 1)


class TextOut(Schema):
    """A lesson's text. ``version`` 0 and an outline as text where the log has none yet."""

    text: str
    version: int
    is_edited: bool
    is_shipped: bool


REFUSALS: Final[dict[int, Any]] = {403: ProblemOut, 404: ProblemOut, 422: ProblemOut}


def _log(slug: str) -> Log:
    log = Log.objects.filter(slug=slug, state=Log.State.READY).first()
    if log is None:
        raise HttpError(404, f"There is no log “{slug}”.")
    return log


def _row(log: Log) -> Lesson:
    row = Lesson.objects.filter(log=log).first()
    if row is None:
        raise HttpError(404, f"The log “{log.slug}” has no lesson.")
    return row


def _body(text: str, log: Log) -> LessonBody:
    return LessonBody(**msgspec.to_builtins(tell(read_lesson(text), recorded_of(log))))


def _text(row: Lesson) -> TextOut:
    return TextOut(text=row.text, version=row.version, is_edited=row.is_edited, is_shipped=bool(row.shipped_text))


@lessons.get("/{slug}/lesson", response={200: LessonOut, 204: None, 404: ProblemOut, 422: ProblemOut})
def get_lesson(request: HttpRequest, slug: Slug) -> Status[LessonOut] | Status[None]:
    """The log's lesson, for its player; 204 where it has none, which most have not."""
    log = _log(slug)
    row = Lesson.objects.filter(log=log).first()
    if row is None:
        return Status(204, None)
    course = list(Lesson.objects.filter(log__state=Log.State.READY).select_related("log"))
    after = next(iter(course[course.index(row) + 1 :]), None)
    told = LessonOut(
        lesson=_body(row.text, log),
        version=row.version,
        next=NextOut(slug=after.log.slug, title=after.title) if after else None,
    )
    return Status(200, told)


@lessons.get("/{slug}/lesson/text", response={200: TextOut, **REFUSALS}, auth=lesson_editor)
def get_text(request: HttpRequest, slug: Slug) -> TextOut:
    """The lesson's text, for its editor; an outline where there is no lesson yet."""
    log = _log(slug)
    row = Lesson.objects.filter(log=log).first()
    if row is None:
        return TextOut(text=_outline(log), version=0, is_edited=False, is_shipped=False)
    return _text(row)


@lessons.get(
    "/{slug}/lesson.md",
    response={404: ProblemOut, 422: ProblemOut},
    openapi_extra={
        "responses": {200: {"description": "The file.", "content": {"text/markdown": {"schema": {"type": "string"}}}}}
    },
)
def get_file(
    request: HttpRequest, slug: Slug, shipped: Annotated[bool, Query(description="as it was shipped")] = False
) -> HttpResponse:
    """The lesson as a file."""
    row = _row(_log(slug))
    response = HttpResponse(row.shipped_text if shipped else row.text, content_type="text/markdown; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="lesson.md"'
    return response


@lessons.post("/{slug}/lesson/preview", response={200: PreviewOut, **REFUSALS}, auth=lesson_editor)
@decorate_view(csrf_protect)
def preview(request: HttpRequest, slug: Slug, body: PreviewIn) -> PreviewOut:
    """How a text would play, and each mistake in it with its line. Nothing is kept."""
    log = _log(slug)
    lesson = read_lesson(body.text)
    found = [*lesson.problems, *check_log(lesson, log, hidden="" if may_see_rbac(request.user) else RBAC_GROUP)]
    mistakes = [MistakeOut(**msgspec.structs.asdict(problem)) for problem in sorted(found, key=lambda it: it.line)]
    return PreviewOut(lesson=LessonBody(**msgspec.to_builtins(tell(lesson, recorded_of(log)))), mistakes=mistakes)


@lessons.put(
    "/{slug}/lesson",
    response={200: TextOut, 400: ProblemOut, **REFUSALS, 409: ProblemOut},
    auth=lesson_editor,
)
@decorate_view(csrf_protect)
def put_lesson(request: HttpRequest, slug: Slug, body: TextIn) -> TextOut:
    """Keep a text as the log's lesson. It needs the site's CSRF token."""
    log = _log(slug)
    if log.is_live:
        raise HttpError(400, "What is seen of a live cluster moves on. Keep a stretch of it as a recording first.")
    try:
        return _text(save_lesson(log, body.text, version=body.version))
    except LessonRefused as error:
        raise HttpError(400, str(error)) from error
    except LessonOvertaken as error:
        raise HttpError(409, str(error)) from error


@lessons.delete(
    "/{slug}/lesson",
    response={200: TextOut, 204: None, **REFUSALS, 409: ProblemOut},
    auth=lesson_editor,
)
@decorate_view(csrf_protect)
def delete_lesson(
    request: HttpRequest, slug: Slug, version: Annotated[int, Query(ge=1, le=2**31 - 1)]
) -> Status[TextOut] | Status[None]:
    """Go back to the text that was shipped with the log; where none was, its lesson is no more."""
    log = _log(slug)
    _row(log)
    try:
        row = revert_lesson(log, version=version)
    except LessonOvertaken as error:
        raise HttpError(409, str(error)) from error
    return Status(200, _text(row)) if row else Status(204, None)


def _outline(log: Log) -> str:
    """What a lesson on this log may begin with: a chapter for each of its first notes."""
    title = msgspec.json.encode(log.title).decode()
    notes = list(log.notes.order_by("seq")[:8])
    chapters = [
        f"## Chapter {number}\n```stage\nat: note {number}\n"
        + (f"until: note {number + 1}\n" if number < len(notes) else "until: end\n")
        + "view: flow\n```\nWhat to see here.\n"
        for number in range(1, len(notes) + 1)
    ] or ["## Chapter 1\n```stage\nat: start\nuntil: end\nview: flow\n```\nWhat to see here.\n"]
    front = (
        f"---\ntitle: {title}\nsubject: Mine\norder: 1000\nminutes: 5\nsummary: What it teaches, in a sentence.\n---\n"
    )
    return front + "What you will see.\n\n" + "\n".join(chapters)
