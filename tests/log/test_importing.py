"""Importing: a recording becomes a log, or one clear sentence and nothing else."""

from __future__ import annotations

import io
import json

import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from tests.cluster import DEMOS, START_TS, metadata
from tests.log.recordings import event, header, line, listing, note, pack, take_in
from visualizer.log import chunks, recording, writer
from visualizer.log.importing import free_slug, import_recording, purge_unfinished, slug_of
from visualizer.log.reader import Reader
from visualizer.log.recording import Limits, RecordingError
from visualizer.models import Chunk, Keyframe, Log, Note

pytestmark = pytest.mark.django_db

DEEP = b"[" * 100_000 + b"]" * 100_000
SETTINGS = {"metadata": metadata("settings")}


def refused(data: bytes, limits: Limits | None = None) -> str:
    """Why this is not taken in; and nothing is left of it."""
    with pytest.raises(RecordingError) as caught:
        import_recording(io.BytesIO(data), slug="bad", limits=limits)
    assert [model.objects.count() for model in (Log, Chunk, Keyframe, Note)] == [0, 0, 0, 0]
    return str(caught.value)


def refused_line(bad: bytes) -> str:
    """Why this is not taken in as the third line, without the line's number."""
    why = refused(pack(header(), note(), bad))
    assert why.startswith("line 3: ")
    return why.removeprefix("line 3: ")


def test_an_empty_file_is_refused() -> None:
    assert refused(b"") == "the file is empty"


@pytest.mark.parametrize("data", [header() + b"\n", b"\x28", b"\x1f\x8b\x08"])
def test_what_is_not_zstd_is_refused(data: bytes) -> None:
    assert "not compressed with zstd" in refused(data)


def test_a_recording_without_lines_is_refused() -> None:
    assert refused(pack()) == "the recording is empty: it has no lines"
    assert refused(pack(b"", b"  ")) == "the recording is empty: it has no lines"


def test_a_recording_of_a_header_alone_is_refused() -> None:
    assert "a header and nothing else" in refused(pack(header()))


@given(st.floats(0.01, 0.99))
def test_a_recording_cut_short_anywhere_is_refused(share: float) -> None:
    whole = pack(header(), *(note(f"note {number}") for number in range(50)))
    assert "cut short" in refused(whole[: max(4, int(len(whole) * share))])


