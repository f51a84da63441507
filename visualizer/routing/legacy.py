"""Endpoints objects read as EndpointSlices, for Services that have no slice.

The control plane mirrors Endpoints into slices (the EndpointSlice mirroring controller), unless a label forbids it or
the cluster is older than 1.19. kube-proxy reads slices only.
"""

from __future__ import annotations

from collections.abc import Iterator

from visualizer.network import EndpointConditions, Endpoints, EndpointSlice, LegacySubset, SliceEndpoint
from visualizer.objects import Metadata
from visualizer.routing.addresses import canonical, family_of
from visualizer.routing.endpoints import SERVICE_NAME
from visualizer.routing.index import FAMILIES


def slices_from(endpoints: Endpoints) -> list[EndpointSlice]:
    """A slice for each subset and family, with the conditions that being listed as ready or not stands for."""
    return [
        EndpointSlice(
            metadata=Metadata(
                name=f"{endpoints.metadata.name}-{number}-{family.lower()}",
                namespace=endpoints.metadata.namespace,
                labels={SERVICE_NAME: endpoints.metadata.name},
            ),
            address_type=family,
            endpoints=found,
            ports=subset.ports,
        )
        for number, subset in enumerate(endpoints.subsets or ())
        for family in FAMILIES
        if (found := list(_of_family(subset, family)))
    ]


def _of_family(subset: LegacySubset, family: str) -> Iterator[SliceEndpoint]:
    for is_ready, addresses in ((True, subset.addresses), (False, subset.not_ready_addresses)):
        for item in addresses or ():
            address = canonical(item.ip)
            if address is not None and family_of(address) == family:
                yield SliceEndpoint(
                    addresses=[address],
                    conditions=EndpointConditions(ready=is_ready, serving=is_ready, terminating=False),
                    node_name=item.node_name,
                    hostname=item.hostname or None,
                    target_ref=item.target_ref,
                )
