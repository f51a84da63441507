"""A moment: the store and its diagrams as of one place in a log.

The same moment is reached by playing from the log's start and by loading a keyframe and playing from there; tests hold
the two against each other. Live, replay and import all move a moment forward with ``advance``, so a diagram cannot
know which of them it serves.

A diagram that the store tells whole costs nothing until somebody asks for it: nobody looks at it in an import or in a
watcher.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterator, Mapping, Sequence
from functools import cache
from typing import Final

import msgspec
from msgspec import Struct

from visualizer import network, objects
from visualizer.departed import Departed
from visualizer.flow.diagram import FlowDiagram
from visualizer.frames import Frame, Resource
from visualizer.kinds import KINDS
from visualizer.nodes.diagram import NodesDiagram
from visualizer.objects import AnyObject, Object
from visualizer.rbac.diagram import RbacDiagram
from visualizer.routing.diagram import RoutingDiagram
from visualizer.search.index import Index
from visualizer.search.matching import Matching
from visualizer.store import Change, Entry, Place, Store
from visualizer.tables import Derived, Diagram, Remembering

REMEMBERING: Final[Mapping[str, type[Remembering]]] = {"flow": FlowDiagram}
"""The diagrams that every moment keeps, by the name that viewers ask for them by."""

DERIVED: Final[Mapping[str, type[Derived]]] = {
    "nodes": NodesDiagram,
    "routing": RoutingDiagram,
    "rbac": RbacDiagram,
}
"""The diagrams that are built where somebody asks for them, by that name."""


class StaleKeyframe(ValueError):
    """A keyframe that cannot be read, most likely because the program that wrote it knew objects of other shapes."""


_LAYOUT: Final = 2
"""Raised when a keyframe is put together differently, below."""


class _Keyframe(Struct):
    fingerprint: str
    seq: int
    ts: float
    entries: dict[str, msgspec.Raw]
    unfinished: dict[str, tuple[str, list[str]]]
    departed: tuple[list[str], dict[str, msgspec.Raw]]
    """Of each one the resource, in order, and their entries by resource, in the same order."""
    diagrams: dict[str, bytes]


class Standing(Struct, frozen=True):
    """The objects after frame ``seq``, which was seen at ``ts``, for whoever works on them while the moment goes on."""

    seq: int
    ts: float
    store: Store


class Moment:
    """The store and its diagrams after frame ``seq``, which was seen at ``ts`` (unix seconds). Not for two threads."""

    def __init__(self, resources: Mapping[str, Resource], *, ts: float = 0.0) -> None:
        self.store = Store(resources)
        self.seq = 0
        self.ts = ts
        self._remembering: dict[str, Remembering] = {name: make() for name, make in REMEMBERING.items()}
        self._kept: dict[str, Diagram] = dict(self._remembering)
        self.index = Index()
        """What search looks in. It is kept up to date once somebody made it."""
        self._matchings: list[Matching] = []
        self._standing: Standing | None = None

    @classmethod
    def of_objects(
        cls, resources: Mapping[str, Resource], entries: Mapping[str, Mapping[str, Entry]], *, seq: int, ts: float
    ) -> Moment:
        """The moment at this place where there are these objects, by resource and key, as if all had been listed."""
        moment = cls(resources, ts=ts)
        moment.seq = seq
        for name, found in entries.items():
            moment.store.fill(name, found)
            changes = [Change(name, key, "LISTED", entry.object, None, entry) for key, entry in found.items()]
            for diagram in moment._kept.values():
                diagram.apply(moment.store, seq=seq, ts=ts, changes=changes)
        return moment

    @property
    def kept(self) -> Collection[str]:
        """The names of the diagrams that are kept up to date by now."""
        return self._kept.keys()

    def diagram(self, name: str) -> Diagram:
        """The diagram of this name. A derived one is built when it is asked for, and kept up to date from then on."""
        kept = self._kept.get(name)
        if kept is None:
            kept = self._kept[name] = DERIVED[name].build(self.store)
        return kept

    def drop(self, name: str) -> None:
        """Keep this diagram no longer, if it can be built again."""
        if name in DERIVED:
            self._kept.pop(name, None)

    def follow(self, matching: Matching) -> None:
        """Tell this one from now on what was written."""
        self._matchings.append(matching)

    def leave(self, matching: Matching) -> None:
        """Tell it no more."""
        self._matchings.remove(matching)

    def standing(self) -> Standing:
        """The objects as they stand here: shared by all who ask at this place."""
        if self._standing is None or self._standing.seq != self.seq:
            self._standing = Standing(self.seq, self.ts, self.store.copy())
        return self._standing

    def resume(self, name: str, state: bytes) -> None:
        """Let a remembering diagram go on from this state: for loading a keyframe, when the store is filled."""
        self._remembering[name].load(self.store, state)

    @property
    def flow(self) -> FlowDiagram:
        """The flow diagram, which also tells traces."""
        flow = self._remembering["flow"]
        if not isinstance(flow, FlowDiagram):
            raise TypeError(f"the flow diagram is a {type(flow).__name__}")
        return flow

    def advance(self, seq: int, frame: Frame) -> Sequence[Change]:
        """Take in the log's next frame, and return what it changed in the store."""
        changes = self.store.apply(seq, frame)
        self.seq, self.ts = seq, frame.ts
        self._standing = None
        if changes:
            for diagram in self._kept.values():
                diagram.apply(self.store, seq=seq, ts=frame.ts, changes=changes)
            self.index.touch(changes)
            for matching in self._matchings:
                matching.touch(changes)
        return changes

    def dump(self) -> bytes:
        """This moment as a keyframe."""
        store = self.store
        return _encoder.encode(
            _Keyframe(
                fingerprint=fingerprint(),
                seq=self.seq,
                ts=self.ts,
                entries={name: _pack(entries) for name in store.resources if (entries := store.entries(name))},
                unfinished={
                    name: (version, sorted(shown)) for name, (version, shown) in store.unfinished_lists().items()
                },
                departed=_pack_departed(store.departed),
                diagrams={name: diagram.dump() for name, diagram in self._remembering.items()},
            )
        )


