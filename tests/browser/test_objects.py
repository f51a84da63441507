"""Families, resources and namespaces as a person reads them."""

from __future__ import annotations

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

IDLE = "html[data-idle=true]"
HELD = "?view=objects&sub=namespaces&namespace=temp&at=205"


def open_stage(page: Page, server: str, address: str) -> None:
    """The recording in which a namespace is deleted, when all is drawn."""
    page.goto(f"{server}/logs/namespace-delete/{address}")
    page.wait_for_selector(IDLE)


def test_from_a_service_to_its_pods_to_their_config_map_in_clicks(page: Page, server: str) -> None:
    open_stage(page, server, "?view=objects")
    page.get_by_role("button", name="services", exact=True).click()
    rows = page.get_by_role("table", name="Service objects")
    rows.get_by_role("button", name="web", exact=True).click()
    inspector = page.get_by_role("complementary", name="Inspector")
    inspector.get_by_role("tab", name="Family").click()
    pod = inspector.get_by_role("button", name=re.compile("^web-59ffc45cc9-")).first
    pod.click()
    expect(inspector.get_by_role("heading", level=2)).to_contain_text("Pod web-59ffc45cc9-")
    expect(inspector).to_contain_text("all keys as variables of nginx")
    inspector.get_by_role("button", name="web-config").click()
    expect(inspector.get_by_role("heading", level=2)).to_have_text("ConfigMap web-config")
    expect(inspector.get_by_role("heading", name="Used by")).to_be_visible()
    assert "part=family" in page.url


def test_what_each_way_of_deleting_would_do_is_told_by_signs(page: Page, server: str) -> None:
    open_stage(page, server, "?selected=apps/v1/deployments:shop/web&part=family")
    inspector = page.get_by_role("complementary", name="Inspector")
    ways = inspector.get_by_role("group", name="If it were deleted")
    ways.get_by_role("button", name="Foreground").click()
    expect(inspector).to_contain_text("It waits for 3 ReplicaSets, from the bottom up.")
    expect(inspector.locator(".fate.gone")).to_have_count(7)
    ways.get_by_role("button", name="Orphan").click()
    expect(inspector.locator(".fate.kept")).to_have_count(3)
    assert "deletion=orphan" in page.url
    ways.get_by_role("button", name="Orphan").click()
    expect(inspector.locator(".fate")).to_have_count(0)


def test_a_namespace_is_watched_going(page: Page, server: str) -> None:
    open_stage(page, server, HELD)
    holds = page.get_by_role("region", name="What holds it back")
    expect(holds).to_contain_text("ConfigMap c finalizer lab.example/hold")
    expect(holds).to_contain_text("NamespaceFinalizersRemaining")
    holds.get_by_role("button", name="ConfigMap c").click()
    inspector = page.get_by_role("complementary", name="Inspector")
    inspector.get_by_role("tab", name="Family").click()
    expect(inspector).to_contain_text("kubectl-patch put it there")
    page.keyboard.press("Escape")
    page.keyboard.press("End")
    expect(page.get_by_role("tabpanel", name="Namespaces")).to_contain_text("temp is not there at this moment")


def test_a_list_is_narrowed_sorted_and_kept_in_the_address(page: Page, server: str) -> None:
    open_stage(page, server, "?view=objects&resource=v1/pods")
    rows = page.get_by_role("table", name="Pod objects")
    expect(rows.get_by_role("row")).to_have_count(11)
    page.get_by_role("searchbox", name="Only objects with these words").fill("app=db")
    expect(rows.get_by_role("row")).to_have_count(3)
    rows.get_by_role("button", name="Name", exact=True).click()
    rows.get_by_role("button", name="Name ▲").click()
    expect(rows.get_by_role("row").nth(1)).to_contain_text("db-1")
    expect(rows.get_by_role("row").nth(1)).to_contain_text("Running")
    assert {"words=app%3Ddb", "order=name", "reversed=yes"} <= set(page.url.split("?")[1].split("&"))
    page.get_by_role("button", name="‹ All resources").click()
    page.get_by_role("button", name="Who can delete pods?").click()
    expect(page.get_by_role("tab", name="RBAC")).to_have_attribute("aria-selected", "true")


@pytest.mark.parametrize("scheme", ["dark", "light"])
@pytest.mark.parametrize(
    "address",
    [
        "?view=objects",
        "?view=objects&resource=apps/v1/deployments&table=yes",
        HELD,
        "?selected=apps/v1/deployments:shop/web&part=family&deletion=foreground",
        "?selected=networking.k8s.io/v1/ingresses:shop/shop&part=family",
    ],
)
def test_axe_finds_no_serious_violation(page: Page, server: str, address: str, scheme: str) -> None:
    page.emulate_media(color_scheme=scheme, reduced_motion="reduce")  # type: ignore[arg-type]
    open_stage(page, server, address)
    if "part=family" in address:
        expect(page.locator("orrery-family .tree").first).to_be_visible()
    serious = [
        (violation["id"], [node["html"][:200] for node in violation["nodes"][:3]])
        for violation in Axe().run(page).response["violations"]
        if violation["impact"] in ("serious", "critical")
    ]
    assert not serious


def test_a_phone_shows_it_without_scrolling_sideways(page: Page, server: str) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    open_stage(page, server, HELD)
    expect(page.get_by_role("region", name="What holds it back")).to_be_visible()
    shown = page.locator("orrery-namespaces :is(.panel, table)")
    boxes = [shown.nth(number).bounding_box() for number in range(shown.count())]
    assert max(box["x"] + box["width"] for box in boxes if box) <= 390
