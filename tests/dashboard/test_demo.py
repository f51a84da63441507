"""``orrery demo``: only for this machine, and with the shipped recordings as they are now."""

from __future__ import annotations

import io
import shutil
import socket
import tomllib
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from dashboard.management.commands import demo
from tests.cluster import DEMO_NAMES, DEMOS
from tests.log.recordings import header, note, pack, take_in
from visualizer.models import Chunk, Keyframe, Log, Note

pytestmark = pytest.mark.django_db


@pytest.fixture
def demos(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with two of the shipped recordings, in place of all."""
    for name in ("config", "deploy"):
        shutil.copytree(DEMOS / name, tmp_path / name)
    monkeypatch.setattr(demo, "DEMOS", tmp_path)
    return tmp_path


def bring_in() -> list[str]:
    """What a start says of the recordings that it imports."""
    said = io.StringIO()
    demo.Command(stdout=said)._import_all()
    return said.getvalue().splitlines()


def keys() -> dict[str, int]:
    """Each log's row."""
    return dict(Log.objects.values_list("slug", "pk"))


def retitle(folder: Path, title: str) -> None:
    """Give a recording another title."""
    about = folder / "about.toml"
    old = tomllib.loads(about.read_text())["title"]
    about.write_text(about.read_text().replace(old, title))


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "", "192.168.1.5", "orrery.example", "localhost.orrery.example"])
def test_a_host_that_others_can_reach_is_refused(host: str, demos: Path) -> None:
    with pytest.raises(CommandError, match="can be reached from other machines, and this mode has no login"):
        call_command("demo", "--host", host, "--port", "65536")  # which would be refused too, with other words
    assert Log.objects.count() == 0


def test_a_port_that_is_taken_is_no_traceback(demos: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(CommandError, match=rf"^Port {port} cannot be used: Address already in use\. Choose "):
            call_command("demo", "--port", str(port))
    assert Log.objects.count() == 0


@pytest.mark.parametrize("port", ["65536", "-1"])
def test_a_port_that_cannot_be_is_no_traceback(port: str, demos: Path) -> None:
    with pytest.raises(CommandError, match=rf"^Port {port} cannot be used: there is no such port\. Choose another"):
        call_command("demo", f"--port={port}")


def test_shipped_recordings_become_logs_with_their_titles(demos: Path) -> None:
    said = bring_in()
    for name in ("config", "deploy"):
        about = tomllib.loads((demos / name / "about.toml").read_text())
        log = Log.objects.get(slug=name)
        assert (log.title, log.intro, log.order) == (about["title"], about["intro"].strip(), about["order"])
        assert (log.is_shipped, log.state) == (True, Log.State.READY)
        assert f"  imported {name}: {about['title']}" in said
    assert len(said) == Log.objects.count() == 2


def test_a_second_start_imports_nothing(demos: Path) -> None:
    bring_in()
    before = keys()
    assert bring_in() == []
    assert keys() == before


def test_an_altered_title_is_imported_anew_and_the_rest_stays(demos: Path) -> None:
    bring_in()
    before = keys()
    retitle(demos / "deploy", "Another title")
    assert bring_in() == ["  imported deploy: Another title"]
    after = keys()
    assert after.keys() == before.keys()
    assert after["config"] == before["config"]
    assert after["deploy"] != before["deploy"]
    assert Log.objects.get(slug="deploy").title == "Another title"
    assert bring_in() == []


def test_an_altered_recording_is_imported_anew(demos: Path) -> None:
    bring_in()
    (demos / "deploy" / "recording.jsonl.zst").write_bytes(pack(header(), note("a new one")))
    assert len(bring_in()) == 1
    assert [found.text for found in Note.objects.filter(log__slug="deploy")] == ["a new one"]


def test_a_recording_that_is_no_longer_shipped_is_removed(demos: Path) -> None:
    bring_in()
    shutil.rmtree(demos / "deploy")
    assert bring_in() == []
    assert list(keys()) == ["config"]
    for table in (Chunk, Keyframe, Note):
        assert set(table.objects.values_list("log__slug", flat=True)) <= {"config"}


def test_ones_own_recording_stays_beside_a_shipped_one_of_its_name(demos: Path) -> None:
    mine = take_in(header(name="mine"), note(), slug="deploy")
    bring_in()
    assert Log.objects.get(slug="deploy") == mine
    assert Log.objects.get(slug="deploy-2").is_shipped
    shutil.rmtree(demos / "deploy")
    bring_in()
    assert set(keys()) == {"config", "deploy"}


def test_a_shipped_recording_that_is_damaged_is_named_and_leaves_nothing(demos: Path) -> None:
    recording = demos / "deploy" / "recording.jsonl.zst"
    recording.write_bytes(recording.read_bytes()[:-100])
    with pytest.raises(CommandError, match=r"^The shipped recording deploy cannot be read: the file is cut short: "):
        bring_in()
    assert list(keys()) == ["config"]


def test_a_folder_that_is_no_recording_is_passed_over(demos: Path) -> None:
    (demos / "notes").mkdir()
    (demos / "README.md").write_text("What is here.")
    assert len(bring_in()) == 2


def test_every_shipped_recording_has_a_title_an_introduction_and_a_place_of_its_own() -> None:
    abouts = [tomllib.loads((DEMOS / name / "about.toml").read_text()) for name in DEMO_NAMES]
    assert len(abouts) == 16
    assert all(set(about) == {"order", "title", "intro"} for about in abouts)
    assert all(about["title"].strip() and about["intro"].strip() for about in abouts)
    assert sorted(about["order"] for about in abouts) == list(range(1, 17))
