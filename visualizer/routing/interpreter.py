"""A walk of a packet through the rules, as the kernel does it: hook by hook, chain by chain, rule by rule.

It knows nothing of Services: only the rules speak. Where they choose at random, every choice is walked.
"""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import ip_address
from typing import Final, Literal

from msgspec import Struct
from msgspec.structs import replace

from visualizer.routing.addresses import LOOPBACK, contains
from visualizer.routing.packets import Packet, Step, Verdict, Way
from visualizer.routing.rules import (
    DNAT,
    Accept,
    Action,
    BalanceDNAT,
    BalanceGoto,
    ChainKey,
    Chance,
    ClearMark,
    Destination,
    DestinationInSet,
    Drop,
    Element,
    Goto,
    Hairpin,
    Hook,
    Jump,
    LocalAddress,
    LookUp,
    Marked,
    Masquerade,
    Match,
    NotLoopback,
    Protocol,
    Reject,
    Remembered,
    Return,
    Rule,
    Ruleset,
    SetMark,
    Source,
    SourceNotIn,
    State,
)

_End = Literal["on", "return", "accept", "drop", "reject"]
"""How a rule leaves a packet: on to the next rule, back from the chain, or decided."""

_VERDICTS: Final[dict[_End, Verdict]] = {"drop": "dropped", "reject": "refused"}


class _Walk(Struct, frozen=True, gc=False):
    """A packet on its way, so far."""

    chance: float
    destination: str
    port: int
    hook: Hook
    is_marked: bool = False
    is_translated: bool = False
    is_masqueraded: bool = False
    steps: tuple[Step, ...] = ()


_Ended = tuple[_Walk, _End]


