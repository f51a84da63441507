"""Exporting: a log as a recording.

The pages that the writer cut a list into are joined again. A list of which a page is missing stays in pages, because
nobody knows what it left out.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import chain
from typing import IO

import msgspec
import orjson
import zstandard

from visualizer.frames import FORMAT, VERSION, Frame, Listing, resource_of
from visualizer.log import schemas
from visualizer.log.chunks import LEVEL
from visualizer.log.paging import is_next_page, is_page, join_pages
from visualizer.log.reader import Reader
from visualizer.models import Log
from visualizer.schemas.document import Definitions


def write_recording(log: Log, file: IO[bytes]) -> None:
    """Write every frame of the log to the file, compressed. The file stays open."""
    with zstandard.ZstdCompressor(level=LEVEL).stream_writer(file, closefd=False) as stream:
        for line in _lines(log):
            stream.write(line + b"\n")


def write_stretch(log: Log, file: IO[bytes], *, from_ts: float, to_ts: float) -> int:
    """Write what the log has between these times (unix seconds) as a recording; returns how many frames that is.

    It begins with a list of every resource as it was then, so that it can be played by itself.
    """
    reader = Reader(log)
    first, last = max(reader.seq_at(from_ts), log.opening_seq), reader.seq_at(to_ts)
    count = 0
    with zstandard.ZstdCompressor(level=LEVEL).stream_writer(file, closefd=False) as stream:
        moment = reader.seek(first)
        seen = {name for name in reader.resources if moment.store.entries(name)} | _seen(reader, first, last)
        stream.write(_header(log, moment.ts, schemas.for_recording(log, reader.resources, seen)) + b"\n")
        for line in chain(_lists_at(reader, first), _joined(line for _, line in reader.lines(first, last))):
            stream.write(line + b"\n")
            count += 1
    return count


def _lists_at(reader: Reader, seq: int) -> Iterator[bytes]:
    """The store at this place, as lists."""
    moment = reader.seek(seq)
    for resource in sorted(reader.resources):
        entries = sorted(moment.store.entries(resource).values(), key=lambda entry: (entry.seq, entry.item))
        items = [_without_kind(reader.raw_object(entry.seq, entry.item)) for entry in entries]
        yield msgspec.json.encode({"ts": moment.ts, "kind": "list", "resource": resource, "items": items})


def _without_kind(raw: bytes) -> dict[str, msgspec.Raw]:
    """An object as lists have it, which do not repeat what all their items are."""
    fields = msgspec.json.decode(raw, type=dict[str, msgspec.Raw])
    return {name: value for name, value in fields.items() if name not in ("kind", "apiVersion")}


def _lines(log: Log) -> Iterator[bytes]:
    reader = Reader(log)
    seen = _seen(reader, log.pruned_seq, None)
    if log.pruned_seq:
        store = reader.seek(log.pruned_seq).store
        seen |= {name for name in reader.resources if store.entries(name)}
    yield _header(log, log.first_ts, schemas.for_recording(log, reader.resources, seen))
    if log.pruned_seq:
        yield from _lists_at(reader, log.pruned_seq)
    yield from _joined(line for _, line in reader.lines(log.pruned_seq))


def _seen(reader: Reader, first: int, last: int | None) -> set[str]:
    """Of which resources there is an object in these frames."""
    found: set[str] = set()
    for _, line in reader.lines(first, last):
        resource = resource_of(line)
        if resource and resource not in found and (b'"items"' not in line or _has_items(reader.decode(line))):
            found.add(resource)
    return found


def _has_items(frame: Frame) -> bool:
    return not isinstance(frame, Listing) or bool(frame.items)


def _joined(lines: Iterable[bytes]) -> Iterator[bytes]:
    cut: list[bytes] = []
    for line in lines:
        if cut and not is_next_page(line, cut[-1]):
            yield from cut
            cut = []
        if not is_page(line) and not cut:
            yield line
            continue
        cut.append(line)
        if not is_page(line):
            yield join_pages(cut)
            cut = []
    yield from cut


def _header(log: Log, ts: float, definitions: Definitions) -> bytes:
    header: dict[str, object] = {
        "ts": ts,
        "kind": "header",
        "format": FORMAT,
        "version": VERSION,
        "name": log.name,
        "server_version": log.server_version,
        "resources": log.resources,
    }
    also = {"also_served": log.also_served, "schemas": definitions}
    return orjson.dumps(header | {name: value for name, value in also.items() if value})
