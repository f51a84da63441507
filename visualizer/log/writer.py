"""The writer: appends frames to one log, in chunks, with keyframes.

It serves imports and live logs alike. It owns the moment at the log's end, because a chunk says for each write which
frame wrote the object before, and a keyframe is that moment dumped.
"""

from __future__ import annotations

from typing import Final

import zstandard
from django.db import transaction

from visualizer import moment as moments
from visualizer.flow.writes import is_routine
from visualizer.frames import Decoder, Header, Note, Resource, WatchEvent
from visualizer.log import chunks
from visualizer.log.chunks import Packer, kind_of
from visualizer.log.paging import pages
from visualizer.log.score import Lane, Score
from visualizer.models import Chunk, Keyframe, Log
from visualizer.models import Note as NoteRow
from visualizer.redaction import redact

KEYFRAME_FRAMES: Final = 2_000
CHUNKS_A_BATCH: Final = 16


class Writer:
    """Takes lines in at a log's end. Not for use by two threads; a log has one writer at a time."""

    def __init__(self, log: Log, moment: moments.Moment | None = None) -> None:
        resources = {name: Resource(**fields) for name, fields in log.resources.items()}
        self.log = log
        self.moment = moment or moments.Moment(resources, ts=log.first_ts)
        self._decoder = Decoder(resources)
        self._packer = Packer()
        self._compressor = zstandard.ZstdCompressor(level=chunks.LEVEL)
        self._chunks: list[Chunk] = []
        self._keyframes: list[Keyframe] = []
        self._notes: list[NoteRow] = []
        self._score = Score()
        self._keyframe_seq = self.moment.seq
        self._is_open = log.opening_seq == 0

    def append(self, line: bytes) -> None:
        """Take one line in. A long list becomes several frames.

        Raises :class:`visualizer.frames.FrameError` where the line is no frame of this log.
        """
        for page in pages(line):
            self._append(redact(page))
        if len(self._chunks) >= CHUNKS_A_BATCH:
            self._save()

    def flush(self) -> None:
        """Put everything taken in so far where readers see it."""
        self._close_opening()
        if len(self._packer):
            self._pack()
        self._save()

    def lanes(self) -> list[Lane]:
        """The score of what this writer took in."""
        return self._score.lanes(self.moment.store.resources, first_ts=self.log.first_ts, last_ts=self.log.last_ts)

    def _append(self, line: bytes) -> None:
        frame = self._decoder.decode(line)
        seq = self.moment.seq + 1
        is_event = isinstance(frame, WatchEvent)
        if is_event:
            self._close_opening()
        changes = self.moment.advance(seq, frame)
        previous = changes[0].old.seq if is_event and changes and changes[0].old else 0
        kind = kind_of(frame)
        self._packer.add(line, ts=frame.ts, previous=previous, kind=kind)
        self.log.last_seq, self.log.last_ts = seq, frame.ts
        if isinstance(frame, WatchEvent) and changes and not is_routine(changes[0]):
            self.log.writes += 1
            self._score.note(frame)
        if isinstance(frame, Note):
            self._notes.append(NoteRow(log=self.log, seq=seq, ts=frame.ts, text=frame.text, command=frame.command))
        if self._packer.is_full:
            self._pack()
        self._make_keyframe_if_due()

    def _close_opening(self) -> None:
        """The first watch event ends the opening lists; viewers start there, so a keyframe is made there."""
        if not self._is_open:
            return
        self._is_open = False
        self.log.opening_seq = self.moment.seq
        if self.moment.seq:
            self._make_keyframe()

    def _make_keyframe_if_due(self) -> None:
        distance = self.moment.seq - self._keyframe_seq
        if not self._is_open and distance >= keyframe_distance(len(self.moment.store)):
            self._make_keyframe()

    def _make_keyframe(self) -> None:
        data = self._compressor.compress(self.moment.dump())
        self._keyframes.append(Keyframe(log=self.log, seq=self.moment.seq, data=data))
        self._keyframe_seq = self.moment.seq

    def _pack(self) -> None:
        self._chunks.append(self._packer.pack(self.log, self.moment.seq - len(self._packer) + 1))

    def _save(self) -> None:
        with transaction.atomic():
            Chunk.objects.bulk_create(self._chunks)
            Keyframe.objects.bulk_create(self._keyframes)
            NoteRow.objects.bulk_create(self._notes)
            self.log.save(update_fields=["last_seq", "last_ts", "opening_seq", "writes"])
        self._chunks, self._keyframes, self._notes = [], [], []


def keyframe_distance(objects: int) -> int:
    """After how many frames there is a keyframe, where there are so many objects: it costs less than they do."""
    return max(KEYFRAME_FRAMES, objects)


def header_fields(header: Header) -> dict[str, object]:
    """What a log's row says of its header."""
    resources = {
        name: {"path": r.path, "kind": r.kind, "namespaced": r.namespaced, "verbs": r.verbs}
        for name, r in header.resources.items()
    }
    return {
        "name": header.name,
        "server_version": header.server_version,
        "resources": resources,
        "first_ts": header.ts,
        "last_ts": header.ts,
    }
