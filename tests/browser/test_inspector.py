"""From a search to an object, to what a write altered, to the line that asks for it: by keyboard as well."""

from __future__ import annotations

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

IDLE = "html[data-idle=true]"
CURL = 'curl --silent "$APISERVER/apis/apps/v1/namespaces/shop/deployments/web"'


@pytest.fixture
def rollout(page: Page, server: str) -> Page:
    """The end of a rollout, and a clipboard."""
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.goto(f"{server}/logs/rolling-update/")
    page.wait_for_selector(IDLE)
    page.keyboard.press("End")
    page.wait_for_selector(IDLE)
    return page


def find_web(page: Page) -> None:
    """Search for the Deployment, and go there."""
    page.keyboard.press("Control+k")
    dialog = page.get_by_role("dialog", name="Search")
    expect(dialog.get_by_role("combobox")).to_be_focused()
    page.keyboard.type("kind:deployment web")
    expect(dialog.get_by_role("option").first).to_contain_text("web")
    expect(dialog.get_by_role("status")).to_contain_text("1 object")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Deployment web", exact=True)).to_be_visible()


def test_from_search_to_object_to_diff_to_curl_line(rollout: Page) -> None:
    page = rollout
    find_web(page)
    inspector = page.locator("orrery-inspector")
    inspector.get_by_role("tab", name="History").click()
    versions = inspector.get_by_role("checkbox")
    versions.nth(0).check()
    versions.last.check()
    expect(inspector.locator(".diff ins", has_text="generation").first).to_be_visible()
    inspector.get_by_role("button", name="Side by side").click()
    expect(page.get_by_role("dialog", name="Two versions side by side")).to_be_visible()
    page.keyboard.press("Escape")
    inspector.get_by_role("button", name="Done comparing").click()
    expect(inspector.locator(".diff")).to_have_count(0)
    inspector.get_by_role("tab", name="Ask").click()
    inspector.get_by_role("button", name=f"Copy: {CURL}").click()
    assert page.evaluate("navigator.clipboard.readText()") == CURL
    assert "part=ask" in page.url
    page.reload()
    expect(page.locator("orrery-ask code", has_text=CURL)).to_be_visible()


def test_the_same_way_by_keyboard(rollout: Page) -> None:
    page = rollout
    find_web(page)
    page.get_by_role("tab", name="History").focus()
    page.keyboard.press("Enter")
    boxes = page.locator("orrery-history").get_by_role("checkbox")
    boxes.nth(0).focus()
    page.keyboard.press("Space")
    boxes.nth(1).focus()
    page.keyboard.press("Space")
    expect(page.locator(".diff").first).to_be_visible()
    page.get_by_role("tab", name="Ask").focus()
    page.keyboard.press("Enter")
    page.get_by_role("button", name=f"Copy: {CURL}").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name=f"Copy: {CURL}")).to_have_text("Copied")
    assert page.evaluate("navigator.clipboard.readText()") == CURL


def test_arrows_go_through_the_fields_and_the_schema_says_what_each_is(rollout: Page) -> None:
    page = rollout
    page.keyboard.press("Home")
    page.wait_for_selector(IDLE)
    find_web(page)
    yaml = page.get_by_role("group", name="The object as YAML")
    words = page.locator(".field-words")
    expect(words).to_contain_text("what the schema says")
    yaml.focus()
    page.keyboard.press("ArrowDown")
    expect(words).to_contain_text("APIVersion defines the versioned schema")
    page.keyboard.press("ArrowDown")
    expect(words).to_contain_text("Kind is a string value")
    page.get_by_role("button", name="Copy kubectl explain").click()
    said = page.evaluate("navigator.clipboard.readText()")
    assert said == "kubectl explain --api-version=apps/v1 deployments.kind"
    page.locator(".yaml code", has_text="resourceVersion").first.hover()
    expect(words).to_contain_text("An opaque value")


def test_a_manifest_is_copied_without_what_the_server_sets(rollout: Page) -> None:
    page = rollout
    find_web(page)
    page.get_by_text("Copy as manifest").click()
    page.get_by_role("button", name="Copy the manifest").click()
    text = page.evaluate("navigator.clipboard.readText()")
    assert text.startswith("apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: web\n")
    assert "resourceVersion" not in text
    assert "status:" not in text


@pytest.mark.parametrize("part", ["object", "history", "ask"])
@pytest.mark.parametrize("theme", ["dark", "light"])
def test_each_part_is_accessible(page: Page, server: str, part: str, theme: str) -> None:
    page.emulate_media(color_scheme=theme)
    page.goto(f"{server}/logs/rolling-update/?selected=apps/v1/deployments:shop/web&part={part}")
    expect(page.locator("orrery-inspector .part")).to_be_visible()
    expect(page.get_by_text("Reading")).to_have_count(0)
    found = Axe().run(page, context="orrery-inspector")
    assert found.violations_count == 0, found.generate_report()
