"""What kube-proxy programs in iptables mode.

Mirrors pkg/proxy/iptables/proxier.go (``syncProxyRules``) of Kubernetes 1.31 to 1.36 with its default settings, among
them: masquerade bit 14, node ports on every local address, ``--iptables-localhost-nodeports`` on, and the nfacct
counters that came with 1.31.
"""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Iterable, Iterator
from typing import Final

from visualizer.routing import names
from visualizer.routing.addresses import LOOPBACK, Family, host
from visualizer.routing.endpoints import Choice, Endpoint
from visualizer.routing.ports import Port, admits_node
from visualizer.routing.rules import (
    DNAT,
    Accept,
    Action,
    ChainKey,
    Chance,
    ClearMark,
    Counted,
    Destination,
    Drop,
    Hooked,
    Jump,
    LocalAddress,
    Marked,
    Masquerade,
    Match,
    NotLoopback,
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
    State,
    Table,
)
from visualizer.routing.settings import Settings

LARGE_CLUSTER_ENDPOINTS: Final = 1_000
"""With more endpoints than this, the comments on endpoints are left out (``largeClusterEndpointsThreshold``)."""

MARK_MASQ: Final = "KUBE-MARK-MASQ"
NODE_PORTS: Final = "KUBE-NODEPORTS"
SERVICES: Final = "KUBE-SERVICES"
EXTERNAL_SERVICES: Final = "KUBE-EXTERNAL-SERVICES"
FIREWALL: Final = "KUBE-PROXY-FIREWALL"
POSTROUTING: Final = "KUBE-POSTROUTING"
FORWARD: Final = "KUBE-FORWARD"
KUBELET_FIREWALL: Final = "KUBE-FIREWALL"
CANARY: Final = "KUBE-PROXY-CANARY"

_NEW: Final = State(("NEW",))
_PORTALS: Final = "kubernetes service portals"
_EXTERNAL: Final = "kubernetes externally-visible service portals"
_FIREWALL: Final = "kubernetes load balancer firewall"

# As they stand in the kernel: kube-proxy puts each before those that are there (``iptablesJumpChains``).
_JUMPS: Final[tuple[tuple[Table, str, str, str, tuple[Match, ...]], ...]] = (
    ("nat", "PREROUTING", SERVICES, _PORTALS, ()),
    ("nat", "OUTPUT", SERVICES, _PORTALS, ()),
    ("nat", "POSTROUTING", POSTROUTING, "kubernetes postrouting rules", ()),
    ("filter", "INPUT", KUBELET_FIREWALL, "", ()),
    ("filter", "INPUT", FIREWALL, _FIREWALL, (_NEW,)),
    ("filter", "INPUT", NODE_PORTS, "kubernetes health check service ports", ()),
    ("filter", "INPUT", EXTERNAL_SERVICES, _EXTERNAL, (_NEW,)),
    ("filter", "FORWARD", FIREWALL, _FIREWALL, (_NEW,)),
    ("filter", "FORWARD", FORWARD, "kubernetes forwarding rules", ()),
    ("filter", "FORWARD", SERVICES, _PORTALS, (_NEW,)),
    ("filter", "FORWARD", EXTERNAL_SERVICES, _EXTERNAL, (_NEW,)),
    ("filter", "OUTPUT", KUBELET_FIREWALL, "", ()),
    ("filter", "OUTPUT", FIREWALL, _FIREWALL, (_NEW,)),
    ("filter", "OUTPUT", SERVICES, _PORTALS, (_NEW,)),
)

_HOOKED: Final[dict[ChainKey, Hooked]] = {
    ("nat", "PREROUTING"): Hooked("prerouting", -100, is_nat=True),
    ("nat", "INPUT"): Hooked("input", 100, is_nat=True),
    ("nat", "OUTPUT"): Hooked("output", -100, is_nat=True),
    ("nat", "POSTROUTING"): Hooked("postrouting", 100, is_nat=True),
    ("filter", "INPUT"): Hooked("input", 0, is_nat=False),
    ("filter", "FORWARD"): Hooked("forward", 0, is_nat=False),
    ("filter", "OUTPUT"): Hooked("output", 0, is_nat=False),
}