class Interpreter:
    """Walks packets through one node's rules. ``local`` are the node's own addresses, beside loopback."""

    def __init__(self, ruleset: Ruleset, local: tuple[str, ...]) -> None:
        self._ruleset = ruleset
        self._local = frozenset(local)
        self._elements = {
            name: {element.key: element for element in elements} for name, elements in ruleset.elements.items()
        }
        self._hooks: dict[Hook, list[ChainKey]] = {}
        for key, hooked in sorted(ruleset.hooked.items(), key=lambda item: item[1].priority):
            self._hooks.setdefault(hooked.hook, []).append(key)

    def walk(self, packet: Packet) -> list[Way]:
        """Every way that the packet may go, the chances adding up to one.

        The packet is the first of its connection, and its source was not here before (no affinity is remembered).
        """
        first: Hook = "output" if packet.is_from_node else "prerouting"
        start = _Walk(1.0, packet.destination, packet.port, first)
        done: list[_Ended] = []
        for walk in self._through([(start, "on")], first, packet, done):
            hooks = self._rest(walk, packet)
            ended: list[_Ended] = [(walk, "on")]
            for hook in hooks:
                ended = [(left, "on") for left in self._through(ended, hook, packet, done)]
            done += ended
        return [_way(walk, end) for walk, end in done]

    def _rest(self, walk: _Walk, packet: Packet) -> tuple[Hook, ...]:
        """The hooks after the first, by where the packet goes by then. What stays on the node comes in again."""
        is_here = self._is_local(walk.destination)
        if packet.is_from_node:
            return ("postrouting", "input") if is_here else ("postrouting",)
        return ("input",) if is_here else ("forward", "postrouting")

    def _through(self, walks: list[_Ended], hook: Hook, packet: Packet, done: list[_Ended]) -> list[_Walk]:
        """The walks that pass all chains of a hook; what does not is put to ``done``."""
        left = [replace(walk, hook=hook) for walk, _ in walks]
        for key in self._hooks.get(hook, ()):
            passed = []
            for walk in left:
                for after, end in self._chain(key, walk, packet):
                    if end in _VERDICTS:
                        done.append((after, end))
                    else:
                        passed.append(after)
            left = passed
        return left

    def _chain(self, key: ChainKey, walk: _Walk, packet: Packet) -> list[_Ended]:
        walks, ended = [walk], list[_Ended]()
        for rule in self._ruleset.chains.get(key, ()):
            left = []
            for current in walks:
                for after, is_matched in self._match(rule, current, packet):
                    if not is_matched:
                        left.append(after)
                        continue
                    for acted, end in self._act(rule, after, packet):
                        if end == "on":
                            left.append(acted)
                        else:
                            ended.append((acted, end))
            walks = left
            if not walks:
                break
        return ended + [(left_over, "on") for left_over in walks]

    def _match(self, rule: Rule, walk: _Walk, packet: Packet) -> Iterator[tuple[_Walk, bool]]:
        out_of = 0
        for match in rule.matches:
            if isinstance(match, Chance):
                out_of = match.out_of
            elif not self._holds(match, walk, packet):
                yield walk, False
                return
        if out_of:
            yield replace(walk, chance=walk.chance / out_of), True
            yield replace(walk, chance=walk.chance * (out_of - 1) / out_of), False
        else:
            yield walk, True

    def _holds(self, match: Match, walk: _Walk, packet: Packet) -> bool:
        if isinstance(match, Protocol):
            return match.protocol == packet.protocol.lower() and match.port in (0, walk.port)
        if isinstance(match, Marked):
            return walk.is_marked != match.is_negated
        if isinstance(match, State):
            states = {"NEW", "DNAT"} if walk.is_translated else {"NEW"}
            return bool(states.intersection(match.states)) != match.is_negated
        if isinstance(match, Hairpin):
            key = (packet.source, walk.destination, packet.protocol.lower(), str(walk.port))
            return walk.is_translated and key in self._elements[match.set]
        if isinstance(match, Remembered):
            return False
        return self._holds_address(match, walk, packet)

    def _holds_address(self, match: Match, walk: _Walk, packet: Packet) -> bool:
        if isinstance(match, Source):
            return contains(match.network, packet.source) != match.is_negated
        if isinstance(match, SourceNotIn):
            return not any(_is_in(item, packet.source) for item in match.networks)
        if isinstance(match, Destination):
            return any(contains(item, walk.destination) for item in match.networks)
        if isinstance(match, DestinationInSet):
            return (walk.destination,) in self._elements[match.name]
        if isinstance(match, LocalAddress):
            return self._is_local(packet.source if match.side == "source" else walk.destination)
        if isinstance(match, NotLoopback):
            return not contains(LOOPBACK[self._ruleset.family], walk.destination)
        return True

    def _act(self, rule: Rule, walk: _Walk, packet: Packet) -> list[_Ended]:
        element = None
        actions = rule.actions
        if actions and isinstance(actions[0], LookUp):
            element = self._look_up(actions[0], walk, packet)
            if element is None or element.verdict is None:
                return [(walk, "on")]
            actions = (element.verdict,)
        ended: list[_Ended] = [(replace(walk, steps=(*walk.steps, Step(walk.hook, rule, element))), "on")]
        for action in actions:
            following: list[_Ended] = []
            for current, end in ended:
                following += self._do(action, rule, current, packet) if end == "on" else [(current, end)]
            ended = following
        return ended

    def _look_up(self, action: LookUp, walk: _Walk, packet: Packet) -> Element | None:
        key = (packet.protocol.lower(), str(walk.port))
        return self._elements[action.map].get((walk.destination, *key) if action.with_address else key)

    def _do(self, action: Action, rule: Rule, walk: _Walk, packet: Packet) -> list[_Ended]:
        if isinstance(action, Jump | Goto):
            return self._enter(action, rule, walk, packet)
        if isinstance(action, BalanceGoto):
            share = replace(walk, chance=walk.chance / len(action.chains))
            return [end for chain in action.chains for end in self._enter(Goto(chain), rule, share, packet)]
        if isinstance(action, DNAT):
            return [(_translated(walk, action), "accept")]
        if isinstance(action, BalanceDNAT):
            share = replace(walk, chance=walk.chance / len(action.endpoints))
            return [(_translated(share, to), "accept") for to in action.endpoints]
        if isinstance(action, SetMark | ClearMark):
            return [(replace(walk, is_marked=isinstance(action, SetMark)), "on")]
        if isinstance(action, Masquerade):
            return [(replace(walk, is_masqueraded=True), "accept")]
        ends: dict[type[Action], _End] = {Return: "return", Accept: "accept", Drop: "drop", Reject: "reject"}
        return [(walk, ends.get(type(action), "on"))]

    def _enter(self, action: Jump | Goto, rule: Rule, walk: _Walk, packet: Packet) -> list[_Ended]:
        """Who falls out of a chain goes on after a jump, and goes back with it after a goto."""
        back: _End = "on" if isinstance(action, Jump) else "return"
        ended = self._chain((rule.table, action.chain), walk, packet)
        return [(after, back if end in ("on", "return") else end) for after, end in ended]

    def _is_local(self, address: str) -> bool:
        return address in self._local or contains(LOOPBACK[self._ruleset.family], address)


def _translated(walk: _Walk, to: DNAT) -> _Walk:
    return replace(walk, destination=to.address, port=to.port, is_translated=True)


def _is_in(item: str, address: str) -> bool:
    first, dash, last = item.partition("-")
    if not dash:
        return contains(item, address)
    return int(ip_address(first)) <= int(ip_address(address)) <= int(ip_address(last))


def _way(walk: _Walk, end: _End) -> Way:
    return Way(
        chance=walk.chance,
        verdict=_VERDICTS.get(end, "passes"),
        destination=walk.destination,
        port=walk.port,
        is_translated=walk.is_translated,
        is_masqueraded=walk.is_masqueraded,
        steps=walk.steps,
    )
