"""Where a packet from outside the cluster comes in, as far as objects tell: at a node, or nowhere."""

from __future__ import annotations

from visualizer.routing.addresses import endpoint, family_of
from visualizer.routing.model import Routing
from visualizer.routing.packets import Packet
from visualizer.routing.ports import Port
from visualizer.routing.proxy import AddressKind, ProxiedPort
from visualizer.routing.rules import Mode


def entrances(routing: Routing, packet: Packet, mode: Mode) -> tuple[list[str], str]:
    """The nodes that the packet may come to first, and a sentence that says why these, or why none.

    How a load balancer or router chooses among them is its own affair, and in no object.
    """
    to = packet.destination
    nodes = [node.metadata.name for node in routing.index.nodes()]
    found = _find(routing, nodes[0], packet, mode) if nodes else None
    if found is not None:
        kind, proxied = found
        return _to_service(routing, packet, mode, kind, proxied.port)
    pod = routing.index.pod_at(to)
    if pod is not None:
        return [], f"{to} is the address of Pod {pod}, which nothing outside the cluster routes to"
    return [], f"no Service answers at {endpoint(to, packet.port)}/{packet.protocol}"


def _to_service(routing: Routing, packet: Packet, mode: Mode, kind: AddressKind, port: Port) -> tuple[list[str], str]:
    nodes = [node.metadata.name for node in routing.index.nodes()]
    if kind == "ClusterIP":
        return [], f"{packet.destination} is the ClusterIP of {port.label}, which nothing outside the cluster routes to"
    if kind == "ExternalIP":
        return nodes, f"whoever routes the external IP of {port.label} sends to any node"
    if not port.health_check_port:
        return nodes, f"the load balancer of {port.label} sends to any node"
    text = f"the load balancer sends to nodes that answer its health check on port {port.health_check_port}"
    healthy = []
    for node in nodes:
        found = _find(routing, node, packet, mode)
        if found is not None and any(item.is_ready for item in found[1].choice.local):
            healthy.append(node)
    return healthy, f"{text}, as those with ready endpoints of {port.label} do{'' if healthy else ': there are none'}"


def _find(routing: Routing, node: str, packet: Packet, mode: Mode) -> tuple[AddressKind, ProxiedPort] | None:
    proxy = routing.proxy(node, mode, family_of(packet.destination))
    return proxy.find(packet.destination, packet.protocol, packet.port) if proxy is not None else None
