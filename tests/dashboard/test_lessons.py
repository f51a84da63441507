"""A log's lesson through the API: told to its player, previewed, kept, taken back; and who may not.

The cast: alice is staff, bob has an account, charlie has none.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from django.core.management import CommandError, call_command
from django.test import Client

from dashboard.management.commands import demo
from tests.cluster import DEMOS
from tests.dashboard.test_demo import bring_in
from tests.dashboard.test_demo import demos as demos  # noqa: PLC0414 - the fixture
from tests.log.recordings import header, note, take_in
from visualizer.management.commands import import_recording
from visualizer.models import Lesson, Log

pytestmark = pytest.mark.django_db

SHIPPED = (DEMOS / "deploy" / "lesson.md").read_text()
MINE = """---
title: Mine
subject: Deployments
summary: In a sentence.
---
## One
```stage
at: note 1
until: note 2
view: nodes
```
See **this**.

### Choose: Which?
- [x] this — yes
- [ ] that — no
"""

CALLS = [
    ("GET", "/lesson/text", None),
    ("POST", "/lesson/preview", {"text": MINE}),
    ("PUT", "/lesson", {"text": MINE, "version": 1}),
    ("DELETE", "/lesson?version=1", None),
]
WRITES = CALLS[1:]


def ask(
    method: str, address: str, body: Any = None, *, slug: str = "deploy", client: Client | None = None
) -> tuple[int, Any]:
    """The status and the decoded answer; each refusal is a sentence."""
    response = (client or Client()).generic(
        method, f"/api/logs/{slug}{address}", json.dumps(body), content_type="application/json"
    )
    answer = response.json() if response.content else None
    if response.status_code >= 400:
        assert list(answer) == ["problem"]
        assert answer["problem"].endswith(".")
    return response.status_code, answer


def save(text: str, version: int, **options: Any) -> tuple[int, Any]:
    return ask("PUT", "/lesson", {"text": text, "version": version}, **options)


@pytest.fixture
def shipped(demos: Path) -> Path:
    """Two shipped recordings with their lessons, as a start of the program brings them in."""
    bring_in()
    return demos


@pytest.fixture
def team(settings: Any) -> Callable[[str], Client]:
    """A team's server: gives a person's browser."""
    settings.LOGIN_REQUIRED = True
    User.objects.create_user("alice", is_staff=True)
    User.objects.create_user("bob")

    def browser(name: str) -> Client:
        client = Client()
        if found := User.objects.filter(username=name).first():
            client.force_login(found)
        return client

    return browser


def test_a_shipped_lesson_is_told_with_frames_for_places(shipped: Path) -> None:
    status, told = ask("GET", "/lesson")
    log = Log.objects.get(slug="deploy")
    assert (status, told["version"]) == (200, 1)
    chapters = told["lesson"]["chapters"]
    assert len(chapters) == log.lesson.chapters >= 1
    stages = [chapter["stage"] for chapter in chapters]
    assert all(log.opening_seq <= stage["at"] <= stage["until"] <= log.last_seq for stage in stages)
    assert stages[0]["at"] == log.notes.order_by("seq")[0].seq


def test_a_log_without_a_lesson_says_so_and_its_editor_begins_with_an_outline() -> None:
    log = take_in(header(), note("First"), note("Second"), slug="mine")
    assert ask("GET", "/lesson", slug="mine") == (204, None)
    assert ask("GET", "/lesson.md", slug="mine") == (404, {"problem": "The log “mine” has no lesson."})
    assert ask("GET", "/lesson", slug="nowhere")[0] == 404
    status, outline = ask("GET", "/lesson/text", slug="mine")
    assert (status, outline["version"]) == (200, 0)
    assert save(outline["text"], 0, slug="mine")[0] == 200
    assert [log.lesson.title, log.lesson.chapters] == [log.title, 2]
    assert ask("DELETE", "/lesson?version=1", slug="mine") == (204, None)
    assert not Lesson.objects.filter(log=log).exists()


def test_an_edited_lesson_is_kept_and_goes_back_to_what_was_shipped(shipped: Path) -> None:
    assert save(MINE, 1) == (200, {"text": MINE, "version": 2, "is_edited": True, "is_shipped": True})
    assert ask("GET", "/lesson")[1]["lesson"]["title"] == Lesson.objects.get(log__slug="deploy").title == "Mine"
    assert Client().get("/api/logs/deploy/lesson.md").content.decode() == MINE
    assert Client().get("/api/logs/deploy/lesson.md?shipped=true").content.decode() == SHIPPED
    status, back = ask("DELETE", "/lesson?version=2")
    assert (status, back["text"], back["version"], back["is_edited"]) == (200, SHIPPED, 3, False)


def test_of_two_who_edit_at_once_the_second_is_told(shipped: Path) -> None:
    assert save(MINE, 1)[0] == 200
    status, answer = save(MINE.replace("Mine", "Other"), 1)
    assert (status, answer["problem"].split(".")[0]) == (409, "Somebody else saved this lesson meanwhile")
    assert ask("DELETE", "/lesson?version=1")[0] == 409
    assert Lesson.objects.get(log__slug="deploy").title == "Mine"


def test_a_lesson_that_cannot_be_played_is_not_kept(shipped: Path) -> None:
    status, answer = save(MINE.replace("[x]", "[ ]"), 1)
    assert (status, answer["problem"]) == (400, "Line 14: This question has no right answer: mark it with [x].")
    assert save("", 1)[1]["problem"].endswith("There are 3 more.")
    assert save("x" * 200_001, 1)[1]["problem"].startswith("Line 1: A lesson has at most 200,000 characters")
    assert save("x" * 800_001, 1)[0] == 422
    assert Lesson.objects.get(log__slug="deploy").text == SHIPPED


def test_a_preview_tells_mistakes_by_line_and_keeps_nothing(shipped: Path) -> None:
    text = MINE.replace("view: nodes", "view: map").replace("note 2", "note 77").replace("See", "<b onclick=x>See")
    status, told = ask("POST", "/lesson/preview", {"text": text})
    assert status == 200
    assert [(found["line"], found["severity"]) for found in told["mistakes"]] == [(9, "warning"), (10, "warning")]
    assert "<b" not in told["lesson"]["chapters"][0]["html"]
    assert Lesson.objects.get(log__slug="deploy").text == SHIPPED


def test_a_preview_does_not_tell_which_rbac_objects_there_are_to_who_may_not_see_them(
    shipped: Path, team: Callable[[str], Client]
) -> None:
    chosen = "selected: rbac.authorization.k8s.io/v1/clusterroles:no-such"
    body = {"text": MINE.replace("view: nodes", chosen)}
    assert ask("POST", "/lesson/preview", body, client=team("alice"))[1]["mistakes"] == []
    User.objects.get(username="alice").user_permissions.add(Permission.objects.get(codename="view_rbac"))
    assert len(ask("POST", "/lesson/preview", body, client=team("alice"))[1]["mistakes"]) == 1


@pytest.mark.parametrize(("method", "address", "body"), CALLS)
def test_bob_may_not_write_and_charlie_must_log_in(
    shipped: Path, team: Callable[[str], Client], method: str, address: str, body: Any
) -> None:
    status, answer = ask(method, address, body, client=team("bob"))
    assert (status, answer["problem"].split(".")[0]) == (403, "Only staff may write lessons")
    assert ask(method, address, body, client=team("charlie"))[0] == 401
    assert Lesson.objects.get(log__slug="deploy").version == 1


def test_bob_learns_and_alice_writes(shipped: Path, team: Callable[[str], Client]) -> None:
    assert ask("GET", "/lesson", client=team("bob"))[0] == 200
    assert "may-edit" not in team("bob").get("/logs/deploy/").content.decode()
    assert "may-edit" in team("alice").get("/logs/deploy/").content.decode()
    assert ask("GET", "/lesson", client=team("charlie"))[0] == 401
    assert save(MINE, 1, client=team("alice"))[0] == 200


@pytest.mark.parametrize(("method", "address", "body"), WRITES)
def test_every_change_needs_the_sites_token(shipped: Path, method: str, address: str, body: Any) -> None:
    status, answer = ask(method, address, body, client=Client(enforce_csrf_checks=True))
    assert status == 403
    assert answer["problem"].startswith("This request did not come from a page of this site")


def test_a_live_log_has_no_lesson_of_its_own() -> None:
    log = take_in(header(), note(), slug="live")
    Log.objects.filter(pk=log.pk).update(is_live=True)
    status, answer = save(MINE, 0, slug="live")
    assert (status, answer["problem"]) == (
        400,
        "What is seen of a live cluster moves on. Keep a stretch of it as a recording first.",
    )


def test_a_lesson_leads_to_the_next_of_the_course(shipped: Path) -> None:
    for slug, order in (("a", 1001), ("b", 1002)):
        take_in(header(), note(), slug=slug)
        save(MINE.replace("title: Mine", f"title: {slug.upper()}\norder: {order}"), 0, slug=slug)
    assert ask("GET", "/lesson", slug="a")[1]["next"] == {"slug": "b", "title": "B"}
    assert ask("GET", "/lesson", slug="b")[1]["next"] is None


def test_a_start_reads_an_altered_lesson_again_and_leaves_what_was_edited_here(shipped: Path) -> None:
    path = shipped / "deploy" / "lesson.md"
    path.write_text(MINE.replace("Mine", "Shipped anew"))
    bring_in()
    assert Lesson.objects.get(log__slug="deploy").title == "Shipped anew"
    version = ask("GET", "/lesson/text")[1]["version"]
    save(MINE, version)
    path.write_text(MINE.replace("Mine", "Newer still"))
    bring_in()
    row = Lesson.objects.get(log__slug="deploy")
    assert (row.title, row.is_edited) == ("Mine", True)
    ask("DELETE", f"/lesson?version={row.version}")
    assert Lesson.objects.get(log__slug="deploy").title == "Newer still"
    path.unlink()
    bring_in()
    assert not Lesson.objects.filter(log__slug="deploy").exists()


def test_what_was_edited_here_outlives_a_recording_that_is_shipped_anew(shipped: Path) -> None:
    save(MINE, 1)
    about = shipped / "deploy" / "about.toml"
    about.write_text(about.read_text().replace("One kubectl", "A kubectl"))
    bring_in()
    row = Lesson.objects.get(log__slug="deploy")
    assert (row.text, row.shipped_text) == (MINE, SHIPPED)


def test_a_shipped_lesson_that_cannot_be_played_stops_the_start(demos: Path) -> None:
    (demos / "deploy" / "lesson.md").write_text("Nothing")
    with pytest.raises(demo.CommandError, match="The shipped lesson deploy cannot be read: Line 1"):
        bring_in()


def test_a_recording_is_imported_with_its_lesson_or_not_at_all(tmp_path: Path) -> None:
    recording, lesson = DEMOS / "deploy" / "recording.jsonl.zst", tmp_path / "lesson.md"
    lesson.write_text(MINE)
    call_command(import_recording.Command(), str(recording), "--slug", "mine", "--lesson", str(lesson))
    assert Log.objects.get(slug="mine").lesson.title == "Mine"
    lesson.write_text("Nothing")
    with pytest.raises(CommandError, match=r"lesson\.md was not taken\. Line 1: A lesson begins with"):
        call_command(import_recording.Command(), str(recording), "--slug", "other", "--lesson", str(lesson))
    assert not Log.objects.filter(slug="other").exists()
