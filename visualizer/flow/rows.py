"""The tables of the flow diagram."""

from __future__ import annotations

from typing import Literal

from visualizer.flow.attribution import Actor, Certainty
from visualizer.tables import Row

Verb = Literal["listed", "created", "updated", "deleted"]


class ComponentRow(Row, frozen=True, gc=False, kw_only=True):
    """One component found at work. ``id`` is ``actor:name``: ``client:kubectl``, ``kubelet:node-1``.

    ``writes`` counts what it wrote so far in this log, routine ones included; ``last_seq``, ``last_ts`` and
    ``last_text`` tell its last write that was not routine (0, 0 and "" where there is none yet).
    """

    actor: Actor
    name: str
    node: str
    writes: int
    last_seq: int
    last_ts: float
    last_text: str


class WriteRow(Row, frozen=True, gc=False, kw_only=True):
    """One of the latest writes seen (at most 200 are kept). ``id`` is the frame's sequence number as text.

    ``component`` is a ComponentRow's id; that row is gone when a kubelet's Node is. ``ref`` is
    ``resource:key`` of the object written. ``routine`` marks lease renewals and heartbeats, which are many
    and mean only that someone is alive. ``text`` says it in words: ``created Pod web-1``.

    ``since`` is 0 for a write that was watched. Else the write, or several at once, is what differs between two lists:
    it happened after this time, and ``ts`` is the later list's.

    ``parent`` is the frame of the write that woke this one, ``lag_s`` seconds before (0 for a root and for what is not
    traced: routine writes), known by ``cause_rule`` as surely as ``cause_certainty`` says. ``trace`` is the frame of
    the trace's root; an Event has the trace of the write that it tells of, which is its parent. ``wakes`` are the
    components that watch this kind and will see the write, as ComponentRow ids; ``kubelet:*`` and ``proxy:*`` are
    those of every node.
    """

    seq: int
    ts: float
    since: float
    component: str
    certainty: Certainty
    rule: str
    verb: Verb
    resource: str
    kind: str
    subresource: str
    ref: str
    routine: bool
    text: str
    parent: int
    trace: int
    cause_certainty: Certainty
    cause_rule: str
    lag_s: float
    wakes: list[str]


class TraceRow(Row, frozen=True, gc=False, kw_only=True):
    """One of the latest traces: a root write and all that it set off. ``id`` is the root's frame as text.

    At most 50 are told, newest root last; what a component did by itself is told when it set something off. ``rule``
    says what a root is (``command``, ``schedule``, ``metrics``, ``node-silent``, ``kubelet-saw``, ``own-doing``,
    ``node-status``, ``no-cause``), and ``certainty`` how sure that is. ``writes`` counts all so far, the root
    included. ``unfinished`` is how many objects are on their way yet (Pods not ready, deletions not done): with none
    left the trace is complete, and ``last_ts`` is when. ``seconds`` is from the root to the last write.
    """

    seq: int
    ts: float
    component: str
    certainty: Certainty
    rule: str
    kind: str
    ref: str
    text: str
    writes: int
    unfinished: int
    last_seq: int
    last_ts: float
    seconds: float


class KindRow(Row, frozen=True, gc=False, kw_only=True):
    """How many objects of one resource there are. ``id`` is the resource: ``apps/v1/deployments``."""

    kind: str
    objects: int


class EtcdRow(Row, frozen=True, gc=False, kw_only=True):
    """The one row of ``etcd``: the highest resource version seen, and how many objects there are.

    ``id`` is ``etcd``.
    """

    revision: int
    objects: int
