"""Orrery as a person uses it: open a recording, play it, turn it back, look closer."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
import zstandard
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

DEMOS = Path(__file__).parents[2] / "demos"
IDLE = "html[data-idle=true]"


def nodes_of_pods(recording: str, prefix: str, *, events: int) -> dict[str, str]:
    """Where the pods of this name run after so many of their watch events: read from the recording itself."""
    packed = (DEMOS / recording / "recording.jsonl.zst").read_bytes()
    where: dict[str, str] = {}
    for line in zstandard.ZstdDecompressor().stream_reader(packed).readall().splitlines():
        frame = json.loads(line)
        if frame["kind"] != "event" or frame["resource"] != "v1/pods":
            continue
        name = frame["object"]["metadata"]["name"]
        if not name.startswith(prefix):
            continue
        where[f"shop/{name}"] = frame["object"]["spec"].get("nodeName", "")
        if len(where) == events and all(where.values()):
            return where
    raise AssertionError(f"{recording} never has {events} bound pods {prefix}…")


def shown_pods(page: Page, prefix: str) -> dict[str, str]:
    """The pods of this name on the screen, and the node under which each stands."""
    found = {}
    for node in page.locator("[data-node]").all():
        for pod in node.locator(f'[data-pod^="shop/{prefix}"]').all():
            found[pod.get_attribute("data-pod")] = node.get_attribute("data-node")
    return found


def open_stage(page: Page, server: str, address: str) -> None:
    page.goto(f"{server}{address}")
    page.wait_for_selector(IDLE)


def drag_playhead(page: Page, share: float) -> None:
    """Drag from where the playhead is to a share of the timeline's width, in steps, as a hand does."""
    timeline = page.get_by_role("slider", name="Place in the log")
    box = timeline.bounding_box()
    assert box
    knob = page.locator(".playhead").bounding_box()
    assert knob
    middle = box["y"] + box["height"] / 2
    page.mouse.move(knob["x"], middle)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * share, middle, steps=12)
    page.mouse.up()


def test_a_newcomer_plays_deploy_and_turns_it_back(page: Page, server: str) -> None:
    page.goto(server)
    page.get_by_role("link", name="From one command to five pods", exact=True).click()
    page.wait_for_selector(IDLE)
    assert shown_pods(page, "hello") == {}

    page.get_by_label("Speed").select_option("10")
    page.get_by_role("button", name="play").click()
    expect(page.locator('[data-pod^="shop/hello"]')).to_have_count(5)
    page.get_by_role("button", name="pause").click()
    expect(page.get_by_role("button", name="play")).to_be_visible()
    assert shown_pods(page, "hello") == nodes_of_pods("deploy", "hello", events=5)

    drag_playhead(page, 0.42)
    expect(page.locator('[data-pod^="shop/hello"]')).to_have_count(3)
    page.wait_for_selector(IDLE)
    assert shown_pods(page, "hello") == nodes_of_pods("deploy", "hello", events=3)
    expect(page.get_by_role("status").filter(has_text="Expose it")).to_be_visible()


def test_pods_stand_under_the_same_nodes_in_both_diagrams(page: Page, server: str) -> None:
    open_stage(page, server, "/logs/deploy/?at=170&view=nodes")
    on_nodes = shown_pods(page, "hello")
    page.keyboard.press("1")
    expect(page.locator("orrery-flow")).to_be_visible()
    assert shown_pods(page, "hello") == on_nodes == nodes_of_pods("deploy", "hello", events=5)


def test_a_link_shows_a_colleague_the_same_picture(page: Page, server: str) -> None:
    open_stage(page, server, "/logs/deploy/")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    expect(page.locator("html")).to_have_attribute("data-seq", "63")
    page.keyboard.press("4")
    page.get_by_role("button", name="Node node-2").click()
    expect(page.get_by_role("heading", name="Node node-2")).to_be_visible()
    page.wait_for_selector(IDLE)
    expect(page).to_have_url(re.compile(r"view=nodes&at=63&selected=v1/nodes:node-2(&trace=\d+)?$"))
    address, place = page.url, page.locator("html").get_attribute("data-seq")
    page.goto("about:blank")
    page.goto(address)
    page.wait_for_selector(IDLE)
    expect(page.get_by_role("heading", name="Node node-2")).to_be_visible()
    assert page.locator("html").get_attribute("data-seq") == place


