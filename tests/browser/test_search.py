"""Search as a person uses it: from ⌘K to an object, by keyboard alone, at any moment."""

from __future__ import annotations

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

IDLE = "html[data-idle=true]"


def test_from_search_to_the_inspector_by_keyboard_at_a_past_moment(page: Page, server: str) -> None:
    page.goto(f"{server}/logs/services/?at=200")
    page.wait_for_selector(IDLE)
    page.keyboard.press("Control+k")
    dialog = page.get_by_role("dialog", name="Search")
    box = dialog.get_by_role("combobox", name="Search objects")
    expect(box).to_be_focused()
    page.keyboard.type("kind:serv")
    expect(dialog.locator(".chip").first).to_contain_text("kind:service")
    page.keyboard.press("Tab")
    page.keyboard.type(" tour-clusterip")
    expect(dialog.get_by_role("option").first).to_contain_text("tour-clusterip")
    expect(dialog.get_by_role("option").first).to_have_attribute("aria-selected", "true")
    expect(dialog.get_by_role("status")).to_contain_text("object")
    page.keyboard.press("Enter")
    expect(dialog).to_be_hidden()
    expect(page.get_by_role("complementary", name="Inspector")).to_contain_text("Service tour-clusterip")
    assert "view=routing" in page.url
    assert "at=200" in page.url
    page.keyboard.press("Home")
    page.wait_for_selector(IDLE)
    page.get_by_role("button", name="Search").click()
    box.fill("kind:service tour-clusterip")
    expect(dialog.get_by_role("status")).to_have_text("Nothing here at this moment meets this.")
    box.fill("colour:red")
    expect(dialog.get_by_role("status")).to_contain_text("There is no field “colour”")
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()


@pytest.mark.parametrize("theme", ["dark", "light"])
def test_search_is_accessible(page: Page, server: str, theme: str) -> None:
    page.emulate_media(color_scheme=theme)  # type: ignore[arg-type]
    page.goto(f"{server}/logs/services/?at=200")
    page.wait_for_selector(IDLE)
    page.keyboard.press("Control+k")
    dialog = page.get_by_role("dialog", name="Search")
    expect(dialog.get_by_role("button", name="app=web")).to_be_visible()
    page.keyboard.type("node:node-2 app=web")
    expect(dialog.get_by_role("option").first).to_be_visible()
    violations = Axe().run(page).response["violations"]
    assert violations == []
