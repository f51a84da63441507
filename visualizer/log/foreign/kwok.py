"""Recordings of kwok (``kwokctl snapshot record``): objects as they were first, then a ResourcePatch for each change.

kwok writes times as distances from the recording's start, and not when that was: it is taken to be as long before the
file was written as the recording lasts. Resource versions are left out. See kwok's pkg/kwokctl/recording and
pkg/kwokctl/snapshot; ``action.kwok.x-k8s.io/v1alpha1`` and the older ``kwok.x-k8s.io/internal`` are read.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from visualizer.frames import FORMAT, LATEST_TS, VERSION
from visualizer.log.foreign.encoding import encode_frame
from visualizer.log.foreign.resources import Resources, key_of
from visualizer.log.foreign.strategic import PatchError, apply_patch, fields_of
from visualizer.log.recording import RecordingError

_KIND: Final = "ResourcePatch"
_VERSIONS: Final = {"action.kwok.x-k8s.io/v1alpha1", "kwok.x-k8s.io/internal"}
_OFFSET: Final = re.compile(r"\$\(time-offset-nanosecond (-?\d{1,19})\)")
_SECOND: Final = 1_000_000_000


@dataclass(frozen=True)
class _Patch:
    """One change. ``number`` is the document's, from 1, for who has to find it."""

    number: int
    resource: str
    key: tuple[str, str]
    after_ns: int
    method: str
    template: dict[str, Any]


def is_recording(documents: Sequence[dict[str, Any]]) -> bool:
    """Whether kwok recorded these documents: a change is among them, or a time told from the recording's start."""
    return any(_is_patch(document) or _created(document) is not None for document in documents)


def lines_of(documents: Sequence[dict[str, Any]], *, written_ts: float | None) -> Iterator[tuple[int, bytes]]:
    """The lines of a recording of these documents, each with the number 0: they have no lines.

    ``written_ts`` (unix seconds) is the file's time. Raises :class:`RecordingError`.
    """
    if written_ts is None:
        raise RecordingError("a recording of kwok says no time of day, and the file has none either")
    patches = [_read_patch(number, each) for number, each in enumerate(documents, 1) if _is_patch(each)]
    patches.sort(key=lambda patch: patch.after_ns)  # kwok sorts them itself, as far as 1,024 changes reach
    start_ns = _start_ns(documents, written_ts, patches[-1].after_ns if patches else 0)
    objects = [_dated(each, start_ns) for each in documents if not _is_patch(each)]
    for line in _Replay(start_ns, objects, patches).lines():
        yield 0, line


