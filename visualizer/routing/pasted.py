"""Rules that somebody pasted from a node, chain by chain: of ``iptables-save``, ``nft list ruleset`` or ``list table``.

Whatever else is in the text (other programs' chains and tables, counters, dates) is passed over. Lines are brought to
one form: what a rule says remains, how often it matched does not.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from msgspec import Struct

from visualizer.routing.addresses import Family
from visualizer.routing.rules import Mode

_IPTABLES_COUNTERS: Final = re.compile(r"^\[\d+:\d+\] ")
_IPTABLES_CHAIN: Final = re.compile(r":(\S+)")
_NFT_COUNTERS: Final = re.compile(r" ?counter packets \d+ bytes \d+")
_NFT_TABLE: Final = re.compile(r"table (ip6?) kube-proxy \{")
_NFT_BLOCK: Final = re.compile(r"\s+((?:chain|set|map) \S+) \{")
_TIMEOUT_LEFT: Final = re.compile(r" expires \S+| timeout \S+(?= expires)")
_EQUAL: Final = {"--xor-mark 0x4000": "--set-xmark 0x4000/0x0", "--or-mark 0x4000": "--set-xmark 0x4000/0x4000"}


class PasteError(ValueError):
    """What was pasted is neither; the message says so in a sentence."""


class Pasted(Struct, frozen=True):
    """What was read. ``lines`` are by chain (``nat KUBE-SERVICES``), set or map, in order; elements are a line each."""

    mode: Mode
    family: Family
    lines: dict[str, list[str]]


def read_pasted(text: str) -> Pasted:
    """What is kube-proxy's in the text.

    Raises :class:`PasteError` where there is nothing of it.
    """
    tables = _nft_tables(text)
    if tables:
        name = "ip" if "ip" in tables else "ip6"
        return Pasted("nftables", "IPv6" if name == "ip6" else "IPv4", dict(_nft_blocks(tables[name])))
    if re.search(r"^\*(nat|filter)\s*$", text, re.MULTILINE):
        lines = _iptables_chains(text)
        if not any(" KUBE-" in chain for chain in lines):
            raise PasteError("this is of iptables, but no chain in it is kube-proxy's: their names begin with KUBE-")
        is_six = re.search(r"icmp6|::1/128|-d \S*::", text) is not None
        return Pasted("iptables", "IPv6" if is_six else "IPv4", lines)
    raise PasteError("this is neither what iptables-save nor what “nft list ruleset” prints of kube-proxy")


def read_own(lines: Iterator[str]) -> dict[str, list[str]]:
    """The same of rules that were made here."""
    return read_pasted("\n".join(lines)).lines


def _iptables_chains(text: str) -> dict[str, list[str]]:
    chains: dict[str, list[str]] = {}
    table = ""
    for raw in text.splitlines():
        line = _IPTABLES_COUNTERS.sub("", raw.strip())
        if line.startswith("*"):
            table = line[1:].strip()
        elif declared := _IPTABLES_CHAIN.match(line):
            chains.setdefault(f"{table} {declared[1]}", [])
        elif line.startswith("-A "):
            chains.setdefault(f"{table} {line.split()[1]}", []).append(_iptables_rule(line))
    return {name: rules for name, rules in chains.items() if _is_kube_proxys(name)}


def _is_kube_proxys(chain: str) -> bool:
    name = chain.rpartition(" ")[2]
    return name.startswith("KUBE-") and not name.endswith("CANARY") and not name.startswith("KUBE-KUBELET")


def _iptables_rule(line: str) -> str:
    text = " ".join(line.split())
    for written, meant in _EQUAL.items():
        text = text.replace(written, meant)
    return text


def _nft_tables(text: str) -> dict[str, list[str]]:
    """The lines of kube-proxy's own tables, by ``ip`` or ``ip6``, those that end."""
    tables: dict[str, list[str]] = {}
    name, lines = "", list[str]()
    for line in text.splitlines():
        if begun := _NFT_TABLE.match(line):
            name, lines = begun[1], []
        elif name and line.startswith("}"):
            tables[name], name = lines, ""
        elif name:
            lines.append(line)
    return tables


def _nft_blocks(table: list[str]) -> Iterator[tuple[str, list[str]]]:
    name, body = "", list[str]()
    for line in table:
        if not name:
            begun = _NFT_BLOCK.match(line)
            name, body = (begun[1], []) if begun else ("", [])
        elif line.lstrip().startswith("}"):
            yield name, _nft_lines(name, "\n".join(body))
            name = ""
        else:
            body.append(line)


def _nft_lines(name: str, body: str) -> list[str]:
    """A block's lines, and its elements, sorted, after them."""
    before, _, elements = body.partition("elements = {")
    lines = [_NFT_COUNTERS.sub("", line.strip()).strip() for line in before.splitlines() if line.strip()]
    if name.split()[1].startswith("affinity-"):
        return lines  # whom a node remembers is not programmed
    found = [" ".join(item.split()) for item in elements.rpartition("}")[0].split(",")]
    return [*lines, *sorted(_TIMEOUT_LEFT.sub("", item) for item in found if item)]
