"""Logs: what polls ask of the log of a cluster."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol, TypeAlias

from visualizer.kube.watcher import Feed

Versions: TypeAlias = Mapping[str, tuple[str, str]]
"""For each object's key, its uid and resourceVersion."""


class ListedLog(Feed, Protocol):
    """The log of a cluster that is listed: a feed, and what it has by now."""

    def now(self) -> float:
        """The time for the next frame, in unix seconds; it never runs back."""

    def versions_of(self, resource: str) -> Versions:
        """The objects that the log has of this resource."""

    async def last_state(self, resource: str, key: str) -> bytes:
        """An object in full, as the log has it last."""
