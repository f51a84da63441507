"""Rules: what kube-proxy programs, as plain data that iptables and nftables share.

A rule is a list of matches, all of which must hold, and of actions, done in order. ``owner`` says for which port of
which Service, and where it is for one endpoint only, for which. The texts of ``iptables-save`` and ``nft list`` are
written from these, and packets are walked through them, so that both show one thing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, MutableMapping
from typing import Final, Literal

from msgspec import Struct

from visualizer.routing.addresses import Family

Mode = Literal["iptables", "nftables"]
Table = Literal["nat", "filter", "kube-proxy"]
"""iptables has one for each purpose; nftables' chains are all in one of kube-proxy's own."""
Hook = Literal["prerouting", "input", "forward", "output", "postrouting"]
ChainKey = tuple[Table, str]

MASQUERADE_MARK: Final = 0x4000
"""kube-proxy's default masquerade bit, 14 (``--iptables-masquerade-bit``)."""


class Owner(Struct, frozen=True, gc=False):
    """Whom a rule belongs to: the Service (namespace/name), the port's name and protocol, the endpoint or nothing."""

    service: str
    port: str
    protocol: str
    endpoint: str = ""

    @property
    def ref(self) -> str:
        """The port's (:func:`port_ref`)."""
        return port_ref(self.service, self.port, self.protocol)


def port_ref(service: str, name: str, protocol: str) -> str:
    """A port's name everywhere outside of rules: ``shop/web:http/TCP``."""
    return f"{service}:{name}/{protocol}"


class _Part(Struct, frozen=True, gc=False):
    """Settings that matches and actions share."""


# Matches.


class Source(_Part, frozen=True):
    """The packet comes from this network (or does not)."""

    network: str
    is_negated: bool = False


class SourceNotIn(_Part, frozen=True):
    """The packet comes from none of these networks, as nft keeps them: in order and merged."""

    networks: tuple[str, ...]
    is_set: bool


class Destination(_Part, frozen=True):
    """The packet goes to one of these networks."""

    networks: tuple[str, ...]


class DestinationInSet(_Part, frozen=True):
    """The packet goes to an address of a named set."""

    name: str


class NotLoopback(_Part, frozen=True):
    """The packet does not go to the loopback network."""


class Protocol(_Part, frozen=True):
    """The packet is of this protocol (``tcp``), and goes to this port where it is not 0."""

    protocol: str
    port: int = 0


class LocalAddress(_Part, frozen=True):
    """The packet's source or destination is an address of the node itself."""

    side: Literal["source", "destination"]


class Marked(_Part, frozen=True):
    """The packet bears the masquerade mark (or does not)."""

    is_negated: bool = False


class State(_Part, frozen=True):
    """Connection tracking has the packet in one of these states (or not): NEW, ESTABLISHED, RELATED, INVALID, DNAT."""

    states: tuple[str, ...]
    is_negated: bool = False


class Chance(_Part, frozen=True):
    """One packet in ``out_of`` matches, at random."""

    out_of: int


class Remembered(_Part, frozen=True):
    """The source was sent to this endpoint before, within so many seconds. ``name`` is a recent list or an nft set."""

    name: str
    seconds: int


class Counted(_Part, frozen=True):
    """Counts the packet under a name (nfacct), and always holds."""

    name: str


class Hairpin(_Part, frozen=True):
    """The packet was sent back to where it came from: it is DNATed, and source and destination are in the set."""

    set: str


Match = (
    Source | SourceNotIn | Destination | DestinationInSet | NotLoopback | Protocol | LocalAddress | Marked | State
    | Chance | Remembered | Counted | Hairpin
)  # fmt: skip


# Actions.


class Jump(_Part, frozen=True):
    """Go through another chain, and come back if nothing there ended it."""

    chain: str


class Goto(_Part, frozen=True):
    """Go through another chain, and do not come back to this one."""

    chain: str


class Return(_Part, frozen=True):
    """Go back to where this chain was jumped to from."""


class Accept(_Part, frozen=True):
    """Let the packet through this hook."""


