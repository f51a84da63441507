"""Recordings in and out of the HTTP API: whole, or not at all, and only from a page of this site."""

from __future__ import annotations

import json
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import AsyncClient, Client

from dashboard.environment import Environment
from tests.cluster import DEMOS, START_TS, metadata
from tests.log.recordings import HEADER, event, header, line, listing, note, pack, unpack
from visualizer.log.reader import Reader
from visualizer.models import Chunk, Keyframe, Log, Note

pytestmark = pytest.mark.django_db

LINES = [
    header(name="prod"),
    listing({"metadata": metadata("settings")}, ts=START_TS + 1),
    event({"metadata": metadata("flags")}, ts=START_TS + 2),
    note("made flags", ts=START_TS + 3),
]


def send(data: bytes, *, name: str = "My Cluster.jsonl.zst", client: Client | None = None, **headers: str) -> Any:
    """The response to the upload of this file."""
    return (client or Client()).post("/api/logs", {"recording": SimpleUploadedFile(name, data)}, headers=headers)


def download(slug: str) -> tuple[Any, bytes]:
    """The response, and the file that it brings."""

    async def read() -> tuple[Any, bytes]:
        response = await AsyncClient().get(f"/api/logs/{slug}/recording")
        return response, b"".join([block async for block in response])

    return async_to_sync(read)()


def refuse(data: bytes, *, status: int = 400) -> str:
    """Why this file is refused; nothing of it is kept."""
    response = send(data)
    assert response.status_code == status
    for table in (Log, Chunk, Keyframe, Note):
        assert table.objects.count() == 0
    answer = response.json()
    assert list(answer) == ["problem"]
    return answer["problem"]


def set_limit(settings: Any, **limits: int) -> None:
    """Take less than is taken by default."""
    environment: Environment = settings.ENVIRONMENT
    settings.ENVIRONMENT = environment.model_copy(update=limits)


def test_an_uploaded_recording_plays() -> None:
    response = send(pack(*LINES))
    assert response.status_code == 201
    told = response.json()
    assert (told["slug"], told["title"], told["last_seq"], told["writes"]) == ("my-cluster", "prod", 3, 1)
    reader = Reader(Log.objects.get(slug="my-cluster", state=Log.State.READY))
    assert [found for _, found in reader.lines(0)] == LINES[1:]
    assert len(reader.seek(1).store) == 1
    assert len(reader.seek(3).store) == 2


def test_a_shipped_recording_can_be_uploaded_too() -> None:
    data = (DEMOS / "deploy" / "recording.jsonl.zst").read_bytes()
    assert send(data, name="deploy.jsonl.zst").json()["slug"] == "deploy"
    assert send(data, name="deploy.jsonl.zst").json()["slug"] == "deploy-2"


@pytest.mark.parametrize(
    ("name", "slug"),
    [
        ("../../etc/passwd", "passwd"),
        (".jsonl.zst", "recording"),
        ("<script>.zst", "script"),
        ("рекорд.zst", "recording"),
        ("x" * 200 + ".zst", "x" * 70),
    ],
)
def test_a_recording_with_any_file_name_gets_an_address(name: str, slug: str) -> None:
    assert send(pack(*LINES), name=name).json()["slug"] == slug
    assert Client().get(f"/logs/{slug}/").status_code == 200


def test_a_downloaded_recording_is_what_went_in() -> None:
    send(pack(*LINES))
    response, data = download("my-cluster")
    first, *rest = unpack(data)
    header = json.loads(first)
    assert "io.k8s.api.core.v1.ConfigMap" in header.pop("schemas")  # known of this version, so that the file tells it
    assert header == {**HEADER, "name": "prod"}
    assert rest == LINES[1:]
    assert response["Content-Type"] == "application/zstd"
    assert response["Content-Length"] == str(len(data))
    assert response["Content-Disposition"] == 'attachment; filename="my-cluster.jsonl.zst"'


def test_a_shipped_recording_comes_out_frame_by_frame_as_it_went_in() -> None:
    data = (DEMOS / "deploy" / "recording.jsonl.zst").read_bytes()
    send(data, name="deploy.jsonl.zst")
    wanted, found = unpack(data)[1:], unpack(download("deploy")[1])[1:]
    assert len(found) == len(wanted)
    altered = [json.loads(old)["resource"] for old, new in zip(wanted, found, strict=True) if old != new]
    assert set(altered) <= {"v1/secrets"}


