"""Lines: what an API server sends, as the log's frames. Objects pass through as they came.

Secrets are asked for as metadata only, which names them ``PartialObjectMetadata``; they get their own name back.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

import msgspec
from msgspec import Raw, Struct

SECRETS: Final = "v1/secrets"
INITIAL_EVENTS_END: Final = "k8s.io/initial-events-end"


class _Metadata(Struct):
    resourceVersion: str = ""
    annotations: dict[str, str] | None = None


class _Object(Struct):
    metadata: _Metadata


class _Line(Struct):
    type: str
    object: Raw


class _ListMetadata(Struct):
    resourceVersion: str = ""
    next: str = msgspec.field(default="", name="continue")


class _List(Struct):
    metadata: _ListMetadata
    items: list[Raw] | None = None


class Told(Struct, frozen=True):
    """One line of a watch: its type, the object as it came, and the version it leads to."""

    type: str
    object: bytes
    version: str
    ends_initial_events: bool


class Page(Struct, frozen=True):
    """One page of a list. ``next`` is empty on the last."""

    items: Sequence[bytes]
    version: str
    next: str


class BadLine(ValueError):
    """What the server sent is not what a watch or a list consists of."""


# As every API server begins its lines. What follows is then the object and one brace, and is read in one pass.
_HEAD: Final = re.compile(rb'\{"type":"(ADDED|MODIFIED|DELETED|BOOKMARK)","object":')

_lines: Final = msgspec.json.Decoder(_Line)
_objects: Final = msgspec.json.Decoder(_Object)
_lists: Final = msgspec.json.Decoder(_List)


def read_line(line: bytes) -> Told:
    """A line of a watch. Raises :class:`BadLine`."""
    head = _HEAD.match(line)
    if head is not None and line.endswith(b"}"):
        raw = line[head.end() : -1]
        try:
            return _told(head[1].decode(), raw)
        except (msgspec.DecodeError, RecursionError):
            pass  # the long way finds out what is wrong, or that there is more in the line
    try:
        told = _lines.decode(line)
        if told.type == "ERROR":
            return Told("ERROR", bytes(told.object), "", False)
        return _told(told.type, bytes(told.object))
    except (msgspec.DecodeError, RecursionError) as error:
        raise BadLine(f"a line of the watch cannot be read: {error}") from error


def _told(kind: str, raw: bytes) -> Told:
    metadata = _objects.decode(raw).metadata
    ends = kind == "BOOKMARK" and (metadata.annotations or {}).get(INITIAL_EVENTS_END) == "true"
    return Told(kind, raw, metadata.resourceVersion, ends)


def read_page(answer: bytes) -> Page:
    """A list, or a page of one. Raises :class:`BadLine`."""
    try:
        page = _lists.decode(answer)
    except (msgspec.DecodeError, RecursionError) as error:
        raise BadLine(f"a list cannot be read: {error}") from error
    return Page([bytes(item) for item in page.items or ()], page.metadata.resourceVersion, page.metadata.next)


def event_frame(ts: float, resource: str, told: Told, *, inferred_since: float | None = None) -> bytes:
    """A watch event as a frame, seen at ``ts``, or inferred from that list and one at ``inferred_since``."""
    obj = with_kind(told.object, "v1", "Secret") if resource == SECRETS else told.object
    since = b"" if inferred_since is None else b'"inferredSince":%.6f,' % inferred_since
    return b'{"ts":%.6f,"kind":"event","resource":%b,"type":%b,%b"object":%b}' % (
        ts,
        msgspec.json.encode(resource),
        msgspec.json.encode(told.type),
        since,
        obj,
    )


def list_frame(ts: float, resource: str, page: Page, *, continues: bool) -> bytes:
    """A list, or a page of it, as a frame. The items of a list do not name their kind, as the server's own do not."""
    return b'{"ts":%.6f,"kind":"list","resource":%b,"resourceVersion":%b,"items":[%b]%b%b}' % (
        ts,
        msgspec.json.encode(resource),
        msgspec.json.encode(page.version),
        b",".join(map(without_kind, page.items)),
        b',"more":true' if page.next else b"",
        b',"continues":true' if continues else b"",
    )


def without_kind(item: bytes) -> bytes:
    """The object as a list has it."""
    try:
        fields = msgspec.json.decode(item, type=dict[str, Raw])
    except msgspec.DecodeError as error:
        raise BadLine(f"an object cannot be read: {error}") from error
    fields.pop("kind", None)
    fields.pop("apiVersion", None)
    return msgspec.json.encode(fields)


def note_frame(ts: float, text: str) -> bytes:
    """A note as a frame."""
    return msgspec.json.encode({"ts": round(ts, 6), "kind": "note", "text": text, "command": None})


def with_kind(item: bytes, api_version: str, kind: str) -> bytes:
    """The object with its apiVersion and kind, which the items of lists lack. Raises :class:`BadLine`."""
    try:
        fields = msgspec.json.decode(item, type=dict[str, Raw])
    except msgspec.DecodeError as error:
        raise BadLine(f"an object cannot be read: {error}") from error
    return msgspec.json.encode({**fields, "kind": kind, "apiVersion": api_version})
