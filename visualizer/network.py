"""Kubernetes objects that say how packets travel, reduced to the fields that routing uses.

They follow the rules of :mod:`visualizer.objects`: everything but ``metadata.name`` is optional, and a field that
nothing reads does not belong here. Shapes follow the Kubernetes 1.36 and Gateway API 1.4 references.
"""

from __future__ import annotations

from typing import Final

from msgspec import field

from visualizer.objects import LabelSelector, Object, ObjectReference, _Part


class ServicePort(_Part, frozen=True):
    """``spec.ports[]`` of a Service. ``target_port`` is a number, or the name of a container's port."""

    port: int = 0
    name: str = ""
    protocol: str = "TCP"
    target_port: int | str | None = None
    node_port: int = 0
    app_protocol: str | None = None


class ClientIPConfig(_Part, frozen=True):
    """``spec.sessionAffinityConfig.clientIP``."""

    timeout_seconds: int | None = None


class SessionAffinityConfig(_Part, frozen=True):
    """``spec.sessionAffinityConfig``."""

    client_ip: ClientIPConfig | None = field(default=None, name="clientIP")


class ServiceSpec(_Part, frozen=True):
    """``spec`` of a Service. ``cluster_ip`` is ``None`` (the word) for a headless Service."""

    type: str = "ClusterIP"
    ports: list[ServicePort] | None = None
    selector: dict[str, str] | None = None
    cluster_ip: str = field(default="", name="clusterIP")
    cluster_ips: list[str] | None = field(default=None, name="clusterIPs")
    external_ips: list[str] | None = field(default=None, name="externalIPs")
    external_name: str = ""
    session_affinity: str = ""
    session_affinity_config: SessionAffinityConfig | None = None
    external_traffic_policy: str = ""
    internal_traffic_policy: str | None = None
    health_check_node_port: int = 0
    load_balancer_source_ranges: list[str] | None = None
    load_balancer_class: str | None = None
    publish_not_ready_addresses: bool = False
    traffic_distribution: str | None = None


class LoadBalancerIngress(_Part, frozen=True):
    """``status.loadBalancer.ingress[]``. ``ip_mode`` Proxy keeps kube-proxy from taking the address."""

    ip: str = ""
    hostname: str = ""
    ip_mode: str | None = field(default=None, name="ipMode")


class LoadBalancerStatus(_Part, frozen=True):
    """``status.loadBalancer``."""

    ingress: list[LoadBalancerIngress] | None = None


class ServiceStatus(_Part, frozen=True):
    """``status`` of a Service, and of an Ingress."""

    load_balancer: LoadBalancerStatus = LoadBalancerStatus()


class Service(Object, frozen=True):
    """v1/services."""

    spec: ServiceSpec = ServiceSpec()
    status: ServiceStatus = ServiceStatus()


class EndpointConditions(_Part, frozen=True):
    """``endpoints[].conditions``. Absent: ready and serving count as true, terminating as false."""

    ready: bool | None = None
    serving: bool | None = None
    terminating: bool | None = None


class NameHint(_Part, frozen=True):
    """``hints.forZones[]`` and ``hints.forNodes[]``."""

    name: str = ""


class EndpointHints(_Part, frozen=True):
    """``endpoints[].hints``: for whom the endpoint is meant (topology-aware routing, KEP-2433 and KEP-3015)."""

    for_zones: list[NameHint] | None = None
    for_nodes: list[NameHint] | None = None


class SliceEndpoint(_Part, frozen=True):
    """``endpoints[]`` of an EndpointSlice. kube-proxy uses the first address only."""

    addresses: list[str] | None = None
    conditions: EndpointConditions | None = None
    hints: EndpointHints | None = None
    node_name: str | None = None
    zone: str | None = None
    hostname: str | None = None
    target_ref: ObjectReference | None = None


class SlicePort(_Part, frozen=True):
    """``ports[]`` of an EndpointSlice. No number means all ports."""

    name: str | None = None
    port: int | None = None
    protocol: str | None = None


class EndpointSlice(Object, frozen=True):
    """discovery.k8s.io/v1/endpointslices. The Service is named by a label."""

    address_type: str = ""
    endpoints: list[SliceEndpoint] | None = None
    ports: list[SlicePort] | None = None


class LegacyAddress(_Part, frozen=True):
    """``subsets[].addresses[]`` of an Endpoints object."""

    ip: str = ""
    node_name: str | None = None
    hostname: str = ""
    target_ref: ObjectReference | None = None


class LegacySubset(_Part, frozen=True):
    """``subsets[]`` of an Endpoints object: every address at every port."""

    addresses: list[LegacyAddress] | None = None
    not_ready_addresses: list[LegacyAddress] | None = None
    ports: list[SlicePort] | None = None


class Endpoints(Object, frozen=True):
    """v1/endpoints, which kube-proxy reads no more since 1.19: the control plane mirrors them into EndpointSlices."""

    subsets: list[LegacySubset] | None = None


class ServiceCIDRSpec(_Part, frozen=True):
    """``spec`` of a ServiceCIDR."""

    cidrs: list[str] | None = None


class ServiceCIDR(Object, frozen=True):
    """networking.k8s.io/v1/servicecidrs: where ClusterIPs come from."""

    spec: ServiceCIDRSpec = ServiceCIDRSpec()


class IPBlock(_Part, frozen=True):
    """``ipBlock`` of a NetworkPolicy's peer."""

    cidr: str = ""
    except_: list[str] | None = field(default=None, name="except")


