"""Families in the shipped recordings, and in clusters of a few objects, with what the log has of each object."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from functools import cache
from typing import Any

from tests.cluster import DEMOS
from visualizer.family.family import FamilyTree, family_of
from visualizer.family.index import Index
from visualizer.family.members import Member
from visualizer.frames import Decoder, Resource, decode_header
from visualizer.log.recording import Limits, iter_lines
from visualizer.store import Entry, Store


class Recorded:
    """A store, and the lines that it was made of."""

    def __init__(self, resources: dict[str, Resource]) -> None:
        self.store = Store(resources)
        self.index = Index()
        self.reads = 0
        self._lines: list[bytes] = [b""]
        self._decoder = Decoder(resources)

    def take(self, line: bytes) -> None:
        """Take in the next frame."""
        self._lines.append(line)
        self.store.apply(len(self._lines) - 1, self._decoder.decode(line))

    def put(self, resource: str, obj: dict[str, Any], *, type_: str = "ADDED") -> None:
        """Take in a watch event."""
        frame = {"kind": "event", "ts": 1.0, "resource": resource, "type": type_, "object": obj}
        self.take(json.dumps(frame).encode())

    def raws(self, entries: Iterable[Entry]) -> Iterator[tuple[Entry, bytes]]:
        """What the log has of them."""
        for entry in entries:
            self.reads += 1
            frame = json.loads(self._lines[entry.seq])
            yield entry, json.dumps(frame["object"] if entry.item < 0 else frame["items"][entry.item]).encode()

    def family(self, ref: str, *, hidden: str = "") -> FamilyTree:
        """The family of one object."""
        resource, _, key = ref.partition(":")
        return family_of(self.store, self.index, self.raws, (resource, key), hidden=hidden)


@cache
def _lines(name: str) -> list[bytes]:
    with (DEMOS / name / "recording.jsonl.zst").open("rb") as stream:
        return [line for _, line in iter_lines(stream, Limits())]


def recorded(name: str, *, until: str = "", more: int = 0) -> Recorded:
    """A shipped recording just before the note with this text, or ``more`` frames on; whole where none is named."""
    lines = _lines(name)
    found = Recorded(decode_header(lines[0]).resources)
    left = None
    for line in lines[1:]:
        frame = json.loads(line)
        if until and left is None and frame["kind"] == "note" and frame["text"] == until:
            left = more
        if left is not None and left <= 0:
            break
        left = left - 1 if left is not None else None
        found.take(line)
    return found


def small(**kinds: tuple[str, bool]) -> Recorded:
    """An empty cluster with resources, by name with ``_`` for ``/``: ``v1_pods=("Pod", True)``."""
    return Recorded(
        {
            name.replace("__", ".").replace("_", "/"): Resource(path=f"/{name}", kind=kind, namespaced=namespaced)
            for name, (kind, namespaced) in kinds.items()
        }
    )


def told(family: FamilyTree, group: str) -> list[tuple[str, str]]:
    """Kind and name of a group's members, in order."""
    return [(each.kind, each.name) for each in family.members if each.group == group]


def member(family: FamilyTree, kind: str, name: str) -> Member:
    """The first member of this kind and name."""
    return next(each for each in family.members if (each.kind, each.name) == (kind, name))


def outcomes(family: FamilyTree, policy: str) -> dict[str, str]:
    """What one way of deleting does to each member, by kind and name."""
    found = next(each for each in family.prospects if each.policy == policy)
    by_id = {each.id: each for each in family.members}
    return {f"{by_id[fate.member].kind}/{by_id[fate.member].name}": fate.outcome for fate in found.fates}
