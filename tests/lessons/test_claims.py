"""Every sentence of every lesson rests on something: on the recording it speaks of, or on a source that is named.

``claims/NAME.txt`` lists the sentences of ``demos/NAME/lesson.md``. Below each stand its proofs:

- an expression in the words of ``facts.py``, which must be true of the recording,
- ``general: URL``: it speaks of Kubernetes as such, and there it can be read,
- ``screen: words``: it speaks of Orrery's screen, and some document of docs/ has these very words,
- ``lesson``: it asks something, or says what the lesson is about.
"""

from __future__ import annotations

import re
from functools import cache

import msgspec
import pytest

from tests.cluster import DEMOS
from tests.lessons.facts import Facts
from tests.lessons.sentences import CLAIMS, Claim, iter_sentences, read_claims
from visualizer.log.recording import Limits, iter_lines

LESSONS = sorted(path.parent.name for path in DEMOS.glob("*/lesson.md"))
DOCUMENTS = DEMOS.parent / "docs"
_SOURCES = ("https://kubernetes.io/", "https://github.com/kubernetes/", "https://www.rfc-editor.org/rfc/")
_OF_THE_LESSON = re.compile(r"\byou\b|\blesson\b|\?", re.IGNORECASE)


@cache
def facts_of(name: str) -> Facts:
    with (DEMOS / name / "recording.jsonl.zst").open("rb") as stream:
        return Facts([line for _, line in iter_lines(stream, Limits())])


@cache
def claims_of(name: str) -> list[Claim]:
    return read_claims((CLAIMS / f"{name}.txt").read_text())


@cache
def documents() -> str:
    """All of the documents, with a space for each line's end."""
    return " ".join(word for path in sorted(DOCUMENTS.glob("*.md")) for word in path.read_text().split())


def is_checked(proof: str) -> bool:
    """Whether a proof is a claim about the recording."""
    return proof != "lesson" and not proof.startswith(("general: ", "screen: "))


def ask(facts: Facts, proof: str) -> object:
    return eval(proof, dict(facts.words))


@pytest.mark.parametrize("name", LESSONS)
def test_every_sentence_has_its_entry_and_every_entry_its_sentence(name: str) -> None:
    told = list(dict.fromkeys(iter_sentences((DEMOS / name / "lesson.md").read_text())))
    assert [claim.sentence for claim in claims_of(name)] == told


@pytest.mark.parametrize("name", LESSONS)
def test_every_claim_is_true_of_the_recording(name: str) -> None:
    facts, wrong = facts_of(name), []
    for claim in claims_of(name):
        for proof in filter(is_checked, claim.proofs):
            try:
                holds = ask(facts, proof)
            except LookupError as error:
                holds = error
            if holds is not True:
                wrong.append(f"line {claim.line}: {claim.sentence}\n    {proof}\n    is {holds!r}")
    assert not wrong, "\n" + "\n".join(wrong)


@pytest.mark.parametrize("name", LESSONS)
def test_every_sentence_rests_on_something(name: str) -> None:
    for claim in claims_of(name):
        assert claim.proofs, claim.sentence
        for proof in claim.proofs:
            kind, _, rest = proof.partition(": ")
            if kind == "general":
                assert rest.startswith(_SOURCES), rest
            elif kind == "screen":
                assert rest in documents(), f"no document says “{rest}”: put its new words into claims/{name}.txt"
            elif proof == "lesson":
                assert _OF_THE_LESSON.search(claim.sentence), claim.sentence


@pytest.mark.parametrize("name", LESSONS)
def test_no_claim_is_true_of_a_cluster_in_which_there_is_nothing(name: str) -> None:
    facts = facts_of(name)
    header = msgspec.json.decode(facts.recorded.lines[0])
    nothing = Facts([msgspec.json.encode({**header, "server_version": ""}), *_emptied(facts)])
    for claim in claims_of(name):
        proofs = list(filter(is_checked, claim.proofs))
        assert not proofs or not all(_holds(nothing, proof) for proof in proofs), (claim.sentence, proofs)


def _emptied(facts: Facts) -> list[bytes]:
    """As many frames, a list of nothing each, at one time."""
    line = {"kind": "list", "ts": 1.0, "resource": "v1/pods", "resourceVersion": "1", "items": []}
    return [msgspec.json.encode(line)] * len(facts.recorded.frames)


def _holds(facts: Facts, proof: str) -> bool:
    try:
        return ask(facts, proof) is True
    except (LookupError, AttributeError, TypeError, ValueError, StopIteration):
        return False
