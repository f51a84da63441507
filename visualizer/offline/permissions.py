"""Permissions: what the stage asks of RBAC by itself and by clicks, and a lesson in words, at every place."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from functools import partial
from typing import Final

from visualizer.live import permissions, wire
from visualizer.log.reader import Reader
from visualizer.moment import Moment
from visualizer.offline.tapes import Tapes
from visualizer.rbac import situation
from visualizer.rbac.policy import CLUSTER_ROLE_BINDINGS, CLUSTER_ROLES, ROLE_BINDINGS, ROLES, Policy
from visualizer.store import Change

_GRANTS: Final = frozenset(
    {CLUSTER_ROLE_BINDINGS, CLUSTER_ROLES, ROLE_BINDINGS, ROLES, situation.SERVICE_ACCOUNTS, situation.NAMESPACES}
)
"""What decides who may do what, and how its subjects are called."""

_SURROUNDINGS: Final = frozenset({*_GRANTS, situation.PODS, situation.SECRETS, *situation.WORKLOADS})
"""What decides where that leads, too (visualizer/rbac/situation.py)."""


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


def _what_can(party: str) -> str:
    """The question that a click on this subject asks (frontend/src/stage/rbac.ts)."""
    kind, _, name = party.partition(":")
    return f"what can {'service account' if kind == 'ServiceAccount' else kind.lower()} {name} do?"
