"""What kinds of objects there are, and which of them a path speaks of.

Known are the resources of a real v1.36 server (from its aggregated discovery) and those a recording adds: custom ones.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

from tests.apiserver import forms
from tests.apiserver.exchanges import exchanges
from tests.apiserver.statuses import NoSuchPath

EVERY_VERB = ("create", "delete", "deletecollection", "get", "list", "patch", "update", "watch")
NAMESPACE_SUBRESOURCES = ("status", "finalize")


@dataclass(frozen=True)
class Resource:
    """One resource of one group version; ``verbs`` says what may be done with it."""

    group: str
    version: str
    name: str
    kind: str
    namespaced: bool
    verbs: tuple[str, ...] = EVERY_VERB
    singular: str = ""
    short_names: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    subresources: tuple[tuple[str, str, str, str, tuple[str, ...]], ...] = ()
    """Name, group, version, kind and verbs of each."""
    custom: bool = False
    """Defined by a CustomResourceDefinition: the items of its lists carry apiVersion and kind."""

    @property
    def api_version(self) -> str:
        """As objects carry it: ``v1``, ``apps/v1``."""
        return f"{self.group}/{self.version}" if self.group else self.version

    @property
    def id(self) -> str:
        """As recordings name it: ``v1/pods``, ``apps/v1/deployments``."""
        return f"{self.api_version}/{self.name}"

    @property
    def stored(self) -> str:
        """Which resource's objects these are: two resources are other forms of others' objects."""
        return forms.stored(self.id)

    @property
    def qualified(self) -> str:
        """As messages name it: ``pods``, ``deployments.apps``."""
        return f"{self.name}.{self.group}" if self.group else self.name

    @property
    def path(self) -> str:
        """Where objects of all namespaces are listed."""
        return f"{'/apis' if self.group else '/api'}/{self.id}"


@dataclass(frozen=True)
class Target:
    """What a path speaks of: a collection, an object of it, or a part of that."""

    resource: Resource
    namespace: str = ""
    name: str = ""
    subresource: str = ""


class Catalogue:
    """All resources, in the order discovery tells them."""

    def __init__(self) -> None:
        self._resources = {resource.id: resource for resource in _known()}

    def __iter__(self) -> Iterator[Resource]:
        return iter(self._resources.values())

    def __getitem__(self, resource_id: str) -> Resource:
        return self._resources[resource_id]

    def __contains__(self, resource_id: str) -> bool:
        return resource_id in self._resources

    def add(self, resource: Resource) -> None:
        """Serve one more resource."""
        self._resources[resource.id] = resource

    def group_versions(self) -> dict[str, list[str]]:
        """Versions by group; the core group is ""."""
        versions: dict[str, list[str]] = {}
        for resource in self:
            listed = versions.setdefault(resource.group, [])
            if resource.version not in listed:
                listed.append(resource.version)
        return versions

    def of(self, group: str, version: str) -> list[Resource]:
        """The resources of one group version, by name."""
        found = [resource for resource in self if (resource.group, resource.version) == (group, version)]
        return sorted(found, key=lambda resource: resource.name)

    def target(self, path: str) -> Target:
        """What an absolute path names; NoSuchPath if no such resource is served."""
        match path.strip("/").split("/"):
            case ["api", version, *rest] if rest:
                return self._target(f"{version}/", rest)
            case ["apis", group, version, *rest] if rest:
                return self._target(f"{group}/{version}/", rest)
        raise NoSuchPath

    def _target(self, prefix: str, rest: list[str]) -> Target:
        namespace = ""
        if rest[0] == "namespaces" and len(rest) > 2 and not (len(rest) == 3 and rest[2] in NAMESPACE_SUBRESOURCES):
            namespace, rest = rest[1], rest[2:]
        resource = self._resources.get(prefix + rest[0])
        if resource is None or len(rest) > 3 or (namespace and not resource.namespaced):
            raise NoSuchPath
        return Target(resource, namespace, *rest[1:])


def custom(resource_id: str, kind: str, *, namespaced: bool, verbs: tuple[str, ...] = EVERY_VERB) -> Resource:
    """A resource beyond those of a bare cluster, from its name in a recording."""
    *group, version, name = resource_id.split("/")
    return Resource(
        "".join(group), version, name, kind, namespaced, verbs=verbs, singular=kind.lower(), custom=bool(group)
    )


@cache
def _known() -> tuple[Resource, ...]:
    return tuple(
        _resource(group["metadata"].get("name", ""), version["version"], told)
        for name in ("aggregated discovery, core", "aggregated discovery, groups")
        for group in exchanges()[name]["body"]["items"]
        for version in group["versions"]
        for told in version["resources"]
    )


def _resource(group: str, version: str, told: dict[str, Any]) -> Resource:
    return Resource(
        group,
        version,
        told["resource"],
        told["responseKind"]["kind"],
        told["scope"] == "Namespaced",
        verbs=tuple(told["verbs"]),
        singular=told["singularResource"],
        short_names=tuple(told.get("shortNames", ())),
        categories=tuple(told.get("categories", ())),
        subresources=tuple(
            (part["subresource"], *_group_version_kind(part["responseKind"]), tuple(part["verbs"]))
            for part in told.get("subresources", ())
        ),
    )


def _group_version_kind(told: dict[str, str]) -> tuple[str, str, str]:
    return told["group"], told["version"], told["kind"]
