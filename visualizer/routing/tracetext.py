"""A packet's way as lines of text, and the destination that a text names."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from visualizer.routing.hops import Hop, PacketTrace, TraceError
from visualizer.routing.ports import LEAST_PORT, MOST_PORT

_DESTINATION: Final = re.compile(r"(?:\[(?P<six>[^\]]+)\]|(?P<host>[^:/\[\]]+)):(?P<port>\d+)(?:/(?P<protocol>\w+))?")
_PROTOCOLS: Final = ("TCP", "UDP", "SCTP")


def destination_from(text: str) -> tuple[str, int, str]:
    """Host, port and protocol of ``web.shop:80``, ``[fd00::1]:80`` or ``10.96.0.10:53/UDP``.

    Raises :class:`TraceError` for what is none.
    """
    found = _DESTINATION.fullmatch(text)
    if found is None:
        raise TraceError(f"“{text}” is no destination: write a name or address, a colon and a port, as in web.shop:80")
    port, protocol = int(found["port"]), (found["protocol"] or "TCP").upper()
    if not LEAST_PORT <= port <= MOST_PORT:
        raise TraceError(f"port {port} is not in {LEAST_PORT} to {MOST_PORT}")
    if protocol not in _PROTOCOLS:
        raise TraceError(f"“{found['protocol']}” is no protocol of Services: they have {', '.join(_PROTOCOLS)}")
    return found["six"] or found["host"], port, protocol


def lines(trace: PacketTrace) -> Iterator[str]:
    """Each hop with its rules and choices under it, and how it ends."""
    for number, hop in enumerate(trace.hops, start=1):
        yield f"{number}. {hop.place}: {hop.text}{'  ✗' if hop.is_broken else ''}"
        yield from (f"   {line}" for line in _details(hop))
    yield ""
    yield f"{'Delivered' if trace.is_delivered else 'Not delivered'}: {trace.text}."


def _details(hop: Hop) -> Iterator[str]:
    for matched in hop.rules:
        found = f"  [{matched.element}]" if matched.element else ""
        text = matched.text if matched.text.startswith("-A ") else f"{matched.chain.split()[-1]}: {matched.text}"
        yield f"| {text}{found}"
    if hop.after:
        yield f"{hop.before}  becomes  {hop.after}"
    for option in hop.options:
        who = " ".join(filter(None, (option.endpoint, option.pod, f"on {option.node}" if option.node else "")))
        yield f"{'→' if option.is_chosen else ' '} {option.chance:6.1%}  {who}"
    if hop.conntrack:
        yield f"conntrack: {hop.conntrack}"
