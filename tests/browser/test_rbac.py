"""RBAC as a person uses it: asks in words, follows a path, tries a what-if; by mouse and by keyboard."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, WebSocketRoute, expect

from tests.browser.test_live import kubeconfig, kubectl, live

__all__ = ["kubeconfig", "live"]

IDLE = "html[data-idle=true]"
ZOE_VIEWS = """
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: zoe-views}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: view}
subjects: [{kind: User, name: zoe, apiGroup: rbac.authorization.k8s.io}]
"""
ROBOT_IS_ADMIN = "/logs/rbac/?view=rbac&at=110"


def open_stage(page: Page, server: str, address: str) -> None:
    page.goto(f"{server}{address}")
    page.wait_for_selector(IDLE)


def lit(page: Page) -> set[str]:
    """The cards that the question lights."""
    return {card.get_attribute("data-card") for card in page.locator(".rcard.lit").all()}


def test_both_questions_are_asked_in_words_by_mouse_and_their_paths_light_up(page: Page, server: str) -> None:
    open_stage(page, server, ROBOT_IS_ADMIN)
    answer = page.get_by_role("complementary", name="Answer")
    expect(answer).to_contain_text("What to look at")
    page.get_by_role("combobox", name="Question").fill("who can get secrets in vault?")
    page.get_by_role("button", name="ask", exact=False).click()
    expect(answer).to_contain_text("Who can get secrets in vault?")
    expect(answer).to_contain_text(
        'RBAC: allowed by RoleBinding "alice-reads/vault" of Role "secret-reader" to User "alice"'
    )
    expect(page.locator('[data-card="User:alice"]')).to_have_class(re.compile("lit"))
    assert {"User:alice", "RoleBinding:vault/alice-reads", "Role:vault/secret-reader", "allow:secrets"} <= lit(page)
    assert "Group:viewers" not in lit(page)

    page.locator('[data-card="User:alice"]').click()
    expect(answer).to_contain_text("What can User alice do?")
    expect(answer.locator("table")).to_contain_text("secrets in vault")
    assert "ask=what+can+user+alice+do" in page.url


def test_a_path_is_followed_to_where_it_leads(page: Page, server: str) -> None:
    open_stage(page, server, ROBOT_IS_ADMIN)
    answer = page.get_by_role("complementary", name="Answer")
    expect(page.locator('[data-card="ServiceAccount:platform/ci"]')).to_contain_text("▲ can escalate")
    page.locator('[data-card="ServiceAccount:platform/ci"]').click()
    answer.get_by_role("button", name="Where does it lead?").click()
    expect(answer).to_contain_text("so it can act as ServiceAccount vault/robot")
    expect(answer).to_contain_text("may create deployments anywhere")
    expect(answer).to_contain_text("? no admission webhook or policy refuses the pod")
    answer.get_by_role("button", name="ci-deployer").first.click()
    expect(page.get_by_role("complementary", name="Inspector")).to_contain_text("ClusterRoleBinding ci-deployer")
    page.go_back()
    expect(answer).to_contain_text("Way 1 of")


def test_a_what_if_is_tried_by_removing_and_by_pasting(page: Page, server: str) -> None:
    open_stage(page, server, f"{ROBOT_IS_ADMIN}&ask=what can alice do?")
    answer = page.get_by_role("complementary", name="Answer")
    answer.get_by_role("button", name="remove vault/alice-reads").click()
    expect(answer).to_contain_text("1 subject can do less (2 permissions)")
    expect(answer).to_contain_text("− get, list secrets in vault")
    answer.get_by_text("or paste a role or binding").click()
    yaml = answer.get_by_role("textbox", name="Roles and bindings as YAML")
    yaml.fill("kind: Pod")
    answer.get_by_role("button", name="Try it").click()
    expect(answer.get_by_role("alert")).to_contain_text("“Pod” in it")
    yaml.fill(
        "kind: ClusterRoleBinding\nmetadata: {name: too-much}\n"
        "roleRef: {kind: ClusterRole, name: cluster-admin}\nsubjects: [{kind: User, name: alice}]"
    )
    answer.get_by_role("button", name="Try it").click()
    expect(answer).to_contain_text("+ everything, everywhere")
    answer.get_by_role("button", name="forget it").click()
    expect(answer).not_to_contain_text("+ everything, everywhere")


def test_everything_can_be_done_by_keyboard(page: Page, server: str) -> None:
    open_stage(page, server, "/logs/rbac/?at=110")
    page.keyboard.press("3")
    page.wait_for_selector("orrery-rbac .rcard")
    page.keyboard.press("/")
    expect(page.get_by_role("combobox", name="Question")).to_be_focused()
    page.keyboard.type("what can alice do?")
    page.keyboard.press("Enter")
    answer = page.get_by_role("complementary", name="Answer")
    expect(answer).to_contain_text("What can User alice do?")
    page.locator('[data-card="User:alice"]').focus()
    page.keyboard.press("Enter")
    expect(answer).to_contain_text("What can User alice do?")
    answer.get_by_role("button", name="remove vault/alice-reads").focus()
    page.keyboard.press("Enter")
    expect(answer).to_contain_text("1 subject can do less")
    answer.get_by_role("button", name="Where does it lead?").focus()
    page.keyboard.press("Enter")
    expect(answer).to_contain_text("cannot come to it by a way that is known here")
    page.locator('[data-card="Group:viewers"]').focus()
    page.keyboard.press("Escape")
    expect(answer).to_contain_text("What to look at")


def test_it_is_live_and_tells_what_changed_since(page: Page, server: str) -> None:
    open_stage(page, server, "/logs/rbac/?view=rbac")
    changes = page.get_by_role("region", name="Changed since")
    expect(changes).to_contain_text("Nobody can do more or less than then.")
    expect(page.locator('[data-card="User:alice"]')).to_have_count(0)
    place = page.locator('[data-card="RoleBinding:shop/developers-edit"]').get_attribute("transform")
    slider = page.get_by_role("slider", name="Place in the log")
    box = slider.bounding_box()
    assert box
    page.mouse.click(box["x"] + box["width"] * 0.52, box["y"] + box["height"] / 2)
    expect(changes).to_contain_text("alice get, list secrets in vault")
    expect(changes).to_contain_text("ServiceAccount vault/robot everything, everywhere")
    expect(page.locator('[data-card="User:alice"]')).to_have_count(1)
    moved = page.locator('[data-card="RoleBinding:shop/developers-edit"]').get_attribute("transform")
    assert moved == place, "cards keep their places"


def test_the_matrix_is_a_second_view_and_leaves_as_csv(page: Page, server: str) -> None:
    open_stage(page, server, ROBOT_IS_ADMIN)
    page.get_by_role("button", name="Matrix").click()
    row = page.get_by_role("row", name=re.compile("User alice"))
    expect(row).to_contain_text("▲r")
    with page.expect_download() as started:
        page.get_by_role("button", name="Download CSV").click()
    text = started.value.path().read_text()
    assert text.splitlines()[0].startswith("subject,secrets,everything,")
    assert "ServiceAccount:vault/robot,,* (everywhere)" in text
    row.get_by_role("button").click()
    expect(page.get_by_role("complementary", name="Answer")).to_contain_text("What can User alice do?")


@pytest.mark.parametrize("scheme", ["dark", "light"])
@pytest.mark.parametrize(
    "query", ["", "&ask=who can get secrets in shop?", "&ask=where does ci lead?", "&matrix=yes&table=yes"]
)
def test_axe_finds_no_serious_violation(page: Page, server: str, query: str, scheme: str) -> None:
    page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    open_stage(page, server, f"{ROBOT_IS_ADMIN}{query}")
    violations = Axe().run(page).response["violations"]
    serious = [
        (violation["id"], [node["html"][:200] for node in violation["nodes"][:3]])
        for violation in violations
        if violation["impact"] in ("serious", "critical")
    ]
    assert not serious


def test_a_live_cluster_shows_a_binding_as_it_comes_and_is_asked_itself(
    page: Page,
    live: str,
    kubeconfig: Path,
) -> None:
    open_stage(page, live, "/logs/lab/?view=rbac")
    assert page.locator('[data-card="User:zoe"]').count() == 0
    binding = kubeconfig.with_name("binding.yaml")
    binding.write_text(ZOE_VIEWS)
    kubectl(kubeconfig, "create", "--validate=false", "-f", str(binding))
    expect(page.locator('[data-card="User:zoe"]')).to_be_visible()
    page.get_by_role("combobox", name="Question").fill("can zoe get pods in shop?")
    page.keyboard.press("Enter")
    answer = page.get_by_role("complementary", name="Answer")
    expect(answer).to_contain_text("User zoe: yes.")
    answer.get_by_role("button", name="Ask the server").click()
    expect(answer).to_contain_text("The server agrees about User zoe")
    page.get_by_role("combobox", name="Question").fill("can zoe delete nodes?")
    page.keyboard.press("Enter")
    expect(answer).to_contain_text("User zoe: no.")
    answer.get_by_role("button", name="Ask the server").click()
    expect(answer).to_contain_text("The server says yes to User zoe")
    page.goto("about:blank")  # the server goes before the page does


def test_who_may_not_see_is_told_what_it_takes(page: Page, server: str) -> None:
    """The server's greeting says so; here it is put into its mouth, since a demo forbids nobody anything."""

    def forbid(socket: WebSocketRoute) -> None:
        upstream = socket.connect_to_server()
        upstream.on_message(
            lambda told: socket.send(
                told.replace('"forbidden":[]', '"forbidden":["rbac"]') if isinstance(told, str) else told
            )
        )

    page.route_web_socket(re.compile("/ws/logs/"), forbid)
    open_stage(page, server, "/logs/rbac/?view=rbac")
    expect(page.get_by_role("tabpanel")).to_contain_text("You may not see who may do what here")
    expect(page.get_by_role("tabpanel")).to_contain_text("visualizer.view_rbac")
    page.get_by_role("tab", name="Nodes").click()
    page.wait_for_selector("orrery-nodes svg")
