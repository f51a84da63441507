"""Servers that benches start in processes of their own: an API server with a made-up cluster, and Orrery itself."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

from playwright.sync_api import Browser, Playwright

ROOT = Path(__file__).parents[1]


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


@contextmanager
def api_server(size: Literal["middle", "large"] = "middle", *, events: int = 0, per_second: float = 0) -> Iterator[str]:
    """The address of bench/following_server.py."""
    port = free_port()
    command = [sys.executable, "-m", "bench.following_server", str(port), size, str(events), str(per_second)]
    server = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    if server.stdout is None or server.stdout.readline() != "ready\n":
        raise RuntimeError("the API server did not start")
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.kill()
        server.wait()


@contextmanager
def demo(folder: Path, *arguments: str) -> Iterator[str]:
    """The address of ``orrery demo``, once it answers."""
    port = free_port()
    command = [sys.executable, "manage.py", "demo", "--port", str(port), *arguments]
    environment = {**os.environ, "ORRERY_DATA_DIR": str(folder)}
    server = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL)
    address = f"http://127.0.0.1:{port}"
    try:
        _wait(server, f"{address}/healthz")
        yield address
    finally:
        server.terminate()
        server.wait(20)


def launch(playwright: Playwright) -> Browser:
    """The Chromium that scripts/chromium found, without its sandbox as root, where that cannot work."""
    found = (ROOT / ".venv" / "chromium").read_text().strip()
    arguments = ["--disable-gpu", "--disable-background-networking", *(["--no-sandbox"] if os.geteuid() == 0 else [])]
    return playwright.chromium.launch(executable_path=found or None, args=arguments)


def _wait(server: subprocess.Popen[bytes], url: str) -> None:
    while server.poll() is None:
        try:
            with urllib.request.urlopen(url, timeout=1):
                return
        except OSError:
            time.sleep(0.1)
    raise RuntimeError("the server stopped before it served")
