"""A stand-in API server beside a browser test, in a thread of its own, and the clusters of an Orrery that follow it."""

from __future__ import annotations

import asyncio
import json
import threading
import urllib.request
from collections.abc import Coroutine
from pathlib import Path
from typing import Any, TypeVar

from tests.apiserver.server import ApiServer
from tests.cluster import DEMOS

TOKEN = "t0p-secret-token"
CSRF = "x" * 32

_Told = TypeVar("_Told")


class Lab:
    """One stand-in, which begins as a recording does; ``play`` lets all of the recording happen."""

    def __init__(self, recording: str) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self.server = ApiServer(tokens={TOKEN: "orrery"})
        self._do(self.server.start())
        self.server.load(DEMOS / recording / "recording.jsonl.zst")

    def close(self) -> None:
        """Stop it."""
        self._do(self.server.stop())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def kubeconfig(self, folder: Path) -> str:
        """The text of a kubeconfig that leads here."""
        return self.server.kubeconfig(folder / "kubeconfig", token=TOKEN).read_text()

    def play(self) -> int:
        """Let the rest of the recording happen; how many frames that is."""
        return self._do(self.server.play())

    def stop(self) -> None:
        """Be gone, as a server that is down."""
        self._do(self.server.stop())

    def start(self) -> None:
        """Be back, at the same address."""
        self._do(self.server.start())

    def _do(self, work: Coroutine[Any, Any, _Told]) -> _Told:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(60)


def call(site: str, method: str, path: str, body: Any = None) -> Any:
    """What the site's API answers, decoded."""
    headers = {"Content-Type": "application/json", "Cookie": f"csrftoken={CSRF}", "X-CSRFToken": CSRF}
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(f"{site}/api{path}", data=data, headers=headers, method=method)
    with urllib.request.urlopen(request, timeout=60) as answer:
        text = answer.read()
    return json.loads(text) if text else None
