"""A recording as one HTML file: by the API and by the command line, the same bytes each time."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.test import Client

from tests.cluster import DEMOS
from tests.live.conftest import import_demo
from tests.offline import carried
from visualizer.offline import contents


@pytest.mark.django_db
def test_the_api_gives_what_the_command_writes(tmp_path: Path) -> None:
    log = import_demo("rbac")
    log.title = "Who may <what>"
    log.save()
    answer = Client().get("/api/logs/rbac/page")
    assert answer.status_code == 200
    assert answer["Content-Type"] == "text/html; charset=utf-8"
    assert answer["Content-Disposition"] == 'attachment; filename="rbac.html"'
    assert b"<title>Who may &lt;what&gt; \xc2\xb7 Orrery</title>" in answer.content
    assert carried.parts_of(answer.content)["start"]["hello"]["slug"] == "rbac"
    call_command("export_lesson", "rbac", str(tmp_path / "rbac.html"))
    assert (tmp_path / "rbac.html").read_bytes() == answer.content


@pytest.mark.django_db
def test_what_cannot_be_taken_away_is_refused_in_a_sentence(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    import_demo("rbac")
    assert Client().get("/api/logs/nothing/page").status_code == 404
    with pytest.raises(CommandError, match=r"There is no log “nothing”. There are: rbac\."):
        call_command("export_lesson", "nothing", "-")
    monkeypatch.setattr(contents, "MOST_FRAMES", 20)
    answer = Client().get("/api/logs/rbac/page")
    assert (answer.status_code, answer.json()["problem"][:9]) == (413, "There are")
    with pytest.raises(CommandError, match="Keep a shorter stretch"):
        call_command("export_lesson", "rbac", str(tmp_path / "rbac.html"))
    assert list(tmp_path.iterdir()) == []


def test_another_process_writes_the_same_bytes(tmp_path: Path) -> None:
    """Whatever order its hashes give it."""
    pages = [_export(tmp_path / seed, seed) for seed in ("1", "2")]
    assert pages[0] == pages[1]


def _export(folder: Path, seed: str) -> bytes:
    folder.mkdir()
    environment = {**os.environ, "PYTHONHASHSEED": seed, "ORRERY_DATA_DIR": str(folder), "ORRERY_DATABASE_URL": ""}
    for command in (
        ["migrate", "--verbosity=0"],
        ["import_recording", DEMOS / "rbac" / "recording.jsonl.zst", "--slug", "rbac"],
        ["export_lesson", "rbac", folder / "rbac.html"],
    ):
        subprocess.run(
            [sys.executable, "manage.py", *command],
            cwd=settings.BASE_DIR, env=environment, check=True, capture_output=True,
        )  # fmt: skip
    return (folder / "rbac.html").read_bytes()
