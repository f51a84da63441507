"""Service ports: what kube-proxy takes from a Service, for one address family.

Mirrors pkg/proxy/serviceport.go and servicechangetracker.go of Kubernetes 1.31 to 1.36, which agree.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final

from msgspec import Struct

from visualizer.network import Service, ServicePort
from visualizer.objects import key_of
from visualizer.routing.addresses import Family, canonical, contains, family_of, network
from visualizer.routing.flaws import Flaw

DEFAULT_STICKY_SECONDS: Final = 10_800
"""What the API server fills in for ``sessionAffinityConfig`` (pkg/apis/core/v1/defaults.go)."""

LEAST_PORT: Final = 1
MOST_PORT: Final = 65_535
NOT_FOR_KUBE_PROXY: Final = ("service.kubernetes.io/service-proxy-name", "service.kubernetes.io/headless")
"""Labels by which kube-proxy leaves a Service or EndpointSlice to others (cmd/kube-proxy/app/server.go)."""

Place = tuple[str, str, int]
"""An address (empty for every node's), a protocol and a port."""

Report = Callable[[str, str], None]
"""Takes a flaw's name and a sentence."""


class Port(Struct, frozen=True, gc=False):
    """One port of a Service as kube-proxy sees it. ``service`` is namespace/name, ``protocol`` is TCP, UDP or SCTP."""

    service: str
    name: str
    protocol: str
    cluster_ip: str
    number: int
    node_port: int = 0
    external_ips: tuple[str, ...] = ()
    load_balancer_ips: tuple[str, ...] = ()
    source_ranges: tuple[str, ...] = ()
    sticky_seconds: int = 0
    health_check_port: int = 0
    is_external_local: bool = False
    is_internal_local: bool = False

    @property
    def label(self) -> str:
        """``shop/web:http``, as in kube-proxy's comments and hashes."""
        return f"{self.service}:{self.name}" if self.name else self.service

    @property
    def is_externally_accessible(self) -> bool:
        """Whether anything but the ClusterIP leads to it."""
        return bool(self.node_port or self.load_balancer_ips or self.external_ips)

    @property
    def uses_cluster_endpoints(self) -> bool:
        """Whether it ever sends traffic by policy Cluster. External policy Local still needs it for short cuts."""
        return not self.is_internal_local or self.is_externally_accessible

    @property
    def uses_local_endpoints(self) -> bool:
        """Whether it ever sends traffic by policy Local."""
        return self.is_internal_local or (self.is_external_local and self.is_externally_accessible)


def is_proxied(service: Service) -> bool:
    """Whether kube-proxy looks at the Service at all: ExternalName and headless ones, and those of others, it skips."""
    labels = service.metadata.labels or {}
    if any(label in labels for label in NOT_FOR_KUBE_PROXY):
        return False
    return service.spec.type != "ExternalName" and service.spec.cluster_ip not in ("", "None")


def cluster_ip_of(service: Service, family: Family) -> str | None:
    """The Service's ClusterIP of this family, or None."""
    spec = service.spec
    for text in spec.cluster_ips or [spec.cluster_ip]:
        address = canonical(text)
        if address and family_of(address) == family:
            return address
    return None


def is_externally_local(service: Service) -> bool:
    """Whether externalTrafficPolicy Local is in force (pkg/api/v1/service/util.go)."""
    spec = service.spec
    is_external = spec.type in ("LoadBalancer", "NodePort") or (spec.type == "ClusterIP" and bool(spec.external_ips))
    return is_external and spec.external_traffic_policy == "Local"


def ports_of(service: Service, family: Family) -> tuple[list[Port], list[Flaw]]:
    """The ports that kube-proxy programs for this family, in the Service's order, and what is wrong with the Service.

    Every flaw of the object is told whatever the family; none of them raises.
    """
    key, flaws = key_of(service.metadata), list[Flaw]()

    def report(name: str, text: str) -> None:
        flaws.append(Flaw("v1/services", key, name, text))

    if not is_proxied(service):
        return [], flaws
    cluster_ip = cluster_ip_of(service, family)
    if canonical(service.spec.cluster_ip) is None:
        report("unreadable-address", f"its ClusterIP “{service.spec.cluster_ip}” is no IP address")
    common = _Common(service, family, report)
    found: dict[tuple[str, str], Port] = {}
    for port in service.spec.ports or ():
        if not _is_in_range(port, report):
            continue
        if cluster_ip is not None:
            found[port.name, port.protocol] = common.make(key, cluster_ip, port)
    return list(found.values()), flaws


class _Common:
    """What all ports of one Service share."""

    def __init__(self, service: Service, family: Family, report: Report) -> None:
        spec = service.spec
        self.external_ips = _addresses(spec.external_ips or [], family, "external IP", report)
        vips = [
            ingress.ip
            for ingress in service.status.load_balancer.ingress or ()
            if ingress.ip and ingress.ip_mode in (None, "VIP")
        ]
        self.load_balancer_ips = _addresses(vips, family, "load balancer address", report)
        self.source_ranges = _networks(spec.load_balancer_source_ranges or [], family, report)
        self.sticky_seconds = _sticky_seconds(service, report)
        self.is_external_local = is_externally_local(service)
        self.is_internal_local = spec.internal_traffic_policy == "Local"
        self.health_check_port = 0
        if spec.type == "LoadBalancer" and self.is_external_local:
            self.health_check_port = spec.health_check_node_port
            if not LEAST_PORT <= self.health_check_port <= MOST_PORT:
                self.health_check_port = 0
                report("no-health-check-port", "externalTrafficPolicy is Local, and there is no healthCheckNodePort")

    def make(self, key: str, cluster_ip: str, port: ServicePort) -> Port:
        return Port(
            service=key,
            name=port.name,
            protocol=port.protocol,
            cluster_ip=cluster_ip,
            number=port.port,
            node_port=port.node_port,
            external_ips=self.external_ips,
            load_balancer_ips=self.load_balancer_ips,
            source_ranges=self.source_ranges,
            sticky_seconds=self.sticky_seconds,
            health_check_port=self.health_check_port,
            is_external_local=self.is_external_local,
            is_internal_local=self.is_internal_local,
        )


def places_of(service: Service) -> Iterator[Place]:
    """Every place at which kube-proxy answers for the Service, of either family."""
    spec = service.spec
    if not is_proxied(service):
        return
    vips = [item.ip for item in service.status.load_balancer.ingress or () if item.ip and item.ip_mode in (None, "VIP")]
    texts = [*(spec.cluster_ips or [spec.cluster_ip]), *(spec.external_ips or ()), *vips]
    addresses = {address for text in texts if (address := canonical(text)) is not None}
    for port in spec.ports or ():
        yield from ((address, port.protocol, port.port) for address in addresses)
        if port.node_port:
            yield "", port.protocol, port.node_port


def admits_node(port: Port, node_ip: str | None) -> bool:
    """Whether the source ranges hold the node itself: kube-proxy then lets the load balancer's own address in too."""
    return node_ip is not None and any(contains(cidr, node_ip) for cidr in port.source_ranges)


def _is_in_range(port: ServicePort, report: Report) -> bool:
    for word, number, least in (("port", port.port, LEAST_PORT), ("nodePort", port.node_port, 0)):
        if not least <= number <= MOST_PORT:
            report("port-out-of-range", f"{word} {number} of “{port.name or port.protocol}” is not in 1 to {MOST_PORT}")
            return False
    return True


def _sticky_seconds(service: Service, report: Report) -> int:
    if service.spec.session_affinity != "ClientIP":
        return 0
    config = service.spec.session_affinity_config
    seconds = config.client_ip.timeout_seconds if config and config.client_ip else None
    if not seconds or seconds < 0:
        report("affinity-without-timeout", f"sessionAffinity is ClientIP without a timeout: {DEFAULT_STICKY_SECONDS} s")
        return DEFAULT_STICKY_SECONDS
    return seconds


def _addresses(texts: list[str], family: Family, what: str, report: Report) -> tuple[str, ...]:
    found = []
    for text in texts:
        address = canonical(text)
        if address is None:
            report("unreadable-address", f"its {what} “{text}” is no IP address")
        elif family_of(address) == family:
            found.append(address)
    return tuple(found)


def _networks(texts: list[str], family: Family, report: Report) -> tuple[str, ...]:
    found = []
    for text in texts:
        cidr = network(text) if "/" in text else None
        if cidr is None:
            report("unreadable-network", f"its source range “{text}” is not written as address/bits")
        elif family_of(str(cidr)) == family:
            found.append(str(cidr))
    return tuple(found)
