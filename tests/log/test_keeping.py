"""A stretch of a live log is kept as a recording of its own, and the timeline of a live log shows its latest part."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.test import Client

from tests.cluster import START_TS, metadata
from tests.log.recordings import event, header, listing, note, take_in
from visualizer.log.keeping import EmptyStretch, keep_stretch
from visualizer.log.reader import Reader
from visualizer.models import Log

pytestmark = pytest.mark.django_db


@pytest.fixture
def live() -> Log:
    """A live log: one write every ten seconds, for a hundred seconds."""
    writes = [event({"metadata": metadata(f"write-{n}")}, ts=START_TS + 10 * n) for n in range(1, 11)]
    log = take_in(header(name="prod"), listing({"metadata": metadata("there")}, ts=START_TS), *writes, slug="prod")
    Log.objects.filter(pk=log.pk).update(is_live=True)
    log.refresh_from_db()
    return log


def writes_in(log: Log) -> list[str]:
    """The names of what was written, frame by frame."""
    lines = [json.loads(line) for _, line in Reader(log).lines(0)]
    return [frame["object"]["metadata"]["name"] for frame in lines if frame["kind"] == "event"]


def test_what_is_kept_is_the_stretch_after_the_objects_as_they_were_then(live: Log) -> None:
    kept = keep_stretch(live, from_ts=START_TS + 35, to_ts=START_TS + 70)
    assert writes_in(kept) == ["write-4", "write-5", "write-6", "write-7"]
    assert len(Reader(kept).seek(kept.opening_seq).store) == 4
    assert Reader(kept).seek(kept.last_seq).store.counts() == Reader(live).seek(live.last_seq - 3).store.counts()
    assert (kept.state, kept.is_live, kept.title.startswith("prod, ")) == (Log.State.READY, False, True)
    assert "Kept from the live cluster prod" in kept.intro


def test_a_stretch_may_reach_beyond_the_log_and_is_then_all_there_is(live: Log) -> None:
    kept = keep_stretch(live, from_ts=0, to_ts=START_TS + 1_000, title="All of it")
    assert writes_in(kept) == writes_in(live)
    assert (kept.title, kept.slug) == ("All of it", "all-of-it")


def test_where_the_log_has_nothing_nothing_is_kept(live: Log) -> None:
    with pytest.raises(EmptyStretch, match="the log of prod has nothing between these times"):
        keep_stretch(live, from_ts=START_TS + 200, to_ts=START_TS + 300)
    assert Log.objects.count() == 1


def ask(body: Any, *, client: Client | None = None) -> tuple[int, Any]:
    answer = (client or Client()).post("/api/logs/prod/recordings", body, content_type="application/json")
    return answer.status_code, answer.json()


def test_a_viewer_keeps_a_stretch_and_finds_it_on_the_first_page(live: Log) -> None:
    status, told = ask({"from_ts": START_TS + 35, "to_ts": START_TS + 70, "title": " The incident "})
    assert (status, told["slug"], told["title"], told["writes"]) == (201, "the-incident", "The incident", 4)
    page = Client().get("/").content.decode()
    assert "The incident" in page
    assert "/api/logs/the-incident/recording" in page


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"from_ts": START_TS + 200, "to_ts": START_TS + 300}, 400),
        ({"from_ts": START_TS + 70, "to_ts": START_TS + 35}, 400),
        ({"from_ts": -1, "to_ts": START_TS}, 422),
        ({"from_ts": "yesterday", "to_ts": START_TS}, 422),
        ({"from_ts": 0, "to_ts": 1e300}, 422),
        ({"from_ts": 0, "to_ts": START_TS + 50, "title": "x" * 201}, 422),
        ({"from_ts": 0, "to_ts": START_TS + 50, "title": "a\x00b"}, 422),
    ],
)
def test_what_is_no_stretch_is_refused(live: Log, body: Any, status: int) -> None:
    assert ask(body)[0] == status
    assert Log.objects.count() == 1


def test_keeping_needs_the_sites_token(live: Log) -> None:
    status, told = ask({"from_ts": 0, "to_ts": START_TS + 50}, client=Client(enforce_csrf_checks=True))
    assert status == 403
    assert told["problem"].startswith("This request did not come from a page of this site")


def test_a_timeline_can_be_of_the_latest_seconds_only(live: Log) -> None:
    told = Client().get("/api/logs/prod/timeline?buckets=5&last=50").json()
    assert (told["begin_ts"], told["first_ts"], told["last_ts"]) == (START_TS, START_TS + 50, START_TS + 100)
    assert told["counts"] == [1, 1, 1, 1, 2]
    whole = Client().get("/api/logs/prod/timeline?buckets=5&last=5000").json()
    assert whole == Client().get("/api/logs/prod/timeline?buckets=5").json()


def test_notes_before_the_part_that_is_shown_are_left_out() -> None:
    take_in(header(), note("early", ts=START_TS + 1), note("late", ts=START_TS + 99), slug="prod")
    told = Client().get("/api/logs/prod/timeline?buckets=5&last=50").json()
    assert [each["text"] for each in told["notes"]] == ["late"]
