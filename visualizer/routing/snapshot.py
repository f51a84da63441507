"""A snapshot: one cluster's Services, EndpointSlices and nodes at one moment, and what its kube-proxies make of them.

It is read from a JSON object with ``node``, ``services`` and ``endpointslices`` (as ``kubectl get -o json`` gives the
items), or taken from a store.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

import msgspec
from msgspec import Struct

from visualizer.frames import Resource
from visualizer.network import EndpointSlice, NetworkPolicy, Service, ServiceCIDR
from visualizer.objects import AnyObject, Node, Object, Pod, key_of
from visualizer.routing.addresses import Family, canonical, covering, family_of, network
from visualizer.routing.endpoints import SLICES
from visualizer.routing.proxy import Proxy, proxy_for
from visualizer.routing.rules import Mode
from visualizer.routing.settings import settings_for
from visualizer.store import Entry, Store

_COMMONLY_AT_LEAST: Final = {"IPv4": 16, "IPv6": 108}
"""Ranges are seldom smaller than this: what is inferred from few addresses is widened to it."""


class SnapshotError(ValueError):
    """What was given is no snapshot; the message says why in a sentence."""


class Snapshot(Struct, frozen=True):
    """The objects that rules are made of. ``server_version`` and ``cluster_cidr`` are empty where they are not known.

    ``service_cidrs`` are those of the ServiceCIDR objects. ``others`` are by resource what packets meet besides: Pods,
    namespaces, NetworkPolicies.
    """

    nodes: tuple[Node, ...]
    services: tuple[Service, ...]
    slices: tuple[EndpointSlice, ...]
    server_version: str = ""
    cluster_cidr: str = ""
    service_cidrs: tuple[str, ...] = ()
    others: dict[str, tuple[AnyObject, ...]] = {}

    def node(self, name: str) -> Node:
        """The node of this name.

        Raises :class:`SnapshotError` where there is none, naming those that there are.
        """
        for node in self.nodes:
            if node.metadata.name == name:
                return node
        known = ", ".join(sorted(node.metadata.name for node in self.nodes)) or "none"
        raise SnapshotError(f"there is no node “{name}”; there are: {known}")

    def proxy(self, node: str, mode: Mode, *, family: Family = "IPv4", cluster_cidr: str = "") -> Proxy:
        """The kube-proxy of a node, with everything taken in.

        Raises :class:`SnapshotError` for a node that is not there.
        """
        found = self.node(node)
        info = found.status.node_info
        settings = settings_for(
            found,
            family,
            version="" if info is not None and info.kubelet_version else self.server_version,
            cluster_cidr=cluster_cidr or self.cluster_cidr or ",".join(inferred_cluster_cidrs(self.nodes)),
            service_cidrs=self.service_cidrs or inferred_service_cidrs(self.services),
        )
        return proxy_for(settings, mode, self.services, self.slices)

    def guesses(self, *, cluster_cidr: str, mode: Mode) -> list[tuple[str, str]]:
        """What the rules take for granted that the objects do not say: an option's name, and a sentence each."""
        found = []
        if not (cluster_cidr or self.cluster_cidr):
            cidrs = ", ".join(inferred_cluster_cidrs(self.nodes))
            how = f"inferred from the nodes' podCIDRs: {cidrs}" if cidrs else "not known, so its rules are left out"
            found.append(("cluster CIDR", f"nothing says it; {how}"))
        if mode == "nftables" and not self.service_cidrs:
            cidrs = ", ".join(inferred_service_cidrs(self.services)) or "none"
            found.append(("service CIDRs", f"no ServiceCIDR object says them; inferred from ClusterIPs: {cidrs}"))
        return found


class _Document(Struct):
    """The JSON object. Either ``node`` or ``nodes`` is there."""

    services: list[Service]
    endpointslices: list[EndpointSlice]
    node: Node | None = None
    nodes: list[Node] = []
    servicecidrs: list[ServiceCIDR] = []
    pods: list[Pod] = []
    namespaces: list[Object] = []
    networkpolicies: list[NetworkPolicy] = []
    server_version: str = ""
    cluster_cidr: str = ""


_documents: Final = msgspec.json.Decoder(_Document)


