"""The commands that bring recordings in and out."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from tests.cluster import DEMOS
from tests.log.recordings import header, note, pack, take_in, unpack
from visualizer.log.reader import Reader
from visualizer.models import Log

pytestmark = pytest.mark.django_db
DEPLOY = DEMOS / "deploy" / "recording.jsonl.zst"


def run(*arguments: object) -> str:
    """What the command says."""
    said = io.StringIO()
    call_command(*map(str, arguments), stdout=said)
    return said.getvalue().strip()


def test_a_recording_is_imported_under_the_names_given() -> None:
    said = run("import_recording", DEPLOY, "--slug", "first", "--title", "First light", "--intro", "Five pods come.")
    log = Log.objects.get()
    assert (log.slug, log.title, log.intro) == ("first", "First light", "Five pods come.")
    assert said.startswith(f"imported first: {log.last_seq:,} frames, ")
    assert log.state == Log.State.READY


def test_a_recording_is_named_after_its_file_and_titled_by_its_header(tmp_path: Path) -> None:
    path = tmp_path / "My Cluster.jsonl.zst"
    path.write_bytes(pack(header(name="prod"), note()))
    run("import_recording", path)
    log = Log.objects.get()
    assert (log.slug, log.title) == ("my-cluster", "prod")


def test_a_bad_recording_is_refused_with_its_reason(tmp_path: Path) -> None:
    path = tmp_path / "bad.jsonl.zst"
    path.write_bytes(pack(header(), b"{"))
    with pytest.raises(CommandError, match=r"bad\.jsonl\.zst was not imported: line 2: this line is not JSON: .*\.$"):
        run("import_recording", path)
    assert Log.objects.count() == 0


def test_a_file_that_is_not_there_is_no_traceback(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="cannot be read: No such file or directory"):
        run("import_recording", tmp_path / "nothing")
    with pytest.raises(CommandError, match="was not imported: there is no object in it"):
        run("import_recording", tmp_path)


def test_too_large_a_recording_is_refused(settings: Any) -> None:
    settings.ENVIRONMENT = settings.ENVIRONMENT.model_copy(update={"max_recording_bytes": 1000})
    with pytest.raises(CommandError, match="unpacks to more than 1,000 bytes"):
        run("import_recording", DEPLOY)


def test_an_exported_log_is_imported_again(tmp_path: Path) -> None:
    path = tmp_path / "out.jsonl.zst"
    log = take_in(header(), note("first"), note("second"))
    run("export_recording", log.slug, path)
    assert [found.name for found in tmp_path.iterdir()] == [path.name]
    run("import_recording", path, "--slug", "again")
    assert [found.text for found in Reader(Log.objects.get(slug="again")).notes()] == ["first", "second"]


def test_a_log_is_exported_to_standard_output(capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    run("export_recording", take_in(header(), note()).slug, "-")
    assert unpack(capfdbinary.readouterr().out)[1:] == [note()]


def test_an_unknown_log_is_answered_with_those_there_are(tmp_path: Path) -> None:
    take_in(header(), note(), slug="web")
    with pytest.raises(CommandError, match=r"There is no log “wep”\. There are: web\."):
        run("export_recording", "wep", tmp_path / "out")
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_not_there_is_no_traceback(tmp_path: Path) -> None:
    take_in(header(), note(), slug="web")
    with pytest.raises(CommandError, match="cannot be written: No such file or directory"):
        run("export_recording", "web", tmp_path / "nowhere" / "out")
