"""The HTTP API's answers: logs, timelines, deleting, and its description."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from django.test import Client
from django.urls import get_resolver

from tests.cluster import DEMOS, START_TS, metadata, read_demo
from tests.log.recordings import event, header, listing, note, take_in
from visualizer.frames import WatchEvent
from visualizer.log.importing import import_recording
from visualizer.models import Chunk, Keyframe, Log, Note

pytestmark = pytest.mark.django_db


def ask(method: str, address: str, *, status: int = 200) -> Any:
    """The answer to a request, decoded; each refusal is one sentence."""
    response = Client().generic(method, f"/api{address}")
    assert response.status_code == status, response.content
    if status == 204:
        assert response.content == b""
        return None
    answer = response.json()
    if status >= 400:
        assert list(answer) == ["problem"]
        assert answer["problem"].endswith(".")
    return answer


def describe() -> Any:
    """The API's own description."""
    response = Client().get("/api/openapi.json")
    assert response.status_code == 200
    return json.loads(response.content)


def import_deploy() -> Log:
    """A shipped recording, with watch events of every sort, notes and keyframes."""
    with (DEMOS / "deploy" / "recording.jsonl.zst").open("rb") as stream:
        return import_recording(stream, slug="deploy", title="Five pods", intro="How a Deployment comes to be.")


def test_what_every_path_answers_with_when_all_is_well_is_described() -> None:
    for path, methods in describe()["paths"].items():
        for method, told in methods.items():
            assert any(code.startswith("2") for code in map(str, told["responses"])), f"{method} {path}"


def test_the_list_is_shipped_logs_in_their_order_then_the_newest() -> None:
    for slug in ("second", "older", "newer", "first"):
        take_in(header(), note(), slug=slug)
    Log.objects.filter(slug="first").update(is_shipped=True, order=1)
    Log.objects.filter(slug="second").update(is_shipped=True, order=2)
    assert [log["slug"] for log in ask("GET", "/logs")] == ["first", "second", "newer", "older"]


def test_no_logs_are_an_empty_list() -> None:
    assert ask("GET", "/logs") == []


def test_one_log_is_told_as_in_the_list() -> None:
    log = import_deploy()
    told = ask("GET", "/logs/deploy")
    assert told == ask("GET", "/logs")[0]
    created = told.pop("created")
    assert created.startswith(f"{log.created:%Y-%m-%dT%H:%M:%S}")
    assert told == {
        "slug": "deploy",
        "title": "Five pods",
        "intro": "How a Deployment comes to be.",
        "server_version": log.server_version,
        "first_ts": log.first_ts,
        "last_ts": log.last_ts,
        "opening_seq": log.opening_seq,
        "last_seq": log.last_seq,
        "writes": log.writes,
        "is_shipped": False,
        "is_live": False,
    }


@pytest.mark.parametrize("buckets", [1, 2, 7, 300, 2000])
def test_a_timeline_counts_each_watch_event_once(buckets: int) -> None:
    import_deploy()
    _, frames = read_demo("deploy")
    watch_events = sum(isinstance(frame, WatchEvent) for frame in frames)
    counts = ask("GET", f"/logs/deploy/timeline?buckets={buckets}")["counts"]
    assert len(counts) == buckets
    assert sum(counts) == watch_events > 0


def test_a_timeline_has_each_count_in_its_place_and_the_notes() -> None:
    lines = [
        listing({"metadata": metadata("settings")}, ts=START_TS + 1),
        event({"metadata": metadata("a")}, ts=START_TS + 2),
        event({"metadata": metadata("b")}, ts=START_TS + 9),
        note("made b", command="kubectl create configmap b", ts=START_TS + 9.5),
        event({"metadata": metadata("b")}, type="DELETED", ts=START_TS + 10),
    ]
    take_in(header(), *lines)
    assert ask("GET", "/logs/small/timeline?buckets=5") == {
        "begin_ts": START_TS,
        "first_ts": START_TS,
        "last_ts": START_TS + 10,
        "opening_ts": START_TS + 1,
        "counts": [0, 1, 0, 0, 2],
        "notes": [{"seq": 4, "ts": START_TS + 9.5, "text": "made b", "command": "kubectl create configmap b"}],
    }


def test_a_timeline_has_300_stretches_where_no_number_is_given() -> None:
    take_in(header(), note())
    assert ask("GET", "/logs/small/timeline")["counts"] == [0] * 300


def test_a_log_without_opening_lists_opens_at_its_start() -> None:
    take_in(header(), event(ts=START_TS + 5))
    assert ask("GET", "/logs/small/timeline")["opening_ts"] == START_TS


