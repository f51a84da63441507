"""What a file carries is what a server shows and answers, at every place of the recording."""

from __future__ import annotations

import json
from itertools import cycle, islice
from typing import Any

import msgspec
import pytest

from tests.live.conftest import import_demo, until
from tests.live.picture import plain
from tests.live.viewer import Viewer, watching
from tests.offline import carried
from visualizer.live.threads import in_thread
from visualizer.live.wire import DIAGRAMS
from visualizer.log.reader import Reader
from visualizer.offline import contents
from visualizer.offline.contents import TooLarge, gather


@pytest.mark.django_db
@pytest.mark.parametrize("name", ["deploy", "drain"])
def test_every_picture_is_the_moments_own_after_every_frame(name: str) -> None:
    log = import_demo(name)
    pictures = carried.Pictures(json.loads(gather(log).pictures))
    reader = Reader(log)
    moment = reader.seek(log.opening_seq)
    for seq, frame in [(log.opening_seq, None), *reader.frames(log.opening_seq)]:
        if frame is not None:
            moment.advance(seq, frame)
            pictures.go_on()
        for diagram in DIAGRAMS:
            assert pictures.shows(diagram) == plain(moment.diagram(diagram).snapshot()), (diagram, seq)


async def ask_all(viewer: Viewer, questions: list[str]) -> list[dict[str, Any]]:
    """Ask these, a few at a time, and give the answers in their order."""
    answers: dict[int, dict[str, Any]] = {}
    for start in range(0, len(questions), 16):
        for number, question in enumerate(questions[start : start + 16], start):
            assert viewer.say(**json.loads(question), id=number)
        wanted = min(start + 16, len(questions))
        await until(lambda: len(_answers(viewer, wanted)) == wanted)  # noqa: B023 - it is waited for here
        answers = _answers(viewer, wanted)
    viewer.page.heard.clear()
    return [answers[number] for number in range(len(questions))]


def _answers(viewer: Viewer, below: int) -> dict[int, dict[str, Any]]:
    return {told["id"]: told for told in viewer.page.heard if told.get("id") in range(below)}


@pytest.mark.parametrize(("name", "share"), [("rbac", 3), ("drain", 5)])
async def test_every_answer_is_the_servers_own(transactional_db: None, name: str, share: int) -> None:
    """Of some thousands of questions a share is asked, each somewhere, and at every place many of them."""
    places = 10
    log = await in_thread(lambda: import_demo(name))
    part = json.loads((await in_thread(lambda: gather(log))).answers)
    questions = sorted(part["tapes"])[::share]
    each = len(questions) // places + 1
    endless = cycle(questions)
    async with watching(log, "flow") as viewer:
        for step in range(places):
            seq = log.opening_seq + (log.last_seq - log.opening_seq) * step // (places - 1)
            viewer.say("seek", seq=seq)
            await viewer.stands(seq=seq)
            asked = list(islice(endless, each))
            for question, answer in zip(asked, await ask_all(viewer, asked), strict=True):
                del answer["id"]
                kept = carried.answer(part, question, seq)
                if kept is None:  # of a subject or Service that is still to come, which nobody can click on here
                    assert json.loads(question)["op"] in {"ask_rbac", "ask_rules"}, (question, seq)
                    continue
                kept.pop("id", None)
                assert kept == answer, (question, seq)


@pytest.mark.django_db
def test_a_live_cluster_and_a_large_recording_are_refused_with_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    log = import_demo("rbac")
    monkeypatch.setattr(contents, "MOST_FRAMES", 20)
    with pytest.raises(TooLarge, match=r"96 frames of 418 objects .* at most 20 of 3,000. Keep a shorter stretch"):
        gather(log)
    log.is_live = True
    with pytest.raises(TooLarge, match="Keep a stretch of it as a recording"):
        gather(log)


@pytest.mark.django_db
def test_what_a_page_begins_with_is_what_a_server_says_first() -> None:
    log = import_demo("rbac")
    log.intro = "Five pods come."
    start = json.loads(gather(log).start)
    assert start["hello"] == json.loads(msgspec.json.encode(contents.greet(log)))
    assert start["intro"] == "Five pods come."
    assert len(start["timeline"]["counts"]) == contents.BUCKETS
    assert sum(start["timeline"]["counts"]) == log.last_seq - log.opening_seq - len(start["timeline"]["notes"])
    assert start["openingTs"] == Reader(log).ts_of(log.opening_seq)
