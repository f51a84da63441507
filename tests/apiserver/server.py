"""A stand-in Kubernetes API server: it holds objects, tells of their changes, and breaks on request.

It is held against what a real v1.36 server answered (test_exchanges.py) and driven with the real kubectl
(test_kubectl.py). It has no admission, no defaulting, no controllers, and keeps no managedFields for writes.
"""

from __future__ import annotations

import base64
import ssl
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import yaml
from aiohttp import web

from tests.apiserver import listing
from tests.apiserver.access import Access
from tests.apiserver.answers import Answers
from tests.apiserver.faults import Faults
from tests.apiserver.measured import MetricsServer
from tests.apiserver.notices import Notices
from tests.apiserver.probes import Probes
from tests.apiserver.recording import Recording
from tests.apiserver.resources import Catalogue
from tests.apiserver.storage import Storage, Write
from tests.apiserver.watching import Watch
from tests.kube.pki import Authority

HOST = "127.0.0.1"
BODY_LIMIT = 64 * 1024 * 1024


@dataclass(frozen=True)
class Request:
    """One request, as tests count them; ``at`` is unix seconds."""

    method: str
    path: str
    query: dict[str, str]
    at: float
    user_agent: str


class ApiServer:
    """``async with ApiServer() as server`` listens at ``server.url`` until the end of the block.

    ``tokens`` maps bearer tokens to users; None lets everybody in as ``admin``. ``rate`` is how many times faster than
    told the server lets time pass: timeoutSeconds, bookmarks, patience. ``bookmark_seconds`` is the pause between
    bookmarks; without ``progress_notify`` those of an idle resource stay behind, as etcd says nothing of it. Without
    ``streams_lists`` the feature WatchList is off.
    """

    def __init__(
        self,
        *,
        port: int = 0,
        tls: bool = False,
        tokens: Mapping[str, str] | None = None,
        clock: Callable[[], float] = time.time,
        rate: float = 1.0,
        bookmark_seconds: float = 60.0,
        progress_notify: bool = True,
        streams_lists: bool = True,
    ) -> None:
        self.notices = Notices()
        self.storage = Storage(self.notices)
        self.storage.listeners.append(self._pass_on)
        self.catalogue = Catalogue()
        self.watches: set[Watch] = set()
        self.faults = Faults(self.watches, self.notices)
        self.access = Access(self.catalogue, tokens)
        self.metrics_server = MetricsServer()
        self.probes = Probes()
        self._answers = Answers(self)
        self.requests: list[Request] = []
        self.clock = clock
        self.rate = rate
        self.bookmark_seconds = bookmark_seconds
        self.progress_notify = progress_notify
        self.streams_lists = streams_lists
        self.recording: Recording | None = None
        self.authority = Authority() if tls else None
        self._port = port
        self._runner: web.AppRunner | None = None

    # Lifecycle

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()

    async def start(self) -> None:
        """Listen; after a stop, at the same port."""
        app = web.Application(client_max_size=BODY_LIMIT)
        app.router.add_route("*", "/{path:.*}", self._answer)
        self._runner = web.AppRunner(app, access_log=None, handler_cancellation=True, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, HOST, self._port, ssl_context=self._tls(), reuse_address=True).start()
        self._port = self._runner.addresses[0][1]

    async def stop(self) -> None:
        """Listen no more, and drop all connections. What is stored stays."""
        if self._runner:
            self.drop_connections()
            await self._runner.cleanup()
            self._runner = None

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"{'https' if self.authority else 'http'}://{HOST}:{self._port}"

    @property
    def patience(self) -> float:
        """Seconds a request waits for a version that has not come yet."""
        return listing.FRESHNESS_PATIENCE / self.rate

    def _tls(self) -> ssl.SSLContext | None:
        if not self.authority:
            return None
        pair = self.authority.server(HOST, "localhost")
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        with tempfile.NamedTemporaryFile() as file:
            file.write(pair.certificate + pair.key)
            file.flush()
            context.load_cert_chain(file.name)
        return context

    def kubeconfig(self, path: Path, *, token: str | None = None) -> Path:
        """Write a kubeconfig that leads here, with this token or the first there is."""
        cluster: dict[str, Any] = {"server": self.url}
        if self.authority:
            cluster["certificate-authority-data"] = base64.b64encode(self.authority.pem).decode()
        token = token or next(iter(self.access.tokens or ()), "anybody")
        config = {
            "apiVersion": "v1",
            "kind": "Config",
            "current-context": "lab",
            "clusters": [{"name": "lab", "cluster": cluster}],
            "users": [{"name": "lab", "user": {"token": token}}],
            "contexts": [{"name": "lab", "context": {"cluster": "lab", "user": "lab"}}],
        }
        path.write_text(yaml.safe_dump(config))
        return path

    # What happens to it

    def load(self, path: Path) -> None:
        """Take a recording's first pictures for the state of the cluster; ``play`` makes the rest happen."""
        self.recording = Recording(path)
        self.recording.load(self.storage, self.catalogue)

    async def play(self, *, speed: float | None = None, until: float | None = None, count: int | None = None) -> int:
        """Let the recording go on: see Recording.play."""
        if self.recording is None:
            raise RuntimeError("There is nothing to play: load a recording first.")
        return await self.recording.play(self.storage, speed=speed, until=until, count=count)

    def compact(self, before: int) -> None:
        """Forget history: see Storage.compact."""
        self.storage.compact(before)

    async def restart(self, *, lose_history: bool = True) -> None:
        """Stop and start again; watches then cannot resume from before, if the history is lost."""
        await self.stop()
        if lose_history:
            self.storage.forget_watches()
        await self.start()

    async def restore(self, to_version: int) -> None:
        """Put etcd back to a version, as from a backup, and restart: versions are given a second time."""
        await self.stop()
        self.storage.restore(to_version)
        await self.start()

    async def until(self, condition: Callable[[], bool], seconds: float = 10) -> None:
        """Wait for a condition over requests, watches or objects."""
        await self.notices.until(condition, seconds)

    def watching(self, resource: str) -> int:
        """How many watches of a resource are open."""
        return sum(watch.resource.id == resource for watch in self.watches)

    def drop_connections(self) -> None:
        """Reset every connection; who connects again is welcome."""
        if self._runner and self._runner.server:
            for connection in self._runner.server.connections:
                if connection.transport:
                    connection.transport.abort()

    def _pass_on(self, resource: str, write: Write) -> None:
        for watch in self.watches:
            if watch.resource.stored == resource:
                watch.inbox.append(write)

    async def _answer(self, http: web.Request) -> web.StreamResponse:
        agent = http.headers.get("User-Agent", "")
        self.requests.append(Request(http.method, http.path, dict(http.query), self.clock(), agent))
        self.notices.tell()
        return await self._answers.answer(http)
