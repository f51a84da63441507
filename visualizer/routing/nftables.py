"""What kube-proxy programs in nftables mode.

Mirrors pkg/proxy/nftables/proxier.go of Kubernetes 1.31 to 1.36 with its default settings: node ports on the node's
primary address. Three layouts are known:

- 1.36: masquerading is inlined, hairpin connections are in a set, endpoints are in one map each where no session
  affinity asks for chains (kubernetes/kubernetes#135800 and #136499). This is held against a real one.
- 1.34 and 1.35: every endpoint has a chain, and packets are marked in a chain of its own. Filtering is done after
  DNAT, but for source ranges (#132456).
- 1.31 to 1.33: the same, with all filtering at priority -110 (later patch releases may have #132456 too).
"""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Iterable, Iterator
from typing import Final

from visualizer.routing import names
from visualizer.routing.addresses import merged, together
from visualizer.routing.endpoints import Choice, Endpoint
from visualizer.routing.ports import Port, admits_node
from visualizer.routing.rules import (
    DNAT,
    Action,
    BalanceDNAT,
    BalanceGoto,
    ChainKey,
    ClearMark,
    Destination,
    DestinationInSet,
    Drop,
    Element,
    Goto,
    Hairpin,
    Holder,
    Hook,
    Hooked,
    Jump,
    LocalAddress,
    LookUp,
    Marked,
    Masquerade,
    Match,
    OwnChains,
    Owner,
    PortRules,
    Protocol,
    Reject,
    Remember,
    Remembered,
    Return,
    Rule,
    Ruleset,
    SetMark,
    Source,
    SourceNotIn,
    State,
)
from visualizer.routing.settings import Settings

TABLE: Final = "kube-proxy"
CLUSTER_IPS: Final = "cluster-ips"
NODE_PORT_IPS: Final = "nodeport-ips"
HAIRPIN: Final = "hairpin-connections"
SERVICE_IPS: Final = "service-ips"
SERVICE_NODE_PORTS: Final = "service-nodeports"
NO_ENDPOINT_SERVICES: Final = "no-endpoint-services"
NO_ENDPOINT_NODE_PORTS: Final = "no-endpoint-nodeports"
FIREWALL_IPS: Final = "firewall-ips"

SERVICES: Final = "services"
MASQUERADING: Final = "masquerading"
MARK_FOR_MASQUERADE: Final = "mark-for-masquerade"
SERVICE_CHECK: Final = "service-endpoints-check"
NODE_PORT_CHECK: Final = "nodeport-endpoints-check"
FIREWALL_CHECK: Final = "firewall-check"
CLUSTER_IPS_CHECK: Final = "cluster-ips-check"
REJECT: Final = "reject-chain"

_INLINED_SINCE: Final = (1, 36)
_FILTERS_AFTER_DNAT_SINCE: Final = (1, 34)
_SERVICE_CIDRS_SINCE: Final = (1, 33)
"""ServiceCIDR objects are generally available since 1.33 (KEP-1880)."""

_NEW: Final = (State(("NEW",)),)
_DNAT: Final = -100
_EARLY: Final = -110
_FILTER: Final = 0
_SNAT: Final = 100

_NAT_CHAINS: Final[tuple[tuple[str, Hook, int, str], ...]] = (
    ("nat-prerouting", "prerouting", _DNAT, SERVICES),
    ("nat-output", "output", _DNAT, SERVICES),
    ("nat-postrouting", "postrouting", _SNAT, MASQUERADING),
)
_FILTER_CHAINS: Final[tuple[tuple[str, Hook, int, tuple[str, ...]], ...]] = (
    ("filter-prerouting-pre-dnat", "prerouting", _EARLY, (FIREWALL_CHECK,)),
    ("filter-output-pre-dnat", "output", _EARLY, (FIREWALL_CHECK,)),
    ("filter-input", "input", _FILTER, (NODE_PORT_CHECK, SERVICE_CHECK)),
    ("filter-forward", "forward", _FILTER, (SERVICE_CHECK, CLUSTER_IPS_CHECK)),
    ("filter-output", "output", _FILTER, (SERVICE_CHECK, CLUSTER_IPS_CHECK)),
)
_EARLY_FILTER_CHAINS: Final[tuple[tuple[str, Hook, int, tuple[str, ...]], ...]] = (
    ("filter-prerouting", "prerouting", _EARLY, (FIREWALL_CHECK,)),
    ("filter-input", "input", _EARLY, (NODE_PORT_CHECK, SERVICE_CHECK)),
    ("filter-forward", "forward", _EARLY, (SERVICE_CHECK, CLUSTER_IPS_CHECK)),
    ("filter-output", "output", _EARLY, (SERVICE_CHECK, FIREWALL_CHECK)),
    ("filter-output-post-dnat", "output", _DNAT + 10, (CLUSTER_IPS_CHECK,)),
)


