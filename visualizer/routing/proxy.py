"""The kube-proxy of one node: all its rules, kept up to date one Service at a time."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final, Literal

from msgspec import Struct

from visualizer.network import EndpointSlice, Service
from visualizer.objects import key_of
from visualizer.routing import iptables, nftables
from visualizer.routing.endpoints import Choice, Endpoint, choose, endpoints_of, service_of
from visualizer.routing.flaws import Flaw
from visualizer.routing.ports import Port, ports_of
from visualizer.routing.rules import Mode, OwnChains, PortRules, Ruleset
from visualizer.routing.settings import Settings

_WRITERS: Final = {"iptables": iptables.port_rules, "nftables": nftables.port_rules}
_RULESETS: Final = {"iptables": iptables.ruleset, "nftables": nftables.ruleset}


AddressKind = Literal["ClusterIP", "ExternalIP", "LoadBalancer", "NodePort"]
"""By which kind of address a packet comes to a Service."""


class ProxiedPort(Struct, frozen=True):
    """One port on this node: its endpoints, which of them the node uses, and the rules that say so."""

    port: Port
    endpoints: tuple[Endpoint, ...]
    choice: Choice
    rules: PortRules


class _Index:
    """Every port by where it answers. Of two at one place the later by name counts, as among the rules."""

    def __init__(self, services: Mapping[str, tuple[ProxiedPort, ...]]) -> None:
        self.addresses: dict[tuple[str, str, int], tuple[AddressKind, ProxiedPort]] = {}
        self.node_ports: dict[tuple[str, int], ProxiedPort] = {}
        self.cluster_ips: set[str] = set()
        for key in sorted(services):
            for proxied in services[key]:
                self._add(proxied)

    def _add(self, proxied: ProxiedPort) -> None:
        port = proxied.port
        self.cluster_ips.add(port.cluster_ip)
        places: tuple[tuple[AddressKind, tuple[str, ...]], ...] = (
            ("ClusterIP", (port.cluster_ip,)),
            ("ExternalIP", port.external_ips),
            ("LoadBalancer", port.load_balancer_ips),
        )
        for way_in, addresses in places:
            for address in addresses:
                self.addresses[address, port.protocol, port.number] = way_in, proxied
        if port.node_port:
            self.node_ports[port.protocol, port.node_port] = proxied


class Proxy:
    """What one kube-proxy knows and programs. ``put`` and ``remove`` touch one Service's rules and no other's."""

    def __init__(self, settings: Settings, mode: Mode) -> None:
        self.settings = settings
        self.mode = mode
        self.flaws: dict[str, list[Flaw]] = {}
        self._ports: dict[str, tuple[ProxiedPort, ...]] = {}
        self._own: OwnChains = {}
        self._ruleset: Ruleset | None = None
        self._indexed: _Index | None = None

    def put(self, service: Service, slices: Iterable[EndpointSlice]) -> tuple[ProxiedPort, ...]:
        """Take a Service and all its EndpointSlices in, in place of what was known of it, and give its ports."""
        key = key_of(service.metadata)
        ports, flaws = ports_of(service, self.settings.family)
        found = endpoints_of(slices, self.settings.view) if ports else {}
        self._ruleset = self._indexed = None
        self.flaws.pop(key, None)
        if flaws:
            self.flaws[key] = flaws
        self._forget(key)
        proxied = tuple(self._port(port, found.get((port.name, port.protocol), ())) for port in ports)
        if proxied:
            self._ports[key] = proxied
        for known in proxied:
            self._own.update(known.rules.own)
        return proxied

    def remove(self, service: str) -> None:
        """Forget the Service of this namespace/name."""
        self._ruleset = self._indexed = None
        self._forget(service)
        self.flaws.pop(service, None)

    def ports(self, service: str) -> tuple[ProxiedPort, ...]:
        """The Service's ports on this node; none for one that kube-proxy does not look at."""
        return self._ports.get(service, ())

    def services(self) -> Mapping[str, tuple[ProxiedPort, ...]]:
        """Every proxied Service's ports by namespace/name."""
        return self._ports

    def find(self, address: str, protocol: str, number: int) -> tuple[AddressKind, ProxiedPort] | None:
        """The port that answers at an address that is not the node's, and by which of its kinds of address."""
        return self._index().addresses.get((address, protocol, number))

    def find_node_port(self, protocol: str, number: int) -> ProxiedPort | None:
        """The port that has this node port."""
        return self._index().node_ports.get((protocol, number))

    def has_cluster_ip(self, address: str) -> bool:
        """Whether the address is a ClusterIP that kube-proxy knows."""
        return address in self._index().cluster_ips

    def ruleset(self) -> Ruleset:
        """All rules of the node, Services in the order of their names."""
        if self._ruleset is None:
            parts = (port.rules for key in sorted(self._ports) for port in self._ports[key])
            self._ruleset = _RULESETS[self.mode](self.settings, parts, self._own)
        return self._ruleset

    def _forget(self, service: str) -> None:
        for port in self._ports.pop(service, ()):
            for key in port.rules.own:
                del self._own[key]

    def _index(self) -> _Index:
        if self._indexed is None:
            self._indexed = _Index(self._ports)
        return self._indexed

    def _port(self, port: Port, endpoints: tuple[Endpoint, ...]) -> ProxiedPort:
        choice = choose(endpoints, port, self.settings.view)
        return ProxiedPort(port, endpoints, choice, _WRITERS[self.mode](port, endpoints, choice, self.settings))


def proxy_for(settings: Settings, mode: Mode, services: Iterable[Service], slices: Iterable[EndpointSlice]) -> Proxy:
    """A kube-proxy that has taken in all of these."""
    by_service: dict[str, list[EndpointSlice]] = {}
    for piece in slices:
        if (service := service_of(piece)) is not None:
            by_service.setdefault(service, []).append(piece)
    proxy = Proxy(settings, mode)
    for item in services:
        proxy.put(item, by_service.get(key_of(item.metadata), ()))
    return proxy
