"""A moment: the store and every diagram as of one place in a log.

The same moment is reached by playing from the log's start and by loading a keyframe and playing from there; tests hold
the two against each other. Live, replay and import all move a moment forward with ``advance``, so a diagram cannot
know which of them it serves.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Final

import msgspec
from msgspec import Struct

from visualizer import objects
from visualizer.flow.diagram import FlowDiagram
from visualizer.frames import Frame, Header, Resource
from visualizer.nodes.diagram import NodesDiagram
from visualizer.objects import TYPES, AnyObject, Object
from visualizer.store import Change, Entry, Store
from visualizer.tables import Diagram

DIAGRAMS: Final[Mapping[str, type[Diagram]]] = {"flow": FlowDiagram, "nodes": NodesDiagram}
"""Every diagram by the name that viewers ask for it by."""


class StaleKeyframe(ValueError):
    """A keyframe written by a version of this program whose objects or diagrams had another shape."""


class _Keyframe(Struct):
    fingerprint: str
    seq: int
    ts: float
    objects: dict[str, msgspec.Raw]
    diagrams: dict[str, bytes]


class Moment:
    """The store and the diagrams after frame ``seq``, which was seen at ``ts`` (unix seconds)."""

    def __init__(self, resources: Mapping[str, Resource], *, ts: float = 0.0) -> None:
        self.store = Store(resources)
        self.diagrams: dict[str, Diagram] = {name: make() for name, make in DIAGRAMS.items()}
        self.seq = 0
        self.ts = ts

    def advance(self, seq: int, frame: Frame) -> Sequence[Change]:
        """Take in the log's next frame, and return what it changed in the store."""
        changes = self.store.apply(seq, frame)
        self.seq, self.ts = seq, frame.ts
        if changes:
            for diagram in self.diagrams.values():
                diagram.apply(self.store, seq=seq, ts=frame.ts, changes=changes)
        return changes

    def dump(self) -> bytes:
        """This moment as a keyframe. The store must be settled: a half-read list cannot be told in a keyframe."""
        if not self.store.is_settled:
            raise ValueError("a keyframe cannot be made between two pages of a list")
        rows = {
            resource: [(key, entry.seq, entry.item, entry.object) for key, entry in entries.items()]
            for resource in self.store.resources
            if (entries := self.store.entries(resource))
        }
        return _encoder.encode(
            _Keyframe(
                fingerprint=fingerprint(),
                seq=self.seq,
                ts=self.ts,
                objects={resource: msgspec.Raw(_encoder.encode(entries)) for resource, entries in rows.items()},
                diagrams={name: diagram.dump() for name, diagram in self.diagrams.items()},
            )
        )


def load(resources: Mapping[str, Resource], keyframe: bytes) -> Moment:
    """The moment that was dumped into this keyframe.

    Raises :class:`StaleKeyframe` where another version of the program wrote it: play from an earlier place then.
    """
    try:
        decoded = _decoder.decode(keyframe)
    except msgspec.DecodeError as error:
        raise StaleKeyframe("the keyframe cannot be read") from error
    if decoded.fingerprint != fingerprint():
        raise StaleKeyframe("the keyframe was written by another version of this program")
    moment = Moment(resources)
    moment.seq, moment.ts = decoded.seq, decoded.ts
    for resource, rows in decoded.objects.items():
        for key, seq, item, obj in _rows_decoder(TYPES.get(resource, Object)).decode(rows):
            moment.store.put(resource, key, Entry(obj, seq, item))
    for name, diagram in moment.diagrams.items():
        diagram.load(moment.store, decoded.diagrams[name])
    return moment


def start(header: Header) -> Moment:
    """The moment before a log's first frame."""
    return Moment(header.resources, ts=header.ts)


@cache
def fingerprint() -> str:
    """A digest of the shapes that a keyframe holds; it alters when a struct here or a diagram's version does."""
    shapes = repr(
        [
            (name, [(field, repr(kind)) for field, kind in struct.__annotations__.items()])
            for name, struct in vars(objects).items()
            if isinstance(struct, type) and issubclass(struct, Struct)
        ]
    )
    versions = repr([(name, diagram.version) for name, diagram in DIAGRAMS.items()])
    return hashlib.sha256((shapes + versions).encode()).hexdigest()[:16]


@cache
def _rows_decoder(kind: type[AnyObject]) -> msgspec.msgpack.Decoder[list[tuple[str, int, int, AnyObject]]]:
    return msgspec.msgpack.Decoder(list[tuple[str, int, int, kind]])  # type: ignore[valid-type]


_encoder: Final = msgspec.msgpack.Encoder()
_decoder: Final = msgspec.msgpack.Decoder(_Keyframe)
