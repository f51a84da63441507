"""The ways in: every address and name by which something outside a Service leads to it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, Literal

from msgspec import Struct

from visualizer.network import Gateway, Ingress, IngressBackend, IngressClass, Route, RouteReference, Service
from visualizer.objects import key_of
from visualizer.routing.addresses import canonical
from visualizer.routing.index import Index

WayKind = Literal[
    "ClusterIP", "NodePort", "LoadBalancer", "ExternalIP", "ExternalName", "Ingress", "HTTPRoute", "GRPCRoute"
]

INGRESSES = "networking.k8s.io/v1/ingresses"
INGRESS_CLASSES = "networking.k8s.io/v1/ingressclasses"
GATEWAYS = "gateway.networking.k8s.io/v1/gateways"
ROUTES: Final[dict[WayKind, str]] = {
    "HTTPRoute": "gateway.networking.k8s.io/v1/httproutes",
    "GRPCRoute": "gateway.networking.k8s.io/v1/grpcroutes",
}


class WayIn(Struct, frozen=True, gc=False):
    """One way to one port of a Service.

    ``address`` is an IP address, ``*`` for every node's, a host name, or empty where none is given out yet. ``object``
    is the resource and key of what leads here when that is not the Service itself, ``detail`` what it says: a path,
    a class, a Gateway.
    """

    kind: WayKind
    address: str
    port: int
    protocol: str
    target: str
    object: tuple[str, str] | None = None
    detail: str = ""


def ways_into(index: Index, service: Service) -> list[WayIn]:
    """Every way into the Service, its own addresses first."""
    return [*_own(service), *_from_ingresses(index, service), *_from_routes(index, service)]


def backends_of(item: Ingress | Route) -> set[str]:
    """The Services (namespace/name) that an Ingress or route leads to, whether they exist or not."""
    namespace = item.metadata.namespace
    if isinstance(item, Ingress):
        return {f"{namespace}/{backend.service.name}" for _, _, backend in _backends(item) if backend.service}
    wanted = [backend for rule in item.spec.rules or () for backend in rule.backend_refs or ()]
    return {f"{of.namespace or namespace}/{of.name}" for of in wanted if (of.kind or "Service") == "Service"}


def _own(service: Service) -> Iterator[WayIn]:
    spec = service.spec
    if spec.type == "ExternalName":
        yield WayIn("ExternalName", spec.external_name, 0, "", "")
        return
    for port in spec.ports or ():
        target = port.name or str(port.port)
        for text in spec.cluster_ips or [spec.cluster_ip]:
            if (address := canonical(text)) is not None:
                yield WayIn("ClusterIP", address, port.port, port.protocol, target)
        if port.node_port:
            yield WayIn("NodePort", "*", port.node_port, port.protocol, target)
        for text in spec.external_ips or ():
            yield WayIn("ExternalIP", canonical(text) or text, port.port, port.protocol, target)
        if spec.type == "LoadBalancer":
            given = service.status.load_balancer.ingress or ()
            for ingress in given:
                detail = "the load balancer's own: kube-proxy leaves it alone" if ingress.ip_mode == "Proxy" else ""
                yield WayIn(
                    "LoadBalancer", ingress.ip or ingress.hostname, port.port, port.protocol, target, detail=detail
                )
            if not given:
                yield WayIn("LoadBalancer", "", port.port, port.protocol, target, detail="no address yet")


def _from_ingresses(index: Index, service: Service) -> Iterator[WayIn]:
    namespace, name = service.metadata.namespace, service.metadata.name
    for ingress in index.objects(INGRESSES, Ingress):
        if ingress.metadata.namespace != namespace:
            continue
        through = (INGRESSES, key_of(ingress.metadata))
        says = _ingress_class(index, ingress)
        for host, path, backend in _backends(ingress):
            if backend.service is None or backend.service.name != name:
                continue
            wanted = backend.service.port
            for port in service.spec.ports or ():
                if wanted.name == port.name if wanted.name else wanted.number == port.port:
                    detail = " ".join(filter(None, (path or "every path", says)))
                    yield WayIn("Ingress", host or "*", port.port, "TCP", port.name or str(port.port), through, detail)


def _backends(ingress: Ingress) -> Iterator[tuple[str, str, IngressBackend]]:
    for rule in ingress.spec.rules or ():
        for path in (rule.http.paths if rule.http else None) or ():
            yield rule.host, path.path, path.backend
    if ingress.spec.default_backend is not None:
        yield "", "", ingress.spec.default_backend


def _ingress_class(index: Index, ingress: Ingress) -> str:
    name = ingress.spec.ingress_class_name
    if not name:
        return ""
    for item in index.objects(INGRESS_CLASSES, IngressClass):
        if item.metadata.name == name:
            return f"(class {name}, {item.spec.controller})"
    return f"(class {name}, which does not exist)"


def _from_routes(index: Index, service: Service) -> Iterator[WayIn]:
    for kind, resource in ROUTES.items():
        for route in index.objects(resource, Route):
            wanted = [item for rule in route.spec.rules or () for item in rule.backend_refs or ()]
            numbers = {backend.port for backend in wanted if _names(backend, route, service)}
            ports = [port for port in service.spec.ports or () if port.port in numbers]
            for detail in _gateways(index, route) if ports else ():
                for port in ports:
                    through = (resource, key_of(route.metadata))
                    for host in route.spec.hostnames or ["*"]:
                        yield WayIn(kind, host, port.port, "TCP", port.name or str(port.port), through, detail)


def _names(backend: RouteReference, route: Route, service: Service) -> bool:
    namespace = backend.namespace or route.metadata.namespace
    is_service = (backend.kind or "Service") == "Service"
    return is_service and (namespace, backend.name) == (service.metadata.namespace, service.metadata.name)


def _gateways(index: Index, route: Route) -> Iterator[str]:
    """Each Gateway that the route hangs on, in words."""
    for parent in route.spec.parent_refs or ():
        key = f"{parent.namespace or route.metadata.namespace}/{parent.name}"
        entry = index.store.get(GATEWAYS, key)
        if entry is None or not isinstance(entry.object, Gateway):
            yield f"Gateway {key}, which does not exist"
            continue
        given = ", ".join(item.value for item in entry.object.status.addresses or ())
        yield f"Gateway {key} at {given}" if given else f"Gateway {key}"
