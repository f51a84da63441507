"""Paths: where a grant leads. From everybody to a goal, shortest first, over the whole graph of steps.

One search from the goal backwards finds the shortest path of everybody at once. Of two paths with as many steps, the
one with fewer unknown preconditions is first.
"""

from __future__ import annotations

import heapq
from collections import defaultdict

from msgspec import Struct

from visualizer.rbac.attributes import Attributes, describe
from visualizer.rbac.authorizer import find_grants
from visualizer.rbac.identities import identity_of
from visualizer.rbac.kinds import Kind
from visualizer.rbac.policy import Party
from visualizer.rbac.powers import EVERYWHERE
from visualizer.rbac.situation import Situation
from visualizer.rbac.steps import Steps
from visualizer.rbac.surroundings import MASTERS, Edge, Held, Need, Reach, Stand


class Step(Struct, frozen=True):
    """One step of a path: by what means, to where, and every precondition."""

    kind: Kind
    target: Stand
    needs: list[Need]

    @property
    def words(self) -> str:
        """Where the step leads: ``so it can act as ServiceAccount shop/ci``."""
        if isinstance(self.target, Held):
            return f"so it holds {describe_held(self.target)}"
        return f"so it can act as {self.target.words}" if isinstance(self.target, Party) else ""


class Path(Struct, frozen=True):
    """A way from somebody to the goal. Every precondition holds, but for the unknown ones."""

    start: Party
    steps: list[Step]

    @property
    def unknown(self) -> list[Need]:
        """The preconditions that could not be known."""
        return [need for step in self.steps for need in step.needs if not need.is_known]


Cost = tuple[int, int]
"""Steps, and unknown preconditions."""


