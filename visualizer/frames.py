"""Frames: the log's entries, as the recording format writes them, one JSON object a line.

A frame is a header, a listing, a watch event or a note (docs/recording-format.md). This module turns a line into a
typed frame, and says clearly what is wrong with a line that is not one. A line that decodes is well-formed JSON in
UTF-8 all the way through, also where no field is read. It knows nothing of files, chunks or sockets.
"""

from __future__ import annotations

import re
from functools import cache
from typing import Annotated, Any, Final, Literal, TypeVar

import msgspec
from msgspec import Meta, Raw, Struct

from visualizer.kinds import KINDS
from visualizer.objects import AnyObject, Object

FORMAT: Final = "orrery-recording"
VERSION: Final = 1
LATEST_TS: Final = 1e11
"""No time is later than this, in unix seconds: it is the year 5138."""

NOTE_CHARACTERS: Final = 10_000
"""The longest note: it is a sentence, with the command beside it."""

HEADER_BYTES: Final = 16 << 20
"""The longest header. That of a cluster with a hundred resources has 10 kB."""

WatchEventType = Literal["ADDED", "MODIFIED", "DELETED"]
Seconds = Annotated[float, Meta(ge=0, lt=LATEST_TS)]
"""Unix seconds."""


class FrameError(ValueError):
    """A line that is no frame. The message says why, without the line number, which only the reader knows."""


class Resource(Struct, frozen=True, omit_defaults=True):
    """One kind of thing that the API server serves, as discovery describes it."""

    path: str
    kind: str
    namespaced: bool
    verbs: list[str] = []
    short_names: list[str] = []
    categories: list[str] = []


class Header(Struct, frozen=True):
    """The first frame. ``resources`` is keyed by group, version and plural: ``apps/v1/deployments``.

    ``ts`` is None where the recording does not say when it was begun. ``schemas`` is JSON: the types of its objects by
    name, as the API describes them (schemas/document.py); empty where the recording carries none.
    ``also_served`` are resources that the server has besides, and that cannot be listed and watched.
    """

    ts: float | None
    name: str
    server_version: str
    resources: dict[str, Resource]
    schemas: bytes = b""
    also_served: dict[str, Resource] = {}


class Listing(Struct, frozen=True, gc=False, tag_field="kind", tag="list", rename="camel"):
    """What a list of one resource answered.

    ``more`` says that another page of the same list follows, ``continues`` that this one follows another: needed where
    a list comes as a stream, whose version is known at its end only.
    """

    ts: Seconds
    resource: str
    items: list[AnyObject]
    resource_version: str = ""
    more: bool = False
    continues: bool = False


class AuditedWriter(Struct, frozen=True):
    """Who asked for a write, as an audit log has it. ``verb`` is create where the write made the object."""

    user: str
    agent: str = ""
    verb: str = ""
    subresource: str = ""


class WatchEvent(Struct, frozen=True, gc=False, tag_field="kind", tag="event", rename="camel"):
    """One change, as the API server's watch told it.

    Where the cluster is not watched but listed now and then, it is the difference between two lists: then
    ``inferred_since`` is the time of the list before, and the change, or several at once, happened between that and
    ``ts``. ``writer`` is there where an audit log said who wrote.
    """

    ts: Seconds
    resource: str
    type: WatchEventType
    object: AnyObject
    inferred_since: Seconds | None = None
    writer: AuditedWriter | None = None


class Note(Struct, frozen=True, gc=False):
    """What a person did at that moment, in a sentence, with the command if there was one."""

    ts: float
    text: str
    command: str | None = None


Frame = Listing | WatchEvent | Note
"""What a log is made of. The header is not in the log: it is the log's own row."""


class _Envelope(Struct, gc=False):
    """Any line, with its objects left as they came."""

    kind: str
    ts: float | None = None
    resource: str = ""
    type: str = ""
    object: Raw = Raw()
    items: list[Raw] | None = None
    resourceVersion: str = ""
    more: bool = False
    text: str = ""
    command: str | None = None


