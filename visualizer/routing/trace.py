"""A packet's way through the cluster, hop by hop, from who sends it to who gets it, or to where it ends.

Each node that it comes to is asked through its rules (:mod:`interpreter`), so that a hop can say which of them matched,
and through the model (:mod:`decisions`), which says why. Names are resolved as a Pod does it; policies are judged as
they ask to be.
"""

from __future__ import annotations

from typing import Final, NoReturn

from msgspec import Struct
from msgspec.structs import replace

from visualizer.network import Service
from visualizer.objects import Pod, key_of
from visualizer.routing import dns, iptablestext, nftablestext
from visualizer.routing.addresses import LOOPBACK, canonical, contains, endpoint, family_of
from visualizer.routing.decisions import WORDS, Decision, decide
from visualizer.routing.enforcement import policy_hop
from visualizer.routing.entrances import entrances
from visualizer.routing.hops import Hop, Matched, Option, PacketTrace, Sender, TraceError
from visualizer.routing.index import Index, node_addresses, pod_addresses
from visualizer.routing.interpreter import Interpreter
from visualizer.routing.leftout import WORDS as LEFT_OUT_WORDS
from visualizer.routing.leftout import LeftOut, left_out, probe_words
from visualizer.routing.model import Routing
from visualizer.routing.packets import Packet, Step, Way
from visualizer.routing.policies import Peer, Target
from visualizer.routing.proxy import Proxy
from visualizer.routing.rules import Mode

OUTSIDE_ADDRESS: Final = "198.51.100.1"
"""Whom “outside” stands for where no address is given: one that documentation reserves (RFC 5737)."""

_MOST_NAMED: Final = 3
"""So many Pods are named that are no endpoints."""

_MOST_NODES: Final = 4
"""A packet comes to two nodes, or three by way of another's node port; more would be going round."""

_TEXTS: Final = {"iptables": iptablestext.text_of, "nftables": nftablestext.text_of}


def trace(
    routing: Routing,
    sender: Sender,
    destination: str,
    port: int,
    *,
    protocol: str = "TCP",
    mode: Mode = "iptables",
    via: str = "",
    choose: str = "",
) -> PacketTrace:
    """Follow the first packet of a connection.

    ``destination`` is a name or an address. ``via`` is the node at which a packet from outside comes in, where more
    than one would do; ``choose`` the endpoint (``10.0.0.1:80``) or Pod to follow, where one is chosen at random.
    Raises :class:`TraceError` for a sender or node that is not there.
    """
    return _Tracer(routing, sender, _Wish(protocol.upper(), mode, via, choose)).run(destination, port)


class _Ended(Exception):
    """The packet's way is over."""


class _Wish(Struct, frozen=True):
    """How the packet is to be followed; see :func:`trace`."""

    protocol: str
    mode: Mode
    via: str
    choose: str


