"""The routing of one cluster: its Services, what leads to them, and how each node sends packets to their endpoints.

``Routing`` stands beside a store and follows its changes. What it is asked for it makes at once: a Service in full
(:meth:`Routing.describe`), what each node makes of it (:meth:`Routing.verdicts`), a node's kube-proxy with all its
rules (:meth:`Routing.proxy`). A change costs the Services that it touches and no others.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final, Literal, Self

from msgspec import Struct

from visualizer.network import EndpointSlice, Service, ServiceCIDR
from visualizer.objects import Node, Pod
from visualizer.routing import dns
from visualizer.routing.addresses import Family
from visualizer.routing.decisions import Reason
from visualizer.routing.endpoints import Endpoint, Topology, choose, endpoints_of, flaws_of
from visualizer.routing.flaws import Flaw
from visualizer.routing.index import FAMILIES, NODES, PODS, Index, families_of
from visualizer.routing.leftout import LeftOut, left_out, out_of_reach
from visualizer.routing.legacy import slices_from
from visualizer.routing.modes import Finding, mode_from_pods
from visualizer.routing.overlaps import overlaps_of
from visualizer.routing.ports import Port, is_proxied, ports_of
from visualizer.routing.proxy import Proxy
from visualizer.routing.rules import Mode
from visualizer.routing.settings import Settings, settings_for
from visualizer.routing.snapshot import inferred_cluster_cidrs, inferred_service_cidrs
from visualizer.routing.ways import WayIn, ways_into
from visualizer.store import Change, Store

Kind = Literal["ClusterIP", "NodePort", "LoadBalancer", "Headless", "ExternalName"]
_SERVICE_CIDRS: Final = "networking.k8s.io/v1/servicecidrs"


class NodeVerdict(Struct, frozen=True, gc=False):
    """What one node does with packets to one port.

    ``internal`` are the endpoints for the ClusterIP, ``external`` for every other way in, each with the same chance.
    Where there are none, the reason beside them says why. ``topology`` says whether hints leave some out.
    """

    node: str
    port: str
    protocol: str
    internal: tuple[Endpoint, ...]
    external: tuple[Endpoint, ...]
    internal_reason: Reason = ""
    external_reason: Reason = ""
    topology: Topology = ""


class ServiceModel(Struct, frozen=True):
    """One Service in full.

    ``endpoints`` are those of all slices, in any condition, of either family, by port. ``is_legacy`` says that they
    come from an Endpoints object, which kube-proxy does not read.
    """

    key: str
    kind: Kind
    service: Service
    ways: tuple[WayIn, ...]
    records: tuple[dns.Record, ...]
    endpoints: tuple[tuple[tuple[str, str], tuple[Endpoint, ...]], ...]
    left_out: tuple[LeftOut, ...]
    flaws: tuple[Flaw, ...]
    is_legacy: bool = False


class Routing:
    """A cluster's Services and kube-proxies. ``cluster_cidr`` is kube-proxy's option, inferred where it is empty."""

    def __init__(self, store: Store, *, cluster_cidr: str = "", domain: str = dns.DOMAIN) -> None:
        self.index = Index(store)
        self.domain = domain
        self._cluster_cidr = cluster_cidr
        self._proxies: dict[tuple[str, Mode, Family], Proxy] = {}

    @classmethod
    def build(cls, store: Store, *, cluster_cidr: str = "", domain: str = dns.DOMAIN) -> Self:
        """The routing of all that is in the store."""
        routing = cls(store, cluster_cidr=cluster_cidr, domain=domain)
        routing.index = Index.build(store)
        return routing

    def apply(self, changes: Sequence[Change]) -> set[str]:
        """Take in what a frame changed in the store; the Services (namespace/name) that it touched.

        A node's kube-proxy is made anew when the node itself changed in a way that matters to it, and all are when a
        ServiceCIDR did.
        """
        touched = self.index.apply(changes)
        for change in changes:
            if change.resource == _SERVICE_CIDRS:
                self._proxies.clear()
            elif change.resource == NODES:
                self._apply_node(change)
        for proxy in self._proxies.values():
            for key in touched:
                self._take_in(proxy, key)
        return touched

    def proxy(self, node: str, mode: Mode, family: Family = "IPv4") -> Proxy | None:
        """The kube-proxy of a node in this mode, kept up to date from the first time it is asked for. None: no node."""
        known = self._proxies.get((node, mode, family))
        if known is not None:
            return known
        found = self.index.node(node)
        if found is None:
            return None
        proxy = self._proxies[node, mode, family] = Proxy(self.settings(found, family), mode)
        for key, _ in self.index.services():
            self._take_in(proxy, key)
        return proxy

    def settings(self, node: Node, family: Family = "IPv4") -> Settings:
        """What the kube-proxy on a node knows of it, and was most likely started with."""
        cidrs = [cidr for item in self.index.objects(_SERVICE_CIDRS, ServiceCIDR) for cidr in item.spec.cidrs or ()]
        return settings_for(
            node,
            family,
            cluster_cidr=self.cluster_cidr,
            service_cidrs=cidrs or inferred_service_cidrs(service for _, service in self.index.services()),
        )

    def mode(self) -> Finding:
        """What the Pods tell of what sends packets on: mostly that a kube-proxy does, and not in which mode."""
        return mode_from_pods(self.index.objects(PODS, Pod))

    @property
    def cluster_cidr(self) -> str:
        """Where Pods' addresses are: what was given, or what the nodes' podCIDRs make likely."""
        return self._cluster_cidr or ",".join(inferred_cluster_cidrs(self.index.nodes()))

    def slices(self, service: str) -> tuple[list[EndpointSlice], bool]:
        """The Service's slices; where there are none, what its Endpoints object says, and then True beside them."""
        slices = self.index.slices(service)
        legacy = None if slices else self.index.legacy(service)
        return (slices, False) if legacy is None else (slices_from(legacy), True)

    def describe(self, service: str) -> ServiceModel | None:
        """The Service of this namespace/name in full, or None where there is none."""
        found = self.index.service(service)
        if found is None:
            return None
        slices, is_legacy = self.slices(service)
        return ServiceModel(
            key=service,
            kind=kind_of(found),
            service=found,
            ways=tuple(ways_into(self.index, found)),
            records=tuple(dns.records_of(found, slices, self.domain)),
            endpoints=tuple(self.endpoints(slices)),
            left_out=(*left_out(self.index, found, slices), *out_of_reach(self.index, found)),
            flaws=tuple(self.flaws(service)),
            is_legacy=is_legacy,
        )

    def verdicts(self, service: str, family: Family = "IPv4") -> list[NodeVerdict]:
        """What each node makes of each port of the Service, by node. Nothing for one that kube-proxy leaves alone."""
        found = self.index.service(service)
        if found is None or not is_proxied(found):
            return []
        ports, _ = ports_of(found, family)
        slices = self.index.slices(service)
        return [
            verdict for node in self.index.nodes() for verdict in _verdicts(ports, slices, settings_for(node, family))
        ]

    def flaws(self, service: str) -> list[Flaw]:
        """What is wrong with the Service and with its slices."""
        found = self.index.service(service)
        families = self.families()
        known = {service: found} if found is not None else {}
        flaws = [flaw for piece in self.index.slices(service) for flaw in flaws_of(piece, known, families)]
        if found is None:
            return flaws
        own = [flaw for family in FAMILIES for flaw in ports_of(found, family)[1]]
        return list(dict.fromkeys([*own, *overlaps_of(self.index, found), *flaws]))

    def all_flaws(self) -> list[Flaw]:
        """What is wrong with any Service, and with any slice, of a Service or of none."""
        services = dict(self.index.services())
        families = self.families()
        flaws = [flaw for key in services for flaw in self.flaws(key)]
        strays = (flaw for piece in self.index.all_slices() for flaw in flaws_of(piece, services, families))
        return list(dict.fromkeys([*flaws, *strays]))

    def families(self) -> list[Family]:
        """The families of which any node has an address."""
        return families_of(self.index.nodes())

    def _take_in(self, proxy: Proxy, key: str) -> None:
        service = self.index.service(key)
        if service is None:
            proxy.remove(key)
        else:
            proxy.put(service, self.index.slices(key))

    def _apply_node(self, change: Change) -> None:
        """Most writes to a node are its heartbeats, which alter nothing here."""
        old, new = (entry.object if entry is not None else None for entry in (change.old, change.new))
        if not isinstance(old, Node) or not isinstance(new, Node) or old.spec.pod_cidrs != new.spec.pod_cidrs:
            self._proxies.clear()
            return
        for key in list(self._proxies):
            if key[0] == change.key and settings_for(old, key[2]) != settings_for(new, key[2]):
                del self._proxies[key]

    def endpoints(self, slices: Iterable[EndpointSlice]) -> list[tuple[tuple[str, str], tuple[Endpoint, ...]]]:
        """Every endpoint of these slices by port (name and protocol), of either family, in any condition."""
        slices = list(slices)
        found: dict[tuple[str, str], tuple[Endpoint, ...]] = {}
        for family in FAMILIES:
            for port, endpoints in endpoints_of(slices, Settings("", family=family).view).items():
                found[port] = found.get(port, ()) + endpoints
        return list(found.items())


def kind_of(service: Service) -> Kind:
    """The Service's kind; a ClusterIP Service without an address is headless."""
    if service.spec.type == "ExternalName":
        return "ExternalName"
    if service.spec.cluster_ip == "None":
        return "Headless"
    if service.spec.type in ("NodePort", "LoadBalancer"):
        return "NodePort" if service.spec.type == "NodePort" else "LoadBalancer"
    return "ClusterIP"


def _verdicts(ports: list[Port], slices: list[EndpointSlice], settings: Settings) -> Iterable[NodeVerdict]:
    endpoints = endpoints_of(slices, settings.view)
    for port in ports:
        choice = choose(endpoints.get((port.name, port.protocol), ()), port, settings.view)
        nothing: Reason = "no-local-endpoints" if choice.has_any else "no-endpoints"
        internal = choice.local if port.is_internal_local else choice.cluster
        external = choice.local if port.is_external_local else choice.cluster
        yield NodeVerdict(
            node=settings.node,
            port=port.name,
            protocol=port.protocol,
            internal=internal,
            external=external if port.is_externally_accessible else (),
            internal_reason="" if internal else nothing,
            external_reason="" if external or not port.is_externally_accessible else nothing,
            topology=choice.topology,
        )
