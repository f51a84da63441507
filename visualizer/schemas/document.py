"""Documents: what is kept of an API server's OpenAPI description, and how a kind is found in it.

An API server describes each group version in a document of its own (``/openapi/v3/apis/apps/v1``), most of which is
paths. Kept are the definitions of types that its kinds lead to, and of each definition only what is said of fields:
their words, types, what is required, defaults, enums and the ``x-kubernetes-*`` marks. Documents come from clusters and
from recordings, so nothing in them is trusted to have the shape that it should: what has not is left out.

https://github.com/kubernetes/enhancements/tree/master/keps/sig-api-machinery/2896-openapi-v3
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Final, TypeAlias

import msgspec

Json: TypeAlias = "dict[str, Json] | list[Json] | str | int | float | bool | None"
Schema: TypeAlias = "dict[str, Json]"
Definitions: TypeAlias = "dict[str, Schema]"
"""Schemas of types by their names, such as ``io.k8s.api.core.v1.Pod``."""

DEEPEST: Final = 60
"""Schemas inside schemas inside schemas: those of real types end before ten, and of custom resources before thirty."""

_TEXTS: Final = ("description", "type", "format", "pattern")
_KINDS: Final = "x-kubernetes-group-version-kind"
_MARKS: Final = (
    "x-kubernetes-embedded-resource",
    "x-kubernetes-int-or-string",
    "x-kubernetes-list-map-keys",
    "x-kubernetes-list-type",
    "x-kubernetes-map-type",
    "x-kubernetes-patch-merge-key",
    "x-kubernetes-patch-strategy",
    "x-kubernetes-preserve-unknown-fields",
    "x-kubernetes-validations",
)


class SchemaError(ValueError):
    """What was read is no description of an API. The message says why."""


def read_document(document: bytes) -> Definitions:
    """The definitions of an OpenAPI v3 document (of v2 as well), cut to what is kept. Raises :class:`SchemaError`."""
    try:
        whole: Json = msgspec.json.decode(document)
    except (msgspec.MsgspecError, RecursionError) as error:
        raise SchemaError(f"the document is not JSON: {error}") from error
    if not isinstance(whole, dict):
        raise SchemaError("the document is no object")
    components = whole.get("components")
    found = components.get("schemas") if isinstance(components, dict) else whole.get("definitions")
    return keep(found if found is not None else {})


def keep(definitions: Json) -> Definitions:
    """Of definitions by name what is kept. Raises :class:`SchemaError` where they are no map."""
    if not isinstance(definitions, dict):
        raise SchemaError("the schemas are not a map from names to schemas")
    return {name: _keep(schema, 0) for name, schema in definitions.items() if isinstance(schema, dict)}


def _keep(schema: Schema, depth: int) -> Schema:
    kept: Schema = {}
    if (ref := _ref(schema)) is not None:
        kept["$ref"] = ref
    for name in _TEXTS:
        if isinstance(text := schema.get(name), str) and text:
            kept[name] = text
    if schema.get("default", {}) not in ({}, None):
        kept["default"] = schema["default"]
    for name in ("enum", "required", _KINDS):
        if isinstance(items := schema.get(name), list) and items:
            kept[name] = items
    kept.update({mark: schema[mark] for mark in _MARKS if schema.get(mark)})
    if depth < DEEPEST:
        kept.update(_keep_parts(schema, depth + 1))
    return kept


def _keep_parts(schema: Schema, depth: int) -> Schema:
    kept: Schema = {}
    properties = schema.get("properties")
    if isinstance(properties, dict) and properties:
        kept["properties"] = {name: _keep(part, depth) for name, part in properties.items() if isinstance(part, dict)}
    for name in ("items", "additionalProperties"):
        if isinstance(part := schema.get(name), dict):
            kept[name] = _keep(part, depth)
    return kept


def _ref(schema: Schema) -> str | None:
    """The type that a schema refers to: v3 puts the reference into ``allOf``, so that words may stand beside it."""
    candidates: list[Json] = [schema]
    if isinstance(around := schema.get("allOf"), list) and len(around) == 1:
        candidates += around
    for candidate in candidates:
        ref = candidate.get("$ref") if isinstance(candidate, dict) else None
        if isinstance(ref, str):
            return ref.rpartition("/")[2]
    return None


def find_kind(definitions: Definitions, *, group: str, version: str, kind: str) -> Schema | None:
    """The schema of a kind."""
    wanted = {"group": group, "version": version, "kind": kind}
    return next((schema for schema in definitions.values() if wanted in _kinds(schema)), None)


def _kinds(schema: Schema) -> list[Json]:
    """Of which kinds this is the schema. Options of requests are of every group version, and no object's."""
    kinds = schema.get(_KINDS)
    return kinds if isinstance(kinds, list) and len(kinds) == 1 else []


def cut(definitions: Definitions, kinds: Iterable[tuple[str, str, str]]) -> Definitions:
    """What these kinds (group, version, kind) lead to."""
    wanted = [{"group": group, "version": version, "kind": kind} for group, version, kind in kinds]
    waiting = [name for name, schema in definitions.items() if any(kind in wanted for kind in _kinds(schema))]
    found: Definitions = {}
    while waiting:
        name = waiting.pop()
        schema = definitions.get(name)
        if name not in found and schema is not None:
            found[name] = schema
            waiting += _iter_refs(schema)
    return dict(sorted(found.items()))


def _iter_refs(schema: Mapping[str, Json]) -> Iterator[str]:
    ref = schema.get("$ref")
    if isinstance(ref, str):
        yield ref
    properties = schema.get("properties")
    parts = [*(properties.values() if isinstance(properties, dict) else ())]
    parts += [schema.get("items"), schema.get("additionalProperties")]
    for part in parts:
        if isinstance(part, dict):
            yield from _iter_refs(part)
