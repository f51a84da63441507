"""Versions, discovery, leaders, metrics and usage, of a stand-in and of what a real API server answered."""

from __future__ import annotations

import math
from itertools import accumulate

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.apiserver.exchanges import exchanges
from tests.apiserver.server import ApiServer
from tests.cluster import DEMOS
from tests.polling.conftest import SEALER, Ask, access_to
from visualizer.following.adding import save
from visualizer.kube.polls import leaders, metrics, versions
from visualizer.kube.polls.histograms import Histogram, quantile, since
from visualizer.live.threads import in_thread
from visualizer.models import Cluster, PollResult
from visualizer.polling.poller import Poller


@pytest.mark.parametrize(
    ("kubelet", "behind", "is_supported"),
    [
        ("v1.36.2", 0, True),
        ("v1.36.9", 0, True),
        ("v1.33.0", 3, True),
        ("v1.32.11", 4, False),
        ("v1.37.0-alpha.1", -1, False),
        ("v1.36.2-eks-3025e55", 0, True),
        ("who knows", None, None),
    ],
)
def test_a_kubelet_may_be_three_minors_older_and_not_newer(
    kubelet: str, behind: int | None, is_supported: bool | None
) -> None:
    (found,) = versions.compare("v1.36.2", {"node-1": kubelet}).kubelets
    assert (found.minors_behind, found.is_supported) == (behind, is_supported)


@pytest.mark.parametrize(("server", "is_supported"), [("v1.26.0", True), ("v1.27.0", False)])
def test_a_kubelet_before_1_25_may_be_two_minors_older(server: str, is_supported: bool) -> None:
    (found,) = versions.compare(server, {"node-1": "v1.24.3"}).kubelets
    assert found.is_supported is is_supported


async def test_versions_of_the_nodes_are_told_newest_first(ask: Ask) -> None:
    row = await ask("versions")
    assert row.state == "ok"
    assert row.result["server"] == "v1.36.2"
    (kubelets,) = row.result["kubelets"]
    assert kubelets["names"] == ["node-1", "node-2", "node-3"]
    found = versions.compare("v1.36.0", {"a": "v1.9.0", "b": "v1.36.0", "c": "v1.32.0", "d": "v1.32.0"})
    assert [(kubelet.version, kubelet.nodes) for kubelet in found.kubelets] == [
        ("v1.36.0", 1),
        ("v1.32.0", 2),
        ("v1.9.0", 1),
    ]
    assert found.unsupported_nodes == 3


async def test_the_servers_version_is_told_also_to_who_may_not_see_nodes(server: ApiServer, ask: Ask) -> None:
    server.access.deny("v1/nodes")
    row = await ask("versions")
    assert row.state == "refused"
    assert row.problem.startswith('Nodes is forbidden: User "admin" cannot list resource "nodes"')
    assert row.result["server"] == "v1.36.2"


async def test_what_is_served_is_told_and_what_is_new(server: ApiServer, ask: Ask) -> None:
    row = await ask("discovery")
    assert row.state == "ok"
    assert "apps/v1/deployments" in row.result["resources"]
    assert {"name": "apps/v1", "resources": 5} in row.result["groups"]
    assert (row.result["appeared"], row.result["disappeared"]) == ([], [])


async def test_leaders_are_told_with_the_servers_clock(server: ApiServer, ask: Ask) -> None:
    row = await ask("leaders")
    assert row.state == "failing"  # the recording is old: nobody renews its leases any more
    first, second, *others = row.result["leases"]
    assert (first["name"], second["name"]) == ("kube-controller-manager", "kube-scheduler")
    assert first["holder"].startswith("vm_")
    assert first["is_stale"]
    assert first["duration_seconds"] == 15
    assert [lease["role"] for lease in others] == ["server"]


def lease(renewed: str, holder: str = "a") -> bytes:
    return (
        b'{"items":[{"metadata":{"name":"kube-scheduler"},"spec":{"holderIdentity":"%b","leaseDurationSeconds":15,'
        b'"renewTime":"%b","leaseTransitions":3}}]}' % (holder.encode(), renewed.encode())
    )


@pytest.mark.parametrize(
    ("renewed", "holder", "age", "is_stale"),
    [
        ("2026-11-24T12:00:00.000000Z", "a", 14.0, False),
        ("2026-11-24T11:59:58.500000Z", "a", 15.5, True),
        ("2026-11-24T12:00:20.000000Z", "a", 0.0, False),
        ("2026-11-24T12:00:00.000000Z", "", 14.0, True),
    ],
)
def test_a_lease_is_stale_when_it_was_not_renewed_in_its_time(
    renewed: str, holder: str, age: float, is_stale: bool
) -> None:
    (found,) = leaders.read(lease(renewed, holder), now=1_795_521_614.0).leases
    assert (found.age_seconds, found.is_stale, found.transitions) == (age, is_stale, 3)


def recorded() -> metrics.Samples:
    """What a real API server told."""
    return metrics.parse(exchanges()["metrics"]["body"])


