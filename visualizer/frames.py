"""Frames: the log's entries, as the recording format writes them, one JSON object a line.

A frame is a header, a listing, a watch event or a note (docs/recording-format.md). This module turns a line into a
typed frame and says clearly what is wrong with a line that is not one. It knows nothing of files, chunks or sockets.
"""

from __future__ import annotations

from typing import Final, Literal

import msgspec
from msgspec import Raw, Struct

from visualizer.objects import TYPES, AnyObject, Object

FORMAT: Final = "orrery-recording"
VERSION: Final = 1

WatchEventType = Literal["ADDED", "MODIFIED", "DELETED"]


class FrameError(ValueError):
    """A line that is no frame. The message says why, without the line number, which only the reader knows."""


class Resource(Struct, frozen=True):
    """One kind of thing that the API server serves, as discovery describes it."""

    path: str
    kind: str
    namespaced: bool
    verbs: list[str] = []


class Header(Struct, frozen=True):
    """The first frame. ``resources`` is keyed by group, version and plural: ``apps/v1/deployments``."""

    ts: float
    name: str
    server_version: str
    resources: dict[str, Resource]


class Listing(Struct, frozen=True, gc=False):
    """What a list of one resource answered. ``more`` says that another page of the same list follows."""

    ts: float
    resource: str
    resource_version: str
    items: list[AnyObject]
    more: bool = False


class WatchEvent(Struct, frozen=True, gc=False):
    """One change, as the API server's watch told it."""

    ts: float
    resource: str
    type: WatchEventType
    object: AnyObject


class Note(Struct, frozen=True, gc=False):
    """What a person did at that moment, in a sentence, with the command if there was one."""

    ts: float
    text: str
    command: str | None = None


Frame = Header | Listing | WatchEvent | Note


class _Envelope(Struct, gc=False):
    """Any line, with its objects left as they came."""

    kind: str
    ts: float
    resource: str = ""
    type: str = ""
    object: Raw = Raw()
    items: list[Raw] | None = None
    resourceVersion: str = ""
    more: bool = False
    text: str = ""
    command: str | None = None


class _HeaderLine(Struct):
    ts: float
    format: str
    version: int
    name: str
    server_version: str
    resources: dict[str, Resource]


_envelopes: Final = msgspec.json.Decoder(_Envelope)
_headers: Final = msgspec.json.Decoder(_HeaderLine)


def decode_header(line: bytes) -> Header:
    """The first line of a recording.

    Raises :class:`FrameError` for a line of another kind, another format, or a version this program does not read.
    """
    try:
        envelope = _envelopes.decode(line)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise FrameError(f"this line is not a frame: {error}") from error
    if envelope.kind != "header":
        raise FrameError(f"a recording begins with a header, and this is a frame of kind “{envelope.kind}”")
    try:
        header = _headers.decode(line)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise FrameError(f"the header is not complete: {error}") from error
    if header.format != FORMAT:
        raise FrameError(f"the format is “{header.format}”, and only “{FORMAT}” is read here")
    if header.version != VERSION:
        raise FrameError(f"the format's version is {header.version}, and only version {VERSION} is read here")
    return Header(header.ts, header.name, header.server_version, header.resources)


class Decoder:
    """Turns lines into frames, for one recording or log, whose header says which resources there are."""

    def __init__(self, resources: dict[str, Resource]) -> None:
        self._objects: dict[str, msgspec.json.Decoder[AnyObject]] = {
            name: msgspec.json.Decoder(TYPES.get(name, Object)) for name in resources
        }

    def decode(self, line: bytes) -> Listing | WatchEvent | Note:
        """The frame on this line. Raises :class:`FrameError` where it is none, or names an unknown resource."""
        try:
            envelope = _envelopes.decode(line)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise FrameError(f"this line is not a frame: {error}") from error
        if envelope.kind == "event":
            return self._watch_event(envelope)
        if envelope.kind == "list":
            return self._listing(envelope)
        if envelope.kind == "note":
            return Note(envelope.ts, envelope.text, envelope.command)
        raise FrameError(f"a frame of kind “{envelope.kind}” is not known here")

    def _watch_event(self, envelope: _Envelope) -> WatchEvent:
        if envelope.type not in ("ADDED", "MODIFIED", "DELETED"):
            raise FrameError(f"a watch event of type “{envelope.type}” is not ADDED, MODIFIED or DELETED")
        if not envelope.object:
            raise FrameError("a watch event has no object")
        obj = self._object(envelope.resource, envelope.object)
        return WatchEvent(envelope.ts, envelope.resource, envelope.type, obj)  # type: ignore[arg-type]

    def _listing(self, envelope: _Envelope) -> Listing:
        if envelope.items is None:
            raise FrameError("a list has no items")
        if envelope.resource not in self._objects:
            raise FrameError(f"the header does not name the resource “{envelope.resource}”")
        items = [self._object(envelope.resource, item) for item in envelope.items]
        return Listing(envelope.ts, envelope.resource, envelope.resourceVersion, items, envelope.more)

    def _object(self, resource: str, raw: Raw) -> AnyObject:
        decoder = self._objects.get(resource)
        if decoder is None:
            raise FrameError(f"the header does not name the resource “{resource}”")
        try:
            obj = decoder.decode(raw)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise FrameError(f"an object of {resource} is not one: {error}") from error
        if not obj.metadata.name:
            raise FrameError(f"an object of {resource} has no metadata.name")
        return obj
