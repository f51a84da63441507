"""Hops: the steps of a packet's way through the cluster, as plain data."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

HopKind = Literal["sends", "name", "balancer", "node", "crosses", "policy", "arrives", "leaves"]
SenderKind = Literal["pod", "node", "outside"]


class TraceError(ValueError):
    """What was asked cannot be traced; the message says why in a sentence."""


class Sender(Struct, frozen=True):
    """Who sends: a Pod (namespace/name), a node's own program (the node's name), or someone outside (an address)."""

    kind: SenderKind
    name: str


class Matched(Struct, frozen=True, gc=False, rename="camel"):
    """A rule that matched, as text, in its chain; ``element`` is what it found in a map, as text.

    ``port`` (``shop/web:http/TCP``) and ``endpoint`` say whom it belongs to; empty where it belongs to all.
    """

    chain: str
    text: str
    port: str = ""
    endpoint: str = ""
    element: str = ""


class Option(Struct, frozen=True, gc=False, rename="camel"):
    """An endpoint that could be chosen there, with its Pod if it is one, and its node."""

    endpoint: str
    pod: str
    node: str
    chance: float
    is_chosen: bool = False


class Hop(Struct, frozen=True, rename="camel"):
    """One step. ``before`` and ``after`` are “source → destination”, where the hop alters the packet.

    ``is_broken`` says that the packet ends here, and ``text`` why. ``conntrack`` is what the node remembers of it.
    """

    kind: HopKind
    place: str
    text: str
    before: str = ""
    after: str = ""
    rules: tuple[Matched, ...] = ()
    options: tuple[Option, ...] = ()
    conntrack: str = ""
    is_broken: bool = False


class PacketTrace(Struct, frozen=True, rename="camel"):
    """The whole way. ``is_delivered`` says that it comes to a Pod or program; ``text`` sums it up."""

    hops: tuple[Hop, ...]
    is_delivered: bool
    text: str

    @property
    def broken(self) -> Hop | None:
        """The first hop that ends the packet."""
        return next((hop for hop in self.hops if hop.is_broken), None)
