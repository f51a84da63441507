"""Endpoints: where a Service's port may send a packet, and which of them a node uses.

Mirrors pkg/proxy/endpointslicecache.go and topology.go of Kubernetes 1.31 to 1.36.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final, Literal

from msgspec import Struct

from visualizer.network import EndpointSlice, SliceEndpoint, SlicePort
from visualizer.objects import key_of
from visualizer.routing.addresses import Family, canonical, endpoint, family_of
from visualizer.routing.flaws import Flaw
from visualizer.routing.ports import LEAST_PORT, MOST_PORT, NOT_FOR_KUBE_PROXY, Port, Report

SERVICE_NAME: Final = "kubernetes.io/service-name"
"""The label by which an EndpointSlice names its Service."""

SLICES: Final = "discovery.k8s.io/v1/endpointslices"
PortKey = tuple[str, str]
"""A port's name and protocol."""

Topology = Literal["", "PreferSameNode", "PreferSameZone"]


class Endpoint(Struct, frozen=True, gc=False):
    """One address of one port. ``text`` is ``10.0.0.1:80``; ``target`` is the Pod's namespace/name, or empty."""

    text: str
    ip: str
    port: int
    node: str = ""
    zone: str = ""
    is_local: bool = False
    is_ready: bool = True
    is_serving: bool = True
    is_terminating: bool = False
    zone_hints: tuple[str, ...] = ()
    node_hints: tuple[str, ...] = ()
    target: str = ""
    slice: str = ""


class Choice(Struct, frozen=True, gc=False):
    """Which endpoints a node uses for one port.

    ``cluster`` and ``local`` are those for traffic policies Cluster and Local. ``reachable`` is both together.
    ``has_any`` says whether any node could reach one. ``topology`` is why some are left out, where they are.
    """

    cluster: tuple[Endpoint, ...] = ()
    local: tuple[Endpoint, ...] = ()
    reachable: tuple[Endpoint, ...] = ()
    has_any: bool = False
    topology: Topology = ""


class Viewpoint(Struct, frozen=True):
    """Who looks: the node's name and zone, the family, and whether its kube-proxy heeds hints for nodes."""

    node: str
    zone: str = ""
    family: Family = "IPv4"
    heeds_node_hints: bool = True


def service_of(piece: EndpointSlice) -> str | None:
    """The namespace/name of the Service that a slice is for, or None where it names none."""
    name = (piece.metadata.labels or {}).get(SERVICE_NAME)
    return f"{piece.metadata.namespace}/{name}" if name else None


def is_proxied_slice(piece: EndpointSlice) -> bool:
    """Whether kube-proxy looks at the slice: it selects slices by the same labels as Services."""
    labels = piece.metadata.labels or {}
    return not any(label in labels for label in NOT_FOR_KUBE_PROXY)


def endpoints_of(slices: Iterable[EndpointSlice], view: Viewpoint) -> dict[PortKey, tuple[Endpoint, ...]]:
    """Every endpoint of a Service's slices by port, in kube-proxy's order (by text).

    An address in several slices is one endpoint: the one that is local to the node, else the first by slice name.
    kube-proxy itself goes through slices in no fixed order.
    """
    found: dict[PortKey, dict[str, Endpoint]] = {}
    for piece in sorted(slices, key=lambda piece: piece.metadata.name):
        if piece.address_type != view.family or not is_proxied_slice(piece):
            continue
        readable = _readable(piece, view)
        for port in piece.ports or ():
            if port.port is None or not LEAST_PORT <= port.port <= MOST_PORT:
                continue
            known = found.setdefault((port.name or "", port.protocol or "TCP"), {})
            for ip, raw in readable:
                text = endpoint(ip, port.port)
                is_local = bool(view.node) and raw.node_name == view.node
                if is_local or text not in known:
                    known[text] = _endpoint(text, ip, port.port, raw, is_local=is_local, piece=piece.metadata.name)
    return {key: tuple(known[text] for text in sorted(known)) for key, known in found.items()}


