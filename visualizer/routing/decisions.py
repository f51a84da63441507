"""What a node does with a packet, answered from Services and endpoints, without looking at a single rule.

The rules are made from the same objects by :mod:`iptables` and :mod:`nftables`, and walked by :mod:`interpreter`. That
both ways come to the same answer is a test.
"""

from __future__ import annotations

from typing import Final, Literal

from msgspec import Struct

from visualizer.routing.addresses import LOOPBACK, contains
from visualizer.routing.endpoints import Endpoint
from visualizer.routing.packets import Packet, Verdict
from visualizer.routing.ports import admits_node
from visualizer.routing.proxy import AddressKind, ProxiedPort, Proxy

Reason = Literal[
    "",
    "no-endpoints",
    "no-local-endpoints",
    "source-range",
    "wrong-port",
    "no-such-service",
    "not-a-service",
]

WORDS: Final[dict[Reason, str]] = {
    "": "",
    "no-endpoints": "the Service has no endpoint that could take it, on any node",
    "no-local-endpoints": "the traffic policy is Local, and no endpoint is on this node",
    "source-range": "the sender is not in the load balancer's source ranges",
    "wrong-port": "the Service has no such port",
    "no-such-service": "no Service has this address",
    "not-a-service": "no Service answers there, so kube-proxy leaves the packet alone",
}
"""Each reason in words."""


class Decision(Struct, frozen=True):
    """What happens. ``endpoints`` are those that one of is chosen, each with the same chance.

    ``way_in`` and ``port`` say by which address of which Service the packet came, if by any. ``masquerades`` says that
    the node takes the source's place whichever endpoint is chosen; an endpoint that sent the packet itself makes it do
    so too (``is_masqueraded``).
    """

    verdict: Verdict
    reason: Reason = ""
    way_in: AddressKind | None = None
    port: ProxiedPort | None = None
    endpoints: tuple[Endpoint, ...] = ()
    masquerades: bool = False

    def is_masqueraded(self, endpoint: Endpoint, packet: Packet, proxy: Proxy) -> bool:
        """Whether the node takes the source's place on the way to this endpoint.

        A packet back to its own sender must look as if the node had sent it, else the answer would miss the node.
        From 1.36 on nftables looks for that only at endpoints on the node, where else it cannot happen.
        """
        if self.masquerades or endpoint.ip != packet.source:
            return self.masquerades
        return endpoint.is_local or proxy.mode == "iptables" or proxy.settings.version < (1, 36)


def decide(proxy: Proxy, packet: Packet) -> Decision:
    """What the node of this kube-proxy does with the packet."""
    found = proxy.find(packet.destination, packet.protocol, packet.port)
    if found is not None:
        way_in, port = found
        if way_in == "ClusterIP":
            return _to_cluster_ip(proxy, packet, port)
        return _to_outside_address(proxy, packet, port, way_in)
    node_port = proxy.find_node_port(packet.protocol, packet.port)
    if node_port is not None and _takes_node_ports(proxy, packet.destination):
        return _external(proxy, packet, node_port, "NodePort")
    return _unmatched(proxy, packet)


def _to_cluster_ip(proxy: Proxy, packet: Packet, port: ProxiedPort) -> Decision:
    choice = port.choice
    if not choice.has_any:
        return Decision("refused", "no-endpoints", "ClusterIP", port)
    used = choice.local if port.port.is_internal_local else choice.cluster
    if not used:
        return Decision("dropped", "no-local-endpoints", "ClusterIP", port)
    is_outside = bool(proxy.settings.cluster_cidrs) and not _is_pod(proxy, packet.source)
    return Decision("passes", "", "ClusterIP", port, used, masquerades=is_outside)


def _to_outside_address(proxy: Proxy, packet: Packet, port: ProxiedPort, way_in: AddressKind) -> Decision:
    """Where both endpoints and source range are amiss, iptables tells of the endpoints and nftables of the range."""
    is_walled = way_in == "LoadBalancer" and bool(port.port.source_ranges)
    walls_come_first = proxy.mode == "nftables" and not (packet.is_from_node and _filters_before_dnat(proxy))
    is_walled = is_walled and (port.choice.has_any or walls_come_first)
    if is_walled and not _is_admitted(proxy, packet, port):
        return Decision("dropped", "source-range", way_in, port)
    decision = _external(proxy, packet, port, way_in)
    is_unchecked = proxy.mode == "iptables" and packet.is_from_node and not _is_local(proxy, packet.destination)
    if decision.verdict != "passes" and is_unchecked and not is_walled:
        # iptables stops what comes in or goes through, but not what a program on the node sends
        return Decision("passes", decision.reason, way_in, port)
    return decision


def _external(proxy: Proxy, packet: Packet, port: ProxiedPort, way_in: AddressKind) -> Decision:
    choice = port.choice
    if not choice.has_any:
        return Decision("refused", "no-endpoints", way_in, port)
    if not port.port.is_external_local:
        return Decision("passes", "", way_in, port, choice.cluster, masquerades=True)
    if packet.is_from_node and way_in != "NodePort" and not choice.local and _filters_before_dnat(proxy):
        return Decision("dropped", "no-local-endpoints", way_in, port)
    if _is_pod(proxy, packet.source):
        return Decision("passes", "", way_in, port, choice.cluster)
    if _is_local(proxy, packet.source):
        return Decision("passes", "", way_in, port, choice.cluster, masquerades=True)
    if not choice.local:
        return Decision("dropped", "no-local-endpoints", way_in, port)
    return Decision("passes", "", way_in, port, choice.local)


def _unmatched(proxy: Proxy, packet: Packet) -> Decision:
    """Nftables mode answers for ClusterIPs that have no such port, and for those that no Service has."""
    if proxy.mode == "iptables":
        return Decision("passes", "not-a-service")
    if proxy.has_cluster_ip(packet.destination):
        return Decision("refused", "wrong-port")
    settings = proxy.settings
    if settings.version >= (1, 33) and any(contains(cidr, packet.destination) for cidr in settings.service_cidrs):
        return Decision("dropped", "no-such-service")
    return Decision("passes", "not-a-service")


def _is_admitted(proxy: Proxy, packet: Packet, port: ProxiedPort) -> bool:
    ranges = port.port.source_ranges
    if not ranges or any(contains(cidr, packet.source) for cidr in ranges):
        return True
    return packet.source in port.port.load_balancer_ips and admits_node(port.port, proxy.settings.node_ip)


def _filters_before_dnat(proxy: Proxy) -> bool:
    """Whether short cuts for the node's own programs come too late (kubernetes/kubernetes#131765, mended in 1.34)."""
    return proxy.mode == "nftables" and proxy.settings.version < (1, 34)


def _is_pod(proxy: Proxy, address: str) -> bool:
    return any(contains(cidr, address) for cidr in proxy.settings.cluster_cidrs[:1])


def _is_local(proxy: Proxy, address: str) -> bool:
    return address in proxy.settings.addresses or contains(LOOPBACK[proxy.settings.family], address)


def _takes_node_ports(proxy: Proxy, address: str) -> bool:
    if proxy.mode == "nftables":
        return address == proxy.settings.node_ip
    is_loopback = contains(LOOPBACK[proxy.settings.family], address)
    return _is_local(proxy, address) and not (is_loopback and proxy.settings.family == "IPv6")
