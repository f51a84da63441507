"""A store's Services with all that belongs to each: slices, Pods, and who leads to it. Kept up to date by changes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final, Self, TypeVar

from visualizer.network import Endpoints, EndpointSlice, Service
from visualizer.objects import Node, Pod
from visualizer.routing.addresses import Family, canonical
from visualizer.routing.endpoints import SLICES, service_of
from visualizer.routing.ports import Place, places_of
from visualizer.routing.selectors import matches_all
from visualizer.store import Change, Store

SERVICES: Final = "v1/services"
PODS: Final = "v1/pods"
NODES: Final = "v1/nodes"
ENDPOINTS: Final = "v1/endpoints"
FAMILIES: Final[tuple[Family, ...]] = ("IPv4", "IPv6")

_Kind = TypeVar("_Kind", bound=Any)


class Index:
    """Finds what belongs to a Service (by namespace/name) without walking over the store.

    ``apply`` says which Services a frame touched, by any of their slices and Pods too.
    """

    def __init__(self, store: Store) -> None:
        self.store = store
        self._slices: dict[str, dict[str, EndpointSlice]] = {}
        self._pods: dict[str, dict[str, Pod]] = {}
        self._selecting: dict[str, dict[str, Mapping[str, str]]] = {}
        self._claims: dict[Place, set[str]] = {}
        self._pod_by_ip: dict[str, str] = {}
        self._node_by_ip: dict[str, str] = {}

    @classmethod
    def build(cls, store: Store) -> Self:
        """The index of all that is in the store."""
        index = cls(store)
        for resource in (SERVICES, SLICES, PODS, NODES):
            for key, entry in store.entries(resource).items():
                index._put(resource, key, None, entry.object)
        return index

    def apply(self, changes: Sequence[Change]) -> set[str]:
        """Take in what a frame changed in the store, and say which Services that touched."""
        touched = set[str]()
        for change in changes:
            if change.resource in (SERVICES, SLICES, PODS, NODES):
                old = None if change.old is None else change.old.object
                new = None if change.new is None else change.new.object
                touched |= self._put(change.resource, change.key, old, new)
            elif change.resource == ENDPOINTS:
                touched.add(change.key)
        return touched

    def service(self, key: str) -> Service | None:
        """The Service of this namespace/name."""
        return _as(Service, self.store, SERVICES, key)

    def services(self) -> Iterator[tuple[str, Service]]:
        """Every Service by its namespace/name."""
        for key, entry in self.store.entries(SERVICES).items():
            if isinstance(entry.object, Service):
                yield key, entry.object

    def slices(self, service: str) -> list[EndpointSlice]:
        """The Service's EndpointSlices by name."""
        found = self._slices.get(service, {})
        return [found[key] for key in sorted(found)]

    def all_slices(self) -> Iterator[EndpointSlice]:
        """Every EndpointSlice, those that name no Service too."""
        return self.objects(SLICES, EndpointSlice)

    def legacy(self, service: str) -> Endpoints | None:
        """The Service's Endpoints object."""
        return _as(Endpoints, self.store, ENDPOINTS, service)

    def pod(self, key: str) -> Pod | None:
        """The Pod of this namespace/name."""
        return _as(Pod, self.store, PODS, key)

    def node(self, name: str) -> Node | None:
        """The node of this name."""
        return _as(Node, self.store, NODES, name)

    def nodes(self) -> list[Node]:
        """Every node by name."""
        return sorted(self.objects(NODES, Node), key=lambda node: node.metadata.name)

    def pod_at(self, address: str) -> str | None:
        """The Pod that has this address of its own (not one on its node's network)."""
        return self._pod_by_ip.get(address)

    def node_at(self, address: str) -> str | None:
        """The node that has this address."""
        return self._node_by_ip.get(address)

    def selected(self, service: Service) -> list[tuple[str, Pod]]:
        """The Pods of its namespace that the Service's selector matches, by namespace/name."""
        selector = service.spec.selector or {}
        pods = self._pods.get(service.metadata.namespace, {})
        return sorted((key, pod) for key, pod in pods.items() if matches_all(selector, pod.metadata.labels or {}))

    def selected_elsewhere(self, service: Service) -> list[str]:
        """The Pods of other namespaces that the selector would match: it does not reach there."""
        selector, own = service.spec.selector or {}, service.metadata.namespace
        return sorted(
            key
            for namespace, pods in self._pods.items()
            if namespace != own
            for key, pod in pods.items()
            if matches_all(selector, pod.metadata.labels or {})
        )

    def selecting(self, pod: Pod) -> list[str]:
        """The Services whose selector matches the Pod."""
        labels = pod.metadata.labels or {}
        selectors = self._selecting.get(pod.metadata.namespace, {})
        return sorted(key for key, selector in selectors.items() if matches_all(selector, labels))

    def claiming(self, place: Place) -> list[str]:
        """The Services for which kube-proxy answers at a place."""
        return sorted(self._claims.get(place, ()))

    def with_selector(self, namespace: str) -> set[str]:
        """The Services of a namespace that select Pods."""
        return set(self._selecting.get(namespace, ()))

    def objects(self, resource: str, kind: type[_Kind]) -> Iterator[_Kind]:
        """Every object of a resource that was decoded as this kind."""
        return (entry.object for entry in self.store.entries(resource).values() if isinstance(entry.object, kind))

    def _put(self, resource: str, key: str, old: object, new: object) -> set[str]:
        if resource == SERVICES:
            return self._put_service(key, old, new)
        if resource == SLICES:
            return self._put_slice(key, old, new)
        if resource == PODS:
            return self._put_pod(key, old, new)
        self._put_node(key, old, new)
        return set()

    def _put_service(self, key: str, old: object, new: object) -> set[str]:
        namespace = key.partition("/")[0]
        self._selecting.get(namespace, {}).pop(key, None)
        for place in places_of(old) if isinstance(old, Service) else ():
            self._claims.get(place, set()).discard(key)
        for place in places_of(new) if isinstance(new, Service) else ():
            self._claims.setdefault(place, set()).add(key)
        if isinstance(new, Service) and new.spec.selector:
            self._selecting.setdefault(namespace, {})[key] = new.spec.selector
        return {key}

    def _put_slice(self, key: str, old: object, new: object) -> set[str]:
        touched = set()
        if isinstance(old, EndpointSlice) and (service := service_of(old)):
            self._slices.get(service, {}).pop(key, None)
            touched.add(service)
        if isinstance(new, EndpointSlice) and (service := service_of(new)):
            self._slices.setdefault(service, {})[key] = new
            touched.add(service)
        return touched

    def _put_pod(self, key: str, old: object, new: object) -> set[str]:
        touched = set[str]()
        if isinstance(old, Pod):
            touched.update(self.selecting(old))
            self._pods.get(old.metadata.namespace, {}).pop(key, None)
            for address in pod_addresses(old):
                if self._pod_by_ip.get(address) == key:
                    del self._pod_by_ip[address]
        if isinstance(new, Pod):
            touched.update(self.selecting(new))
            self._pods.setdefault(new.metadata.namespace, {})[key] = new
            if not new.spec.host_network and new.status.phase not in ("Succeeded", "Failed"):
                self._pod_by_ip.update(dict.fromkeys(pod_addresses(new), key))
        return touched

    def _put_node(self, key: str, old: object, new: object) -> None:
        if isinstance(old, Node):
            for address in node_addresses(old):
                self._node_by_ip.pop(address, None)
        if isinstance(new, Node):
            self._node_by_ip.update(dict.fromkeys(node_addresses(new), key))


def pod_addresses(pod: Pod) -> list[str]:
    """The Pod's addresses, the one it is known by first."""
    texts = [pod.status.pod_ip or "", *(item.ip for item in pod.status.pod_ips or ())]
    return list(dict.fromkeys(address for text in texts if (address := canonical(text)) is not None))


def node_addresses(node: Node) -> list[str]:
    """The node's addresses of either family."""
    texts = [item.address for item in node.status.addresses or () if item.type in ("InternalIP", "ExternalIP")]
    return [address for text in texts if (address := canonical(text)) is not None]


def families_of(nodes: Iterable[Node]) -> list[Family]:
    """The families of which any node has an address; IPv4 where nothing is known."""
    found = {("IPv6" if ":" in address else "IPv4") for node in nodes for address in node_addresses(node)}
    return [family for family in FAMILIES if family in found] or ["IPv4"]


def _as(kind: type[_Kind], store: Store, resource: str, key: str) -> _Kind | None:
    entry = store.get(resource, key)
    return entry.object if entry is not None and isinstance(entry.object, kind) else None
