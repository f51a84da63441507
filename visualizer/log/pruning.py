"""Pruning: the oldest part of a log is let go, but for what its objects were last written by.

A moment tells of each object where the log has it in full (docs/decisions/001). So of the frames up to the cut, those
are kept that last wrote an object which is there after it; their places stay, and whoever holds such a place, in
whichever process, still finds the object. All else is emptied: a frame becomes an empty line, an object in a list that
is kept for others becomes a filler, and a chunk with nothing left goes. (docs/decisions/009)

The cut is at the end of a chunk, where a keyframe is made: there the log begins from then on. It is not among the last
frames, whose chunk a writer may still put in the place of smaller ones, nor in the middle of a list.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from django.db import transaction
from django.db.models import QuerySet, Sum
from django.db.models.functions import Length

from visualizer.log import keyframes
from visualizer.log.chunks import MAX_FRAMES, emptied
from visualizer.log.reader import Reader
from visualizer.models import Chunk, Keyframe, Log, Note
from visualizer.moment import Moment
from visualizer.store import Store

SLACK: Final = 1 / 24
"""By how much a log may exceed what is to be kept before it is pruned: each time costs as much as all its objects."""

TRIES: Final = 50
"""At how many chunks' ends, one before the other, a cut is looked for outside of a list."""


@dataclass(frozen=True)
class Retention:
    """How much of a log is kept: what is younger than ``seconds``, and not more than ``size`` (bytes)."""

    seconds: float
    size: int


def prune(log: Log, retention: Retention, *, now: float) -> bool:
    """Let go what need not be kept at ``now`` (unix seconds); whether there was anything."""
    log.refresh_from_db()
    cut = _find_cut(log, retention, now)
    moment = _moment_at(log, cut) if cut > log.opening_seq else None
    if moment is None:
        return False
    wanted = _wanted(moment.store)
    old = Chunk.objects.filter(log=log, last_seq__lte=moment.seq)
    kept = [chunk for chunk in old.iterator(chunk_size=16) if _empty(chunk, wanted)]
    with transaction.atomic():
        old.exclude(pk__in=[chunk.pk for chunk in kept]).delete()
        Chunk.objects.bulk_update(kept, ["lines", "index", "watch_events"], batch_size=16)
        Note.objects.filter(log=log, seq__lte=moment.seq).delete()
        Keyframe.objects.filter(log=log, seq__lte=moment.seq).delete()
        keyframes.make(log, moment).save()
        log.opening_seq = log.pruned_seq = moment.seq
        log.first_ts = moment.ts
        log.save(update_fields=["opening_seq", "pruned_seq", "first_ts"])
    return True


def size_of(log: Log) -> int:
    """How many bytes the log takes in the database."""
    return _sizes(Chunk.objects.filter(log=log), "lines") + _sizes(Keyframe.objects.filter(log=log), "data")


def _sizes(rows: QuerySet[Chunk] | QuerySet[Keyframe], field: str) -> int:
    total: int | None = rows.aggregate(total=Sum(Length(field)))["total"]
    return total or 0


def _find_cut(log: Log, retention: Retention, now: float) -> int:
    """The last frame that may go; 0 where none needs to."""
    latest = log.last_seq - MAX_FRAMES
    return min(max(_cut_by_age(log, retention.seconds, now), _cut_by_size(log, retention.size)), latest)


def _cut_by_age(log: Log, seconds: float, now: float) -> int:
    if now - log.first_ts <= seconds * (1 + SLACK):
        return 0
    old = Chunk.objects.filter(log=log, last_ts__lt=now - seconds).order_by("-last_seq")
    seq: int | None = old.values_list("last_seq", flat=True).first()
    return seq or 0


def _cut_by_size(log: Log, size: int) -> int:
    if size_of(log) <= size * (1 + SLACK):
        return 0
    chunks = Chunk.objects.filter(log=log, last_seq__gt=log.pruned_seq).values_list("last_seq", Length("lines"))
    whole = Keyframe.objects.filter(log=log).values_list("seq", Length("data"))
    ends: set[int] = {seq for seq, _ in chunks}
    left = size - _sizes(Chunk.objects.filter(log=log, last_seq__lte=log.pruned_seq), "lines")
    for seq, length in sorted([*chunks, *whole], reverse=True):
        left -= length
        if left < 0 and seq in ends:
            return int(seq)
    return 0


def _moment_at(log: Log, cut: int) -> Moment | None:
    """The moment at the last chunk's end up to the cut that is not in the middle of a list; None where all are."""
    ends = Chunk.objects.filter(log=log, last_seq__lte=cut, last_seq__gt=log.opening_seq).order_by("-last_seq")
    reader = Reader(log)
    for seq in ends.values_list("last_seq", flat=True)[:TRIES]:
        moment = reader.seek(seq)
        if not moment.store.unfinished_lists():
            return moment
    return None


def _wanted(store: Store) -> dict[int, set[int]]:
    """Each frame that last wrote an object, with which items of it where it is a list."""
    wanted: dict[int, set[int]] = {}
    for resource in store.resources:
        for entry in store.entries(resource).values():
            wanted.setdefault(entry.seq, set()).add(entry.item)
    return wanted


def _empty(chunk: Chunk, wanted: Mapping[int, set[int]]) -> bool:
    """Take all out of the chunk that is not wanted; whether anything is left."""
    items = {seq: wanted[seq] for seq in _seqs(chunk) if seq in wanted}
    if not items:
        return False
    chunk.lines, chunk.index = emptied(bytes(chunk.lines), bytes(chunk.index), chunk.first_seq, items)
    chunk.watch_events = 0
    return True


def _seqs(chunk: Chunk) -> Iterator[int]:
    return iter(range(chunk.first_seq, chunk.last_seq + 1))
