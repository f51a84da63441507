"""The tables of the routing diagram."""

from __future__ import annotations

from visualizer.tables import Row


class ServiceRow(Row, frozen=True, gc=False, kw_only=True):
    """One Service. ``id`` is ``namespace/name``.

    ``kind`` is ClusterIP, NodePort, LoadBalancer, Headless or ExternalName. ``application`` is what its labels say it
    is a part of, or empty. ``dns`` is its own name in cluster DNS, ``external_name`` what an ExternalName stands for.
    ``ready`` of ``endpoints`` addresses are ready. ``external_policy`` and ``internal_policy`` are Cluster or Local.
    ``sticky_seconds`` is 0 without session affinity. ``flaws`` are ``name: sentence``. ``is_proxied`` says that
    kube-proxy looks at it; ``is_legacy`` that its endpoints come from an Endpoints object, which kube-proxy does not
    read.
    """

    namespace: str
    name: str
    kind: str
    application: str
    cluster_ips: list[str]
    dns: str
    external_name: str
    ready: int
    endpoints: int
    external_policy: str
    internal_policy: str
    sticky_seconds: int
    flaws: list[str]
    is_proxied: bool
    is_legacy: bool
    created: str


class PortRow(Row, frozen=True, gc=False, kw_only=True):
    """One port of a Service. ``id`` is ``namespace/name:port/protocol`` with the port's name, which may be empty.

    ``target`` is the number or name that it leads to on Pods. ``node_port`` is 0 where there is none.
    """

    service: str
    name: str
    number: int
    protocol: str
    node_port: int
    target: str


class WayRow(Row, frozen=True, gc=False, kw_only=True):
    """One way in to a port from outside the Service; its ClusterIP is in the Service's row.

    ``kind`` is NodePort, LoadBalancer, ExternalIP, Ingress, HTTPRoute or GRPCRoute. ``address`` is an IP address, a
    host, ``*`` for every node's or every host, or empty where none is given out yet. ``via`` is the ref of what leads
    here (``networking.k8s.io/v1/ingresses:shop/front``), or empty for the Service itself.
    """

    service: str
    port: str
    kind: str
    address: str
    number: int
    via: str
    detail: str


class EndpointRow(Row, frozen=True, gc=False, kw_only=True):
    """One endpoint of a port, in whatever condition. ``id`` is the port's, an arrow, and ``address`` (``10.0.0.1:80``).

    ``pod`` is its Pod's ``namespace/name``, or empty. ``zones`` and ``nodes`` are for whom hints mean it.
    ``is_pod_ready`` is what the Pod says of itself, which the slice (``is_ready``) follows a moment later; without a
    Pod it is as the slice says. ``probe`` is what the latest failing probe said, where it failed since.
    """

    port: str
    address: str
    pod: str
    node: str
    zone: str
    is_ready: bool
    is_serving: bool
    is_terminating: bool
    zones: list[str]
    nodes: list[str]
    is_pod_ready: bool
    probe: str


class VerdictRow(Row, frozen=True, gc=False, kw_only=True):
    """Where nodes send packets to a port: to one of ``internal`` from the ClusterIP, of ``external`` from elsewhere.

    Both hold addresses of endpoint rows, each with the same chance. Where one is empty its reason says why:
    ``no-endpoints`` (the sender is refused) or ``no-local-endpoints`` (dropped); no reason and no endpoints means that
    there is no way in from elsewhere. A row holds for the ``node`` that it names, else for the nodes of its ``zone``,
    else for every node that no other row of the port and family is for. ``topology`` is PreferSameNode or
    PreferSameZone where hints leave endpoints out.
    """

    port: str
    family: str
    node: str
    zone: str
    internal: list[str]
    external: list[str]
    internal_reason: str
    external_reason: str
    topology: str


class LeftOutRow(Row, frozen=True, gc=False, kw_only=True):
    """A Pod that a Service selects and that is no ready endpoint of it.

    ``reason`` is a word (``not-ready``), ``text`` the same in words, ``detail`` what the cluster says of it, ``since``
    RFC 3339 or empty.
    """

    service: str
    pod: str
    reason: str
    text: str
    detail: str
    since: str
