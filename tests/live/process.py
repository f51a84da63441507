"""The server as an operator runs it, in a process of its own."""

from __future__ import annotations

import contextlib
import json
import os
import re
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from http.cookiejar import CookieJar
from pathlib import Path

import psutil

ROOT = Path(__file__).parents[2]


class Server:
    """``orrery demo`` in a process of its own, on a data folder that outlives it."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.output = folder, folder / "server.log"
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.address = f"http://127.0.0.1:{self.port}"
        self._visitor = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(CookieJar()))

    def start(self) -> None:
        """Return when it serves; fail with its output when it stops first."""
        environment = {**os.environ, "ORRERY_DATA_DIR": str(self.folder)}
        command = [sys.executable, "manage.py", "demo", "--port", str(self.port)]
        with self.output.open("wb") as stream:
            self.process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=stream, stderr=stream)
        while not self.serves():
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.process.wait(0.1)
            assert self.process.poll() is None, f"the server stopped:\n{self.output.read_text()}"

    def serves(self) -> bool:
        """Whether it answers."""
        try:
            with urllib.request.urlopen(f"{self.address}/healthz", timeout=5) as answer:
                return bool(answer.status == 200)
        except OSError:
            return False

    def stop(self) -> int:
        """End it as an operator does; its exit code. Fails when it does not end."""
        self.process.terminate()
        try:
            return self.process.wait(10)
        finally:
            self.process.kill()

    def upload(self, recording: Path) -> str:
        """Import a recording as the first page does; the slug of its log."""
        head = f'--x\r\nContent-Disposition: form-data; name="recording"; filename="{recording.name}"\r\n\r\n'
        body = head.encode() + recording.read_bytes() + b"\r\n--x--\r\n"
        answer = self._send("POST", "logs", data=body, **{"Content-Type": "multipart/form-data; boundary=x"})
        return str(json.loads(answer)["slug"])

    def delete(self, slug: str) -> None:
        """Delete a log."""
        self._send("DELETE", f"logs/{slug}")

    @property
    def resident_mb(self) -> float:
        """The memory that the process holds."""
        return float(psutil.Process(self.process.pid).memory_info().rss) / 1e6

    def _send(self, method: str, path: str, data: bytes | None = None, **headers: str) -> bytes:
        with self._visitor.open(f"{self.address}/") as page:
            token = re.search(r'data-csrf="(\w+)"', page.read().decode())
        assert token, "the first page has no token"
        told = {**headers, "X-CSRFToken": token[1], "Origin": self.address}
        request = urllib.request.Request(f"{self.address}/api/{path}", data, told, method=method)
        with self._visitor.open(request, timeout=60) as answer:
            return bytes(answer.read())


@contextlib.contextmanager
def serving(folder: Path) -> Iterator[Server]:
    """A server that serves, and ends as it should whatever happens."""
    server = Server(folder)
    server.start()
    try:
        yield server
    finally:
        code = server.stop()
    said = server.output.read_text()
    assert code == 0, said
    assert "Traceback" not in said, said
    assert "viewer_failed" not in said, said
