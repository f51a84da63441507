"""Settings: what the document says of them is what holds, and what does not fit stops the start."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.management import call_command

from dashboard.environment import ROOT, Environment

DOCUMENT = ROOT / "docs" / "settings.md"
ROW = re.compile(r"^\| `(?P<variable>\w+)` \| (?P<default>.*?) ?\| (?P<description>.+) \|$", re.MULTILINE)
PRINT_KEY = "from dashboard import settings; print(settings.SECRET_KEY)"


def written(default: object) -> str:
    """A default as it is written in the document: as the variable would be set."""
    if isinstance(default, Path):
        return f"`{default.relative_to(ROOT)}` in the project's folder"
    text = ",".join(default) if isinstance(default, list) else str(default)
    return f"`{text}`" if text else ""


def run(folder: Path, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """A process with this data folder and these variables, and no other of Orrery's."""
    others = {name: value for name, value in os.environ.items() if not name.startswith("ORRERY_")}
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=ROOT,
        env={**others, "ORRERY_DATA_DIR": str(folder), **variables},
        capture_output=True,
        text=True,
        check=False,
    )


def key_of(folder: Path, **variables: str) -> str:
    """The secret key that the site would use."""
    done = run(folder, "-c", PRINT_KEY, **variables)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_the_document_has_each_setting_with_its_default_and_meaning() -> None:
    found = [match.group("variable", "default", "description") for match in ROW.finditer(DOCUMENT.read_text())]
    wanted = [
        (f"ORRERY_{name.upper()}", written(field.default), field.description)
        for name, field in Environment.model_fields.items()
    ]
    assert found == wanted


def test_each_setting_is_read_from_its_variable(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("ORRERY_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("ORRERY_ALLOWED_HOSTS", " orrery.example , localhost,,")
    monkeypatch.setenv("ORRERY_MAX_LINE_BYTES", "1000")
    monkeypatch.setenv("ORRERY_DEBUG", "true")
    found = Environment()
    assert found.data_dir == tmp_path
    assert found.allowed_hosts == ["orrery.example", "localhost"]
    assert found.max_line_bytes == 1000
    assert found.debug is True


@pytest.mark.parametrize(
    ("variable", "value", "reason"),
    [
        ("ORRERY_MAX_UPLOAD_BYTES", "much", "should be a valid integer"),
        ("ORRERY_MAX_LINE_BYTES", "0", "should be greater than 0"),
        ("ORRERY_MAX_RECORDING_BYTES", "-1", "should be greater than 0"),
        ("ORRERY_DEBUG", "perhaps", "should be a valid boolean"),
    ],
)
def test_a_value_that_does_not_fit_stops_the_start_and_is_named(
    tmp_path: Path, variable: str, value: str, reason: str
) -> None:
    done = run(tmp_path, "manage.py", "check", **{variable: value})
    assert done.returncode == 1
    assert done.stderr.startswith(f"{variable} cannot be “{value}”: ")
    assert reason in done.stderr
    assert "Traceback" not in done.stderr
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("place", ["file", "file/below"])
def test_a_data_folder_that_cannot_be_one_stops_the_start_in_a_sentence(tmp_path: Path, place: str) -> None:
    (tmp_path / "file").touch()
    done = run(tmp_path / place, "manage.py", "check")
    assert done.returncode == 1
    assert done.stderr.startswith(f"ORRERY_DATA_DIR cannot be “{tmp_path / place}”: ")
    assert "Traceback" not in done.stderr


def test_every_value_that_does_not_fit_is_named_at_once(tmp_path: Path) -> None:
    done = run(tmp_path, "manage.py", "check", ORRERY_DEBUG="perhaps", ORRERY_MAX_LINE_BYTES="0")
    assert [line.split()[0] for line in done.stderr.splitlines()] == ["ORRERY_MAX_LINE_BYTES", "ORRERY_DEBUG"]


def test_the_secret_key_is_made_once_for_its_owner_only(tmp_path: Path) -> None:
    folder = tmp_path / "new" / "data"
    key = key_of(folder)
    assert len(key) >= 50
    assert key_of(folder) == key
    (file,) = folder.iterdir()
    assert file.read_text() == key
    assert file.stat().st_mode & 0o777 == 0o600
    assert folder.stat().st_mode & 0o777 == 0o700


def test_two_data_folders_have_two_secret_keys(tmp_path: Path) -> None:
    assert key_of(tmp_path / "one") != key_of(tmp_path / "other")


def test_a_secret_key_that_is_set_is_used_and_not_kept(tmp_path: Path) -> None:
    assert key_of(tmp_path, ORRERY_SECRET_KEY="from the outside") == "from the outside"
    assert list(tmp_path.iterdir()) == []


def test_the_site_passes_djangos_own_checks(tmp_path: Path) -> None:
    done = run(tmp_path, "manage.py", "check", "--fail-level", "WARNING")
    assert done.returncode == 0, done.stderr


def test_the_wires_schema_is_current() -> None:
    call_command("wire_schema", "--check")
