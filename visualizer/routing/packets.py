"""A packet, and what a node does with it: what the rules give and what the model answers, in the same words."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

from visualizer.routing.rules import Element, Hook, Rule

Verdict = Literal["passes", "refused", "dropped"]
"""Passes: on to where it goes by then. Refused: the sender is told. Dropped: the sender waits in vain."""


class Packet(Struct, frozen=True):
    """The first packet of a connection, as a node gets it. ``protocol`` is TCP, UDP or SCTP.

    ``is_from_node`` says that a program on the node itself sends it, and not a Pod or someone beyond the node.
    """

    source: str
    destination: str
    port: int
    protocol: str = "TCP"
    is_from_node: bool = False


class Step(Struct, frozen=True, gc=False):
    """A rule that matched, at which of the kernel's hooks, and the map's element that it found, if it looked one up."""

    hook: Hook
    rule: Rule
    element: Element | None = None


class Way(Struct, frozen=True, gc=False):
    """One of the ways that the rules leave to a packet, and how likely it is.

    ``destination`` and ``port`` are what it goes to by then. ``is_translated`` says that they were altered (DNAT), and
    ``is_masqueraded`` that the node takes the source's place.
    """

    chance: float
    verdict: Verdict
    destination: str
    port: int
    is_translated: bool = False
    is_masqueraded: bool = False
    steps: tuple[Step, ...] = ()
