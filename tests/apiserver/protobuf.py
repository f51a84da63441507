"""Objects in protobuf, the form in which ``kubectl create configmap`` and its like send them.

Known are the kinds below, with the fields that kubectl fills. The numbers are those of the generated.proto files beside
the Go types; the envelope is in https://kubernetes.io/docs/reference/using-api/api-concepts/#protobuf-encoding.
"""

from __future__ import annotations

import base64
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

KIND = "application/vnd.kubernetes.protobuf"
MAGIC = b"k8s\0"

Scalar = Literal["text", "bytes", "number", "flag"]
Message: TypeAlias = "dict[int, Field]"


@dataclass(frozen=True)
class Field:
    """A field's name in JSON, and what is in it."""

    name: str
    holds: Scalar | Message
    form: Literal["one", "list", "map"] = "one"


_META: Message = {
    1: Field("name", "text"),
    2: Field("generateName", "text"),
    3: Field("namespace", "text"),
    11: Field("labels", "text", "map"),
    12: Field("annotations", "text", "map"),
    14: Field("finalizers", "text", "list"),
}
_PORT: Message = {1: Field("name", "text"), 3: Field("containerPort", "number"), 4: Field("protocol", "text")}
_CONTAINER: Message = {
    1: Field("name", "text"),
    2: Field("image", "text"),
    3: Field("command", "text", "list"),
    6: Field("ports", _PORT, "list"),
}
_TEMPLATE: Message = {1: Field("metadata", _META), 2: Field("spec", {2: Field("containers", _CONTAINER, "list")})}
_DEPLOYMENT_SPEC: Message = {
    1: Field("replicas", "number"),
    2: Field("selector", {1: Field("matchLabels", "text", "map")}),
    3: Field("template", _TEMPLATE),
}
KINDS: dict[str, Message] = {
    "ConfigMap": {
        1: Field("metadata", _META),
        2: Field("data", "text", "map"),
        3: Field("binaryData", "bytes", "map"),
        4: Field("immutable", "flag"),
    },
    "Deployment": {1: Field("metadata", _META), 2: Field("spec", _DEPLOYMENT_SPEC)},
    "Namespace": {1: Field("metadata", _META)},
    "Secret": {1: Field("metadata", _META), 2: Field("data", "bytes", "map"), 3: Field("type", "text")},
    "ServiceAccount": {1: Field("metadata", _META)},
}
_TYPE_META: Message = {1: Field("apiVersion", "text"), 2: Field("kind", "text")}
_ENVELOPE: Message = {1: Field("typeMeta", _TYPE_META)}


def decode(body: bytes) -> dict[str, Any]:
    """The object as JSON would have it; fields that are not known here are left out. ValueError for what it is not."""
    if not body.startswith(MAGIC):
        raise ValueError("this is no object in protobuf")
    envelope = body[len(MAGIC) :]
    told = _message(envelope, _ENVELOPE)["typeMeta"]
    known = KINDS.get(told["kind"])
    if known is None:
        raise ValueError(f"a {told['kind']} in protobuf is not known to this stand-in")
    raw = next(value for number, value in _fields(envelope) if number == 2 and isinstance(value, bytes))
    return {"kind": told["kind"], "apiVersion": told["apiVersion"], **_message(raw, known)}


def _message(data: bytes, known: Message) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for number, value in _fields(data):
        field = known.get(number)
        if field is None or value in (b"", 0):
            continue  # Go writes what is empty too
        if field.form == "map" and isinstance(value, bytes):
            entry = _message(value, {1: Field("key", "text"), 2: Field("value", field.holds)})
            found.setdefault(field.name, {})[entry["key"]] = entry.get("value", "")
        elif field.form == "list":
            found.setdefault(field.name, []).append(_value(value, field.holds))
        else:
            found[field.name] = _value(value, field.holds)
    return found


def _value(value: int | bytes, holds: Scalar | Message) -> Any:
    if isinstance(value, int):
        return bool(value) if holds == "flag" else value
    if isinstance(holds, dict):
        return _message(value, holds)
    return base64.b64encode(value).decode() if holds == "bytes" else value.decode()


def _fields(data: bytes) -> Iterator[tuple[int, int | bytes]]:
    """Each field's number and value: https://protobuf.dev/programming-guides/encoding/."""
    at = 0
    while at < len(data):
        tag, at = _varint(data, at)
        number, wire_type = tag >> 3, tag & 7
        if wire_type not in (0, 2):
            raise ValueError(f"field {number} is of wire type {wire_type}, which no field here has")
        value, at = _varint(data, at)
        if wire_type == 0:
            yield number, value
            continue
        yield number, data[at : at + value]
        at += value


def _varint(data: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = data[at]
        value, at, shift = value | (byte & 127) << shift, at + 1, shift + 7
        if byte < 128:
            return value, at
