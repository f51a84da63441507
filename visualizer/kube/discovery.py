"""Discovery: which resources an API server serves, and which of them can be listed and watched.

The aggregated form (KEP-3352, stable since 1.30) answers it in two requests; where a server does not offer it, each
group version is asked. A group whose own server does not answer (an aggregated API that is down) is left out and named.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

import msgspec
from msgspec import Struct, field

from visualizer.frames import Resource
from visualizer.kube.transport import JSON, ApiError, Transport

AGGREGATED: Final = f"{JSON};g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList"
NEEDED_VERBS: Final = frozenset({"list", "watch"})

PASSED_OVER: Final = frozenset({"events.k8s.io"})
"""Groups whose objects are served under another group too: these Events are v1's, with other names of fields."""


@dataclass(frozen=True)
class Discovered:
    """What can be followed, by group, version and plural; and the groups that could not be asked, with why.

    ``also_served`` are resources that cannot be listed and watched, such as reviews. ``groups`` are all groups, with
    those of which nothing can be followed. The core group is ``""``.
    """

    resources: dict[str, Resource]
    missing: dict[str, str]
    groups: frozenset[str] = frozenset()
    also_served: dict[str, Resource] = dataclasses.field(default_factory=dict)


class _Named(Struct):
    name: str = ""


class _Kind(Struct):
    kind: str = ""


class _Served(Struct):
    resource: str
    scope: str = "Cluster"
    verbs: list[str] = []
    responseKind: _Kind = field(default_factory=_Kind)
    shortNames: list[str] = []
    categories: list[str] = []


class _Version(Struct):
    version: str
    resources: list[_Served] = []
    freshness: str = ""


class _Group(Struct):
    metadata: _Named
    versions: list[_Version] = []


class _Groups(Struct):
    kind: str = ""
    items: list[_Group] | None = None


class _GroupVersion(Struct):
    groupVersion: str
    version: str


class _PlainGroup(Struct):
    name: str
    versions: list[_GroupVersion]
    preferredVersion: _GroupVersion


class _PlainGroups(Struct):
    groups: list[_PlainGroup]


class _PlainResource(Struct):
    name: str
    namespaced: bool
    kind: str
    verbs: list[str] = []
    shortNames: list[str] = []
    categories: list[str] = []


class _PlainResources(Struct):
    resources: list[_PlainResource]


class _ServerVersion(Struct):
    gitVersion: str = ""


async def server_version(transport: Transport) -> str:
    """The server's own version, such as ``v1.36.2``. Raises as :func:`discover` does."""
    return msgspec.json.decode(await transport.get("/version"), type=_ServerVersion).gitVersion


async def discover(transport: Transport) -> Discovered:
    """Ask the server.

    Raises :class:`visualizer.kube.transport.ApiError` and :class:`visualizer.kube.transport.Unreachable` where it does
    not answer at all.
    """
    core = _aggregated(await transport.get("/api", accept=f"{AGGREGATED},{JSON}"))
    groups = _aggregated(await transport.get("/apis", accept=f"{AGGREGATED},{JSON}"))
    if core is None or groups is None:
        return await _discover_plainly(transport)
    return _choose([*core, *groups])


def _aggregated(answer: bytes) -> list[_Group] | None:
    """The groups of an aggregated answer; None where the server gave its older one."""
    decoded = msgspec.json.decode(answer, type=_Groups)
    return decoded.items if decoded.kind == "APIGroupDiscoveryList" else None


def _choose(groups: Iterable[_Group]) -> Discovered:
    """Each resource in the version that its group prefers, which is the first that has it."""
    resources: dict[str, Resource] = {}
    also_served: dict[str, Resource] = {}
    missing: dict[str, str] = {}
    served_groups: set[str] = set()
    for group in groups:
        name = group.metadata.name
        served_groups.add(name)
        taken: set[str] = set()
        for version in group.versions:
            if version.freshness == "Stale":
                missing[f"{name}/{version.version}"] = "its server does not answer"
            for served in version.resources:
                if served.resource in taken:
                    continue
                taken.add(served.resource)
                key, resource = _named(name, version.version, served)
                is_followed = name not in PASSED_OVER and NEEDED_VERBS.issubset(served.verbs)
                (resources if is_followed else also_served)[key] = resource
    return Discovered(resources, missing, frozenset(served_groups), also_served)


def _named(group: str, version: str, served: _Served) -> tuple[str, Resource]:
    prefix = f"{group}/{version}" if group else version
    root = f"/apis/{prefix}" if group else f"/api/{version}"
    return f"{prefix}/{served.resource}", Resource(
        path=f"{root}/{served.resource}",
        kind=served.responseKind.kind,
        namespaced=served.scope == "Namespaced",
        verbs=served.verbs,
        short_names=served.shortNames,
        categories=served.categories,
    )


async def _discover_plainly(transport: Transport) -> Discovered:
    groups = [_Group(_Named(""), [await _ask(transport, "/api/v1", "v1")])]
    missing: dict[str, str] = {}
    answer = msgspec.json.decode(await transport.get("/apis"), type=_PlainGroups)
    for group in answer.groups:
        found = _Group(_Named(group.name), [])
        for version in _preferred_first(group):
            try:
                found.versions.append(await _ask(transport, f"/apis/{version.groupVersion}", version.version))
            except ApiError as error:
                missing[version.groupVersion] = str(error)
        groups.append(found)
    chosen = _choose(groups)
    return Discovered(chosen.resources, {**chosen.missing, **missing}, chosen.groups, chosen.also_served)


def _preferred_first(group: _PlainGroup) -> Iterator[_GroupVersion]:
    yield group.preferredVersion
    yield from (version for version in group.versions if version != group.preferredVersion)


async def _ask(transport: Transport, path: str, version: str) -> _Version:
    answer = msgspec.json.decode(await transport.get(path), type=_PlainResources)
    return _Version(
        version,
        [
            _Served(
                found.name,
                "Namespaced" if found.namespaced else "Cluster",
                found.verbs,
                _Kind(found.kind),
                found.shortNames,
                found.categories,
            )
            for found in answer.resources
            if "/" not in found.name
        ],
    )
