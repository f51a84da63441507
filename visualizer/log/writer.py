"""The writer: appends frames to one log, in chunks, with keyframes.

It serves imports and live logs alike. It owns the moment at the log's end, because a chunk says for each write which
frame wrote the object before, and a keyframe is that moment dumped.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import msgspec
from django.db import transaction

from visualizer.flow.writes import is_routine
from visualizer.frames import Decoder, FrameError, Header, Listing, Note, WatchEvent
from visualizer.log import keyframes
from visualizer.log.chunks import Packer, kind_of
from visualizer.log.paging import CUT_ABOVE_BYTES, pages
from visualizer.log.reader import Reader
from visualizer.log.score import Lane, Score
from visualizer.models import Chunk, Keyframe, Log
from visualizer.models import Note as NoteRow
from visualizer.redaction import redact
from visualizer.store import Change

KEYFRAME_FRAMES: Final = 2_000
CHUNKS_A_BATCH: Final = 16


class Writer:
    """Takes lines in at a log's end, be it empty or not. Not for two threads; a log has one writer at a time."""

    def __init__(self, log: Log) -> None:
        reader = Reader(log)
        self.log = log
        self.moment = reader.seek(log.last_seq)
        self._decoder = Decoder(reader.resources)
        self._packer = Packer()
        self._chunks: list[Chunk] = []
        self._flushed = 0  # how many of the packer's frames are in small chunks by now
        self._replaced: tuple[int, int] | None = None
        self._keyframes: list[Keyframe] = []
        self._notes: list[NoteRow] = []
        self._score = Score()
        self._next_keyframe_seq = self.moment.seq + keyframe_distance(len(self.moment.store))
        self._is_open = log.opening_seq == 0
        self._begun = ("first_ts", "opening_seq") if self._is_open else ()
        """Where the log begins is the writer's to say while it opens; later, retention moves it on."""

    def append(self, line: bytes) -> list[tuple[int, bytes]]:
        """Take one line in, and return it as it is kept: numbered, without secrets, and a long list in pages.

        Raises :class:`visualizer.frames.FrameError` where the line is no frame of this log, or is older than its end.
        """
        if len(line) < CUT_ABOVE_BYTES:
            return [self._append(line)]
        return [self._append(page) for page in pages(line)]

    def flush(self) -> None:
        """Put everything taken in so far where readers see it."""
        if len(self._packer) > self._flushed:
            self._chunks.append(self._packer.pack(self.log, last_seq=self.moment.seq, skipped=self._flushed))
            self._flushed = len(self._packer)
        self._save()

    def finish(self) -> None:
        """Flush, and let the opening lists end here if no watch event came."""
        if self._is_open:
            self._close_opening()
        self.flush()

    def lanes(self) -> list[Lane]:
        """The score of what this writer took in."""
        return self._score.lanes(self.moment.store.resources, first_ts=self.log.first_ts, last_ts=self.log.last_ts)

    def _append(self, line: bytes) -> tuple[int, bytes]:
        frame = self._decoder.decode(line)
        kept = _without_secrets(line)
        if kept is not line:
            frame = self._decoder.decode(kept)
        self._check_order(frame.ts)
        if self._is_open and isinstance(frame, WatchEvent):
            self._close_opening()
        seq = self.moment.seq + 1
        changes = self.moment.advance(seq, frame)
        self.log.last_seq, self.log.last_ts = seq, frame.ts
        previous: int | list[int] = 0
        if isinstance(frame, WatchEvent):
            previous = self._count(frame, changes)
        elif isinstance(frame, Listing):
            previous = _previous_of_items(changes)
        elif isinstance(frame, Note):
            self._notes.append(NoteRow(log=self.log, seq=seq, ts=frame.ts, text=frame.text, command=frame.command))
        self._packer.add(kept, ts=frame.ts, previous=previous, kind=kind_of(frame))
        if self._packer.is_full:
            self._pack()
        if seq >= self._next_keyframe_seq and not self._is_open:
            self._make_keyframe()
        return seq, kept

    def _count(self, event: WatchEvent, changes: Sequence[Change]) -> int:
        """Note the write for the log's figures, and return the frame that wrote the object before, or 0."""
        if not changes:
            return 0
        (change,) = changes
        if not is_routine(change):
            self.log.writes += 1
            self._score.note(event)
        return change.old.seq if change.old else 0

    def _check_order(self, ts: float) -> None:
        if self.moment.seq == 0:
            self.log.first_ts = min(self.log.first_ts or ts, ts)
        elif ts < self.log.last_ts:
            raise FrameError(f"its time is {self.log.last_ts - ts:.3f} s before the end of what is there already")

    def _close_opening(self) -> None:
        """The first watch event ends the opening lists; viewers start there, so a keyframe is made there."""
        self._is_open = False
        self.log.opening_seq = self.moment.seq
        if self.moment.seq:
            self._make_keyframe()

    def _make_keyframe(self) -> None:
        self._keyframes.append(keyframes.make(self.log, self.moment))
        self._next_keyframe_seq = self.moment.seq + keyframe_distance(len(self.moment.store))

    def _pack(self) -> None:
        """A full chunk; it takes the place of the small ones that were flushed while it grew."""
        chunk = self._packer.pack(self.log, last_seq=self.moment.seq)
        if self._flushed:
            self._replaced = (chunk.first_seq, chunk.last_seq)
        self._chunks.append(chunk)
        self._packer.clear()
        self._flushed = 0
        if len(self._chunks) >= CHUNKS_A_BATCH or self._replaced:
            self._save()

    def _save(self) -> None:
        with transaction.atomic():
            if self._replaced:
                Chunk.objects.filter(log=self.log, first_seq__range=self._replaced).delete()
            Chunk.objects.bulk_create(self._chunks)
            Keyframe.objects.bulk_create(self._keyframes)
            NoteRow.objects.bulk_create(self._notes)
            self.log.save(update_fields=["last_seq", "last_ts", "writes", *self._begun])
        self._chunks, self._keyframes, self._notes, self._replaced = [], [], [], None
        self._begun = () if self.log.opening_seq else self._begun


def _previous_of_items(changes: Sequence[Change]) -> int | list[int]:
    """For each item of a list, the frame that wrote the object before; just 0 where none was known."""
    found = [change.old.seq if change.old else 0 for change in changes if change.type == "LISTED"]
    return found if any(found) else 0


def keyframe_distance(objects: int) -> int:
    """After how many frames there is a keyframe, where there are so many objects.

    To read one costs about as much as to play a quarter of the frames between; a seek is to be quick anywhere.
    """
    return max(KEYFRAME_FRAMES, objects * 3 // 4)


def _without_secrets(line: bytes) -> bytes:
    try:
        return redact(line)
    except ValueError as error:
        raise FrameError(str(error)) from error


def header_fields(header: Header) -> dict[str, object]:
    """What a log's row says of its header."""
    return {
        "name": header.name,
        "server_version": header.server_version,
        "resources": msgspec.to_builtins(header.resources),
        "also_served": msgspec.to_builtins(header.also_served),
        "first_ts": header.ts or 0.0,
        "last_ts": header.ts or 0.0,
    }