def port_rules(port: Port, endpoints: tuple[Endpoint, ...], choice: Choice, settings: Settings) -> PortRules:
    """What one port adds, given its endpoints and which of them this node uses."""
    writer = _Writer(port, choice, settings)
    writer.write()
    return PortRules(
        owner=writer.owner,
        shared=(),
        own={(TABLE, name): tuple(rules) for name, rules in writer.own.items()},
        holders=tuple(writer.holders),
        elements=tuple(writer.elements),
        endpoints=len(endpoints),
    )


def ruleset(settings: Settings, ports: Iterable[PortRules], own: OwnChains) -> Ruleset:
    """Everything on the node: what every port adds to what they share, and all their own chains.

    Where two ports have an element of the same key, kube-proxy keeps the one that it comes to last, in no fixed order;
    here it is the later one.
    """
    hooked: dict[ChainKey, Hooked] = {}
    chains: dict[ChainKey, list[Rule]] = {}
    for name, hook, priority, to in _NAT_CHAINS:
        hooked[TABLE, name] = Hooked(hook, priority, is_nat=True)
        chains[TABLE, name] = [_rule(name, (), Jump(to))]
    is_late = settings.version >= _FILTERS_AFTER_DNAT_SINCE
    for name, hook, priority, checks in _FILTER_CHAINS if is_late else _EARLY_FILTER_CHAINS:
        hooked[TABLE, name] = Hooked(hook, priority, is_nat=False)
        chains[TABLE, name] = [_rule(name, _NEW, Jump(check)) for check in checks]
    for rule in _base_rules(settings):
        chains.setdefault((TABLE, rule.chain), []).append(rule)
    holders = {holder.name: holder for holder in _base_holders(settings)}
    elements: dict[str, dict[tuple[str, ...], Element]] = {name: {} for name in holders}
    if settings.node_ip:
        elements[NODE_PORT_IPS][(settings.node_ip,)] = Element(NODE_PORT_IPS, (settings.node_ip,))
    for part in ports:
        for holder in part.holders:
            holders[holder.name] = holder
        for element in part.elements:
            elements[element.holder][element.key] = element
    return Ruleset(
        mode="nftables",
        family=settings.family,
        chains=ChainMap(own, {key: tuple(rules) for key, rules in chains.items()}),
        hooked=hooked,
        holders=holders,
        elements={name: list(found.values()) for name, found in elements.items()},
        chain_comments={REJECT: "helper for @no-endpoint-services / @no-endpoint-nodeports"},
    )


