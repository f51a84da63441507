"""The course as a whole: every subject, lessons that fit into a break, and never an empty picture."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

import pytest

from tests.cluster import DEMOS
from tests.lessons.recorded import Recorded
from visualizer.lessons.checking import Recorded as Places
from visualizer.lessons.checking import Span, spans
from visualizer.lessons.lesson import Chapter, Lesson, Question
from visualizer.lessons.reading import read_lesson
from visualizer.log.lessons import is_there
from visualizer.log.recording import Limits, iter_lines
from visualizer.rbac.asking import understand
from visualizer.rbac.resources import Vocabulary
from visualizer.rbac.situation import situation_of
from visualizer.routing.model import Routing
from visualizer.routing.trace import sender_from, trace
from visualizer.routing.tracetext import destination_from
from visualizer.search.finding import find
from visualizer.search.index import Index
from visualizer.search.query import parse

NAMES = sorted(path.parent.name for path in DEMOS.glob("*/lesson.md"))
SUBJECTS = {
    "The control plane",
    "Deployments",
    "Scheduling",
    "Node failure and the kubelet",
    "Services of every kind",
    "kube-proxy and readiness",
    "Probes",
    "Namespaces and deletion",
    "RBAC",
    "StatefulSets and Jobs",
    "Configuration",
    "Debugging with the API",
}


@cache
def lesson_of(name: str) -> Lesson:
    return read_lesson((DEMOS / name / "lesson.md").read_text())


@cache
def recorded_of(name: str) -> Recorded:
    with (DEMOS / name / "recording.jsonl.zst").open("rb") as stream:
        return Recorded([line for _, line in iter_lines(stream, Limits())])


def iter_chapters(name: str) -> Iterator[tuple[Chapter, dict[str, str], list[Span]]]:
    """Each chapter with its stage's fields, its own span, and those of its questions."""
    recorded, lesson = recorded_of(name), lesson_of(name)
    notes = [recorded.frame(f"note {number}") for number in range(1, recorded.notes + 1)]
    for chapter, own in zip(
        lesson.chapters, spans(lesson, Places(1, len(recorded.frames), notes, recorded.second)), strict=True
    ):
        yield chapter, {field.name: field.value for field in chapter.stage.fields}, own


def questions_of(lesson: Lesson) -> list[Question]:
    return [question for chapter in lesson.chapters for question in chapter.questions]


def test_there_is_a_lesson_for_every_subject_of_the_course() -> None:
    assert {lesson_of(name).subject for name in NAMES} == SUBJECTS


def test_the_lessons_have_an_order_and_the_first_is_the_newcomers() -> None:
    assert sorted(lesson_of(name).order for name in NAMES) == list(range(1, len(NAMES) + 1))
    assert lesson_of("deploy").order == 1


@pytest.mark.parametrize("name", NAMES)
def test_a_lesson_fits_into_a_break_and_asks_for_a_prediction(name: str) -> None:
    lesson, questions = lesson_of(name), questions_of(lesson_of(name))
    assert 4 <= len(lesson.chapters) <= 7
    assert 5 <= lesson.minutes <= 10
    assert 3 <= len(questions) <= 6
    assert any(question.kind == "predict" for question in questions)
    for question in questions:
        assert len(question.answers) == 3 or len(question.answers) == 4
        assert all(answer.explanation for answer in question.answers)


@pytest.mark.parametrize("name", NAMES)
def test_the_right_answer_stands_in_no_habitual_place(name: str) -> None:
    places = {
        [answer.is_right for answer in question.answers].index(True) for question in questions_of(lesson_of(name))
    }
    assert len(places) > 1


@pytest.mark.parametrize("name", NAMES)
def test_what_a_chapter_shows_is_there_where_it_begins(name: str) -> None:
    recorded = recorded_of(name)
    for chapter, fields, (span, *_) in iter_chapters(name):
        store, where = recorded.store(span.at), (name, chapter.title)
        if service := fields.get("service"):
            assert is_there(store, f"v1/services:{service}"), where
        if node := fields.get("node"):
            assert is_there(store, f"v1/nodes:{node}"), where
        if namespace := fields.get("namespace"):
            assert is_there(store, f"v1/namespaces:{namespace}"), where
        if selected := fields.get("selected"):
            assert is_there(recorded.store(span.until), selected), where


@pytest.mark.parametrize("name", NAMES)
def test_a_chapters_filter_finds_pods_wherever_it_stops(name: str) -> None:
    for chapter, fields, own in iter_chapters(name):
        if text := fields.get("filter"):
            for seq in {seq for span in own for seq in (span.at, span.until)}:
                store, index = recorded_of(name).store(seq), Index()
                index.finish(store)
                found = find(parse(f"kind:pod {text}"), index, store)
                assert found.total > 0, (name, chapter.title, seq, found.problems)


@pytest.mark.parametrize("name", NAMES)
def test_a_chapters_trace_and_packet_and_question_are_answered(name: str) -> None:
    recorded = recorded_of(name)
    for chapter, fields, (span, *_) in iter_chapters(name):
        where = (name, chapter.title)
        if number := fields.get("trace"):
            assert span.at >= int(number), where
            assert recorded.is_traced(int(number)), where
        if "to" in fields:
            routing = Routing.build(recorded.store(span.at))
            host, port, protocol = destination_from(fields["to"])
            sender = sender_from(routing, fields["from"])
            via = fields.get("via", "")
            assert trace(routing, sender, host, port, protocol=protocol, mode="iptables", via=via, choose="").hops
        if question := fields.get("ask"):
            understand(question, situation_of(recorded.store(span.at)), Vocabulary(recorded.header.resources))
