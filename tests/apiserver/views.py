"""How objects are shown, by what the Accept header asks: whole, their metadata alone, or as rows of a table.

https://kubernetes.io/docs/reference/using-api/api-concepts/#alternate-representations-of-resources
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from typing import Any, Literal

from tests.apiserver import forms
from tests.apiserver.printers import columns, row
from tests.apiserver.resources import Resource
from tests.apiserver.statuses import Refusal

Form = Literal["object", "PartialObjectMetadata", "PartialObjectMetadataList", "Table"]

META = "meta.k8s.io/v1"
# What a bookmark shows where an object would be: the zero value of its type in Go. Only this one was recorded.
EMPTY = {
    "apps/v1/deployments": {
        "spec": {
            "replicas": 0,
            "selector": None,
            "template": {"metadata": {}, "spec": {"containers": None}},
            "strategy": {},
        },
        "status": {},
    }
}


def form(accept: str) -> Form:
    """The first form an Accept header asks for that is offered."""
    for entry in (accept or "*/*").split(","):
        media, *given = (part.strip() for part in entry.split(";"))
        parameters = dict(part.split("=", 1) for part in given if "=" in part)
        if media not in {"application/json", "application/*", "*/*"}:
            continue
        if "as" not in parameters:
            return "object"
        if (parameters.get("g"), parameters.get("v")) != ("meta.k8s.io", "v1"):
            continue
        match parameters["as"]:
            case "Table" | "PartialObjectMetadata" | "PartialObjectMetadataList" as asked:
                return asked
    message = "only the following media types are accepted: application/json"
    raise Refusal(406, message, reason="NotAcceptable")


def whole(resource: Resource, obj: dict[str, Any]) -> dict[str, Any]:
    """An object with its kind and apiVersion."""
    return {"kind": resource.kind, "apiVersion": resource.api_version, **forms.shown(resource.id, obj)}


def metadata_only(obj: dict[str, Any]) -> dict[str, Any]:
    """An object's metadata, as a kind of its own."""
    return {"kind": "PartialObjectMetadata", "apiVersion": META, "metadata": obj["metadata"]}


class View:
    """Shows objects of one resource in the form that was asked for."""

    def __init__(self, resource: Resource, accept: str, now: float, include: str = "Metadata") -> None:
        self.form = form(accept)
        self._resource = resource
        self._now = now
        self._include = include
        self._columns_told = False

    def one(self, obj: dict[str, Any]) -> dict[str, Any]:
        """One object: the answer to a get, or what a watch event carries."""
        match self.form:
            case "object":
                return whole(self._resource, obj)
            case "PartialObjectMetadata":
                return metadata_only(obj)
            case "PartialObjectMetadataList":
                message = "you requested PartialObjectMetadataList, but the requested object is not a list"
                raise Refusal(406, f"{message} (*{self._resource.kind})", reason="NotAcceptable")
        return self._table([obj], {"resourceVersion": obj["metadata"]["resourceVersion"]})

    def many(self, objects: Iterable[dict[str, Any]], metadata: dict[str, Any]) -> dict[str, Any]:
        """A list."""
        match self.form:
            case "object":
                show = (
                    partial(whole, self._resource) if self._resource.custom else partial(forms.shown, self._resource.id)
                )
                items = [show(obj) for obj in objects]
                kind, api_version = f"{self._resource.kind}List", self._resource.api_version
            case "PartialObjectMetadataList":
                items = [metadata_only(obj) for obj in objects]
                kind, api_version = "PartialObjectMetadataList", META
            case "PartialObjectMetadata":
                message = "you requested PartialObjectMetadata, but the requested object is a list"
                raise Refusal(406, f"{message} (*{self._resource.kind}List)", reason="NotAcceptable")
            case "Table":
                return self._table(objects, metadata)
        return {"kind": kind, "apiVersion": api_version, "metadata": metadata, "items": items}

    def bookmark(self, metadata: dict[str, Any]) -> dict[str, Any]:
        """What a BOOKMARK event carries."""
        if self.form == "Table":
            return self._table([], metadata)
        if self.form == "PartialObjectMetadata":
            return metadata_only({"metadata": metadata})
        head = {"kind": self._resource.kind, "apiVersion": self._resource.api_version, "metadata": metadata}
        return {**head, **EMPTY.get(self._resource.id, {})}

    def _table(self, objects: Iterable[dict[str, Any]], metadata: dict[str, Any]) -> dict[str, Any]:
        told, self._columns_told = self._columns_told, True
        return {
            "kind": "Table",
            "apiVersion": META,
            "metadata": metadata,
            "columnDefinitions": None if told else columns(self._resource),
            "rows": [self._row(obj) for obj in objects],
        }

    def _row(self, obj: dict[str, Any]) -> dict[str, Any]:
        cells = row(self._resource, obj, self._now)
        match self._include:
            case "None":
                return {"cells": cells, "object": None}
            case "Object":
                return {"cells": cells, "object": whole(self._resource, obj)}
        return {"cells": cells, "object": metadata_only(obj)}