class PolicyPeer(_Part, frozen=True):
    """``from[]`` or ``to[]`` of a NetworkPolicy's rule."""

    pod_selector: LabelSelector | None = None
    namespace_selector: LabelSelector | None = None
    ip_block: IPBlock | None = None


class PolicyPort(_Part, frozen=True):
    """``ports[]`` of a NetworkPolicy's rule: a number, a container port's name, or a range up to ``end_port``."""

    protocol: str | None = None
    port: int | str | None = None
    end_port: int | None = None


class PolicyIngress(_Part, frozen=True):
    """``spec.ingress[]``. No peers means everyone, no ports means all of them."""

    from_: list[PolicyPeer] | None = field(default=None, name="from")
    ports: list[PolicyPort] | None = None


class PolicyEgress(_Part, frozen=True):
    """``spec.egress[]``."""

    to: list[PolicyPeer] | None = None
    ports: list[PolicyPort] | None = None


class NetworkPolicySpec(_Part, frozen=True):
    """``spec`` of a NetworkPolicy."""

    pod_selector: LabelSelector = LabelSelector()
    policy_types: list[str] | None = None
    ingress: list[PolicyIngress] | None = None
    egress: list[PolicyEgress] | None = None


class NetworkPolicy(Object, frozen=True):
    """networking.k8s.io/v1/networkpolicies."""

    spec: NetworkPolicySpec = NetworkPolicySpec()


class BackendPort(_Part, frozen=True):
    """``service.port`` of an Ingress's backend: by name or by number."""

    name: str = ""
    number: int = 0


class BackendService(_Part, frozen=True):
    """``service`` of an Ingress's backend."""

    name: str = ""
    port: BackendPort = BackendPort()


class IngressBackend(_Part, frozen=True):
    """``backend`` of a path, or ``spec.defaultBackend``."""

    service: BackendService | None = None


class IngressPath(_Part, frozen=True):
    """``http.paths[]`` of an Ingress."""

    path: str = ""
    path_type: str = ""
    backend: IngressBackend = IngressBackend()


class IngressPaths(_Part, frozen=True):
    """``http`` of an Ingress's rule."""

    paths: list[IngressPath] | None = None


class IngressRule(_Part, frozen=True):
    """``spec.rules[]`` of an Ingress."""

    host: str = ""
    http: IngressPaths | None = None


class IngressSpec(_Part, frozen=True):
    """``spec`` of an Ingress."""

    ingress_class_name: str | None = None
    default_backend: IngressBackend | None = None
    rules: list[IngressRule] | None = None


class Ingress(Object, frozen=True):
    """networking.k8s.io/v1/ingresses."""

    spec: IngressSpec = IngressSpec()
    status: ServiceStatus = ServiceStatus()


class IngressClassSpec(_Part, frozen=True):
    """``spec`` of an IngressClass."""

    controller: str = ""


class IngressClass(Object, frozen=True):
    """networking.k8s.io/v1/ingressclasses."""

    spec: IngressClassSpec = IngressClassSpec()


class GatewayListener(_Part, frozen=True):
    """``spec.listeners[]`` of a Gateway."""

    name: str = ""
    port: int = 0
    protocol: str = ""
    hostname: str | None = None


class GatewaySpec(_Part, frozen=True):
    """``spec`` of a Gateway."""

    gateway_class_name: str = ""
    listeners: list[GatewayListener] | None = None


class GatewayAddress(_Part, frozen=True):
    """``status.addresses[]`` of a Gateway."""

    value: str = ""


class GatewayStatus(_Part, frozen=True):
    """``status`` of a Gateway."""

    addresses: list[GatewayAddress] | None = None


class Gateway(Object, frozen=True):
    """gateway.networking.k8s.io gateways."""

    spec: GatewaySpec = GatewaySpec()
    status: GatewayStatus = GatewayStatus()


class RouteReference(_Part, frozen=True):
    """``parentRefs[]`` and ``backendRefs[]`` of a route. Without a kind: a Gateway there, a Service here."""

    name: str = ""
    namespace: str | None = None
    kind: str | None = None
    section_name: str | None = None
    port: int | None = None
    weight: int | None = None


class RouteRule(_Part, frozen=True):
    """``spec.rules[]`` of a route."""

    backend_refs: list[RouteReference] | None = None


class RouteSpec(_Part, frozen=True):
    """``spec`` of an HTTPRoute or GRPCRoute."""

    parent_refs: list[RouteReference] | None = None
    hostnames: list[str] | None = None
    rules: list[RouteRule] | None = None


class Route(Object, frozen=True):
    """gateway.networking.k8s.io httproutes and grpcroutes."""

    spec: RouteSpec = RouteSpec()


NETWORK_TYPES: Final[dict[str, type[Object]]] = {
    "v1/services": Service,
    "v1/endpoints": Endpoints,
    "discovery.k8s.io/v1/endpointslices": EndpointSlice,
    "networking.k8s.io/v1/servicecidrs": ServiceCIDR,
    "networking.k8s.io/v1beta1/servicecidrs": ServiceCIDR,
    "networking.k8s.io/v1/networkpolicies": NetworkPolicy,
    "networking.k8s.io/v1/ingresses": Ingress,
    "networking.k8s.io/v1/ingressclasses": IngressClass,
    "gateway.networking.k8s.io/v1/gateways": Gateway,
    "gateway.networking.k8s.io/v1/httproutes": Route,
    "gateway.networking.k8s.io/v1/grpcroutes": Route,
}
"""The struct for each resource that is about the network, beside those of :data:`visualizer.objects.TYPES`."""
