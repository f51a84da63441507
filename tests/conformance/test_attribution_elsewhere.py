"""Attribution where the shipped recordings do not lead: other names, another order, a quicker and a busier cluster."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from tests.cluster import DEMO_NAMES
from tests.conformance.audit import Answer, AuditLog, audited
from tests.conformance.elsewhere import Told, delay, forget, merge, quicken, rename, shipped, strip
from tests.conformance.test_attribution import NOT_THE_WRITER, tell
from visualizer.flow.hindsight import read_recording
from visualizer.frames import Decoder, decode_header


def judge(told: Told) -> list[Answer]:
    """What the rules say of it."""
    header = decode_header(json.dumps(told.header).encode())
    decoder = Decoder(header.resources)
    frames = (decoder.decode(json.dumps(line).encode()) for line in told.lines)
    given = read_recording(header.resources, enumerate(frames, start=1))
    return AuditLog(map(audited, told.truth)).judge((each.event, each.author) for each in given)


WAYS: dict[str, tuple[Callable[[Told], Told], float, int]] = {
    "renamed": (rename, 0.995, 0),
    "late by 0.3 s": (lambda told: delay(told, 0.3), 0.99, 0),
    "five times as fast": (lambda told: quicken(told, 5), 0.99, 1),
    "fifty times as fast": (lambda told: quicken(told, 50), 0.99, 1),
}


@pytest.mark.parametrize("way", list(WAYS))
def test_the_figure_holds_elsewhere(way: str) -> None:
    alter, floor, most_wrong = WAYS[way]
    given = [each for name in DEMO_NAMES for each in judge(alter(shipped(name)))]
    tell(way, given)
    check(given, floor, most_wrong)


def test_the_figure_holds_for_all_at_once() -> None:
    given = judge(merge(map(shipped, DEMO_NAMES)))
    tell("all at once", given)
    check(given, 0.99, 0)


def check(given: list[Answer], floor: float, most_wrong: int) -> None:
    """As many as that are right, hardly any inferred answer is wrong, and none that was observed."""
    assert len(given) > 1200
    wrong = [each for each in given if not each.is_right]
    assert sum(each.given.certainty == "inferred" for each in wrong) <= len(NOT_THE_WRITER) + most_wrong
    assert [str(each) for each in wrong if each.given.certainty == "observed"] == []
    assert 1 - len(wrong) / len(given) >= floor


WORSE: dict[str, Callable[[Told], Told]] = {
    "without managedFields": strip,
    "a third without managedFields": lambda told: strip(told, 0.3),
    "without the opening lists": forget,
    "without half of the opening lists": lambda told: forget(told, 0.5),
    "from the middle on": lambda told: Told(told.header, forget(told).lines[len(told.lines) // 2 :], told.truth),
}


@pytest.mark.parametrize("way", list(WORSE))
def test_what_is_not_told_makes_an_answer_unknown_and_not_wrong(way: str) -> None:
    given = [each for name in DEMO_NAMES for each in judge(WORSE[way](shipped(name)))]
    tell(way, given)
    wrong = [each for each in given if not each.is_right and each.given.certainty != "unknown"]
    assert len(given) > 300
    assert len(wrong) <= len(NOT_THE_WRITER)
