"""Routes: what each node programs for each Service, and the packets that a lesson follows, at every place."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import Final

from visualizer.live import packets, wire
from visualizer.live.history import History
from visualizer.log.reader import Reader
from visualizer.moment import Moment
from visualizer.offline.tapes import Tapes, key_of
from visualizer.routing.rules import Mode
from visualizer.store import Change, Store

MODES: Final[tuple[Mode, ...]] = ("iptables", "nftables")


class Routes:
    """What each node's kube-proxy programs for each Service, in both modes; and packets that were asked for."""

    def __init__(self, reader: Reader, tapes: Tapes, asked: Collection[wire.FollowPacket]) -> None:
        self._tapes, self._packets = tapes, list(asked)
        self._history = History(reader.log)
        self._known: dict[str, wire.AskRules] = {}

    def ask(self, moment: Moment, changes: Sequence[Change] | None) -> None:
        """Ask where any object altered that a packet's way depends on."""
        if changes is not None and not any(change.resource in packets.READ for change in changes):
            return
        still = packets.look(moment)
        routing = packets.stand(still)
        self._known |= {key_of(question): question for question in _iter_rules(moment.store)}
        questions: list[wire.RoutingQuestion] = [*self._known.values(), *self._packets]
        for question in questions:
            try:
                answer: wire.Answer = packets.tell(question, routing, still, self._history)
            except packets.Unanswerable as error:
                answer = wire.Problem(text=str(error))
            self._tapes.put(question, answer, seq=moment.seq)


def _iter_rules(store: Store) -> Iterator[wire.AskRules]:
    for service in sorted(store.entries("v1/services")):
        for node in sorted(store.entries("v1/nodes")):
            for mode in MODES:
                yield wire.AskRules(id=0, service=service, node=node, mode=mode)
