"""Dumps: what ``kubectl get -o json|yaml`` and ``kubectl cluster-info dump`` print. They hold one moment."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from visualizer.flow.times import read_time
from visualizer.frames import FORMAT, LATEST_TS, VERSION
from visualizer.log.foreign.documents import iter_documents
from visualizer.log.foreign.encoding import encode_frame
from visualizer.log.foreign.resources import Resources, key_of
from visualizer.log.recording import Limits, RecordingError

_SUFFIXES: Final = {".json", ".yaml", ".yml"}

# Fields that say when something was written. What lies ahead (a deadline, a certificate's end) is not among them.
_STAMPS: Final = {
    *("completionTime", "creationTimestamp", "eventTime", "finishedAt", "firstTimestamp", "lastHeartbeatTime"),
    *("lastProbeTime", "lastScheduleTime", "lastSuccessfulTime", "lastTimestamp", "lastTransitionTime"),
    *("lastUpdateTime", "renewTime", "startTime", "startedAt", "time"),
}
_OTHERS_WORDS: Final = frozenset({"data", "stringData", "binaryData", "annotations", "labels", "fieldsV1"})
_KINDS_TOLD: Final = 10


def iter_folder(folder: Path, limits: Limits) -> Iterator[dict[str, Any]]:
    """The objects in the JSON and YAML files of a folder, such as ``kubectl cluster-info dump`` makes.

    Links are not followed. Raises :class:`RecordingError`, which names the file, and OSError.
    """
    left = limits.total_bytes
    for path in sorted(folder.rglob("*")):
        if path.suffix not in _SUFFIXES or path.is_symlink() or not path.is_file():
            continue
        size = path.stat().st_size
        left -= size
        if left < 0 or size > limits.line_bytes:
            raise RecordingError(f"the folder holds more than is taken here, up to {path.relative_to(folder)}")
        try:
            yield from iter_documents(path.read_bytes())
        except RecordingError as error:
            raise RecordingError(f"{path.relative_to(folder)}: {error}") from error


def lines_of(documents: Iterable[dict[str, Any]], *, written_ts: float | None) -> Iterator[tuple[int, bytes]]:
    """The lines of a recording of the moment that these documents show, each with the number 0: they have no lines.

    ``written_ts`` (unix seconds) is the moment's time where no object has one. Raises :class:`RecordingError`.
    """
    objects = [each for document in documents for each in _objects_in(document)]
    if not objects:
        raise RecordingError("there is no object in it")
    resources = Resources()
    resources.define(objects)
    lists: dict[str, dict[tuple[str, str], dict[str, Any]]] = {}
    for each in objects:
        name = resources.name_of(each)
        lists.setdefault(name, {})[key_of(name, each)] = each
    stamped = _newest(objects)
    ts = stamped or written_ts
    if ts is None:
        raise RecordingError("no object in it has a time, and neither has the file")
    count = sum(map(len, lists.values()))
    header = {
        "ts": ts,
        "kind": "header",
        "format": FORMAT,
        "version": VERSION,
        "name": "imported objects",
        "server_version": "",
        "resources": resources.found,
    }
    yield 0, encode_frame(header)
    told = _tell(count, ts, is_stamped=stamped is not None, guessed=resources.guessed)
    yield 0, encode_frame({"ts": ts, "kind": "note", "text": told, "command": None})
    for name, found in lists.items():
        items = list(found.values())
        yield 0, encode_frame({"ts": ts, "kind": "list", "resource": name, "resourceVersion": "", "items": items})


def _objects_in(document: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """A List is its items, which are of the List's kind where they say none: a server's own lists leave it out."""
    kind, items = document.get("kind"), document.get("items")
    if not isinstance(kind, str) or not kind.endswith("List") or "items" not in document:
        yield document
        return
    if items is not None and not isinstance(items, list):
        raise RecordingError(f"the items of a {kind} in it are no list")
    for item in items or ():
        if not isinstance(item, dict):
            raise RecordingError(f"an item of a {kind} in it is no object")
        if kind == "List":
            yield item
        else:
            yield {"apiVersion": document.get("apiVersion"), "kind": kind.removesuffix("List"), **item}


def _newest(objects: list[dict[str, Any]]) -> float | None:
    """The newest time that something was written at, in unix seconds."""
    newest = 0.0
    waiting: list[Any] = list(objects)
    while waiting:
        node = waiting.pop()
        if isinstance(node, list):
            waiting.extend(node)
        elif isinstance(node, dict):
            for name, value in node.items():
                if name in _STAMPS and isinstance(value, str):
                    newest = max(newest, read_time(value) or 0.0)
                elif name not in _OTHERS_WORDS and isinstance(value, dict | list):
                    waiting.append(value)
    return newest if 0 < newest < LATEST_TS else None


def _tell(count: int, ts: float, *, is_stamped: bool, guessed: set[str]) -> str:
    moment = datetime.fromtimestamp(ts, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
    whence = "the newest time in it" if is_stamped else "the file's, since no object has one"
    text = f"Imported {count:,} {'object' if count == 1 else 'objects'} of one moment, {moment}: {whence}."
    if not guessed:
        return text
    kinds = ", ".join(sorted(guessed)[:_KINDS_TOLD]) + (" and more" if len(guessed) > _KINDS_TOLD else "")
    return f"{text} Resource names were guessed from the kind for: {kinds}."
