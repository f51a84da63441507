"""What a lesson is, once it is read: chapters with the stage they set, and questions. Plain data.

Lines are counted from 1 in the lesson's text. HTML was made by ``markdown``, and is safe to be shown as it is.
"""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

Severity = Literal["error", "warning"]
QuestionKind = Literal["choose", "predict"]


class Problem(Struct, frozen=True):
    """Something wrong with a lesson, in a sentence. With an error it cannot be played; a warning it can be."""

    line: int
    text: str
    severity: Severity


class Place(Struct, frozen=True):
    """A place in the recording: a frame by its number, the ``number``-th note (from 1), the log's start or its end."""

    kind: Literal["frame", "note", "start", "end"]
    number: int
    line: int

    def __str__(self) -> str:
        return {"frame": str(self.number), "note": f"note {self.number}"}.get(self.kind, self.kind)


class Pause(Struct, frozen=True):
    """A place at which the play stops on its way, and what is said there (HTML); empty: nothing."""

    place: Place
    html: str = ""


class Field(Struct, frozen=True):
    """A field of the stage's address that a chapter sets, as the address writes it: ``view=nodes``."""

    name: str
    value: str
    line: int


class Stage(Struct, frozen=True):
    """How a chapter or question sets the stage. ``at`` is where it begins, ``until`` where its play ends.

    ``at`` None: where the chapter before ended. ``until`` None: nothing is played.
    """

    line: int
    at: Place | None = None
    until: Place | None = None
    pauses: tuple[Pause, ...] = ()
    speed: float = 0
    fields: tuple[Field, ...] = ()


class Answer(Struct, frozen=True):
    """One answer to a question, and what is told to who gave it. All of it HTML."""

    html: str
    explanation: str
    is_right: bool
    line: int


class Question(Struct, frozen=True):
    """Choose one. With ``predict`` the answer is given first, then the stage plays on to its ``until``, which tells.

    ``told`` is what is said once it is answered right, or once the play has told (HTML).
    """

    kind: QuestionKind
    html: str
    stage: Stage
    answers: tuple[Answer, ...]
    told: str
    line: int


class Link(Struct, frozen=True):
    """A link in a chapter's text that moves the stage: the fields of the address that it sets."""

    fields: tuple[Field, ...]


class Chapter(Struct, frozen=True):
    """One chapter. ``title`` is plain text."""

    title: str
    stage: Stage
    html: str
    links: tuple[Link, ...]
    questions: tuple[Question, ...]
    line: int


class Lesson(Struct, frozen=True):
    """A lesson as it was read: what was wrong in its text is in ``problems``, and the rest is here all the same."""

    title: str
    subject: str
    order: int
    minutes: int
    summary: str
    intro: str
    chapters: tuple[Chapter, ...]
    problems: tuple[Problem, ...]

    @property
    def is_playable(self) -> bool:
        """Whether nothing in its text keeps it from being played."""
        return all(problem.severity == "warning" for problem in self.problems)
