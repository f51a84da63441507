"""A recording, made to happen again.

Events are played in the order of their versions, which is the order etcd took them in; a recorder, who reads many
watches at once, notes them a little out of it. For each resource the two orders are the same.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson
import zstandard

from tests.apiserver import forms
from tests.apiserver.resources import Catalogue, custom
from tests.apiserver.storage import Storage


@dataclass(frozen=True)
class Step:
    """One frame that is yet to happen, ``at`` seconds after the recording's start."""

    at: float
    version: int
    frame: dict[str, Any]


class Recording:
    """The frames of one recording: first pictures go into the storage at once, the rest is played."""

    def __init__(self, path: Path) -> None:
        with path.open("rb") as stream:
            text = zstandard.ZstdDecompressor().stream_reader(stream).read()
        self.header, *frames = [orjson.loads(line) for line in text.splitlines() if line]
        self.first: dict[str, dict[str, Any]] = {}
        self.steps: list[Step] = []
        for frame in frames:
            if frame.get("resource") in forms.OTHERS:
                continue  # the same objects come in the form they are stored in
            if frame["kind"] == "list" and frame["resource"] not in self.first:
                self.first[frame["resource"]] = frame
            elif frame["kind"] in {"list", "event"}:
                self.steps.append(Step(frame["ts"] - self.header["ts"], _version(frame), frame))
        self.steps.sort(key=lambda step: step.version)
        self._next = 0

    def load(self, storage: Storage, catalogue: Catalogue) -> None:
        """Put the first pictures into an empty storage, and serve the resources they are of.

        The storage begins at the oldest of their versions, so that no event comes at or before a list's version.
        """
        for resource_id, told in self.header["resources"].items():
            if resource_id not in catalogue:
                resource = custom(resource_id, told["kind"], namespaced=told["namespaced"], verbs=tuple(told["verbs"]))
                catalogue.add(resource)
        version = min((_version(frame) for frame in self.first.values()), default=1)
        storage.version = version
        for resource_id, frame in self.first.items():
            storage.load(resource_id, frame["items"], version)

    async def play(
        self, storage: Storage, *, speed: float | None, until: float | None = None, count: int | None = None
    ) -> int:
        """Go on from where it stopped, and give how many frames happened.

        At ``speed`` times the recorded pace, or all at once; to ``until`` seconds after the recording's start, or for
        ``count`` frames, or to the end.
        """
        loop = asyncio.get_running_loop()
        began, start = loop.time(), self._next
        origin = self.steps[start].at if start < len(self.steps) else 0.0
        end = len(self.steps) if count is None else min(start + count, len(self.steps))
        while self._next < end:
            step = self.steps[self._next]
            if until is not None and step.at > until:
                break
            late = loop.time() - began
            await asyncio.sleep(0 if speed is None else max(0.0, (step.at - origin) / speed - late))
            self._next += 1
            _apply(storage, step)
        return self._next - start

    @property
    def left(self) -> int:
        """How many frames have not happened yet."""
        return len(self.steps) - self._next


def _version(frame: dict[str, Any]) -> int:
    return int(frame["resourceVersion"] if frame["kind"] == "list" else frame["object"]["metadata"]["resourceVersion"])


def _apply(storage: Storage, step: Step) -> None:
    frame = step.frame
    if frame["kind"] == "list":
        storage.replace(frame["resource"], frame["items"], step.version)
    elif frame["type"] == "DELETED":
        storage.delete(frame["resource"], frame["object"], step.version)
    else:
        storage.put(frame["resource"], frame["object"], step.version)
