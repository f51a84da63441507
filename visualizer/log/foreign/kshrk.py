"""Captures of k8shark (``.kshrk``): lists taken again and again, and what watches told, in a ZIP archive.

The format is k8shark's docs/archive-format.md, versions 1 and 2. Of all that is in an archive, the lists of objects and
the watches are read; tables, schemas and containers' logs are passed over.
"""

from __future__ import annotations

import hashlib
import re
import shutil
import struct
import tempfile
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import IO, Any, Final, TypeVar

import msgspec
import zstandard

from visualizer.frames import FORMAT, LATEST_TS, VERSION
from visualizer.log.foreign.captured import Captured, Source
from visualizer.log.foreign.encoding import encode_frame
from visualizer.log.foreign.resources import Resources
from visualizer.log.recording import Limits, Readable, RecordingError

MAGIC: Final = b"PK\x03\x04"
AGE_MAGIC: Final = b"age-encryption.org/v1"
_NEWEST_FORMAT: Final = 2
_ROOT: Final = "k8shark-capture/"
_WINDOW_BYTES: Final = 1 << 27
_SPOOLED_BYTES: Final = 16 << 20
_PATH: Final = re.compile(
    r"/(?:api|apis/(?P<group>[a-z0-9.-]+))/(?P<version>v[a-z0-9]+)"
    r"(?:/namespaces/(?P<namespace>[a-z0-9-]+))?/(?P<plural>[a-z0-9-]+)"
)
_DISCOVERY: Final = re.compile(r"/api/v1|/apis/[a-z0-9.-]+/v[a-z0-9]+")
# What zipfile and zstd raise for bytes that are not what they should be; RuntimeError for an entry with a password.
_DAMAGES: Final = (
    *(zipfile.BadZipFile, zlib.error, zstandard.ZstdError, struct.error),
    *(EOFError, OSError, RuntimeError, ValueError, OverflowError),
)
_Shape = TypeVar("_Shape")


class _Indexed(msgspec.Struct, frozen=True):
    """What the archive has of one path, in order of time."""

    seqs: list[int]
    times: list[datetime]
    event_types: list[str] = []


class _Metadata(msgspec.Struct, frozen=True):
    format_version: int = 1
    kubernetes_version: str = ""


class _Record(msgspec.Struct, frozen=True):
    response_code: int
    response_body: Any = None


class _Named(msgspec.Struct, frozen=True):
    """A resource as discovery names it."""

    name: str
    kind: str
    namespaced: bool = False


@dataclass(frozen=True, order=True)
class _Step:
    """One answer in the archive. ``told`` is the watch event's type, empty for a list."""

    ts: float
    path: str
    seq: int
    told: str
    source: Source


def lines_of(stream: Readable, limits: Limits) -> Iterator[tuple[int, bytes]]:
    """The lines of a recording of this capture, each with the number 0: they have no lines.

    The archive waits in a temporary file, since its index is at its end. Raises :class:`RecordingError`.
    """
    with tempfile.TemporaryFile() as spool:
        shutil.copyfileobj(_Measured(stream, limits.total_bytes), spool)
        with _opened(spool) as archive:
            for line in _Capture(archive, limits).lines():
                yield 0, line


def _opened(spool: IO[bytes]) -> zipfile.ZipFile:
    try:
        return zipfile.ZipFile(spool)
    except _DAMAGES as error:
        raise RecordingError(f"the archive is damaged: {error}") from error


class _Measured:
    """A stream of which no more is read than is allowed."""

    def __init__(self, stream: Readable, most: int) -> None:
        self._stream, self._most, self._length = stream, most, 0

    def read(self, size: int = -1, /) -> bytes:
        """At most so many bytes; empty at the end. Raises :class:`RecordingError`."""
        block = self._stream.read(size)
        self._length += len(block)
        if self._length > self._most:
            raise RecordingError(f"the file is longer than {self._most:,} bytes, which is more than is taken here")
        return block


