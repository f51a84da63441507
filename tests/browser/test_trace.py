"""One trace followed from the command to the ready pod, by mouse and by keyboard; and why a pod waits."""

from __future__ import annotations

import json
import re
from itertools import pairwise

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.browser.test_stage import open_stage

POD = "hello-64d75f9968-m5r9j"
WAY = [
    "created Deployment hello",
    "created ReplicaSet hello-64d75f9968",
    f"created Pod {POD}",
    f"bound Pod {POD} to node-3",
    f"updated status of Pod {POD}",
]
"""From the command to the ready pod: what each write did, each because of the one before."""


def test_a_trace_is_followed_by_mouse_from_the_command_to_the_ready_pod(page: Page, server: str) -> None:
    open_stage(page, server, "/logs/deploy/?at=100")
    expect(page.get_by_role("heading", name="Trace: kubectl created Deployment hello")).to_be_visible()
    expect(page.locator(".outcome")).to_contain_text("to 3 ready Pods")
    inspector = page.locator("orrery-inspector")
    page.get_by_role("option", name=f"{WAY[0]}, by kubectl").locator(".shape").click()
    expect(inspector.get_by_role("heading", name="Deployment hello")).to_be_visible()
    expect(inspector.locator("p", has_text="kubectl created it")).to_be_visible()
    for before, after in pairwise(WAY):
        inspector.locator(".effects").get_by_role("button", name=after, exact=True).last.click()
        expect(inspector.get_by_role("heading", name=after.split()[-1] if "Replica" in after else POD)).to_be_visible()
        cause = inspector.get_by_role("heading", name="What set it off").locator("xpath=following-sibling::p[1]")
        expect(cause).to_contain_text(before)
    expect(inspector.locator(".yaml code.fresh", has_text="phase: Running")).to_be_visible()
    expect(page).to_have_url(re.compile(r"&trace=\d+"))
    expect(page.get_by_role("heading", name="Trace: kubectl created Deployment hello")).to_be_visible()


def test_a_trace_is_followed_by_keyboard_up_to_the_command_and_its_writes_inspected(page: Page, server: str) -> None:
    open_stage(page, server, f"/logs/deploy/?at=100&selected=v1/pods:shop/{POD}&version=92&trace=92")
    falls = page.get_by_role("listbox", name="The writes of this trace")
    status = page.locator("orrery-waterfall [role=status]")
    page.keyboard.press("w")
    expect(falls).to_be_focused()
    expect(status).to_contain_text(WAY[-1])
    for text in reversed(WAY[:-1]):
        page.keyboard.press("ArrowUp")
        expect(status).to_have_text(re.compile(f"^{re.escape(text)}, by "))
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Deployment hello", exact=True)).to_be_visible()
    told = [status.inner_text()]
    while not told[-1].startswith(WAY[2]):
        page.keyboard.press("ArrowRight")
        expect(status).not_to_have_text(told[-1])
        told.append(status.inner_text())
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name=f"Pod {POD}", exact=True)).to_be_visible()
    expect(page.locator("html")).to_have_attribute("data-seq", "100")


def test_a_trace_is_zoomed_panned_and_seen_whole_again(page: Page, server: str) -> None:
    open_stage(page, server, "/logs/deploy/?at=100")
    marks = page.locator("orrery-waterfall [data-write]")
    expect(marks.first).to_be_visible()
    whole = marks.count()
    page.keyboard.press("w")
    for _ in range(6):
        page.keyboard.press("+")
    expect(marks).not_to_have_count(whole)
    assert marks.count() < whole
    page.keyboard.press("0")
    expect(marks).to_have_count(whole)
    falls = page.locator("orrery-waterfall").bounding_box()
    assert falls
    page.mouse.move(falls["x"] + 300, falls["y"] + 60)
    page.mouse.wheel(0, -1200)
    expect(marks).not_to_have_count(whole)


def test_a_pointer_that_rests_on_a_write_is_shown_what_it_altered(page: Page, server: str) -> None:
    open_stage(page, server, "/logs/deploy/?at=100")
    page.get_by_role("option", name=f"{WAY[3]}, by").locator(".shape").hover()
    tip = page.get_by_role("tooltip")
    expect(tip).to_contain_text("spec.nodeName")
    expect(tip).to_contain_text("node-3")
    expect(tip).to_contain_text(f"after {WAY[2]}")


def test_a_trace_is_explained_in_sentences_that_lead_to_their_evidence(page: Page, server: str) -> None:
    open_stage(page, server, "/logs/deploy/?at=100")
    page.get_by_role("button", name="Explain this trace").click()
    explained = page.get_by_role("dialog", name="kubectl created Deployment hello")
    sentences = explained.locator("li")
    expect(sentences.first).to_contain_text("kubectl created Deployment shop/hello")
    assert all(each.locator(".evidence").count() for each in sentences.all())
    violations = Axe().run(page).response["violations"]
    assert not [each["id"] for each in violations if each["impact"] in ("serious", "critical")]
    sentences.first.get_by_role("button").first.click()
    expect(explained).to_have_count(0)
    expect(page.get_by_role("heading", name="Deployment hello", exact=True)).to_be_visible()


def test_a_trace_is_downloaded_for_tracing_tools(page: Page, server: str) -> None:
    open_stage(page, server, "/logs/deploy/?at=100")
    with page.expect_download() as download:
        page.get_by_role("link", name="OTLP").click()
    exported = json.loads(download.value.path().read_text())
    spans = exported["resourceSpans"][0]["scopeSpans"][0]["spans"]
    assert any("Deployment" in span["name"] for span in spans)


def test_the_table_beside_the_flow_has_the_trace(page: Page, server: str) -> None:
    open_stage(page, server, "/logs/deploy/?at=100&table=yes")
    table = page.get_by_role("region", name="The same facts as a table")
    row = table.locator("tbody tr", has=page.get_by_role("button", name=WAY[3], exact=True))
    expect(row).to_contain_text("kube-scheduler")
    expect(row).to_contain_text(WAY[2])
    row.get_by_role("button").click()
    expect(page.locator("orrery-inspector .yaml code.fresh", has_text="nodeName: node-3")).to_be_visible()


def test_a_pod_that_waits_tells_what_each_node_lacks(page: Page, server: str) -> None:
    open_stage(page, server, "/logs/scheduling/?at=90&selected=v1/pods:shop/big-867b648c44-7xjc9")
    verdicts = page.locator(".verdicts li")
    expect(verdicts).to_have_count(3)
    expect(verdicts.filter(has_text="node-2")).to_contain_text("cordoned")
    expect(verdicts.filter(has_text="node-1")).to_contain_text("wants disk=fast, has no label disk")
    verdicts.get_by_role("button", name="node-2").click()
    expect(page.get_by_role("heading", name="Node node-2", exact=True)).to_be_visible()


def test_where_less_motion_is_wanted_nothing_runs_and_cards_light_up(page: Page, server: str) -> None:
    page.emulate_media(reduced_motion="reduce")
    open_stage(page, server, "/logs/deploy/?at=62")
    page.keyboard.press(" ")
    expect(page.locator(".card.awake").first).to_be_visible()
    assert page.locator(".pulses *").count() == 0