class Drop(_Part, frozen=True):
    """Let the packet vanish."""


class Reject(_Part, frozen=True):
    """Send the packet back with an error: “connection refused” to the sender."""


class SetMark(_Part, frozen=True):
    """Mark the packet for masquerade."""


class ClearMark(_Part, frozen=True):
    """Take the mark off."""


class Masquerade(_Part, frozen=True):
    """Make the node the packet's source, so that answers come back through it."""


class DNAT(_Part, frozen=True):
    """Send the packet to this endpoint."""

    address: str
    port: int


class BalanceDNAT(_Part, frozen=True):
    """Send the packet to one of these endpoints, each with the same chance."""

    endpoints: tuple[DNAT, ...]


class BalanceGoto(_Part, frozen=True):
    """Go to one of these chains, each with the same chance."""

    chains: tuple[str, ...]


class Remember(_Part, frozen=True):
    """Remember that the source was sent here."""

    name: str


class LookUp(_Part, frozen=True):
    """Do what the map says for the packet's (address,) protocol and port, and nothing if it says nothing."""

    map: str
    with_address: bool


Action = (
    Jump | Goto | Return | Accept | Drop | Reject | SetMark | ClearMark | Masquerade | DNAT | BalanceDNAT | BalanceGoto
    | Remember | LookUp
)  # fmt: skip


class Rule(Struct, frozen=True, gc=False):
    """One rule."""

    table: Table
    chain: str
    matches: tuple[Match, ...]
    actions: tuple[Action, ...]
    comment: str = ""
    owner: Owner | None = None


class Element(Struct, frozen=True, gc=False):
    """One element of an nft set or map: ``key`` is its fields, ``verdict`` what a map gives for it."""

    holder: str
    key: tuple[str, ...]
    verdict: Goto | Drop | None = None
    comment: str = ""
    owner: Owner | None = None


class Holder(Struct, frozen=True):
    """An nft set or map: its name, the types of its keys, and what is said of it."""

    name: str
    key_types: tuple[str, ...]
    is_map: bool = False
    comment: str = ""
    timeout_seconds: int = 0


class Hooked(Struct, frozen=True):
    """Where the kernel enters a chain of its own accord: hooks run by priority, lowest first."""

    hook: Hook
    priority: int
    is_nat: bool


class PortRules(Struct, frozen=True):
    """All that one port of one Service adds: ``shared`` goes into chains that others use too, ``own`` is its chains.

    ``owner`` is the port's. ``holders`` and ``elements`` are nftables' only.
    """

    owner: Owner
    shared: tuple[Rule, ...]
    own: Mapping[ChainKey, tuple[Rule, ...]]
    holders: tuple[Holder, ...] = ()
    elements: tuple[Element, ...] = ()
    endpoints: int = 0

    def rules(self) -> Iterator[Rule]:
        """Every rule, those in shared chains first."""
        yield from self.shared
        for rules in self.own.values():
            yield from rules


OwnChains = MutableMapping[ChainKey, tuple[Rule, ...]]
"""The chains that belong to one port each, of all ports."""


class Ruleset(Struct, frozen=True):
    """All rules on one node at one moment: it is good until the next change to what it was made from.

    ``chains`` has every chain's rules in order. ``hooked`` says where the kernel enters them, ``built_in`` which chains
    are the kernel's own (iptables). ``is_large`` is kube-proxy's mode for more than 1,000 endpoints, without comments
    on endpoints.
    """

    mode: Mode
    family: Family
    chains: Mapping[ChainKey, tuple[Rule, ...]]
    hooked: Mapping[ChainKey, Hooked]
    built_in: frozenset[ChainKey] = frozenset()
    holders: Mapping[str, Holder] = {}
    elements: Mapping[str, list[Element]] = {}
    chain_comments: Mapping[str, str] = {}
    is_large: bool = False

    def rules(self) -> Iterator[Rule]:
        """Every rule, chain by chain."""
        for rules in self.chains.values():
            yield from rules