class _Replay:
    """The objects as they stand while the changes go by."""

    def __init__(self, start_ns: int, objects: Sequence[dict[str, Any]], patches: Sequence[_Patch]) -> None:
        self._start_ns, self._patches = start_ns, patches
        self._resources = Resources()
        self._resources.define(objects)
        self._lists: dict[str, dict[tuple[str, str], dict[str, Any]]] = {}
        for each in objects:
            name = self._resources.name_of(each)
            self._lists.setdefault(name, {})[key_of(name, each)] = each
        for patch in patches:
            if patch.method == "create":
                self._lists.setdefault(self._resource_of(patch, patch.template), {})

    def lines(self) -> Iterator[bytes]:
        """The header, a note on what the file does not say, the first lists, and the changes."""
        yield self._line("header", format=FORMAT, version=VERSION, **self._described)
        yield self._line("note", text=self._told, command=None)
        for name, items in self._lists.items():
            yield self._line("list", resource=name, resourceVersion="", items=[*items.values()])
        for patch in self._patches:
            if change := self._change(patch):
                kind, obj = change
                yield self._line("event", after_ns=patch.after_ns, resource=patch.resource, type=kind, object=obj)

    def _change(self, patch: _Patch) -> tuple[str, dict[str, Any]] | None:
        """What a watch would have told, or None where nothing was altered: what is not there is deleted."""
        known = self._lists.get(patch.resource, {}).get(patch.key)
        if patch.method == "delete":
            return ("DELETED", self._lists[patch.resource].pop(patch.key)) if known else None
        template = _dated(patch.template, self._start_ns)
        if patch.method == "patch":
            if known is None:
                raise RecordingError(f"document {patch.number} alters {_words(patch)}, which is not there")
            template = _applied(patch, known, template)
        if self._resource_of(patch, template) != patch.resource or key_of(patch.resource, template) != patch.key:
            raise RecordingError(f"document {patch.number} is said to be of {_words(patch)}, and is of something else")
        self._lists[patch.resource][patch.key] = template
        return ("MODIFIED" if known else "ADDED"), template

    def _resource_of(self, patch: _Patch, obj: dict[str, Any]) -> str:
        return self._resources.name_of(obj, plural=patch.resource.rpartition("/")[2])

    @property
    def _described(self) -> dict[str, Any]:
        return {"name": "imported kwok recording", "server_version": "", "resources": self._resources.found}

    @property
    def _told(self) -> str:
        begun = datetime.fromtimestamp(self._start_ns / _SECOND, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
        count = sum(map(len, self._lists.values()))
        return (
            f"Imported a recording of kwok: {count:,} objects at first, then {len(self._patches):,} changes. It does "
            f"not say when it began: from the file's time, that is taken to be {begun}. It has no resource versions."
        )

    def _line(self, kind: str, *, after_ns: int = 0, **fields: Any) -> bytes:  # noqa: ANN401 - a frame's own fields
        ts = (self._start_ns + after_ns) / _SECOND
        return encode_frame({"ts": ts, "kind": kind, **fields})


def _applied(patch: _Patch, known: dict[str, Any], template: dict[str, Any]) -> dict[str, Any]:
    fields = fields_of(str(known.get("apiVersion")), str(known.get("kind")))
    try:
        return apply_patch(known, template, fields)
    except PatchError as error:
        raise RecordingError(f"the patch of document {patch.number} cannot be applied: {error}") from error


def _words(patch: _Patch) -> str:
    return f"{patch.resource} {'/'.join(filter(None, patch.key))}"


def _is_patch(document: dict[str, Any]) -> bool:
    return document.get("kind") == _KIND and document.get("apiVersion") in _VERSIONS


def _read_patch(number: int, document: dict[str, Any]) -> _Patch:
    """A change in either form. Raises :class:`RecordingError` for one that is not complete."""
    match document:
        case {"resource": {**resource}, "target": {"name": str(name), **target}, "method": str(method)}:
            template = document.get("template")
        case {"target": {"type": {**resource}, "name": str(name), **target}}:
            method = "create" if document.get("create") else "delete" if document.get("delete") else "patch"
            template = document.get("patch")
        case _:
            raise RecordingError(f"document {number} is a ResourcePatch that does not say of what")
    after_ns = document.get("durationNanosecond")
    if not isinstance(after_ns, int) or not 0 <= after_ns < LATEST_TS * _SECOND:
        raise RecordingError(f"document {number} is a ResourcePatch that does not say when: durationNanosecond")
    if method not in {"create", "patch", "delete"}:
        raise RecordingError(f"document {number} is a ResourcePatch of the method “{method}”, which is not known here")
    if method != "delete" and not isinstance(template, dict):
        raise RecordingError(f"document {number} is a ResourcePatch without what is written")
    group, version, plural = resource.get("group") or "", resource.get("version"), resource.get("resource")
    key = str(target.get("namespace") or ""), name
    of = f"{group}/{version}/{plural}" if group else f"{version}/{plural}"
    return _Patch(number, of, key, after_ns, method, template if isinstance(template, dict) else {})


def _created(document: dict[str, Any]) -> int | None:
    """When the object was made, in nanoseconds from the recording's start; None where it does not say so."""
    metadata = document.get("metadata")
    stamp = metadata.get("creationTimestamp") if isinstance(metadata, dict) else None
    found = _OFFSET.fullmatch(stamp) if isinstance(stamp, str) else None
    return int(found[1]) if found else None


def _start_ns(documents: Sequence[dict[str, Any]], written_ts: float, lasted_ns: int) -> int:
    """When the recording began, in nanoseconds of unix time.

    The part of the second is known: objects are made at whole seconds, as the API server writes it.
    """
    begun = max(0, int(written_ts * _SECOND) - lasted_ns) // _SECOND * _SECOND
    stamps = [_created(each) for each in documents]
    stamps += [_created(template) for each in documents if isinstance(template := each.get("template"), dict)]
    parts = Counter(-stamp % _SECOND for stamp in stamps if stamp is not None)
    return begun + (parts.most_common(1)[0][0] if parts else 0)


def _dated(obj: dict[str, Any], start_ns: int) -> dict[str, Any]:
    """The object with times of day for distances from the start. Raises :class:`RecordingError`."""
    try:
        dated = _with_times(obj, start_ns)
    except RecursionError as error:
        raise RecordingError("it is nested too deeply to be read") from error
    return dated if isinstance(dated, dict) else {}


def _with_times(node: object, start_ns: int) -> object:
    if isinstance(node, dict):
        return {name: _with_times(value, start_ns) for name, value in node.items()}
    if isinstance(node, list):
        return [_with_times(value, start_ns) for value in node]
    if isinstance(node, str) and "$(" in node:
        return _OFFSET.sub(lambda found: _stamp(start_ns + int(found[1])), node)
    return node


def _stamp(ns: int) -> str:
    """RFC 3339, with microseconds where it is no whole second: Kubernetes has both."""
    moment = datetime.fromtimestamp(ns // _SECOND, UTC).replace(microsecond=ns % _SECOND // 1000)
    return moment.isoformat(timespec="microseconds" if ns % _SECOND else "seconds").replace("+00:00", "Z")
