"""What leads to a Service, what names it has, and which Pods it leaves out."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from tests.routing.objects import Raw, endpoint, node, service, slice_of, snapshot
from visualizer.kinds import KINDS
from visualizer.network import EndpointSlice, Service
from visualizer.objects import AnyObject
from visualizer.routing import dns
from visualizer.routing.model import Routing, ServiceModel
from visualizer.routing.snapshot import store_of

LABELS = {"app": "web"}
PORTS = [{"name": "http", "containerPort": 8080}]


def build(services: list[Service], slices: list[EndpointSlice], **others: list[Raw]) -> Routing:
    """The routing of a cluster; ``others`` are by a resource's last word."""
    named = {resource.rpartition("/")[2]: resource for resource in KINDS}
    decoded: dict[str, tuple[AnyObject, ...]] = {
        named[word]: tuple(msgspec.convert(raw, KINDS[named[word]]) for raw in found) for word, found in others.items()
    }
    return Routing.build(
        store_of(
            msgspec.structs.replace(snapshot(services, slices, node(), node("node-2", "10.10.0.12")), others=decoded)
        )
    )


def describe(routing: Routing, key: str = "shop/web") -> ServiceModel:
    model = routing.describe(key)
    assert model is not None
    return model


def pod(
    name: str = "web-1", namespace: str = "shop", *, ip: str = "10.244.0.1", ready: str = "True", **status: Any
) -> Raw:
    condition = {"type": "Ready", "status": ready, "message": "containers with unready status: [web]"}
    return {
        "metadata": {"name": name, "namespace": namespace, "labels": LABELS, "uid": f"uid-{name}"},
        "spec": {
            "nodeName": "node-1",
            "containers": [{"name": "web", "ports": [{"name": "http", "containerPort": 80}]}],
        },
        "status": {"phase": "Running", "podIP": ip, "conditions": [condition], **status},
    }


def left(routing: Routing) -> list[tuple[str, str]]:
    return [(item.pod, item.reason) for item in describe(routing).left_out]


SELECTING = service(selector=LABELS, ports=[{"name": "http", "port": 80, "targetPort": "http"}])


@pytest.mark.parametrize(
    ("made", "reason"),
    [
        (pod(ready="False"), "not-ready"),
        (pod(ip=""), "no-address"),
        (pod(phase="Succeeded"), "ended"),
        ({**pod(), "metadata": {**pod()["metadata"], "deletionTimestamp": "2026-11-23T10:00:00Z"}}, "terminating"),
        ({**pod(), "spec": {"containers": [{"name": "web"}]}}, "no-such-port"),
        (pod(), "not-yet"),
    ],
)
def test_why_a_pod_is_no_endpoint(made: Raw, reason: str) -> None:
    assert left(build([SELECTING], [], pods=[made])) == [("shop/web-1", reason)]


def test_a_ready_endpoint_is_not_left_out_and_others_are_not_looked_at() -> None:
    target = {"kind": "Pod", "namespace": "shop", "name": "web-1"}
    piece = slice_of("web", endpoint("10.244.0.1", targetRef=target))
    assert left(build([SELECTING], [piece], pods=[pod(), pod("other", "elsewhere")])) == []


def test_a_selector_does_not_reach_other_namespaces() -> None:
    assert left(build([SELECTING], [], pods=[pod("other", "elsewhere")])) == [("elsewhere/other", "other-namespace")]


def test_names_of_a_cluster_ip_service() -> None:
    found = describe(build([service(clusterIPs=["10.96.1.1", "fd00:96::1"])], [])).records
    name = "web.shop.svc.cluster.local"
    assert found == (
        dns.Record(name, "A", "10.96.1.1"),
        dns.Record(name, "AAAA", "fd00:96::1"),
        dns.Record(f"_http._tcp.{name}", "SRV", f"80 {name}"),
    )


def test_names_of_a_headless_service_with_a_stateful_sets_pods() -> None:
    target = {"kind": "Pod", "namespace": "shop", "name": "web-0"}
    piece = slice_of(
        "web",
        endpoint("10.244.0.1", hostname="web-0", targetRef=target),
        endpoint("10.244.0.2"),
        endpoint("10.244.0.3", ready=False),
    )
    found = describe(build([service(clusterIP="None")], [piece])).records
    name = "web.shop.svc.cluster.local"
    assert [item.value for item in found if item.name == name] == ["10.244.0.1", "10.244.0.2"]
    assert dns.Record(f"web-0.{name}", "A", "10.244.0.1", "shop/web-0") in found
    assert dns.Record(f"10-244-0-2.{name}", "A", "10.244.0.2") in found
    assert dns.Record(f"_http._tcp.{name}", "SRV", f"8080 web-0.{name}", "shop/web-0") in found


