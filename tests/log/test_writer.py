"""Writing: a log grows at its end, and readers see what was flushed."""

from __future__ import annotations

import json

import pytest

from tests.cluster import START_TS, metadata
from tests.log.recordings import event, header, listing, note, take_in
from visualizer.frames import FrameError
from visualizer.log import chunks
from visualizer.log.importing import open_log
from visualizer.log.reader import FrameNotFound, Reader
from visualizer.log.writer import Writer
from visualizer.models import Chunk, Log

pytestmark = pytest.mark.django_db


def config(name: str, **fields: object) -> dict[str, object]:
    """A config map."""
    return {"metadata": metadata(name), **fields}


@pytest.fixture
def log() -> Log:
    """A log of one list with one config map, and one event that altered it."""
    return take_in(header(), listing(config("one")), event(config("one", data={"a": "1"}), type="MODIFIED"))


def test_a_writer_goes_on_at_the_end_of_what_is_there(log: Log) -> None:
    opening = log.opening_seq
    writer = Writer(Log.objects.get(pk=log.pk))
    writer.append(event(config("one", data={"a": "2"}), type="MODIFIED", ts=START_TS + 1))
    writer.append(event(config("two"), ts=START_TS + 2))
    writer.append(note("made another", ts=START_TS + 2))
    writer.flush()
    seen = Log.objects.get(pk=log.pk)
    assert (seen.last_seq, seen.last_ts, seen.opening_seq, seen.writes) == (5, START_TS + 2, opening, 3)
    reader = Reader(seen)
    assert set(reader.seek(5).store.entries("v1/configmaps")) == {"shop/one", "shop/two"}
    assert json.loads(reader.raw_object(3))["data"] == {"a": "2"}
    assert [reader.previous(seq) for seq in (1, 2, 3, 4, 5)] == [0, 1, 2, 0, 0]
    assert [found.text for found in reader.notes()] == ["made another"]
    assert reader.play_from_start(5).store == writer.moment.store


def test_what_is_not_flushed_is_nobodys_business_yet(log: Log) -> None:
    Writer(log).append(event(config("two"), ts=START_TS + 1))
    seen = Log.objects.get(pk=log.pk)
    assert seen.last_seq == 2
    with pytest.raises(FrameNotFound):
        Reader(seen).line(3)


def test_every_flush_is_seen_by_a_new_reader(log: Log) -> None:
    writer = Writer(log)
    for number in range(20):
        writer.append(event(config(f"c-{number}"), ts=START_TS + number))
        writer.flush()
        seen = Log.objects.get(pk=log.pk)
        moment = Reader(seen).seek(seen.last_seq)
        assert (moment.seq, moment.ts, len(moment.store)) == (3 + number, START_TS + number, 2 + number)


def test_a_log_that_begins_empty_can_be_written_and_read() -> None:
    log = open_log(header(), slug="live")
    writer = Writer(log)
    writer.append(listing(config("one")))
    writer.append(event(config("two"), ts=START_TS + 1))
    writer.flush()
    seen = Log.objects.get(slug="live")
    assert (seen.first_ts, seen.opening_seq, seen.last_seq) == (START_TS, 1, 2)
    assert len(Reader(seen).seek(2).store) == 2


def test_a_frame_older_than_the_end_is_refused_and_the_writer_goes_on(log: Log) -> None:
    writer = Writer(log)
    writer.append(event(config("two"), ts=START_TS + 5))
    with pytest.raises(FrameError, match=r"1\.000 s before the end"):
        writer.append(event(config("three"), ts=START_TS + 4))
    writer.append(event(config("four"), ts=START_TS + 5))
    writer.flush()
    assert set(Reader(log).seek(log.last_seq).store.entries("v1/configmaps")) == {"shop/one", "shop/two", "shop/four"}


def test_a_line_that_is_no_frame_leaves_the_writer_as_it_was(log: Log) -> None:
    writer = Writer(log)
    for bad in (b"{", header(), event({}), event(resource="v1/unicorns")):
        with pytest.raises(FrameError):
            writer.append(bad)
    writer.flush()
    assert Log.objects.get(pk=log.pk).last_seq == 2


def test_secrets_are_nowhere_in_the_log() -> None:
    secret = {"metadata": metadata("db"), "data": {"password": "aHVudGVyMg=="}, "stringData": {"password": "hunter2"}}
    told = note("made a secret", command="kubectl create secret generic db --from-literal=password=hunter2")
    log = take_in(header(), listing(secret, resource="v1/secrets"), event(secret, resource="v1/secrets"), told)
    for _, line in Reader(log).lines(0):
        assert b"hunter2" not in line
        assert b"aHVudGVyMg" not in line
    (kept,) = Reader(log).notes()
    assert kept.command is not None
    assert "hunter2" not in kept.command
    assert kept.text == "made a secret"


def test_routine_writes_are_not_counted_and_stepping_passes_them_over() -> None:
    lease = {"metadata": metadata("node-1"), "spec": {"holderIdentity": "node-1"}}
    leases = "coordination.k8s.io/v1/leases"
    log = take_in(
        header(),
        listing(lease, resource=leases),
        event(lease, resource=leases, type="MODIFIED"),
        event(config("one")),
        event(lease, resource=leases, type="MODIFIED"),
    )
    reader = Reader(log)
    assert log.writes == 1
    assert (reader.next_write(1), reader.next_write(3), reader.next_write(4, direction=-1)) == (3, None, 3)
    assert reader.next_write(1, every=True) == 2
    assert reader.density(4) == [3, 0, 0, 0]


def test_a_place_is_found_by_its_time() -> None:
    log = take_in(header(), listing(config("one")), *(note(str(n), ts=START_TS + n) for n in (1, 1, 3)))
    reader = Reader(log)
    times = (START_TS - 1, START_TS, START_TS + 1, START_TS + 2.9, START_TS + 3, START_TS + 99)
    assert [reader.seq_at(ts) for ts in times] == [0, 1, 3, 3, 4, 4]
    assert reader.ts_of(4) == START_TS + 3
    with pytest.raises(FrameNotFound, match="has no frame 5"):
        reader.ts_of(5)


def test_a_second_list_says_for_each_item_which_frame_wrote_it_before() -> None:
    log = take_in(
        header(),
        listing(config("one"), config("two")),
        event(config("two", data={"a": "1"}), type="MODIFIED", ts=START_TS + 1),
        listing(config("new"), config("two"), config("one"), ts=START_TS + 2),
        event(config("one"), type="MODIFIED", ts=START_TS + 3),
    )
    reader = Reader(log)
    assert [reader.previous(3, item) for item in range(3)] == [0, 2, 1]
    assert reader.previous(4) == 3


def test_small_chunks_at_the_end_of_a_growing_log_give_way_to_a_full_one(
    log: Log, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(chunks, "MAX_FRAMES", 10)
    writer, reader = Writer(log), Reader(log)
    for number in range(25):
        writer.append(event(config(f"c-{number}"), ts=START_TS + number))
        writer.flush()
        assert [seq for seq, _ in reader.lines(0)] == list(range(1, 4 + number)), "also for who read before"
    rows = Chunk.objects.filter(log=log).values_list("first_seq", "last_seq")
    assert list(rows) == [(1, 2), (3, 12), (13, 22), *((seq, seq) for seq in range(23, 28))]
    assert set(Reader(log).seek(27).store.entries("v1/configmaps")) == {"shop/one", *(f"shop/c-{n}" for n in range(25))}