class Frozen:
    """A moment that stands still. Many moments can start from it, sharing its objects."""

    def __init__(self, resources: Mapping[str, Resource], keyframe: bytes) -> None:
        """Read a keyframe.

        Raises :class:`StaleKeyframe` where it cannot be read: play from an earlier place then.
        """
        try:
            state = _decoder.decode(keyframe)
            is_current = state.fingerprint == fingerprint()
            entries = {name: dict(_iter_unpacked(name, packed)) for name, packed in state.entries.items() if is_current}
            departed = list(_iter_departed(*state.departed)) if is_current else []
        except msgspec.DecodeError as error:
            raise StaleKeyframe("the keyframe cannot be read") from error
        if not is_current:
            raise StaleKeyframe("the keyframe was written by another version of this program")
        state.entries, state.departed = {}, ([], {})  # they hold the whole keyframe
        self._resources, self._state, self._entries, self._departed = resources, state, entries, departed

    def __len__(self) -> int:
        """How many objects there are in it."""
        return sum(map(len, self._entries.values()))

    def thaw(self, resources: Mapping[str, Resource] | None = None) -> Moment:
        """A moment at this place, which goes its own way from here, in a cluster that serves more by now, if given."""
        state, moment = self._state, Moment(resources or self._resources, ts=self._state.ts)
        moment.seq = state.seq
        for name, entries in self._entries.items():
            moment.store.fill(name, entries)
        for place, entry in self._departed:
            moment.store.departed.put(place, entry)
        for name, (version, shown) in state.unfinished.items():
            moment.store.resume_list(name, version, shown)
        for name, remembered in state.diagrams.items():
            moment.resume(name, remembered)
        return moment


@cache
def fingerprint() -> str:
    """A digest of the shapes that a keyframe holds; it alters when a struct here or a diagram's version does."""
    known = {**vars(objects), **vars(network)}.values()
    structs = [kind for kind in known if isinstance(kind, type) and issubclass(kind, Struct)]
    shapes = [
        (
            kind.__name__,
            [(field.encode_name, repr(field.type), repr(field.default)) for field in msgspec.structs.fields(kind)],
        )
        for kind in structs
    ]
    types = [(resource, kind.__name__) for resource, kind in KINDS.items()]
    versions = [(name, diagram.version) for name, diagram in REMEMBERING.items()]
    return hashlib.sha256(repr((_LAYOUT, shapes, types, versions)).encode()).hexdigest()[:16]


# Entries are packed by column, which is three times as fast to read as one by one.


def _pack(entries: Mapping[str, Entry]) -> msgspec.Raw:
    values = entries.values()
    columns = (
        list(entries),
        [entry.seq for entry in values],
        [entry.item for entry in values],
        [entry.object for entry in values],
    )
    return msgspec.Raw(_encoder.encode(columns))


def _iter_unpacked(resource: str, packed: msgspec.Raw) -> Iterator[tuple[str, Entry]]:
    keys, seqs, items, found = _columns(KINDS.get(resource, Object)).decode(packed)
    return zip(keys, map(Entry, found, seqs, items), strict=True)


def _pack_departed(departed: Departed) -> tuple[list[str], dict[str, msgspec.Raw]]:
    by_resource: dict[str, dict[str, Entry]] = {}
    for (resource, key), entry in departed.entries().items():
        by_resource.setdefault(resource, {})[key] = entry
    return [resource for resource, _ in departed], {name: _pack(entries) for name, entries in by_resource.items()}


def _iter_departed(order: Sequence[str], packed: Mapping[str, msgspec.Raw]) -> Iterator[tuple[Place, Entry]]:
    unpacked = {name: _iter_unpacked(name, entries) for name, entries in packed.items()}
    for resource in order:
        key, entry = next(unpacked[resource])
        yield (resource, key), entry


@cache
def _columns(kind: type[AnyObject]) -> msgspec.msgpack.Decoder[tuple[list[str], list[int], list[int], list[AnyObject]]]:
    return msgspec.msgpack.Decoder(tuple[list[str], list[int], list[int], list[kind]])  # type: ignore[valid-type]


_encoder: Final = msgspec.msgpack.Encoder()
_decoder: Final = msgspec.msgpack.Decoder(_Keyframe)
