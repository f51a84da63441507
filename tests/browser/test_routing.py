"""Routing as a person uses it: follows a packet to a Pod, reads its rules, sees a Pod leave its Service and return."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import ROOT

IDLE = "html[data-idle=true]"
PRINT_RULES = (
    "proxy_rules",
    "demos/services/recording.jsonl.zst",
    "--node=node-2",
    "--mode=iptables",
    "--at=1795429069.95",
)
NODE_PORT = "/logs/services/?view=routing&at=200&service=shop/tour-clusterip&traffic=outside"


def open_stage(page: Page, server: str, address: str) -> None:
    page.goto(f"{server}{address}")
    page.wait_for_selector(IDLE)


def card(page: Page, name: str) -> Locator:
    """The card of this id."""
    return page.locator(f'[data-card="{name}"]')


def test_a_packet_is_followed_from_outside_through_a_node_port_to_a_pod_and_its_rules_are_read(
    page: Page, server: str
) -> None:
    open_stage(page, server, "/logs/services/?view=routing&at=200")
    card(page, "shop/tour-clusterip").click()
    page.get_by_role("button", name="from outside").click()
    expect(card(page, "way:NodePort * ")).to_contain_text("any node:31554")
    packet = page.get_by_role("complementary", name="Follow a packet")
    packet.get_by_role("combobox", name="to", exact=True).fill("node-1:31554")
    packet.get_by_role("button", name="Follow", exact=True).click()
    expect(packet).to_contain_text("● Delivered")
    expect(packet).to_contain_text("KUBE-NODEPORTS")
    expect(packet.locator(".rewrite").first).to_contain_text(re.compile(r"dst\s*\S+:31554\s*10\.244\.\d+\.\d+:80"))
    rules = page.get_by_role("region", name="Rules for shop/tour-clusterip on node-1")
    expect(rules.locator(".matched").first).to_be_visible()
    expect(rules.locator(".matched", has_text="--dport 31554").last).to_contain_text("matched")
    expect(page.locator(".way-card.lit", has_text="ready")).to_have_count(1)
    assert "to=node-1:31554" in page.url

    rules.get_by_role("button", name="nftables").click()
    expect(rules).to_contain_text("service-nodeports")
    expect(packet).to_contain_text("● Delivered")


def test_a_pod_leaves_its_service_when_its_probe_fails_and_returns(page: Page, server: str) -> None:
    open_stage(page, server, "/logs/readiness/?view=routing&at=70&service=shop/web")
    ready, out = page.locator(".way-card", has_text="● ready"), page.locator(".way-card", has_text="✕")
    expect(ready).to_have_count(3)
    expect(page.locator(".chance").first).to_have_text("33.3%")
    places = {each.get_attribute("data-card"): each.get_attribute("transform") for each in ready.all()}
    rules = page.get_by_role("region", name="Rules for shop/web on node-1")
    expect(rules.locator("li", has_text="--to-destination 10.244.2.8:")).to_have_count(1)

    step_until(page, page.locator(".way-card", has_text="◐ Pod not ready, slice not yet"), 1)
    expect(page.locator(".chance").first).to_have_text("33.3%")
    step_until(page, out, 1)
    expect(out).to_contain_text("✕ it is not ready")
    expect(page.locator(".chance").first).to_have_text("50%")
    expect(rules.locator("li", has_text="--to-destination 10.244.2.8:")).to_have_count(0)
    for each in ready.all():
        assert each.get_attribute("transform") == places[each.get_attribute("data-card")], "cards keep their places"

    step_until(page, page.locator(".way-card", has_text="◐ Pod ready, slice not yet"), 1)
    step_until(page, ready, 3)
    expect(out).to_have_count(0)
    expect(page.locator(".chance").first).to_have_text("33.3%")


def step_until(page: Page, found: Locator, number: int) -> None:
    """Step from write to write until so many are found."""
    for _ in range(40):
        if found.count() == number:
            return
        seq = page.locator("html").get_attribute("data-seq") or ""
        page.keyboard.press("ArrowRight")
        expect(page.locator("html")).not_to_have_attribute("data-seq", seq)
        page.wait_for_selector(IDLE)
    expect(found).to_have_count(number)


def test_a_nodes_own_rules_are_compared_with_those_expected(page: Page, server: str) -> None:
    open_stage(page, server, f"{NODE_PORT}&node=node-2")
    panel = page.get_by_role("region", name="Rules for shop/tour-clusterip on node-2")
    panel.get_by_text("Compare with what node-2 really has").click()
    pasted = panel.get_by_role("textbox", name="The node's own rules")
    pasted.fill("nothing of the kind")
    panel.get_by_role("button", name="Compare", exact=True).click()
    expect(panel.get_by_role("status")).to_contain_text("This is neither what iptables-save nor")
    page.problems.clear()  # Chromium counts a refusal among its errors
    printed = subprocess.run(
        [sys.executable, "manage.py", *PRINT_RULES],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    pasted.fill(printed)
    panel.get_by_role("button", name="Compare", exact=True).click()
    expect(panel).to_contain_text("● node-2, iptables, IPv4: the node has what is expected.")
    lines = [line for line in printed.splitlines() if not ("--dport 31554" in line and "nfacct" not in line)]
    pasted.fill("\n".join([*lines, ""]))
    panel.get_by_role("button", name="Compare", exact=True).click()
    expect(panel).to_contain_text("✕ node-2, iptables, IPv4: 1 Service differs")
    expect(panel.locator("del")).to_contain_text("missing on the node")
    expect(panel.locator("del")).to_contain_text("--dport 31554")


def test_everything_can_be_done_by_keyboard(page: Page, server: str) -> None:
    open_stage(page, server, "/logs/services/?at=200")
    page.keyboard.press("2")
    card(page, "shop/api").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="shop/api", exact=True)).to_be_visible()
    card(page, "node:node-2").focus()
    page.keyboard.press("Enter")
    rules = page.get_by_role("region", name="Rules for shop/api on node-2")
    endpoint = page.locator('[data-card^="end:"]').first
    endpoint.focus()
    expect(rules.locator("li.at").first).to_be_visible()
    page.keyboard.press("Enter")
    expect(page.get_by_role("complementary", name="Inspector")).to_contain_text("Pod api-")
    page.keyboard.press("Escape")
    page.keyboard.press("Escape")
    expect(card(page, "shop/tour-clusterip")).to_be_visible()


def test_a_service_that_is_not_there_and_a_packet_that_goes_nowhere_are_told(page: Page, server: str) -> None:
    open_stage(page, server, "/logs/services/?view=routing&at=200&service=shop/<b>none</b>")
    expect(page.get_by_role("heading", name="No Service shop/<b>none</b> at this moment")).to_be_visible()
    page.get_by_role("button", name="all Services").click()
    packet = page.get_by_role("complementary", name="Follow a packet")
    packet.get_by_role("combobox", name="to", exact=True).fill("empty.shop:80")
    packet.get_by_role("combobox", name="from").fill("node-1")
    packet.get_by_role("button", name="Follow", exact=True).click()
    expect(packet).to_contain_text("✕ Not delivered")
    packet.get_by_role("combobox", name="to", exact=True).fill("nonsense")
    packet.get_by_role("button", name="Follow", exact=True).click()
    expect(packet.get_by_role("alert")).to_contain_text("“nonsense” is no destination")


@pytest.mark.parametrize("scheme", ["dark", "light"])
@pytest.mark.parametrize(
    "address",
    ["/logs/services/?view=routing&at=200", f"{NODE_PORT}&from=outside&to=node-1:31554&table=yes"],
)
def test_axe_finds_no_serious_violation(page: Page, server: str, address: str, scheme: str) -> None:
    page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    open_stage(page, server, address)
    violations = Axe().run(page).response["violations"]
    serious = [
        (violation["id"], [node["html"][:200] for node in violation["nodes"][:3]])
        for violation in violations
        if violation["impact"] in ("serious", "critical")
    ]
    assert not serious