class _HeaderLine(Struct):
    format: str
    version: int
    name: str
    server_version: str
    resources: dict[str, Resource]
    ts: float | None = None
    schemas: Raw = Raw()
    also_served: dict[str, Resource] = {}


class _Bare(Struct):
    """What every object has."""

    metadata: dict[str, Raw] | None = None


_Read = TypeVar("_Read")
_envelopes: Final = msgspec.json.Decoder(_Envelope)
_headers: Final = msgspec.json.Decoder(_HeaderLine)
_bare: Final = msgspec.json.Decoder(_Bare)

# Where the short fields come first, as every known writer puts them, a line says early what it is.
_HEAD: Final = re.compile(
    rb"\{\s*"
    rb'(?:(?:"ts":\s*[0-9.]+|"kind":\s*"(event|list)"|"type":\s*"[A-Z]+"|"resourceVersion":\s*"[0-9]*"),\s*)*'
    rb'"resource":\s*"([^"\\]+)"'
)


def decode_header(line: bytes) -> Header:
    """The first line of a recording.

    Raises :class:`FrameError` for a line of another kind, another format, or a version this program does not read.
    """
    if len(line) > HEADER_BYTES:
        raise FrameError(f"the header is longer than {HEADER_BYTES:,} bytes")
    envelope = _open(line)
    if envelope.kind != "header":
        raise FrameError(f"a recording begins with a header, and this is a frame of kind “{envelope.kind}”")
    if envelope.ts is not None:
        _check_time(envelope.ts)
    try:
        header = _headers.decode(line)
    except (msgspec.DecodeError, RecursionError) as error:
        raise FrameError(f"the header is not complete: {_words(error)}") from error
    if header.format != FORMAT:
        raise FrameError(f"the format is “{header.format}”, and only “{FORMAT}” is read here")
    if header.version != VERSION:
        raise FrameError(f"the format's version is {header.version}, and only version {VERSION} is read here")
    if b"\\u0000" in line:
        raise FrameError("the header holds a NUL character, which is no text")
    schemas = bytes(header.schemas)
    return Header(header.ts, header.name, header.server_version, header.resources, schemas, header.also_served)


def time_of(line: bytes) -> float:
    """When the frame on this line was seen, in unix seconds. Raises :class:`FrameError` where it says none."""
    ts = _open(line).ts
    if ts is None:
        raise FrameError("the frame has no time (ts)")
    _check_time(ts)
    return ts


def resource_of(line: bytes) -> str:
    """Of which resource a line that is a frame tells; "" for a note. Nothing else of it is read where that can be."""
    head = _HEAD.match(line)
    return head[2].decode() if head else _open(line).resource


