"""What a lesson's text says is read, what is wrong in it is told with its line, and nothing that it says is HTML."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from visualizer.lessons.lesson import Lesson
from visualizer.lessons.reading import read_lesson

WHOLE = """---
title: "Quoted: a title"
subject: Deployments
order: 2
minutes: 8
summary: One sentence.
---
What you *will* see.

## A chapter
```stage
at: note 1
until: note 2
pauses:
  - 130
  - note 1: Look at `web`.
speed: 0.5
view: nodes
selected: v1/pods:shop/web-1
filter: kind:pod ready:false app=web restarts>3
ask: who can delete pods in shop?
```
Text, and [a pod](?selected=v1/pods:shop/web-1&at=7).

### Choose: Who wrote `it`?
- [ ] the kubelet — It writes -- only *Pods*.
- [x] the controller — Its write is second.

  And more of why.

Told to all.

### A heading
More that is told.

### Predict: How many?
Before the answers.
```stage
until: 200
```
- [x] five — yes
- [ ] three — no

## Another
No stage.
"""


def problems_of(text: str) -> list[tuple[int, str]]:
    return [(problem.line, problem.text) for problem in read_lesson(text).problems]


def changed(old: str, new: str) -> str:
    assert old in WHOLE
    return WHOLE.replace(old, new, 1)


def test_a_whole_lesson_is_read() -> None:
    lesson = read_lesson(WHOLE)
    assert lesson.problems == ()
    assert (lesson.title, lesson.subject, lesson.order, lesson.minutes) == ("Quoted: a title", "Deployments", 2, 8)
    assert lesson.intro == "<p>What you <em>will</em> see.</p>"
    assert [(chapter.title, chapter.line) for chapter in lesson.chapters] == [("A chapter", 10), ("Another", 44)]
    stage = lesson.chapters[0].stage
    assert (str(stage.at), str(stage.until), stage.speed) == ("note 1", "note 2", 0.5)
    assert [(str(pause.place), pause.html) for pause in stage.pauses] == [
        ("130", ""),
        ("note 1", "Look at <code>web</code>."),
    ]
    assert [(field.name, field.value, field.line) for field in stage.fields] == [
        ("view", "nodes", 18),
        ("selected", "v1/pods:shop/web-1", 19),
        ("filter", "kind:pod ready:false app=web restarts>3", 20),
        ("ask", "who can delete pods in shop?", 21),
    ]


def test_a_link_that_moves_the_stage_is_known_with_its_fields() -> None:
    chapter = read_lesson(WHOLE).chapters[0]
    assert 'href="?selected=v1/pods:shop/web-1&amp;at=7" data-stage=""' in chapter.html
    (link,) = chapter.links
    assert [(field.name, field.value) for field in link.fields] == [("selected", "v1/pods:shop/web-1"), ("at", "7")]


def test_questions_have_answers_with_why_and_what_is_told_to_all() -> None:
    choose, predict = read_lesson(WHOLE).chapters[0].questions
    assert choose.html == "<p>Who wrote <code>it</code>?</p>"
    assert [(answer.html, answer.is_right, answer.line) for answer in choose.answers] == [
        ("the kubelet", False, 26),
        ("the controller", True, 27),
    ]
    assert choose.answers[0].explanation == "It writes -- only <em>Pods</em>."
    assert choose.answers[1].explanation == "Its write is second.<p>And more of why.</p>"
    assert choose.told == "<p>Told to all.</p>\n<h4>A heading</h4>\n<p>More that is told.</p>"
    assert (predict.kind, predict.html) == ("predict", "<p>How many?</p><p>Before the answers.</p>")
    assert (str(predict.stage.until), predict.told) == ("200", "")


def test_headings_within_code_begin_no_chapter() -> None:
    lesson = read_lesson(changed("No stage.", "```\n## not a chapter\n### Choose: not a question\n```"))
    assert (len(lesson.chapters), lesson.problems) == (2, ())
    assert "## not a chapter" in lesson.chapters[1].html


def test_lines_may_end_as_windows_ends_them() -> None:
    assert read_lesson("\ufeff" + WHOLE.replace("\n", "\r\n")) == read_lesson(WHOLE)


@pytest.mark.parametrize(
    ("old", "new", "line", "words"),
    [
        ("title: ", "titel: ", 1, "The lesson says no title"),
        ("title: ", "titel: ", 2, "A lesson has no “titel”"),
        ('"Quoted: a title"', "Quoted: a title", 2, "Put a value that has “: ” in it between quotes."),
        ("order: 2", "order: second", 4, "“order” is a whole number"),
        ("minutes: 8", "order: 8", 5, "“order” is said twice"),
        ("summary: One sentence.", "summary: " + "x" * 501, 6, "longer than 500"),
        ("---\ntitle", "title", 1, "A lesson begins with “---”"),
        ("at: note 1", "at: note one", 12, "“note one” is no place"),
        ("until: note 2", "until: 12s", 13, "“12s” is no place"),
        ("- 130", "- soon", 15, "“soon” is no place"),
        ("- 130", "- [130]", 14, "“pauses” is neither a value nor a plain list"),
        ("speed: 0.5", "speed: 3", 17, "“3” is no speed of the stage"),
        ("view: nodes", "view: map", 18, "There is no view “map”. There are flow,"),
        ("view: nodes", "select: x", 18, "The stage has no “select”"),
        ("view: nodes", "view: [a, b]", 18, "“view” is a list here"),
        ("view: nodes", "view: *other", 12, "not lines of"),
        ("view: nodes", "view: {a: {b: {c: {d: e}}}}", 12, "not lines of"),
        ("at: note 1", "no colon", 13, "This is not “name: value”"),
        ("?selected=", "?at=x&choose=", 23, "“at” is a frame’s number"),
        ("?selected=", "?choose=", 23, "The stage has no “choose”"),
        ("Who wrote `it`?", "", 25, "This question asks nothing"),
        ("- [x] the controller", "- [ ] the controller", 25, "no right answer: mark it with [x]"),
        ("- [ ] the kubelet", "- [x] the kubelet", 25, "2 right answers: mark one with [x]"),
        ("- [ ] the kubelet", "- the kubelet", 26, "An answer is “- [ ] the answer"),
        ("- [ ] the kubelet", "- the kubelet", 25, "at least two answers"),
        (" — Its write is second.\n\n  And more of why.", "", 27, "This answer is not explained"),
        ("until: 200", "", 36, "A prediction is told by playing on"),
        ("### Predict: How", "### Choose: How", 38, "“until” is for Predict"),
        ("What you *will* see.", "```stage\n```", 8, "A stage block stands in a chapter"),
        ("What you *will* see.", "### Choose: This?", 8, "A question stands in a chapter"),
        ("No stage.", "```stage\n```\n```stage\n```", 47, "There is a stage block here already"),
        ("## Another", "##", 44, "This chapter has no title"),
    ],
)
def test_each_mistake_is_told_with_its_line(old: str, new: str, line: int, words: str) -> None:
    found = problems_of(changed(old, new))
    assert any(number == line and words in text for number, text in found), found


def test_front_matter_without_an_end_and_no_chapter_are_told() -> None:
    assert any("“---” is missing" in text for _, text in problems_of("---\ntitle: x\n## Chapter\n"))
    assert any("at least one chapter" in text for _, text in problems_of("---\ntitle: x\n---\nWords.\n"))


def test_too_much_is_refused_with_its_measure() -> None:
    assert problems_of(WHOLE + "x" * 200_000)[0] == (
        1,
        "A lesson has at most 200,000 characters; this has more.",
    )
    lesson = read_lesson(WHOLE + "\n## C\n" * 80)
    assert len(lesson.chapters) == 60
    assert any("at most 60 chapters" in problem.text for problem in lesson.problems)
    answers = "".join(f"- [ ] a{n} — b\n" for n in range(12))
    assert any(
        "at most 10 answers" in text
        for _, text in problems_of(changed("- [x] five — yes\n", answers + "- [x] y — z\n"))
    )


class _Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.seen: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append((tag, dict(attrs)))


TAGS = {
    *("p", "em", "strong", "code", "pre", "blockquote", "ul", "ol", "li", "h4", "hr", "br", "a"),
    *("table", "thead", "tbody", "tr", "th", "td"),
}


def html_of(lesson: Lesson) -> str:
    pieces = [lesson.intro]
    for chapter in lesson.chapters:
        pieces += [chapter.html, *(pause.html for pause in chapter.stage.pauses)]
        for question in chapter.questions:
            pieces += [question.html, question.told]
            pieces += [text for answer in question.answers for text in (answer.html, answer.explanation)]
    return "\n".join(pieces)


def assert_harmless(html: str) -> None:
    tags = _Tags()
    tags.feed(html)
    for tag, attributes in tags.seen:
        assert tag in TAGS, html
        assert set(attributes) <= {"href", "title", "target", "rel", "data-stage", "class", "start"}, html
        assert re.fullmatch(r"(to-(left|right|center)|language-\S*)?", attributes.get("class") or ""), html
        href = attributes.get("href")
        assert href is None or href.startswith(("?", "http://", "https://")) or href[:8].lower().startswith("http"), (
            html
        )


HOSTILE = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "[a](javascript:alert(1))",
    "[a](JaVaScRiPt:alert(1))",
    "[a](//evil.example)",
    "[a](/api/logs)",
    "[a](data:text/html,x)",
    "[a](?view=flow 'x\" onclick=\"alert(1)')",
    "![a<b>](http://evil.example/x.png)",
    "<a href='?' onclick='x'>b</a>",
    "`<b>`",
    "&lt;b&gt; <!-- x -->",
    '<http://x" onclick=y>',
    "[a]: javascript:alert(1)\n[a]",
    '```"><script>\nx\n```',
]


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_stays_text_wherever_it_stands(text: str) -> None:
    for place in (
        "What you *will* see.",
        "Look at `web`.",
        "Who wrote `it`?",
        "the kubelet",
        "Its write is second.",
        "Told to all.",
    ):
        assert_harmless(html_of(read_lesson(changed(place, text))))


PIECES = st.sampled_from(
    [
        *HOSTILE,
        *WHOLE.split("\n"),
        "---",
        "## ",
        "### Choose: ",
        "### Predict:",
        "- [x] ",
        "- [ ] a — b",
        "> ",
        "  ",
        "```",
        "```stage",
        "pauses:",
        "- - - ",
        "a: &x [*x]",
        "? ",
        "!!python/object:os.system x",
        "[[[[[[[[[[",
        "{{{{",
        "\t",
        "|a|b|\n|-|-|",
        "1) ",
    ]
)


@settings(max_examples=100, deadline=None)
@given(st.one_of(st.text(), st.lists(st.one_of(PIECES, st.text(max_size=12)), max_size=40).map("\n".join)))
def test_no_text_raises_and_none_gives_html_through(text: str) -> None:
    lesson = read_lesson(text)
    last = text.count("\n") + text.count("\r") + 2
    assert all(1 <= problem.line <= last for problem in lesson.problems)
    assert_harmless(html_of(lesson))
    assert_harmless(html_of(read_lesson(WHOLE + "\n" + text)))
