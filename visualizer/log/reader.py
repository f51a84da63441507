"""The reader: frames of one log from its chunks, and any moment in it."""

from __future__ import annotations

from bisect import bisect_right
from collections import OrderedDict
from collections.abc import Callable, Iterator
from typing import Final, TypeVar

import msgspec
import zstandard
from msgspec import Raw, Struct

from visualizer import moment as moments
from visualizer.frames import Decoder, Frame, Resource
from visualizer.log import chunks
from visualizer.log.chunks import FrameKind, Index
from visualizer.log.paging import items_of
from visualizer.models import Chunk, Keyframe, Log, Note

_CACHED_CHUNKS: Final = 8


class FrameNotFound(LookupError):
    """The log has no frame with this sequence number: it never had, or retention took it."""


class _EventLine(Struct):
    object: Raw


_events: Final = msgspec.json.Decoder(_EventLine)


class Reader:
    """Reads one log. Cheap to make; keeps the few chunks it used last. Not for use by two threads at once."""

    def __init__(self, log: Log) -> None:
        self.log = log
        self.resources = {name: Resource(**fields) for name, fields in log.resources.items()}
        self._decoder = Decoder(self.resources)
        self._lines: OrderedDict[int, list[bytes]] = OrderedDict()
        self._indexes: OrderedDict[int, Index] = OrderedDict()

    def lines(self, after_seq: int, until_seq: int | None = None) -> Iterator[tuple[int, bytes]]:
        """Each frame after one place up to and with another (the log's end), as its line."""
        starts = self._starts(after_seq + 1, until_seq)
        for start in starts:
            lines = self._lines_of(start)
            for seq, line in enumerate(lines, start):
                if until_seq is not None and seq > until_seq:
                    return
                if seq > after_seq:
                    yield seq, line

    def frames(self, after_seq: int, until_seq: int | None = None) -> Iterator[tuple[int, Frame]]:
        """The same, decoded."""
        for seq, line in self.lines(after_seq, until_seq):
            yield seq, self._decoder.decode(line)

    def seek(self, seq: int) -> moments.Moment:
        """The moment after this frame; a place outside the log is its nearest end."""
        seq = max(0, min(seq, self.log.last_seq))
        return self._play(self._nearest(seq), seq)

    def play_from_start(self, seq: int) -> moments.Moment:
        """The same moment as ``seek`` gives, without any keyframe."""
        return self._play(moments.Moment(self.resources, ts=self.log.first_ts), seq)

    def _play(self, moment: moments.Moment, seq: int) -> moments.Moment:
        for place, frame in self.frames(moment.seq, seq):
            moment.advance(place, frame)
        return moment

    def _nearest(self, seq: int) -> moments.Moment:
        """The moment of the last readable keyframe not after this place."""
        for keyframe in Keyframe.objects.filter(log=self.log, seq__lte=seq).order_by("-seq").iterator():
            try:
                return moments.Frozen(self.resources, zstandard.ZstdDecompressor().decompress(keyframe.data)).thaw()
            except moments.StaleKeyframe:
                continue
        return moments.Moment(self.resources, ts=self.log.first_ts)

    def line(self, seq: int) -> bytes:
        """One frame's line. Raises :class:`FrameNotFound`."""
        start = self._chunk_of(seq)
        return self._lines_of(start)[seq - start]

    def raw_object(self, seq: int, item: int = -1) -> bytes:
        """The JSON of the object that this frame wrote, or of one item of a list. Raises :class:`FrameNotFound`."""
        line = self.line(seq)
        return bytes(_events.decode(line).object) if item < 0 else bytes(items_of(line)[item])

    def previous(self, seq: int) -> int:
        """The frame that wrote this write's object before, or 0. Raises :class:`FrameNotFound`."""
        start = self._chunk_of(seq)
        return self._index_of(start).previous[seq - start]

    def seq_at(self, ts: float) -> int:
        """The last frame not later than this time (unix seconds); 0 before the first."""
        chunk = (
            Chunk.objects.filter(log=self.log, first_ts__lte=ts)
            .order_by("-first_seq")
            .values_list("first_seq", flat=True)
        )
        start = chunk.first()
        if start is None:
            return 0
        return start + bisect_right(self._index_of(start).times, ts) - 1

    def ts_of(self, seq: int) -> float:
        """When this frame was seen (unix seconds). Raises :class:`FrameNotFound`."""
        start = self._chunk_of(seq)
        return self._index_of(start).times[seq - start]

    def next_write(self, seq: int, *, direction: int = 1, every: bool = False) -> int | None:
        """The nearest write after this place (or, with -1, before it); None where there is none.

        Writes to Leases and Events are passed over unless ``every``.
        """
        wanted = {FrameKind.WRITE, FrameKind.ROUTINE} if every else {FrameKind.WRITE}
        starts = self._starts(seq + 1, None) if direction > 0 else self._starts_back(seq - 1)
        for start in starts:
            kinds = self._index_of(start).kinds
            places = range(len(kinds)) if direction > 0 else range(len(kinds) - 1, -1, -1)
            for place in places:
                found = start + place
                if kinds[place] in wanted and (found > seq if direction > 0 else found < seq):
                    return found
        return None

    def density(self, count: int) -> list[int]:
        """How many watch events there are in each of so many equal stretches of the log's time."""
        counts = [0] * count
        first, seconds = self.log.first_ts, self.log.last_ts - self.log.first_ts
        for start in self._starts(1, None):
            index = self._index_of(start)
            for ts, kind in zip(index.times, index.kinds, strict=True):
                if kind >= FrameKind.WRITE:
                    place = int((ts - first) / seconds * count) if seconds else 0
                    counts[min(max(place, 0), count - 1)] += 1
        return counts

    def notes(self) -> list[Note]:
        """Every note, in order."""
        return list(Note.objects.filter(log=self.log))

    def _starts(self, from_seq: int, until_seq: int | None) -> Iterator[int]:
        """The first seq of each chunk that holds any frame of this stretch, in order."""
        chosen = Chunk.objects.filter(log=self.log, last_seq__gte=from_seq)
        if until_seq is not None:
            chosen = chosen.filter(first_seq__lte=until_seq)
        return iter(list(chosen.order_by("first_seq").values_list("first_seq", flat=True)))

    def _starts_back(self, until_seq: int) -> Iterator[int]:
        chosen = Chunk.objects.filter(log=self.log, first_seq__lte=until_seq)
        return iter(list(chosen.order_by("-first_seq").values_list("first_seq", flat=True)))

    def _chunk_of(self, seq: int) -> int:
        holding = Chunk.objects.filter(log=self.log, first_seq__lte=seq, last_seq__gte=seq)
        start = holding.values_list("first_seq", flat=True).first()
        if start is None:
            raise FrameNotFound(f"the log {self.log.slug} has no frame {seq}")
        return start

    def _lines_of(self, start: int) -> list[bytes]:
        return _cached(self._lines, start, lambda: chunks.unpack_lines(self._blob(start, "lines")))

    def _index_of(self, start: int) -> Index:
        return _cached(self._indexes, start, lambda: chunks.unpack_index(self._blob(start, "index")))

    def _blob(self, start: int, field: str) -> bytes:
        blob: bytes = Chunk.objects.filter(log=self.log, first_seq=start).values_list(field, flat=True).get()
        return bytes(blob)


_Value = TypeVar("_Value")


def _cached(cache: OrderedDict[int, _Value], key: int, make: Callable[[], _Value]) -> _Value:
    """The value under this key, made if it is not there; the one used longest ago makes room."""
    if key in cache:
        cache.move_to_end(key)
        return cache[key]
    value = cache[key] = make()
    if len(cache) > _CACHED_CHUNKS:
        cache.popitem(last=False)
    return value
