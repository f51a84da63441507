"""Services that stand in each other's way: the same address, the same node port, the same Pods."""

from __future__ import annotations

from collections.abc import Iterator

from visualizer.network import Service
from visualizer.objects import key_of
from visualizer.routing.flaws import Flaw
from visualizer.routing.index import SERVICES, Index
from visualizer.routing.ports import places_of


def overlaps_of(index: Index, service: Service) -> list[Flaw]:
    """Each way in which another Service claims what this one does. Which of the two wins is not fixed."""
    key, flaws = key_of(service.metadata), list[Flaw]()
    for place in sorted(set(places_of(service))):
        address, protocol, number = place
        for other in index.claiming(place):
            if other == key:
                continue
            if address:
                text = f"{other} answers at {address}:{number}/{protocol} too"
                flaws.append(Flaw(SERVICES, key, "address-taken-twice", text))
            else:
                text = f"{other} has node port {number}/{protocol} too"
                flaws.append(Flaw(SERVICES, key, "node-port-taken-twice", text))
    return [*flaws, *_shared_pods(index, service, key)]


def _shared_pods(index: Index, service: Service, key: str) -> Iterator[Flaw]:
    """Overlapping selectors are often meant (a headless Service beside another), so only differing ones are told."""
    own = service.spec.selector or {}
    others: dict[str, str] = {}
    for pod_key, pod in index.selected(service):
        for other_key in index.selecting(pod):
            other = index.service(other_key)
            if other is not None and other_key != key and other.spec.selector != own:
                others.setdefault(other_key, pod_key)
    for other_key, pod_key in sorted(others.items()):
        yield Flaw(SERVICES, key, "overlapping-selectors", f"{other_key} selects {pod_key} too, by other labels")
