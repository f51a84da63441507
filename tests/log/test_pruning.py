"""Pruning: the oldest part of a log goes, and everything that is there after it is as it was."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator

import pytest
from django.test import Client

from tests.cluster import DEMOS, START_TS, metadata
from tests.log.recordings import event, header, listing, note, take_in
from visualizer.log import chunks, keyframes, pruning, writer
from visualizer.log.exporting import write_recording, write_stretch
from visualizer.log.importing import import_recording, open_log
from visualizer.log.pruning import Retention, prune, size_of
from visualizer.log.reader import FrameNotFound, Reader
from visualizer.log.recording import Limits, iter_lines
from visualizer.log.writer import Writer
from visualizer.models import Chunk, Keyframe, Log, Note
from visualizer.store import Entry

pytestmark = pytest.mark.django_db

FOREVER = 1e12
ENDLESS = 1 << 60
SMALL = 16


@pytest.fixture(autouse=True)
def small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Chunks of a few frames, and a keyframe for every few of them."""
    monkeypatch.setattr(chunks, "MAX_FRAMES", SMALL)
    monkeypatch.setattr(pruning, "MAX_FRAMES", SMALL)
    monkeypatch.setattr(writer, "keyframe_distance", lambda _objects: 50)


def live_log(name: str = "rolling-update") -> Log:
    """A live log, with everything in it that this recording has."""
    with (DEMOS / name / "recording.jsonl.zst").open("rb") as stream:
        head, *lines = (line for _, line in iter_lines(stream, Limits()))
    log = open_log(head, slug="live")
    log.is_live, log.state = True, Log.State.READY
    log.save()
    filling = Writer(log)
    for line in lines:
        filling.append(line)
    filling.finish()
    return Log.objects.get(pk=log.pk)


@pytest.fixture
def log() -> Log:
    return live_log()


def prune_at(log: Log, share: float) -> int:
    """Let go what is older than this share of the log's time; the place where it begins now."""
    cut = log.first_ts + (log.last_ts - log.first_ts) * share
    assert prune(log, Retention(log.last_ts - cut, ENDLESS), now=log.last_ts + 0.001)
    return log.opening_seq


def everything(reader: Reader, seq: int) -> dict[tuple[str, str], bytes]:
    """Every object in full at this place."""
    store = reader.seek(seq).store
    return {
        (resource, key): reader.raw_object(entry.seq, entry.item)
        for resource in reader.resources
        for key, entry in store.entries(resource).items()
    }


def entries(reader: Reader, seq: int) -> dict[str, dict[str, Entry]]:
    store = reader.seek(seq).store
    return {resource: dict(store.entries(resource)) for resource in reader.resources}


def places(log: Log) -> Iterator[int]:
    yield from range(log.opening_seq, log.last_seq + 1, 17)
    yield log.last_seq


@pytest.mark.parametrize("share", [0.3, 0.6, 0.9])
def test_every_moment_after_the_cut_is_as_it_was_and_every_object_can_be_shown(log: Log, share: float) -> None:
    before = Reader(Log.objects.get(pk=log.pk))
    opening = prune_at(log, share)
    assert log.pruned_seq == opening > 0
    wanted = {seq: (entries(Reader(log), seq), everything(Reader(log), seq)) for seq in places(log)}
    Log.objects.all().delete()
    again = live_log()
    before = Reader(again)
    for seq, (found, raw) in wanted.items():
        assert found == entries(before, seq)
        assert raw == everything(before, seq)


def test_diagrams_are_as_they_were_where_they_are_seen_from_the_keyframe(log: Log) -> None:
    told = Reader(log).seek(log.last_seq).flow.snapshot()
    prune_at(log, 0.5)
    assert Reader(log).seek(log.last_seq).flow.snapshot() == told


def test_pruning_again_goes_on_from_where_the_log_begins(log: Log) -> None:
    wanted = everything(Reader(log), log.last_seq)
    first = prune_at(log, 0.4)
    second = prune_at(log, 0.7)
    assert second > first
    assert everything(Reader(log), log.last_seq) == wanted
    assert Keyframe.objects.filter(log=log).order_by("seq").values_list("seq", flat=True)[0] == second


