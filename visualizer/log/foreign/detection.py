"""Tells by its content, never by its name, what a file is, and gives it as the lines of a recording."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from visualizer.log.foreign import audit, dumps, kshrk, kwok
from visualizer.log.foreign.documents import iter_documents
from visualizer.log.recording import MAGIC, Limits, Readable, RecordingError, iter_lines

_HEAD_BYTES: Final = 1 << 16
_JSON: Final = re.compile(rb'\s*(?:\xef\xbb\xbf)?\s*\{.*"(?:apiVersion|kind)"\s*:', re.DOTALL)
_OWN: Final = re.compile(rb'"format"\s*:\s*"orrery-recording"')
_AUDIT: Final = re.compile(rb'^\s*\{.{0,200}"apiVersion":\s*"audit\.k8s\.io/v1"')
_YAML: Final = re.compile(rb"^(?:apiVersion|kind|items):", re.MULTILINE)


class _Rewound:
    """A stream whose beginning was read already."""

    def __init__(self, head: bytes, stream: Readable) -> None:
        self._head = head
        self._stream = stream

    def read(self, size: int = -1, /) -> bytes:
        """At most so many bytes; empty at the end."""
        if not self._head:
            return self._stream.read(size)
        cut = len(self._head) if size < 0 else size
        piece, self._head = self._head[:cut], self._head[cut:]
        return piece


def recording_lines(stream: Readable, limits: Limits, *, written_ts: float | None) -> Iterator[tuple[int, bytes]]:
    """The lines of a recording, or those that another tool's file comes to.

    A line has its number in the file, or 0 where it is not of one line. Raises :class:`RecordingError`.
    """
    head = _read_head(stream)
    rewound = _Rewound(head, stream)
    if _AUDIT.search(head.split(b"\n", 1)[0]) and not head.startswith(MAGIC):
        return audit.lines_of(rewound, limits)
    if head.startswith(kshrk.MAGIC):
        return kshrk.lines_of(rewound, limits)
    if head.startswith(kshrk.AGE_MAGIC):
        raise RecordingError("the file is encrypted with age: decrypt it with “age --decrypt” or “kshrk” first")
    is_foreign = not head.startswith(MAGIC) and not _OWN.search(head) and (_JSON.match(head) or _YAML.search(head))
    if is_foreign:
        documents = list(iter_documents(_read_all(rewound, limits)))
        lines_of = kwok.lines_of if kwok.is_recording(documents) else dumps.lines_of
        return lines_of(documents, written_ts=written_ts)
    return iter_lines(rewound, limits)


def _read_head(stream: Readable) -> bytes:
    head = b""
    while len(head) < _HEAD_BYTES and (more := stream.read(_HEAD_BYTES - len(head))):
        head += more
    return head


def _read_all(stream: Readable, limits: Limits) -> bytes:
    """The whole file, which is read at once as a line of a recording is."""
    most = min(limits.line_bytes, limits.total_bytes)
    pieces, length = [], 0
    while piece := stream.read(1 << 20):
        pieces.append(piece)
        length += len(piece)
        if length > most:
            raise RecordingError(f"the file is longer than {most:,} bytes, which is more than is read at once here")
    return b"".join(pieces)
