"""The model test: any moment reached by seeking is the one reached by playing, and deltas add up to snapshots.

The shipped recordings are imported with keyframes and chunks far closer together than they are in life, so that every
seek reads a keyframe and crosses chunks.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st
from pytest_django.plugin import DjangoDbBlocker

from tests.cluster import DEMO_NAMES, DEMOS
from visualizer import moment as moments
from visualizer.frames import Resource
from visualizer.live.wire import DIAGRAMS
from visualizer.log import chunks, writer
from visualizer.log.importing import import_recording
from visualizer.log.reader import Reader
from visualizer.models import Keyframe, Log
from visualizer.moment import DERIVED, REMEMBERING, Frozen, Moment, StaleKeyframe
from visualizer.tables import Delta, Snapshot, patch, squash

pytestmark = pytest.mark.django_db
KEYFRAME_FRAMES = 23
CHUNK_FRAMES = 40


@pytest.fixture(scope="module")
def logs(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[dict[str, Log]]:
    """Every shipped recording, imported once."""
    with django_db_blocker.unblock(), pytest.MonkeyPatch.context() as patched:
        patched.setattr(writer, "keyframe_distance", lambda _objects: KEYFRAME_FRAMES)
        patched.setattr(chunks, "MAX_FRAMES", CHUNK_FRAMES)
        imported = {}
        for name in DEMO_NAMES:
            with (DEMOS / name / "recording.jsonl.zst").open("rb") as stream:
                imported[name] = import_recording(stream, slug=name)
        yield imported
        Log.objects.filter(slug__in=DEMO_NAMES).delete()


def snapshots(moment: Moment) -> dict[str, Snapshot]:
    """Every diagram's rows, copied, because a diagram goes on using what it gives."""
    return {name: patch(moment.diagram(name).snapshot(), {}) for name in DIAGRAMS}


def play(reader: Reader, seq: int) -> Moment:
    """The moment after this frame, reached with every diagram kept from the log's first frame on."""
    moment = Moment(reader.resources, ts=reader.log.first_ts)
    for name in DIAGRAMS:
        moment.diagram(name)
    for place, frame in reader.frames(0, seq):
        moment.advance(place, frame)
    return moment


def assert_same(moment: Moment, other: Moment) -> None:
    """The two are the same place and show the same."""
    assert (moment.seq, moment.ts) == (other.seq, other.ts)
    assert moment.store == other.store
    assert snapshots(moment) == snapshots(other)


def places(log: Log) -> st.SearchStrategy[int]:
    """Places in a log, its ends, its keyframes and what is beside them more often than chance."""
    keyframes = list(Keyframe.objects.filter(log=log).values_list("seq", flat=True))
    telling = [0, log.opening_seq, log.last_seq, *(seq + step for seq in keyframes for step in (-1, 0, 1))]
    return st.one_of(
        st.integers(0, log.last_seq), st.sampled_from([seq for seq in telling if 0 <= seq <= log.last_seq])
    )


def test_every_diagram_that_a_viewer_can_ask_for_is_derived_or_remembering() -> None:
    assert {*DERIVED, *REMEMBERING} == set(DIAGRAMS)
    assert not DERIVED.keys() & REMEMBERING.keys()


def test_a_diagram_that_nobody_asked_for_costs_nothing(logs: dict[str, Log]) -> None:
    log = logs["deploy"]
    moment = writer.Writer(log).moment
    assert set(moment.kept) == set(REMEMBERING)
    for name in DERIVED:
        moment.diagram(name)
    assert set(Frozen(moment.store.resources, moment.dump()).thaw().kept) == set(REMEMBERING)
    for name in DIAGRAMS:
        moment.drop(name)
    assert set(moment.kept) == set(REMEMBERING)