class Paths:
    """Every shortest path to one goal. ``goal`` is an action, or None for everything in the whole cluster."""

    def __init__(self, situation: Situation, goal: Attributes | None = None) -> None:
        self._situation = situation
        self._goal = goal
        self._steps = Steps(situation)
        self._edges = self._gather()
        self._costs, self._next = self._search()

    @property
    def goal_words(self) -> str:
        """What the paths lead to."""
        return "everything, everywhere (cluster-admin)" if self._goal is None else describe(self._goal)

    def is_there(self, stand: Stand) -> bool:
        """Whether somebody holds the goal already, by what bindings give it."""
        if stand == MASTERS:
            return True
        if isinstance(stand, Reach):
            return False
        if isinstance(stand, Held):
            return self._holds(stand)
        identity = identity_of(stand)
        if self._goal is not None:
            found = find_grants(
                self._situation.policy, user=identity.user, groups=identity.groups, attributes=self._goal
            )
            return bool(found)
        policy = self._situation.policy
        applying = policy.applying(identity.user, identity.groups, "")
        return any(role is not None and role.is_everything for role in (policy.role_of(bound) for bound, _ in applying))

    def sources(self) -> list[Party]:
        """Everybody who does not hold the goal and can come to it, nearest first."""
        found = [stand for stand, cost in self._costs.items() if cost[0] and isinstance(stand, Party)]
        return sorted(found, key=lambda party: (self._costs[party], party))

    def shortest(self, start: Party) -> Path | None:
        """The shortest path from here, or None where there is none or none is needed."""
        return next(iter(self.from_(start, most=1)), None)

    def from_(self, start: Party, *, most: int = 100) -> list[Path]:
        """The paths from here, shortest first: for each first step, the best way on from where it leads."""
        if self.is_there(start):
            return []
        ranked: dict[tuple[str, Stand], tuple[Cost, Edge]] = {}
        for edge in self._edges.get(start) or self._steps.of(start):
            if edge.kind is None or edge.target not in self._costs:
                continue
            cost = _add(self._costs[edge.target], edge)
            place = edge.kind.name, edge.target
            if place not in ranked or cost < ranked[place][0]:
                ranked[place] = cost, edge
        best = sorted(ranked.values(), key=lambda ranked: (ranked[0], ranked[1].kind or "", str(ranked[1].target)))
        paths = [Path(start, self._walk(edge)) for _, edge in best[:most]]
        return _without_detours([path for path in paths if start not in [step.target for step in path.steps]])

    def _holds(self, held: Held) -> bool:
        goal = self._goal
        role = None if held.role is None else self._situation.policy.roles.get(held.role)
        if goal is None:
            return not held.scope and (held.role is None or (role is not None and role.is_everything))
        if goal.path is not None or not goal.namespace:
            is_within = not held.scope
        else:
            is_within = held.scope in ("", EVERYWHERE, goal.namespace)
        return is_within and (held.role is None or (role is not None and role.find(goal) is not None))

    def _gather(self) -> dict[Stand, list[Edge]]:
        """The steps of everybody, and of everything that they lead to."""
        edges: dict[Stand, list[Edge]] = {}
        waiting: list[Stand] = sorted(self._steps.around.parties())
        while waiting:
            stand = waiting.pop()
            if stand in edges:
                continue
            edges[stand] = [] if self.is_there(stand) else list(self._steps.of(stand))
            waiting += [edge.target for edge in edges[stand] if edge.target not in edges]
        return edges

    def _search(self) -> tuple[dict[Stand, Cost], dict[Stand, Edge]]:
        """The cost of everything from which the goal can be come to, and the step that leads on."""
        back: dict[Stand, list[tuple[Stand, Edge]]] = defaultdict(list)
        for stand, steps in self._edges.items():
            for step in steps:
                back[step.target].append((stand, step))
        costs: dict[Stand, Cost] = {}
        following: dict[Stand, Edge] = {}
        waiting: list[tuple[Cost, int, Stand, Edge | None]] = [
            ((0, 0), number, stand, None) for number, stand in enumerate(self._edges) if self.is_there(stand)
        ]
        heapq.heapify(waiting)
        number = len(self._edges)
        while waiting:
            cost, _, stand, edge = heapq.heappop(waiting)
            if stand in costs:
                continue
            costs[stand] = cost
            if edge is not None:
                following[stand] = edge
            for before, step in back[stand]:
                if before not in costs:
                    number += 1
                    heapq.heappush(waiting, (_add(cost, step), number, before, step))
        return costs, following

    def _walk(self, first: Edge) -> list[Step]:
        """The steps from this one to the goal. A reach and what it leads on to are one step."""
        steps: list[Step] = []
        following: Edge | None = first
        while following is not None:
            kind, needs, target = following.kind, list(following.needs), following.target
            if isinstance(target, Reach):
                onward: Edge = self._next[target]
                needs, target = [*needs, *onward.needs], onward.target
            if kind is not None:
                steps.append(Step(kind, target, needs))
            following = self._next.get(target)
        return steps


def _without_detours(paths: list[Path]) -> list[Path]:
    """Those of these paths, shortest first, that do not only lead to where another one begins."""
    kept: list[Path] = []
    seen: set[tuple[tuple[Kind, Stand], ...]] = set()
    for path in paths:
        places = tuple((step.kind, step.target) for step in path.steps)
        if not any(places[start:] in seen for start in range(1, len(places))):
            kept.append(path)
            seen.add(places)
    return kept


def describe_held(held: Held) -> str:
    """``ClusterRole edit in any namespace``, ``everything in shop``."""
    where = {"": "everywhere", EVERYWHERE: "in any namespace"}.get(held.scope, f"in {held.scope}")
    if held.role is None:
        return f"everything {where}"
    kind = f"Role {held.role.namespace}/{held.role.name}" if held.role.namespace else f"ClusterRole {held.role.name}"
    return f"{kind} {where}"


def _add(cost: Cost, edge: Edge) -> Cost:
    unknown = sum(not need.is_known for need in edge.needs)
    return cost[0] + (edge.kind is not None), cost[1] + unknown
