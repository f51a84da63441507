"""Exporting: a log as a recording.

The pages that the writer cut a list into are joined again. A list of which a page is missing stays in pages, because
nobody knows what it left out.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import IO

import orjson
import zstandard

from visualizer.frames import FORMAT, VERSION
from visualizer.log.chunks import LEVEL
from visualizer.log.paging import is_next_page, is_page, join_pages
from visualizer.log.reader import Reader
from visualizer.models import Log


def write_recording(log: Log, file: IO[bytes]) -> None:
    """Write every frame of the log to the file, compressed. The file stays open."""
    with zstandard.ZstdCompressor(level=LEVEL).stream_writer(file, closefd=False) as stream:
        for line in _lines(log):
            stream.write(line + b"\n")


def _lines(log: Log) -> Iterator[bytes]:
    yield _header(log)
    cut: list[bytes] = []
    for _, line in Reader(log).lines(0):
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
