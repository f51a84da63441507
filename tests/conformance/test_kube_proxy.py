"""kube-proxy's rules against what a real one programmed, in both modes.

Each file of ``kube-proxy/`` has random Services and EndpointSlices, one node, and the text that ``iptables-save`` and
``nft list table`` gave there. The chains must be the same, and in each the rules in order. Not fixed, and so compared
without their order, are the rules of different Services in a chain that they share, and the elements of nft sets and
maps. Counters, dates and canary chains do not count.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

import msgspec
import pytest
import zstandard

from visualizer.objects import Node
from visualizer.routing import iptablestext, nftablestext
from visualizer.routing.rules import Mode
from visualizer.routing.snapshot import Snapshot, read_snapshot

FOLDER = Path(__file__).parent / "kube-proxy"
FILES = sorted(path.name for path in FOLDER.glob("*.json.zst"))
SERVICE_OF_COMMENT = re.compile(r'--comment "([^" ]+)')
SHARED = ("KUBE-SERVICES", "KUBE-NODEPORTS", "KUBE-EXTERNAL-SERVICES", "KUBE-PROXY-FIREWALL")

SAVED_BEFORE_ITS_ZONE_WAS_KNOWN = {("services-25.json.zst", "iptables")}
"""There kube-proxy had only just started, and did not heed hints for zones yet, as it does when its node has none.

In the same file the nftables one does heed them, and so do all others.
"""

Chains = dict[str, list[str]]


class Recorded(msgspec.Struct):
    """What the real one programmed."""

    iptables_save: str
    nft: str


@cache
def read(name: str) -> tuple[Snapshot, Recorded]:
    raw = zstandard.ZstdDecompressor().stream_reader((FOLDER / name).read_bytes()).read()
    return read_snapshot(raw), msgspec.json.decode(raw, type=Recorded)


def ours(name: str, mode: Mode) -> str:
    snapshot, _ = read(name)
    if (name, mode) in SAVED_BEFORE_ITS_ZONE_WAS_KNOWN:
        snapshot = msgspec.structs.replace(snapshot, nodes=tuple(map(without_labels, snapshot.nodes)))
    ruleset = snapshot.proxy("node-2", mode).ruleset()
    return "\n".join((iptablestext if mode == "iptables" else nftablestext).lines(ruleset))


def without_labels(node: Node) -> Node:
    return msgspec.structs.replace(node, metadata=msgspec.structs.replace(node.metadata, labels=None))


def iptables_chains(text: str) -> Chains:
    """The rules by table and chain."""
    chains: Chains = {}
    table = ""
    for line in text.splitlines():
        if line.startswith("*"):
            table = line[1:]
        elif line.startswith(":"):
            chains[f"{table} {line[1:].split()[0]}"] = []
        elif line.startswith("-A "):
            chains[f"{table} {line.split()[1]}"].append(line)
    return {name: rules for name, rules in chains.items() if not name.endswith("-CANARY")}


def by_service(rules: Iterable[str]) -> dict[str, list[str]]:
    """A shared chain's rules, in order for each Service (by its port's name, which begins the comment)."""
    found = defaultdict(list)
    for rule in rules:
        comment = SERVICE_OF_COMMENT.search(rule)
        found[comment[1] if comment else ""].append(rule)
    return dict(found)


def nft_blocks(text: str) -> Iterator[tuple[str, list[str]]]:
    """Each chain, set and map with its lines; elements are one line each, sorted after all else."""
    for head, body in re.findall(r"^\t((?:chain|set|map) \S+) \{\n(.*?)^\t\}", text, re.MULTILINE | re.DOTALL):
        before, _, elements = body.partition("elements = {")
        items = [" ".join(item.split()) for item in elements.rpartition("}")[0].split(",")]
        yield head, [line.strip() for line in before.strip().splitlines()] + sorted(filter(None, items))


@pytest.mark.parametrize("name", FILES)
def test_iptables(name: str) -> None:
    expected, actual = iptables_chains(read(name)[1].iptables_save), iptables_chains(ours(name, "iptables"))
    assert sorted(actual) == sorted(expected)
    for chain, rules in expected.items():
        if chain.split()[1] in SHARED:
            assert by_service(actual[chain]) == by_service(rules), chain
            assert actual[chain][-1:] == rules[-1:] or "NOTE: this must be the last" not in rules[-1], chain
        else:
            assert actual[chain] == rules, chain


@pytest.mark.parametrize("name", FILES)
def test_nftables(name: str) -> None:
    expected, actual = dict(nft_blocks(read(name)[1].nft)), dict(nft_blocks(ours(name, "nftables")))
    assert sorted(actual) == sorted(expected)
    for block, lines in expected.items():
        assert actual[block] == lines, block


def test_there_are_files() -> None:
    assert len(FILES) >= 6
