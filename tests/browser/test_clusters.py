"""Live clusters as a person meets them: adding one, seeing several, keeping a stretch, looking at their health."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, Route, expect

from tests.browser.lab import TOKEN, Lab, call

IDLE = "html[data-idle=true]"
PATIENCE_MS = 60_000
"""For what takes a poll's period. Nothing here waits that long when all is well."""


@pytest.fixture(scope="module")
def lab() -> Iterator[Lab]:
    """A cluster in which a rolling update can happen, and whose Secrets may not be read."""
    found = Lab("rolling-update")
    found.server.access.deny("v1/secrets")
    yield found
    found.close()


@pytest.fixture(scope="module")
def site(server: str) -> Iterator[str]:
    """The demo; what is added to it here is removed again."""
    before = {log["slug"] for log in call(server, "GET", "/logs")}
    yield server
    for cluster in call(server, "GET", "/clusters"):
        call(server, "DELETE", f"/clusters/{cluster['slug']}?with_log=true")
    for log in call(server, "GET", "/logs"):
        if log["slug"] not in before:
            call(server, "DELETE", f"/logs/{log['slug']}")


@pytest.fixture
def followed(page: Page, site: str, lab: Lab, tmp_path: Path) -> str:
    """The address of a live stage of the lab, which is followed already, or from now on."""
    if not call(site, "GET", "/clusters"):
        call(site, "POST", "/clusters", {"name": "Workshop", "kubeconfig": lab.kubeconfig(tmp_path)})
    page.goto(site)
    link = page.get_by_role("link", name="Workshop", exact=True)
    expect(link).to_be_visible(timeout=PATIENCE_MS)
    return f"{site}{link.get_attribute('href')}"


def test_a_cluster_is_added_by_the_form_and_its_stage_is_live(page: Page, site: str, lab: Lab, tmp_path: Path) -> None:
    page.goto(site)
    expect(page.get_by_text("None yet.")).to_be_visible()
    page.get_by_role("link", name="Add a cluster").click()
    config = yaml.safe_load(lab.kubeconfig(tmp_path))
    plugin = {"exec": {"command": "aws", "apiVersion": "client.authentication.k8s.io/v1"}}
    config["users"].append({"name": "aws", "user": plugin})
    config["contexts"].append({"name": "eks", "context": {"cluster": "lab", "user": "aws"}})
    page.get_by_label("Kubeconfig", exact=True).fill(yaml.safe_dump(config))
    page.get_by_role("button", name="Read it").click()

    expect(page.get_by_role("radio", name="lab")).to_be_checked()
    expect(page.get_by_role("radio", name="eks")).to_be_disabled()
    expect(page.get_by_text("has exec: an upload must not name programs or files")).to_be_visible()
    assert TOKEN not in page.content()
    assert lab.server.requests == []

    page.get_by_role("button", name="Check it").click()
    expect(page.get_by_text(f"Connected to {lab.server.url}: Kubernetes v1.36.2")).to_be_visible(timeout=PATIENCE_MS)
    expect(page.get_by_text("57 of 58 resources may be listed and watched")).to_be_visible()
    row = page.get_by_role("row", name="v1/secrets")
    expect(row.get_by_role("cell", name="✕ no")).to_have_count(3)
    page.get_by_text("What to add to its ClusterRole").click()
    expect(page.locator(".rules pre")).to_contain_text("resources: [secrets]")
    page.get_by_role("button", name="Show all 58 resources").click()
    expect(page.get_by_role("row")).to_have_count(59)

    page.get_by_label("What it is to be called").fill("Workshop")
    page.get_by_role("button", name="Follow this cluster").click()
    page.wait_for_url(re.compile("/logs/workshop/$"), timeout=PATIENCE_MS)
    page.wait_for_selector(IDLE)
    expect(page.locator("orrery-bar .state")).to_contain_text("live")
    expect(page.get_by_role("status").filter(has_text="Not watched, and not up to date here")).to_contain_text(
        "v1/secrets"
    )
    expect(page.locator('[data-pod^="shop/web-"]')).to_have_count(3)


def test_a_kubeconfig_that_is_none_is_refused_in_a_sentence(page: Page, site: str) -> None:
    page.goto(f"{site}/clusters/add/")
    page.get_by_label("Kubeconfig", exact=True).fill("token: [t0p")
    page.get_by_role("button", name="Read it").click()
    expect(page.get_by_role("alert")).to_contain_text("The uploaded kubeconfig is not YAML at line")
    page.problems.clear()  # the browser itself reports the refusal's status


