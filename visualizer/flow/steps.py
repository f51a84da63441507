"""Steps: the writes that are remembered, so that later ones can be traced back to them.

A step is a write without its objects: who wrote what, what that did, and, once it is found, which earlier step woke
it. Steps are found by what they are about: the object, its owner, its namespace. The memory is bounded: the oldest
steps leave, those with slow effects (a Node's, a deletion's, a client's) later than the others.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from typing import Final

from msgspec import Struct

from visualizer.flow.aspects import DELETING, GONE
from visualizer.flow.attribution import Certainty
from visualizer.flow.rows import Verb

KEPT: Final = 2048
"""How many steps are remembered, and half as many more of those whose effects are slow."""

MOST_EVENTS: Final = 16
"""How many Events a step is told with."""

_NAMED: Final = frozenset({"v1/namespaces", "v1/nodes", "v1/services", "v1/endpoints"})
"""Resources that others refer to by name and not by uid."""

_LISTED: Final = frozenset(
    {
        "apps/v1/deployments",
        "apps/v1/replicasets",
        "apps/v1/statefulsets",
        "rbac.authorization.k8s.io/v1/clusterroles",
        "v1/configmaps",
        "v1/nodes",
        "v1/persistentvolumeclaims",
        "v1/persistentvolumes",
        "v1/pods",
        "v1/serviceaccounts",
    }
)
"""Resources that are looked through as a whole, namespace by namespace."""


class Told(Struct, frozen=True, gc=False, array_like=True):
    """An Event that tells of a step."""

    seq: int
    ts: float
    key: str
    component: str
    reason: str
    message: str


class Step(Struct, gc=False, array_like=True):
    """One write, remembered. ``seq`` is its frame, ``ts`` when it was seen (unix seconds).

    ``version`` is the resource version that it left (0 where that is no number): one counter for the whole cluster,
    so it orders writes whatever order watches told them in. ``owner`` is the uid of the object's controller,
    ``target`` the key of the Service that it is for, ``node`` where a Pod is. ``parent`` is the step that woke it (0:
    a root), ``trace`` the root's ``seq``, ``follows`` what a root rests on without being set off by it: a CronJob for
    its schedule. ``among`` says how many steps might as well have woken it (1: no other).
    """

    seq: int
    ts: float
    version: int
    resource: str
    key: str
    kind: str
    uid: str
    owner: str
    owner_kind: str
    node: str
    target: str
    component: str
    who_certainty: Certainty
    who_rule: str
    verb: Verb
    subresource: str
    aspects: int
    parent: int = 0
    certainty: Certainty = "unknown"
    rule: str = "no-cause"
    among: int = 0
    trace: int = 0
    lag_s: float = 0.0
    follows: int = 0
    events: list[Told] = []

    @property
    def name(self) -> str:
        """The object's name."""
        return self.key.rpartition("/")[2]

    @property
    def namespace(self) -> str:
        """The object's namespace, or ""."""
        return self.key.rpartition("/")[0]

    @property
    def ref(self) -> str:
        """``resource:key``."""
        return f"{self.resource}:{self.key}"

    def is_before(self, other: Step) -> bool:
        """Whether this write came before the other: by the cluster's counter, or where that is not told by the log."""
        if self.version and other.version:
            return self.version < other.version
        return self.seq < other.seq


Channel = dict[int, Step]
"""Steps by ``seq``, oldest first."""

_EMPTY: Final[Channel] = {}


class Memory:
    """The steps of late, by ``seq`` and by what they are about."""

    def __init__(self, kept: int = KEPT) -> None:
        self._kept = kept
        self.steps: dict[int, Step] = {}
        self._quick: deque[Step] = deque()
        self._slow: deque[Step] = deque()
        self._channels: dict[str, Channel] = {}

    def about(self, uid: str) -> Channel:
        """The latest writes to the object with this uid, oldest first."""
        return self._channels.get(uid, _EMPTY)

    def owned_by(self, uid: str) -> Channel:
        """The latest writes to objects whose controller this uid is."""
        return self._channels.get(f"^{uid}", _EMPTY)

    def named(self, resource: str, key: str) -> Channel:
        """The latest writes to the Node, Namespace, Service or Endpoints of this name."""
        return self._channels.get(f"{resource}:{key}", _EMPTY)

    def within(self, resource: str, namespace: str) -> Channel:
        """The latest writes to objects of this resource in this namespace."""
        return self._channels.get(f"{resource} {namespace}", _EMPTY)

    def ended_within(self, namespace: str) -> Channel:
        """The latest deletions in this namespace."""
        return self._channels.get(f"- {namespace}", _EMPTY)

    def remember(self, step: Step) -> list[Step]:
        """Take the step in, and give those that had to leave for it."""
        self.steps[step.seq] = step
        for name in _channels_of(step):
            channel = self._channels.get(name)
            if channel is None:
                channel = self._channels[name] = {}
            channel[step.seq] = step
        is_slow = step.resource == "v1/nodes" or step.aspects & DELETING or step.component.startswith("client:")
        ring, most = (self._slow, self._kept // 2) if is_slow else (self._quick, self._kept)
        ring.append(step)
        return [self._forget(ring.popleft())] if len(ring) > most else []

    def latest(self) -> Iterator[Step]:
        """Every step, newest first."""
        return reversed(self.steps.values())

    def load(self, steps: Iterable[Step]) -> None:
        """Start from these steps, oldest first."""
        for step in steps:
            self.remember(step)

    def _forget(self, step: Step) -> Step:
        del self.steps[step.seq]
        for name in _channels_of(step):
            channel = self._channels[name]
            del channel[step.seq]
            if not channel:
                del self._channels[name]
        return step


def _channels_of(step: Step) -> list[str]:
    resource, key = step.resource, step.key
    namespace = key.rpartition("/")[0]
    names = []
    if resource in _LISTED:
        names.append(f"{resource} {namespace}")
    if step.uid:
        names.append(step.uid)
    if step.owner:
        names.append(f"^{step.owner}")
    if resource in _NAMED:
        names.append(f"{resource}:{key}")
    if step.aspects & GONE:
        names.append(f"- {namespace}")
    return names
