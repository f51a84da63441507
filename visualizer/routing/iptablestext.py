"""Rules as ``iptables-save`` writes them (iptables 1.8: extensions/libxt_*.c and iptables/iptables-save.c)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from visualizer.routing.rules import (
    DNAT,
    MASQUERADE_MARK,
    Accept,
    Action,
    ChainKey,
    Chance,
    ClearMark,
    Counted,
    Destination,
    Drop,
    Jump,
    LocalAddress,
    Marked,
    Masquerade,
    Match,
    NotLoopback,
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

_MARK: Final = f"0x{MASQUERADE_MARK:x}"
_POLICY_ORDER: Final = ("PREROUTING", "INPUT", "FORWARD", "OUTPUT", "POSTROUTING")
_STATE_ORDER: Final = ("INVALID", "NEW", "RELATED", "ESTABLISHED", "UNTRACKED", "SNAT", "DNAT")
_MASKS: Final = {"IPv4": "255.255.255.255", "IPv6": "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"}
_CHANCE_STEPS: Final = 1 << 31
"""The kernel keeps a probability in 31 bits."""


def lines(ruleset: Ruleset) -> Iterator[str]:
    """``iptables-save -t nat``, then ``-t filter``, without counters and dates."""
    for table in ("nat", "filter"):
        yield f"*{table}"
        yield from _table_lines(ruleset, table)
        yield "COMMIT"


def text_of(rule: Rule, ruleset: Ruleset) -> str:
    """One rule as a line, ``-A`` and its chain first."""
    key = rule.table, rule.chain
    comment = rule.comment
    if ruleset.is_large and rule.owner is not None and rule.owner.endpoint:
        comment = ""
    parts = [f"-A {rule.chain}"]
    parts += _leading(rule)
    said = f'-m comment --comment "{comment}"' if comment else ""
    later = [text for match in rule.matches if (text := _match_text(match, ruleset))]
    remembered = [_remember(action, ruleset) for action in rule.actions if isinstance(action, Remember)]
    if key in ruleset.built_in:
        parts += [*later, said]
    else:
        parts += [said, *remembered, *later]
    parts += [_action_text(action, ruleset) for action in rule.actions if not isinstance(action, Remember)]
    return " ".join(part for part in parts if part)


def chance(out_of: int) -> str:
    """``--probability``: what kube-proxy writes with ten digits, as the kernel keeps it and eleven digits show it."""
    asked = float(f"{1 / out_of:.10f}")
    return f"{round(asked * _CHANCE_STEPS) / _CHANCE_STEPS:.11f}"


def _table_lines(ruleset: Ruleset, table: Table) -> Iterator[str]:
    built_in = [name for name in _POLICY_ORDER if (table, name) in ruleset.chains]
    others = sorted(name for of, name in ruleset.chains if of == table and name not in built_in)
    yield from (f":{name} ACCEPT [0:0]" for name in built_in)
    yield from (f":{name} - [0:0]" for name in others)
    for name in (*built_in, *others):
        key: ChainKey = table, name
        for rule in ruleset.chains[key]:
            yield text_of(rule, ruleset)


def _leading(rule: Rule) -> Iterator[str]:
    """Addresses and protocol come before everything else, in this order, whatever order they were given in."""
    for match in rule.matches:
        if isinstance(match, Source):
            yield f"{'! ' if match.is_negated else ''}-s {match.network}"
    for match in rule.matches:
        if isinstance(match, Destination):
            yield f"-d {match.networks[0]}"
        elif isinstance(match, NotLoopback):
            yield "! -d ::1/128"
    for match in rule.matches:
        if isinstance(match, Protocol):
            yield f"-p {match.protocol}"


def _match_text(match: Match, ruleset: Ruleset) -> str:
    if isinstance(match, Protocol):
        return f"-m {match.protocol} --dport {match.port}" if match.port else f"-m {match.protocol}"
    if isinstance(match, Chance):
        return f"-m statistic --mode random --probability {chance(match.out_of)}"
    if isinstance(match, Remembered):
        mask = _MASKS[ruleset.family]
        return f"-m recent --rcheck --seconds {match.seconds} --reap --name {match.name} --mask {mask} --rsource"
    if isinstance(match, State):
        states = ",".join(state for state in _STATE_ORDER if state in match.states)
        return f"-m conntrack {'! ' if match.is_negated else ''}--ctstate {states}"
    if isinstance(match, Marked):
        return f"-m mark {'! ' if match.is_negated else ''}--mark {_MARK}/{_MARK}"
    if isinstance(match, LocalAddress):
        return f"-m addrtype --{'src' if match.side == 'source' else 'dst'}-type LOCAL"
    if isinstance(match, Counted):
        return f"-m nfacct --nfacct-name  {match.name}"
    return ""


def _remember(action: Remember, ruleset: Ruleset) -> str:
    return f"-m recent --set --name {action.name} --mask {_MASKS[ruleset.family]} --rsource"


def _action_text(action: Action, ruleset: Ruleset) -> str:
    if isinstance(action, Jump):
        return f"-j {action.chain}"
    if isinstance(action, DNAT):
        return f"-j DNAT --to-destination {_endpoint(action)}"
    if isinstance(action, Reject):
        kind = "icmp6-port-unreachable" if ruleset.family == "IPv6" else "icmp-port-unreachable"
        return f"-j REJECT --reject-with {kind}"
    if isinstance(action, SetMark):
        return f"-j MARK --set-xmark {_MARK}/{_MARK}"
    if isinstance(action, ClearMark):
        return f"-j MARK --set-xmark {_MARK}/0x0"
    if isinstance(action, Masquerade):
        return "-j MASQUERADE --random-fully"
    names: dict[type[Action], str] = {Return: "RETURN", Accept: "ACCEPT", Drop: "DROP"}
    return f"-j {names[type(action)]}"


def _endpoint(action: DNAT) -> str:
    return f"[{action.address}]:{action.port}" if ":" in action.address else f"{action.address}:{action.port}"
