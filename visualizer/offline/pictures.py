"""Pictures: each diagram as it is where the recording opens, and what every frame after that alters in it.

What meets a filter is one more picture, named by the filter's text.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Protocol

import orjson

from visualizer.live.encoding import columns
from visualizer.live.filtering import Filter
from visualizer.live.wire import DIAGRAMS
from visualizer.log.chunks import FrameKind
from visualizer.moment import Moment
from visualizer.tables import Delta, Snapshot


class _Drawn(Protocol):
    def snapshot(self) -> Snapshot: ...

    def drain(self) -> Delta: ...


class Pictures:
    """Every diagram of a moment, and what meets each of these filters, followed from frame to frame."""

    def __init__(self, moment: Moment, filters: Iterable[str] = ()) -> None:
        self._moment = moment
        wanted = {text: Filter(text, hidden="") for text in filters}
        self._filters = {text: each.problems(moment.store) for text, each in wanted.items()}
        self._matchings = {text: wanted[text].start(moment.store) for text, wrong in self._filters.items() if not wrong}
        for matching in self._matchings.values():
            moment.follow(matching)
            matching.finish(moment.store, moment.index)
        self._drawn: dict[str, _Drawn] = {name: moment.diagram(name) for name in DIAGRAMS}
        self._drawn |= {f"matches {text}": matching for text, matching in self._matchings.items()}
        self._opening: dict[str, Any] = {}
        for name, drawn in self._drawn.items():
            drawn.drain()
            self._opening[name] = _encode(drawn.snapshot())
        self._frames: list[tuple[float, FrameKind, dict[str, Any]]] = []

    def follow(self, kind: FrameKind) -> None:
        """Take in the frame that the moment has just taken in, which is of this kind."""
        for matching in self._matchings.values():
            matching.finish(self._moment.store, self._moment.index)
        altered = {name: _encode(delta) for name, drawn in self._drawn.items() if (delta := drawn.drain())}
        self._frames.append((self._moment.ts, kind, altered))

    def encode(self) -> bytes:
        """As JSON: ``opening``, tables by picture; ``frames``, each with time, kind and what it altered; ``filters``.

        Of each filter it is told what is wrong with it.
        """
        return orjson.dumps({"opening": self._opening, "frames": self._frames, "filters": self._filters})


def _encode(tables: Snapshot | Delta) -> Mapping[str, Any]:
    """By name and id: rows come in the order of sets, which is another in each process."""
    return {name: columns(dict(sorted(tables[name].items()))) for name in sorted(tables)}
