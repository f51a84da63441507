"""API resources: what ``kubectl api-resources`` lists, how many objects there are, and who serves them.

Who serves a group is told by its APIService: without a Service it is served here, by kube-apiserver itself or from a
CustomResourceDefinition, else by the Service's own server (kube-aggregator). Where the log has neither, the groups that
Kubernetes has built in are known, and that is said; the rest is unknown.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from msgspec import Struct

from visualizer.catalog.builtin import GROUPS, SHORT_NAMES
from visualizer.family.index import Raws
from visualizer.family.links import links_of
from visualizer.frames import Resource
from visualizer.store import Store

_API_SERVICES = "apiregistration.k8s.io/v1/apiservices"
_DEFINITIONS = "apiextensions.k8s.io/v1/customresourcedefinitions"


class ApiResource(Struct, frozen=True, rename="camel"):
    """One resource. ``id`` is as in the log: ``apps/v1/deployments``; ``name`` is the plural.

    ``count`` is how many objects there are at this moment; -1 where they are not read, and -2 where this viewer may
    not see them. ``names`` says where short names are from: ``discovery``, or ``known`` for those of Kubernetes 1.36.
    ``server`` says who serves it, ``server_words`` by what that is known; ``server_ref`` is the object that says so.
    """

    id: str
    name: str
    short_names: list[str]
    categories: list[str]
    group: str
    api_version: str
    kind: str
    namespaced: bool
    verbs: list[str]
    count: int
    names: Literal["discovery", "known", "none"]
    server: Literal["kube-apiserver", "aggregated", "definition", "unknown"]
    server_words: str
    server_ref: str


def api_resources(
    store: Store, also_served: Mapping[str, Resource], raws: Raws, *, hidden: str = ""
) -> list[ApiResource]:
    """Every resource, by group and name. ``also_served`` can be neither listed nor watched, so that none are read."""
    services = _services(store, raws)
    rows = [
        _row(store, name, resource, services, -2 if hidden and name.startswith(hidden) else len(store.entries(name)))
        for name, resource in store.resources.items()
    ]
    rows += [
        _row(store, name, resource, services, -1)
        for name, resource in also_served.items()
        if name not in store.resources
    ]
    return sorted(rows, key=lambda row: (row.group, row.name, row.api_version))


def _services(store: Store, raws: Raws) -> Mapping[str, str]:
    """For each APIService (``v1.apps``), the Service that serves it; empty for none."""
    found: dict[str, str] = {}
    for entry, raw in raws(store.entries(_API_SERVICES).values()):
        references = links_of(_API_SERVICES, raw).references
        found[entry.object.metadata.name] = f"{references[0].namespace}/{references[0].name}" if references else ""
    return found


def _row(store: Store, name: str, resource: Resource, services: Mapping[str, str], count: int) -> ApiResource:
    api_version, _, plural = name.rpartition("/")
    group, _, version = api_version.rpartition("/")
    known = SHORT_NAMES.get((group, plural), ())
    server, words, ref = _server(store, group, version, plural, services)
    return ApiResource(
        id=name,
        name=plural,
        short_names=resource.short_names or list(known),
        categories=resource.categories,
        group=group,
        api_version=api_version,
        kind=resource.kind,
        namespaced=resource.namespaced,
        verbs=sorted(resource.verbs),
        count=count,
        names="discovery" if resource.short_names else "known" if known else "none",
        server=server,
        server_words=words,
        server_ref=ref,
    )


def _server(
    store: Store, group: str, version: str, plural: str, services: Mapping[str, str]
) -> tuple[Literal["kube-apiserver", "aggregated", "definition", "unknown"], str, str]:
    definition = f"{plural}.{group}"
    if store.get(_DEFINITIONS, definition) is not None:
        return "definition", f"CustomResourceDefinition {definition}", f"{_DEFINITIONS}:{definition}"
    registered = f"{version}.{group}"
    service = services.get(registered)
    ref = f"{_API_SERVICES}:{registered}"
    if service:
        return "aggregated", f"APIService {registered} leads to Service {service}", ref
    if service is not None:
        return "kube-apiserver", f"APIService {registered} is local", ref
    if group in GROUPS:
        return "kube-apiserver", "built in, as far as Kubernetes 1.36 is known; no APIService is recorded", ""
    return "unknown", "neither an APIService nor a CustomResourceDefinition of it is recorded", ""
