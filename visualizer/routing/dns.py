"""The names that cluster DNS serves for a Service.

After the Kubernetes DNS-Based Service Discovery specification 1.1 (kubernetes/dns docs/specification.md), with the
choices of CoreDNS's kubernetes plugin: an endpoint without a hostname is named by its address with dashes, and only
ready endpoints of headless Services are served. The cluster's domain is not in any object; it is ``cluster.local``
where nobody chose another.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, Literal

from msgspec import Struct

from visualizer.network import EndpointSlice, Service
from visualizer.routing.addresses import canonical, family_of

DOMAIN: Final = "cluster.local"
RecordType = Literal["A", "AAAA", "SRV", "CNAME"]


class Record(Struct, frozen=True, gc=False):
    """One record: ``value`` is an address, a name, or for SRV ``port name``. ``pod`` is whose address it is."""

    name: str
    type: RecordType
    value: str
    pod: str = ""


def name_of(service: Service, domain: str = DOMAIN) -> str:
    """``web.shop.svc.cluster.local``."""
    return f"{service.metadata.name}.{service.metadata.namespace}.svc.{domain}"


def records_of(service: Service, slices: Iterable[EndpointSlice], domain: str = DOMAIN) -> list[Record]:
    """Every record of the Service: its own name, its ports' names, and for a headless one each endpoint's name."""
    name = name_of(service, domain)
    if service.spec.type == "ExternalName":
        return [Record(name, "CNAME", service.spec.external_name)] if service.spec.external_name else []
    if service.spec.cluster_ip == "None":
        return list(dict.fromkeys(_headless(name, slices)))
    texts = service.spec.cluster_ips or [service.spec.cluster_ip]
    addresses = [_address(name, address) for text in texts if (address := canonical(text)) is not None]
    ports = [
        Record(f"_{port.name}._{port.protocol.lower()}.{name}", "SRV", f"{port.port} {name}")
        for port in service.spec.ports or ()
        if port.name and addresses
    ]
    return [*addresses, *ports]


def service_in(name: str, namespace: str, domain: str = DOMAIN) -> tuple[str, str] | None:
    """The Service (namespace/name) and the rest before it that a name means to a Pod of ``namespace``.

    A Pod searches its namespace, then ``svc``, then the cluster's domain: ``web``, ``web.shop``, ``web.shop.svc`` and
    ``web.shop.svc.cluster.local`` may all mean one Service. None for a name that is outside.
    """
    labels = name.rstrip(".").lower().split(".")
    suffix = ["svc", *domain.split(".")]
    for length in (len(suffix), 1):
        if len(labels) >= length + 2 and labels[-length:] == suffix[:length]:
            *rest, service, of = labels[:-length]
            return f"{of}/{service}", ".".join(rest)
    if name.endswith("."):
        return None
    if len(labels) == 1 and namespace:
        return f"{namespace}/{labels[0]}", ""
    return (f"{labels[1]}/{labels[0]}", "") if len(labels) == 2 else None


def _headless(name: str, slices: Iterable[EndpointSlice]) -> Iterable[Record]:
    for piece in slices:
        for raw in piece.endpoints or ():
            if raw.conditions is not None and raw.conditions.ready is False:
                continue
            for text in raw.addresses or ():
                address = canonical(text)
                if address is None:
                    continue
                target = raw.target_ref
                pod = f"{target.namespace}/{target.name}" if target is not None and target.kind == "Pod" else ""
                host = f"{raw.hostname or address.replace('.', '-').replace(':', '-')}.{name}"
                yield _address(name, address, pod)
                yield _address(host, address, pod)
                for port in piece.ports or ():
                    if port.name and port.port:
                        protocol = (port.protocol or "TCP").lower()
                        yield Record(f"_{port.name}._{protocol}.{name}", "SRV", f"{port.port} {host}", pod)


def _address(name: str, address: str, pod: str = "") -> Record:
    return Record(name, "AAAA" if family_of(address) == "IPv6" else "A", address, pod)