def test_a_dropped_kubeconfig_is_read_and_a_cluster_that_is_down_is_told(page: Page, site: str, tmp_path: Path) -> None:
    page.goto(f"{site}/clusters/add/")
    config = {
        "current-context": "down",
        "clusters": [{"name": "down", "cluster": {"server": "https://127.0.0.1:1"}}],
        "users": [{"name": "me", "user": {"token": TOKEN}}],
        "contexts": [{"name": "down", "context": {"cluster": "down", "user": "me"}}],
    }
    data = page.evaluate_handle(
        "text => { const data = new DataTransfer(); data.items.add(new File([text], 'config')); return data; }",
        yaml.safe_dump(config),
    )
    page.dispatch_event(".drop", "drop", {"dataTransfer": data})
    page.get_by_role("button", name="Check it").click()
    expect(page.get_by_role("alert")).to_have_text("https://127.0.0.1:1 cannot be reached: Connection refused.")
    expect(page.get_by_role("button", name="Follow this cluster")).to_have_count(0)
    page.problems.clear()  # the browser itself reports the refusal's status


def test_a_stretch_is_recorded_and_plays(page: Page, site: str, lab: Lab, followed: str) -> None:
    page.goto(followed)
    page.wait_for_selector(IDLE)
    old = {pod.get_attribute("data-pod") for pod in page.locator('[data-pod^="shop/web-"]').all()}
    lab.play()
    for pod in old:  # the update and its undo made others in their place
        expect(page.locator(f'[data-pod="{pod}"]')).to_have_count(0)
    expect(page.locator('[data-pod^="shop/web-"]')).to_have_count(3)
    page.keyboard.press("r")
    keep = page.get_by_role("form", name="Keep a stretch as a recording")
    keep.get_by_role("button", name="last hour").click()
    keep.get_by_label("What the recording is to be called").fill("The update")
    keep.get_by_role("button", name="Keep it").click()
    page.get_by_role("link", name="The update").click()
    page.wait_for_url(re.compile("/logs/the-update/$"))
    page.wait_for_selector(IDLE)
    shown = {pod.get_attribute("data-pod") for pod in page.locator('[data-pod^="shop/web-"]').all()}
    assert shown == old
    page.keyboard.press("End")
    for pod in old:
        expect(page.locator(f'[data-pod="{pod}"]')).to_have_count(0)
    page.goto(site)
    card = page.get_by_role("listitem").filter(has=page.get_by_role("link", name="The update"))
    expect(card).to_contain_text("Kept from the live cluster Workshop")
    expect(card.get_by_role("link", name="Download")).to_have_attribute("href", "/api/logs/the-update/recording")


def test_the_picker_goes_to_another_cluster_or_recording_and_keeps_the_diagram(page: Page, followed: str) -> None:
    page.goto(f"{followed}?view=nodes&namespace=shop&table=yes")
    page.wait_for_selector(IDLE)
    picker = page.get_by_label("Cluster or recording")
    expect(picker.locator("optgroup[label='Live clusters'] option:checked")).to_have_text("Workshop")
    picker.select_option("deploy")
    page.wait_for_url(re.compile(r"/logs/deploy/\?view=nodes&table=yes$"))
    page.wait_for_selector(IDLE)
    page.get_by_label("Cluster or recording").select_option("workshop")
    page.wait_for_url(re.compile(r"/logs/workshop/\?view=nodes&table=yes$"))


def test_the_health_page_tells_what_the_polls_found(page: Page, followed: str) -> None:
    page.goto(followed)
    page.get_by_role("tab", name="Health").click()
    expect(page).to_have_url(re.compile(r"view=health$"))
    ready = page.get_by_role("region", name="Ready")
    expect(ready).to_contain_text("checks of /readyz pass", timeout=PATIENCE_MS)
    expect(page.get_by_role("region", name="Versions")).to_contain_text("v1.36.2", timeout=PATIENCE_MS)
    expect(page.get_by_role("region", name="Usage")).to_contain_text("no metrics server", timeout=PATIENCE_MS)
    # Nobody renews a Lease of a recording: that is told, and first of all.
    expect(page.get_by_role("region", name="Who leads")).to_contain_text("Nobody leads", timeout=PATIENCE_MS)
    expect(page.locator(".health-head")).to_contain_text("Nobody leads", timeout=PATIENCE_MS)
    costs = page.get_by_role("region", name="What reading costs")
    expect(costs).to_contain_text("v1/secrets")
    expect(costs).to_contain_text("refused")
    page.keyboard.press("t")
    table = page.get_by_role("region", name="The same facts as a table")
    table.get_by_role("button", name="Checks").click()
    expect(table.get_by_role("row").filter(has_text="/readyz").first).to_be_visible()


