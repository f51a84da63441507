"""A recording read whole: its frames, the store at any place, every write with its writer, and the traces."""

from __future__ import annotations

import re
from collections.abc import Collection
from functools import cached_property
from typing import Any, Final

import msgspec
from msgspec import Struct

from visualizer.flow.diagram import FlowDiagram
from visualizer.flow.rows import WriteRow
from visualizer.flow.tree import TracedWrite, Tree
from visualizer.frames import Decoder, Frame, Header, Listing, Note, WatchEvent, decode_header
from visualizer.objects import AnyObject, key_of
from visualizer.store import Entry, Store

Place = int | str
Json = Any

REMEMBERED: Final = 100_000
_STEP: Final = re.compile(r"([^.\[\]]+)|\[([^=\]]+)=([^\]]*)\]|\[(\d+)\]")


class Unknown(LookupError):
    """A claim speaks of what the recording does not have."""


class Wrote(Struct, frozen=True):
    """One write: in which frame, how many seconds after the first, by whom, and what in words."""

    seq: int
    at: float
    who: str
    text: str
    thing: str
    certainty: str
    wakes: Collection[str]


class Recorded:
    """A recording's lines, read."""

    def __init__(self, lines: list[bytes]) -> None:
        self.lines = lines
        self.header: Header = decode_header(lines[0])
        decoder = Decoder(self.header.resources)
        self.frames: list[Frame] = [decoder.decode(line) for line in lines[1:]]
        self._resources = {resource.kind: name for name, resource in reversed(self.header.resources.items())}
        self._stores: dict[int, Store] = {}

    def frame(self, place: Place) -> int:
        """The number of the frame at a place."""
        if isinstance(place, int):
            return place
        if place in ("start", "end"):
            return len(self.frames) if place == "end" else 0
        notes = [seq for seq, frame in enumerate(self.frames, start=1) if isinstance(frame, Note)]
        return notes[int(place.removeprefix("note ")) - 1]

    @property
    def notes(self) -> int:
        """How many notes there are."""
        return sum(isinstance(frame, Note) for frame in self.frames)

    def second(self, place: Place) -> float:
        """How many seconds after the first frame a place is."""
        return self.frames[max(self.frame(place) - 1, 0)].ts - self.frames[0].ts

    def within(self, since: Place, until: Place) -> list[tuple[int, Frame]]:
        """The frames after one place up to another, with their numbers."""
        first, last = self.frame(since), self.frame(until)
        return list(enumerate(self.frames, start=1))[first:last]

    def store(self, at: Place) -> Store:
        """The store at a place."""
        seq = self.frame(at)
        if seq not in self._stores:
            store = self._stores[seq] = Store(self.header.resources)
            for number, frame in self.within("start", seq):
                store.apply(number, frame)
        return self._stores[seq]

    def resource(self, kind: str) -> str:
        """The resource of a kind."""
        if kind not in self._resources:
            raise Unknown(f"there is no kind {kind}")
        return self._resources[kind]

    def entry(self, thing: str, at: Place) -> Entry | None:
        """What the store has of a thing; None: nothing."""
        kind, _, key = thing.partition(" ")
        return self.store(at).get(self.resource(kind), key)

    def object(self, thing: str, at: Place) -> AnyObject:
        """A thing as the engine reads it."""
        entry = self.entry(thing, at)
        if entry is None:
            raise Unknown(f"there is no {thing} at {at}")
        return entry.object

    def raw(self, thing: str, at: Place) -> Json:
        """A thing as JSON."""
        entry = self.entry(thing, at)
        if entry is None:
            raise Unknown(f"there is no {thing} at {at}")
        frame = self.json(entry.seq)
        return frame["items"][entry.item] if isinstance(self.frames[entry.seq - 1], Listing) else frame["object"]

    def json(self, seq: int) -> Json:
        """A frame as JSON."""
        return msgspec.json.decode(self.lines[seq])

    def events(self, resource: str, since: Place, until: Place, key: str = "") -> list[Json]:
        """The objects of a resource's watch events, in order; of one object, where its key is given."""
        return [
            self.json(seq)["object"]
            for seq, frame in self.within(since, until)
            if isinstance(frame, WatchEvent)
            and frame.resource == resource
            and key in ("", key_of(frame.object.metadata))
        ]

    def version(self, seq: int) -> int:
        """The resource version that the frame's object has."""
        frame = self.frames[seq - 1]
        return int(frame.object.metadata.resource_version) if isinstance(frame, WatchEvent) else 0

    def find(self, since: Place, until: Place, *, by: str = "", to: str = "", text: str = "") -> list[Wrote]:
        """The writes that are no routine: whose writer, thing and words have these parts."""
        first, last = self.frame(since), self.frame(until)
        return [
            found
            for found in self._played[0]
            if first < found.seq <= last and by in found.who and to in found.thing and text in found.text
        ]

    def first(self, since: Place, until: Place, *, text: str) -> Wrote:
        """The first write with these words."""
        found = self.find(since, until, text=text)
        if not found:
            raise Unknown(f"nobody {text} between {since} and {until}")
        return found[0]

    def traced(self, text: str, since: Place) -> TracedWrite:
        """The first write with these words in any trace."""
        first = self.frame(since)
        found = [write for tree in self._played[1] for write in tree.writes if text in write.text and write.seq > first]
        if not found:
            raise Unknown(f"no trace has {text}")
        return min(found, key=lambda write: write.seq)

    def tree(self, of: TracedWrite) -> Tree:
        """The trace that a write is in."""
        return next(tree for tree in self._played[1] if any(write.seq == of.seq for write in tree.writes))

    def is_traced(self, seq: int) -> bool:
        """Whether the write of this frame is in a trace."""
        return any(write.seq == seq for tree in self._played[1] for write in tree.writes)

    @cached_property
    def _played(self) -> tuple[list[Wrote], list[Tree]]:
        store, flow = Store(self.header.resources), FlowDiagram(remembered=REMEMBERED)
        rows: dict[int, WriteRow] = {}
        for seq, frame in enumerate(self.frames, start=1):
            flow.apply(store, seq=seq, ts=frame.ts, changes=store.apply(seq, frame))
            rows |= {row.seq: row for row in flow.drain().get("writes", {}).values() if isinstance(row, WriteRow)}
        start = self.frames[0].ts
        found = [
            Wrote(row.seq, row.ts - start, name_of(row.component), row.text, row.ref, row.certainty, row.wakes)
            for row in rows.values()
            if not row.routine and row.resource != "v1/events"
        ]
        return found, list(flow.traces())


def name_of(component: str) -> str:
    """A component's name in words: ``kubelet on node-1``."""
    actor, _, name = component.partition(":")
    on_nodes = {"kubelet": "kubelet", "proxy": "kube-proxy"}
    return f"{on_nodes[actor]} on {name}" if actor in on_nodes else name


def follow(value: Json, path: str) -> Json:
    """The value at a path in an object; None where there is none. ``status.conditions[type=Ready].status``."""
    for name, key, wanted, index in _STEP.findall(path):
        if value is None:
            return None
        if name:
            value = value.get(name)
        elif index:
            value = value[int(index)] if int(index) < len(value) else None
        else:
            value = next((item for item in value if item.get(key) == wanted), None)
    return value
