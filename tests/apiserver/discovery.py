"""What the server says of itself: versions, resources, schemas, health.

The resources are one catalogue; plain and aggregated discovery are both told from it.
"""

from __future__ import annotations

from typing import Any

from tests.apiserver.exchanges import exchanges
from tests.apiserver.resources import Catalogue, Resource
from tests.apiserver.statuses import NoSuchPath

AGGREGATED = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList"


def wants_aggregated(accept: str) -> bool:
    """Whether an Accept header asks for aggregated discovery."""
    parameters = [{part.strip() for part in entry.split(";")} for entry in accept.split(",")]
    return any({"g=apidiscovery.k8s.io", "v=v2", "as=APIGroupDiscoveryList"} <= given for given in parameters)


def api(address: str) -> dict[str, Any]:
    """``/api``."""
    addresses = [{"clientCIDR": "0.0.0.0/0", "serverAddress": address}]
    return {"kind": "APIVersions", "versions": ["v1"], "serverAddressByClientCIDRs": addresses}


def groups(catalogue: Catalogue) -> dict[str, Any]:
    """``/apis``."""
    told = [_group(group, versions) for group, versions in catalogue.group_versions().items() if group]
    return {"kind": "APIGroupList", "apiVersion": "v1", "groups": told}


def group(catalogue: Catalogue, name: str) -> dict[str, Any]:
    """``/apis/GROUP``."""
    versions = catalogue.group_versions().get(name)
    if not name or not versions:
        raise NoSuchPath
    return {"kind": "APIGroup", "apiVersion": "v1", **_group(name, versions)}


def _group(name: str, versions: list[str]) -> dict[str, Any]:
    told = [{"groupVersion": f"{name}/{version}", "version": version} for version in versions]
    return {"name": name, "versions": told, "preferredVersion": told[0]}


def resources(catalogue: Catalogue, group_name: str, version: str) -> dict[str, Any]:
    """``/api/v1`` or ``/apis/GROUP/VERSION``."""
    found = catalogue.of(group_name, version)
    if not found:
        raise NoSuchPath
    told = [entry for resource in found for entry in _plain(resource)]
    head = {"kind": "APIResourceList", "apiVersion": "v1"} if group_name else {"kind": "APIResourceList"}
    return {**head, "groupVersion": found[0].api_version, "resources": told}


def _plain(resource: Resource) -> list[dict[str, Any]]:
    told: dict[str, Any] = {
        "name": resource.name,
        "singularName": resource.singular,
        "namespaced": resource.namespaced,
        "kind": resource.kind,
        "verbs": list(resource.verbs),
        **_names(resource),
    }
    return [told, *(_plain_part(resource, *part) for part in resource.subresources)]


def _plain_part(
    resource: Resource, name: str, group_name: str, version: str, kind: str, verbs: tuple[str, ...]
) -> dict[str, Any]:
    told = {"name": f"{resource.name}/{name}", "singularName": "", "namespaced": resource.namespaced}
    origin = {"group": group_name, "version": version} if version else {}
    return {**told, **origin, "kind": kind, "verbs": list(verbs)}


def _names(resource: Resource) -> dict[str, Any]:
    named = {"shortNames": list(resource.short_names), "categories": list(resource.categories)}
    return {key: value for key, value in named.items() if value}


def aggregated(catalogue: Catalogue, *, core: bool) -> dict[str, Any]:
    """``/api`` or ``/apis``, all resources at once."""
    items = [
        {
            "metadata": {"name": name} if name else {},
            "versions": [
                {
                    "version": version,
                    "resources": [_aggregated(resource) for resource in catalogue.of(name, version)],
                    "freshness": "Current",
                }
                for version in versions
            ],
        }
        for name, versions in catalogue.group_versions().items()
        if core is not bool(name)
    ]
    return {"kind": "APIGroupDiscoveryList", "apiVersion": "apidiscovery.k8s.io/v2", "metadata": {}, "items": items}


def _aggregated(resource: Resource) -> dict[str, Any]:
    own = (resource.group, resource.version) if resource.custom else ("", "")
    told: dict[str, Any] = {
        "resource": resource.name,
        "responseKind": dict(zip(("group", "version", "kind"), (*own, resource.kind), strict=True)),
        "scope": "Namespaced" if resource.namespaced else "Cluster",
        "singularResource": resource.singular,
        "verbs": list(resource.verbs),
        **_names(resource),
    }
    parts = [
        {
            "subresource": name,
            "responseKind": {"group": group_name, "version": version, "kind": kind},
            "verbs": list(verbs),
        }
        for name, group_name, version, kind, verbs in resource.subresources
    ]
    return {**told, "subresources": parts} if parts else told


def version(git_version: str | None) -> dict[str, Any]:
    """``/version``: of the recorded server, but for what a recording says."""
    recorded = exchanges()["version"]["body"]
    if git_version is None:
        return recorded
    major, minor, *_ = git_version.removeprefix("v").split(".")
    return {**recorded, "major": major, "minor": minor, "gitVersion": git_version}


def health(path: str, *, verbose: bool) -> str:
    """``/livez``, ``/readyz`` or ``/healthz``: all is well."""
    if not verbose:
        return "ok"
    recorded = "readyz" if path == "/readyz" else "livez"
    return exchanges()[f"/{recorded}?verbose"]["body"].replace(f"{recorded} check", f"{path[1:]} check")
