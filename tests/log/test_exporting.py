"""Exporting: what was taken in comes out again."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest

from tests.cluster import DEMO_NAMES, DEMOS, START_TS, metadata
from tests.log.recordings import event, header, listing, note, take_in, unpack
from visualizer.log.exporting import write_recording
from visualizer.log.importing import import_recording
from visualizer.log.paging import PAGE_ITEMS
from visualizer.log.reader import Reader
from visualizer.models import Log
from visualizer.redaction import redact

pytestmark = pytest.mark.django_db


def exported(log: Log) -> list[dict[str, Any]]:
    """The frames of this log's recording, with the header first."""
    file = io.BytesIO()
    write_recording(log, file)
    return [json.loads(line) for line in unpack(file.getvalue())]


def pods(count: int, first: int = 0) -> list[dict[str, Any]]:
    """So many pods, large enough that a list of many is a long line."""
    filling = {"containers": [{"name": "app", "image": "registry.example.com/" + "x" * 150}]}
    return [{"metadata": metadata(f"pod-{number}"), "spec": filling} for number in range(first, first + count)]


@pytest.mark.parametrize("name", DEMO_NAMES)
def test_a_shipped_recording_comes_out_as_it_came_in_but_for_secrets(name: str) -> None:
    data = (DEMOS / name / "recording.jsonl.zst").read_bytes()
    expected = [json.loads(redact(line)) for line in unpack(data)]
    log = import_recording(io.BytesIO(data), slug=name)
    header, *frames = exported(log)
    assert header.pop("schemas")  # which a shipped recording leaves to the program (tests/log/test_schemas.py)
    assert [header, *frames] == expected


@pytest.mark.parametrize("name", ["deploy", "rbac"])
def test_what_came_out_goes_in_again(name: str) -> None:
    first = import_recording(io.BytesIO((DEMOS / name / "recording.jsonl.zst").read_bytes()), slug=name)
    file = io.BytesIO()
    write_recording(first, file)
    file.seek(0)
    second = import_recording(file, slug=name)
    assert exported(second) == exported(first)
    assert Reader(second).seek(second.last_seq).store == Reader(first).seek(first.last_seq).store
    assert (second.writes, second.score, second.opening_seq) == (first.writes, first.score, first.opening_seq)


@pytest.mark.parametrize(("count", "lengths"), [(500, [500]), (501, [500, 1]), (1_250, [500, 500, 250])])
def test_a_long_list_is_cut_into_pages_in_the_log_and_joined_in_the_file(count: int, lengths: list[int]) -> None:
    whole = listing(*pods(count), resource="v1/pods")
    log = take_in(header(), listing(), whole, event())
    kept = [json.loads(line) for _, line in Reader(log).lines(0)]
    assert [len(frame["items"]) for frame in kept[1:-1]] == lengths
    assert [frame.get("more", False) for frame in kept[1:-1]] == [True] * (len(lengths) - 1) + [False]
    assert log.opening_seq == 1 + len(lengths)
    assert exported(log)[2] == json.loads(whole)


def test_every_object_of_a_cut_list_is_found_where_its_entry_says() -> None:
    log = take_in(header(), listing(*pods(1_250), resource="v1/pods"))
    reader = Reader(log)
    entries = reader.seek(log.last_seq).store.entries("v1/pods")
    assert len(entries) == 1_250
    for key, entry in entries.items():
        found = json.loads(reader.raw_object(entry.seq, entry.item))["metadata"]
        assert f"{found['namespace']}/{found['name']}" == key


def test_a_cut_list_removes_what_it_does_not_show() -> None:
    again = listing(*pods(1_000, first=300), resource="v1/pods", ts=START_TS + 5)
    log = take_in(header(), listing(*pods(1_200), resource="v1/pods"), event(ts=START_TS + 1), again)
    moment = Reader(log).seek(log.last_seq)
    assert set(moment.store.entries("v1/pods")) == {f"shop/pod-{number}" for number in range(300, 1_300)}


def test_a_moment_between_two_pages_is_reached_by_seeking_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("visualizer.log.writer.keyframe_distance", lambda _objects: 1)
    again = listing(*pods(1_100, first=300), resource="v1/pods", ts=START_TS + 5)
    log = take_in(header(), listing(*pods(1_200), resource="v1/pods"), event(ts=START_TS + 1), again)
    reader = Reader(log)
    for seq in range(log.last_seq + 1):
        sought, played = reader.seek(seq), reader.play_from_start(seq)
        assert sought.store == played.store
        assert sought.diagram("nodes").snapshot() == played.diagram("nodes").snapshot()


def test_a_list_whose_last_page_is_missing_stays_in_pages() -> None:
    page = listing(*pods(2), resource="v1/pods", more=True)
    lines = [listing(), page, note("between"), page, event()]
    log = take_in(header(), *lines)
    assert exported(log)[1:] == [json.loads(line) for line in lines]
    assert PAGE_ITEMS > 2


def test_a_list_cut_by_the_one_who_recorded_it_is_joined() -> None:
    pages = [listing(*pods(2), resource="v1/pods", more=True), listing(*pods(2, first=2), resource="v1/pods")]
    log = take_in(header(), *pages, event())
    assert exported(log)[1] == json.loads(listing(*pods(4), resource="v1/pods"))


def test_a_file_stays_open_after_it_was_written(tmp_path: Path) -> None:
    log = take_in(header(), note())
    with (tmp_path / "out").open("wb") as file:
        write_recording(log, file)
        assert not file.closed