class _Capture:
    """One archive, opened."""

    def __init__(self, archive: zipfile.ZipFile, limits: Limits) -> None:
        self._archive, self._line_bytes, self._left = archive, limits.line_bytes, limits.total_bytes
        self._names = set(archive.namelist())
        if f"{_ROOT}metadata.json" not in self._names:
            raise RecordingError(f"it is a ZIP archive, but no capture of k8shark: it has no {_ROOT}metadata.json")
        self._metadata = _decode("metadata.json", self._read("metadata.json"), _Metadata)
        version = self._metadata.format_version
        if not 1 <= version <= _NEWEST_FORMAT:
            raise RecordingError(f"the archive's format version is {version}, and up to {_NEWEST_FORMAT} is read here")
        self._listed = self._index("index")
        self._watched = self._index("watch-index") if f"{_ROOT}watch-index.json.zst" in self._names else {}
        self._refused: set[str] = set()

    def lines(self) -> Iterator[bytes]:
        """The header, a note on what the capture is, and all that was seen, in order of time.

        The frames wait in a temporary file, since the header, which names all resources, comes first.
        """
        steps = sorted(self._steps())
        resources = self._resources()
        captured = Captured(resources)
        openings = _openings(steps)
        with tempfile.SpooledTemporaryFile(max_size=_SPOOLED_BYTES) as spool:
            for place, step in enumerate(steps):
                for frame in self._frames(captured, step, is_opening=place in openings):
                    spool.write(encode_frame(frame) + b"\n")
            if not spool.tell():
                raise RecordingError("the capture holds no list of objects that was answered")
            ts = steps[0].ts
            described = {"name": "imported capture", "server_version": self._metadata.kubernetes_version}
            header = {"format": FORMAT, "version": VERSION, **described, "resources": resources.found}
            yield encode_frame({"ts": ts, "kind": "header", **header})
            yield encode_frame({"ts": ts, "kind": "note", "text": self._told(captured, steps), "command": None})
            spool.seek(0)
            yield from (line.rstrip(b"\n") for line in spool)

    def _steps(self) -> Iterator[_Step]:
        chosen = _chosen([source for path in (*self._listed, *self._watched) if (source := _source(path))])
        for index in (self._listed, self._watched):
            for path, indexed in index.items():
                source = _source(path)
                if source not in chosen:
                    continue
                told = indexed.event_types if index is self._watched else [""] * len(indexed.seqs)
                if not len(indexed.seqs) == len(indexed.times) == len(told):
                    raise RecordingError(f"the archive's index is damaged: {path} has not as many times as answers")
                for seq, moment, kind in zip(indexed.seqs, indexed.times, told, strict=True):
                    yield _Step(_seconds(moment), path, seq, kind, source)

    def _frames(self, captured: Captured, step: _Step, *, is_opening: bool) -> Iterator[dict[str, Any]]:
        record = self._record(step.path, step.seq)
        is_answered = record.response_code == 200 and isinstance(record.response_body, dict)
        if not is_answered:
            self._refused.add(step.path)
        elif step.told:
            yield from captured.told(step.source, step.ts, step.told, record.response_body)
        else:
            yield from captured.list(step.source, step.ts, record.response_body)
        if is_opening:
            yield from captured.opened(step.source.resource, step.ts)

    def _told(self, captured: Captured, steps: list[_Step]) -> str:
        told = sum(1 for step in steps if step.told)
        text = f"Imported a capture of k8shark: {len(steps) - told:,} lists, and {told:,} changes that watches told."
        if captured.differences:
            text += f" {captured.differences:,} changes are inferred from what differs between two lists."
        if self._refused:
            text += f" Not answered, and left out: {', '.join(sorted(self._refused)[:5])}"
            text += f" and {len(self._refused) - 5:,} more." if len(self._refused) > 5 else "."
        return text

    def _resources(self) -> Resources:
        """Kinds and scopes as the captured discovery tells them; the rest is learnt from the lists themselves."""
        resources = Resources()
        for path, indexed in self._listed.items():
            if not _DISCOVERY.fullmatch(path) or not indexed.seqs:
                continue
            body = self._record(path, indexed.seqs[0]).response_body
            version = path.removeprefix("/apis/").removeprefix("/api/")
            for named in msgspec.convert(_found_in(body), list[_Named]) if isinstance(body, dict) else []:
                resources.learn(version, named.kind, named.name, is_namespaced=named.namespaced)
        return resources

    def _index(self, name: str) -> dict[str, _Indexed]:
        """Version 1 has the paths at the top, version 2 below ``entries``."""
        text = self._read(f"{name}.json.zst")
        top = _decode(name, text, dict[str, msgspec.Raw])
        return _decode(name, bytes(top["entries"]) if "entries" in top else text, dict[str, _Indexed])

    def _record(self, path: str, seq: int) -> _Record:
        folder = hashlib.sha256(path.encode()).hexdigest()[:16]
        name = f"records/{folder}/{seq}.json.zst"
        return _decode(name, self._read(name), _Record)

    def _read(self, name: str) -> bytes:
        """An entry's content, not larger than is allowed. Raises :class:`RecordingError`."""
        if f"{_ROOT}{name}" not in self._names:
            raise RecordingError(f"the archive is not whole: it has no {_ROOT}{name}")
        most = min(self._left, self._line_bytes)
        try:
            with self._archive.open(f"{_ROOT}{name}") as entry:
                if not name.endswith(".zst"):
                    content = entry.read(most + 1)
                else:
                    unpacker = zstandard.ZstdDecompressor(max_window_size=_WINDOW_BYTES)
                    content = unpacker.stream_reader(entry).read(most + 1)
        except _DAMAGES as error:
            raise RecordingError(f"the archive is damaged: {error}") from error
        if len(content) > most:
            raise RecordingError(f"{name} unpacks to more than {most:,} bytes, which is more than is taken here")
        self._left -= len(content)
        return content