def test_a_recording_has_no_health_and_says_what_to_do(page: Page, site: str) -> None:
    page.goto(f"{site}/logs/deploy/?view=health")
    expect(page.get_by_role("heading", name="A recording has no health")).to_be_visible()


def test_a_cluster_that_went_away_is_told_and_its_picture_stays(page: Page, site: str, lab: Lab, followed: str) -> None:
    page.goto(site)
    card = page.get_by_role("listitem").filter(has=page.get_by_role("link", name="Workshop", exact=True))
    expect(card).to_contain_text("live, but not all of it")
    lab.stop()
    try:
        expect(card).to_contain_text("not followed", timeout=PATIENCE_MS)
        expect(card).to_contain_text("10 of 10 pods ready")
        page.goto(followed)
        expect(page.get_by_role("status").filter(has_text="The picture stands still")).to_be_visible()
        expect(page.locator('[data-pod^="shop/web-"]')).to_have_count(3)
    finally:
        lab.start()
    page.goto(site)
    expect(card).to_contain_text("live, but not all of it", timeout=PATIENCE_MS)


@pytest.mark.parametrize("number", [1, 12, 50])
def test_the_overview_holds_many_clusters_and_does_not_jump(page: Page, site: str, followed: str, number: int) -> None:
    asked = 0

    def multiply(route: Route) -> None:
        """The one cluster, so many times under other names, and with other figures at each answer."""
        nonlocal asked
        asked += 1
        (told,) = route.fetch().json()
        told["cost"]["events_per_second"] = 10.0 ** (asked % 5)
        names = [f"cluster {n:02}" for n in range(number)]
        route.fulfill(body=json.dumps([{**told, "name": name, "slug": f"c-{name[-2:]}"} for name in names]))

    page.route("**/api/clusters?*", multiply)
    page.goto(site)
    links = page.locator("orrery-clusters a.open")
    expect(links).to_have_count(number)
    before = [link.bounding_box() for link in links.all()]
    seen = asked
    page.wait_for_function("() => document.body.innerText.includes('events/s')")
    while asked < seen + 2:
        page.wait_for_event("requestfinished")
    assert [link.bounding_box() for link in links.all()] == before
    if number > 12:
        page.get_by_label("Find a cluster by name or address").fill("cluster 07")
        expect(links).to_have_text(["cluster 07"])
    page.unroute_all()


@pytest.mark.parametrize("scheme", ["dark", "light"])
@pytest.mark.parametrize("place", ["/", "/clusters/add/", "/clusters/workshop/", "?view=health", "?view=nodes"])
def test_axe_finds_no_serious_violation(page: Page, site: str, followed: str, place: str, scheme: str) -> None:
    page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    page.goto(f"{site}{place}" if place.startswith("/") else f"{followed}{place}")
    if place == "/":
        expect(page.locator("orrery-clusters a.open")).to_have_count(1)
    elif place == "?view=health":
        expect(page.get_by_role("region", name="Ready")).to_be_visible(timeout=PATIENCE_MS)
    elif place == "?view=nodes":
        page.wait_for_selector(IDLE)
        page.keyboard.press("r")
    violations = Axe().run(page).response["violations"]
    serious = [
        (violation["id"], [node["html"][:200] for node in violation["nodes"][:3]])
        for violation in violations
        if violation["impact"] in ("serious", "critical")
    ]
    assert not serious


def test_a_cluster_is_renamed_and_removed_and_what_was_seen_stays(page: Page, site: str, followed: str) -> None:
    page.goto(site)
    page.get_by_role("link", name="Settings of Workshop").click()
    page.get_by_label("What it is called").fill("Atelier")
    page.get_by_role("button", name="Rename").click()
    expect(page.get_by_role("status").filter(has_text="It is called Atelier now.")).to_be_visible()
    page.on("dialog", lambda dialog: dialog.accept())
    page.get_by_role("button", name="Remove Atelier").click()
    page.wait_for_url(f"{site}/")
    expect(page.get_by_text("None yet.")).to_be_visible()
    expect(page.get_by_role("link", name="Atelier")).to_have_attribute("href", "/logs/workshop/")
