"""The reader: frames of one log from its chunks, and any moment in it."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Final, Generic, Literal, TypeVar

import msgspec
from msgspec import Raw, Struct

from visualizer.frames import Decoder, Frame, FrameError, Resource
from visualizer.log import chunks, keyframes
from visualizer.log.chunks import FrameKind, Index
from visualizer.log.paging import items_of
from visualizer.models import Chunk, Log, Note
from visualizer.moment import Moment
from visualizer.store import Entry

_KEPT_CHUNKS: Final = 8


class FrameNotFound(LookupError):
    """The log has no frame with this sequence number: it never had, or retention took it."""


class _EventLine(Struct):
    object: Raw


_events: Final = msgspec.json.Decoder(_EventLine)


class Reader:
    """Reads one log. Cheap to make; keeps the few chunks it used last. Not for use by two threads at once.

    A live log's cluster may come to serve more than it did. The reader learns of it when it meets the first frame of
    something new: ``resources`` is another mapping from then on, and a moment that was made of the one before cannot
    go on (``has_outgrown``). ``decoder`` knows what the reader knows by now, and asks no database.
    """

    def __init__(self, log: Log) -> None:
        self.log = log
        self.resources: dict[str, Resource] = {}
        self.also_served: dict[str, Resource] = {}
        self._know(log)
        self._lines: _Column[list[bytes]] = _Column(log, "lines", chunks.unpack_lines)
        self._indexes: _Column[Index] = _Column(log, "index", chunks.unpack_index)

    def decode(self, line: bytes) -> Frame:
        """The frame on a line of this log. Raises :class:`visualizer.frames.FrameError` where it is none."""
        try:
            return self.decoder.decode(line)
        except FrameError:
            if not self._learn():
                raise
            return self.decoder.decode(line)

    def has_outgrown(self, moment: Moment) -> bool:
        """Whether the cluster serves more by now than this moment, which a reader of this log made, knows of."""
        return len(moment.store.resources) < len(self.resources)  # a log's resources only ever become more

    def _know(self, log: Log) -> None:
        self.resources = {name: Resource(**fields) for name, fields in log.resources.items()}
        self.also_served = {name: Resource(**fields) for name, fields in log.also_served.items()}
        self.decoder = Decoder(self.resources)

    def _learn(self) -> bool:
        """See what the cluster serves by now; whether that is more than was known."""
        self.log.refresh_from_db(fields=["resources", "also_served"])
        if self.log.resources.keys() <= self.resources.keys():
            return False
        self._know(self.log)
        return True

    def lines(self, after_seq: int, until_seq: int | None = None) -> Iterator[tuple[int, bytes]]:
        """Each frame after one place up to and with another (the log's end), as its line.

        Raises :class:`FrameNotFound` where it comes to one that retention took.
        """
        seq = after_seq + 1
        while until_seq is None or seq <= until_seq:
            piece = self._lines.find(seq)
            if piece is None:
                return
            last_seq = piece.last_seq if until_seq is None else min(piece.last_seq, until_seq)
            lines = piece.values[seq - piece.first_seq : last_seq + 1 - piece.first_seq]
            if b"" in lines:
                raise FrameNotFound(f"the log {self.log.slug} no longer has the frame {seq + lines.index(b'')}")
            yield from enumerate(lines, seq)
            seq = last_seq + 1

    def frames(self, after_seq: int, until_seq: int | None = None) -> Iterator[tuple[int, Frame]]:
        """The same, decoded."""
        for seq, line in self.lines(after_seq, until_seq):
            yield seq, self.decode(line)

    def seek(self, seq: int) -> Moment:
        """The moment after this frame; a place outside the log is its nearest end."""
        if self.log.is_live:
            self.log.refresh_from_db(fields=["first_ts", "opening_seq", "pruned_seq"])  # retention moves them
        seq = max(self.log.pruned_seq, min(seq, self.log.last_seq))
        moment, stale = keyframes.nearest(self.log, self.resources, seq)
        for place, frame in self.frames(moment.seq, seq):
            if self.has_outgrown(moment):
                return self.seek(seq)
            moment.advance(place, frame)
            if place in stale:
                keyframes.renew(self.log, moment)
        return moment

    def play_from_start(self, seq: int) -> Moment:
        """The same moment as ``seek`` gives, without any keyframe."""
        moment = keyframes.beginning(self.log, self.resources)
        for place, frame in self.frames(moment.seq, seq):
            moment.advance(place, frame)
        return moment

    def line(self, seq: int) -> bytes:
        """One frame's line. Raises :class:`FrameNotFound`."""
        piece = self._lines.get(seq)
        line = piece.values[seq - piece.first_seq]
        if not line:
            raise FrameNotFound(f"the log {self.log.slug} no longer has the frame {seq}")
        return line

    def raw_object(self, seq: int, item: int = -1) -> bytes:
        """The JSON of the object that this frame wrote, or of one item of a list. Raises :class:`FrameNotFound`."""
        line = self.line(seq)
        return bytes(_events.decode(line).object) if item < 0 else bytes(items_of(line)[item])

    def raw_objects(self, entries: Iterable[Entry]) -> Iterator[tuple[Entry, bytes]]:
        """Each of these entries with the JSON of its object, in the log's order; those that it lost are left out.

        A list is decoded once, however many of its items are asked for.
        """
        items: list[Raw] = []
        opened = 0
        for entry in sorted(entries, key=lambda entry: (entry.seq, entry.item)):
            try:
                if entry.item < 0:
                    yield entry, bytes(_events.decode(self.line(entry.seq)).object)
                    continue
                if entry.seq != opened:
                    items, opened = items_of(self.line(entry.seq)), entry.seq
            except FrameNotFound:
                continue
            yield entry, bytes(items[entry.item])

    def previous(self, seq: int, item: int = -1) -> int:
        """The frame that last wrote the object that this frame wrote, or an item of this list; 0 where there is none.

        Raises :class:`FrameNotFound`.
        """
        piece = self._indexes.get(seq)
        previous = piece.values.previous[seq - piece.first_seq]
        if isinstance(previous, int):
            return previous
        return previous[item] if item >= 0 else 0

    def seq_at(self, ts: float) -> int:
        """The last frame not later than this time (unix seconds); 0 before the first."""
        begun = Chunk.objects.filter(log=self.log, first_ts__lte=ts).order_by("-first_seq")
        start = begun.values_list("first_seq", flat=True).first()
        if start is None:
            return 0
        return start + bisect_right(self._indexes.get(start).values.times, ts) - 1

    def ts_of(self, seq: int) -> float:
        """When this frame was seen (unix seconds). Raises :class:`FrameNotFound`."""
        piece = self._indexes.get(seq)
        return piece.values.times[seq - piece.first_seq]

    def kind_of(self, seq: int) -> FrameKind:
        """What this frame is to stepping and the timeline. Raises :class:`FrameNotFound`."""
        piece = self._indexes.get(seq)
        return FrameKind(piece.values.kinds[seq - piece.first_seq])

    def next_write(self, seq: int, *, direction: Literal[1, -1] = 1, every: bool = False) -> int | None:
        """The nearest write after this place (or, with -1, before it); None where there is none.

        Writes to Leases and Events are passed over unless ``every``.
        """
        wanted = {FrameKind.WRITE, FrameKind.ROUTINE} if every else {FrameKind.WRITE}
        place = max(1, seq + 1) if direction > 0 else min(seq - 1, self.log.last_seq)
        while (piece := self._indexes.find(place)) is not None:
            end = piece.last_seq if direction > 0 else piece.first_seq
            for found in range(place, end + direction, direction):
                if piece.values.kinds[found - piece.first_seq] in wanted:
                    return found
            place = end + direction
        return None

    def density(self, count: int, *, from_ts: float | None = None) -> list[int]:
        """How many watch events there are in each of so many equal stretches of the log's time, or of its end.

        Only chunks that lie in two stretches or more are opened.
        """
        start = self.log.first_ts if from_ts is None else from_ts
        counts = [0] * count
        spans = Chunk.objects.filter(log=self.log, last_seq__gt=self.log.pruned_seq, last_ts__gte=start)
        spans = spans.order_by("first_seq")
        for first_seq, first_ts, last_ts, watch_events in spans.values_list(
            "first_seq", "first_ts", "last_ts", "watch_events"
        ):
            place = self._stretch(first_ts, count, start)
            if first_ts >= start and place == self._stretch(last_ts, count, start):
                counts[place] += watch_events
                continue
            index = self._indexes.get(first_seq).values
            for ts, kind in zip(index.times, index.kinds, strict=True):
                if kind >= FrameKind.WRITE and ts >= start:
                    counts[self._stretch(ts, count, start)] += 1
        return counts

    def notes(self) -> list[Note]:
        """Every note, in order."""
        return list(Note.objects.filter(log=self.log))

    def _stretch(self, ts: float, count: int, start: float) -> int:
        """In which of so many equal stretches, from a start to the log's end, this time lies."""
        seconds = self.log.last_ts - start
        place = int((ts - start) / seconds * count) if seconds > 0 else 0
        return min(max(place, 0), count - 1)


_Values = TypeVar("_Values", list[bytes], Index)


@dataclass(frozen=True)
class _Piece(Generic[_Values]):
    """What one chunk says of its frames."""

    first_seq: int
    last_seq: int
    values: _Values


class _Column(Generic[_Values]):
    """One of the blobs of a log's chunks, unpacked; the few used last are kept."""

    def __init__(self, log: Log, field: str, unpack: Callable[[bytes], _Values]) -> None:
        self._log = log
        self._field = field
        self._unpack: Callable[[bytes], _Values] = unpack
        self._kept: list[_Piece[_Values]] = []

    def get(self, seq: int) -> _Piece[_Values]:
        """The piece with this frame. Raises :class:`FrameNotFound`."""
        piece = self.find(seq)
        if piece is None:
            raise FrameNotFound(f"the log {self._log.slug} has no frame {seq}")
        return piece

    def find(self, seq: int) -> _Piece[_Values] | None:
        """The piece with this frame, or None. A piece that was kept may since have grown at its end."""
        for number, piece in enumerate(self._kept):
            if piece.first_seq <= seq <= piece.last_seq:
                self._kept.append(self._kept.pop(number))
                return piece
        begun = Chunk.objects.filter(log=self._log, first_seq__lte=seq).order_by("-first_seq")
        row = begun.values_list("first_seq", "last_seq", self._field).first()
        if row is None or row[1] < seq:
            return None
        found = _Piece(row[0], row[1], self._unpack(bytes(row[2])))
        self._kept = [piece for piece in self._kept if piece.first_seq != found.first_seq][1 - _KEPT_CHUNKS :]
        self._kept.append(found)
        return found
