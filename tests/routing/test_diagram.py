"""The routing diagram: rows that follow every change are the rows that the store tells at that moment."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.cluster import Cluster, metadata
from visualizer.routing.diagram import RoutingDiagram
from visualizer.routing.rows import EndpointRow, VerdictRow
from visualizer.store import Store
from visualizer.tables import patch

RESOURCES = {
    "v1/events": ("Event", True),
    "v1/services": ("Service", True),
    "v1/endpoints": ("Endpoints", True),
    "v1/pods": ("Pod", True),
    "v1/nodes": ("Node", False),
    "discovery.k8s.io/v1/endpointslices": ("EndpointSlice", True),
    "networking.k8s.io/v1/ingresses": ("Ingress", True),
    "networking.k8s.io/v1/ingressclasses": ("IngressClass", False),
    "gateway.networking.k8s.io/v1/gateways": ("Gateway", True),
    "gateway.networking.k8s.io/v1/httproutes": ("HTTPRoute", True),
}
SLICES = "discovery.k8s.io/v1/endpointslices"
Raw = dict[str, Any]


def node(name: str, zone: str = "lab-a", ip: str = "10.10.0.1", version: str = "v1.36.2") -> Raw:
    return {
        "metadata": metadata(name, "", labels={"topology.kubernetes.io/zone": zone}),
        "status": {"addresses": [{"type": "InternalIP", "address": ip}], "nodeInfo": {"kubeletVersion": version}},
    }


def service(name: str = "web", ip: str = "10.96.1.1", **spec: Any) -> Raw:
    port = {"name": "http", "port": 80, "protocol": "TCP", "targetPort": "http", "nodePort": spec.pop("node_port", 0)}
    return {"metadata": metadata(name), "spec": {"clusterIP": ip, "ports": [port], **spec}}


def piece(of: str = "web", *endpoints: Raw, name: str = "") -> Raw:
    return {
        "metadata": metadata(name or f"{of}-x", labels={"kubernetes.io/service-name": of}),
        "addressType": "IPv4",
        "endpoints": list(endpoints),
        "ports": [{"name": "http", "port": 8080, "protocol": "TCP"}],
    }


def endpoint(ip: str, on: str = "node-1", *, ready: bool = True, **more: Any) -> Raw:
    return {"addresses": [ip], "nodeName": on, "conditions": {"ready": ready, "serving": ready}, **more}


def pod(name: str, ready: str = "True", ip: str = "10.244.0.1", **labels: str) -> Raw:
    ports = [{"name": "http", "containerPort": 8080}]
    return {
        "metadata": metadata(name, labels=labels),
        "spec": {"nodeName": "node-1", "containers": [{"name": "web", "ports": ports}]},
        "status": {"phase": "Running", "podIP": ip, "conditions": [{"type": "Ready", "status": ready}]},
    }


class Drawn(Cluster):
    """A small cluster with the diagram beside it."""

    def __init__(self) -> None:
        super().__init__(resources=RESOURCES)
        self.diagram = RoutingDiagram.build(self.store)
        self.diagrams = (self.diagram,)


def assert_told_by(store: Store, diagram: RoutingDiagram) -> None:
    built = RoutingDiagram.build(store)
    assert diagram.snapshot() == built.snapshot()
    assert built.drain() == {}


def verdicts(cluster: Drawn) -> dict[tuple[str, str], VerdictRow]:
    rows = cluster.diagram.snapshot()["verdicts"].values()
    return {(row.node, row.zone): row for row in rows if isinstance(row, VerdictRow)}


def test_one_endpoints_change_alters_its_service_and_no_other() -> None:
    cluster = Drawn()
    cluster.list("v1/nodes", node("node-1"))
    cluster.list("v1/services", service(), service("api", "10.96.1.2"))
    cluster.list(SLICES, piece("web", endpoint("10.244.0.1")), piece("api", endpoint("10.244.0.2")))
    proxy = cluster.diagram.routing.proxy("node-1", "iptables")
    assert proxy is not None
    before = dict(proxy.services())
    cluster.diagram.drain()
    cluster.modify(SLICES, piece("web", endpoint("10.244.0.1"), endpoint("10.244.0.3")))
    delta = cluster.diagram.drain()
    assert set(delta) == {"services", "endpoints", "verdicts"}
    assert all(row_id.startswith("shop/web") for rows in delta.values() for row_id in rows)
    after = proxy.services()
    assert after["shop/api"] is before["shop/api"]
    assert after["shop/web"] is not before["shop/web"]


def test_nodes_that_do_alike_share_a_verdict() -> None:
    cluster = Drawn()
    cluster.list("v1/nodes", *(node(f"node-{n}", "lab-a" if n % 2 else "lab-b", f"10.10.0.{n}") for n in range(1, 6)))
    cluster.list("v1/services", service(type="NodePort", node_port=30_080, externalTrafficPolicy="Local"))
    cluster.list(SLICES, piece("web", endpoint("10.244.0.1"), endpoint("10.244.1.1", "node-2")))
    found = verdicts(cluster)
    assert set(found) == {("", ""), ("node-1", "lab-a"), ("node-2", "lab-b")}
    assert found["", ""].external_reason == "no-local-endpoints"
    assert found["node-1", "lab-a"].external == ["10.244.0.1:8080"]
    hinted = [
        endpoint("10.244.0.1", hints={"forZones": [{"name": "lab-a"}]}),
        endpoint("10.244.1.1", "node-2", hints={"forZones": [{"name": "lab-b"}]}),
    ]
    cluster.modify("v1/services", service())
    cluster.modify(SLICES, piece("web", *hinted))
    found = verdicts(cluster)
    assert {key: row.internal for key, row in found.items()} == {
        ("", ""): ["10.244.0.1:8080", "10.244.1.1:8080"],
        ("", "lab-a"): ["10.244.0.1:8080"],
        ("", "lab-b"): ["10.244.1.1:8080"],
    }


def test_rows_say_what_each_node_does() -> None:
    cluster = Drawn()
    cluster.list("v1/nodes", node("node-1"), node("node-2", "lab-b", "10.10.0.2"), node("node-3", "", "10.10.0.3"))
    hints = {"forZones": [{"name": "lab-a"}], "forNodes": [{"name": "node-2"}]}
    cluster.list("v1/services", service(type="NodePort", node_port=30_080, externalTrafficPolicy="Local"))
    cluster.list(
        SLICES, piece("web", endpoint("10.244.0.1", hints=hints), endpoint("10.244.0.2", "node-3", hints=hints))
    )
    found = verdicts(cluster)
    for verdict in cluster.diagram.routing.verdicts("shop/web"):
        zone = {"node-1": "lab-a", "node-2": "lab-b", "node-3": ""}[verdict.node]
        row = found.get((verdict.node, zone)) or found.get(("", zone)) or found["", ""]
        assert row.internal == [item.text for item in verdict.internal], verdict.node
        assert row.external == [item.text for item in verdict.external], verdict.node
        assert (row.external_reason, row.topology) == (verdict.external_reason, verdict.topology)


def test_a_pod_that_turns_unready_is_told_and_goes_again() -> None:
    cluster = Drawn()
    cluster.list("v1/services", service(selector={"app": "web"}))
    cluster.list("v1/pods", pod("web-1", app="web"))
    cluster.modify("v1/pods", pod("web-1", "False", app="web"))
    (row,) = cluster.diagram.snapshot()["leftout"].values()
    assert (row.id, row.reason) == ("shop/web shop/web-1", "not-ready")  # type: ignore[attr-defined]
    cluster.delete("v1/pods", pod("web-1", "False", app="web"))
    assert cluster.diagram.snapshot()["leftout"] == {}


names = st.sampled_from(["web", "api"])
zones = st.sampled_from(["", "lab-a", "lab-b"])
apps = st.sampled_from(["web", "api", ""])
on = st.sampled_from(["node-1", "node-2"])
ips = st.sampled_from(["10.244.0.1", "10.244.0.2", "10.244.1.1", "fd00::1", "?"])
hints = st.sampled_from([None, {"forZones": [{"name": "lab-a"}]}, {"forNodes": [{"name": "node-1"}]}])
slice_endpoints = st.builds(
    lambda ip, node, ready, hint: endpoint(ip, node, ready=ready, hints=hint), ips, on, st.booleans(), hints
)
backend = st.builds(lambda name: {"service": {"name": name, "port": {"number": 80}}}, names)
objects = st.one_of(
    st.tuples(st.just("v1/nodes"), st.builds(node, on, zones, st.sampled_from(["10.10.0.1", "fd00:10::1"]))),
    st.tuples(
        st.just("v1/services"),
        st.builds(
            lambda name, ip, app, policy, port: service(
                name, ip, selector={"app": app}, type="NodePort", externalTrafficPolicy=policy, node_port=port
            ),
            names,
            st.sampled_from(["10.96.1.1", "10.96.1.2", "None"]),
            apps,
            st.sampled_from(["Local", "Cluster"]),
            st.sampled_from([0, 30_080]),
        ),
    ),
    st.tuples(
        st.just(SLICES),
        st.builds(
            lambda of, found, name: piece(of, *found, name=name),
            names,
            st.lists(
                st.builds(
                    lambda ip, on, ready, hint: endpoint(ip, on, ready=ready, hints=hint), ips, on, st.booleans(), hints
                ),
                max_size=3,
            ),
            st.sampled_from(["one", "two"]),
        ),
    ),
    st.tuples(
        st.just("v1/pods"),
        st.builds(
            lambda name, ready, ip, labels: pod(name, ready, ip, **labels),
            st.sampled_from(["a", "b"]),
            st.sampled_from(["True", "False"]),
            ips,
            st.dictionaries(st.sampled_from(["app", "tier"]), apps),
        ),
    ),
    st.tuples(
        st.just("networking.k8s.io/v1/ingresses"),
        st.builds(
            lambda to: {"metadata": metadata("front"), "spec": {"ingressClassName": "nginx", "defaultBackend": to}},
            backend,
        ),
    ),
    st.tuples(
        st.just("networking.k8s.io/v1/ingressclasses"),
        st.builds(lambda controller: {"metadata": metadata("nginx", ""), "spec": {"controller": controller}}, names),
    ),
    st.tuples(
        st.just("gateway.networking.k8s.io/v1/gateways"),
        st.builds(lambda ip: {"metadata": metadata("edge"), "status": {"addresses": [{"value": ip}]}}, ips),
    ),
    st.tuples(
        st.just("gateway.networking.k8s.io/v1/httproutes"),
        st.builds(
            lambda to: {
                "metadata": metadata("front"),
                "spec": {"parentRefs": [{"name": "edge"}], "rules": [{"backendRefs": [{"name": to, "port": 80}]}]},
            },
            names,
        ),
    ),
    st.tuples(
        st.just("v1/endpoints"),
        st.builds(
            lambda name, ip: {
                "metadata": metadata(name),
                "subsets": [{"addresses": [{"ip": ip}], "ports": [{"port": 80}]}],
            },
            names,
            ips,
        ),
    ),
)


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(["MODIFIED", "MODIFIED", "DELETED"]), objects), max_size=14))
def test_whatever_changes_the_rows_are_what_the_store_tells(changes: list[tuple[Any, tuple[str, Raw]]]) -> None:
    cluster = Drawn()
    shown = {name: dict(rows) for name, rows in cluster.diagram.snapshot().items()}
    for kind, (resource, raw) in changes:
        cluster.watch(kind, resource, raw)
        shown = patch(shown, cluster.diagram.drain())  # type: ignore[assignment]
    assert_told_by(cluster.store, cluster.diagram)
    assert shown == cluster.diagram.snapshot()


@pytest.mark.parametrize("kind", ["ADDED", "MODIFIED"])
def test_a_services_neighbours_learn_of_it(kind: Any) -> None:
    cluster = Drawn()
    cluster.add("v1/services", service())
    cluster.watch(kind, "v1/services", service("api"))
    rows = cluster.diagram.snapshot()["services"]
    assert [row.flaws for row in rows.values()] == [  # type: ignore[attr-defined]
        ["address-taken-twice: shop/api answers at 10.96.1.1:80/TCP too"],
        ["address-taken-twice: shop/web answers at 10.96.1.1:80/TCP too"],
    ]


def test_a_failing_probe_is_told_before_the_slice_follows_and_not_after_the_pod_recovered() -> None:
    cluster = Drawn()
    cluster.list("v1/nodes", node("node-1"))
    cluster.list("v1/services", service(selector={"app": "web"}))
    cluster.list("v1/pods", pod("web-1", app="web"))
    target = {"kind": "Pod", "namespace": "shop", "name": "web-1"}
    cluster.list(SLICES, piece("web", endpoint("10.244.0.1", targetRef=target)))

    def told() -> tuple[bool, bool, str]:
        (row,) = cluster.diagram.snapshot()["endpoints"].values()
        assert isinstance(row, EndpointRow)
        assert_told_by(cluster.store, cluster.diagram)
        return row.is_ready, row.is_pod_ready, row.probe

    assert told() == (True, True, "")
    about = {**target, "uid": pod("web-1")["metadata"]["uid"]}
    event = {
        "metadata": metadata("web-1.1"),
        "involvedObject": about,
        "reason": "Unhealthy",
        "message": "Readiness probe failed: 503",
        "lastTimestamp": "2026-11-23T10:12:55Z",
    }
    cluster.add("v1/events", event)
    assert told() == (True, True, "Readiness probe failed: 503")
    cluster.modify("v1/pods", pod("web-1", ready="False", app="web"))
    assert told() == (True, False, "Readiness probe failed: 503")
    cluster.modify(SLICES, piece("web", endpoint("10.244.0.1", ready=False, targetRef=target)))
    assert told() == (False, False, "Readiness probe failed: 503")
    well = pod("web-1", app="web")
    well["status"]["conditions"][0]["lastTransitionTime"] = "2026-11-23T10:13:09Z"
    cluster.modify("v1/pods", well)
    assert told() == (False, True, "")