class _Tracer:
    def __init__(self, routing: Routing, sender: Sender, wish: _Wish) -> None:
        self.routing, self.index = routing, routing.index
        self.protocol, self.mode, self.via, self.choose = wish.protocol, wish.mode, wish.via, wish.choose
        self.sender = sender
        self._endpoint_nodes: dict[str, str] = {}
        self.hops: list[Hop] = []
        self.pod = self.index.pod(sender.name) if sender.kind == "pod" else None
        self.is_delivered = False
        self.node = self._sending_node()

    def run(self, destination: str, port: int) -> PacketTrace:
        try:
            address = self._resolve(destination)
            packet = Packet(self._address(address), address, port, self.protocol, self._is_on_host())
            self._hop(Hop("sends", self._sender_place(), self._sends(packet, destination)))
            node = self.node or self._entrance(packet)
            self._through_nodes(replace(packet, is_from_node=self._is_on_host()), node)
        except _Ended:
            pass
        broken = next((hop for hop in self.hops if hop.is_broken), None)
        text = broken.text if broken else self.hops[-1].text
        return PacketTrace(tuple(self.hops), self.is_delivered and broken is None, text)

    def _hop(self, hop: Hop) -> None:
        self.hops.append(hop)

    def _end(self, hop: Hop) -> NoReturn:
        self.hops.append(hop)
        raise _Ended

    # Who sends.

    def _sending_node(self) -> str:
        if self.sender.kind == "outside":
            return ""
        if self.sender.kind == "node":
            if self.index.node(self.sender.name) is None:
                raise TraceError(f"there is no node “{self.sender.name}”")
            return self.sender.name
        if self.pod is None:
            raise TraceError(f"there is no Pod “{self.sender.name}”")
        if not self.pod.spec.node_name or not pod_addresses(self.pod):
            raise TraceError(f"the Pod {self.sender.name} has no node or no address yet, so it cannot send")
        return self.pod.spec.node_name

    def _is_on_host(self) -> bool:
        """Whether the node's own network sends, as Pods with hostNetwork do."""
        return self.sender.kind == "node" or (self.pod is not None and bool(self.pod.spec.host_network))

    def _address(self, destination: str) -> str:
        """The sender's address of the destination's family, or its first."""
        if self.sender.kind == "outside":
            return canonical(self.sender.name) or OUTSIDE_ADDRESS
        node = self.index.node(self.node)
        found = pod_addresses(self.pod) if self.pod is not None else node_addresses(node) if node else []
        if contains("127.0.0.0/8", destination):
            return "127.0.0.1"
        fitting = [item for item in found if family_of(item) == family_of(destination)]
        if not fitting:
            words = f"the sender has no {family_of(destination)} address, which {destination} is"
            self._end(Hop("sends", self._sender_place(), words, is_broken=True))
        return fitting[0]

    def _sender_place(self) -> str:
        if self.sender.kind == "pod":
            return f"Pod {self.sender.name} on {self.node}"
        return f"node {self.node}" if self.sender.kind == "node" else "outside"

    def _sends(self, packet: Packet, destination: str) -> str:
        named = "" if canonical(destination) else f" ({destination})"
        to = endpoint(packet.destination, packet.port)
        return f"{packet.source} sends to {to}{named} by {packet.protocol}"

    # What the name means.

    def _resolve(self, destination: str) -> str:
        address = canonical(destination)
        if address is not None:
            return address
        place = "cluster DNS"
        if self.sender.kind == "outside":
            if own := self._node_address(destination):
                return own
            self._end(
                Hop("name", place, f"{destination} is a name, and nobody outside asks cluster DNS", is_broken=True)
            )
        namespace = self.pod.metadata.namespace if self.pod is not None else ""
        found = dns.service_in(destination, namespace, self.routing.domain)
        service = self.index.service(found[0]) if found is not None else None
        if service is None and (own := self._node_address(destination)):
            return own
        if found is None or service is None:
            what = f"no Service {found[0]} has it" if found else "it is not of the cluster's domain"
            self._end(Hop("name", place, f"{destination} does not resolve here: {what}", is_broken=True))
        return self._record(destination, found[1], service)

    def _node_address(self, name: str) -> str:
        """The address of the node of this name, or "". No cluster DNS knows it; the network's own usually does."""
        node = self.index.node(name)
        addresses = node_addresses(node) if node is not None else []
        if not addresses:
            return ""
        self._hop(Hop("name", "the network's DNS", f"{name} is taken for the address of that node, {addresses[0]}"))
        return addresses[0]

    def _record(self, destination: str, prefix: str, service: Service) -> str:
        slices, _ = self.routing.slices(key_of(service.metadata))
        own = dns.name_of(service, self.routing.domain)
        name = f"{prefix}.{own}" if prefix else own
        records = [item for item in dns.records_of(service, slices, self.routing.domain) if item.name == name]
        addresses = [item for item in records if item.type in ("A", "AAAA")]
        alias = next((item.value for item in records if item.type == "CNAME"), "")
        if alias:
            self._end(
                Hop("leaves", "cluster DNS", f"{destination} is an alias (CNAME) for {alias}, outside the cluster")
            )
        if not addresses:
            why = "it has no ready endpoint" if service.spec.cluster_ip == "None" else "it has no address"
            self._end(Hop("name", "cluster DNS", f"{name} has no address record: {why}", is_broken=True))
        chosen = next((item for item in addresses if self.choose in (item.pod, item.value)), addresses[0])
        share = 1 / len(addresses) if chosen.pod else 1.0
        options = tuple(
            Option(item.value, item.pod, self._node_of(item.value), share, item is chosen) for item in addresses
        )
        text = f"{destination} is {chosen.value} ({chosen.type} record of {name})"
        self._hop(Hop("name", "cluster DNS", text, options=options if len(options) > 1 else ()))
        return chosen.value

    # Where a packet from outside comes in.

    def _entrance(self, packet: Packet) -> str:
        """The node that a packet from outside comes to first."""
        node = self.index.node_at(packet.destination)
        if node is not None:
            return node
        candidates, text = entrances(self.routing, packet, self.mode)
        if not candidates:
            self._end(Hop("balancer", "outside", text, is_broken=True))
        if self.via and self.via not in candidates:
            self._end(Hop("balancer", "outside", f"{text}; {self.via} is none of them", is_broken=True))
        chosen = self.via or candidates[0]
        self._hop(Hop("balancer", "outside", f"{text}; here it comes to {chosen}"))
        return chosen

    # On the nodes.

    def _proxy(self, node: str, packet: Packet) -> Proxy:
        proxy = self.routing.proxy(node, self.mode, family_of(packet.destination))
        if proxy is None:
            raise TraceError(f"there is no node “{node}”")
        return proxy

    def _through_nodes(self, packet: Packet, node: str) -> None:
        for _ in range(_MOST_NODES):
            packet = self._on_node(packet, node)
            following = node if _is_loopback(packet.destination) else self._node_of(packet.destination)
            if not following:
                self._leave(packet, node)
            if following == node:
                self._arrive(packet, node)
            text = f"from {node} to {following}, {self._how(packet.destination)}"
            self._hop(Hop("crosses", f"{node} → {following}", text))
            if self._is_endpoint(packet.destination):
                self._arrive(packet, following)
            node = following
            packet = replace(packet, is_from_node=False)
        self._end(Hop("node", node, "the packet goes round between nodes", is_broken=True))

    def _on_node(self, packet: Packet, node: str) -> Packet:
        proxy = self._proxy(node, packet)
        decision = decide(proxy, packet)
        self._note_endpoints(decision)
        ways = Interpreter(proxy.ruleset(), proxy.settings.addresses).walk(packet)
        way = self._choose(ways)
        before = f"{packet.source} → {endpoint(packet.destination, packet.port)}"
        source = (proxy.settings.node_ip or packet.source) if way.is_masqueraded else packet.source
        after = replace(packet, source=source, destination=way.destination, port=way.port)
        rules = tuple(self._matched(step, proxy) for step in way.steps)
        if way.verdict != "passes":
            text = f"{way.verdict} on {node}: {self._label(decision)}{self._why(decision)}"
            self._end(Hop("node", node, text, before, rules=rules, is_broken=True))
        if not way.is_translated:
            self._untouched(packet, node, decision, rules)
            return after
        says = [f"to an endpoint of {self._label(decision).removesuffix(': ')}"]
        says += ["the node takes the source's place"] if way.is_masqueraded else []
        self._hop(
            Hop(
                "node", node, f"kube-proxy's rules send it {', and '.join(says)}",
                before, f"{after.source} → {endpoint(after.destination, after.port)}",
                rules, self._options(ways, way), self._conntrack(packet, after),
            )
        )  # fmt: skip
        return after

    def _untouched(self, packet: Packet, node: str, decision: Decision, rules: tuple[Matched, ...]) -> None:
        """No rule alters the packet. To a ClusterIP or a Service's outside address that is its end."""
        proxy = self._proxy(node, packet)
        is_service = decision.port is not None or proxy.has_cluster_ip(packet.destination)
        is_range = any(contains(cidr, packet.destination) for cidr in proxy.settings.service_cidrs)
        if is_service or is_range:
            where = endpoint(packet.destination, packet.port)
            why = "wrong-port" if proxy.has_cluster_ip(packet.destination) else decision.reason
            why = "no-such-service" if is_range and not is_service else why
            text = f"nothing takes {where}/{self.protocol}: {self._label(decision)}{WORDS[why]}"
            self._end(Hop("node", node, text, rules=rules, is_broken=True))
        self._hop(Hop("node", node, "kube-proxy's rules leave it alone", rules=rules))

    def _why(self, decision: Decision) -> str:
        """The reason in words; where a Service has no endpoint, with what keeps its Pods from being one."""
        words = WORDS[decision.reason] or "a rule says so"
        service = self.index.service(decision.port.port.service) if decision.port is not None else None
        if decision.reason != "no-endpoints" or service is None:
            return words
        found = left_out(self.index, service, self.index.slices(key_of(service.metadata)))
        return "; ".join([words, *(_left_out_text(self.index, item) for item in found[:_MOST_NAMED])])

    def _choose(self, ways: list[Way]) -> Way:
        """The way to the endpoint that was asked for, else to one here, else the likeliest."""
        wanted = [
            way
            for way in ways
            if self.choose and self.choose in (endpoint(way.destination, way.port), self.index.pod_at(way.destination))
        ]
        return wanted[0] if wanted else max(ways, key=lambda way: way.chance)

    def _options(self, ways: list[Way], chosen: Way) -> tuple[Option, ...]:
        chances: dict[tuple[str, int], float] = {}
        for way in ways:
            if way.is_translated:
                place = (way.destination, way.port)
                chances[place] = chances.get(place, 0.0) + way.chance
        return tuple(
            Option(
                endpoint(*place),
                self.index.pod_at(place[0]) or "",
                self._node_of(place[0]),
                chance,
                place == (chosen.destination, chosen.port),
            )
            for place, chance in chances.items()
        )

    def _matched(self, step: Step, proxy: Proxy) -> Matched:
        rule, element = step.rule, step.element
        text = _TEXTS[self.mode](rule, proxy.ruleset())
        owner = rule.owner if element is None else element.owner
        port, to = (owner.ref, owner.endpoint) if owner is not None else ("", "")
        found = "" if element is None else nftablestext.element_text(element)
        return Matched(f"{rule.table} {rule.chain}", text, port, to, found)

    def _conntrack(self, before: Packet, after: Packet) -> str:
        """Both directions, as conntrack -L shows them: what came, and what the answer will be taken for."""
        came = f"src={before.source} dst={before.destination} dport={before.port}"
        answer = f"src={after.destination} dst={after.source} sport={after.port}"
        return f"{before.protocol.lower()} {came} ↔ {answer}"

    def _label(self, decision: Decision) -> str:
        return f"{decision.port.port.label}: " if decision.port is not None else ""

    # Where it ends.

    def _node_of(self, address: str) -> str:
        """The node on which an address is: a Pod's, the node's own, or an endpoint's as its slice says."""
        pod = self.index.pod(self.index.pod_at(address) or "")
        if pod is not None:
            return pod.spec.node_name
        return self.index.node_at(address) or self._endpoint_nodes.get(address, "")

    def _note_endpoints(self, decision: Decision) -> None:
        """Slices say on which node an endpoint is; needed where its Pod is not known."""
        for item in decision.port.endpoints if decision.port is not None else ():
            self._endpoint_nodes[item.ip] = item.node

    def _is_endpoint(self, address: str) -> bool:
        """Whether the address is a Pod's, and not a node's own, at which node ports are."""
        is_nodes_own = _is_loopback(address) or self.index.node_at(address) is not None
        return self.index.pod_at(address) is not None or not is_nodes_own

    def _how(self, address: str) -> str:
        return "over the Pod network" if self._is_endpoint(address) else "over the nodes' network"

    def _leave(self, packet: Packet, node: str) -> None:
        to = endpoint(packet.destination, packet.port)
        self._egress(packet, None)
        self._end(Hop("leaves", node, f"{to} is no Pod and no node of the cluster: the packet leaves it from {node}"))

    def _arrive(self, packet: Packet, node: str) -> None:
        key = self.index.pod_at(packet.destination)
        pod = self.index.pod(key) if key else None
        self._egress(packet, pod)
        to = endpoint(packet.destination, packet.port)
        if pod is None:
            self.is_delivered = True
            what = f"the endpoint {to} on {node} gets it" if self._is_endpoint(packet.destination) else ""
            what = what or f"a program on {node} gets it at {to}, if one listens there"
            self._end(Hop("arrives", f"node {node}", what))
        self._ingress(packet, pod, node)
        self.is_delivered = True
        self._end(Hop("arrives", f"Pod {key} on {node}", f"{key} gets it at {to}{_readiness(pod)}"))

    # What policies ask for.

    def _egress(self, packet: Packet, to: Pod | None) -> None:
        if self.pod is not None:
            target = Target(packet.port, self.protocol, to)
            self._take(policy_hop(self.index, "egress", self.pod, Peer(packet.destination, to), target))

    def _ingress(self, packet: Packet, pod: Pod, node: str) -> None:
        """A node may always talk to the Pods on it, whatever policies ask."""
        if self.index.node_at(packet.source) == node:
            return
        sender = self.pod if self.pod is not None and packet.source in pod_addresses(self.pod) else None
        target = Target(packet.port, self.protocol, pod)
        self._take(policy_hop(self.index, "ingress", pod, Peer(packet.source, sender), target))

    def _take(self, hop: Hop | None) -> None:
        if hop is not None and hop.is_broken:
            self._end(hop)
        if hop is not None:
            self._hop(hop)


