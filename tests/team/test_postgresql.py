"""PostgreSQL in SQLite's place: the tests of the log pass there as they are."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from dashboard.environment import ROOT
from tests.team.services import environment

# The event loop's threads keep their connections (visualizer/live/threads.py), and a test's loop ends with its test.
# So the database is in use when they are over, and is kept: it goes with its server.
LEFT_OPEN = "ignore:<psycopg.Connection object:ResourceWarning"
OPTIONS = ("--create-db", "--reuse-db", "-W", LEFT_OPEN)


@pytest.mark.parametrize(
    "tests", ["tests/log", "tests/live/test_hub.py", "tests/dashboard/test_api.py", "tests/polling/test_listing.py"]
)
def test_the_tests_of_what_is_stored_pass_on_postgresql(postgresql: str, tmp_path: Path, tests: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", *OPTIONS, tests],
        cwd=ROOT,
        env=environment(tmp_path, ORRERY_DATABASE_URL=postgresql),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-4_000:] + done.stderr[-2_000:]
    assert " passed" in done.stdout
