"""Remains: what pruning left of a log's oldest frames, from which the moment where it begins can be made again."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from visualizer.frames import Decoder, Listing, Resource, WatchEvent
from visualizer.log.chunks import FILLER, unpack_lines
from visualizer.log.paging import items_of
from visualizer.models import Chunk, Log
from visualizer.moment import Moment
from visualizer.objects import key_of
from visualizer.store import Entry


def moment_of_remains(log: Log, resources: Mapping[str, Resource]) -> Moment:
    """The moment at the place where a pruned log begins, from the objects that are left: as if all had been listed.

    It has every object. What diagrams remember of earlier writes, only a keyframe knows.
    """
    found: dict[str, dict[str, Entry]] = {}
    decoder = Decoder(dict(resources))
    for seq, line in _lines(log):
        frame = decoder.decode(line)
        if isinstance(frame, WatchEvent):
            found.setdefault(frame.resource, {})[key_of(frame.object.metadata)] = Entry(frame.object, seq)
        elif isinstance(frame, Listing):
            entries = found.setdefault(frame.resource, {})
            for item, raw in enumerate(items_of(line)):
                if bytes(raw) != FILLER:
                    obj = frame.items[item]
                    entries[key_of(obj.metadata)] = Entry(obj, seq, item)
    return Moment.of_objects(resources, found, seq=log.pruned_seq, ts=log.first_ts)


def _lines(log: Log) -> Iterator[tuple[int, bytes]]:
    chunks = Chunk.objects.filter(log=log, last_seq__lte=log.pruned_seq).order_by("first_seq")
    for first_seq, packed in chunks.values_list("first_seq", "lines").iterator(chunk_size=16):
        yield from ((seq, line) for seq, line in enumerate(unpack_lines(bytes(packed)), first_seq) if line)
