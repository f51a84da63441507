"""What differs between rules pasted from a node and those expected there, Service by Service."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from typing import Final

from msgspec import Struct

from visualizer.routing import iptablestext, nftablestext
from visualizer.routing.pasted import Pasted, PasteError, read_own
from visualizer.routing.proxy import Proxy

_COMMENT: Final = re.compile(r'comment "([^"]*)"')
_LABEL: Final = re.compile(r"\b([a-z0-9][a-z0-9.-]*/[a-z0-9][a-z0-9-]*)(?::[a-z0-9-]+)?")
_NFT_NAME: Final = re.compile(r"(?:service|local|external|firewall|endpoint|affinity)-[A-Z2-7]{8}-([^/\s]+/[^/\s]+)/")
_TEXTS: Final = {"iptables": iptablestext.lines, "nftables": nftablestext.lines}


class Difference(Struct, frozen=True):
    """What differs in one chain, set or map: the lines that only the node has, and those that only were expected.

    ``is_reordered`` says that the lines are the same and their order is not.
    """

    chain: str
    found: tuple[str, ...] = ()
    expected: tuple[str, ...] = ()
    is_reordered: bool = False


class ServiceDifference(Struct, frozen=True):
    """All that differs for one Service (namespace/name), or for no one's in particular (empty)."""

    service: str
    differences: tuple[Difference, ...]


def compare(pasted: Pasted, proxy: Proxy) -> list[ServiceDifference]:
    """What differs, Services by name, and last what belongs to none. An empty list: the node has what is expected.

    In a chain that ports share, the order of different ports' rules does not count, as kube-proxy does not fix it.
    Raises :class:`PasteError` where the paste is of another mode or family than the proxy.
    """
    if (pasted.mode, pasted.family) != (proxy.mode, proxy.settings.family):
        raise PasteError(
            f"the rules pasted are of {pasted.mode} and {pasted.family}, and these are of {proxy.mode} and "
            f"{proxy.settings.family}"
        )
    expected = read_own(_TEXTS[proxy.mode](proxy.ruleset()))
    owners = _owners(expected, pasted.lines)
    found: dict[str, list[Difference]] = defaultdict(list)
    for chain in sorted(expected.keys() | pasted.lines.keys()):
        ours = _by_port(chain, expected.get(chain, []), owners)
        theirs = _by_port(chain, pasted.lines.get(chain, []), owners)
        for label in sorted(ours.keys() | theirs.keys()):
            difference = _differ(chain, theirs.get(label, []), ours.get(label, []))
            if difference is not None:
                found[label.partition(":")[0]].append(difference)
        if chain not in pasted.lines and not expected[chain]:
            found[owners.get(chain, "")].append(Difference(chain, expected=("(the chain itself)",)))
    return [
        ServiceDifference(service, tuple(found[service])) for service in sorted(found, key=lambda key: (not key, key))
    ]


def lines_of(found: list[ServiceDifference]) -> Iterator[str]:
    """What differs, to be read: ``-`` is missing on the node, ``+`` is there beside what is expected."""
    if not found:
        yield "The node has what is expected."
    for item in found:
        yield item.service or "(no Service's)"
        for difference in item.differences:
            yield f"  {difference.chain}{': in another order' if difference.is_reordered else ''}"
            yield from (f"    - {line}" for line in difference.expected)
            yield from (f"    + {line}" for line in difference.found)


def _differ(chain: str, theirs: list[str], ours: list[str]) -> Difference | None:
    if theirs == ours:
        return None
    have, want = Counter(theirs), Counter(ours)
    only_there, only_here = tuple((have - want).elements()), tuple((want - have).elements())
    return Difference(chain, only_there, only_here, is_reordered=not only_there and not only_here)


def _by_port(chain: str, lines: list[str], owners: Mapping[str, str]) -> dict[str, list[str]]:
    """A chain's lines in order for each port (``shop/web:http``), or for the Service whose chain it is."""
    found: dict[str, list[str]] = defaultdict(list)
    whole = owners.get(chain)
    for line in lines:
        found[whole if whole is not None else _label_in(line, owners)].append(line)
    return found


def _owners(*rules: Mapping[str, list[str]]) -> dict[str, str]:
    """Whose each chain, set or map is: nftables names the Service, iptables says it in a chain's comments."""
    owners: dict[str, str] = {}
    for lines in rules:
        for chain, found in lines.items():
            named = _NFT_NAME.search(chain)
            if named:
                owners[chain] = named[1]
            elif re.search(r" KUBE-(SVC|SVL|EXT|FW|SEP)-", chain):
                for label in _labels_in_comments(found):
                    owners.setdefault(chain, label.partition(":")[0])
                    break
    _follow_jumps(owners, rules)
    return owners


def _follow_jumps(owners: dict[str, str], rules: tuple[Mapping[str, list[str]], ...]) -> None:
    """In a large cluster endpoints have no comments: their chains belong to whose chain jumps to them."""
    for lines in rules:
        for chain, found in lines.items():
            owner = owners.get(chain)
            for line in found if owner is not None else ():
                jump = re.search(r"-j (KUBE-SEP-\S+)", line)
                if jump and owner is not None:
                    owners.setdefault(f"nat {jump[1]}", owner)


def _labels_in_comments(lines: list[str]) -> Iterator[str]:
    for line in lines:
        for comment in _COMMENT.findall(line):
            label = _LABEL.search(comment)
            if label:
                yield label[0]


def _label_in(line: str, owners: Mapping[str, str]) -> str:
    """Whose a line of a shared chain or map is: its comment, or the chain that it leads to, says so."""
    named = _NFT_NAME.search(line)
    if named:
        return named[1]
    for label in _labels_in_comments([line]):
        return label
    jump = re.search(r"-j (KUBE-\S+)", line)
    return owners.get(f"nat {jump[1]}", "") if jump else ""