def choose(endpoints: tuple[Endpoint, ...], port: Port, view: Viewpoint) -> Choice:
    """What this node does with them (``CategorizeEndpoints`` of pkg/proxy/topology.go)."""
    if not endpoints:
        return Choice()
    cluster: tuple[Endpoint, ...] = ()
    topology: Topology = ""
    has_any = False
    if port.uses_cluster_endpoints:
        topology = _topology(endpoints, view)
        ready = (item for item in endpoints if item.is_ready)
        cluster = tuple(item for item in ready if _is_meant_for(item, topology, view))
        cluster = cluster or tuple(item for item in endpoints if item.is_serving and item.is_terminating)
        has_any = bool(cluster)
    if not port.uses_local_endpoints:
        return Choice(cluster=cluster, reachable=cluster, has_any=has_any, topology=topology)
    usable = [item for item in endpoints if item.is_ready or (item.is_serving and item.is_terminating)]
    here = [item for item in usable if item.is_local]
    local = tuple(item for item in here if item.is_ready) or tuple(here)
    reachable = local
    if port.uses_cluster_endpoints:
        both = {item.text: item for item in (*cluster, *local)}
        reachable = tuple(both[text] for text in sorted(both))
    return Choice(cluster=cluster, local=local, reachable=reachable, has_any=has_any or bool(usable), topology=topology)


def flaws_of(piece: EndpointSlice, services: Mapping[str, object], families: Iterable[Family]) -> list[Flaw]:
    """What is wrong with a slice, given all Services by namespace/name and the families that any node has."""
    key, flaws = key_of(piece.metadata), list[Flaw]()

    def report(name: str, text: str) -> None:
        flaws.append(Flaw(SLICES, key, name, text))

    service = service_of(piece)
    if service is None:
        report("slice-without-service", f"it has no label {SERVICE_NAME}")
    elif service not in services:
        report("slice-without-service", f"its Service {service} does not exist")
    if piece.address_type in ("IPv4", "IPv6") and piece.address_type not in set(families):
        report("wrong-family", f"its addresses are {piece.address_type}, which no node has")
    for port in piece.ports or ():
        if port.port is not None and not LEAST_PORT <= port.port <= MOST_PORT:
            report("port-out-of-range", f"port {port.port} of “{_port_name(port)}” is not in 1 to {MOST_PORT}")
    for raw in piece.endpoints or ():
        _report_endpoint(piece, raw, report)
    return flaws


def _report_endpoint(piece: EndpointSlice, raw: SliceEndpoint, report: Report) -> None:
    if not raw.addresses:
        report("endpoint-without-address", "an endpoint has no address")
        return
    text = raw.addresses[0]
    address = canonical(text)
    if piece.address_type == "FQDN":
        return
    if address is None:
        report("unreadable-address", f"the endpoint “{text}” is no IP address")
    elif family_of(address) != piece.address_type:
        report("wrong-family", f"the endpoint {address} is not {piece.address_type}, as the slice says")
    elif not raw.node_name and raw.target_ref is not None and raw.target_ref.kind == "Pod":
        report("endpoint-without-node", f"the endpoint {address} names no node, though it is a Pod")


def _port_name(port: SlicePort) -> str:
    return port.name or port.protocol or "TCP"


def _readable(piece: EndpointSlice, view: Viewpoint) -> list[tuple[str, SliceEndpoint]]:
    found = []
    for raw in piece.endpoints or ():
        address = canonical(raw.addresses[0]) if raw.addresses else None
        if address is not None and family_of(address) == view.family:
            found.append((address, raw))
    return sorted(found, key=lambda pair: pair[1].addresses or [])


def _endpoint(text: str, ip: str, port: int, raw: SliceEndpoint, *, is_local: bool, piece: str) -> Endpoint:
    conditions, hints, target = raw.conditions, raw.hints, raw.target_ref
    return Endpoint(
        text,
        ip,
        port,
        raw.node_name or "",
        raw.zone or "",
        is_local,
        conditions is None or conditions.ready is not False,
        conditions is None or conditions.serving is not False,
        conditions is not None and conditions.terminating is True,
        tuple(hint.name for hint in hints.for_zones or ()) if hints else (),
        tuple(hint.name for hint in hints.for_nodes or ()) if hints else (),
        f"{target.namespace}/{target.name}" if target is not None and target.kind == "Pod" else "",
        piece,
    )


def _topology(endpoints: tuple[Endpoint, ...], view: Viewpoint) -> Topology:
    """Hints are heeded where every ready endpoint has one, and one of them is for this node or zone."""
    ready = [item for item in endpoints if item.is_ready]
    if not ready:
        return ""
    if view.heeds_node_hints and _are_heeded([item.node_hints for item in ready], view.node):
        return "PreferSameNode"
    return "PreferSameZone" if _are_heeded([item.zone_hints for item in ready], view.zone) else ""


def _are_heeded(hints: list[tuple[str, ...]], place: str) -> bool:
    return all(hints) and any(place in named for named in hints)


def _is_meant_for(item: Endpoint, topology: Topology, view: Viewpoint) -> bool:
    if topology == "PreferSameNode":
        return view.node in item.node_hints
    return topology == "" or view.zone in item.zone_hints