def _openings(steps: list[_Step]) -> set[int]:
    """Where a resource's first lists are all there, and where one comes late: the places of these steps.

    Lists of several namespaces that come one after another, before anything else of their resource, are one list.
    """
    places: set[int] = set()
    begun: set[Source] = set()
    last: dict[str, int] = {}  # a resource's latest step that was a first list, while nothing else came
    for place, step in enumerate(steps):
        resource = step.source.resource
        is_first = not step.told and step.source not in begun
        if is_first:
            begun.add(step.source)
            last[resource] = place
        elif resource in last:
            places.add(last.pop(resource))
    return places | set(last.values())


def _chosen(sources: list[Source]) -> set[Source]:
    """Each resource in one version only, and Events once: the same objects are served under several names."""
    versions: dict[tuple[str, str], list[str]] = {}
    for resource in {source.resource for source in sources}:
        version, plural = resource.rsplit("/", 1)
        group = version.rpartition("/")[0]
        same = "" if (group, plural) == ("events.k8s.io", "events") else group
        versions.setdefault((same, plural), []).append(resource)
    served = {
        min(names, key=lambda name: (name.startswith("events.k8s.io/"), _age(name))) for names in versions.values()
    }
    return {source for source in sources if source.resource in served}


def _age(resource: str) -> tuple[bool, bool, str]:
    """Newer and more stable versions first, as discovery prefers them: v2, v1, v1beta1, v1alpha1."""
    version = resource.rsplit("/", 2)[-2]
    return "alpha" in version, "beta" in version, "".join(chr(0x10FFFF - ord(letter)) for letter in version)


def _source(path: str) -> Source | None:
    """What this path lists, or None where it lists no objects."""
    found = _PATH.fullmatch(path)
    if found is None:
        return None
    group, version, namespace, plural = found.group("group", "version", "namespace", "plural")
    return Source(f"{group}/{version}/{plural}" if group else f"{version}/{plural}", namespace or "")


def _seconds(moment: datetime) -> float:
    if moment.tzinfo is None or not 0 <= moment.timestamp() < LATEST_TS:
        raise RecordingError("the archive's index is damaged: a time in it is none")
    return moment.timestamp()


def _found_in(discovery: dict[str, Any]) -> list[Any]:
    found = discovery.get("resources")
    return found if isinstance(found, list) else []


def _decode(name: str, text: bytes, shape: type[_Shape]) -> _Shape:
    try:
        return msgspec.json.decode(text, type=shape)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise RecordingError(f"the archive is damaged: {name} cannot be read ({error})") from error
