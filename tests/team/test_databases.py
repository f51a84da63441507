"""Where the database and Redis are: addresses as people write them."""

from __future__ import annotations

from pathlib import Path

import pytest

from dashboard.databases import database
from dashboard.environment import read_environment


def test_an_address_becomes_djangos_settings() -> None:
    found = database("postgresql://ada:p%40ss%2Fword@db.example:5433/orrery?sslmode=verify-full", Path("unused"))
    assert found["ENGINE"] == "django.db.backends.postgresql"
    assert (found["USER"], found["PASSWORD"], found["NAME"]) == ("ada", "p@ss/word", "orrery")
    assert (found["HOST"], found["PORT"]) == ("db.example", "5433")
    assert found["OPTIONS"]["sslmode"] == "verify-full"
    assert found["CONN_HEALTH_CHECKS"] is True


def test_a_folder_with_a_socket_can_be_the_host() -> None:
    found = database("postgresql://postgres:@/orrery?host=/run/postgresql", Path("unused"))
    assert (found["HOST"], found["PORT"], found["NAME"]) == ("/run/postgresql", "", "orrery")
    assert "host" not in found["OPTIONS"]


def test_without_an_address_it_is_sqlite_in_the_data_folder(tmp_path: Path) -> None:
    assert database("", tmp_path)["NAME"] == tmp_path / "orrery.sqlite3"


@pytest.mark.parametrize(
    ("variable", "value", "shown", "reason"),
    [
        ("ORRERY_DATABASE_URL", "mysql://ada:secret@db/orrery", "mysql://…@db/orrery", "must begin with postgresql://"),
        ("ORRERY_DATABASE_URL", "postgresql://ada:secret@db", "postgresql://…@db", "end with the database's name"),
        ("ORRERY_DATABASE_URL", "postgresql://ada:secret@db:x/o", "postgresql://…@db:x/o", "Port could not be cast"),
        ("ORRERY_REDIS_URL", "http://:secret@redis", "http://…@redis", "must begin with one of redis://"),
    ],
)
def test_an_address_that_does_not_fit_stops_the_start_and_its_password_is_not_told(
    variable: str, value: str, shown: str, reason: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(variable, value)
    with pytest.raises(SystemExit) as stopped:
        read_environment()
    said = str(stopped.value)
    assert said.startswith(f"{variable} cannot be “{shown}”: ")
    assert reason in said
    assert "secret" not in said
