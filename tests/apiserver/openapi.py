"""Schemas, for ``kubectl explain`` and for kubectl's question whether the server validates fields.

The documents of core v1 and apps/v1 are the real server's. Those of other groups say no more than each kind's name,
and that objects have apiVersion, kind, metadata, spec and status.
"""

from __future__ import annotations

import hashlib
from functools import cache
from typing import Any

import orjson

from tests.apiserver.exchanges import exchanges
from tests.apiserver.resources import Catalogue, Resource
from tests.apiserver.statuses import NoSuchPath

RECORDED = {"api/v1": "openapi v3 core v1", "apis/apps/v1": "openapi v3 apps/v1"}


class OpenApi:
    """OpenAPI v3 of the resources of a catalogue."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue

    def index(self) -> bytes:
        """Where the document of each group version is."""
        paths = {_path(resource) for resource in self._catalogue}
        return orjson.dumps({"paths": {path: {"serverRelativeURL": self._url(path)} for path in sorted(paths)}})

    def document(self, path: str) -> bytes:
        """The document of ``api/v1`` or ``apis/GROUP/VERSION``."""
        if path not in {_path(resource) for resource in self._catalogue}:
            raise NoSuchPath
        return self._text(path)

    def _text(self, path: str) -> bytes:
        if path in RECORDED:
            return _recorded(path)
        first = next(resource for resource in self._catalogue if _path(resource) == path)
        return orjson.dumps(_sketch(self._catalogue.of(first.group, first.version)))

    def _url(self, path: str) -> str:
        digest = hashlib.sha512(self._text(path), usedforsecurity=False).hexdigest().upper()
        return f"/openapi/v3/{path}?hash={digest}"


@cache
def _recorded(path: str) -> bytes:
    return orjson.dumps(exchanges()[RECORDED[path]]["body"])


def description(schema: str, field: str) -> str:
    """What the core document says of a field, as ``PodStatus`` and ``podIP``."""
    schemas = exchanges()["openapi v3 core v1"]["body"]["components"]["schemas"]
    full = next(name for name in schemas if name.endswith(f".{schema}"))
    return schemas[full]["properties"][field].get("description", "")


def _path(resource: Resource) -> str:
    return f"{'apis' if resource.group else 'api'}/{resource.api_version}"


def _sketch(resources: list[Resource]) -> dict[str, Any]:
    schemas = {f"stand-in.{resource.kind}": _schema(resource) for resource in resources}
    paths = {
        f"{resource.path}/{{name}}": {"patch": _patch(resource)} for resource in resources if "patch" in resource.verbs
    }
    info = {"title": "Kubernetes", "version": "stand-in"}
    return {"openapi": "3.0.0", "info": info, "paths": paths, "components": {"schemas": schemas}}


def _schema(resource: Resource) -> dict[str, Any]:
    properties = {
        "apiVersion": {"type": "string"},
        "kind": {"type": "string"},
        "metadata": {"type": "object"},
        "spec": {"type": "object", "x-kubernetes-preserve-unknown-fields": True},
        "status": {"type": "object", "x-kubernetes-preserve-unknown-fields": True},
    }
    return {"type": "object", "properties": properties, "x-kubernetes-group-version-kind": [_kind(resource)]}


def _kind(resource: Resource) -> dict[str, str]:
    return {"group": resource.group, "version": resource.version, "kind": resource.kind}


def _patch(resource: Resource) -> dict[str, Any]:
    parameters = [{"name": name, "in": "query", "schema": {"type": "string"}} for name in ("dryRun", "fieldValidation")]
    return {
        "operationId": f"patch{resource.kind}",
        "parameters": parameters,
        "responses": {"200": {"description": "OK"}},
        "x-kubernetes-action": "patch",
        "x-kubernetes-group-version-kind": _kind(resource),
    }
