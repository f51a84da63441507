"""Objects that make no sense: each flaw is told by name on the object, and nothing raises, whatever comes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.routing.objects import endpoint, node, service, slice_of, snapshot, text_of
from visualizer.network import EndpointSlice, Service
from visualizer.objects import Pod
from visualizer.routing.decisions import decide
from visualizer.routing.flaws import MEANINGS
from visualizer.routing.interpreter import Interpreter
from visualizer.routing.model import Routing
from visualizer.routing.packets import Packet
from visualizer.routing.rules import Mode
from visualizer.routing.snapshot import Snapshot, store_of

MODES: tuple[Mode, ...] = ("iptables", "nftables")
POD = {"kind": "Pod", "namespace": "shop", "name": "web-1"}


def flaws(services: list[Service], slices: list[EndpointSlice], **others: Any) -> set[tuple[str, str]]:
    cluster = msgspec.structs.replace(snapshot(services, slices), others=others)
    return {(flaw.key, flaw.name) for flaw in Routing.build(store_of(cluster)).all_flaws()}


@pytest.mark.parametrize(
    ("made", "name"),
    [
        (service(ports=[{"port": 70_000}]), "port-out-of-range"),
        (service(ports=[{"port": 80, "nodePort": -1}]), "port-out-of-range"),
        (service(ports=[{"port": 0}]), "port-out-of-range"),
        (service(clusterIP="ten.96.0.1"), "unreadable-address"),
        (service(externalIPs=["198.51.100.256"]), "unreadable-address"),
        (service(type="LoadBalancer", ingress=[{"ip": "shop"}]), "unreadable-address"),
        (service(loadBalancerSourceRanges=["10.0.0.0/99"]), "unreadable-network"),
        (service(loadBalancerSourceRanges=["10.0.0.0"]), "unreadable-network"),
        (service(type="LoadBalancer", externalTrafficPolicy="Local"), "no-health-check-port"),
        (service(sessionAffinity="ClientIP"), "affinity-without-timeout"),
    ],
)
def test_a_flaw_of_a_service(made: Service, name: str) -> None:
    assert ("shop/web", name) in flaws([made], [])


@pytest.mark.parametrize(
    ("made", "name"),
    [
        (slice_of("nobody", name="web-x"), "slice-without-service"),
        (slice_of("", name="web-x"), "slice-without-service"),
        (slice_of("web", addressType="IPv6"), "wrong-family"),
        (slice_of("web", endpoint("fd00::1")), "wrong-family"),
        (slice_of("web", endpoint("10.0.0")), "unreadable-address"),
        (slice_of("web", endpoint("10.244.0.1", None, targetRef=POD)), "endpoint-without-node"),
        (slice_of("web", {"addresses": []}), "endpoint-without-address"),
        (slice_of("web", ports=[{"name": "http", "port": 99_999}]), "port-out-of-range"),
    ],
)
def test_a_flaw_of_a_slice(made: EndpointSlice, name: str) -> None:
    assert flaws([service()], [made]) == {("shop/web-x", name)}


def test_two_services_in_each_others_way() -> None:
    one = service("one", type="NodePort", selector={"app": "web"}, ports=[{"port": 80, "nodePort": 30_080}])
    two = service(
        "two",
        type="NodePort",
        clusterIP="10.96.1.1",
        selector={"tier": "front"},
        ports=[{"port": 80, "nodePort": 30_080}],
    )
    labels = {"app": "web", "tier": "front"}
    pod = msgspec.convert({"metadata": {"name": "web-1", "namespace": "shop", "labels": labels}}, Pod)
    assert flaws([one, two], [], **{"v1/pods": (pod,)}) == {
        (key, name)
        for key in ("shop/one", "shop/two")
        for name in ("address-taken-twice", "node-port-taken-twice", "overlapping-selectors")
    }


def test_a_bad_port_does_not_take_the_good_one_with_it() -> None:
    both = service(ports=[{"name": "bad", "port": 70_000}, {"name": "http", "port": 80}])
    rules = text_of(snapshot([both], [slice_of("web", endpoint("10.244.0.1"))]).proxy("node-1", "iptables"))
    assert "10.244.0.1:8080" in rules
    assert "70000" not in rules


words = st.sampled_from(
    [
        "",
        "None",
        "10.96.0.1",
        "010.96.0.1",
        "fd00::1",
        "::ffff:1.2.3.4",
        "10.0.0.256",
        "10.0.0.0/8",
        "::/0",
        " 0.0.0.0/0 ",
    ]
) | st.text(max_size=8)
numbers = st.integers(-3, 5) | st.sampled_from([80, 30_080, 65_535, 65_536, 2**31, -(2**40)])
names = st.sampled_from(["web", "api", ""])
few = {"max_size": 3}
service_ports = st.fixed_dictionaries(
    {"port": numbers},
    optional={
        "name": names,
        "protocol": st.sampled_from(["TCP", "UDP", "SCTP", "ICMP"]),
        "nodePort": numbers,
        "targetPort": numbers | words,
    },
)
services = st.builds(
    lambda name, spec, ingress: {
        "metadata": {"name": name or "x", "namespace": "shop"},
        "spec": spec,
        "status": {"loadBalancer": {"ingress": ingress}},
    },
    names,
    st.fixed_dictionaries(
        {"ports": st.none() | st.lists(service_ports, **few), "clusterIP": words},
        optional={
            "type": st.sampled_from(["ClusterIP", "NodePort", "LoadBalancer", "ExternalName", "Other"]),
            "clusterIPs": st.none() | st.lists(words, **few),
            "externalIPs": st.none() | st.lists(words, **few),
            "loadBalancerSourceRanges": st.none() | st.lists(words, **few),
            "selector": st.none() | st.dictionaries(names, names, **few),
            "sessionAffinity": st.sampled_from(["None", "ClientIP"]),
            "sessionAffinityConfig": st.none() | st.just({}) | st.just({"clientIP": {"timeoutSeconds": -1}}),
            "externalTrafficPolicy": st.sampled_from(["Local", "Cluster", "?"]),
            "internalTrafficPolicy": st.none() | st.sampled_from(["Local", "Cluster", "?"]),
            "healthCheckNodePort": numbers,
        },
    ),
    st.none() | st.lists(st.fixed_dictionaries({}, optional={"ip": words, "ipMode": st.none() | words}), **few),
)
conditions = st.none() | st.fixed_dictionaries(
    {}, optional={name: st.none() | st.booleans() for name in ("ready", "serving", "terminating")}
)
hints = st.none() | st.fixed_dictionaries(
    {}, optional={name: st.none() | st.lists(st.just({"name": "node-1"}), **few) for name in ("forZones", "forNodes")}
)
slice_endpoints = st.fixed_dictionaries(
    {"addresses": st.none() | st.lists(words, **few)},
    optional={
        "conditions": conditions,
        "hints": hints,
        "nodeName": st.none() | st.just("node-1") | words,
        "hostname": words,
    },
)
slice_ports = st.fixed_dictionaries(
    {}, optional={"name": st.none() | names, "port": st.none() | numbers, "protocol": st.none() | st.just("UDP")}
)
slices = st.builds(
    lambda name, of, kind, endpoints, ports: {
        "metadata": {"name": name or "x", "namespace": "shop", "labels": of},
        "addressType": kind,
        "endpoints": endpoints,
        "ports": ports,
    },
    names,
    st.none() | st.builds(lambda name: {"kubernetes.io/service-name": name}, names),
    st.sampled_from(["IPv4", "IPv6", "FQDN", ""]),
    st.none() | st.lists(slice_endpoints, **few),
    st.none() | st.lists(slice_ports, **few),
)


@settings(max_examples=150, deadline=None)
@given(st.lists(services, max_size=4), st.lists(slices, max_size=4), words, words)
def test_nothing_raises_whatever_comes(
    raw_services: list[Any], raw_slices: list[Any], node_ip: str, cluster_cidr: str
) -> None:
    cluster = Snapshot(
        nodes=(node(ip=node_ip),),
        services=tuple(msgspec.convert(raw_services, list[Service])),
        slices=tuple(msgspec.convert(raw_slices, list[EndpointSlice])),
    )
    routing = Routing.build(store_of(cluster), cluster_cidr=cluster_cidr)
    assert {flaw.name for flaw in routing.all_flaws()} <= set(MEANINGS)
    for key, _ in routing.index.services():
        assert routing.describe(key) is not None
        routing.verdicts(key)
    for mode in MODES:
        for family in ("IPv4", "IPv6"):
            proxy = routing.proxy("node-1", mode, family)
            assert proxy is not None
            assert text_of(proxy)
            walk = Interpreter(proxy.ruleset(), proxy.settings.addresses).walk
            address = "fd00::9" if family == "IPv6" else "192.0.2.9"
            for ports in proxy.services().values():
                for found in ports:
                    packet = Packet(address, found.port.cluster_ip, found.port.number, found.port.protocol)
                    decide(proxy, packet)
                    assert sum(way.chance for way in walk(packet)) == pytest.approx(1)


def test_every_flaw_is_explained() -> None:
    explained = (Path(__file__).parent.parent.parent / "docs" / "routing.md").read_text()
    for name, meaning in MEANINGS.items():
        assert f"| `{name}` | {meaning} |" in explained