@pytest.mark.parametrize("data", [None, b"no keyframe"])
def test_without_a_readable_keyframe_the_objects_are_made_of_what_is_left(
    log: Log, data: bytes | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    opening = prune_at(log, 0.6)
    wanted = {seq: entries(Reader(log), seq) for seq in places(log)}
    if data is None:
        Keyframe.objects.all().delete()
    else:
        Keyframe.objects.update(data=data)
    monkeypatch.setattr(keyframes, "_shelf", keyframes.Shelf(1))
    for seq, found in wanted.items():
        assert entries(Reader(log), seq) == found
    if data is not None:
        renewed = Keyframe.objects.get(log=log, seq=opening)
        assert bytes(renewed.data) != data
    assert Reader(log).play_from_start(log.last_seq).store == Reader(log).seek(log.last_seq).store


def test_a_pruned_log_exports_to_a_recording_of_what_is_left(log: Log) -> None:
    prune_at(log, 0.6)
    file, stretch = io.BytesIO(), io.BytesIO()
    write_recording(log, file)
    write_stretch(log, stretch, from_ts=0.0, to_ts=log.last_ts)
    wanted = {name: set(found) for name, found in entries(Reader(log), log.last_seq).items() if found}
    for exported in (file, stretch):
        exported.seek(0)
        made = import_recording(exported, slug="exported")
        found = entries(Reader(made), made.last_seq)
        assert {name: set(there) for name, there in found.items() if there} == wanted
        assert made.first_ts == pytest.approx(log.first_ts)


def test_what_is_gone_is_gone_and_says_so(log: Log) -> None:
    whole = size_of(log)
    opening = prune_at(log, 0.8)
    assert size_of(log) < whole
    assert not Note.objects.filter(seq__lte=opening).exists()
    assert not Keyframe.objects.filter(seq__lt=opening).exists()
    reader = Reader(log)
    kept = {entry.seq for found in entries(reader, opening).values() for entry in found.values()}
    for seq in set(range(1, opening + 1)) - kept:
        with pytest.raises(FrameNotFound):
            reader.line(seq)
    assert reader.seek(1).seq == opening
    assert reader.next_write(opening, direction=-1, every=True) is None
    first = reader.next_write(opening, every=True)
    assert first is not None
    assert first > opening


def test_the_timeline_begins_where_the_log_does(log: Log) -> None:
    prune_at(log, 0.5)
    told = Client().get("/api/logs/live/timeline?buckets=40").json()
    assert told["first_ts"] == told["opening_ts"] == log.first_ts
    left = [json.loads(line) for _, line in Reader(log).lines(log.opening_seq)]
    assert sum(told["counts"]) == sum(frame["kind"] == "event" for frame in left)
    assert len(told["notes"]) == sum(frame["kind"] == "note" for frame in left)


def test_a_writer_that_goes_on_meanwhile_does_not_undo_it(log: Log) -> None:
    filling = Writer(Log.objects.get(pk=log.pk))
    for number in range(SMALL - 2):
        filling.append(event({"metadata": metadata(f"before-{number}")}, ts=log.last_ts))
        filling.flush()
    opening = prune_at(Log.objects.get(pk=log.pk), 0.9)
    for number in range(2 * SMALL):
        filling.append(event({"metadata": metadata(f"after-{number}")}, ts=log.last_ts + 1))
        filling.flush()
    seen = Log.objects.get(pk=log.pk)
    assert seen.opening_seq == seen.pruned_seq == opening
    assert seen.first_ts == Reader(seen).seek(opening).ts
    assert Reader(seen).seek(seen.last_seq).store == filling.moment.store
    assert len(everything(Reader(seen), seen.last_seq)) == len(filling.moment.store)
    seqs = [seq for chunk in Chunk.objects.filter(first_seq__gt=opening) for seq in _seqs(chunk)]
    assert seqs == list(range(opening + 1, seen.last_seq + 1))


def _seqs(chunk: Chunk) -> range:
    return range(chunk.first_seq, chunk.last_seq + 1)


def test_the_log_is_kept_below_its_size_as_far_as_its_objects_allow(log: Log) -> None:
    whole = size_of(log)
    assert not prune(log, Retention(FOREVER, whole), now=log.last_ts)
    assert prune(log, Retention(FOREVER, whole * 2 // 3), now=log.last_ts)
    assert size_of(log) < whole
    assert len(everything(Reader(log), log.last_seq)) == len(Reader(log).seek(log.last_seq).store)


def test_nothing_goes_that_is_young_enough_and_nothing_of_the_last_frames(log: Log) -> None:
    assert not prune(log, Retention(log.last_ts - log.first_ts + 1, ENDLESS), now=log.last_ts)
    assert prune(log, Retention(0.0, ENDLESS), now=log.last_ts + FOREVER)
    assert log.last_seq - log.opening_seq >= SMALL


def test_a_log_is_not_cut_in_the_middle_of_a_list() -> None:
    names = [{"metadata": metadata(f"c-{number:04}")} for number in range(40)]
    log = take_in(header(), listing(*names), event({"metadata": metadata("x")}, ts=START_TS + 1))
    Log.objects.update(is_live=True)
    filling = Writer(Log.objects.get(pk=log.pk))
    filling.append(note(ts=START_TS + 2))
    for number in range(40):
        more = {"more": True} if number < 39 else {}
        filling.append(listing(names[number], ts=START_TS + 3, continues=number > 0, **more))
    for number in range(SMALL):
        filling.append(event({"metadata": metadata(f"y-{number}")}, ts=START_TS + 4))
    filling.flush()
    seen = Log.objects.get(pk=log.pk)
    assert prune(seen, Retention(0.5, ENDLESS), now=START_TS + 4)
    assert seen.opening_seq == 2  # the end of the chunk before the list
