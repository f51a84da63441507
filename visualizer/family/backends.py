"""What leads packets to Services names: Ingresses, routes and Gateways, and the slices that name Pods."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Final

import msgspec

from visualizer.family.references import Links, Meta, Part, Reference, told_once
from visualizer.network import IngressBackend, IngressPaths
from visualizer.objects import ObjectReference

_GATEWAY: Final = "gateway.networking.k8s.io"


class _Tls(Part, frozen=True):
    secret_name: str = ""


class _IngressRule(Part, frozen=True):
    host: str = ""
    http: IngressPaths | None = None


class _IngressSpec(Part, frozen=True):
    ingress_class_name: str | None = None
    default_backend: IngressBackend | None = None
    tls: list[_Tls] | None = None
    rules: list[_IngressRule] | None = None


class _Ingress(Part, frozen=True):
    metadata: Meta = Meta()
    spec: _IngressSpec = _IngressSpec()


class _Other(Part, frozen=True):
    """A reference of the Gateway API; what is left out means the Gateway's or route's own."""

    name: str = ""
    namespace: str | None = None
    group: str | None = None
    kind: str | None = None


class _RouteRule(Part, frozen=True):
    backend_refs: list[_Other] | None = None


class _RouteSpec(Part, frozen=True):
    parent_refs: list[_Other] | None = None
    rules: list[_RouteRule] | None = None


class _Route(Part, frozen=True):
    metadata: Meta = Meta()
    spec: _RouteSpec = _RouteSpec()


class _ListenerTls(Part, frozen=True):
    certificate_refs: list[_Other] | None = None


class _Listener(Part, frozen=True):
    name: str = ""
    tls: _ListenerTls | None = None


class _GatewaySpec(Part, frozen=True):
    gateway_class_name: str = ""
    listeners: list[_Listener] | None = None


class _Gateway(Part, frozen=True):
    metadata: Meta = Meta()
    spec: _GatewaySpec = _GatewaySpec()


class _Endpoint(Part, frozen=True):
    target_ref: ObjectReference | None = None


class _Slice(Part, frozen=True):
    metadata: Meta = Meta()
    endpoints: list[_Endpoint] | None = None


class _Subset(Part, frozen=True):
    addresses: list[_Endpoint] | None = None
    not_ready_addresses: list[_Endpoint] | None = None


class _Endpoints(Part, frozen=True):
    metadata: Meta = Meta()
    subsets: list[_Subset] | None = None


class _Parent(Part, frozen=True):
    resource: str = ""
    namespace: str = ""
    name: str = ""


class _AddressSpec(Part, frozen=True):
    parent_ref: _Parent | None = None


class _IPAddress(Part, frozen=True):
    spec: _AddressSpec = _AddressSpec()


_ingresses: Final = msgspec.json.Decoder(_Ingress)
_routes: Final = msgspec.json.Decoder(_Route)
_gateways: Final = msgspec.json.Decoder(_Gateway)
_slices: Final = msgspec.json.Decoder(_Slice)
_endpoints: Final = msgspec.json.Decoder(_Endpoints)
_ip_addresses: Final = msgspec.json.Decoder(_IPAddress)


def _ingress(raw: bytes) -> Links:
    ingress = _ingresses.decode(raw)
    return Links(told_once(list(_of_ingress(ingress))))


def _of_ingress(ingress: _Ingress) -> Iterator[Reference]:
    spec, namespace = ingress.spec, ingress.metadata.namespace
    without = "requests have nowhere to go"
    if spec.default_backend is not None and spec.default_backend.service is not None:
        name = spec.default_backend.service.name
        yield Reference("", "Service", namespace, name, "default backend", "spec.defaultBackend", without)
    for rule in spec.rules or ():
        for path in (rule.http.paths if rule.http else None) or ():
            if path.backend.service is not None:
                relation = f"{rule.host or '*'}{path.path or '/'}"
                name = path.backend.service.name
                yield Reference("", "Service", namespace, name, relation, "spec.rules", f"{relation}: {without}")
    for tls in spec.tls or ():
        missing = "it has no certificate of its own"
        yield Reference("", "Secret", namespace, tls.secret_name, "certificate", "spec.tls", missing)
    yield Reference(
        "networking.k8s.io", "IngressClass", "", spec.ingress_class_name or "", "class", "spec.ingressClassName",
        "no controller takes it up",
    )  # fmt: skip


def _route(raw: bytes) -> Links:
    route = _routes.decode(raw)
    namespace = route.metadata.namespace
    found = [
        _other(each, namespace, (_GATEWAY, "Gateway"), ("attached to", "spec.parentRefs", "nothing serves this route"))
        for each in route.spec.parent_refs or ()
    ]
    for rule in route.spec.rules or ():
        found += [
            _other(each, namespace, ("", "Service"), ("backend", "spec.rules", "requests are answered with an error"))
            for each in rule.backend_refs or ()
        ]
    return Links(told_once(found))


def _other(each: _Other, namespace: str, meant: tuple[str, str], words: tuple[str, str, str]) -> Reference:
    """A reference that means an object of a group and kind where it says nothing of them."""
    group = meant[0] if each.group is None else each.group
    return Reference(group, each.kind or meant[1], each.namespace or namespace, each.name, *words)


def _gateway(raw: bytes) -> Links:
    gateway = _gateways.decode(raw)
    spec, namespace = gateway.spec, gateway.metadata.namespace
    name, where = spec.gateway_class_name, "spec.gatewayClassName"
    found = [Reference(_GATEWAY, "GatewayClass", "", name, "class", where, "no controller takes it up")]
    for listener in spec.listeners or ():
        for each in (listener.tls.certificate_refs if listener.tls else None) or ():
            relation = f"certificate of {listener.name}"
            without = f"listener {listener.name} does not serve"
            found.append(_other(each, namespace, ("", "Secret"), (relation, "spec.listeners", without)))
    return Links(told_once(found))


def _targets(endpoints: Sequence[_Endpoint], namespace: str, where: str) -> Iterator[Reference]:
    for each in endpoints:
        target = each.target_ref
        if target is not None and target.kind:
            gone = "this endpoint is stale"
            own = target.namespace or ("" if target.kind == "Node" else namespace)
            yield Reference("", target.kind, own, target.name, "endpoint", where, gone)


def _slice(raw: bytes) -> Links:
    found = _slices.decode(raw)
    namespace = found.metadata.namespace
    name = (found.metadata.labels or {}).get("kubernetes.io/service-name", "")
    where = "metadata.labels[kubernetes.io/service-name]"
    service = Reference("", "Service", namespace, name, "endpoints of", where, "no Service leads to these endpoints")
    return Links(told_once([service, *_targets(found.endpoints or (), namespace, "endpoints[].targetRef")]))


def _legacy(raw: bytes) -> Links:
    found = _endpoints.decode(raw)
    namespace = found.metadata.namespace
    all_of_them = [
        each
        for subset in found.subsets or ()
        for each in (*(subset.addresses or ()), *(subset.not_ready_addresses or ()))
    ]
    return Links(told_once(list(_targets(all_of_them, namespace, "subsets[].addresses[].targetRef"))))


def _ip_address(raw: bytes) -> Links:
    parent = _ip_addresses.decode(raw).spec.parent_ref
    if parent is None or parent.resource != "services":
        return Links()
    freed = "the API server frees this address"
    return Links(
        told_once([Reference("", "Service", parent.namespace, parent.name, "address of", "spec.parentRef", freed)])
    )


READERS: Final[Mapping[tuple[str, str], Callable[[bytes], Links]]] = {
    ("networking.k8s.io", "ingresses"): _ingress,
    ("networking.k8s.io", "ipaddresses"): _ip_address,
    (_GATEWAY, "httproutes"): _route,
    (_GATEWAY, "grpcroutes"): _route,
    (_GATEWAY, "tlsroutes"): _route,
    (_GATEWAY, "tcproutes"): _route,
    (_GATEWAY, "udproutes"): _route,
    (_GATEWAY, "gateways"): _gateway,
    ("discovery.k8s.io", "endpointslices"): _slice,
    ("", "endpoints"): _legacy,
}
"""By group and plural."""
