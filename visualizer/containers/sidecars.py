"""Well-known companions: containers that a mesh, a log shipper or the like put beside the Pod's own.

Nothing in a Pod says so, so all of this is guessed, from the container's name and the last part of its image's name.
"""

from __future__ import annotations

from typing import Final

from visualizer.containers.facts import LooksLike
from visualizer.containers.manifest import Container

_MESH: Final = "carries this Pod’s traffic for a service mesh"
_MESH_SETUP: Final = "sends this Pod’s traffic through the mesh’s proxy"
_LOGS: Final = "carries the Pod’s logs elsewhere"
_SECRETS: Final = "fetches secrets and writes them into a volume"
_DATABASE: Final = "carries connections to a managed database"
_TELEMETRY: Final = "gathers traces and metrics"

_KNOWN: Final[dict[str, tuple[str, str, tuple[str, ...]]]] = {
    "istio-proxy": ("Istio’s proxy", _MESH, ("proxyv2",)),
    "istio-init": ("Istio’s set-up", _MESH_SETUP, ()),
    "istio-validation": ("Istio’s set-up check", "checks that traffic goes through the mesh’s proxy", ()),
    "linkerd-proxy": ("Linkerd’s proxy", _MESH, ()),
    "linkerd-init": ("Linkerd’s set-up", _MESH_SETUP, ("proxy-init",)),
    "kuma-sidecar": ("Kuma’s proxy", _MESH, ("kuma-dp",)),
    "kuma-init": ("Kuma’s set-up", _MESH_SETUP, ()),
    "consul-dataplane": ("Consul’s proxy", _MESH, ()),
    "envoy": ("Envoy", _MESH, ("envoy-distroless", "aws-appmesh-envoy")),
    "daprd": ("Dapr", "speaks to other applications for this one", ()),
    "vault-agent": ("Vault’s agent", _SECRETS, ("vault",)),
    "vault-agent-init": ("Vault’s agent", _SECRETS, ()),
    "cloud-sql-proxy": ("Cloud SQL’s proxy", _DATABASE, ("cloudsql-proxy", "gce-proxy")),
    "fluent-bit": ("Fluent Bit", _LOGS, ()),
    "fluentd": ("Fluentd", _LOGS, ()),
    "filebeat": ("Filebeat", _LOGS, ()),
    "promtail": ("Promtail", _LOGS, ()),
    "vector": ("Vector", _LOGS, ()),
    "otc-container": ("OpenTelemetry’s collector", _TELEMETRY, ("opentelemetry-collector", "otelcol")),
    "jaeger-agent": ("Jaeger’s agent", _TELEMETRY, ()),
    "config-reloader": (
        "Prometheus’ config reloader",
        "tells the program beside it when its configuration altered",
        ("prometheus-config-reloader",),
    ),
    "git-sync": ("git-sync", "keeps a copy of a repository up to date", ()),
    "kube-rbac-proxy": ("kube-rbac-proxy", "asks the API server who may reach the program behind it", ()),
    "oauth2-proxy": ("OAuth2 Proxy", "asks for a login before the program behind it", ()),
}
"""By the container's usual name: what it is, what it does, and further names of its image."""

_BY_IMAGE: Final = {image: name for name, (_, _, images) in _KNOWN.items() for image in (name, *images)}


def look_up(container: Container) -> LooksLike | None:
    """What this container looks like, or None."""
    image = image_name(container.image)
    by_name, by_image = _KNOWN.get(container.name), _KNOWN.get(_BY_IMAGE.get(image, ""))
    found = by_image or by_name
    if found is None:
        return None
    if by_image is None:
        why = f"It is named {container.name}."
    elif by_name is by_image:
        why = f"It is named {container.name}, and its image is named {image}."
    else:
        why = f"Its image is named {image}."
    return LooksLike(name=found[0], does=found[1], why=why)


def image_name(image: str) -> str:
    """The last part of an image's name, without registry, tag and digest: ``proxyv2`` of ``istio/proxyv2:1.24``."""
    return image.partition("@")[0].rpartition("/")[2].partition(":")[0]