_CHAINS: Final[tuple[ChainKey, ...]] = (
    *(("nat", name) for name in (MARK_MASQ, NODE_PORTS, POSTROUTING, CANARY, SERVICES)),
    *(("filter", name) for name in (EXTERNAL_SERVICES, KUBELET_FIREWALL, FORWARD, NODE_PORTS, CANARY, FIREWALL)),
    ("filter", SERVICES),
)


def port_rules(port: Port, endpoints: tuple[Endpoint, ...], choice: Choice, settings: Settings) -> PortRules:
    """What one port adds, given its endpoints and which of them this node uses."""
    writer = _Writer(port, choice, settings)
    writer.write()
    return PortRules(
        owner=writer.owner,
        shared=tuple(writer.shared),
        own={("nat", name): tuple(rules) for name, rules in writer.own.items()},
        endpoints=len(endpoints),
    )


def ruleset(settings: Settings, ports: Iterable[PortRules], own: OwnChains) -> Ruleset:
    """Everything on the node: what every port shares, in whatever order it is to stand, and all their own chains."""
    shared: dict[ChainKey, list[Rule]] = {key: [] for key in (*_HOOKED, *_CHAINS)}
    total = 0
    for rule in _base_rules(settings.family):
        shared[rule.table, rule.chain].append(rule)
    for part in ports:
        total += part.endpoints
        for rule in part.shared:
            shared[rule.table, rule.chain].append(rule)
    shared["nat", SERVICES].append(_last_rule(settings.family))
    return Ruleset(
        mode="iptables",
        family=settings.family,
        chains=ChainMap(own, {key: tuple(rules) for key, rules in shared.items()}),
        hooked=_HOOKED,
        built_in=frozenset(_HOOKED),
        is_large=total > LARGE_CLUSTER_ENDPOINTS,
    )