def test_the_figures_of_a_real_server_add_up() -> None:
    told = metrics.describe(recorded(), None, now=10.0)
    text = exchanges()["metrics"]["body"].splitlines()
    requests = sum(int(line.split()[-1]) for line in text if line.startswith("apiserver_request_total{"))
    watches = sum(
        int(line.split()[-1])
        for line in text
        if line.startswith("apiserver_longrunning_requests{") and 'verb="WATCH"' in line
    )
    assert told.requests_total == requests
    assert told.open_watches == watches
    assert (told.in_flight_mutating, told.in_flight_read_only) == (1, 1)
    assert told.database_bytes == 5_541_888
    assert told.requests_per_second is None
    assert {count.resource: count.count for count in told.stored_objects}["apiservices.apiregistration.k8s.io"] == 21
    (get,) = [latency for latency in told.etcd if latency.operation == "get"]
    assert 0 < get.p50_seconds <= get.p99_seconds < 1
    assert get.is_since_start


def test_rates_are_since_the_poll_before() -> None:
    before = metrics.describe(recorded(), None, now=10.0)
    grown = {name: list(samples) for name, samples in recorded().items()}
    grown[metrics.REQUESTS].append(({"verb": "GET", "resource": "pods", "group": "", "code": "429"}, 120.0))
    grown[metrics.REQUESTS].append(({"verb": "GET", "resource": "pods", "group": "", "code": "503"}, 30.0))
    told = metrics.describe(grown, before, now=40.0)
    assert told.requests_per_second == 5.0
    assert (told.throttled_per_second, told.errors_per_second) == (4.0, 1.0)
    (pods,) = [count for count in told.requests if (count.verb, count.resource) == ("GET", "pods")]
    assert pods.per_second == 5.0
    (get,) = [latency for latency in told.etcd if latency.operation == "get"]
    assert get.is_since_start  # etcd was not asked since


def test_no_rate_is_told_between_two_servers() -> None:
    before = metrics.describe(recorded(), None, now=10.0)
    other = {**recorded(), metrics.STARTED: [({}, 1.0)]}
    assert metrics.describe(other, before, now=40.0).requests_per_second is None


async def test_the_stand_ins_figures_are_read(server: ApiServer, ask: Ask) -> None:
    row = await ask("metrics")
    assert row.state == "ok"
    held = {one.qualified: len(server.storage.collection(one.stored).objects) for one in server.catalogue}
    told = {count["resource"]: count["count"] for count in row.result["stored_objects"]}
    assert told["pods"] == held["pods"] > 0
    assert set(told.items()) <= set(held.items())


async def test_who_may_not_read_the_metrics_is_told_in_the_servers_words(cluster: Cluster, poller: Poller) -> None:
    async with ApiServer(tokens={"abc": "system:anonymous"}) as server:
        server.load(DEMOS / "rolling-update" / "recording.jsonl.zst")
        made = await in_thread(lambda: save("closed", access_to(server), SEALER))
        await in_thread(lambda: poller.run(made.pk, "metrics", 1.0))
        row = await in_thread(lambda: PollResult.objects.get(cluster=made))
    assert row.state == "refused"
    assert row.problem == 'Forbidden: User "system:anonymous" cannot get path "/metrics".'


counts = st.lists(st.integers(0, 1_000), min_size=4, max_size=4).map(lambda parts: list(accumulate(parts)))
BOUNDS = (0.005, 0.025, 0.1, math.inf)


def histogram(totals: list[int], seconds: float = 1.0) -> Histogram:
    return Histogram(tuple(zip(BOUNDS, totals, strict=True)), seconds)


@given(counts.filter(lambda totals: totals[-1] > 0), st.floats(0.01, 1))
def test_a_quantile_lies_in_the_bucket_that_has_it(totals: list[int], share: float) -> None:
    whole = histogram(totals)
    found = quantile(whole, share)
    rank = share * whole.count
    upper = next(bound for bound, count in whole.buckets if count >= rank)
    lower = max((bound for bound, count in whole.buckets if count < rank), default=0.0)
    assert lower <= found <= (upper if upper < math.inf else BOUNDS[-2])


@given(counts, counts)
def test_what_came_since_is_the_difference(first: list[int], added: list[int]) -> None:
    later = [one + other for one, other in zip(first, added, strict=True)]
    assert since(histogram(later, 3.0), histogram(first, 1.0)) == histogram(added, 2.0)
    assert Histogram.from_lists(histogram(later).to_lists()) == histogram(later)
    if first != later:
        assert since(histogram(first), histogram(later)) is None  # it was started anew


async def test_usage_is_added_up_in_cores_and_bytes(server: ApiServer, ask: Ask) -> None:
    assert (await ask("usage")).state == "absent"
    server.metrics_server.set_nodes({"node-1": ("156340312n", "1024Ki"), "node-2": ("2", "2Gi")})
    server.metrics_server.set_pods({("shop", "web"): {"web": ("250m", "64Mi"), "log": ("1000u", "1Mi")}})
    row = await ask("usage")
    assert row.state == "ok"
    assert [(node["name"], node["cpu_cores"], node["memory_bytes"]) for node in row.result["nodes"]] == [
        ("node-2", 2.0, 2 << 30),
        ("node-1", 0.15634, 1 << 20),
    ]
    assert row.result["nodes"][0]["window_seconds"] == 20.052
    assert row.result["pods"] == [{"namespace": "shop", "name": "web", "cpu_cores": 0.251, "memory_bytes": 65 << 20}]
    assert row.result["pods_cpu_cores"] == 0.251


async def test_a_quantity_that_is_none_is_told(server: ApiServer, ask: Ask) -> None:
    server.metrics_server.set_nodes({"node-1": ("much", "1Ki")})
    server.metrics_server.set_pods({})
    row = await ask("usage")
    assert row.state == "unreachable"
    assert row.problem.startswith("The answer cannot be read: ")
