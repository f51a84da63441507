"""``orrery serve`` and ``orrery watch``: the processes of a team's server, as they are started and ended."""

from __future__ import annotations

import signal
import urllib.request
from pathlib import Path
from typing import IO

import psycopg
import pytest
from django.core.management import CommandError, call_command

from dashboard.serving import is_loopback
from tests.team.services import end, free_port, insert_cluster, orrery, wait


def read_until(stream: IO[str] | None, text: str) -> None:
    """Read what a process says up to this."""
    assert stream is not None
    said = ""
    for line in stream:
        said += line
        if text in line:
            return
    pytest.fail(f"it ended without saying “{text}”: {said}")


def holders(database: str) -> list[str]:
    """Which watcher holds each cluster; "" where none does."""
    with psycopg.connect(database) as connection:
        return [holder for (holder,) in connection.execute("SELECT holder FROM visualizer_cluster ORDER BY name")]


def add_cluster(database: str) -> None:
    """A cluster whose sealed credentials no key opens: it is held, and nothing can be read."""
    insert_cluster(database, name="prod", server="https://127.0.0.1:1", access=b"sealed")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_the_server_serves_until_it_is_told_to_end(variables: dict[str, str], number: signal.Signals) -> None:
    port = free_port()
    with orrery("serve", "--port", str(port), variables=variables) as process:
        read_until(process.stdout, f"Orrery serves at http://127.0.0.1:{port}")
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz") as answer:
            assert answer.read() == b"ok\n"
        assert end(process, number)[0] == 0


@pytest.mark.parametrize("host", ["0.0.0.0", "192.168.1.5", "orrery.example", ""])
def test_an_address_that_others_can_reach_is_refused_without_login(host: str) -> None:
    with pytest.raises(CommandError, match=r"visitors need not log in\. Set ORRERY_LOGIN=true"):
        call_command("serve", "--host", host)


def test_an_address_that_others_can_reach_is_served_with_login(variables: dict[str, str]) -> None:
    port = free_port()
    with orrery("serve", "--host", "0.0.0.0", "--port", str(port), variables={**variables, "ORRERY_LOGIN": "1"}) as it:
        read_until(it.stdout, "Orrery serves at")
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/") as answer:
            assert answer.url == f"http://127.0.0.1:{port}/login/?next=/"
        assert end(it, signal.SIGTERM)[0] == 0


@pytest.mark.parametrize(
    ("host", "loopback"),
    [("127.0.0.1", True), ("127.9.9.9", True), ("localhost", True), ("::1", True), ("::", False), ("10.0.0.1", False)],
)
def test_what_only_this_machine_can_reach(host: str, loopback: bool) -> None:
    assert is_loopback(host) is loopback


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_watcher_that_is_told_to_end_gives_its_clusters_back(
    variables: dict[str, str], database: str, tmp_path: Path, number: signal.Signals
) -> None:
    add_cluster(database)
    alive = tmp_path / "alive"
    with orrery("watch", "--alive", str(alive), variables=variables) as process:
        read_until(process.stdout, "Watching.")
        wait(lambda: holders(database) != [""])
        wait(alive.exists)
        code, said = end(process, number)
    assert code == 0, said
    assert "Traceback" not in said
    assert holders(database) == [""]


def test_a_second_watcher_takes_what_the_first_gives_back(variables: dict[str, str], database: str) -> None:
    add_cluster(database)
    with orrery("watch", variables=variables) as first:
        wait(lambda: holders(database) != [""])
        (holder,) = holders(database)
        with orrery("watch", variables=variables) as second:
            read_until(second.stdout, "Watching.")
            assert holders(database) == [holder]
            assert end(first, signal.SIGTERM)[0] == 0
            wait(lambda: holders(database) not in ([""], [holder]))
            assert end(second, signal.SIGTERM)[0] == 0
