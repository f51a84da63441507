"""Asking: what a viewer of the stage asks by clicking, asked at every place of the recording and kept on tapes.

Each asker knows what its answers depend on, and asks again only where that altered; the tests hold what is kept against
what a server says at the same places. Questions in a person's own words are kept where the lesson asks them.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from functools import partial
from typing import Final, Protocol

import msgspec

from visualizer.frames import Listing, WatchEvent
from visualizer.live import inspection, packets, permissions, wire
from visualizer.live.history import History, NotInspectable, Place
from visualizer.live.inspection import Found
from visualizer.log.reader import Reader
from visualizer.moment import Moment
from visualizer.objects import AnyObject
from visualizer.objects import key_of as key_of_object
from visualizer.offline.tapes import Tapes, key_of
from visualizer.rbac import situation
from visualizer.rbac.policy import CLUSTER_ROLE_BINDINGS, CLUSTER_ROLES, ROLE_BINDINGS, ROLES, Policy
from visualizer.routing.rules import Mode
from visualizer.store import Change, Store

MODES: Final[tuple[Mode, ...]] = ("iptables", "nftables")

_GRANTS: Final = frozenset(
    {CLUSTER_ROLE_BINDINGS, CLUSTER_ROLES, ROLE_BINDINGS, ROLES, situation.SERVICE_ACCOUNTS, situation.NAMESPACES}
)
"""What decides who may do what, and how its subjects are called."""

_SURROUNDINGS: Final = frozenset({*_GRANTS, situation.PODS, situation.SECRETS, *situation.WORKLOADS})
"""What decides where that leads, too (visualizer/rbac/situation.py)."""


class Asker(Protocol):
    """Asks one kind of question, from place to place."""

    def ask(self, moment: Moment, changes: Sequence[Change] | None) -> None:
        """Ask at this place what may be answered otherwise than at the place before, which these changes led from.

        None at the first place, where everything is asked.
        """


class Inspections:
    """Every object, as it is at each place, and as each frame wrote it."""

    def __init__(self, reader: Reader, tapes: Tapes) -> None:
        self._tapes = tapes
        self._history = History(reader.log)
        self._questions: dict[str, dict[int, None]] = {}
        for ref, seq in _iter_versions(reader):
            self._questions.setdefault(ref, {})[seq] = None
        self._objects: dict[tuple[str, int], AnyObject] = {}
        self._read: dict[tuple[str, int], wire.Inspection] = {}
        self._found: dict[tuple[str, int | None], Found | str] = {}

    def ask(self, moment: Moment, changes: Sequence[Change] | None) -> None:
        """Ask for all of them: to see that nothing altered is quick."""
        if changes is not None and not changes:
            return
        for ref, seqs in self._questions.items():
            for seq in (None, *seqs):
                found = self._gather(moment.store, ref, seq)
                if self._found.get((ref, seq)) != found:
                    self._found[ref, seq] = found
                    self._tapes.put(wire.Inspect(id=0, ref=ref, seq=seq), self._tell(found), seq=moment.seq)

    def _gather(self, store: Store, ref: str, seq: int | None) -> Found | str:
        try:
            place = inspection.locate(store, ref, seq=seq)
            obj = place.object or self._object(place)
        except NotInspectable as error:
            return str(error)
        return inspection.gather(store, place, obj)

    def _object(self, place: Place) -> AnyObject:
        known = self._objects.get((place.ref, place.seq))
        if known is None:
            known = self._objects[place.ref, place.seq] = self._history.see(place).object
        return known

    def _tell(self, found: Found | str) -> wire.Inspection | wire.Problem:
        if isinstance(found, str):
            return wire.Problem(text=found)
        key = found.place.ref, found.place.seq
        try:
            if found.cluster is not None or key not in self._read:
                told = inspection.read(self._history, found, question=0)
                self._read.setdefault(key, msgspec.structs.replace(told, waiting=None))
                return told
        except NotInspectable as error:
            return wire.Problem(text=str(error))
        except RecursionError:
            return wire.Problem(text=f"The fields of {found.place.ref} are nested too deeply to be shown.")
        return msgspec.structs.replace(
            self._read[key], exists=found.exists, owners=found.owners, owned=found.owned, events=found.events
        )


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


class Permissions:
    """What lies about, what changed since the opening, what each subject may do; and what was asked for."""

    def __init__(self, reader: Reader, tapes: Tapes, asked: Collection[wire.RbacQuestion]) -> None:
        log = reader.log
        self._tapes = tapes
        self._asked: list[wire.RbacQuestion] = [
            wire.ReviewRbac(id=0),
            wire.CompareRbac(id=0, since=log.opening_seq),
            *asked,
        ]
        self._look = partial(permissions.look, server_version=log.server_version, before=self._policy_at)
        self._before: dict[int, Policy] = {}
        self._reader = Reader(log)
        self._known: dict[str, wire.AskRbac] = {}

    def ask(self, moment: Moment, changes: Sequence[Change] | None) -> None:
        """Ask where any object altered that decides who may do what, or where that leads."""
        altered = _SURROUNDINGS if changes is None else {change.resource for change in changes}
        if altered.isdisjoint(_SURROUNDINGS):
            return
        scene = self._look(moment)
        questions = list(self._asked)
        if not altered.isdisjoint(_GRANTS):
            for party in scene.situation.policy.parties:
                self._known.setdefault(party.id, wire.AskRbac(id=0, text=_what_can(party.id)))
            questions += self._known.values()
        for question in questions:
            try:
                answer: wire.Answer = permissions.answer(question, scene)
            except permissions.Unanswerable as error:
                answer = wire.Problem(text=str(error))
            self._tapes.put(question, answer, seq=moment.seq)

    def _policy_at(self, seq: int) -> Policy:
        if seq not in self._before:
            self._before[seq] = situation.policy_of(self._reader.seek(seq).store)
        return self._before[seq]


def _iter_versions(reader: Reader) -> Iterator[tuple[str, int]]:
    """Each object that the recording shows, and each frame that wrote it, in the log's order."""
    for seq, frame in reader.frames(reader.log.pruned_seq):
        if isinstance(frame, Listing):
            for obj in frame.items:
                yield f"{frame.resource}:{key_of_object(obj.metadata)}", seq
        elif isinstance(frame, WatchEvent):
            yield f"{frame.resource}:{key_of_object(frame.object.metadata)}", seq


def _iter_rules(store: Store) -> Iterator[wire.AskRules]:
    for service in sorted(store.entries("v1/services")):
        for node in sorted(store.entries("v1/nodes")):
            for mode in MODES:
                yield wire.AskRules(id=0, service=service, node=node, mode=mode)


def _what_can(party: str) -> str:
    """The question that a click on this subject asks (frontend/src/stage/rbac.ts)."""
    kind, _, name = party.partition(":")
    return f"what can {'service account' if kind == 'ServiceAccount' else kind.lower()} {name} do?"
