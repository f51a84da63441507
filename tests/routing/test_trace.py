"""A packet's way: where it comes to, what was done to it on the way, and at which hop and why it ends."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from tests.routing.objects import Raw, endpoint, service, slice_of
from tests.routing.test_model import LABELS, build, pod
from visualizer.network import EndpointSlice, Service
from visualizer.objects import Object
from visualizer.routing.hops import PacketTrace, TraceError
from visualizer.routing.model import Routing
from visualizer.routing.rules import Mode
from visualizer.routing.trace import sender_from, trace
from visualizer.routing.tracetext import destination_from, lines
from visualizer.store import Entry

BLOCK = {"cidr": "10.244.0.0/24", "except": ["10.244.0.9/32"]}
NODE_PORT = [{"name": "http", "port": 80, "nodePort": 30_080}]
REFUSED = "refused on node-1: shop/web:http: the Service has no endpoint"
DROPPED = "dropped, if the network plugin enforces policies: NetworkPolicy shop/guard"
MODES: tuple[Mode, ...] = ("iptables", "nftables")
WEB = [pod("web-1"), {**pod("web-2", ip="10.244.1.1"), "spec": {"nodeName": "node-2"}}]
CLIENT = {**pod("client", ip="10.244.0.9"), "metadata": {"name": "client", "namespace": "shop", "uid": "uid-client"}}
HERE = endpoint("10.244.0.1", targetRef={"kind": "Pod", "namespace": "shop", "name": "web-1"})
THERE = endpoint("10.244.1.1", "node-2", targetRef={"kind": "Pod", "namespace": "shop", "name": "web-2"})


def cluster(made: Service | None = None, *slices: EndpointSlice, **others: list[Raw]) -> Routing:
    pods = [*others.pop("pods", WEB), CLIENT]
    return build([made or service()], list(slices) or [slice_of("web", HERE, THERE)], pods=pods, **others)


def follow(routing: Routing, sender: str, to: str, **how: Any) -> PacketTrace:
    host, port, protocol = destination_from(to)
    return trace(routing, sender_from(routing, sender), host, port, protocol=protocol, **how)


def policy(**spec: Any) -> Raw:
    return {
        "metadata": {"name": "guard", "namespace": "shop"},
        "spec": {"podSelector": {"matchLabels": LABELS}, **spec},
    }


def test_a_nodes_name_is_taken_for_its_address_and_says_so() -> None:
    routing = cluster(service(type="NodePort", ports=NODE_PORT))
    for sender in ("outside", "shop/client"):
        found = follow(routing, sender, "node-1:30080")
        assert found.is_delivered
        assert found.hops[0].text.startswith("node-1 is taken for the address of that node, ")
    assert "nobody outside asks cluster DNS" in follow(routing, "outside", "web.shop:80").text


@pytest.mark.parametrize("mode", MODES)
def test_from_a_pod_by_name_to_a_pod_on_another_node(mode: Mode) -> None:
    found = follow(cluster(), "shop/client", "web:80", mode=mode, choose="shop/web-2")
    assert [hop.kind for hop in found.hops] == ["name", "sends", "node", "crosses", "arrives"]
    rules = found.hops[2]
    assert (rules.before, rules.after) == ("10.244.0.9 → 10.96.1.1:80", "10.244.0.9 → 10.244.1.1:8080")
    assert {(item.pod, item.node, item.is_chosen) for item in rules.options} == {
        ("shop/web-1", "node-1", False),
        ("shop/web-2", "node-2", True),
    }
    assert [item.chance for item in rules.options] == [0.5, 0.5]
    assert rules.conntrack == "tcp src=10.244.0.9 dst=10.96.1.1 dport=80 ↔ src=10.244.1.1 dst=10.244.0.9 sport=8080"
    assert any("10.244.1.1" in matched.text for matched in rules.rules)
    assert found.is_delivered


@pytest.mark.parametrize("mode", MODES)
def test_from_outside_through_a_node_port_the_node_takes_the_senders_place(mode: Mode) -> None:
    made = service(type="NodePort", ports=NODE_PORT)
    found = follow(cluster(made), "192.0.2.9", "10.10.0.11:30080", mode=mode, choose="shop/web-2")
    assert [hop.kind for hop in found.hops] == ["sends", "node", "crosses", "arrives"]
    assert found.hops[1].after == "10.10.0.11 → 10.244.1.1:8080"


@pytest.mark.parametrize("mode", MODES)
def test_a_load_balancer_keeps_to_nodes_with_local_endpoints(mode: Mode) -> None:
    made = service(
        type="LoadBalancer", externalTrafficPolicy="Local", healthCheckNodePort=31_000, ingress=[{"ip": "203.0.113.1"}]
    )
    only_there = slice_of("web", THERE)
    found = follow(cluster(made, only_there), "outside", "203.0.113.1:80", mode=mode)
    assert found.hops[1].text.endswith("here it comes to node-2")
    assert found.hops[2].after == "198.51.100.1 → 10.244.1.1:8080"
    refused = follow(cluster(made, only_there), "outside", "203.0.113.1:80", mode=mode, via="node-1")
    assert refused.broken is not None
    assert refused.broken.text.endswith("node-1 is none of them")


@pytest.mark.parametrize(
    ("made", "slices", "sender", "to", "says"),
    [
        (
            service(),
            [slice_of("web")],
            "shop/client",
            "web:80",
            REFUSED,
        ),
        (service(), [], "shop/client", "web:81", "the Service has no such port"),
        (service(), [], "shop/client", "10.96.9.9:80", "no Service has this address"),
        (service(), [], "shop/client", "nothing:80", "nothing does not resolve here: no Service shop/nothing has it"),
        (service(), [], "outside", "10.96.1.1:80", "which nothing outside the cluster routes to"),
        (service(), [], "outside", "10.244.0.1:80", "which nothing outside the cluster routes to"),
        (service(), [], "outside", "203.0.113.99:80", "no Service answers at 203.0.113.99:80/TCP"),
        (
            service(internalTrafficPolicy="Local"),
            [slice_of("web", THERE)],
            "shop/client",
            "web:80",
            "dropped on node-1: shop/web:http: the traffic policy is Local, and no endpoint is on this node",
        ),
        (
            service(type="NodePort", externalTrafficPolicy="Local", ports=NODE_PORT),
            [slice_of("web", THERE)],
            "outside",
            "10.10.0.11:30080",
            "dropped on node-1: shop/web:http: the traffic policy is Local, and no endpoint is on this node",
        ),
        (
            service(type="LoadBalancer", ingress=[{"ip": "203.0.113.1"}], loadBalancerSourceRanges=["192.0.2.0/24"]),
            [slice_of("web", HERE)],
            "outside",
            "203.0.113.1:80",
            "the sender is not in the load balancer's source ranges",
        ),
        (service(clusterIP="None"), [slice_of("web")], "shop/client", "web:80", "it has no ready endpoint"),
    ],
)
@pytest.mark.parametrize("mode", MODES)
def test_where_a_packet_ends_and_why(
    made: Service, slices: list[EndpointSlice], sender: str, to: str, says: str, mode: Mode
) -> None:
    found = follow(cluster(made, *slices), sender, to, mode=mode)
    assert found.broken is not None
    assert says in found.broken.text
    assert not found.is_delivered
    assert found.hops[-1] is found.broken


def test_a_service_without_endpoints_says_what_its_pods_lack() -> None:
    made = service(selector=LABELS)
    event = {
        "metadata": {"name": "web-1.1", "namespace": "shop"},
        "involvedObject": {"kind": "Pod", "namespace": "shop", "name": "web-1", "uid": "uid-web-1"},
        "reason": "Unhealthy",
        "message": "Readiness probe failed: HTTP probe failed with statuscode: 503",
    }
    routing = cluster(made, slice_of("web"), pods=[pod("web-1", ready="False")], events=[event])
    found = follow(routing, "shop/client", "web:80")
    assert "shop/web-1: it is not ready (Readiness probe failed: HTTP probe failed with statuscode: 503)" in found.text


def test_a_node_sends_to_itself_and_is_masqueraded() -> None:
    made = service(type="NodePort", ports=NODE_PORT)
    found = follow(cluster(made), "node-1", "127.0.0.1:30080", choose="shop/web-1")
    assert found.is_delivered
    assert found.hops[1].after == "10.10.0.11 → 10.244.0.1:8080"
    not_caught = follow(cluster(made), "node-1", "127.0.0.1:30080", mode="nftables")
    assert not_caught.text == "a program on node-1 gets it at 127.0.0.1:30080, if one listens there"


def test_a_pod_that_is_sent_to_itself_is_masqueraded() -> None:
    for mode in MODES:
        found = follow(cluster(), "shop/web-1", "web:80", mode=mode, choose="shop/web-1")
        assert found.hops[2].after == "10.10.0.11 → 10.244.0.1:8080"


def test_by_way_of_another_nodes_node_port() -> None:
    made = service(type="NodePort", ports=NODE_PORT)
    found = follow(cluster(made), "shop/client", "10.10.0.12:30080", choose="shop/web-1")
    assert [hop.kind for hop in found.hops] == ["sends", "node", "crosses", "node", "crosses", "arrives"]


def test_what_leaves_the_cluster() -> None:
    found = follow(cluster(), "shop/client", "8.8.8.8:53/udp")
    assert found.hops[-1].kind == "leaves"
    outside = service(type="ExternalName", clusterIP="", externalName="example.com")
    assert (
        follow(cluster(outside), "shop/client", "web:80").text
        == "web is an alias (CNAME) for example.com, outside the cluster"
    )


@pytest.mark.parametrize(
    ("spec", "to", "is_allowed"),
    [
        ({"ingress": []}, "web:80", False),
        ({"ingress": [{}]}, "web:80", True),
        ({"ingress": [{"from": [{"podSelector": {"matchLabels": {"role": "client"}}}]}]}, "web:80", False),
        ({"ingress": [{"from": [{"namespaceSelector": {"matchLabels": {"name": "shop"}}}]}]}, "web:80", True),
        ({"ingress": [{"from": [{"ipBlock": {"cidr": "10.244.0.0/24"}}]}]}, "web:80", True),
        (
            {"ingress": [{"from": [{"ipBlock": BLOCK}]}]},
            "web:80",
            False,
        ),
        ({"ingress": [{"ports": [{"port": 80}]}]}, "web:80", False),
        ({"ingress": [{"ports": [{"port": 8000, "endPort": 8080}]}]}, "web:80", True),
        ({"ingress": [{"ports": [{"port": 8080, "protocol": "UDP"}]}]}, "web:80", False),
        ({"ingress": [{"ports": [{"port": "http"}]}]}, "10.244.0.1:80", True),
        ({"policyTypes": ["Egress"]}, "web:80", True),
    ],
)
def test_policies_are_judged_at_the_pod_that_is_sent_to(spec: Raw, to: str, is_allowed: bool) -> None:
    routing = cluster(networkpolicies=[policy(**spec)])
    shop = msgspec.convert({"metadata": {"name": "shop", "labels": {"name": "shop"}}}, Object)
    routing.index.store._entries["v1/namespaces"] = {"shop": Entry(shop, 0)}
    found = follow(routing, "shop/client", to, choose="shop/web-1")
    assert found.is_delivered is is_allowed
    if not is_allowed:
        assert found.broken is not None
        assert found.broken.text.startswith(
            "dropped, if the network plugin enforces policies: NetworkPolicy shop/guard"
        )


def test_egress_is_judged_at_the_sender_and_nodes_are_let_in() -> None:
    client = {
        "podSelector": {},
        "policyTypes": ["Egress"],
        "egress": [{"to": [{"podSelector": {"matchLabels": LABELS}}]}],
    }
    guard = {"metadata": {"name": "out", "namespace": "shop"}, "spec": client}
    assert follow(cluster(networkpolicies=[guard]), "shop/client", "web:80").is_delivered
    assert not follow(cluster(networkpolicies=[guard]), "shop/client", "8.8.8.8:53").is_delivered
    closed = cluster(networkpolicies=[policy(ingress=[])])
    assert follow(closed, "node-1", "10.244.0.1:80").is_delivered
    assert not follow(closed, "node-2", "10.244.0.1:80").is_delivered


@pytest.mark.parametrize(
    ("sender", "to", "says"),
    [
        ("shop/nobody", "web:80", "there is no Pod “shop/nobody”"),
        ("node-9", "web:80", "“node-9” is no node here"),
        ("shop/client", "web", "is no destination"),
        ("shop/client", "web:99999", "is not in 1 to 65535"),
        ("shop/client", "web:80/icmp", "is no protocol of Services"),
    ],
)
def test_what_cannot_be_traced_is_a_sentence(sender: str, to: str, says: str) -> None:
    with pytest.raises(TraceError, match=says):
        follow(cluster(), sender, to)


def test_as_text() -> None:
    text = "\n".join(lines(follow(cluster(), "shop/client", "web:80", choose="shop/web-1")))
    assert "→  50.0%  10.244.0.1:8080 shop/web-1 on node-1" in text
    assert text.endswith("Delivered: shop/web-1 gets it at 10.244.0.1:8080.")
