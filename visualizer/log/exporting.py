"""Exporting: a log as a recording. The pages of a list are joined again, so a file has whole lists, as the format says."""

from __future__ import annotations

from collections.abc import Iterator
from typing import IO

import orjson
import zstandard

from visualizer.frames import FORMAT, VERSION
from visualizer.log.chunks import LEVEL
from visualizer.log.paging import is_list, join_pages, resource_if_more
from visualizer.log.reader import Reader
from visualizer.models import Log


def write_recording(log: Log, file: IO[bytes]) -> None:
    """Write every frame of the log to the file, compressed. The file stays open."""
    with zstandard.ZstdCompressor(level=LEVEL).stream_writer(file, closefd=False) as stream:
        for line in _lines(log):
            stream.write(line + b"\n")


def _lines(log: Log) -> Iterator[bytes]:
    yield _header(log)
    pages: dict[str, list[bytes]] = {}
    for _, line in Reader(log).lines(0):
        if not is_list(line):
            yield line
            continue
        resource, more = resource_if_more(line)
        pages.setdefault(resource, []).append(line)
        if not more:
            yield join_pages(pages.pop(resource))


def _header(log: Log) -> bytes:
    return orjson.dumps(
        {
            "ts": log.first_ts,
            "kind": "header",
            "format": FORMAT,
            "version": VERSION,
            "name": log.name,
            "server_version": log.server_version,
            "resources": log.resources,
        }
    )
