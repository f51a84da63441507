"""Reads a lesson's text: front matter, an introduction, chapters, questions. docs/lessons.md is its grammar.

Any text gives a lesson: what is wrong in it is told in ``problems``, each with its line, and left out. Whoever edits
sees the rest all the same.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final
from urllib.parse import parse_qsl

from markdown_it.token import Token

from visualizer.lessons import blocks, markdown
from visualizer.lessons.lesson import (
    Answer,
    Chapter,
    Field,
    Lesson,
    Link,
    Problem,
    Question,
    QuestionKind,
    Stage,
)

MOST_CHARACTERS: Final = 200_000
MOST_CHAPTERS: Final = 60
MOST_ANSWERS: Final = 10
LONGEST_TITLE: Final = 200
LONGEST_SUMMARY: Final = 500

_QUESTION: Final = re.compile(r"(choose|predict)\s*:\s*(.*)", re.IGNORECASE | re.DOTALL)
_ANSWER: Final = re.compile(r"\[( ?|x|X)\]\s+(.*)", re.DOTALL)
_DASH: Final = re.compile(r"\s+(?:—|–|--)\s+")


def read_lesson(text: str) -> Lesson:
    """The lesson that this text is, with all that is wrong in it."""
    problems: list[Problem] = []
    if len(text) > MOST_CHARACTERS:
        problems.append(Problem(1, f"A lesson has at most {MOST_CHARACTERS:,} characters; this has more.", "error"))
        text = ""
    lines = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n").replace("\0", "\ufffd").split("\n")
    front, body_line = _split(lines, problems)
    entries = blocks.read_entries("\n".join(front), first_line=2, problems=problems)
    tokens = markdown.parse("\n".join(lines[body_line - 1 :]), first_line=body_line)
    intro, *sections = _sections(tokens, "h2")
    chapters = [_chapter(section, problems) for section in sections[:MOST_CHAPTERS]]
    if len(sections) > MOST_CHAPTERS:
        problems.append(
            Problem(_line(sections[MOST_CHAPTERS]), f"A lesson has at most {MOST_CHAPTERS} chapters.", "error")
        )
    if not chapters and text:
        problems.append(Problem(len(lines), "A lesson has at least one chapter: a line “## Its title”.", "error"))
    _check_intro(intro, problems)
    return Lesson(
        title=_text(entries, "title", LONGEST_TITLE, problems, needed=True),
        subject=_text(entries, "subject", LONGEST_TITLE, problems, needed=True),
        order=_number(entries, "order", 1000, problems),
        minutes=_number(entries, "minutes", 0, problems),
        summary=_text(entries, "summary", LONGEST_SUMMARY, problems, needed=True),
        intro=markdown.render(intro),
        chapters=tuple(chapters),
        problems=tuple(sorted(problems + _unknown(entries), key=lambda problem: problem.line)),
    )


def _split(lines: Sequence[str], problems: list[Problem]) -> tuple[Sequence[str], int]:
    """The lines of the front matter, and the number of the first line after it."""
    if lines[0].strip() != "---":
        problems.append(Problem(1, "A lesson begins with “---”, lines such as “title: …”, and “---” again.", "error"))
        return (), 1
    for index, line in enumerate(lines[1:], start=1):
        if line.strip() == "---":
            return lines[1:index], index + 2
    problems.append(Problem(1, "The lines at the beginning end nowhere: “---” is missing after them.", "error"))
    return (), len(lines) + 1


def _text(entries: dict[str, blocks.Entry], name: str, longest: int, problems: list[Problem], *, needed: bool) -> str:
    entry = entries.get(name)
    if entry is None or not entry.text:
        if needed:
            line = entry.line if entry else 1
            problems.append(Problem(line, f"The lesson says no {name}: a line “{name}: …” at its beginning.", "error"))
        return ""
    if len(entry.text) > longest:
        problems.append(Problem(entry.line, f"The {name} is longer than {longest} characters.", "error"))
    return entry.text[:longest]


def _number(entries: dict[str, blocks.Entry], name: str, otherwise: int, problems: list[Problem]) -> int:
    entry = entries.get(name)
    if entry is None:
        return otherwise
    if re.fullmatch(r"[0-9]{1,4}", entry.text):
        return int(entry.text)
    problems.append(Problem(entry.line, f"“{name}” is a whole number, such as “{name}: 8”.", "error"))
    return otherwise


def _unknown(entries: dict[str, blocks.Entry]) -> list[Problem]:
    known = ("title", "subject", "order", "minutes", "summary")
    return [
        Problem(entry.line, f"A lesson has no “{entry.name[:40]}”. It has {', '.join(known)}.", "warning")
        for entry in entries.values()
        if entry.name not in known
    ]


def _sections(tokens: Sequence[Token], heading: str) -> list[list[Token]]:
    """The blocks before the first such heading, and then those of each, which begin with the heading itself."""
    sections: list[list[Token]] = [[]]
    for token in tokens:
        if token.type == "heading_open" and token.level == 0 and token.tag == heading:
            sections.append([])
        sections[-1].append(token)
    return sections


def _line(tokens: Sequence[Token]) -> int:
    return next((token.map[0] for token in tokens if token.map), 1)


def _check_intro(tokens: Sequence[Token], problems: list[Problem]) -> None:
    for token in tokens:
        if _is_stage(token) and token.map:
            problems.append(Problem(token.map[0], "A stage block stands in a chapter, after its “## …”.", "error"))
        elif token.type == "heading_open" and token.map and _is_question(tokens, token):
            problems.append(Problem(token.map[0], "A question stands in a chapter, after its “## …”.", "error"))


def _is_question(tokens: Sequence[Token], heading: Token) -> bool:
    title = tokens[tokens.index(heading) + 1]
    return _QUESTION.match(title.content) is not None


def _is_stage(token: Token) -> bool:
    return token.type == "fence" and token.info.strip().lower() == "stage"


def _chapter(tokens: list[Token], problems: list[Problem]) -> Chapter:
    line = _line(tokens)
    title = markdown.plain(tokens[1]).strip()
    if not title:
        problems.append(Problem(line, "This chapter has no title: “## Its title”.", "error"))
    text, questions = _parts(tokens[3:])
    stage, rest = _take_stage(text, line, problems)
    return Chapter(
        title=title[:LONGEST_TITLE],
        stage=stage,
        html=markdown.render(rest),
        links=_links(rest, problems),
        questions=tuple(_question(part, problems) for part in questions),
        line=line,
    )


def _parts(tokens: Sequence[Token]) -> tuple[list[Token], list[list[Token]]]:
    """A chapter's text, and the blocks of each of its questions. Other small headings are text."""
    text, questions = [], []
    for section in _sections(tokens, "h3"):
        if section and section[0].type == "heading_open" and _QUESTION.match(section[1].content):
            questions.append(section)
        elif questions:
            questions[-1] += section
        else:
            text += section
    return text, questions