@pytest.mark.parametrize(
    ("name", "namespace", "found"),
    [
        ("web", "shop", ("shop/web", "")),
        ("web.shop", "other", ("shop/web", "")),
        ("web.shop.svc", "other", ("shop/web", "")),
        ("WEB.shop.svc.cluster.local.", "", ("shop/web", "")),
        ("db-0.db.shop.svc.cluster.local", "", ("shop/db", "db-0")),
        ("web", "", None),
        ("example.com.", "shop", None),
        ("www.example.com", "shop", None),
    ],
)
def test_what_a_name_means_to_a_pod(name: str, namespace: str, found: tuple[str, str] | None) -> None:
    assert dns.service_in(name, namespace) == found


def test_ingresses_and_their_classes() -> None:
    backend = {"service": {"name": "web", "port": {"name": "http"}}}
    path = {"path": "/shop", "pathType": "Prefix", "backend": backend}
    ingress = {
        "metadata": {"name": "front", "namespace": "shop"},
        "spec": {
            "ingressClassName": "nginx",
            "rules": [{"host": "shop.example.com", "http": {"paths": [path]}}],
            "defaultBackend": {"service": {"name": "web", "port": {"number": 81}}},
        },
    }
    kind = {"metadata": {"name": "nginx"}, "spec": {"controller": "k8s.io/ingress-nginx"}}
    for classes, says in (([kind], "(class nginx, k8s.io/ingress-nginx)"), ([], "(class nginx, which does not exist)")):
        _, way = describe(build([service()], [], ingresses=[ingress], ingressclasses=classes)).ways
        assert (way.kind, way.address, way.port, way.target) == ("Ingress", "shop.example.com", 80, "http")
        assert way.detail == f"/shop {says}"
        assert way.object == ("networking.k8s.io/v1/ingresses", "shop/front")


def test_gateways_and_routes() -> None:
    route = {
        "metadata": {"name": "front", "namespace": "edge"},
        "spec": {
            "parentRefs": [{"name": "public"}],
            "hostnames": ["shop.example.com"],
            "rules": [{"backendRefs": [{"name": "web", "namespace": "shop", "port": 80}]}],
        },
    }
    gateway = {"metadata": {"name": "public", "namespace": "edge"}, "status": {"addresses": [{"value": "203.0.113.7"}]}}
    _, way = describe(build([service()], [], httproutes=[route], gateways=[gateway])).ways
    assert (way.kind, way.address, way.detail) == (
        "HTTPRoute",
        "shop.example.com",
        "Gateway edge/public at 203.0.113.7",
    )
    _, way = describe(build([service()], [], grpcroutes=[route])).ways
    assert (way.kind, way.detail) == ("GRPCRoute", "Gateway edge/public, which does not exist")


def test_endpoints_without_a_slice_are_shown_and_not_programmed() -> None:
    legacy = {
        "metadata": {"name": "web", "namespace": "shop"},
        "subsets": [
            {
                "addresses": [{"ip": "10.244.0.1", "nodeName": "node-1"}],
                "notReadyAddresses": [{"ip": "10.244.0.2"}],
                "ports": [{"name": "http", "port": 8080}],
            }
        ],
    }
    routing = build([service()], [], endpoints=[legacy])
    model = describe(routing)
    assert model.is_legacy
    ((_, found),) = model.endpoints
    assert [(item.text, item.is_ready) for item in found] == [("10.244.0.1:8080", True), ("10.244.0.2:8080", False)]
    assert {verdict.internal_reason for verdict in routing.verdicts("shop/web")} == {"no-endpoints"}


def test_each_node_has_its_own_verdict() -> None:
    local = service(
        type="NodePort", externalTrafficPolicy="Local", ports=[{"name": "http", "port": 80, "nodePort": 30_080}]
    )
    routing = build([local], [slice_of("web", endpoint("10.244.0.1"))])
    here, there = routing.verdicts("shop/web")
    assert [item.text for item in here.external] == ["10.244.0.1:8080"]
    assert (there.external, there.external_reason) == ((), "no-local-endpoints")
    assert [item.text for item in there.internal] == ["10.244.0.1:8080"]


def test_what_stands_in_for_kube_proxy_is_told() -> None:
    assert build([service()], []).mode().kind == "unknown"
    agent = {"metadata": {"name": "cilium-x", "namespace": "kube-system", "labels": {"k8s-app": "cilium"}}}
    assert build([service()], [], pods=[agent]).mode().kind == "replaced"