def test_a_shipped_recording_cut_short_is_refused_even_when_most_of_it_was_saved(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(writer, "CHUNKS_A_BATCH", 1)
    monkeypatch.setattr(chunks, "MAX_FRAMES", 20)
    whole = (DEMOS / "rolling-update" / "recording.jsonl.zst").read_bytes()
    assert "cut short" in refused(whole[:-20])


def test_damaged_data_is_refused() -> None:
    whole = bytearray(zstandard.ZstdCompressor(write_checksum=True).compress(header() + b"\n" + note() * 50))
    whole[-1] ^= 0xFF
    assert "damaged" in refused(bytes(whole))


def test_two_zstd_frames_after_each_other_are_one_recording() -> None:
    data = pack(header(), note("first")) + pack(note("second"))
    log = import_recording(io.BytesIO(data), slug="two")
    assert [found.text for found in Reader(log).notes()] == ["first", "second"]


def test_a_second_zstd_frame_that_is_cut_short_is_refused() -> None:
    assert "cut short" in refused(pack(header(), note("first")) + pack(note("second"))[:-3])


@pytest.mark.parametrize("rubbish", [b"rubbish after the end", b"\0" * 64])
def test_rubbish_after_the_end_is_refused(rubbish: bytes) -> None:
    assert "damaged" in refused(pack(header(), note()) + rubbish)


@pytest.mark.parametrize(("filler", "unpacked"), [(b" ", "spaces"), (b"\n", "blank lines"), (b"x", "one line")])
def test_a_decompression_bomb_is_refused_before_it_is_unpacked(filler: bytes, unpacked: str) -> None:
    bomb = zstandard.compress(header() + b"\n" + filler * (64 << 20))
    assert len(bomb) < 1 << 15
    assert "unpacks to more than 1,000,000 bytes" in refused(bomb, Limits(total_bytes=1_000_000)), unpacked


def test_no_piece_of_a_bomb_unpacks_to_more_than_some_megabytes() -> None:
    bomb = io.BytesIO(zstandard.compress(b"x" * (256 << 20)))
    blocks = recording._unpack(bomb, 1 << 30)
    assert max(map(len, blocks)) <= 8 << 20


def test_too_long_a_line_is_refused() -> None:
    limits = Limits(line_bytes=10_000)
    assert "line 2 is longer than 10,000 bytes" in refused(pack(header(), note("x" * 11_000)), limits)
    assert "line 2 is longer than 10,000 bytes" in refused(pack(header(), note("x" * 11_000)[:-1]), limits)
    endless = zstandard.compress(header() + b"\n" + b"x" * (64 << 20))
    assert "line 2 is longer than 10,000 bytes" in refused(endless, limits)


@pytest.mark.parametrize("bad", [b"{", b"nonsense", note()[:-1], note() + note(), b"\xef\xbb\xbf{}"])
def test_a_line_that_is_not_json_is_refused_with_its_number(bad: bytes) -> None:
    assert refused_line(bad).startswith("this line is not JSON: ")


@pytest.mark.parametrize(
    "bad", [b"[]", b"1", b"null", b'"note"', b"{}", b'{"ts":1795428674}', b'{"ts":"now","kind":"note"}']
)
def test_json_that_is_no_frame_is_refused(bad: bytes) -> None:
    assert refused_line(bad).startswith("this line is not a frame: ")


def test_invalid_json_in_fields_that_nobody_reads_is_refused() -> None:
    assert "not JSON" in refused_line(event().replace(b'"name"', b'"spec":{"x":nul},"name"'))


def test_another_format_is_refused() -> None:
    assert "the format is “tape”" in refused(pack(header(format="tape"), note()))


@pytest.mark.parametrize("version", [0, 2])
def test_another_version_is_refused(version: int) -> None:
    assert f"the format's version is {version}, and only version 1" in refused(pack(header(version=version), note()))


@pytest.mark.parametrize("field", ["format", "version", "name", "server_version", "resources"])
def test_a_header_that_lacks_a_field_is_refused(field: str) -> None:
    fields = json.loads(header())
    del fields[field]
    why = refused(pack(json.dumps(fields).encode(), note()))
    assert why.startswith("line 1: the header is not complete: ")
    assert field in why


def test_a_header_with_too_long_a_name_is_refused() -> None:
    assert "name is longer than 200 characters" in refused(pack(header(name="x" * 201), note()))


@pytest.mark.parametrize("first", [note(), event(), listing()])
def test_a_frame_before_the_header_is_refused(first: bytes) -> None:
    assert "line 1: a recording begins with a header" in refused(pack(first, header()))


def test_a_second_header_is_refused() -> None:
    assert "one header, and this is another" in refused_line(header())


def test_an_unknown_kind_of_frame_is_refused() -> None:
    assert refused_line(line(kind="dream")) == "a frame of kind “dream” is not known here"


@pytest.mark.parametrize("bad", [event(resource="v1/unicorns"), listing(resource="v1/unicorns")])
def test_an_unknown_resource_is_refused(bad: bytes) -> None:
    assert refused_line(bad) == "the header does not name the resource “v1/unicorns”"


def test_an_unknown_type_of_watch_event_is_refused() -> None:
    assert "“BOOKMARK” is not ADDED, MODIFIED or DELETED" in refused_line(event(type="BOOKMARK"))


@pytest.mark.parametrize("make", [event, listing])
@pytest.mark.parametrize(
    ("obj", "why"),
    [
        ({}, "has no metadata"),
        ({"metadata": None}, "has no metadata"),
        ({"spec": {}}, "has no metadata"),
        ({"metadata": {}}, "has no metadata.name"),
        ({"metadata": {"name": ""}}, "has no metadata.name"),
        ({"metadata": {"name": 5}}, "cannot be read: "),
        ({"metadata": []}, "cannot be read: "),
    ],
)
def test_an_object_without_metadata_is_refused(make: object, obj: dict[str, object], why: str) -> None:
    assert callable(make)
    assert f"an object of v1/configmaps {why}" in refused_line(make(obj))


def test_an_event_without_an_object_and_a_list_without_items_are_refused() -> None:
    assert refused_line(line(kind="event", resource="v1/pods", type="ADDED")) == "a watch event has no object"
    assert refused_line(line(kind="list", resource="v1/pods", resourceVersion="1")) == "a list has no items"


@pytest.mark.parametrize("ts", [b"NaN", b"Infinity", b"1e999"])
def test_times_that_are_no_numbers_are_refused(ts: bytes) -> None:
    assert refused_line(b'{"kind":"note","text":"x","ts":' + ts + b"}").startswith("this line is not ")


@pytest.mark.parametrize("ts", [b"-1", b"1e12", b"99999999999999", b"9" * 400])
@pytest.mark.parametrize("made", [b'{"ts":%s,"kind":"note","text":"x"}', b'{"kind":"note","text":"x","ts":%s}'])
def test_times_that_nobody_lives_at_are_refused(made: bytes, ts: bytes) -> None:
    why = refused_line(made % ts)
    assert "is no time in unix seconds" in why or "out of range" in why


def test_a_frame_that_tells_two_times_is_not_sorted_wrongly() -> None:
    twice = b'{"ts":1795428674,"kind":"note","text":"x","ts":5}'
    assert "before the end of what is there already" in refused_line(twice)


def test_times_that_run_back_within_a_second_are_sorted() -> None:
    seconds = [0.0, 0.9, 0.1, 1.0, 0.5, 3.0, 2.0, 2.5]
    log = take_in(header(), *(note(str(second), ts=START_TS + second) for second in seconds))
    assert [found.text for found in Reader(log).notes()] == [str(second) for second in sorted(seconds)]


def test_frames_of_one_time_keep_their_order() -> None:
    log = take_in(header(), *(note(str(number)) for number in range(20)))
    assert [found.text for found in Reader(log).notes()] == [str(number) for number in range(20)]


def test_times_that_run_back_farther_are_refused() -> None:
    why = refused(pack(header(), note(ts=START_TS + 5), note(ts=START_TS + 3.5)))
    assert why.startswith("line 3: its time is 1.5 s before that of a line above it")


def test_a_second_with_more_than_can_be_held_back_is_taken_in_where_it_is_in_order(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(recording, "HELD_BYTES", 4_000)
    log = take_in(header(), *(note(str(number), ts=START_TS + number / 1000) for number in range(200)))
    assert [found.text for found in Reader(log).notes()] == [str(number) for number in range(200)]
    log.delete()
    late = note("late", ts=START_TS)
    why = refused(pack(header(), *(note(ts=START_TS + number / 1000) for number in range(200)), late))
    assert why.startswith("line 202: its time is 0.199 s before")


@pytest.mark.parametrize("bad", [note("a\0b"), line(kind="note", text="x", command="a\0b")])
def test_a_note_with_a_nul_character_is_refused(bad: bytes) -> None:
    assert "NUL character" in refused_line(bad)


def test_a_header_with_a_nul_character_is_refused() -> None:
    assert "NUL character" in refused(pack(header(name="a\0b"), note()))


def test_a_note_that_is_a_book_is_refused() -> None:
    assert "a note is longer than 10,000 characters" in refused_line(note("x" * 10_001))


@pytest.mark.parametrize(
    "bad", [event().replace(b"settings", b"sett\xffings"), note().replace(b"created", b"\xc3\x28"), b"\xff"]
)
def test_what_is_not_utf_8_is_refused(bad: bytes) -> None:
    assert "is not UTF-8 text" in refused_line(bad)


def test_an_unread_field_that_is_not_utf_8_is_refused() -> None:
    assert "is not UTF-8" in refused_line(event().replace(b'"name"', b'"generateName":"\xff","name"'))


@pytest.mark.parametrize(
    "bad",
    [
        event({**SETTINGS, "spec": "DEEP"}),
        listing({**SETTINGS, "spec": "DEEP"}),
        event({**SETTINGS, "env": "DEEP", "kind": "Secret"}, resource="v1/secrets"),
        b'{"x":"DEEP","kind":"note","text":"x"}',
    ],
    ids=["event", "list", "secret", "time last"],
)
def test_json_nested_too_deeply_is_refused(bad: bytes) -> None:
    assert "nested too deeply" in refused_line(bad.replace(b'"DEEP"', DEEP))


def test_a_header_nested_too_deeply_is_refused() -> None:
    deep = header(extra="DEEP").replace(b'"DEEP"', DEEP)
    assert "nested too deeply" in refused(pack(deep, note()))


def test_a_long_list_nested_too_deeply_is_refused() -> None:
    long = listing(*(SETTINGS for _ in range(2_000)), {**SETTINGS, "spec": "DEEP"})
    assert "nested too deeply" in refused_line(long.replace(b'"DEEP"', DEEP))


@pytest.mark.parametrize("depth", [100, 500, 1_000, 1_500])
def test_a_secret_of_any_depth_is_taken_in_without_it_or_refused(depth: int) -> None:
    nested = b"[" * depth + b'{"env":[{"name":"PASSWORD","value":"hunter2"}]}' + b"]" * depth
    bad = event({**SETTINGS, "kind": "Secret", "spec": "DEEP"}).replace(b'"DEEP"', nested)
    try:
        log = take_in(header(), bad)
    except RecordingError:
        assert Log.objects.count() == 0
    else:
        assert b"hunter2" not in Reader(log).line(1)


@given(st.binary(max_size=60))
def test_any_bytes_end_in_a_sentence(data: bytes) -> None:
    assert refused(data)
    assert refused(pack(data, note()))
    assert refused(pack(header(), data.replace(b"\n", b""), note("x", ts=-5)))


@given(st.integers(0, 2_000), st.integers(0, 255))
def test_a_shipped_line_with_one_byte_altered_ends_in_a_log_or_a_sentence(place: int, byte: int) -> None:
    altered = bytearray(event({"metadata": metadata("web", labels={"a": "b"}), "spec": {"nodeName": "node-1"}}))
    altered[place % len(altered)] = byte
    try:
        take_in(header(), bytes(altered), note()).delete()
    except RecordingError:
        assert Log.objects.count() == 0


def test_a_failure_that_is_nobodys_fault_leaves_nothing_either(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_line: bytes) -> bytes:
        raise MemoryError

    monkeypatch.setattr(writer, "redact", fail)
    with pytest.raises(MemoryError):
        take_in(header(), note())
    assert Log.objects.count() == 0


def test_what_a_crash_left_behind_is_removed_at_the_next_start() -> None:
    log = take_in(header(), note(), slug="whole")
    Log.objects.create(slug="torn", title="torn", name="torn", server_version="", resources={})
    assert purge_unfinished() == 1
    assert list(Log.objects.all()) == [log]


def test_a_log_says_what_its_recording_held() -> None:
    later = {"ts": START_TS + 60}
    log = take_in(
        header(),
        listing(SETTINGS),
        listing(resource="v1/pods"),
        note("made it larger"),
        event(type="MODIFIED", **later),
        event(type="DELETED", **later),
    )
    log.refresh_from_db()
    assert (log.state, log.name, log.server_version) == (Log.State.READY, "small", "v1.36.2")
    assert (log.first_ts, log.last_ts) == (START_TS, START_TS + 60)
    assert (log.opening_seq, log.last_seq, log.writes) == (3, 5, 2)
    (lane,) = log.score["lanes"]
    assert lane["marks"] == [{"at": 1.0, "type": "MODIFIED"}, {"at": 1.0, "type": "DELETED"}]


def test_a_header_without_a_time_gives_the_log_that_of_its_first_frame() -> None:
    fields = json.loads(header())
    del fields["ts"]
    log = take_in(json.dumps(fields).encode(), note(), note(ts=START_TS + 2))
    assert (log.first_ts, log.last_ts) == (START_TS, START_TS + 2)


def test_a_second_recording_of_a_name_gets_a_slug_of_its_own() -> None:
    assert take_in(header(), note(), slug="web").slug == "web"
    assert take_in(header(), note(), slug="web").slug == "web-2"
    assert take_in(header(name="Ein Würfel!"), note(), slug="").slug == "ein-wurfel"
    assert slug_of("///") == "recording"
    assert len(free_slug("x" * 80)) <= 80