def _take_stage(tokens: Sequence[Token], line: int, problems: list[Problem]) -> tuple[Stage, list[Token]]:
    """What the stage block among these says, and the other blocks."""
    found = [token for token in tokens if _is_stage(token)]
    problems += [
        Problem(_line([second]), "There is a stage block here already; this one is left out.", "error")
        for second in found[1:]
    ]
    rest = [token for token in tokens if not _is_stage(token)]
    if not found:
        return Stage(line), rest
    return blocks.read_stage(found[0].content, first_line=_line(found) + 1, problems=problems), rest


def _links(tokens: Sequence[Token], problems: list[Problem]) -> tuple[Link, ...]:
    found = []
    for line, href in markdown.links(tokens):
        if not href.startswith("?"):
            continue
        fields = tuple(
            Field(name, value, line) for name, value in parse_qsl(href[1:], keep_blank_values=True, max_num_fields=None)
        )
        for field in fields:
            if field.name == "at":
                if not field.value.isdecimal():
                    problems.append(Problem(line, "In a link, “at” is a frame’s number: “?at=130”.", "warning"))
            else:
                blocks.check_field(field.name, field.value, line, problems)
        found.append(Link(fields))
    return tuple(found)


def _question(tokens: list[Token], problems: list[Problem]) -> Question:
    line = _line(tokens)
    matched = _QUESTION.match(tokens[1].content)
    kind: QuestionKind = "predict" if matched and matched[1].lower() == "predict" else "choose"
    words = matched[2].strip() if matched else ""
    if not words:
        problems.append(Problem(line, f"This question asks nothing: “### {kind.title()}: What …?”.", "error"))
    stage, rest = _take_stage(tokens[3:], line, problems)
    before, items, after = _answers(rest)
    answers = tuple(answer for item in items if (answer := _answer(item, problems)))
    _check_answers(kind, stage, answers, line, problems)
    return Question(
        kind=kind,
        html=f"<p>{markdown.render_inline(words)}</p>{markdown.render(before)}",
        stage=stage,
        answers=answers[:MOST_ANSWERS],
        told=markdown.render(after),
        line=line,
    )