def _is_loopback(address: str) -> bool:
    return contains(LOOPBACK[family_of(address)], address)


def _left_out_text(index: Index, item: LeftOut) -> str:
    pod = index.pod(item.pod)
    detail = (probe_words(index, pod) if pod is not None and item.reason == "not-ready" else "") or item.detail
    since = f" since {item.since}" if item.since else ""
    return f"{item.pod}: {LEFT_OUT_WORDS[item.reason]}{since}{f' ({detail})' if detail else ''}"


def _readiness(pod: Pod) -> str:
    ready = next((item for item in pod.status.conditions or () if item.type == "Ready"), None)
    if pod.metadata.deletion_timestamp:
        return ", though it is being deleted"
    return ", though it is not ready" if ready is not None and ready.status != "True" else ""


def sender_from(routing: Routing, text: str) -> Sender:
    """Whom a text means: ``outside``, an address, a node's name, or a Pod's namespace/name.

    Raises :class:`TraceError` for what is none of them.
    """
    address = canonical(text)
    if text == "outside" or address is not None:
        pod = routing.index.pod_at(address or "")
        return Sender("pod", pod) if pod else Sender("outside", address or OUTSIDE_ADDRESS)
    if "/" in text:
        return Sender("pod", text)
    if routing.index.node(text) is not None:
        return Sender("node", text)
    raise TraceError(f"“{text}” is no node here; write namespace/name for a Pod, an address, or outside")
