"""Keeping lessons: a log's lesson is saved whole, read before it is taken, and never over somebody else's save."""

from __future__ import annotations

from django.db import transaction

from visualizer.lessons.lesson import Lesson, Problem
from visualizer.lessons.reading import read_lesson
from visualizer.models import Lesson as Row
from visualizer.models import Log


class LessonRefused(ValueError):
    """A lesson that cannot be played: its problems say why."""

    def __init__(self, problems: list[Problem]) -> None:
        self.problems = problems
        first = problems[0]
        more = {1: "", 2: " There is one more."}.get(len(problems), f" There are {len(problems) - 1} more.")
        super().__init__(f"Line {first.line}: {first.text}{more}")


class LessonOvertaken(Exception):
    """Somebody else saved the lesson meanwhile; the message is for who wanted to."""

    def __init__(self) -> None:
        super().__init__(
            "Somebody else saved this lesson meanwhile. Keep your text as a file, reload the page, and enter it again."
        )


def save_lesson(log: Log, text: str, *, version: int) -> Row:
    """Keep this text as the log's lesson. ``version`` is the one that was edited, 0 for none.

    Raises :class:`LessonRefused` and :class:`LessonOvertaken`, and nothing is kept then.
    """
    lesson = check_playable(text)
    with transaction.atomic():
        Log.objects.select_for_update().get(pk=log.pk)  # one save of a log's lesson at a time
        row = Row.objects.filter(log=log).first()
        if (row.version if row else 0) != version:
            raise LessonOvertaken
        row = row or Row(log=log)
        _fill(row, text, lesson)
        row.version = version + 1
        row.save()
    return row


def revert_lesson(log: Log, *, version: int) -> Row | None:
    """Go back to the text that was shipped; None where none was, and the log has no lesson any more.

    Raises :class:`LessonOvertaken`.
    """
    with transaction.atomic():
        Log.objects.select_for_update().get(pk=log.pk)
        row = Row.objects.filter(log=log).first()
        if row is None or row.version != version:
            raise LessonOvertaken
        if not row.shipped_text:
            row.delete()
            return None
        _fill(row, row.shipped_text, check_playable(row.shipped_text))
        row.version += 1
        row.save()
    return row


def ship_lesson(log: Log, text: str) -> bool:
    """Take in the text that is shipped with this log, empty for none; whether that is news.

    What somebody wrote here stays, and can be taken back to the new text. Raises :class:`LessonRefused`.
    """
    row = Row.objects.filter(log=log).first()
    if row is None and not text:
        return False
    row = row or Row(log=log, version=0)
    if row.shipped_text == text:
        return False
    is_edited = bool(row.text) and row.is_edited
    row.shipped_text = text
    if not is_edited:
        if not text:
            row.delete()
            return True
        _fill(row, text, check_playable(text))
    row.version += 1
    row.save()
    return True


def restore_lesson(log: Log, text: str) -> None:
    """Keep what somebody wrote for a shipped log that was imported anew."""
    row = Row.objects.filter(log=log).first() or Row(log=log, version=0)
    _fill(row, text, read_lesson(text))
    row.version += 1
    row.save()


def check_playable(text: str) -> Lesson:
    """The lesson that this text is. Raises :class:`LessonRefused` where it cannot be played."""
    lesson = read_lesson(text)
    if not lesson.is_playable:
        raise LessonRefused([problem for problem in lesson.problems if problem.severity == "error"])
    return lesson


def _fill(row: Row, text: str, lesson: Lesson) -> None:
    row.text = text
    row.title, row.subject, row.summary = lesson.title, lesson.subject, lesson.summary
    row.order, row.minutes, row.chapters = lesson.order, lesson.minutes, len(lesson.chapters)