def _answers(tokens: Sequence[Token]) -> tuple[list[Token], list[list[Token]], list[Token]]:
    """What stands before the first list, each item of that list, and what stands after it."""
    start = next((i for i, token in enumerate(tokens) if token.type == "bullet_list_open" and token.level == 0), None)
    if start is None:
        return list(tokens), [], []
    end = next(i for i in range(start, len(tokens)) if tokens[i].type == "bullet_list_close" and tokens[i].level == 0)
    items: list[list[Token]] = []
    for token in tokens[start + 1 : end]:
        if token.type == "list_item_open" and token.level == 1:
            items.append([])
        items[-1].append(token)
    return list(tokens[:start]), items, list(tokens[end + 1 :])


def _answer(item: Sequence[Token], problems: list[Problem]) -> Answer | None:
    """``[x] the answer — why``; paragraphs that follow in the item belong to the why."""
    line = _line(item)
    first = next((i for i, token in enumerate(item) if token.type == "inline"), None)
    matched = _ANSWER.fullmatch(item[first].content) if first is not None else None
    if matched is None or first is None:
        problems.append(
            Problem(line, "An answer is “- [ ] the answer — why it is wrong”, or with [x] the right one.", "error")
        )
        return None
    answer, *explained = _DASH.split(matched[2], maxsplit=1)
    rest = markdown.render(item[first + 2 : -1])
    explanation = markdown.render_inline(explained[0]) if explained else ""
    if not explanation and not rest:
        problems.append(
            Problem(line, "This answer is not explained: “… — why” (a dash with a space on either side).", "warning")
        )
    return Answer(markdown.render_inline(answer), explanation + rest, matched[1].lower() == "x", line)


def _check_answers(
    kind: QuestionKind, stage: Stage, answers: Sequence[Answer], line: int, problems: list[Problem]
) -> None:
    right = sum(answer.is_right for answer in answers)
    if len(answers) < 2:
        problems.append(
            Problem(line, "A question has at least two answers: a list of “- [ ] …” and one “- [x] …”.", "error")
        )
    elif right != 1:
        words = "no right answer: mark it" if right == 0 else f"{right} right answers: mark one"
        problems.append(Problem(line, f"This question has {words} with [x].", "error"))
    if len(answers) > MOST_ANSWERS:
        problems.append(Problem(line, f"A question has at most {MOST_ANSWERS} answers.", "error"))
    if kind == "predict" and stage.until is None:
        problems.append(
            Problem(line, "A prediction is told by playing on: give it a stage block with “until”.", "error")
        )
    if kind == "choose" and stage.until is not None:
        problems.append(Problem(stage.line, "“until” is for Predict; a question to choose plays nothing.", "warning"))
