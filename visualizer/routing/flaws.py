"""Flaws: what is wrong with an object, named, so that it can be shown on the object and looked up in the docs."""

from __future__ import annotations

from typing import Final

from msgspec import Struct

MEANINGS: Final = {
    "port-out-of-range": "A port is not between 1 and 65535.",
    "unreadable-address": "An address is no IP address.",
    "unreadable-network": "A network is not written as address/bits.",
    "wrong-family": "An endpoint's address is not of the slice's family, or of none that the node has.",
    "endpoint-without-node": "An endpoint names no node, so it is local nowhere.",
    "endpoint-without-address": "An endpoint has no address.",
    "slice-without-service": "An EndpointSlice names no Service, or one that does not exist.",
    "address-taken-twice": "Two Services answer at the same address, protocol and port.",
    "node-port-taken-twice": "Two Services use the same node port.",
    "overlapping-selectors": "Two Services select the same Pods.",
    "no-health-check-port": "A load balancer with externalTrafficPolicy Local has no health check node port.",
    "affinity-without-timeout": "sessionAffinity ClientIP has no timeout; the API server's default is used.",
}
"""Each flaw's name, and what it means in a sentence."""


class Flaw(Struct, frozen=True, gc=False):
    """One thing wrong with the object ``key`` (namespace/name) of ``resource``. ``name`` is in :data:`MEANINGS`."""

    resource: str
    key: str
    name: str
    text: str
