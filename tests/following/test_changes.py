"""Staff alter which clusters there are, through the API: what goes in, what never comes out, and who may not.

The cast: alice is staff, bob has an account, charlie has none.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
import yaml
from django.contrib.auth.models import User
from django.core.cache import cache
from django.test import Client

from dashboard import staff
from dashboard.clusters import sealer
from tests.apiserver.server import ApiServer
from tests.cluster import DEMOS, START_TS
from tests.kube.configs import config, text
from tests.log.recordings import header, note, take_in
from visualizer.following.adding import add
from visualizer.kube.access import Access, Token, from_json
from visualizer.live.threads import in_thread
from visualizer.models import Cluster, Log

SECRET = "t0p-secret-token"
PLUGIN = {"exec": {"apiVersion": "client.authentication.k8s.io/v1", "command": "sh", "args": ["-c", SECRET]}}


@pytest.fixture(autouse=True)
def forgotten() -> None:
    """Nobody has asked for anything yet."""
    cache.clear()


@pytest.fixture
async def api() -> AsyncIterator[ApiServer]:
    """A cluster for one token."""
    async with ApiServer(tokens={SECRET: "orrery"}) as server:
        server.load(DEMOS / "deploy" / "recording.jsonl.zst")
        yield server


def kubeconfig(server: str, user: dict[str, Any] | None = None, **cluster: Any) -> str:
    return text(config(user or {"token": SECRET}, server=server, **cluster))


def ask(method: str, address: str, body: Any = None, *, client: Client | None = None) -> tuple[int, Any]:
    """The status and the decoded answer. Whatever is answered, the token is not in it."""
    response = (client or Client()).generic(
        method, f"/api/clusters{address}", json.dumps(body), content_type="application/json"
    )
    assert SECRET not in response.content.decode()
    return response.status_code, response.json() if response.content else None


async def asked(method: str, address: str, body: Any = None) -> tuple[int, Any]:
    return await in_thread(lambda: ask(method, address, body))


def kept(name: str = "lab", *, server: str = "http://127.0.0.1:1", uid: str = "") -> Cluster:
    """A cluster that is there already."""
    access = Access(server, "lab", "lab", "me", authentication=Token(token=SECRET))
    return add(name, access, sealer(), uid=uid)


async def test_a_cluster_is_looked_at_checked_and_added(api: ApiServer) -> None:
    body = {"kubeconfig": kubeconfig(api.url)}
    status, contexts = await asked("POST", "/contexts", body)
    assert (status, contexts) == (
        200,
        [
            {
                "name": "prod",
                "server": api.url,
                "user": "ada",
                "namespace": "default",
                "is_current": True,
                "problem": "",
            }
        ],
    )
    assert api.requests == []
    api.access.deny("v1/secrets")
    status, told = await asked("POST", "/check", body)
    assert status == 200
    assert (told["connected_to"], told["server_version"], told["may_ask"]) == (api.url, "v1.36.2", True)
    denied = {each["resource"]: each["denied"] for each in told["permissions"] if each["denied"]}
    assert denied == {"v1/secrets": ["get", "list", "watch"]}
    assert yaml.safe_load(told["rules"])[0]["resources"] == ["secrets"]
    assert told["warnings"][0].startswith("The connection is not encrypted")
    assert await in_thread(Cluster.objects.count) == 0
    status, added = await asked("POST", "", {**body, "name": "  My lab "})
    assert (status, added["slug"], added["name"], added["server"]) == (201, "my-lab", "My lab", api.url)
    row = await in_thread(Cluster.objects.get)
    assert SECRET.encode() not in bytes(row.access)
    assert row.uid
    access = from_json(sealer().unseal(bytes(row.access)))
    assert (access.authentication, access.uploaded) == (Token(token=SECRET), True)


@pytest.mark.parametrize(
    ("written", "reason"),
    [
        (kubeconfig("https://a", PLUGIN), "has exec: an upload must not name programs or files"),
        (kubeconfig("https://a", {"auth-provider": {"name": "gcp"}}), "has auth-provider: an upload must not"),
        (kubeconfig("https://a", {"tokenFile": "/etc/shadow"}), "has tokenFile: an upload must not"),
        (kubeconfig("https://a", {"client-certificate": "/a", "client-key": "/b"}), "has client-certificate and"),
        (kubeconfig("https://a", certificate_authority="/etc/passwd"), "has certificate-authority: an upload"),
        (kubeconfig("http://169.254.169.254"), "is a link-local address"),
        (kubeconfig("https://[fe80::1]"), "is a link-local address"),
        (kubeconfig("https://a", proxy_url="http://169.254.169.254"), "is a link-local address"),
        (kubeconfig("file:///etc/passwd"), "is not a URL"),
    ],
)
def test_what_an_upload_must_not_have_is_refused_with_the_reason(written: str, reason: str) -> None:
    (context,) = ask("POST", "/contexts", {"kubeconfig": written})[1]
    assert reason in context["problem"]
    for address, more in (("/check", {}), ("", {"name": "lab"})):
        status, answer = ask("POST", address, {"kubeconfig": written, **more})
        assert (status, list(answer)) == (400, ["problem"])
        assert reason in answer["problem"]
    assert Cluster.objects.count() == 0


@pytest.mark.parametrize("written", [f"token: [{SECRET}", SECRET, "x" * (256 << 10) + SECRET, "", "clusters: []"])
def test_what_is_no_kubeconfig_is_told_without_showing_it(written: str) -> None:
    status, answer = ask("POST", "/contexts", {"kubeconfig": written})
    assert status in {400, 422}
    assert list(answer) == ["problem"]


def test_a_body_of_another_shape_is_refused_without_showing_it() -> None:
    for body in ({"kubeconfig": {"token": SECRET}}, {"kubeconfig": [SECRET]}, [SECRET], SECRET):
        assert ask("POST", "/contexts", body)[0] == 422


async def test_a_cluster_that_does_not_answer_is_told_and_not_kept() -> None:
    body = {"kubeconfig": kubeconfig("https://127.0.0.1:1"), "name": "lab"}
    for address in ("/check", ""):
        status, answer = await asked("POST", address, body)
        assert (status, answer) == (502, {"problem": "https://127.0.0.1:1 cannot be reached: Connection refused."})
    assert await in_thread(Cluster.objects.count) == 0


def test_a_name_that_is_taken_is_refused() -> None:
    kept("lab")
    status, answer = ask("POST", "", {"kubeconfig": kubeconfig("https://a"), "name": "lab"})
    assert (status, answer["problem"]) == (409, "There is a cluster “lab” already. Choose another name.")
    kept("web")
    assert ask("PATCH", "/web", {"name": "lab"})[0] == 409
    assert ask("PATCH", "/web", {"name": "web"})[0] == 200


@pytest.mark.parametrize("name", ["", "   ", "x" * 201, "a\nb", "a\x1b[2J"])
def test_a_name_that_is_none_is_refused(name: str) -> None:
    kept("lab")
    assert ask("PATCH", "/lab", {"name": name})[0] == 422
    assert Cluster.objects.get().name == "lab"


def test_a_renamed_cluster_keeps_its_addresses() -> None:
    cluster = kept("lab")
    log = take_in(header(name="lab"), note(ts=START_TS + 1), slug="lab")
    Cluster.objects.update(log=log)
    status, answer = ask("PATCH", "/lab", {"name": "Workshop"})
    assert (status, answer["name"], answer["slug"], answer["log"]) == (200, "Workshop", "lab", "lab")
    log.refresh_from_db()
    assert (log.title, log.slug) == ("Workshop", "lab")
    assert cluster.slug == "lab"


def test_how_a_cluster_is_read_and_how_much_of_it_is_kept_is_set() -> None:
    kept("lab")
    status, told = ask("PATCH", "/lab", {"poll_seconds": 60, "keep_seconds": 3_600})
    assert (status, told["is_polled"], told["poll_seconds"]) == (200, True, 60)
    assert (told["keep_seconds"], told["keep_bytes"], told["name"]) == (3_600, None, "lab")
    told = ask("PATCH", "/lab", {"keep_bytes": 1 << 30})[1]
    assert (told["is_polled"], told["keep_seconds"], told["keep_bytes"]) == (True, 3_600, 1 << 30)
    told = ask("PATCH", "/lab", {"poll_seconds": None, "keep_seconds": None})[1]
    assert (told["is_polled"], told["keep_seconds"], told["keep_bytes"]) == (False, None, 1 << 30)


@pytest.mark.parametrize("body", [{"poll_seconds": 9}, {"poll_seconds": 1e9}, {"keep_seconds": 1}, {"keep_bytes": -1}])
def test_settings_that_make_no_sense_are_refused(body: Any) -> None:
    kept("lab")
    assert ask("PATCH", "/lab", body)[0] == 422


async def test_new_credentials_count_and_those_of_another_cluster_do_not(api: ApiServer) -> None:
    await in_thread(lambda: kept("lab", uid="another"))
    status, answer = await asked("PUT", "/lab/access", {"kubeconfig": kubeconfig(api.url)})
    assert status == 409
    assert "lead to another cluster than “lab”" in answer["problem"]
    assert (await in_thread(Cluster.objects.get)).server == "http://127.0.0.1:1"
    await in_thread(lambda: Cluster.objects.update(uid=""))
    status, answer = await asked("PUT", "/lab/access", {"kubeconfig": kubeconfig(api.url)})
    assert (status, answer["server"]) == (200, api.url)


@pytest.mark.parametrize("with_log", [True, False])
def test_a_removed_cluster_leaves_its_log_as_a_recording_or_takes_it_along(*, with_log: bool) -> None:
    kept("lab")
    log = take_in(header(name="lab"), note(ts=START_TS + 1), slug="lab")
    Log.objects.update(is_live=True, order=0)
    Cluster.objects.update(log=log)
    response = Client().delete("/api/logs/lab")
    assert response.status_code == 403
    assert "goes with the cluster" in response.json()["problem"]
    assert ask("DELETE", f"/lab?with_log={str(with_log).lower()}")[0] == 204
    assert Cluster.objects.count() == 0
    assert list(Log.objects.values_list("is_live", "order")) == ([] if with_log else [(False, 1000)])


CALLS: list[tuple[str, str, Any]] = [
    ("POST", "/contexts", {"kubeconfig": kubeconfig("https://a")}),
    ("POST", "/check", {"kubeconfig": kubeconfig("https://a")}),
    ("POST", "", {"kubeconfig": kubeconfig("https://a"), "name": "new"}),
    ("PATCH", "/lab", {"name": "new"}),
    ("PUT", "/lab/access", {"kubeconfig": kubeconfig("https://a")}),
    ("DELETE", "/lab", None),
]


@pytest.fixture
def team(settings: Any) -> Callable[[str], Client]:
    """A team's server: gives a person's browser."""
    settings.LOGIN_REQUIRED = True
    User.objects.create_user("alice", is_staff=True)
    User.objects.create_user("bob")

    def browser(name: str) -> Client:
        client = Client()
        if found := User.objects.filter(username=name).first():
            client.force_login(found)
        return client

    return browser


@pytest.mark.parametrize(("method", "address", "body"), CALLS)
def test_bob_may_not_and_charlie_must_log_in(
    team: Callable[[str], Client], method: str, address: str, body: Any
) -> None:
    kept("lab")
    before = Cluster.objects.values().get()
    status, answer = ask(method, address, body, client=team("bob"))
    assert (status, answer["problem"].split(".")[0]) == (403, "Only staff may alter which clusters there are")
    assert ask(method, address, body, client=team("charlie"))[0] == 401
    assert Cluster.objects.values().get() == before


def test_bob_sees_the_clusters_and_alice_may_alter_them(team: Callable[[str], Client]) -> None:
    kept("lab")
    bob, alice = team("bob"), team("alice")
    assert [each["name"] for each in bob.get("/api/clusters").json()] == ["lab"]
    assert bob.get("/clusters/add/").status_code == 403
    assert bob.get("/clusters/lab/").status_code == 403
    assert "Add a cluster" not in bob.get("/").content.decode()
    assert "Add a cluster" in alice.get("/").content.decode()
    assert alice.get("/clusters/add/").status_code == 200
    assert alice.get("/clusters/lab/").status_code == 200
    assert alice.get("/clusters/web/").status_code == 404
    assert team("charlie").get("/clusters/add/").status_code == 302
    assert ask("PATCH", "/lab", {"name": "new"}, client=alice)[0] == 200


@pytest.mark.parametrize(("method", "address", "body"), CALLS)
def test_every_change_needs_the_sites_token(method: str, address: str, body: Any) -> None:
    kept("lab")
    status, answer = ask(method, address, body, client=Client(enforce_csrf_checks=True))
    assert status == 403
    assert answer["problem"].startswith("This request did not come from a page of this site")
    assert Cluster.objects.get().name == "lab"


async def test_connections_are_limited_to_some_in_a_minute(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(staff, "CHECKS_A_MINUTE", 2)
    body = {"kubeconfig": kubeconfig("https://127.0.0.1:1")}
    assert [(await asked("POST", "/check", body))[0] for _ in range(4)] == [502, 502, 429, 429]


def test_no_cluster_takes_the_address_of_a_page() -> None:
    assert [kept("add").slug, kept("Add").slug, kept("check").slug] == ["add-2", "add-3", "check-2"]


def test_an_unknown_cluster_is_told() -> None:
    assert ask("DELETE", "/lab") == (404, {"problem": "There is no cluster “lab”."})
    assert ask("PATCH", "/lab", {"name": "new"})[0] == 404


def test_the_list_can_leave_out_what_is_well() -> None:
    kept("lab")
    states = {"v1/pods": {"phase": "watching"}, "v1/secrets": {"phase": "refused", "problem": "403"}}
    for state in states.values():
        state.update({"problem": state.get("problem", ""), "events": 0, "lists": 1, "silent_seconds": 1.0})  # type: ignore[dict-item]
    Cluster.objects.update(health={"resources": states})
    (whole,) = ask("GET", "")[1]
    (brief,) = ask("GET", "?brief=true")[1]
    assert [each["resource"] for each in whole["resources"]] == ["v1/pods", "v1/secrets"]
    assert [each["resource"] for each in brief["resources"]] == ["v1/secrets"]
    assert brief["resource_count"] == whole["resource_count"] == 2
    assert ask("GET", "?log=nothing")[1] == []
