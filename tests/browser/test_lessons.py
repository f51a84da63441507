"""A newcomer's first lesson, from the first page to its last question; and how a lesson is written on the page.

What is asked and what is right is read from the lesson itself, so that it may be written anew.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Locator, Page, expect

from tests.browser.test_stage import IDLE, open_stage
from visualizer.lessons.lesson import Chapter, Question
from visualizer.lessons.reading import read_lesson

TEXT = (Path(__file__).parents[2] / "demos" / "deploy" / "lesson.md").read_text()
LESSON = read_lesson(TEXT)
ASKED = sum(len(chapter.questions) for chapter in LESSON.chapters)
Press = Callable[[Locator], None]


def by_mouse(thing: Locator) -> None:
    thing.click()


def by_keyboard(thing: Locator) -> None:
    """Go there by the tabulator alone, and press Enter."""
    page = thing.page
    for _ in range(80):
        if thing.evaluate("element => element === document.activeElement"):
            page.keyboard.press("Enter")
            return
        page.keyboard.press("Tab")
    pytest.fail(f"the keyboard does not reach {thing}")


def plain(html: str) -> str:
    """The words of a piece of HTML."""
    return re.sub(r"<[^>]+>", "", html).replace("&quot;", '"').replace("&amp;", "&").strip()


def place(page: Page) -> int:
    return int(page.locator("html").get_attribute("data-seq") or 0)


def right(question: Question) -> int:
    return next(index for index, answer in enumerate(question.answers) if answer.is_right)


def answer(page: Page, card: Locator, question: Question, press: Press, *, first: int) -> None:
    """Give this answer first, and the right one in the end."""
    answers = card.get_by_role("listitem").get_by_role("button")
    expect(answers).to_have_count(len(question.answers))
    press(answers.nth(first))
    if question.kind == "choose":
        expect(card).to_contain_text(plain(question.answers[first].explanation).split("\n")[0])
        if not question.answers[first].is_right:
            press(answers.nth(right(question)))
        expect(
            card.get_by_text("Right at first try." if question.answers[first].is_right else "That is it.")
        ).to_be_visible()
    else:
        told = plain(question.answers[right(question)].explanation).split("\n")[0]
        expect(card.get_by_text(re.compile(r"^(As you said|It went otherwise)\.$"))).to_be_visible(timeout=60_000)
        expect(card).to_contain_text(told)


def take(page: Page, chapter: Chapter, press: Press, *, wrong: bool, is_played: bool) -> None:
    """Read a chapter, play it (or skip) to its end, and answer what it asks: its first question wrongly first."""
    lesson = page.locator("orrery-lesson")
    expect(lesson.get_by_role("heading", name=chapter.title, exact=True)).to_be_visible()
    page.wait_for_selector(IDLE)
    at = place(page)
    stops = 0 if chapter.stage.until is None else len(chapter.stage.pauses) + 1 if is_played else 1
    for _ in range(stops):
        if is_played:
            press(lesson.get_by_role("button", name=re.compile("^Play (this|on)")).first)
        else:
            press(lesson.get_by_role("button", name="skip to its end").first)
        expect(page.locator("orrery-bar .state")).to_contain_text("paused", timeout=60_000)
        page.wait_for_function("seq => Number(document.documentElement.dataset.seq) > seq", arg=at)
        at = place(page)
    if stops:
        expect(lesson.get_by_role("button", name="Play it again")).to_be_visible()
    for index, question in enumerate(chapter.questions):
        card = lesson.get_by_role("region", name="Question").nth(index)
        first = right(question)
        answer(
            page, card, question, press, first=(first + 1) % len(question.answers) if wrong and index == 0 else first
        )


def test_a_newcomer_takes_the_first_lesson_by_mouse(page: Page, server: str) -> None:
    page.goto(server)
    page.get_by_role("link", name="Start the first lesson").click()
    expect(page.get_by_role("heading", name=LESSON.title).last).to_be_visible()
    page.locator(".lesson-foot").get_by_role("button", name="Start").click()
    asking = [chapter for chapter in LESSON.chapters if chapter.questions]
    for chapter in LESSON.chapters:
        take(page, chapter, by_mouse, wrong=chapter is asking[0], is_played=True)
        page.locator(".lesson-foot").get_by_role("button").last.click()
    expect(page.locator("orrery-lesson")).to_contain_text(f"{ASKED - 1} of {ASKED} at first try")
    expect(page.get_by_role("link", name="Next lesson")).to_have_attribute(
        "href", re.compile(r"^/logs/[-\w]+/\?lesson=0$")
    )
    page.get_by_role("link", name="All lessons").click()
    first = page.locator(".lessons li").first
    expect(first).to_contain_text("✓ done")
    expect(page.get_by_role("heading", name="Go on")).to_be_visible()
    expect(page.locator('[data-field="title"]')).not_to_have_text(LESSON.title)


def test_a_newcomer_takes_the_first_lesson_by_keyboard(page: Page, server: str) -> None:
    page.emulate_media(reduced_motion="reduce")
    page.goto(server)
    by_keyboard(page.get_by_role("link", name="Start the first lesson"))
    page.wait_for_selector(IDLE)
    for chapter in LESSON.chapters:
        page.keyboard.press("n")
        take(page, chapter, by_keyboard, wrong=False, is_played=False)
    page.keyboard.press("n")
    expect(page.locator("orrery-lesson")).to_contain_text(f"{ASKED} of {ASKED} at first try")
    page.keyboard.press("p")
    expect(page.get_by_role("heading", name=LESSON.chapters[-1].title, exact=True)).to_be_visible()


def test_a_reader_may_wander_off_and_come_back(page: Page, server: str) -> None:
    open_stage(page, server, "/logs/deploy/?lesson=2")
    lesson = page.locator("orrery-lesson")
    its = page.url
    back = lesson.get_by_role("button", name="Back to the lesson")
    expect(back).to_have_count(0)
    page.get_by_role("tab", name="Nodes", exact=True).click()
    page.keyboard.press("End")
    expect(back).to_be_visible()
    back.click()
    page.wait_for_selector(IDLE)
    expect(page).to_have_url(its)

    page.locator("[data-pod]").first.click()
    expect(page.locator("orrery-inspector")).to_be_visible()
    expect(lesson).to_be_hidden()
    page.get_by_role("button", name="Lesson", exact=False).last.click()
    expect(lesson).to_be_visible()
    page.reload()
    page.wait_for_selector(IDLE)
    assert "lesson=2" in page.url


def test_a_chapter_is_open_again_after_a_reload_with_its_answers(page: Page, server: str) -> None:
    number = next(index for index, chapter in enumerate(LESSON.chapters, start=1) if chapter.questions)
    question = LESSON.chapters[number - 1].questions[0]
    assert question.kind == "choose"
    open_stage(page, server, f"/logs/deploy/?lesson={number}")
    card = page.get_by_role("region", name="Question").first
    answer(page, card, question, by_mouse, first=right(question))
    page.reload()
    expect(card.get_by_text("Right at first try.")).to_be_visible()
    page.goto(server)
    expect(page.get_by_role("link", name="Go on with this lesson")).to_have_attribute(
        "href", f"/logs/deploy/?lesson={number}"
    )


@pytest.mark.parametrize("scheme", ["dark", "light"])
@pytest.mark.parametrize("width", [1280, 390])
def test_home_and_lesson_are_accessible_and_fit(page: Page, server: str, scheme: str, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 844})
    page.emulate_media(color_scheme=scheme)
    number = next(index for index, chapter in enumerate(LESSON.chapters, start=1) if chapter.questions)
    for address in ("/", "/logs/deploy/?lesson=0", f"/logs/deploy/?lesson={number}"):
        page.goto(f"{server}{address}")
        if address != "/":
            page.wait_for_selector(IDLE)
            expect(page.locator("orrery-lesson")).to_be_visible()
        found = Axe().run(page, options={"runOnly": ["wcag2a", "wcag2aa"]})
        assert found.violations_count == 0, found.generate_report()
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_a_presenter_makes_everything_larger(page: Page, server: str) -> None:
    open_stage(page, server, "/logs/deploy/?lesson=1")
    heading = page.get_by_role("heading", name=LESSON.chapters[0].title, exact=True)
    before = heading.evaluate("element => element.getBoundingClientRect().height")
    page.keyboard.press("Shift+P")
    expect(page).to_have_url(re.compile("presenter=yes"))
    assert heading.evaluate("element => element.getBoundingClientRect().height") > before
    assert page.evaluate("document.documentElement.scrollHeight <= innerHeight")


def test_a_lesson_is_altered_previewed_saved_and_taken_back(page: Page, server: str) -> None:
    open_stage(page, server, "/logs/rolling-update/?lesson=1")
    lesson = page.locator("orrery-lesson")
    before = lesson.get_by_role("heading", level=2).inner_text()
    lesson.get_by_role("button", name="Edit").click()
    text = page.get_by_role("textbox", name="The lesson’s text")
    shipped = text.input_value()
    page.get_by_text("Nothing wrong with it.").wait_for()

    text.fill(shipped.replace(f"## {before}", "## Another title <b>", 1).replace("view: ", "view: no", 1))
    mistake = page.locator(".editor-mistakes li").first
    expect(mistake).to_contain_text("There is no view “no")
    mistake.get_by_role("button").click()
    chosen = "area => area.value.slice(area.selectionStart, area.selectionEnd)"
    assert text.evaluate(chosen).startswith("view: no")
    page.keyboard.press("End")
    page.get_by_role("button", name="Preview", exact=True).first.click()
    expect(lesson.get_by_role("heading", name="Another title <b>", exact=True)).to_be_visible()

    page.get_by_role("button", name="Text", exact=True).click()
    text.fill(shipped.replace(f"## {before}", "## Another title", 1) + "\n## The last\n")
    text.press("Control+End")
    page.keyboard.press("Shift+Tab")
    page.get_by_role("button", name="Use this moment").click()
    assert re.search(r"## The last\n```stage\nat: \d+\nview: \w+\n(.*\n)*```\n$", text.input_value())
    page.get_by_text("Nothing wrong with it.").wait_for()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Saved.")).to_be_visible()
    with page.expect_download() as kept:
        page.get_by_role("button", name="Download").click()
    assert Path(kept.value.path()).read_text() == text.input_value()
    assert not Axe().run(page, options={"runOnly": ["wcag2a", "wcag2aa"]}).violations_count

    page.get_by_role("button", name="Close").click()
    page.reload()
    page.goto(f"{server}/logs/rolling-update/?lesson=1")
    expect(lesson.get_by_role("heading", name="Another title", exact=True)).to_be_visible()
    lesson.get_by_role("button", name="Edit").click()
    page.on("dialog", lambda dialog: dialog.accept())
    page.get_by_role("button", name="Revert").click()
    expect(page.get_by_text("This is the shipped text again.")).to_be_visible()
    assert text.input_value() == shipped
    page.get_by_role("button", name="Close").click()
    expect(lesson.get_by_role("heading", name=before, exact=True)).to_be_visible()


def test_of_two_editors_the_second_is_told_and_keeps_the_text(page: Page, server: str) -> None:
    open_stage(page, server, "/logs/rolling-update/?lesson=1")
    page.get_by_role("button", name="Edit").click()
    text = page.get_by_role("textbox", name="The lesson’s text")
    shipped = text.input_value()
    address = f"{server}/api/logs/rolling-update/lesson"
    version = page.request.get(f"{address}/text").json()["version"]
    token = next(cookie["value"] for cookie in page.context.cookies() if cookie["name"] == "csrftoken")
    headers = {"X-CSRFToken": token, "Origin": server}
    assert page.request.put(address, data={"text": f"{shipped}\n", "version": version}, headers=headers).ok
    text.fill(f"{shipped}\nMine.\n")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Somebody else saved this lesson meanwhile.")).to_be_visible()
    assert text.input_value() == f"{shipped}\nMine.\n"
    assert page.request.delete(f"{address}?version={version + 1}", headers=headers).ok
    page.problems[:] = [problem for problem in page.problems if "409" not in problem]
