"""Traces: that of every frame which has one, at every place."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from visualizer.live import wire
from visualizer.moment import Moment
from visualizer.offline.tapes import Tapes
from visualizer.store import Change


class Traces:
    """The trace of every frame that has one."""

    def __init__(self, seqs: Iterable[int], tapes: Tapes) -> None:
        self._seqs = list(seqs)
        self._tapes = tapes

    def ask(self, moment: Moment, changes: Sequence[Change] | None) -> None:
        """Ask for all of them."""
        if changes is not None and not changes:
            return
        trees: dict[int, wire.Traced] = {}
        for tree in moment.flow.traces():
            told = wire.Traced(id=0, trace=tree)
            events = (event.seq for write in tree.writes for event in write.events)
            writes = (write.seq for write in tree.writes)
            trees.update(dict.fromkeys((*events, tree.seq, *writes), told))
        for seq in self._seqs:
            untold = wire.Problem(text=f"The frame {seq} is of no trace that is remembered at this moment.")
            self._tapes.put(wire.AskTrace(id=0, seq=seq), trees.get(seq, untold), seq=moment.seq)