class _Writer:
    """Writes one port's rules. ``shared`` and ``own`` fill up."""

    def __init__(self, port: Port, choice: Choice, settings: Settings) -> None:
        self.port, self.choice, self.settings = port, choice, settings
        self.owner = Owner(port.service, port.name, port.protocol)
        self.shared: list[Rule] = []
        self.own: dict[str, list[Rule]] = {}
        self._label = port.label
        self._protocol = port.protocol.lower()
        name = names.iptables_hash(port)
        self._cluster, self._local = f"KUBE-SVC-{name}", f"KUBE-SVL-{name}"
        self._external, self._firewall = f"KUBE-EXT-{name}", f"KUBE-FW-{name}"
        self._at_port = Protocol(self._protocol, port.number)
        self._has_internal = choice.has_any and not (port.is_internal_local and not choice.local)
        self._has_external = choice.has_any and not (port.is_external_local and not choice.local)
        self._uses_firewall = choice.has_any and bool(port.load_balancer_ips and port.source_ranges)

    def write(self) -> None:
        self._write_cluster_ip()
        self._write_external_ips()
        self._write_load_balancer_ips()
        self._write_node_port()
        self._write_health_check()
        if self._has_internal:
            self._write_internal()
        if self.choice.has_any and self.port.is_externally_accessible:
            self._write_external()
        if self._uses_firewall:
            self._write_firewall()
        sep = self._endpoint_chains()
        if self.choice.cluster and self.port.uses_cluster_endpoints:
            self._write_balance(self._cluster, self.choice.cluster, sep)
        if self.choice.local and self.port.uses_local_endpoints:
            self._write_balance(self._local, self.choice.local, sep)

    def _share(self, table: Table, chain: str, matches: tuple[Match, ...], action: Action, comment: str) -> None:
        self.shared.append(Rule(table, chain, matches, (action,), comment, self.owner))

    def _add(self, chain: str, matches: tuple[Match, ...], action: Action | None, comment: str = "") -> None:
        actions = () if action is None else (action,)
        self.own.setdefault(chain, []).append(Rule("nat", chain, matches, actions, comment, self.owner))

    def _write_cluster_ip(self) -> None:
        port, to = self.port, (Destination((host(self.port.cluster_ip),)), self._at_port)
        if self._has_internal:
            chain = self._local if port.is_internal_local else self._cluster
            self._share("nat", SERVICES, to, Jump(chain), f"{self._label} cluster IP")
        elif self.choice.has_any:
            self._share("filter", SERVICES, to, Drop(), f"{self._label} has no local endpoints")
        else:
            self._share("filter", SERVICES, to, Reject(), f"{self._label} has no endpoints")

    def _refuse_external(self, matches: tuple[Match, ...]) -> None:
        """Nothing at all, or nothing here: what was not sent on by the short cuts is refused or dropped."""
        action: Action = Drop() if self.choice.has_any else Reject()
        local = "local " if self.choice.has_any else ""
        self._share("filter", EXTERNAL_SERVICES, matches, action, f"{self._label} has no {local}endpoints")

    def _write_external_ips(self) -> None:
        for address in self.port.external_ips:
            to = (Destination((host(address),)), self._at_port)
            if self.choice.has_any:
                self._share("nat", SERVICES, to, Jump(self._external), f"{self._label} external IP")
            if not self._has_external:
                self._refuse_external(to)

    def _write_load_balancer_ips(self) -> None:
        chain = self._firewall if self._uses_firewall else self._external
        for address in self.port.load_balancer_ips:
            to = (Destination((host(address),)), self._at_port)
            if self.choice.has_any:
                self._share("nat", SERVICES, to, Jump(chain), f"{self._label} loadbalancer IP")
            if self._uses_firewall:
                comment = f"{self._label} traffic not accepted by {self._firewall}"
                self._share("filter", FIREWALL, to, Drop(), comment)
        if not self._has_external:
            for address in self.port.load_balancer_ips:
                self._refuse_external((Destination((host(address),)), self._at_port))

    def _write_node_port(self) -> None:
        if not self.port.node_port:
            return
        to = Protocol(self._protocol, self.port.node_port)
        if self.choice.has_any:
            if self.settings.family == "IPv4":
                counted = (Destination((LOOPBACK["IPv4"],)), to, Counted("localhost_nps_accepted_pkts"))
                self._share("nat", NODE_PORTS, counted, Jump(self._external), self._label)
            self._share("nat", NODE_PORTS, (to,), Jump(self._external), self._label)
        if not self._has_external:
            self._refuse_external((LocalAddress("destination"), to))

    def _write_health_check(self) -> None:
        if self.port.health_check_port:
            to = (Protocol("tcp", self.port.health_check_port),)
            self._share("filter", NODE_PORTS, to, Accept(), f"{self._label} health check node port")

    def _write_internal(self) -> None:
        """What comes to the ClusterIP from outside the cluster is masqueraded, since it may leave the node again."""
        chain = self._local if self.port.is_internal_local else self._cluster
        for cidr in self.settings.cluster_cidrs[:1]:
            matches = (
                Destination((host(self.port.cluster_ip),)),
                self._at_port,
                Source(cidr, is_negated=True),
            )
            self._add(chain, matches, Jump(MARK_MASQ), f"{self._label} cluster IP")

    def _write_external(self) -> None:
        chain, label = self._external, f"{self._label} external destinations"
        if not self.port.is_external_local:
            self._add(chain, (), Jump(MARK_MASQ), f"masquerade traffic for {label}")
        else:
            for cidr in self.settings.cluster_cidrs[:1]:
                self._add(chain, (Source(cidr),), Jump(self._cluster), f"pod traffic for {label}")
            own = (LocalAddress("source"),)
            self._add(chain, own, Jump(MARK_MASQ), f"masquerade LOCAL traffic for {label}")
            self._add(chain, own, Jump(self._cluster), f"route LOCAL traffic for {label}")
        if self._has_external:
            self._add(chain, (), Jump(self._local if self.port.is_external_local else self._cluster))

    def _write_firewall(self) -> None:
        """Who is in the source ranges goes on. Who comes to the end is not DNATed, and KUBE-PROXY-FIREWALL drops it."""
        chain, port = self._firewall, self.port
        node = port.load_balancer_ips if admits_node(port, self.settings.node_ip) else ()
        for cidr in (*port.source_ranges, *map(host, node)):
            matches = () if cidr.endswith("/0") else (Source(cidr),)
            self._add(chain, matches, Jump(self._external), f"{self._label} loadbalancer IP")
        self._add(chain, (), None, f"other traffic to {self._label} will be dropped by {FIREWALL}")

    def _endpoint_chains(self) -> dict[str, tuple[str, Owner]]:
        """Write a chain for each endpoint; its name and owner by the endpoint's text."""
        port, sticky = self.port, self.port.sticky_seconds
        text = self._label + self._protocol
        protocol = Protocol(self._protocol)
        found = {}
        for endpoint in self.choice.reachable:
            chain = names.iptables_endpoint(text, endpoint)
            owner = Owner(port.service, port.name, port.protocol, endpoint.text)
            found[endpoint.text] = chain, owner
            dnat = DNAT(endpoint.ip, endpoint.port)
            self.own[chain] = [
                Rule("nat", chain, (Source(host(endpoint.ip)),), (Jump(MARK_MASQ),), self._label, owner),
                Rule("nat", chain, (protocol,), (Remember(chain), dnat) if sticky else (dnat,), self._label, owner),
            ]
        return found

    def _write_balance(self, chain: str, used: tuple[Endpoint, ...], sep: dict[str, tuple[str, Owner]]) -> None:
        rules = self.own.setdefault(chain, [])
        if seconds := self.port.sticky_seconds:
            for endpoint in used:
                name, owner = sep[endpoint.text]
                comment = f"{self._label} -> {endpoint.text}"
                rules.append(Rule("nat", chain, (Remembered(name, seconds),), (Jump(name),), comment, owner))
        left = len(used)
        for endpoint in used:
            name, owner = sep[endpoint.text]
            matches = (Chance(left),) if left > 1 else ()
            rules.append(Rule("nat", chain, matches, (Jump(name),), f"{self._label} -> {endpoint.text}", owner))
            left -= 1