class Decoder:
    """Turns lines into frames, for one recording or log, whose header says which resources there are."""

    def __init__(self, resources: dict[str, Resource]) -> None:
        kinds = {resource: KINDS.get(resource, Object) for resource in resources}
        self._kinds = kinds
        self._watch_events = {resource: _watch_events(kind) for resource, kind in kinds.items()}
        self._listings = {resource: _listings(kind) for resource, kind in kinds.items()}

    def decode(self, line: bytes) -> Listing | WatchEvent | Note:
        """The frame on this line. Raises :class:`FrameError` where it is none, or names an unknown resource."""
        head = _HEAD.match(line)
        if head is not None:
            kind, resource = head.groups()
            decoders = self._watch_events if kind == b"event" else self._listings if kind == b"list" else {}
            decoder = decoders.get(resource.decode(errors="replace"))
            if decoder is not None:
                try:
                    frame = decoder.decode(line)
                    if frame.resource.encode() == resource and (line.isascii() or line.decode()):
                        return frame
                except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
                    pass  # the long way finds out what is wrong
        return self._decode_any(line)

    def _decode_any(self, line: bytes) -> Listing | WatchEvent | Note:
        """The same for any order of fields, step by step, so that each thing that can be wrong has its own words."""
        envelope = _open(line)
        if envelope.kind == "header":
            raise FrameError("a recording has one header, and this is another")
        if envelope.kind not in ("event", "list", "note"):
            raise FrameError(f"a frame of kind “{envelope.kind}” is not known here")
        if envelope.ts is None:
            raise FrameError("the frame has no time (ts)")
        _check_time(envelope.ts)
        if envelope.kind == "note":
            return _note(envelope.ts, envelope.text, envelope.command)
        if envelope.resource not in self._kinds:
            raise FrameError(f"the header does not name the resource “{envelope.resource}”")
        if envelope.kind == "event":
            return self._watch_event(line, envelope)
        return self._listing(line, envelope)

    def _watch_event(self, line: bytes, envelope: _Envelope) -> WatchEvent:
        if envelope.type not in ("ADDED", "MODIFIED", "DELETED"):
            raise FrameError(f"a watch event of type “{envelope.type}” is not ADDED, MODIFIED or DELETED")
        if not envelope.object:
            raise FrameError("a watch event has no object")
        self._check_object(envelope.resource, envelope.object)
        return _read(self._watch_events[envelope.resource], line)

    def _listing(self, line: bytes, envelope: _Envelope) -> Listing:
        if envelope.items is None:
            raise FrameError("a list has no items")
        for item in envelope.items:
            self._check_object(envelope.resource, item)
        return _read(self._listings[envelope.resource], line)

    def _check_object(self, resource: str, raw: Raw) -> None:
        try:
            metadata = _bare.decode(raw).metadata
            if metadata is None:
                raise FrameError(f"an object of {resource} has no metadata")
            if bytes(metadata.get("name", b"null")) in (b"null", b'""'):
                raise FrameError(f"an object of {resource} has no metadata.name")
            msgspec.json.decode(raw, type=self._kinds[resource])
        except msgspec.DecodeError as error:
            raise FrameError(f"an object of {resource} cannot be read: {_words(error)}") from error


def _open(line: bytes) -> _Envelope:
    """Any line as an envelope. Raises :class:`FrameError` for what is not UTF-8, not JSON, or not an object."""
    try:
        line.decode()
    except UnicodeDecodeError as error:
        raise FrameError(f"this line is not UTF-8 text: byte {error.start} of it cannot be") from error
    return _read(_envelopes, line)


def _read(decoder: msgspec.json.Decoder[_Read], line: bytes) -> _Read:
    try:
        return decoder.decode(line)
    except RecursionError as error:
        raise FrameError("this line is nested too deeply to be read") from error
    except msgspec.ValidationError as error:
        raise FrameError(f"this line is not a frame: {_words(error)}") from error
    except msgspec.DecodeError as error:
        raise FrameError(f"this line is not JSON: {_words(error)}") from error


def _note(ts: float, text: str, command: str | None) -> Note:
    if "\0" in text or "\0" in (command or ""):
        raise FrameError("a note holds a NUL character, which is no text")
    if max(len(text), len(command or "")) > NOTE_CHARACTERS:
        raise FrameError(f"a note is longer than {NOTE_CHARACTERS:,} characters")
    return Note(ts, text, command)


def _check_time(ts: float) -> None:
    if not 0 <= ts < LATEST_TS:
        raise FrameError(f"the time {ts:g} is no time in unix seconds")


def _words(error: Exception) -> str:
    """A decoder's message in the middle of a sentence."""
    text = str(error).removeprefix("JSON is malformed: ")
    return text[:1].lower() + text[1:]


# A watch event or list of one kind is a struct of its own, so that a line and the object in it are read in one pass.


@cache
def _watch_events(kind: type[AnyObject]) -> msgspec.json.Decoder[WatchEvent]:
    return msgspec.json.Decoder(_variant(WatchEvent, "object", kind))


@cache
def _listings(kind: type[AnyObject]) -> msgspec.json.Decoder[Listing]:
    return msgspec.json.Decoder(_variant(Listing, "items", list[kind]))  # type: ignore[valid-type]


def _variant(frame: type[Struct], field: str, kind: Any) -> Any:  # noqa: ANN401 - a type made when the program runs
    return msgspec.defstruct(frame.__name__, [(field, kind)], bases=(frame,), frozen=True, gc=False)
