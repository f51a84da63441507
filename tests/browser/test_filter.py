"""The filter as a person uses it: typed once, it narrows every diagram, and a link carries it."""

from __future__ import annotations

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

IDLE = "html[data-idle=true]"
AT = "/logs/rolling-update/?at=200"


def faded(page: Page) -> int:
    """How many Pods are drawn faint."""
    return page.locator(".unmet .pod, .pod.faded").count()


def test_a_filter_is_typed_once_and_narrows_every_diagram(page: Page, server: str) -> None:
    page.goto(f"{server}{AT}&view=nodes")
    page.wait_for_selector(IDLE)
    page.wait_for_selector(".pod")
    assert faded(page) == 0
    page.keyboard.press("f")
    field = page.get_by_role("combobox", name="Filter")
    expect(field).to_be_focused()
    page.keyboard.type("kind:p")
    options = page.get_by_role("listbox", name="Completions").get_by_role("option")
    expect(options.filter(has_text="kind:pod").first).to_be_visible()
    page.keyboard.type("od app=web")
    expect(page.locator("#filter-told")).to_have_text("4 objects at this moment")
    page.keyboard.press("Enter")
    page.wait_for_selector(IDLE)
    expect(page.locator("orrery-filter .met")).to_have_text("4")
    assert "filter=kind:pod" in page.url
    assert faded(page) > 0
    before = faded(page)
    page.reload()
    page.wait_for_selector(IDLE)
    expect(field).to_have_value("kind:pod app=web")
    expect(page.locator("orrery-filter .met")).to_have_text("4")
    page.wait_for_selector(".pod")
    assert faded(page) == before
    page.get_by_role("tab", name="Flow").click()
    expect(field).to_have_value("kind:pod app=web")
    card = page.locator('[data-component="scheduler:kube-scheduler"]')
    expect(card).to_contain_text("of 6 writes")
    page.get_by_role("tab", name="Routing").click()
    expect(page.get_by_text("By the filter: 1 of")).to_be_visible()
    page.keyboard.press("t")
    table = page.get_by_role("region", name="The same facts as a table")
    expect(table.locator("tbody tr")).to_have_count(1)
    expect(table).to_contain_text("web")
    page.go_back()
    page.go_back()
    page.go_back()
    page.go_back()
    expect(field).to_have_value("")
    page.wait_for_selector(IDLE)
    assert faded(page) == 0


def test_what_is_wrong_is_said_at_the_field_and_nothing_found_offers_a_way_back(page: Page, server: str) -> None:
    page.goto(f"{server}{AT}&filter=colour:red")
    page.wait_for_selector(IDLE)
    expect(page.locator("#filter-told")).to_contain_text("There is no field “colour”")
    expect(page.get_by_role("combobox", name="Filter")).to_have_attribute("aria-invalid", "true")
    page.goto(f"{server}{AT}&filter=app%3Dnobody")
    expect(page.get_by_text("Nothing at this moment meets")).to_be_visible()
    page.locator(".unmet-all").get_by_role("button", name="Clear the filter").click()
    expect(page.get_by_text("Nothing at this moment meets")).to_be_hidden()
    assert "filter=" not in page.url


def test_a_search_becomes_a_filter_and_escape_leaves_it_as_it_was(page: Page, server: str) -> None:
    page.goto(f"{server}{AT}")
    page.wait_for_selector(IDLE)
    page.keyboard.press("Control+k")
    page.keyboard.type("owner:web")
    expect(page.get_by_role("dialog", name="Search").get_by_role("button", name="Filter by this")).to_be_visible()
    page.keyboard.press("Shift+Enter")
    field = page.get_by_role("combobox", name="Filter")
    expect(field).to_have_value("owner:web")
    page.keyboard.press("f")
    page.keyboard.type("api")
    page.keyboard.press("Escape")
    expect(field).to_have_value("owner:web")
    assert "filter=owner:web" in page.url


@pytest.mark.parametrize("theme", ["dark", "light"])
def test_the_filter_is_accessible(page: Page, server: str, theme: str) -> None:
    page.emulate_media(color_scheme=theme)  # type: ignore[arg-type]
    page.goto(f"{server}{AT}")
    page.wait_for_selector(IDLE)
    page.keyboard.press("f")
    page.keyboard.type("node:")
    expect(page.get_by_role("listbox", name="Completions").get_by_role("option").first).to_be_visible()
    assert Axe().run(page, context="orrery-filter").response["violations"] == []
