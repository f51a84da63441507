"""The kube-proxy of one node: all its rules, kept up to date one Service at a time."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from msgspec import Struct

from visualizer.network import EndpointSlice, Service
from visualizer.objects import key_of
from visualizer.routing import iptables, nftables
from visualizer.routing.endpoints import Choice, Endpoint, choose, endpoints_of, service_of
from visualizer.routing.flaws import Flaw
from visualizer.routing.ports import Port, ports_of
from visualizer.routing.rules import Mode, PortRules, Ruleset
from visualizer.routing.settings import Settings

_WRITERS: Final = {"iptables": iptables.port_rules, "nftables": nftables.port_rules}
_RULESETS: Final = {"iptables": iptables.ruleset, "nftables": nftables.ruleset}


class ProxiedPort(Struct, frozen=True):
    """One port on this node: its endpoints, which of them the node uses, and the rules that say so."""

    port: Port
    endpoints: tuple[Endpoint, ...]
    choice: Choice
    rules: PortRules


class Proxy:
    """What one kube-proxy knows and programs. ``put`` and ``remove`` touch one Service's rules and no other's."""

    def __init__(self, settings: Settings, mode: Mode) -> None:
        self.settings = settings
        self.mode = mode
        self.flaws: dict[str, list[Flaw]] = {}
        self._ports: dict[str, tuple[ProxiedPort, ...]] = {}
        self._ruleset: Ruleset | None = None

    def put(self, service: Service, slices: Iterable[EndpointSlice]) -> tuple[ProxiedPort, ...]:
        """Take a Service and all its EndpointSlices in, in place of what was known of it, and give its ports."""
        key = key_of(service.metadata)
        ports, flaws = ports_of(service, self.settings.family)
        found = endpoints_of(slices, self.settings.view) if ports else {}
        self._ruleset = None
        self.flaws.pop(key, None)
        if flaws:
            self.flaws[key] = flaws
        self._ports.pop(key, None)
        proxied = tuple(self._port(port, found.get((port.name, port.protocol), ())) for port in ports)
        if proxied:
            self._ports[key] = proxied
        return proxied

    def remove(self, service: str) -> None:
        """Forget the Service of this namespace/name."""
        self._ruleset = None
        self._ports.pop(service, None)
        self.flaws.pop(service, None)

    def ports(self, service: str) -> tuple[ProxiedPort, ...]:
        """The Service's ports on this node; none for one that kube-proxy does not look at."""
        return self._ports.get(service, ())

    def services(self) -> Mapping[str, tuple[ProxiedPort, ...]]:
        """Every proxied Service's ports by namespace/name."""
        return self._ports

    def ruleset(self) -> Ruleset:
        """All rules of the node, Services in the order of their names."""
        if self._ruleset is None:
            parts = (port.rules for key in sorted(self._ports) for port in self._ports[key])
            self._ruleset = _RULESETS[self.mode](self.settings, parts)
        return self._ruleset

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
