"""The lesson that a file carries, and what it asks in words of its own: those answers are carried, too."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from msgspec import Struct

from visualizer.lessons.lesson import Field, Lesson
from visualizer.lessons.reading import read_lesson
from visualizer.lessons.telling import ToldLesson, tell
from visualizer.live import wire
from visualizer.log.lessons import recorded_of
from visualizer.models import Lesson as LessonRow
from visualizer.models import Log
from visualizer.offline.tapes import key_of


class Taught(Struct, frozen=True):
    """A lesson as its player is given it by a server (``GET /api/logs/{slug}/lesson``). Here nobody edits it."""

    lesson: ToldLesson
    version: int
    may_edit: bool = False
    next: None = None


class Asked(Struct, frozen=True):
    """What a lesson asks: questions, each once, and texts that it filters by."""

    questions: list[wire.Question]
    filters: list[str]


NOTHING = Asked([], [])


def find_lesson(log: Log) -> tuple[Taught | None, Asked]:
    """The log's lesson and what it asks; None and nothing where it has none."""
    row = LessonRow.objects.filter(log=log).first()
    if row is None:
        return None, NOTHING
    lesson = read_lesson(row.text)
    return Taught(tell(lesson, recorded_of(log)), row.version), asked_by(lesson)


def asked_by(lesson: Lesson) -> Asked:
    """What its chapters, their links and its questions put on the stage that is asked in words."""
    questions: dict[str, wire.Question] = {}
    filters: dict[str, None] = {}
    for address in _iter_addresses(lesson):
        questions |= {key_of(question): question for question in _iter_questions(address)}
        if text := address.get("filter", ""):
            filters[text] = None
    return Asked(list(questions.values()), list(filters))


def _iter_addresses(lesson: Lesson) -> Iterator[Mapping[str, str]]:
    """Each address of the stage that the lesson leads to. A link alters what its chapter set."""
    for chapter in lesson.chapters:
        of_chapter = _address(chapter.stage.fields)
        yield of_chapter
        for question in chapter.questions:
            yield _address(question.stage.fields)
        for link in chapter.links:
            yield {**of_chapter, **_address(link.fields)}


def _address(fields: tuple[Field, ...]) -> dict[str, str]:
    return {field.name: field.value for field in fields}


def _iter_questions(address: Mapping[str, str]) -> Iterator[wire.Question]:
    """What the stage asks when its address says this (frontend/src/model/rbac.ts and routing.ts)."""
    if text := address.get("ask", ""):
        yield wire.AskRbac(id=0, text=text)
    if (since := address.get("since", "")).isdecimal():
        yield wire.CompareRbac(id=0, since=int(since))
    if to := address.get("to", ""):
        yield wire.FollowPacket(
            id=0,
            sender=address.get("from", "") or "outside",
            to=to,
            mode="nftables" if address.get("mode") == "nftables" else "iptables",
            via=address.get("via", ""),
        )
