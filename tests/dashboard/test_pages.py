"""The pages: what they say, and what keeps a hostile name or a foreign site out of them."""

from __future__ import annotations

from html import escape
from html.parser import HTMLParser

import pytest
from django.test import Client

from tests.cluster import DEMOS, START_TS
from tests.live.conftest import import_demo
from tests.log.recordings import header, note, take_in
from visualizer.log.importing import import_recording
from visualizer.log.lessonkeeping import save_lesson
from visualizer.models import Chunk, Log, length_words

pytestmark = pytest.mark.django_db

HOSTILE = "\"'><script>alert(1)</script><img src=x onerror=alert(1)>{{ 7|add:7 }}"
CSP = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self'",
    "img-src": "'self' data: blob:",
    "connect-src": "'self'",
    "font-src": "'self'",
    "form-action": "'self'",
    "base-uri": "'none'",
    "frame-ancestors": "'none'",
}


class Page(HTMLParser):
    """A served page as a browser takes it: its elements with their attributes, and its visible text."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data

    def attributes(self, tag: str) -> list[dict[str, str | None]]:
        return [found for name, found in self.elements if name == tag]


def get(address: str, *, status: int = 200) -> Page:
    """The page at this address."""
    response = Client().get(address)
    assert response.status_code == status
    return Page(response.content.decode())


def import_deploy() -> Log:
    """A shipped recording, so that the page has a score to draw."""
    with (DEMOS / "deploy" / "recording.jsonl.zst").open("rb") as stream:
        return import_recording(stream, slug="deploy", title="Five pods", intro="How a Deployment comes to be.")


def test_home_names_every_log_with_its_introduction_and_length() -> None:
    deploy = import_deploy()
    take_in(header(name="prod"), note(ts=START_TS + 200), slug="mine")
    page = get("/")
    assert "Five pods" in page.text
    assert "How a Deployment comes to be." in page.text
    assert f"{deploy.length_words} · {deploy.writes} writes" in page.text
    assert "prod" in page.text
    assert "3 min 20 s · 0 writes · Kubernetes v1.36.2" in page.text
    links = [found["href"] for found in page.attributes("a")]
    assert {"/logs/deploy/", "/logs/mine/"} <= set(links)


def test_home_draws_every_mark_of_a_logs_score() -> None:
    deploy = import_deploy()
    marks = [mark["type"].lower() for lane in deploy.score["lanes"] for mark in lane["marks"]]
    drawn = [found["class"] for found in get("/").attributes("rect")]
    assert drawn == marks
    assert {"added", "modified", "deleted"} == set(marks)


def test_home_without_logs_says_how_to_get_one() -> None:
    assert "No recordings yet" in get("/").text
    take_in(header(), note())
    assert "No recordings yet" not in get("/").text


def test_only_ones_own_logs_can_be_deleted_from_home() -> None:
    take_in(header(), note(), slug="mine")
    take_in(header(), note(), slug="shipped")
    Log.objects.filter(slug="shipped").update(is_shipped=True)
    buttons = [found["data-slug"] for found in get("/").attributes("button")]
    assert buttons == ["mine"]


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "0 s"),
        (59.4, "59 s"),
        (59.6, "1 min"),
        (200, "3 min 20 s"),
        (3599.6, "1 h"),
        (3600, "1 h"),
        (7500, "2 h 5 min"),
        (86_400, "24 h"),
    ],
)
def test_a_length_is_told_as_one_would_say_it(seconds: float, words: str) -> None:
    assert length_words(seconds) == words


def test_a_logs_page_names_its_log_for_the_frontend() -> None:
    import_deploy()
    page = get("/logs/deploy/")
    stage = {"log": "deploy", "intro": "How a Deployment comes to be.", "may-edit": None}
    assert page.attributes("orrery-stage") == [stage]
    assert "Five pods · Orrery" in page.text


def test_the_frontend_that_was_built_is_what_pages_load() -> None:
    (script,) = get("/").attributes("script")
    source = script["src"]
    assert source is not None
    response = Client().get(source)
    assert response.status_code == 200
    assert "javascript" in response["Content-Type"]
    response.close()


@pytest.mark.parametrize("address", ["/logs/nothing/", "/nothing", "/logs/"])
def test_what_is_not_there_is_answered_in_words(address: str) -> None:
    page = get(address, status=404)
    assert "There is nothing at this address" in page.text
    assert "/" in [found["href"] for found in page.attributes("a")]


def test_a_failure_is_told_in_words_and_without_its_details() -> None:
    take_in(header(), note(), slug="broken")
    Chunk.objects.update(index=b"rubbish")
    response = Client(raise_request_exception=False).get("/api/logs/broken/timeline?buckets=5")
    assert response.status_code == 500
    assert "Something broke in Orrery" in response.content.decode()
    assert "Traceback" not in response.content.decode()
    assert "default-src 'none'" in response["Content-Security-Policy"]


def test_a_log_that_is_still_being_imported_has_no_page() -> None:
    take_in(header(name="half of it"), note(), slug="half")
    Log.objects.update(state=Log.State.IMPORTING)
    get("/logs/half/", status=404)
    assert "half" not in get("/").text


@pytest.mark.parametrize("address", ["/", "/logs/hostile/"])
def test_names_with_html_in_them_stay_text(address: str) -> None:
    log = take_in(header(name=HOSTILE, server_version=HOSTILE), note(), slug="hostile")
    log.intro = HOSTILE
    log.save()
    html = Client().get(address).content.decode()
    page = Page(html)
    assert escape(HOSTILE) in html
    assert HOSTILE not in html
    assert HOSTILE in page.text
    assert page.attributes("img") == []
    assert len(page.attributes("script")) == 1


def test_a_hostile_introduction_stays_in_its_attribute() -> None:
    log = take_in(header(), note(), slug="hostile")
    log.intro = HOSTILE
    log.save()
    stage = {"log": "hostile", "intro": HOSTILE, "may-edit": None}
    assert get("/logs/hostile/").attributes("orrery-stage") == [stage]


ADDRESSES = ["/", "/logs/deploy/", "/logs/nothing/", "/healthz", "/api/logs", "/api/logs/nothing", "/api/openapi.json"]


@pytest.mark.parametrize("address", ADDRESSES)
def test_every_answer_tells_the_browser_what_it_may_do(address: str) -> None:
    import_deploy()
    response = Client().get(address)
    directives = (each.strip().partition(" ") for each in response["Content-Security-Policy"].split(";"))
    assert {name: value for name, _, value in directives} == CSP
    assert "Content-Security-Policy-Report-Only" not in response
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Referrer-Policy"] == "same-origin"
    assert response["Cross-Origin-Opener-Policy"] == "same-origin"
    assert response["X-Frame-Options"] == "DENY"


@pytest.mark.parametrize("address", ["/", "/logs/deploy/", "/logs/nothing/"])
def test_no_page_has_anything_that_the_policy_would_refuse(address: str) -> None:
    import_deploy()
    page = Page(Client().get(address).content.decode())
    assert page.attributes("script")
    assert all(found.get("src") for found in page.attributes("script"))
    assert page.attributes("style") == []
    for tag, attributes in page.elements:
        assert "style" not in attributes, tag
        assert not [name for name in attributes if name.startswith("on")], tag
        for name in ("src", "href", "action"):
            value = attributes.get(name)
            assert value is None or (value.startswith("/") and not value.startswith("//")), (tag, name)


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "localhost.evil.example:8000", "10.0.0.1"])
def test_a_page_that_reaches_us_by_a_name_of_its_own_is_refused(host: str) -> None:
    take_in(header(name="private"), note())
    response = Client().get("/", headers={"host": host})
    assert response.status_code == 400
    assert b"private" not in response.content


@pytest.mark.parametrize("host", ["127.0.0.1:8000", "localhost:8000", "[::1]:8000"])
def test_this_machines_own_names_are_answered(host: str) -> None:
    assert Client().get("/", headers={"host": host}).status_code == 200


@pytest.mark.parametrize("address", ["/", "/logs/deploy/", "/healthz"])
def test_pages_are_read_only(address: str) -> None:
    import_deploy()
    assert Client().post(address).status_code == 405


def test_the_token_cookie_is_not_sent_from_other_sites() -> None:
    response = Client().get("/")
    assert response.cookies["csrftoken"]["samesite"] == "Strict"
    (field,) = [found for found in Page(response.content.decode()).attributes("input") if found["id"] == "recording"]
    assert field["data-csrf"]


def test_health_is_one_word() -> None:
    assert Client().get("/healthz").content == b"ok\n"


def test_a_stage_that_is_opened_by_its_address_may_change_things_too(client: Client, db: None) -> None:
    log = import_demo("deploy")
    client.get(f"/logs/{log.slug}/")
    assert client.cookies["csrftoken"].value


def test_the_first_page_offers_the_course_in_its_order_and_names_nothing_as_html() -> None:
    for slug, order in (("second", 2), ("first", 1)):
        log = take_in(header(), note(), slug=slug)
        text = f"---\ntitle: {slug} {HOSTILE!r}\nsubject: S\norder: {order}\nsummary: U\n---\n## A chapter\n"
        save_lesson(log, text, version=0)
    page = get("/")
    hrefs = [link.get("href") for link in page.attributes("a")]
    assert hrefs.index("/logs/first/?lesson=0") < hrefs.index("/logs/second/?lesson=0")
    assert [item["data-log"] for item in page.attributes("li") if "data-log" in item] == ["first", "second"]
    assert page.attributes("script") == [script for script in page.attributes("script") if script.get("src")]


def test_without_lessons_the_first_page_has_no_course() -> None:
    take_in(header(), note(), slug="mine")
    assert get("/").attributes("orrery-course") == []
