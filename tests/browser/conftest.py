"""A real server with the shipped recordings and a real Chromium: Orrery as a person would use it."""

from __future__ import annotations

import contextlib
import os
import re
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import ConsoleMessage, Page

ROOT = Path(__file__).parents[2]
ARTEFACTS = ROOT / "artefacts"


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, object]) -> dict[str, object]:
    """The Chromium that scripts/chromium found, without its sandbox as root, where that cannot work."""
    found = (ROOT / ".venv" / "chromium").read_text().strip()
    arguments = [
        "--disable-gpu",
        "--disable-background-networking",
        "--disable-component-update",
        "--no-first-run",
    ]
    if os.geteuid() == 0:
        arguments.append("--no-sandbox")
    chosen = {"executable_path": found} if found else {}
    return {**browser_type_launch_args, **chosen, "args": arguments}


@pytest.fixture(scope="session")
def browser_context_args(browser_context_args: dict[str, object]) -> dict[str, object]:
    """The design width."""
    return {**browser_context_args, "viewport": {"width": 1280, "height": 800}}


def free_port() -> int:
    """A port that nothing listens on at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """``orrery demo`` on an empty data folder; gives its address once it serves."""
    port = free_port()
    log = tmp_path_factory.mktemp("server") / "server.log"
    environment = {**os.environ, "ORRERY_DATA_DIR": str(tmp_path_factory.mktemp("data"))}
    command = [sys.executable, "manage.py", "demo", "--port", str(port)]
    with log.open("wb") as output:
        process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=output, stderr=subprocess.STDOUT)
    address = f"http://127.0.0.1:{port}"
    try:
        wait_until_serving(process, address, log)
        yield address
    finally:
        process.terminate()
        process.wait(timeout=120)


def wait_until_serving(process: subprocess.Popen[bytes], address: str, log: Path) -> None:
    """Return when the server answers; fail with its output when it stops first."""
    while process.poll() is None:
        try:
            with urllib.request.urlopen(f"{address}/healthz", timeout=1):
                return
        except OSError:
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(0.1)
    pytest.fail(f"the server stopped before it served:\n{log.read_text()}")


@pytest.fixture
def page(page: Page, request: pytest.FixtureRequest) -> Iterator[Page]:
    """A page that fails its test for any console error, and leaves a screenshot in artefacts/."""
    problems: list[str] = []

    def note(message: ConsoleMessage) -> None:
        if message.type == "error":
            problems.append(message.text)

    page.problems = problems  # a test that provokes one takes it out
    page.on("console", note)
    page.on("pageerror", lambda error: problems.append(str(error)))
    yield page
    ARTEFACTS.mkdir(exist_ok=True)
    page.screenshot(path=ARTEFACTS / f"{re.sub(r'[^a-z0-9]+', '-', request.node.name.lower())}.png")
    assert not problems, f"the browser's console has errors: {problems}"
