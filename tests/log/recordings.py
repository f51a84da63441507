"""Recordings in small for tests, good and bad, as bytes."""

from __future__ import annotations

import io
import json
from typing import Any

import zstandard

from tests.cluster import RESOURCES, START_TS, metadata
from visualizer.log.importing import import_recording
from visualizer.models import Log

HEADER = {
    "ts": START_TS,
    "kind": "header",
    "format": "orrery-recording",
    "version": 1,
    "name": "small",
    "server_version": "v1.36.2",
    "resources": {
        name: {"path": f"/{name}", "kind": kind, "namespaced": namespaced, "verbs": ["list", "watch"]}
        for name, (kind, namespaced) in {**RESOURCES, "v1/secrets": ("Secret", True)}.items()
    },
}


def line(**fields: Any) -> bytes:
    """One frame's line, at the recording's start where no ``ts`` is given."""
    return json.dumps({"ts": START_TS, **fields}, separators=(",", ":")).encode()


def header(**fields: Any) -> bytes:
    """A header's line."""
    return json.dumps({**HEADER, **fields}).encode()


def note(text: str = "created a pod", **fields: Any) -> bytes:
    """A note's line."""
    return line(kind="note", text=text, **{"command": None, **fields})


def event(obj: dict[str, Any] | None = None, *, resource: str = "v1/configmaps", **fields: Any) -> bytes:
    """A watch event's line; of a config map where no object is given."""
    found = {"metadata": metadata("settings")} if obj is None else obj
    return line(kind="event", resource=resource, object=found, **{"type": "ADDED", **fields})


def listing(*objects: dict[str, Any], resource: str = "v1/configmaps", **fields: Any) -> bytes:
    """A list's line."""
    return line(kind="list", resource=resource, resourceVersion="1", items=objects, **fields)


def pack(*lines: bytes) -> bytes:
    """A recording of these lines."""
    return zstandard.compress(b"".join(each + b"\n" for each in lines))


def take_in(*lines: bytes, slug: str = "small") -> Log:
    """The log of a recording of these lines, of which the first is the header."""
    return import_recording(io.BytesIO(pack(*lines)), slug=slug)


def unpack(data: bytes) -> list[bytes]:
    """The lines of a recording."""
    reader = zstandard.ZstdDecompressor().stream_reader(io.BytesIO(data), read_across_frames=True)
    return reader.read().splitlines()
