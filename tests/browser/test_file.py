"""A recording in one HTML file, opened from disk with no network: it plays, answers, and asks nobody for anything."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, ConsoleMessage, Page, expect

from tests.browser.conftest import ARTEFACTS
from tests.offline import carried

IDLE = "html[data-idle=true]"
PLAYED = 2
"""So many chapters are played, and of the others the end is gone to: they play slowly, to be watched."""
Open = Callable[..., Page]


@pytest.fixture(scope="module")
def files(server: str, tmp_path_factory: pytest.TempPathFactory, browser: Browser) -> Callable[[str], Path]:
    """The file of a shipped recording, downloaded once by the button on its stage."""
    folder = tmp_path_factory.mktemp("files")

    def download(name: str) -> Path:
        path = folder / f"{name}.html"
        if not path.exists():
            page = browser.new_page()
            page.goto(f"{server}/logs/{name}/")
            page.wait_for_selector(IDLE)
            with page.expect_download(timeout=180_000) as begun:
                page.get_by_role("button", name="HTML file").click()
            assert begun.value.suggested_filename == f"{name}.html"
            begun.value.save_as(path)
            page.close()
        return path

    return download


@pytest.fixture
def opened(browser: Browser, request: pytest.FixtureRequest) -> Iterator[Open]:
    """Opens a file as from a disk, without a network. Any request for anything else fails the test, and any error."""
    pages: list[Page] = []
    problems: list[str] = []

    def note(message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            problems.append(message.text)

    def open_file(path: Path, fragment: str = "", **options: object) -> Page:
        context = browser.new_context(offline=True, **{"viewport": {"width": 1280, "height": 800}, **options})  # type: ignore[arg-type]
        page = context.new_page()
        own = path.as_uri()
        page.on("request", lambda sent: None if sent.url.split("#")[0] == own else problems.append(sent.url[:100]))
        page.on("console", note)
        page.on("pageerror", lambda error: problems.append(str(error)))
        pages.append(page)
        page.goto(f"{own}{fragment}")
        page.wait_for_selector(IDLE)
        return page

    yield open_file
    ARTEFACTS.mkdir(exist_ok=True)
    for page in pages:
        page.screenshot(path=ARTEFACTS / f"{request.node.name.replace('[', '-').rstrip(']')}.png")
        page.context.close()
    assert not problems, f"the file asked for something, or has errors: {problems}"


def place(page: Page) -> int:
    """The frame that the stage stands after."""
    return int(page.locator("html").get_attribute("data-seq") or -1)


def test_it_opens_from_disk_and_plays_to_its_end(files: Callable[[str], Path], opened: Open) -> None:
    page = opened(files("deploy"), "#view=flow")
    begin = place(page)
    page.get_by_label("Speed").select_option("100")
    page.keyboard.press("Space")
    expect(page.locator(".state")).to_contain_text("paused")
    expect(page.locator("html")).to_have_attribute("data-seq", "234")
    page.keyboard.press("Home")
    expect(page.locator("html")).to_have_attribute("data-seq", str(begin))
    page.keyboard.press("ArrowRight")
    expect(page.locator("html")).not_to_have_attribute("data-seq", str(begin))
    first = place(page)
    assert first > begin
    page.keyboard.press("ArrowRight")
    expect(page.locator("html")).not_to_have_attribute("data-seq", str(first))
    page.keyboard.press("ArrowLeft")
    expect(page.locator("html")).to_have_attribute("data-seq", str(first))
    assert f"#at={first}" in page.url  # a link into the file shows the same


def test_its_lesson_is_taken_from_the_first_chapter_to_the_last_question(
    files: Callable[[str], Path], opened: Open
) -> None:
    path = files("deploy")
    lesson = carried.parts_of(path.read_bytes())["start"]["lesson"]["lesson"]
    page = opened(path)
    expect(page.get_by_role("heading", name=lesson["title"], level=2)).to_be_visible()
    page.locator(".lesson-foot button").last.click()
    for index, chapter in enumerate(lesson["chapters"]):
        expect(page.get_by_role("heading", name=chapter["title"], exact=True)).to_be_visible()
        expect(page.locator("html")).to_have_attribute("data-seq", str(chapter["stage"]["at"]))
        if index < PLAYED:
            _play(page, chapter["stage"])
        else:
            page.get_by_role("button", name="skip to its end").first.click()
        for number, question in enumerate(chapter["questions"]):
            right = [answer["isRight"] for answer in question["answers"]].index(True)
            card = page.get_by_role("region", name="Question").nth(number)
            card.get_by_role("listitem").nth(right).get_by_role("button").click()
            if question["kind"] == "predict":
                page.keyboard.press("End")  # what is played to tell it takes long, and is within
            expect(card.get_by_text("Right at first try.").or_(card.get_by_text("As you said."))).to_be_visible()
        page.locator(".lesson-foot button").last.click()
    asked = sum(len(chapter["questions"]) for chapter in lesson["chapters"])
    expect(page.locator(".lesson-score")).to_have_text(f"{asked} of {asked} at first try")
    expect(page.get_by_role("link", name="All lessons")).to_have_count(0)
    page.reload()
    page.wait_for_selector(IDLE)
    expect(page.locator(".lesson-score")).to_be_visible()  # the address has the place, and this browser the answers


def _play(page: Page, stage: dict[str, Any]) -> None:
    """Play the stage, from stop to stop, as far as it goes."""
    for stop in [*(pause["seq"] for pause in stage["pauses"]), stage["until"]]:
        if stop > stage["at"]:
            page.locator("orrery-lesson .lesson-play button.primary").first.click()
            expect(page.locator("html")).to_have_attribute("data-seq", str(stop))
            expect(page.locator(".state")).to_contain_text("paused")


def test_it_shows_and_answers_what_the_server_does(
    files: Callable[[str], Path], opened: Open, page: Page, server: str
) -> None:
    """The same pictures, the same inspector and the same answers, word for word, at the same places."""
    path = files("deploy")
    for query in (
        "at=130&selected=apps/v1/deployments:shop/hello",
        "at=130&selected=apps/v1/deployments:shop/hello&part=history",
        "at=130&selected=apps/v1/deployments:shop/hello&part=family",
        "at=100&trace=62",
        "at=150&view=routing&service=shop/hello",
        "at=150&view=rbac&ask=what can service account kube-system/deployment-controller do?",
        "at=200&view=nodes&table=yes",
    ):
        page.goto(f"{server}/logs/deploy/?{query}")
        page.wait_for_selector(IDLE)
        page.evaluate("document.querySelectorAll('.needs-server').forEach((part) => { part.style.display = 'none'; })")
        copy = opened(path, f"#{query}")
        for part in ("main", ".aside, orrery-inspector", "orrery-timeline .caption"):
            expect(copy.locator(part).first).to_have_text(page.locator(part).first.inner_text(), use_inner_text=True)


def test_what_it_does_not_carry_it_says(files: Callable[[str], Path], opened: Open) -> None:
    page = opened(files("deploy"), "#view=rbac&ask=who can delete pods in shop?")
    expect(page.locator("orrery-rbac-answer [role=alert]")).to_contain_text("This file carries only")
    for name in ("Search", "Health"):
        expect(page.get_by_role("button", name=name)).to_have_count(0)
    expect(page.get_by_label("Cluster or recording")).to_be_hidden()
    page.keyboard.press("Control+k")
    expect(page.get_by_role("dialog")).to_have_count(0)


@pytest.mark.parametrize("scheme", ["dark", "light"])
@pytest.mark.parametrize("view", ["flow", "routing", "nodes"])
def test_axe_finds_no_serious_violation(files: Callable[[str], Path], opened: Open, view: str, scheme: str) -> None:
    page = opened(files("deploy"), f"#at=150&view={view}&selected=v1/services:shop/hello", color_scheme=scheme)
    violations = Axe().run(page).response["violations"]
    assert [each["id"] for each in violations if each["impact"] in ("serious", "critical")] == []


def test_it_is_read_on_a_phone(files: Callable[[str], Path], opened: Open) -> None:
    page = opened(files("deploy"), "#at=150", viewport={"width": 390, "height": 844})
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