class _Writer:
    """Writes one port's chains and elements. ``own``, ``holders`` and ``elements`` fill up."""

    def __init__(self, port: Port, choice: Choice, settings: Settings) -> None:
        self.port, self.choice, self.settings = port, choice, settings
        self.owner = Owner(port.service, port.name, port.protocol)
        self.own: dict[str, list[Rule]] = {}
        self.holders: list[Holder] = []
        self.elements: list[Element] = []
        self._is_inlined = settings.version >= _INLINED_SINCE
        self._protocol = port.protocol.lower()
        name = names.nft_port(port)
        self._cluster, self._local = f"service-{name}", f"local-{name}"
        self._external, self._firewall = f"external-{name}", f"firewall-{name}"
        self._has_internal = choice.has_any and not (port.is_internal_local and not choice.local)
        self._has_external = choice.has_any and not (port.is_external_local and not choice.local)

    def write(self) -> None:
        port, choice = self.port, self.choice
        self._write_addresses()
        self._write_node_port()
        if not self._is_inlined and self._has_internal:
            self._write_internal()
        if choice.has_any and port.is_externally_accessible:
            self._write_external()
        if port.load_balancer_ips and port.source_ranges:
            self._write_firewall()
        chained = self._endpoint_chains()
        if choice.cluster and port.uses_cluster_endpoints:
            self._write_balance(self._cluster, choice.cluster, chained)
        if choice.local and port.uses_local_endpoints:
            self._write_balance(self._local, choice.local, chained)
        if self._is_inlined:
            self._write_hairpins()

    def _add(self, chain: str, matches: tuple[Match, ...], *actions: Action, comment: str = "") -> None:
        self.own.setdefault(chain, []).append(Rule(TABLE, chain, matches, actions, comment, self.owner))

    def _put(self, holder: str, key: tuple[str, ...], verdict: Goto | Drop | None, *, says: bool = False) -> None:
        comment = self.port.label if says else ""
        self.elements.append(Element(holder, key, verdict, comment, self.owner))

    def _refusal(self) -> Goto | Drop:
        """Without endpoints anywhere the sender is told. With some that policy keeps from this node, it is not."""
        return Drop() if self.choice.has_any else Goto(REJECT)

    def _write_addresses(self) -> None:
        port, number = self.port, str(self.port.number)
        self._put(CLUSTER_IPS, (port.cluster_ip,), None)
        key = (port.cluster_ip, self._protocol, number)
        if self._has_internal:
            self._put(SERVICE_IPS, key, Goto(self._local if port.is_internal_local else self._cluster))
        else:
            self._put(NO_ENDPOINT_SERVICES, key, self._refusal(), says=True)
        for address in (*port.external_ips, *port.load_balancer_ips):
            key = (address, self._protocol, number)
            if self.choice.has_any:
                self._put(SERVICE_IPS, key, Goto(self._external))
            if not self._has_external:
                self._put(NO_ENDPOINT_SERVICES, key, self._refusal(), says=True)
        if port.source_ranges:
            for address in port.load_balancer_ips:
                self._put(FIREWALL_IPS, (address, self._protocol, number), Goto(self._firewall))

    def _write_node_port(self) -> None:
        if not self.port.node_port:
            return
        key = (self._protocol, str(self.port.node_port))
        if self.choice.has_any:
            self._put(SERVICE_NODE_PORTS, key, Goto(self._external))
        if not self._has_external:
            self._put(NO_ENDPOINT_NODE_PORTS, key, self._refusal(), says=True)

    def _write_internal(self) -> None:
        port = self.port
        chain = self._local if port.is_internal_local else self._cluster
        to: tuple[Match, ...] = (Destination((port.cluster_ip,)),)
        if self.settings.version < _FILTERS_AFTER_DNAT_SINCE:
            to = (*to, Protocol(self._protocol, port.number))
        for cidr in self.settings.cluster_cidrs[:1]:
            self._add(chain, (*to, Source(cidr, is_negated=True)), Jump(MARK_FOR_MASQUERADE))

    def _write_external(self) -> None:
        chain = self._external
        mark: Action = SetMark() if self._is_inlined else Jump(MARK_FOR_MASQUERADE)
        if not self.port.is_external_local:
            self._add(chain, (), mark, comment="masquerade" if self._is_inlined else "")
        else:
            for cidr in self.settings.cluster_cidrs[:1]:
                self._add(chain, (Source(cidr),), Goto(self._cluster), comment="short-circuit pod traffic")
            own = (LocalAddress("source"),)
            self._add(chain, own, mark, comment="masquerade local traffic")
            self._add(chain, own, Goto(self._cluster), comment="short-circuit local traffic")
        if self._has_external:
            self._add(chain, (), Goto(self._local if self.port.is_external_local else self._cluster))

    def _write_firewall(self) -> None:
        port = self.port
        node = port.load_balancer_ips if admits_node(port, self.settings.node_ip) else ()
        given = [*port.source_ranges, *node]
        self._add(self._firewall, (SourceNotIn(tuple(merged(given)), is_set=len(given) > 1),), Drop())

    def _endpoint_chains(self) -> dict[str, tuple[str, Owner]]:
        """Write a chain for each endpoint that needs one; its name and owner by the endpoint's text."""
        port, sticky = self.port, self.port.sticky_seconds
        if self._is_inlined and not sticky:
            return {}
        protocol, found = Protocol(self._protocol), {}
        for endpoint in self.choice.reachable:
            name = names.nft_endpoint(port, endpoint)
            owner = Owner(port.service, port.name, port.protocol, endpoint.text)
            chain, affinity = f"endpoint-{name}", f"affinity-{name}"
            found[endpoint.text] = name, owner
            rules = self.own.setdefault(chain, [])
            if not self._is_inlined:
                rules.append(Rule(TABLE, chain, (Source(endpoint.ip),), (Jump(MARK_FOR_MASQUERADE),), "", owner))
            if sticky:
                self.holders.append(Holder(affinity, ("address",), timeout_seconds=sticky))
                rules.append(Rule(TABLE, chain, (), (Remember(affinity),), "", owner))
            dnat = DNAT(endpoint.ip, endpoint.port)
            rules.append(Rule(TABLE, chain, (protocol,), (dnat,), "", owner))
        return found

    def _write_balance(self, chain: str, used: tuple[Endpoint, ...], chained: dict[str, tuple[str, Owner]]) -> None:
        if not chained:
            all_of_them = tuple(DNAT(endpoint.ip, endpoint.port) for endpoint in used)
            self._add(chain, (Protocol(self._protocol),), BalanceDNAT(all_of_them))
            return
        rules = self.own.setdefault(chain, [])
        if seconds := self.port.sticky_seconds:
            for endpoint in used:
                name, owner = chained[endpoint.text]
                matches = (Remembered(f"affinity-{name}", seconds),)
                rules.append(Rule(TABLE, chain, matches, (Goto(f"endpoint-{name}"),), "", owner))
        to = tuple(f"endpoint-{chained[endpoint.text][0]}" for endpoint in used)
        self._add(chain, (), BalanceGoto(to))

    def _write_hairpins(self) -> None:
        """A Pod that is sent to itself must be masqueraded; only Pods here can be, since others are not seen here."""
        for endpoint in self.choice.reachable:
            if endpoint.is_local:
                key = (endpoint.ip, endpoint.ip, self._protocol, str(endpoint.port))
                self._put(HAIRPIN, key, None)


