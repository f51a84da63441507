"""Attribution against the API server's audit log: who really made each write of the shipped recordings."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import get_args

import pytest

from tests.cluster import DEMO_NAMES, read_demo
from tests.conformance.audit import Answer, AuditLog, audited, read_truth
from visualizer.flow.attribution import Attribution, Rule
from visualizer.flow.authors import Authors
from visualizer.flow.hindsight import read_recording
from visualizer.frames import WatchEvent
from visualizer.store import Store

ROOT = Path(__file__).parent.parent.parent
EXPLAINED = ROOT / "docs" / "attribution.md"

SHARE_RIGHT = 0.995
"""The share of audited writes that are given the right writer. It is a floor: raise it with the rules."""

NOT_THE_WRITER = {
    # A Service's registry deletes its Endpoints in the same request, without one of its own: nothing is audited, and
    # the last audited write to them is the endpoint-controller's, which did not delete them.
    ("deploy", "DELETED v1/endpoints:shop/hello", "kube-apiserver"),
    ("namespace-delete", "DELETED v1/endpoints:temp/a", "kube-apiserver"),
    ("services", "DELETED v1/endpoints:shop/tour-clusterip", "kube-apiserver"),
    ("services", "DELETED v1/endpoints:shop/tour-headless", "kube-apiserver"),
    # The namespace controller began this deletion. The answer to the patch that ended it, six seconds later, carries
    # the version that the beginning left.
    ("namespace-delete", "MODIFIED v1/configmaps:temp/c", "namespace-controller"),
}
"""Where the audit log's nearest write is not the one that the event shows: recording, event, and who it really was."""


@cache
def seen(name: str) -> list[Answer]:
    """What the rules say of every audited write in this recording as it is seen: what the flow diagram shows."""
    header, frames = read_demo(name)
    store, authors = Store(header.resources), Authors()
    given: list[tuple[WatchEvent, Attribution]] = []
    for seq, frame in enumerate(frames, start=1):
        for change in store.apply(seq, frame):
            if isinstance(frame, WatchEvent):
                given.append((frame, authors.read(store, change, frame.ts).author))
            else:
                authors.look(change, frame.ts)
    return AuditLog(map(audited, read_truth(name))).judge(given)


@cache
def reread(name: str) -> list[Answer]:
    """The same in hindsight: what ``orrery who_wrote`` prints."""
    header, frames = read_demo(name)
    given = read_recording(header.resources, enumerate(frames, start=1))
    return AuditLog(map(audited, read_truth(name))).judge((each.event, each.author) for each in given)


WAYS = [seen, reread]
Way = Callable[[str], list[Answer]]


def tell(name: str, given: list[Answer]) -> None:
    """Print the figure, and every miss."""
    right = sum(answer.is_right for answer in given)
    print(f"{name}: {right} of {len(given)} writes are given the right writer, {right / len(given):.1%}")
    for answer in given:
        if not answer.is_right:
            print(f"  {answer}")


@pytest.mark.parametrize("answers", WAYS)
@pytest.mark.parametrize("name", DEMO_NAMES)
def test_no_observed_answer_is_wrong(answers: Way, name: str) -> None:
    given = answers(name)
    tell(name, given)
    observed = [answer for answer in given if answer.given.certainty == "observed"]
    assert observed
    assert [str(answer) for answer in observed if not answer.is_right] == []


@pytest.mark.parametrize("answers", WAYS)
def test_an_inferred_answer_differs_only_where_the_audit_log_does_not_tell_of_the_write(answers: Way) -> None:
    inferred = [(name, each) for name in DEMO_NAMES for each in answers(name) if each.given.certainty == "inferred"]
    assert len(inferred) > 500
    wrong = {(name, each.about, each.given.component) for name, each in inferred if not each.is_right}
    assert wrong == NOT_THE_WRITER


@pytest.mark.parametrize("answers", WAYS)
def test_no_guess_is_wrong_here_either(answers: Way) -> None:
    guessed = [each for name in DEMO_NAMES for each in answers(name) if each.given.certainty == "guessed"]
    assert guessed
    assert [str(answer) for answer in guessed if not answer.is_right] == []


@pytest.mark.parametrize("answers", WAYS)
def test_most_writes_are_given_their_writer(answers: Way) -> None:
    given = [each for name in DEMO_NAMES for each in answers(name)]
    tell("all", given)
    assert len(DEMO_NAMES) == 16
    assert len(given) == 1230
    assert sum(answer.is_right for answer in given) / len(given) >= SHARE_RIGHT


def test_every_rule_is_explained_and_every_explanation_is_of_a_rule() -> None:
    explained = set(re.findall(r"^\*\*`([a-z-]+)`\*\*", EXPLAINED.read_text(), re.MULTILINE))
    assert explained == set(get_args(Rule))


def test_every_rule_is_in_the_code() -> None:
    code = "".join(path.read_text() for path in (ROOT / "visualizer" / "flow").glob("*.py"))
    assert [rule for rule in get_args(Rule) if code.count(f'"{rule}"') < 2] == []


def test_the_explanation_states_the_share_that_is_reached() -> None:
    given = [each for name in DEMO_NAMES for each in seen(name)]
    right = sum(answer.is_right for answer in given) / len(given)
    assert f"{right:.1%} of the audited writes" in EXPLAINED.read_text().replace("\n", " ")
