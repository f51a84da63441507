"""Fields: what a schema says of one field of an object, found by the field's path."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

import msgspec
from msgspec import Struct

from visualizer.ownership import Path
from visualizer.schemas.document import Definitions, Json, Schema

_OPEN: Final = "x-kubernetes-preserve-unknown-fields"


class Field(Struct, frozen=True, rename="camel"):
    """What a schema says of one field.

    ``path`` is the field's as ``kubectl explain`` takes it, without the resource: ``spec.containers.image``. ``type``
    is as that prints it: ``[]Container``, ``map[string]string``. ``default`` is JSON, "" where none is said. ``notes``
    are sentences made of its marks. ``is_known`` is False where the schema says nothing of the field: then all is of
    the nearest one around it that it knows.
    """

    path: str
    type: str
    words: str
    required: bool
    default: str
    enum: list[str]
    notes: list[str]
    is_known: bool


class _Found(Struct, frozen=True):
    """A field's schema, and that of what was reached in it: an item of its list, a value of its map, or itself."""

    schema: Schema
    inner: Schema
    path: tuple[str, ...] = ()
    required: bool = False
    is_known: bool = True


def describe(definitions: Definitions, kind: Schema, path: Path) -> Field:
    """What the kind's schema says of the field at this path of an object; of an item, what it says of the list."""
    found = _walk(definitions, kind, path)
    schema = found.schema
    target = _resolve(definitions, schema)
    default = schema.get("default", target.get("default"))
    enum = schema.get("enum") or target.get("enum")
    has_default = default is not None and not (found.required and not default)  # the zero of a field that must be given
    return Field(
        path=".".join(found.path),
        type=type_of(definitions, schema),
        words=_text(schema, "description") or _text(target, "description"),
        required=found.required,
        default=msgspec.json.encode(default).decode() if has_default else "",
        enum=[_plain(value) for value in enum] if isinstance(enum, list) else [],
        notes=list(_iter_notes(schema, target)),
        is_known=found.is_known,
    )


def _walk(definitions: Definitions, kind: Schema, path: Path) -> _Found:
    found = _Found(kind, kind)
    for key in path:
        around = _resolve(definitions, found.inner)
        if isinstance(key, str) and isinstance(inner := _part(around, "properties").get(key), dict):
            required = key in _list(around, "required")
            found = _Found(inner, inner, (*found.path, key), required)
            continue
        values = around.get("items" if isinstance(key, int) else "additionalProperties")
        if not isinstance(values, dict):
            return msgspec.structs.replace(found, is_known=False)
        found = msgspec.structs.replace(found, inner=values)
    return found


def _part(schema: Schema, name: str) -> Schema:
    part = schema.get(name)
    return part if isinstance(part, dict) else {}


def _resolve(definitions: Definitions, schema: Schema) -> Schema:
    """The schema of the type that this refers to; itself where it refers to none."""
    seen: set[str] = set()
    while isinstance(ref := schema.get("$ref"), str) and ref not in seen and ref in definitions:
        seen.add(ref)
        schema = definitions[ref]
    return schema


def type_of(definitions: Definitions, schema: Schema, *, depth: int = 0) -> str:
    """The type as ``kubectl explain`` prints it (kubectl's ``pkg/explain/v2/templates/plaintext.tmpl``)."""
    if isinstance(ref := schema.get("$ref"), str):
        name = ref.rpartition(".")[2]
        target = definitions.get(ref, {})
        return _text(target, "type") if name == "Time" else name
    items, values = schema.get("items"), schema.get("additionalProperties")
    if isinstance(items, dict) and depth < 8:
        return f"[]{type_of(definitions, items, depth=depth + 1)}"
    if isinstance(values, dict) and depth < 8:
        return f"map[string]{type_of(definitions, values, depth=depth + 1)}"
    if schema.get("x-kubernetes-int-or-string"):
        return "IntOrString"
    named = _text(schema, "type")
    return "Object" if named in ("object", "") else named


def _iter_notes(schema: Schema, target: Schema) -> Iterator[str]:
    format_ = _text(schema, "format") or _text(target, "format")
    if format_ and format_ != "int-or-string":
        yield f"Format: {format_}."
    if pattern := _text(schema, "pattern"):
        yield f"Must match {pattern}"
    words = _text(schema, "description")
    if "annot be updated" in words or "mmutable" in words:
        yield "Its words say that it does not change once it is set."
    yield from _iter_merge_notes(schema)
    for rule in _list(schema, "x-kubernetes-validations"):
        if isinstance(rule, dict):
            text, said = _text(rule, "rule"), _text(rule, "message")
            yield f"Must hold: {text}" + (f" ({said})" if said else "")
    if schema.get(_OPEN) or target.get(_OPEN):
        yield "It may hold fields that the schema does not name."


def _iter_merge_notes(schema: Schema) -> Iterator[str]:
    list_type = _text(schema, "x-kubernetes-list-type")
    keys = [key for key in _list(schema, "x-kubernetes-list-map-keys") if isinstance(key, str)]
    if list_type == "map" and keys:
        yield f"Server-side apply tells its items apart by {_and(keys)}."
    elif list_type == "set":
        yield "Server-side apply takes it as a set: each value once."
    elif list_type == "atomic" or _text(schema, "x-kubernetes-map-type") == "atomic":
        yield "Server-side apply takes it as one: who sets it owns all of it."
    strategy, key = _text(schema, "x-kubernetes-patch-strategy"), _text(schema, "x-kubernetes-patch-merge-key")
    if strategy:
        yield f"A strategic merge patch does “{strategy}”" + (f", by {key}." if key else ".")


def _and(words: Sequence[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"


def _text(schema: Schema, name: str) -> str:
    text = schema.get(name)
    return text if isinstance(text, str) else ""


def _list(schema: Schema, name: str) -> list[Json]:
    found = schema.get(name)
    return found if isinstance(found, list) else []


def _plain(value: Json) -> str:
    return value if isinstance(value, str) else msgspec.json.encode(value).decode()
