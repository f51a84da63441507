"""A lesson is held to its recording: what is not so there is a warning with its line."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command

from visualizer.lessons.checking import Recorded, check, spans
from visualizer.lessons.reading import read_lesson
from visualizer.lessons.telling import tell

DEMOS = settings.BASE_DIR / "demos"
RECORDED = Recorded(first_seq=10, last_seq=100, notes=[20, 50], ts_of=lambda seq: seq / 10)
FRONT = "---\ntitle: T\nsubject: S\nsummary: U\n---\n## One\n```stage\n"


def warnings_of(stage: str, rest: str = "", there: tuple[tuple[str, int], ...] = ()) -> list[tuple[int, str]]:
    lesson = read_lesson(f"{FRONT}{stage}\n```\n{rest}")
    assert lesson.problems == ()
    return [(problem.line, problem.text) for problem in check(lesson, RECORDED, lambda ref, seq: (ref, seq) in there)]


@pytest.mark.parametrize("place", ["start", "10", "note 1", "note 2", "100"])
def test_places_that_are_there_are_no_problem(place: str) -> None:
    assert warnings_of(f"at: {place}") == []


@pytest.mark.parametrize(
    ("stage", "line", "words"),
    [
        ("at: 9", 8, "Frame 9 is not in the recording, in which one may stand from 10 to 100."),
        ("at: 101", 8, "Frame 101 is not in the recording"),
        ("at: note 0", 8, "The recording has no note 0; it has 2."),
        ("at: start\nuntil: note 3", 9, "The recording has no note 3; it has 2."),
        ("at: note 2\nuntil: 30", 9, "Nothing is played here: “until” is frame 30, and it begins at frame 50."),
        ("at: 20\npauses: [60]\nuntil: note 2", 9, "The play does not come by frame 60: it goes from 20 to 50."),
    ],
)
def test_a_place_outside_is_told(stage: str, line: int, words: str) -> None:
    found = warnings_of(stage)
    assert [number for number, _ in found] == [line]
    assert words in found[0][1]


def test_an_object_is_looked_for_wherever_its_chapter_stops() -> None:
    stage = "at: 20\npauses: [30]\nuntil: 50\nselected: v1/pods:shop/web"
    for seq in (20, 30, 50):
        assert warnings_of(stage, there=(("v1/pods:shop/web", seq),)) == []
    assert warnings_of(stage, there=(("v1/pods:shop/web", 60),)) == [
        (11, "v1/pods:shop/web is not there at any of the frames 20, 30, 50.")
    ]


def test_a_link_that_names_a_frame_is_held_to_that_one() -> None:
    link = "[it](?selected=v1/pods:shop/web&at=77)"
    assert warnings_of("at: 20", link, there=(("v1/pods:shop/web", 77),)) == []
    assert warnings_of("at: 20", link) == [(10, "v1/pods:shop/web is not there at frame 77.")]


def test_a_chapter_without_a_place_begins_where_the_one_before_ended() -> None:
    question = "### Predict: What?\n```stage\nuntil: 60\n```\n- [x] a — b\n- [ ] c — d\n"
    lesson = read_lesson(f"{FRONT}until: note 1\n```\n{question}\n## Two\n## Three\n```stage\nat: end\n```\n")
    assert lesson.problems == ()
    assert [[(span.at, span.until) for span in chapter] for chapter in spans(lesson, RECORDED)] == [
        [(10, 20), (20, 60)],
        [(60, 60)],
        [(100, 100)],
    ]


def test_the_player_is_told_frames_fields_and_what_is_said_at_pauses() -> None:
    lesson = read_lesson(
        f"{FRONT}at: note 1\nuntil: end\npauses:\n  - note 2: Look.\n  - 60\nview: nodes\nnode: a\n```\n"
    )
    (chapter,) = tell(lesson, RECORDED).chapters
    assert (chapter.stage.at, chapter.stage.until) == (20, 100)
    assert [(pause.seq, pause.html) for pause in chapter.stage.pauses] == [(50, "Look."), (60, "")]
    assert chapter.stage.speed == 1, "eight seconds"
    assert chapter.stage.fields == {"view": "nodes", "node": "a"}


@pytest.mark.parametrize("path", sorted(DEMOS.glob("*/lesson.md")), ids=lambda path: path.parent.name)
def test_nothing_is_wrong_with_a_shipped_lesson(path: Path) -> None:
    out = io.StringIO()
    call_command("check_lesson", str(path), stdout=out)
    assert out.getvalue() == "1 lesson, and nothing wrong.\n"


def test_the_command_names_file_line_and_problem(tmp_path: Path) -> None:
    lesson, out = tmp_path / "lesson.md", io.StringIO()
    lesson.write_text(f"{FRONT}at: 10000\nselected: v1/pods:shop/nobody\n```\n")
    recording = DEMOS / "deploy" / "recording.jsonl.zst"
    with pytest.raises(CommandError, match="2 problems"):
        call_command("check_lesson", str(lesson), "--recording", str(recording), stdout=out)
    assert f"{lesson}:8: warning: Frame 10000 is not in the recording" in out.getvalue()
    assert f"{lesson}:9: warning: v1/pods:shop/nobody is not there" in out.getvalue()
    with pytest.raises(CommandError, match="cannot be read: No such file"):
        call_command("check_lesson", str(tmp_path / "none.md"), stdout=out)
