"""Questions about routing, answered for the wire: a Service's rules on a node, and a packet's way.

The answer is made from the objects as they stood when it was asked, aside from the play: taking them is quick.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from msgspec import Struct

from visualizer.frames import Resource
from visualizer.live import wire
from visualizer.live.history import History, NotInspectable, Place
from visualizer.moment import Moment
from visualizer.routing import iptablestext, nftablestext
from visualizer.routing.hops import TraceError
from visualizer.routing.model import Routing
from visualizer.routing.modes import Finding, mode_in_config
from visualizer.routing.proxy import Proxy
from visualizer.routing.rules import Owner, Rule, Ruleset
from visualizer.routing.trace import sender_from, trace
from visualizer.routing.tracetext import destination_from
from visualizer.store import Entry, Store

MOST_RULES: Final = 1_000
_TAKEN: Final = (
    "v1/services",
    "v1/endpoints",
    "v1/pods",
    "v1/nodes",
    "v1/namespaces",
    "v1/events",
    "discovery.k8s.io/v1/endpointslices",
    "networking.k8s.io/v1/networkpolicies",
    "networking.k8s.io/v1/servicecidrs",
)
"""What a packet's way depends on."""

_CONFIG_MAPS, _CONFIG_KEY = "v1/configmaps", "kube-system/kube-proxy"
_CONFIG_FILE: Final = "config.conf"
"""Where kubeadm, and others after it, put kube-proxy's configuration."""

READ: Final = frozenset({*_TAKEN, _CONFIG_MAPS})
"""The resources that answers depend on."""


class Unanswerable(ValueError):
    """The question cannot be answered; the message is for who asked."""


class Still(Struct, frozen=True):
    """The objects that are asked about, as after frame ``seq``, and where kube-proxy's ConfigMap was last written."""

    seq: int
    resources: Mapping[str, Resource]
    entries: Mapping[str, Mapping[str, Entry]]
    config: Entry | None = None


def look(moment: Moment) -> Still:
    """What stands at this moment, which may go on afterwards."""
    store = moment.store
    taken = [name for name in _TAKEN if name in store.resources]
    return Still(
        moment.seq,
        {name: store.resources[name] for name in taken},
        {name: dict(store.entries(name)) for name in taken},
        store.get(_CONFIG_MAPS, _CONFIG_KEY),
    )


def answer(question: wire.RoutingQuestion, still: Still, history: History) -> wire.RulesAnswer | wire.PacketAnswer:
    """The answer. ``history`` is of the same log. Raises :class:`Unanswerable`."""
    return tell(question, stand(still), still, history)


def stand(still: Still) -> Routing:
    """The routing of these objects, for all questions about them."""
    store = Store(still.resources)
    for name, entries in still.entries.items():
        store.fill(name, entries)
    return Routing.build(store)


def tell(
    question: wire.RoutingQuestion, routing: Routing, still: Still, history: History
) -> wire.RulesAnswer | wire.PacketAnswer:
    """The answer of this routing, which stands for these objects. Raises :class:`Unanswerable`."""
    match question:
        case wire.AskRules():
            return _rules(question, routing, still.seq, _finding(routing, still, history))
        case wire.FollowPacket():
            return _packet(question, routing, still.seq)


def _packet(asked: wire.FollowPacket, routing: Routing, seq: int) -> wire.PacketAnswer:
    try:
        host, port, protocol = destination_from(asked.to)
        sender = sender_from(routing, asked.sender)
        found = trace(
            routing, sender, host, port, protocol=protocol, mode=asked.mode, via=asked.via, choose=asked.choose
        )
    except TraceError as error:
        raise Unanswerable(f"{str(error)[:1].upper()}{str(error)[1:]}.") from error
    return wire.PacketAnswer(id=asked.id, seq=seq, way=found)


def _finding(routing: Routing, still: Still, history: History) -> Finding:
    """Which mode it runs in: what its ConfigMap says, else what the Pods tell."""
    config = still.config
    if config is None:
        return routing.mode()
    place = Place(
        f"{_CONFIG_MAPS}:{_CONFIG_KEY}", _CONFIG_MAPS, _CONFIG_KEY, "ConfigMap", config.seq, config.item, config.object
    )
    try:
        data = history.see(place).raw.get("data")
    except NotInspectable:
        return routing.mode()
    text = data.get(_CONFIG_FILE) if isinstance(data, dict) else None
    return mode_in_config(text) if isinstance(text, str) else routing.mode()


def _rules(asked: wire.AskRules, routing: Routing, seq: int, found: Finding) -> wire.RulesAnswer:
    node, service = routing.index.node(asked.node), routing.index.service(asked.service)
    if node is None or service is None:
        missing = f"node {asked.node}" if node is None else f"Service {asked.service}"
        raise Unanswerable(f"There is no {missing} at this moment.")
    proxy = Proxy(routing.settings(node, asked.family), asked.mode)
    proxy.put(service, routing.index.slices(asked.service))
    ruleset = proxy.ruleset()
    told = [_rule(rule, ruleset) for rule in ruleset.rules() if rule.owner is not None]
    for elements in ruleset.elements.values():
        told += [
            wire.ProxyRule(chain=item.holder, text=nftablestext.element_text(item), **_owned(item.owner))
            for item in elements
            if item.owner is not None
        ]
    return wire.RulesAnswer(
        id=asked.id,
        seq=seq,
        service=asked.service,
        node=asked.node,
        mode=asked.mode,
        rules=told[:MOST_RULES],
        left_off=max(0, len(told) - MOST_RULES),
        proxy=found.kind,
        proxy_source=found.source,
        proxy_words=found.words,
    )


def _rule(rule: Rule, ruleset: Ruleset) -> wire.ProxyRule:
    text = (iptablestext if ruleset.mode == "iptables" else nftablestext).text_of(rule, ruleset)
    return wire.ProxyRule(chain=rule.chain, text=text, **_owned(rule.owner))


def _owned(owner: Owner | None) -> dict[str, str]:
    if owner is None:
        return {"port": "", "endpoint": ""}
    return {"port": owner.ref, "endpoint": owner.endpoint}
