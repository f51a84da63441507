"""Rules as ``nft list table`` writes them (nftables 1.0.6 and later)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from visualizer.routing.rules import (
    DNAT,
    MASQUERADE_MARK,
    Accept,
    Action,
    BalanceDNAT,
    BalanceGoto,
    ClearMark,
    Destination,
    DestinationInSet,
    Drop,
    Element,
    Goto,
    Hairpin,
    Holder,
    Hooked,
    Jump,
    LocalAddress,
    LookUp,
    Marked,
    Masquerade,
    Match,
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

_MARK: Final = f"0x{MASQUERADE_MARK:08x}"
_UNITS: Final = ((86_400, "d"), (3_600, "h"), (60, "m"), (1, "s"))
_SET_SIZE: Final = 65_535
"""What the kernel gives a dynamic set for which no size was asked."""


class _Words:
    """The words that differ between families."""

    def __init__(self, ruleset: Ruleset) -> None:
        self.ip = "ip6" if ruleset.family == "IPv6" else "ip"
        self.key_types = {
            "address": "ipv6_addr" if ruleset.family == "IPv6" else "ipv4_addr",
            "protocol": "inet_proto",
            "port": "inet_service",
        }


def lines(ruleset: Ruleset) -> Iterator[str]:
    """``nft list table ip kube-proxy``, or ``ip6``."""
    words = _Words(ruleset)
    yield f"table {words.ip} kube-proxy {{"
    yield '\tcomment "rules for kube-proxy"'
    for holder in ruleset.holders.values():
        yield from _holder_lines(holder, ruleset.elements.get(holder.name, []), words)
        yield ""
    chains = sorted(ruleset.chains.items(), key=lambda item: _order(item[0][1]))
    for number, ((_, name), rules) in enumerate(chains, start=1):
        yield f"\tchain {name} {{"
        if comment := ruleset.chain_comments.get(name):
            yield f'\t\tcomment "{comment}"'
        if hooked := ruleset.hooked.get(("kube-proxy", name)):
            yield f"\t\t{_hook_text(hooked)}"
        yield from (f"\t\t{text_of(rule, ruleset)}" for rule in rules)
        yield "\t}"
        if number < len(chains):
            yield ""
    yield "}"


def text_of(rule: Rule, ruleset: Ruleset) -> str:
    """One rule as a line, without its chain."""
    words = _Words(ruleset)
    parts = [_match_text(match, words) for match in rule.matches]
    parts += [_action_text(action, words) for action in rule.actions]
    if rule.comment:
        parts.append(f'comment "{rule.comment}"')
    return " ".join(parts)


def element_text(element: Element) -> str:
    """One element of a set or map, as nft lists it."""
    text = " . ".join(element.key)
    if element.comment:
        text += f' comment "{element.comment}"'
    if isinstance(element.verdict, Goto):
        return f"{text} : goto {element.verdict.chain}"
    return f"{text} : drop" if element.verdict is not None else text


def duration(seconds: int) -> str:
    """``1h30m``."""
    text = ""
    for size, unit in _UNITS:
        if seconds >= size:
            text += f"{seconds // size}{unit}"
            seconds %= size
    return text or "0s"


def _order(chain: str) -> tuple[bool, str]:
    """The chains that all share come first, as they were made; then each port's, by the Service's name."""
    return ("/" in chain, chain.partition("-")[2].partition("-")[2] + chain if "/" in chain else "")


def _holder_lines(holder: Holder, elements: list[Element], words: _Words) -> Iterator[str]:
    yield f"\t{'map' if holder.is_map else 'set'} {holder.name} {{"
    types = " . ".join(words.key_types[key] for key in holder.key_types)
    yield f"\t\ttype {types}{' : verdict' if holder.is_map else ''}"
    if holder.timeout_seconds:
        yield f"\t\tsize {_SET_SIZE}"
        yield "\t\tflags dynamic,timeout"
        yield f"\t\ttimeout {duration(holder.timeout_seconds)}"
    if holder.comment:
        yield f'\t\tcomment "{holder.comment}"'
    if elements:
        in_a_line = 2 if holder.key_types == ("address",) else 1
        texts = [element_text(element) for element in elements]
        rows = [", ".join(texts[start : start + in_a_line]) for start in range(0, len(texts), in_a_line)]
        joined = ",\n\t\t\t     ".join(rows)
        yield f"\t\telements = {{ {joined} }}"
    yield "\t}"


def _hook_text(hooked: Hooked) -> str:
    kind = "nat" if hooked.is_nat else "filter"
    return f"type {kind} hook {hooked.hook} priority {_priority(hooked)}; policy accept;"


def _priority(hooked: Hooked) -> str:
    """A priority is named where the name is known for the hook: dstnat only where packets come in."""
    number = hooked.priority
    if number == 0:
        return "filter"
    if hooked.hook == "postrouting" and number == 100:
        return "srcnat"
    if hooked.hook == "prerouting":
        off = number + 100
        return "dstnat" if off == 0 else f"dstnat {'+' if off > 0 else '-'} {abs(off)}"
    return str(number)


def _match_text(match: Match, words: _Words) -> str:
    ip = words.ip
    if isinstance(match, Protocol):
        return f"{match.protocol} dport {match.port}" if match.port else f"meta l4proto {match.protocol}"
    if isinstance(match, Marked):
        return f"meta mark & {_MARK} {'==' if match.is_negated else '!='} 0x00000000"
    if isinstance(match, State):
        return f"ct state {','.join(state.lower() for state in match.states)}"
    if isinstance(match, Hairpin):
        return f"ct status dnat {ip} saddr . {ip} daddr . meta l4proto . th dport @{match.set}"
    return _address_text(match, ip)


def _address_text(match: Match, ip: str) -> str:
    if isinstance(match, Source):
        return f"{ip} saddr {'!= ' if match.is_negated else ''}{match.network}"
    if isinstance(match, SourceNotIn):
        networks = ", ".join(match.networks)
        return f"{ip} saddr != {f'{{ {networks} }}' if match.is_set else networks}"
    if isinstance(match, Destination):
        networks = ", ".join(match.networks)
        return f"{ip} daddr {networks if len(match.networks) == 1 else f'{{ {networks} }}'}"
    if isinstance(match, DestinationInSet):
        return f"{ip} daddr @{match.name}"
    if isinstance(match, LocalAddress):
        return f"fib {'saddr' if match.side == 'source' else 'daddr'} type local"
    if isinstance(match, Remembered):
        return f"{ip} saddr @{match.name}"
    raise TypeError(f"{type(match).__name__} is no match of nftables")


def _action_text(action: Action, words: _Words) -> str:
    ip = words.ip
    if isinstance(action, Jump):
        return f"jump {action.chain}"
    if isinstance(action, Goto):
        return f"goto {action.chain}"
    if isinstance(action, DNAT):
        address = f"[{action.address}]" if ":" in action.address else action.address
        return f"dnat to {address}:{action.port}"
    if isinstance(action, BalanceDNAT):
        to = ", ".join(f"{number} : {item.address} . {item.port}" for number, item in enumerate(action.endpoints))
        return f"dnat {ip} to numgen random mod {len(action.endpoints)} map {{ {to} }}"
    if isinstance(action, BalanceGoto):
        to = ", ".join(f"{number} : goto {chain}" for number, chain in enumerate(action.chains))
        return f"numgen random mod {len(action.chains)} vmap {{ {to} }}"
    if isinstance(action, Remember):
        return f"update @{action.name} {{ {ip} saddr }}"
    if isinstance(action, LookUp):
        address = f"{ip} daddr . " if action.with_address else ""
        return f"{address}meta l4proto . th dport vmap @{action.map}"
    if isinstance(action, SetMark):
        return f"meta mark set meta mark | {_MARK}"
    if isinstance(action, ClearMark):
        return f"meta mark set meta mark ^ {_MARK}"
    words_of: dict[type[Action], str] = {
        Masquerade: "masquerade fully-random", Return: "return", Accept: "accept", Drop: "drop", Reject: "reject"
    }  # fmt: skip
    return words_of[type(action)]