def _base_rules(family: Family) -> Iterator[Rule]:
    for table, chain, to, comment, matches in _JUMPS:
        yield Rule(table, chain, matches, (Jump(to),), comment)
    yield Rule("nat", MARK_MASQ, (), (SetMark(),))
    yield Rule("nat", POSTROUTING, (Marked(is_negated=True),), (Return(),))
    yield Rule("nat", POSTROUTING, (), (ClearMark(),))
    yield Rule("nat", POSTROUTING, (), (Masquerade(),), "kubernetes service traffic requiring SNAT")
    if family == "IPv4":
        matches = (
            Source(LOOPBACK[family], is_negated=True),
            Destination((LOOPBACK[family],)),
            State(("RELATED", "ESTABLISHED", "DNAT"), is_negated=True),
        )
        yield Rule("filter", KUBELET_FIREWALL, matches, (Drop(),), "block incoming localnet connections")
    invalid = (State(("INVALID",)), Counted("ct_state_invalid_dropped_pkts"))
    yield Rule("filter", FORWARD, invalid, (Drop(),))
    yield Rule("filter", FORWARD, (Marked(),), (Accept(),), "kubernetes forwarding rules")
    established = (State(("RELATED", "ESTABLISHED")),)
    yield Rule("filter", FORWARD, established, (Accept(),), "kubernetes forwarding conntrack rule")


def _last_rule(family: Family) -> Rule:
    """Node ports come last, since any address of the node would match. On ::1 they never work."""
    matches: tuple[Match, ...] = (LocalAddress("destination"),)
    if family == "IPv6":
        matches = (NotLoopback(), *matches)
    comment = "kubernetes service nodeports; NOTE: this must be the last rule in this chain"
    return Rule("nat", SERVICES, matches, (Jump(NODE_PORTS),), comment)
