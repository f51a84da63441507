"""Nodes that treat a port alike, so that a verdict need not be told node by node.

What a node does with a port follows from its zone, and from whether endpoints are on it or hints name it. All others of
a zone are alike, and where no hints are for zones, all others are.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Self

from msgspec import Struct

from visualizer.network import EndpointSlice
from visualizer.objects import Node
from visualizer.routing.addresses import Family
from visualizer.routing.decisions import Reason
from visualizer.routing.endpoints import Choice, Topology, Viewpoint, choose, endpoints_of
from visualizer.routing.ports import Port
from visualizer.routing.settings import ZONE_LABEL, settings_for


class Nodes(Struct, frozen=True):
    """What matters of all nodes: the zone of each, and which are too old to heed hints for nodes."""

    zones: Mapping[str, str]
    unheeding: frozenset[str]

    @classmethod
    def of(cls, nodes: Iterable[Node]) -> Self:
        """What matters of these."""
        known = list(nodes)
        return cls(
            {node.metadata.name: (node.metadata.labels or {}).get(ZONE_LABEL, "") for node in known},
            frozenset(node.metadata.name for node in known if not settings_for(node).view.heeds_node_hints),
        )


class ClassVerdict(Struct, frozen=True, gc=False):
    """What the nodes of a class do: see :class:`visualizer.routing.rows.VerdictRow`."""

    node: str
    zone: str
    internal: tuple[str, ...]
    external: tuple[str, ...]
    internal_reason: Reason
    external_reason: Reason
    topology: Topology


def class_verdicts(port: Port, slices: Sequence[EndpointSlice], nodes: Nodes, family: Family) -> list[ClassVerdict]:
    """What all nodes do with the port: first what holds for those that nothing else is told of, then what differs."""
    key = (port.name, port.protocol)
    rest = endpoints_of(slices, Viewpoint("", family=family)).get(key, ())
    others = _verdict(port, choose(rest, port, Viewpoint("", family=family)), "", "")
    found, by_zone = [others], {"": others}
    if any(item.zone_hints for item in rest):
        for zone in sorted(set(nodes.zones.values()) - {""}):
            verdict = _verdict(port, choose(rest, port, Viewpoint("", zone, family)), "", zone)
            by_zone[zone] = verdict
            found += [verdict] if _differ(verdict, others) else []
    special = {name for item in rest for name in item.node_hints}
    if port.uses_local_endpoints:
        special.update(item.node for item in rest)
    for node in sorted(special & nodes.zones.keys()):
        zone = nodes.zones[node]
        view = Viewpoint(node, zone, family, heeds_node_hints=node not in nodes.unheeding)
        endpoints = endpoints_of(slices, view).get(key, ())
        verdict = _verdict(port, choose(endpoints, port, view), node, zone)
        found += [verdict] if _differ(verdict, by_zone.get(zone, others)) else []
    return found


def _verdict(port: Port, choice: Choice, node: str, zone: str) -> ClassVerdict:
    nothing: Reason = "no-local-endpoints" if choice.has_any else "no-endpoints"
    internal = choice.local if port.is_internal_local else choice.cluster
    external = (choice.local if port.is_external_local else choice.cluster) if port.is_externally_accessible else ()
    return ClassVerdict(
        node,
        zone,
        tuple(item.text for item in internal),
        tuple(item.text for item in external),
        "" if internal else nothing,
        "" if external or not port.is_externally_accessible else nothing,
        choice.topology,
    )


def _differ(one: ClassVerdict, other: ClassVerdict) -> bool:
    told = ("internal", "external", "internal_reason", "external_reason", "topology")
    return any(getattr(one, name) != getattr(other, name) for name in told)
