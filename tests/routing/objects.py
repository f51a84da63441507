"""Services, EndpointSlices and nodes for tests, decoded as they come from an API server."""

from __future__ import annotations

from typing import Any

import msgspec

from visualizer.network import EndpointSlice, Service
from visualizer.objects import Node
from visualizer.routing import iptablestext, nftablestext
from visualizer.routing.proxy import Proxy
from visualizer.routing.rules import Mode
from visualizer.routing.snapshot import Snapshot

Raw = dict[str, Any]
POD_CIDR = "10.244.0.0/16"
SERVICE_CIDR = "10.96.0.0/16"


def node(name: str = "node-1", ip: str = "10.10.0.11", *, zone: str = "lab-a", version: str = "v1.36.2") -> Node:
    addresses = [{"type": "InternalIP", "address": ip}, {"type": "Hostname", "address": name}]
    raw = {
        "metadata": {"name": name, "labels": {"topology.kubernetes.io/zone": zone}},
        "status": {"addresses": addresses, "nodeInfo": {"kubeletVersion": version}},
    }
    return msgspec.convert(raw, Node)


def service(name: str = "web", *, namespace: str = "shop", ports: list[Raw] | None = None, **more: Any) -> Service:
    """A Service with one port, http 80; ``more`` is put into its spec, and ``ingress`` into its status."""
    ingress = more.pop("ingress", None)
    spec = {
        "type": "ClusterIP",
        "clusterIP": "10.96.1.1",
        "ports": ports or [{"name": "http", "port": 80, "protocol": "TCP", "targetPort": 8080}],
        **more,
    }
    raw = {
        "metadata": {"name": name, "namespace": namespace},
        "spec": spec,
        "status": {"loadBalancer": {"ingress": ingress}},
    }
    return msgspec.convert(raw, Service)


def endpoint(ip: str, on: str | None = "node-1", **more: Any) -> Raw:
    """A ready endpoint; ``ready``, ``serving`` and ``terminating`` alter its conditions."""
    conditions = {"ready": True, "serving": True, "terminating": False}
    conditions.update({key: more.pop(key) for key in list(more) if key in conditions})
    return {"addresses": [ip], "conditions": conditions, "nodeName": on, **more}


def slice_of(of: str, *endpoints: Raw, name: str = "", namespace: str = "shop", **more: Any) -> EndpointSlice:
    """An EndpointSlice of the Service, with one port, http 8080."""
    raw = {
        "metadata": {
            "name": name or f"{of}-x",
            "namespace": namespace,
            "labels": {"kubernetes.io/service-name": of, **more.pop("labels", {})},
        },
        "addressType": "IPv4",
        "endpoints": list(endpoints),
        "ports": [{"name": "http", "port": 8080, "protocol": "TCP"}],
        **more,
    }
    return msgspec.convert(raw, EndpointSlice)


def snapshot(services: list[Service], slices: list[EndpointSlice], *nodes: Node) -> Snapshot:
    """A cluster of one node, or of these."""
    return Snapshot(
        nodes=nodes or (node(),),
        services=tuple(services),
        slices=tuple(slices),
        cluster_cidr=POD_CIDR,
        service_cidrs=(SERVICE_CIDR,),
    )


def text(cluster: Snapshot, mode: Mode, on: str = "node-1") -> str:
    """The rules of one of its nodes, as text."""
    return text_of(cluster.proxy(on, mode))


def text_of(proxy: Proxy) -> str:
    """All rules of a kube-proxy, as text."""
    lines = iptablestext.lines if proxy.mode == "iptables" else nftablestext.lines
    return "\n".join(lines(proxy.ruleset()))