def test_the_inspector_tells_who_wrote_a_pod_and_what_it_altered(page: Page, server: str) -> None:
    open_stage(page, server, "/logs/deploy/?at=100&selected=v1/pods:shop/hello-64d75f9968-m5r9j")
    inspector = page.locator("orrery-inspector")
    expect(inspector.get_by_text("kubelet on node-3", exact=True)).to_be_visible()
    expect(inspector.locator(".yaml code.fresh", has_text="phase: Running")).to_be_visible()
    expect(inspector.locator(".yaml del", has_text="phase: Pending")).to_be_visible()
    expect(inspector.get_by_role("button", name="hello-64d75f9968", exact=True)).to_be_visible()
    inspector.get_by_role("button", name="⋯ 59 lines as before").click()
    expect(inspector.locator(".yaml")).to_contain_text("nodeName: node-3")
    inspector.get_by_role("button", name="by kube-scheduler").first.click()
    expect(page).to_have_url(re.compile(r"&version=\d+(&|$)"))
    expect(inspector.locator(".yaml code.fresh", has_text="nodeName: node-3")).to_be_visible()
    inspector.get_by_role("tab", name="History").click()
    expect(page).to_have_url(re.compile(r"&part=history(&|$)"))
    expect(inspector.get_by_text("Scheduled", exact=True)).to_be_visible()
    inspector.locator("li", has_text="added by").get_by_role("button").click()
    inspector.get_by_role("tab", name="Object").click()
    expect(inspector.locator(".yaml")).not_to_contain_text("nodeName")
    page.keyboard.press("Escape")
    expect(inspector.get_by_role("heading", name="How to read it")).to_be_visible()


def test_an_object_that_is_gone_can_still_be_looked_at(page: Page, server: str) -> None:
    open_stage(page, server, "/logs/deploy/?at=230&selected=v1/pods:shop/hello-64d75f9968-m5r9j&version=92")
    inspector = page.locator("orrery-inspector")
    expect(inspector).to_contain_text("It is not there at this moment. This is how frame 92 wrote it.")
    expect(inspector.locator(".yaml")).to_contain_text("phase: Running")
    open_stage(page, server, "/logs/deploy/?at=20&selected=v1/pods:shop/hello-64d75f9968-m5r9j&version=92")
    expect(inspector).to_contain_text("It is not there at this moment.")


def test_the_table_has_the_same_facts(page: Page, server: str) -> None:
    open_stage(page, server, "/logs/deploy/?at=170&view=nodes&namespace=shop")
    page.keyboard.press("t")
    table = page.get_by_role("region", name="The same facts as a table")
    rows = table.locator("tbody tr", has_text="hello-")
    expect(rows).to_have_count(5)
    told = {
        f"shop/{row.locator('td').nth(1).inner_text()}": row.locator("td").nth(5).inner_text() for row in rows.all()
    }
    assert told == shown_pods(page, "hello")


def test_pods_keep_their_places_when_others_come_and_go(page: Page, server: str) -> None:
    open_stage(page, server, "/logs/rolling-update/?view=nodes")
    before = {pod.get_attribute("data-pod"): pod.bounding_box() for pod in page.locator("[data-pod]").all()}
    page.get_by_label("Speed").select_option("10")
    page.keyboard.press(" ")
    expect(page.locator('[data-pod^="shop/web-"]')).not_to_have_count(3)
    page.keyboard.press(" ")
    expect(page.get_by_role("button", name="play")).to_be_visible()
    page.wait_for_selector(IDLE)
    after = {pod.get_attribute("data-pod"): pod.bounding_box() for pod in page.locator("[data-pod]").all()}
    stayed = before.keys() & after.keys()
    assert len(stayed) >= 7
    assert {pod: before[pod] for pod in stayed} == {pod: after[pod] for pod in stayed}


def test_a_recording_that_is_not_there_says_so(page: Page, server: str) -> None:
    page.goto(f"{server}/logs/no-such-recording/")
    expect(page.get_by_role("heading", name="There is nothing at this address")).to_be_visible()
    page.problems.clear()  # the browser itself reports the 404 that this test asks for


def test_a_bad_recording_is_refused_in_a_sentence(page: Page, server: str, tmp_path: Path) -> None:
    page.goto(server)
    bad = tmp_path / "bad.jsonl.zst"
    bad.write_bytes(zstandard.compress(b'{"kind":"event","ts":1}\n'))
    page.locator("#recording").set_input_files(bad)
    expect(page.get_by_text("Line 1: a recording begins with a header")).to_be_visible()
    page.problems.clear()  # the browser itself reports the refusal's status


def test_ones_own_recording_is_imported_played_and_deleted(page: Page, server: str) -> None:
    page.goto(server)
    page.locator("#recording").set_input_files(DEMOS / "debug" / "recording.jsonl.zst")
    page.wait_for_url(re.compile("/logs/recording/"))
    page.wait_for_selector(IDLE)
    page.goto(server)
    page.on("dialog", lambda dialog: dialog.accept())
    delete = page.locator("button[data-slug=recording]", has_text="Delete")
    delete.click()
    expect(delete).to_have_count(0)


@pytest.mark.parametrize("scheme", ["dark", "light"])
@pytest.mark.parametrize(
    "address",
    [
        "/",
        "/logs/deploy/?at=100&selected=v1/pods:shop/hello-64d75f9968-m5r9j",
        "/logs/node-failure/?at=330&view=nodes&table=yes",
    ],
    ids=["home", "flow", "nodes"],
)
def test_axe_finds_no_serious_violation(page: Page, server: str, address: str, scheme: str) -> None:
    page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    page.goto(f"{server}{address}")
    if address != "/":
        page.wait_for_selector(IDLE)
    violations = Axe().run(page).response["violations"]
    serious = [
        (violation["id"], [node["html"][:200] for node in violation["nodes"][:3]])
        for violation in violations
        if violation["impact"] in ("serious", "critical")
    ]
    assert not serious
