"""/livez and /readyz, check by check, and what there is where there is no answer."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from tests.apiserver.exchanges import exchanges
from tests.apiserver.server import ApiServer
from tests.polling.conftest import Ask
from visualizer.kube.polls.checks import read
from visualizer.kube.polls.results import Check
from visualizer.live.threads import in_thread
from visualizer.models import Cluster


def health(slug: str = "lab", *, status: int = 200) -> Any:
    response = Client().get(f"/api/clusters/{slug}/health")
    assert response.status_code == status
    return response.json()


@pytest.mark.parametrize("name", ["livez", "readyz"])
async def test_each_check_of_a_healthy_server_is_told(ask: Ask, name: str) -> None:
    recorded = exchanges()[f"/{name}?verbose"]["body"]
    row = await ask(name)
    assert (row.state, row.problem, row.requests) == ("ok", "", 1)
    assert row.result["failed"] == 0
    assert len(row.result["checks"]) == recorded.count("[+]")
    assert {"name": "ping", "is_ok": True, "reason": ""} in row.result["checks"]


def test_a_check_that_fails_is_told_with_the_servers_reason() -> None:
    said = (
        "[+]ping ok\n[+]log excluded: ok\n[-]etcd failed: reason withheld\n"
        "[+]poststarthook/rbac/bootstrap-roles ok\nlivez check failed\n"
    )
    checks = read(said)
    assert checks.failed == 1
    assert checks.checks[2] == Check("etcd", False, "reason withheld")
    assert [check.is_ok for check in checks.checks] == [True, True, False, True]


async def test_a_server_that_does_not_answer_is_unreachable_and_what_it_said_before_stays(
    server: ApiServer, ask: Ask, cluster: Cluster
) -> None:
    await ask("livez")
    await server.stop()
    row = await ask("livez")
    assert row.state == "unreachable"
    assert row.problem.endswith("Connection refused.")
    told = await in_thread(health)
    assert told["state"] == "unreachable"
    assert told["livez"]["state"] == "unreachable"
    assert told["livez"]["result"]["failed"] == 0
    assert told["livez"]["result_ts"] < told["livez"]["asked_ts"] <= told["now_ts"]
    assert [run["state"] for run in told["livez"]["recent"]] == ["ok", "unreachable"]
    assert told["readyz"]["state"] == "waiting"


async def test_a_user_who_is_not_known_is_told_so(server: ApiServer, ask: Ask) -> None:
    server.access.authorize("another", "alice")
    row = await ask("livez")
    assert (row.state, row.problem) == ("refused", "Unauthorized.")


async def test_the_history_is_told_oldest_first(ask: Ask) -> None:
    for _ in range(3):
        await ask("readyz")
    response = await in_thread(lambda: Client().get("/api/clusters/lab/health/readyz?last=60&most=2"))
    runs = response.json()["runs"]
    assert [run["state"] for run in runs] == ["ok", "ok"]
    assert runs[0]["asked_ts"] < runs[1]["asked_ts"]
    assert runs[0]["result"]["failed"] == 0


@pytest.mark.parametrize("address", ["/api/clusters/none/health", "/api/clusters/none/health/livez"])
def test_a_cluster_that_there_is_not_is_not_found(address: str) -> None:
    response = Client().get(address)
    assert response.status_code == 404
    assert response.json() == {"problem": "There is no cluster “none”."}


async def test_a_check_that_fails_is_named_and_what_is_well_beside_it(server: ApiServer, ask: Ask) -> None:
    server.probes.fail("etcd")
    row = await ask("livez")
    assert (row.state, row.problem) == ("failing", "/livez fails: etcd.")
    assert row.result["failed"] == 1
    assert {"name": "etcd", "is_ok": False, "reason": "reason withheld"} in row.result["checks"]
    assert {"name": "ping", "is_ok": True, "reason": ""} in row.result["checks"]
    server.probes.heal()
    assert (await ask("livez")).state == "ok"
