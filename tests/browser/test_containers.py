"""A Pod's containers and probes as a person sees them: two clicks from a diagram, and moving with the log."""

from __future__ import annotations

from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.cluster import START_TS
from tests.containers.making import EVERY_3, pod, running, waiting
from tests.live.test_containers import KILLING, told_of, wrote
from tests.log.recordings import event, header, listing, pack

IDLE = "html[data-idle=true]"
WEB = "/logs/liveness/?view=nodes&selected=v1/pods:shop/web-6b5d478965-h6svh&part=containers"
FAILED = "Liveness probe failed: HTTP probe failed with statuscode: 500"


def lit(page: Page, probe: str, text: str) -> None:
    """Wait until this state is lit in this probe's machine, and no other."""
    machine = page.get_by_role("region", name=f"{probe} probe").locator(".machine .state.lit")
    expect(machine).to_have_count(1)
    expect(machine.locator("text").first).to_contain_text(text)


@pytest.fixture(scope="module")
def killed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A recording in which the kubelet tells what its probes come to."""
    file = tmp_path_factory.mktemp("recordings") / "killed.jsonl.zst"
    lines = [
        wrote(0, running(0, ready=False), "ADDED"),
        wrote(1, running(0)),
        told_of(FAILED, 10),
        told_of(FAILED, 13, count=2),
        told_of(KILLING, 13.5, reason="Killing"),
        wrote(15, running(15, ready=False, restartCount=1)),
        wrote(18, running(15, restartCount=1)),
    ]
    lists = [listing(resource="v1/pods"), listing(resource="v1/events")]
    file.write_bytes(pack(header(name="killed"), *lists, *lines))
    return file


def test_a_machine_goes_from_passing_to_failing_to_a_new_run(page: Page, server: str, killed: Path) -> None:
    page.goto(server)
    page.locator("#recording").set_input_files(killed)
    page.wait_for_url("**/logs/killed*/")
    page.wait_for_selector(IDLE)
    page.goto(f"{page.url}?view=nodes&at=4&selected=v1/pods:shop/web-1&part=containers")
    lit(page, "liveness", "passing")
    for seq, shown, certainty in (
        (5, "▲ passing", "inferred"),
        (6, "✕ failed", "inferred"),
        (7, "✕ failed", "observed"),
    ):
        page.keyboard.press("Shift+ArrowRight")
        page.wait_for_url(f"**at={seq}**")
        lit(page, "liveness", shown)
        region = page.get_by_role("region", name="liveness probe")
        expect(region.locator(".evidence b")).to_have_text(certainty)
    expect(region.locator(".machine .way.lit")).to_have_count(2)
    page.keyboard.press("Shift+ArrowRight")
    lit(page, "liveness", "● passing")
    lit(page, "readiness", "✕ not ready")
    expect(page.get_by_label("Container web").locator(".restarts")).to_contain_text("↻ 1")
    past = page.get_by_role("img", name="The liveness probe before now")
    expect(past).to_have_attribute("aria-label", "The liveness probe before now: passing for 10 s, "
        "failing, too seldom to count for 3.0 s, 1 failed probe, failed for 2.0 s, 1 failed probe, "
        "started again: passing for 0 ms")  # fmt: skip


def test_it_plays_along_and_its_boxes_keep_their_places(page: Page, server: str) -> None:
    page.goto(f"{server}{WEB}&at=62")
    page.wait_for_selector(IDLE)
    lit(page, "liveness", "● passing")
    box = page.get_by_role("region", name="liveness probe").locator(".machine .state rect").first
    before = box.bounding_box()
    assert before
    page.get_by_label("Speed").select_option("1")
    page.get_by_role("button", name="play").click()
    lit(page, "startup", "probing")
    lit(page, "liveness", "held back")
    expect(page.get_by_label("Container nginx").locator(".restarts")).to_contain_text("↻ 1")
    lit(page, "liveness", "● passing")
    page.get_by_role("button", name="pause").click()
    after = box.bounding_box()
    assert after
    assert (after["width"], after["height"]) == (before["width"], before["height"])


def test_it_is_two_clicks_away_from_the_nodes_and_from_search(page: Page, server: str) -> None:
    page.goto(f"{server}/logs/debug/?view=nodes&at=65")
    page.wait_for_selector(IDLE)
    page.get_by_role("button", name="api-6b7d899ff8-49xx4").first.click()
    page.get_by_role("tab", name="Containers").click()
    lanes = page.locator(".lanes .lane h4")
    expect(lanes).to_have_text(["migrate", "mesh-proxy", "api", "debugger"])
    expect(page.locator(".lanes .role")).to_have_text(["init", "native sidecar", "ephemeral"])
    page.keyboard.press("Control+k")
    page.keyboard.type("db-0")
    page.get_by_role("dialog", name="Search").get_by_role("option").first.click()
    expect(lanes).to_have_text(["postgres"])
    expect(page.get_by_label("Container postgres")).to_contain_text("No probes.")
    page.keyboard.press("Control+k")
    page.keyboard.type("kind:node node-1")
    page.get_by_role("dialog", name="Search").get_by_role("option").first.click()
    expect(page.get_by_role("tab", name="Object", exact=True)).to_have_attribute("aria-selected", "true")
    expect(page.get_by_role("tab", name="Containers")).to_have_count(0)


def test_a_pod_that_cannot_be_read_leaves_a_sentence(page: Page, server: str, tmp_path: Path) -> None:
    odd = pod(waiting(), livenessProbe={**EVERY_3, "periodSeconds": "often"})
    file = tmp_path / "odd.jsonl.zst"
    again = event(odd, resource="v1/pods", type="MODIFIED", ts=START_TS + 5)
    file.write_bytes(pack(header(name="odd"), listing(odd, resource="v1/pods"), again))
    page.goto(server)
    page.locator("#recording").set_input_files(file)
    page.wait_for_url("**/logs/odd*/")
    page.wait_for_selector(IDLE)
    page.goto(f"{page.url}?selected=v1/pods:shop/web-1&part=containers")
    expect(page.get_by_role("status").filter(has_text="The containers of this Pod cannot be read")).to_be_visible()


@pytest.mark.parametrize("scheme", ["dark", "light"])
@pytest.mark.parametrize("width", [360, 1280])
def test_axe_finds_no_serious_violation(page: Page, server: str, scheme: str, width: int) -> None:
    page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    page.set_viewport_size({"width": width, "height": 800})
    page.goto(f"{server}{WEB}&at=119")
    lit(page, "liveness", "held back")
    page.wait_for_selector(IDLE)
    inspector = page.locator("orrery-inspector")
    assert inspector.evaluate("each => each.scrollWidth <= each.clientWidth"), "nothing reaches over the side"
    found = Axe().run(page, context="orrery-inspector").response["violations"]
    assert [each["id"] for each in found if each["impact"] in ("serious", "critical")] == []
