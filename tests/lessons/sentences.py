"""A lesson's sentences, and the claims that stand for them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from msgspec import Struct

CLAIMS: Final = Path(__file__).parent / "claims"

_FENCE: Final = re.compile(r"^```.*?^```$\n?", re.MULTILINE | re.DOTALL)
_OPTION: Final = re.compile(r"- \[(?P<right>[ x])\] (?P<text>.+?) — (?P<why>.+)", re.DOTALL)
_SPLIT: Final = re.compile(r"(?:(?<=[.!?])|(?<=[.!?][)”])) +(?=[(“`*]*(?:[A-Z0-9`(“]|kube))")


class Claim(Struct):
    """A sentence and what it rests on, a line each; ``line`` is where it stands in its file."""

    sentence: str
    line: int
    proofs: list[str]


def read_claims(text: str) -> list[Claim]:
    """The claims of a file: a sentence on a line of its own, and its proofs below it, indented."""
    found: list[Claim] = []
    for number, line in enumerate(text.splitlines(), start=1):
        if line.startswith(" "):
            found[-1].proofs.append(line.strip())
        elif line.strip() and not line.startswith("#"):
            found.append(Claim(line.strip(), number, []))
    return found


def iter_sentences(lesson: str) -> Iterator[str]:
    """Every sentence of a lesson: its summary, its text, the right answers, and why each answer is right or wrong."""
    _, front, body = lesson.split("---\n", 2)
    yield next(line.partition(": ")[2] for line in front.splitlines() if line.startswith("summary: "))
    for block in _FENCE.sub("\n", body).split("\n\n"):
        for paragraph in _paragraphs(block):
            yield from _sentences(paragraph)


def _paragraphs(block: str) -> Iterator[str]:
    """The paragraphs and answers of a block, without what is no sentence: headings, and answers that are wrong."""
    kept: list[str] = []
    for line in block.strip().splitlines():
        if line.startswith("#"):
            continue
        if line.startswith(("- ", "* ", "| ")) and kept:
            yield from _told(" ".join(kept))
            kept = []
        kept.append(line.strip())
    yield from _told(" ".join(kept))


def _told(paragraph: str) -> Iterator[str]:
    option = _OPTION.fullmatch(paragraph)
    if option is None:
        yield paragraph.removeprefix("- ")
        return
    if option["right"] == "x":
        yield option["text"]
    yield option["why"]


def _sentences(paragraph: str) -> Iterator[str]:
    return (sentence.strip() for sentence in _SPLIT.split(paragraph) if sentence.strip())
