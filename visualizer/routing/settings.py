"""What a kube-proxy knows of its node and its own settings, beside Services and EndpointSlices."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from msgspec import Struct

from visualizer.objects import Node
from visualizer.routing.addresses import Family, canonical, family_of, network
from visualizer.routing.endpoints import Viewpoint

LATEST: Final = (1, 36)
"""The newest Kubernetes whose rules are mirrored; newer ones are shown as this."""

ZONE_LABEL: Final = "topology.kubernetes.io/zone"
_VERSION: Final = re.compile(r"v?(\d+)\.(\d+)")


class Settings(Struct, frozen=True):
    """One kube-proxy: its node's name, zone and addresses of its family, and what it was started with.

    ``cluster_cidrs`` are those of ``--cluster-cidr`` in the family: none means that it cannot tell Pods from others.
    ``service_cidrs`` come from ServiceCIDR objects.
    """

    node: str
    addresses: tuple[str, ...] = ()
    zone: str = ""
    family: Family = "IPv4"
    version: tuple[int, int] = LATEST
    cluster_cidrs: tuple[str, ...] = ()
    service_cidrs: tuple[str, ...] = ()

    @property
    def node_ip(self) -> str | None:
        """The node's first address, or None where it has none of this family."""
        return self.addresses[0] if self.addresses else None

    @property
    def view(self) -> Viewpoint:
        """What choosing endpoints takes. Node hints are heeded since 1.34 (KEP-3015, PreferSameTrafficDistribution)."""
        return Viewpoint(self.node, self.zone, self.family, heeds_node_hints=self.version >= (1, 34))


def settings_for(
    node: Node,
    family: Family = "IPv4",
    *,
    version: str = "",
    cluster_cidr: str = "",
    service_cidrs: Sequence[str] = (),
) -> Settings:
    """The settings of the kube-proxy on a node, the rest left at its defaults.

    The version is the node's kubelet's where none is given, since both are upgraded together.
    """
    info = node.status.node_info
    return Settings(
        node=node.metadata.name,
        addresses=tuple(addresses_of(node, family)),
        zone=(node.metadata.labels or {}).get(ZONE_LABEL, ""),
        family=family,
        version=version_of(version or (info.kubelet_version if info else "")),
        cluster_cidrs=_of_family(cluster_cidr.split(","), family),
        service_cidrs=_of_family(service_cidrs, family),
    )


def version_of(text: str) -> tuple[int, int]:
    """``v1.36.2`` as (1, 36); what cannot be read, and what is newer than is known, is the latest known."""
    found = _VERSION.match(text)
    return min((int(found[1]), int(found[2])), LATEST) if found else LATEST


def addresses_of(node: Node, family: Family) -> list[str]:
    """The node's addresses of one family, internal ones first (``GetNodeHostIPs`` of pkg/util/node)."""
    found = []
    for kind in ("InternalIP", "ExternalIP"):
        for item in node.status.addresses or ():
            address = canonical(item.address) if item.type == kind else None
            if address is not None and family_of(address) == family and address not in found:
                found.append(address)
    return found


def _of_family(cidrs: Sequence[str], family: Family) -> tuple[str, ...]:
    found = [network(cidr) for cidr in cidrs if cidr.strip()]
    return tuple(str(item) for item in found if item is not None and family_of(str(item)) == family)