@pytest.mark.parametrize(
    ("buckets", "problem"),
    [
        ("0", "In the query buckets: Input should be greater than or equal to 1."),
        ("2001", "In the query buckets: Input should be less than or equal to 2000."),
        ("-5", "In the query buckets: Input should be greater than or equal to 1."),
        ("many", "In the query buckets: Input should be a valid integer"),
        ("", "In the query buckets: Input should be a valid integer"),
        ("1e9", "In the query buckets: Input should be a valid integer"),
    ],
)
def test_a_number_of_stretches_out_of_range_is_refused(buckets: str, problem: str) -> None:
    take_in(header(), note())
    assert ask("GET", f"/logs/small/timeline?buckets={buckets}", status=422)["problem"].startswith(problem)


REQUESTS = [
    ("GET", "/logs/{}"),
    ("GET", "/logs/{}/timeline"),
    ("GET", "/logs/{}/recording"),
    ("DELETE", "/logs/{}"),
]


@pytest.mark.parametrize(("method", "address"), REQUESTS)
def test_an_unknown_log_is_named_in_the_answer(method: str, address: str) -> None:
    take_in(header(), note())
    assert ask(method, address.format("smal"), status=404) == {"problem": "There is no log “smal”."}
    assert Log.objects.count() == 1


@pytest.mark.parametrize(("method", "address"), REQUESTS)
@pytest.mark.parametrize("slug", ["a b", "a%00b", "a'--", "%3Cscript%3E", "a.b", "x" * 81, "é", "small%0A", "%E0%A4%A"])
def test_a_slug_with_odd_characters_is_refused(method: str, address: str, slug: str) -> None:
    take_in(header(), note())
    problem = ask(method, address.format(slug), status=422)["problem"]
    assert problem.startswith("In the path slug: ")
    assert Log.objects.count() == 1


@pytest.mark.parametrize("slug", ["..%2F..%2Fsecret_key", "a/b", ""])
def test_a_slug_that_is_a_path_leads_nowhere(slug: str) -> None:
    take_in(header(), note())
    assert Client().get(f"/api/logs/{slug}/recording").status_code == 404


@pytest.mark.parametrize(("method", "address"), REQUESTS)
def test_a_log_that_is_still_being_imported_is_nowhere(method: str, address: str) -> None:
    take_in(header(), note(), slug="half")
    Log.objects.update(state=Log.State.IMPORTING)
    assert ask("GET", "/logs") == []
    ask(method, address.format("half"), status=404)
    assert Log.objects.get().slug == "half"


def test_a_deleted_log_leaves_no_row() -> None:
    take_in(header(), note(), slug="stays")
    kept = {table: table.objects.count() for table in (Log, Chunk, Keyframe, Note)}
    import_deploy()
    assert all(table.objects.count() > count for table, count in kept.items())
    ask("DELETE", "/logs/deploy", status=204)
    assert {table: table.objects.count() for table in kept} == kept
    assert Log.objects.get().slug == "stays"
    ask("DELETE", "/logs/deploy", status=404)


def test_a_shipped_log_cannot_be_deleted() -> None:
    take_in(header(), note())
    Log.objects.update(is_shipped=True)
    problem = "This recording is shipped with Orrery, and would come back at the next start."
    assert ask("DELETE", "/logs/small", status=403) == {"problem": problem}
    assert Log.objects.count() == 1


def test_deleting_needs_the_sites_token() -> None:
    take_in(header(), note())
    client = Client(enforce_csrf_checks=True)
    refused = client.delete("/api/logs/small")
    assert refused.status_code == 403
    assert refused.json()["problem"].startswith("This request did not come from a page of this site: ")
    assert Log.objects.count() == 1
    token = client.get("/").cookies["csrftoken"].value
    assert client.delete("/api/logs/small", headers={"X-CSRFToken": token}).status_code == 204
    assert Log.objects.count() == 0


@pytest.mark.parametrize(("method", "address"), [("PUT", "/logs"), ("POST", "/logs/small"), ("DELETE", "/logs")])
def test_what_the_api_does_not_offer_is_refused(method: str, address: str) -> None:
    take_in(header(), note())
    assert Client().generic(method, f"/api{address}").status_code == 405
    assert Log.objects.count() == 1


def test_the_description_names_every_path() -> None:
    (site,) = [found for found in get_resolver().url_patterns if str(found.pattern) == "api/"]
    routes = {re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", f"/api/{found.pattern}") for found in site.url_patterns}
    assert set(describe()["paths"]) == routes - {"/api/", "/api/openapi.json"}


def test_the_description_names_every_way_to_refuse_a_request() -> None:
    answers = {
        (path, method): set(operation["responses"]) - {"200", "201", "204"}
        for path, methods in describe()["paths"].items()
        for method, operation in methods.items()
    }
    wanted = {
        ("/api/logs", "get"): set(),
        ("/api/logs", "post"): {"400", "403", "413", "422"},
        ("/api/logs/{slug}", "get"): {"404", "422"},
        ("/api/logs/{slug}", "delete"): {"403", "404", "422"},
        ("/api/logs/{slug}/timeline", "get"): {"404", "422"},
        ("/api/logs/{slug}/recording", "get"): {"403", "404", "422"},
    }
    assert {operation: answers.get(operation) for operation in wanted} == wanted
