"""Continuity: whether a server that answers again after a break is as far as it was before.

A server whose etcd was put back from a backup is behind what was read of it, takes a watch from there without a word,
and tells nothing until it has come that far again. So after a break somebody has to ask how far it is. All resources
share etcd's one counter: the first to come back asks, and the answer counts for all that broke before. While the
server does not answer, that is told to all of them too, so that an outage costs one request at a time and not one for
each resource.

Where somebody gave a resource an etcd of its own, another's answer is worth less: see :data:`OWN_ETCD` and
:class:`visualizer.kube.reflector.Reflector`.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterable
from typing import Final

from visualizer.kube import lines
from visualizer.kube.transport import ApiError, Transport, Unreachable

OWN_ETCD: Final = frozenset({"v1/events"})
"""Resources that many clusters keep apart (kube-apiserver's ``--etcd-servers-overrides``): they ask for themselves."""


class Continuity:
    """One server's. ``versions`` gives, of each resource that shares the counter, how far it has been read."""

    def __init__(self, transport: Transport, versions: Callable[[], Iterable[str]]) -> None:
        self._transport, self._versions = transport, versions
        self._turn = asyncio.Lock()
        self._asked_at = 0.0
        self._failure: ApiError | Unreachable | None = None
        self._holds = True

    async def holds(self, path: str, accept: str, *, since: float) -> bool:
        """Whether the server is as far as all that was read, as it said after ``since`` (of the monotonic clock).

        Asks for one object of this path where nobody has asked since then. Raises as :meth:`Transport.get` does, also
        where it was another's question that failed, and :class:`visualizer.kube.lines.BadLine`.
        """
        async with self._turn:
            if self._asked_at <= since:
                await self._ask(path, accept)
            if self._failure is not None:
                raise self._failure.with_traceback(None)
            return self._holds

    async def _ask(self, path: str, accept: str) -> None:
        began, read = time.monotonic(), list(self._versions())
        try:
            told = await version_of(self._transport, path, accept)
        except ApiError as error:
            if not error.is_the_servers:
                raise  # it is about this path
            self._failure = error
        except Unreachable as error:
            self._failure = error
        else:
            self._failure = None
            self._holds = not any(is_before(told, version) for version in read)
        self._asked_at = began


async def version_of(transport: Transport, path: str, accept: str) -> str:
    """How far the server is by now, as a list of one object tells. Raises as :meth:`Continuity.holds` does."""
    return lines.read_page(await transport.get(path, {"limit": "1"}, accept=accept)).version


def is_before(version: str, other: str) -> bool:
    """Whether one resource version is earlier, where both are numbers, as those of every server up to now are."""
    return version.isdecimal() and other.isdecimal() and int(version) < int(other)