def test_there_are_keyframes_and_chunks_enough_to_try_things_with(logs: dict[str, Log]) -> None:
    for log in logs.values():
        expected = (log.last_seq - log.opening_seq) // KEYFRAME_FRAMES
        assert log.keyframes.count() == 1 + expected
        assert log.chunks.count() == -(-log.last_seq // CHUNK_FRAMES)


@pytest.mark.parametrize("name", DEMO_NAMES)
@settings(max_examples=25)
@given(data=st.data())
def test_seeking_gives_the_moment_that_playing_gives(logs: dict[str, Log], name: str, data: st.DataObject) -> None:
    log = logs[name]
    seq = data.draw(places(log), label="seq")
    assert_same(Reader(log).seek(seq), play(Reader(log), seq))


@pytest.mark.parametrize("name", DEMO_NAMES)
@settings(max_examples=10)
@given(data=st.data())
def test_a_moment_sought_goes_on_like_one_played(logs: dict[str, Log], name: str, data: st.DataObject) -> None:
    log = logs[name]
    start = data.draw(places(log), label="start")
    end = data.draw(st.integers(start, log.last_seq), label="end")
    reader = Reader(log)
    moment = reader.seek(start)
    for diagram in data.draw(st.sets(st.sampled_from(DIAGRAMS)), label="kept on the way"):
        moment.diagram(diagram)
    for seq, frame in reader.frames(start, end):
        moment.advance(seq, frame)
    assert_same(moment, play(reader, end))


@pytest.mark.parametrize("name", DEMO_NAMES)
@settings(max_examples=10)
@given(data=st.data())
def test_a_snapshot_and_the_deltas_after_it_are_the_snapshot_later(
    logs: dict[str, Log], name: str, data: st.DataObject
) -> None:
    log = logs[name]
    start = data.draw(places(log), label="start")
    drain_every = data.draw(st.integers(1, 40), label="drain every so many frames")
    reader = Reader(log)
    moment = reader.seek(start)
    for diagram in DIAGRAMS:
        moment.diagram(diagram).drain()
    first = shown = snapshots(moment)
    squashed: dict[str, Delta] = {diagram: {} for diagram in DIAGRAMS}
    for seq, frame in reader.frames(start):
        moment.advance(seq, frame)
        if seq % drain_every and seq != log.last_seq:
            continue
        deltas = {diagram: moment.diagram(diagram).drain() for diagram in DIAGRAMS}
        shown = {diagram: patch(shown[diagram], deltas[diagram]) for diagram in DIAGRAMS}
        squashed = {diagram: squash(squashed[diagram], deltas[diagram]) for diagram in DIAGRAMS}
        assert shown == snapshots(moment)
    assert {diagram: patch(first[diagram], squashed[diagram]) for diagram in DIAGRAMS} == snapshots(moment)


@pytest.mark.parametrize("name", DEMO_NAMES)
def test_two_moments_thawed_from_one_keyframe_go_their_own_ways(logs: dict[str, Log], name: str) -> None:
    log = logs[name]
    reader = Reader(log)
    frozen = Frozen(reader.resources, reader.seek(log.opening_seq).dump())
    ahead, behind = frozen.thaw(), frozen.thaw()
    for seq, frame in reader.frames(log.opening_seq):
        ahead.advance(seq, frame)
    assert_same(behind, play(reader, log.opening_seq))
    assert_same(frozen.thaw(), behind)
    assert_same(ahead, play(reader, log.last_seq))


def test_a_keyframe_of_another_version_of_the_program_is_passed_over(
    logs: dict[str, Log], monkeypatch: pytest.MonkeyPatch
) -> None:
    log = logs["deploy"]
    wanted = Reader(log).play_from_start(log.last_seq)
    dumped = wanted.dump()
    monkeypatch.setattr(moments, "fingerprint", lambda: "another")
    with pytest.raises(StaleKeyframe, match="another version"):
        Frozen(wanted.store.resources, dumped)
    assert_same(Reader(log).seek(log.last_seq), wanted)


@given(st.binary(max_size=200))
def test_what_is_no_keyframe_is_stale(data: bytes) -> None:
    with pytest.raises(StaleKeyframe):
        Frozen({"v1/pods": Resource(path="/api/v1/pods", kind="Pod", namespaced=True)}, data)


@pytest.mark.parametrize("name", ["deploy", "rolling-update"])
def test_one_stale_keyframe_makes_the_one_before_it_be_used(logs: dict[str, Log], name: str) -> None:
    log = logs[name]
    newest = Keyframe.objects.filter(log=log).latest("seq")
    data = newest.data
    try:
        newest.data = zstandard.compress(b"not a keyframe")
        newest.save()
        assert_same(Reader(log).seek(log.last_seq), Reader(log).play_from_start(log.last_seq))
    finally:
        newest.data = data
        newest.save()


def test_a_place_outside_the_log_is_its_nearest_end(logs: dict[str, Log]) -> None:
    log = logs["deploy"]
    assert_same(Reader(log).seek(log.last_seq + 1000), Reader(log).play_from_start(log.last_seq))
    assert_same(Reader(log).seek(-5), Reader(log).play_from_start(0))
