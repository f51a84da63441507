"""Two ways to one truth: packets walked through the rules fare as the model says, in every recorded file and mode.

Every Service port of a file is tried at every address that it has, from Pods here and elsewhere, from the node itself
and from outside; beside them, wrong ports and addresses that no Service has.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

import pytest

from tests.conformance.test_kube_proxy import FILES, read
from tests.routing.objects import endpoint, node, service, slice_of, snapshot
from visualizer.routing.decisions import decide
from visualizer.routing.interpreter import Interpreter
from visualizer.routing.packets import Packet
from visualizer.routing.proxy import Proxy
from visualizer.routing.rules import Mode
from visualizer.routing.settings import Settings

OUTSIDE = ("203.0.113.50", "192.0.2.9", "192.0.2.200", "10.1.2.3", "8.8.8.8")
MODES: tuple[Mode, ...] = ("iptables", "nftables")

Fates = dict[tuple[str, str, int, bool], float]
"""How likely each outcome is: the verdict, where to, and whether masqueraded."""


def walked(interpreter: Interpreter, packet: Packet) -> Fates:
    fates: Fates = defaultdict(float)
    for way in interpreter.walk(packet):
        if way.verdict == "passes":
            fates[way.verdict, way.destination, way.port, way.is_masqueraded] += way.chance
        else:
            fates[way.verdict, "", 0, False] += way.chance
    return fates


def answered(proxy: Proxy, packet: Packet) -> Fates:
    decision = decide(proxy, packet)
    if decision.verdict != "passes":
        return {(decision.verdict, "", 0, False): 1.0}
    if not decision.endpoints:
        return {("passes", packet.destination, packet.port, False): 1.0}
    share = 1 / len(decision.endpoints)
    return {
        ("passes", found.ip, found.port, decision.is_masqueraded(found, packet, proxy)): share
        for found in decision.endpoints
    }


def destinations(proxy: Proxy) -> Iterator[tuple[str, int, str]]:
    assert proxy.settings.node_ip is not None
    for ports in proxy.services().values():
        for proxied in ports:
            port = proxied.port
            for address in (port.cluster_ip, *port.external_ips, *port.load_balancer_ips):
                yield address, port.number, port.protocol
                yield address, port.number + 1_000, port.protocol
            if port.node_port:
                yield proxy.settings.node_ip, port.node_port, port.protocol
            if port.health_check_port:
                yield proxy.settings.node_ip, port.health_check_port, "TCP"
            for found in proxied.endpoints:
                yield found.ip, found.port, port.protocol
    yield proxy.settings.node_ip, 22, "TCP"
    yield "10.96.255.254", 80, "TCP"
    yield "8.8.8.8", 53, "UDP"


def packets(proxy: Proxy) -> Iterator[Packet]:
    ports = [port for ports in proxy.services().values() for port in ports]
    pods = sorted({found.ip for port in ports for found in port.endpoints})
    balancers = sorted({address for port in ports for address in port.port.load_balancer_ips})
    for address, number, protocol in sorted(set(destinations(proxy))):
        for source in (*pods, *OUTSIDE):
            yield Packet(source, address, number, protocol)
        for source in (*proxy.settings.addresses, *balancers):
            yield Packet(source, address, number, protocol, is_from_node=True)
    for port in ports:
        if port.port.node_port:
            yield Packet("127.0.0.1", "127.0.0.1", port.port.node_port, port.port.protocol, is_from_node=True)


def assert_agree(proxy: Proxy) -> int:
    interpreter = Interpreter(proxy.ruleset(), proxy.settings.addresses)
    count = 0
    for packet in packets(proxy):
        count += 1
        expected, actual = answered(proxy, packet), walked(interpreter, packet)
        assert actual == pytest.approx(expected), packet
    return count


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("name", FILES)
def test_in_every_file(name: str, mode: Mode) -> None:
    assert assert_agree(read(name)[0].proxy("node-2", mode)) > 1_000


@pytest.mark.parametrize("version", ["v1.31.0", "v1.35.0"])
@pytest.mark.parametrize("mode", MODES)
def test_in_older_versions(mode: Mode, version: str) -> None:
    """Every traffic policy, with endpoints here and elsewhere, elsewhere only, and nowhere."""
    services, slices = [], []
    for number, (external, internal, where) in enumerate(
        (external, internal, where)
        for external in ("Cluster", "Local")
        for internal in ("Cluster", "Local")
        for where in ("both", "elsewhere", "nowhere")
    ):
        name = f"s-{number}"
        services.append(
            service(
                name,
                type="LoadBalancer",
                clusterIP=f"10.96.1.{number}",
                ports=[{"name": "http", "port": 80, "nodePort": 30_000 + number}],
                externalTrafficPolicy=external,
                internalTrafficPolicy=internal,
                healthCheckNodePort=31_000 + number,
                loadBalancerSourceRanges=["203.0.113.0/24"] if number % 2 else None,
                externalIPs=[f"198.51.100.{number}"],
                ingress=[{"ip": f"203.0.113.{100 + number}"}],
            )
        )
        there = [endpoint(f"10.244.1.{number + 1}", "node-2")]
        here = [endpoint(f"10.244.0.{number + 1}")]
        slices.append(slice_of(name, *({"both": here + there, "elsewhere": there, "nowhere": []}[where])))
    cluster = snapshot(services, slices, node(version=version))
    assert assert_agree(cluster.proxy("node-1", mode)) > 1_000


def test_without_a_cluster_cidr() -> None:
    for mode in MODES:
        proxy = Proxy(Settings("node-1", ("10.10.0.11",)), mode)
        proxy.put(service(type="NodePort", externalTrafficPolicy="Local"), [slice_of("web", endpoint("10.244.0.1"))])
        assert_agree(proxy)
