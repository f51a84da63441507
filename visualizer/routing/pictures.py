"""One Service as rows of the routing diagram."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from visualizer.network import Service
from visualizer.objects import key_of
from visualizer.routing import dns
from visualizer.routing.addresses import Family, canonical
from visualizer.routing.classes import Nodes, class_verdicts
from visualizer.routing.endpoints import Endpoint, PortKey
from visualizer.routing.index import FAMILIES
from visualizer.routing.leftout import WORDS, failing_probe, is_pod_ready, left_out
from visualizer.routing.model import Routing, kind_of
from visualizer.routing.ports import cluster_ip_of, is_externally_local, is_proxied, ports_of
from visualizer.routing.rows import EndpointRow, LeftOutRow, PortRow, ServiceRow, VerdictRow, WayRow
from visualizer.routing.rules import port_ref
from visualizer.routing.ways import ways_into
from visualizer.tables import Row

TABLES: Final = ("services", "ports", "ways", "endpoints", "verdicts", "leftout")
_APPLICATION: Final = ("app.kubernetes.io/part-of", "app.kubernetes.io/instance", "app.kubernetes.io/name", "app")
"""Labels that say what a Service is a part of, the widest first."""

_Endpoints = Mapping[PortKey, tuple[Endpoint, ...]]


def rows_of(routing: Routing, nodes: Nodes, service: Service) -> Mapping[str, list[Row]]:
    """Every row that the Service has in the diagram, by table."""
    key = key_of(service.metadata)
    slices, is_legacy = routing.slices(key)
    endpoints = dict(routing.endpoints(slices))
    return {
        "services": [_service(routing, key, service, endpoints, is_legacy=is_legacy)],
        "ports": list(_ports(key, service)),
        "ways": list(_ways(routing, key, service)),
        "endpoints": list(_endpoints(routing, key, endpoints)),
        "verdicts": list(_verdicts(routing, nodes, key, service)),
        "leftout": [
            LeftOutRow(
                id=f"{key} {item.pod}",
                service=key,
                pod=item.pod,
                reason=item.reason,
                text=WORDS[item.reason],
                detail=item.detail,
                since=item.since,
            )
            for item in left_out(routing.index, service, slices)
        ],
    }


def _service(routing: Routing, key: str, service: Service, endpoints: _Endpoints, *, is_legacy: bool) -> ServiceRow:
    spec, labels = service.spec, service.metadata.labels or {}
    addresses = {item.ip: item.is_ready for found in endpoints.values() for item in found}
    stick = spec.session_affinity_config.client_ip if spec.session_affinity_config else None
    is_sticky = spec.session_affinity == "ClientIP"
    return ServiceRow(
        id=key,
        namespace=service.metadata.namespace,
        name=service.metadata.name,
        kind=kind_of(service),
        application=next((labels[label] for label in _APPLICATION if label in labels), ""),
        cluster_ips=[item for text in spec.cluster_ips or [spec.cluster_ip] if (item := canonical(text)) is not None],
        dns=dns.name_of(service, routing.domain),
        external_name=spec.external_name,
        ready=sum(addresses.values()),
        endpoints=len(addresses),
        external_policy="Local" if is_externally_local(service) else "Cluster",
        internal_policy="Local" if spec.internal_traffic_policy == "Local" else "Cluster",
        sticky_seconds=(stick.timeout_seconds if stick else None) or 0 if is_sticky else 0,
        flaws=[f"{flaw.name}: {flaw.text}" for flaw in routing.flaws(key)],
        is_proxied=is_proxied(service),
        is_legacy=is_legacy,
        created=service.metadata.creation_timestamp or "",
    )


def _ports(key: str, service: Service) -> Iterator[PortRow]:
    for port in service.spec.ports or ():
        yield PortRow(
            id=port_ref(key, port.name, port.protocol),
            service=key,
            name=port.name,
            number=port.port,
            protocol=port.protocol,
            node_port=port.node_port,
            target=str(port.target_port if port.target_port is not None else port.port),
        )


def _ways(routing: Routing, key: str, service: Service) -> Iterator[WayRow]:
    names = {port.name or str(port.port): port_ref(key, port.name, port.protocol) for port in service.spec.ports or ()}
    for way in ways_into(routing.index, service):
        if way.kind in ("ClusterIP", "ExternalName"):
            continue
        via = ":".join(way.object) if way.object else ""
        port = names.get(way.target, "")
        yield WayRow(
            id=" ".join((key, way.kind, way.address, str(way.port), port, via, way.detail)),
            service=key,
            port=port,
            kind=way.kind,
            address=way.address,
            number=way.port,
            via=via,
            detail=way.detail,
        )


def _endpoints(routing: Routing, key: str, endpoints: _Endpoints) -> Iterator[EndpointRow]:
    for (name, protocol), found in endpoints.items():
        port = port_ref(key, name, protocol)
        for item in found:
            pod = routing.index.pod(item.target) if item.target else None
            yield EndpointRow(
                id=f"{port} → {item.text}",
                port=port,
                address=item.text,
                pod=item.target,
                node=item.node,
                zone=item.zone,
                is_ready=item.is_ready,
                is_serving=item.is_serving,
                is_terminating=item.is_terminating,
                zones=list(item.zone_hints),
                nodes=list(item.node_hints),
                is_pod_ready=item.is_ready if pod is None else is_pod_ready(pod),
                probe="" if pod is None else failing_probe(routing.index, pod),
            )


def _verdicts(routing: Routing, nodes: Nodes, key: str, service: Service) -> Iterator[VerdictRow]:
    families: list[Family] = [family for family in FAMILIES if cluster_ip_of(service, family) is not None]
    for family in families:
        for port in ports_of(service, family)[0]:
            of = port_ref(key, port.name, port.protocol)
            for verdict in class_verdicts(port, routing.index.slices(key), nodes, family):
                yield VerdictRow(
                    id=f"{of} {family} {verdict.node or f'{verdict.zone}/'}",
                    port=of,
                    family=family,
                    node=verdict.node,
                    zone=verdict.zone,
                    internal=list(verdict.internal),
                    external=list(verdict.external),
                    internal_reason=verdict.internal_reason,
                    external_reason=verdict.external_reason,
                    topology=verdict.topology,
                )