def test_a_large_recording_is_sent_in_many_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dashboard.api.BLOCK_BYTES", 7)
    send(pack(*LINES))
    assert unpack(download("my-cluster")[1])[1:] == LINES[1:]


def test_a_secret_goes_in_and_never_out() -> None:
    secret = {"metadata": metadata("login"), "data": {"password": "aHVudGVyMg=="}}
    send(pack(header(), event(secret, resource="v1/secrets", ts=START_TS + 1)))
    (_, line_out) = unpack(download("my-cluster")[1])
    assert json.loads(line_out)["object"]["metadata"]["name"] == "login"
    assert b"aHVudGVyMg==" not in line_out


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        (b"hello, world", "The file is not compressed with zstd, as a recording is: "),
        (pack(*LINES)[:-3], "The file is cut short: its zstd data ends in the middle."),
        (pack(*LINES)[:8] + b"\xff" * 40, "The file is damaged: its zstd data cannot be unpacked "),
        (pack(), "The recording is empty: it has no lines."),
        (pack(header()), "The recording has a header and nothing else: there is nothing to show."),
        (pack(note()), "Line 1: "),
        (pack(header(version=99), note()), "Line 1: "),
        (pack(header(name="x" * 201), note()), "Line 1: the header's name is longer than 200 characters."),
        (pack(*LINES, b"{"), "Line 5: this line is not JSON: "),
        (pack(*LINES, line(kind="event")), "Line 5: "),
        (pack(*LINES, note(ts=START_TS)), "Line 5: its time is 3.0 s before that of a line above it; "),
    ],
)
def test_a_bad_recording_is_refused_with_its_reason_and_leaves_nothing(data: bytes, problem: str) -> None:
    said = refuse(data)
    assert said.startswith(problem)
    assert said.endswith(".")


def test_an_empty_file_is_refused() -> None:
    assert refuse(b"") == "The file is empty."


def test_too_large_a_file_is_refused(settings: Any) -> None:
    data = pack(*LINES)
    set_limit(settings, max_upload_bytes=len(data) - 1)
    assert refuse(data, status=413).startswith(f"The file is larger than {len(data) - 1:,} bytes, ")
    set_limit(settings, max_upload_bytes=len(data))
    assert send(data).status_code == 201


def test_a_small_file_that_unpacks_to_much_is_refused(settings: Any) -> None:
    set_limit(settings, max_recording_bytes=1 << 20)
    bomb = pack(*LINES, note("x" * (1 << 21), ts=START_TS + 4))
    assert len(bomb) < 10_000
    assert refuse(bomb).startswith("The recording unpacks to more than 1,048,576 bytes, ")


def test_too_long_a_line_is_refused(settings: Any) -> None:
    set_limit(settings, max_line_bytes=10_000)
    long = pack(*LINES, note("x" * 10_000, ts=START_TS + 4))
    assert refuse(long).startswith("Line 5 is longer than 10,000 bytes, ")


def test_a_form_without_the_file_is_refused() -> None:
    response = Client().post("/api/logs", {"something": "else"})
    assert response.status_code == 422
    assert response.json() == {"problem": "In the file recording: Field required."}
    assert Log.objects.count() == 0


def test_an_upload_needs_the_sites_token() -> None:
    client = Client(enforce_csrf_checks=True)
    refused = send(pack(*LINES), client=client)
    assert refused.status_code == 403
    assert refused.json()["problem"].startswith("This request did not come from a page of this site: CSRF ")
    assert Log.objects.count() == 0
    token = client.get("/").cookies["csrftoken"].value
    assert send(pack(*LINES), client=client, **{"X-CSRFToken": token}).status_code == 201


def test_another_sites_page_cannot_upload_even_with_the_token() -> None:
    client = Client(enforce_csrf_checks=True)
    token = client.get("/").cookies["csrftoken"].value
    refused = send(pack(*LINES), client=client, **{"X-CSRFToken": token, "Origin": "https://evil.example"})
    assert refused.status_code == 403
    assert "evil.example" in refused.json()["problem"]
    assert Log.objects.count() == 0