def _rule(chain: str, matches: tuple[Match, ...], *actions: Action, comment: str = "") -> Rule:
    return Rule(TABLE, chain, matches, actions, comment)


def _base_holders(settings: Settings) -> Iterator[Holder]:
    service, node_port = ("address", "protocol", "port"), ("protocol", "port")
    if settings.version >= _INLINED_SINCE:
        yield Holder(HAIRPIN, ("address", "address", "protocol", "port"), comment="service hairpin connections")
    yield Holder(CLUSTER_IPS, ("address",), comment="Active ClusterIPs")
    yield Holder(NODE_PORT_IPS, ("address",), comment="IPs that accept NodePort traffic")
    yield Holder(
        NO_ENDPOINT_SERVICES, service, is_map=True,
        comment="vmap to drop or reject packets to services with no endpoints",
    )  # fmt: skip
    yield Holder(
        NO_ENDPOINT_NODE_PORTS, node_port, is_map=True,
        comment="vmap to drop or reject packets to service nodeports with no endpoints",
    )  # fmt: skip
    yield Holder(
        FIREWALL_IPS, service, is_map=True, comment="destinations that are subject to LoadBalancerSourceRanges"
    )
    yield Holder(SERVICE_IPS, service, is_map=True, comment="ClusterIP, ExternalIP and LoadBalancer IP traffic")
    yield Holder(SERVICE_NODE_PORTS, node_port, is_map=True, comment="NodePort traffic")


def _base_rules(settings: Settings) -> Iterator[Rule]:
    at_node = (DestinationInSet(NODE_PORT_IPS),)
    yield _rule(NODE_PORT_CHECK, at_node, LookUp(NO_ENDPOINT_NODE_PORTS, with_address=False))
    yield _rule(SERVICE_CHECK, (), LookUp(NO_ENDPOINT_SERVICES, with_address=True))
    yield _rule(FIREWALL_CHECK, (), LookUp(FIREWALL_IPS, with_address=True))
    if settings.version >= _INLINED_SINCE:
        for cidr in settings.cluster_cidrs[:1]:
            matches = (DestinationInSet(CLUSTER_IPS), Source(cidr, is_negated=True))
            yield _rule(SERVICES, matches, SetMark(), comment="masquerade clusterIP traffic from outside cluster")
    yield _rule(SERVICES, (), LookUp(SERVICE_IPS, with_address=True))
    yield _rule(SERVICES, at_node, LookUp(SERVICE_NODE_PORTS, with_address=False))
    yield from _masquerading(settings)
    invalid = "Reject traffic to invalid ports of ClusterIPs"
    yield _rule(CLUSTER_IPS_CHECK, (DestinationInSet(CLUSTER_IPS),), Reject(), comment=invalid)
    if settings.service_cidrs and settings.version >= _SERVICE_CIDRS_SINCE:
        cidrs = (Destination(tuple(together(list(settings.service_cidrs)))),)
        yield _rule(CLUSTER_IPS_CHECK, cidrs, Drop(), comment="Drop traffic to unallocated ClusterIPs")
    yield _rule(REJECT, (), Reject())


def _masquerading(settings: Settings) -> Iterator[Rule]:
    if settings.version >= _INLINED_SINCE:
        yield _rule(MASQUERADING, (Marked(),), ClearMark(), Masquerade())
        yield _rule(MASQUERADING, (Hairpin(HAIRPIN),), Masquerade())
        return
    yield _rule(MARK_FOR_MASQUERADE, (), SetMark())
    yield _rule(MASQUERADING, (Marked(is_negated=True),), Return())
    yield _rule(MASQUERADING, (), ClearMark())
    yield _rule(MASQUERADING, (), Masquerade())