def read_snapshot(document: bytes) -> Snapshot:
    """The snapshot in a JSON object.

    Raises :class:`SnapshotError` for what is no such object.
    """
    try:
        found = _documents.decode(document)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise SnapshotError(_words(error)) from error
    nodes = [found.node, *found.nodes] if found.node is not None else found.nodes
    if not nodes:
        raise SnapshotError("the object has no “node”")
    return Snapshot(
        nodes=tuple(nodes),
        services=tuple(found.services),
        slices=tuple(found.endpointslices),
        server_version=found.server_version,
        cluster_cidr=found.cluster_cidr,
        service_cidrs=_cidrs(found.servicecidrs),
        others={
            "v1/pods": tuple(found.pods),
            "v1/namespaces": tuple(found.namespaces),
            "networking.k8s.io/v1/networkpolicies": tuple(found.networkpolicies),
            "networking.k8s.io/v1/servicecidrs": tuple(found.servicecidrs),
        },
    )


def take_snapshot(store: Store, *, server_version: str = "") -> Snapshot:
    """What a store holds now."""
    cidrs = [*_objects(store, "networking.k8s.io/v1/servicecidrs", ServiceCIDR)]
    return Snapshot(
        nodes=tuple(_objects(store, "v1/nodes", Node)),
        services=tuple(_objects(store, "v1/services", Service)),
        slices=tuple(_objects(store, SLICES, EndpointSlice)),
        server_version=server_version,
        service_cidrs=_cidrs(cidrs),
    )


def store_of(snapshot: Snapshot) -> Store:
    """A store that holds the snapshot's objects, as if a recording had listed them."""
    objects: dict[str, Iterable[AnyObject]] = {
        "v1/nodes": snapshot.nodes,
        "v1/services": snapshot.services,
        SLICES: snapshot.slices,
        **snapshot.others,
    }
    store = Store({name: Resource(path="", kind="", namespaced=True) for name in objects})
    for name, found in objects.items():
        store.fill(name, {key_of(item.metadata): Entry(item, 0) for item in found})
    return store


def inferred_service_cidrs(services: Iterable[Service]) -> tuple[str, ...]:
    """Where ClusterIPs seem to come from, where no ServiceCIDR says: the smallest range that holds all there are."""
    return _inferred(text for service in services for text in service.spec.cluster_ips or [service.spec.cluster_ip])


def inferred_cluster_cidrs(nodes: Iterable[Node]) -> tuple[str, ...]:
    """Where Pods' addresses seem to come from: the smallest range that holds every node's podCIDRs."""
    cidrs = [cidr for node in nodes for text in node.spec.pod_cidrs or () if (cidr := network(text)) is not None]
    return _inferred(str(address) for cidr in cidrs for address in (cidr[0], cidr[-1]))


def _inferred(texts: Iterable[str]) -> tuple[str, ...]:
    """The smallest range of each family that holds these addresses, and is not smaller than is common."""
    found = []
    families: tuple[Family, ...] = ("IPv4", "IPv6")
    addresses = [address for text in texts if (address := canonical(text)) is not None]
    for family in families:
        cidr = network(covering([address for address in addresses if family_of(address) == family]) or "")
        if cidr is not None:
            found.append(str(cidr.supernet(new_prefix=min(cidr.prefixlen, _COMMONLY_AT_LEAST[family]))))
    return tuple(found)


def _objects(store: Store, resource: str, kind: type[Any]) -> list[Any]:
    entries = store.entries(resource)
    return [entries[key].object for key in sorted(entries) if isinstance(entries[key].object, kind)]


def _cidrs(objects: Iterable[ServiceCIDR]) -> tuple[str, ...]:
    return tuple(cidr for item in objects for cidr in item.spec.cidrs or ())


def _words(error: Exception) -> str:
    if isinstance(error, RecursionError):
        return "the object is nested too deeply to be read"
    if isinstance(error, msgspec.ValidationError):
        return f"this is no object with node, services and endpointslices: {_lower(str(error))}"
    return f"this is not JSON: {_lower(str(error).removeprefix('JSON is malformed: '))}"


def _lower(text: str) -> str:
    return text[:1].lower() + text[1:]
