"""Verdicts: for a pod that waits, what each node lacks; beside what the scheduler itself said in its Event.

The Event is what the scheduler saw when it last tried, and observed. The verdicts are inferred: they are what its
default plugins would say of the nodes as the log shows them now, which may be later. Where the two differ, that is
said.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Final

from msgspec import Struct

from visualizer.objects import Node
from visualizer.scheduling.asks import AskingPod
from visualizer.scheduling.cluster import Cluster
from visualizer.scheduling.company import Company
from visualizer.scheduling.filters import (
    Filter,
    Objection,
    filter_name,
    filter_node_affinity,
    filter_ports,
    filter_resources,
    filter_taints,
    filter_unschedulable,
)
from visualizer.scheduling.spreading import Spreading

_FILTERS: Final[Sequence[Filter]] = (
    filter_unschedulable,
    filter_name,
    filter_taints,
    filter_node_affinity,
    filter_ports,
    filter_resources,
)
_TRIED: Final = re.compile(r"(\d{1,9})/(\d{1,9}) nodes are available: ")
_COUNTED: Final = re.compile(r"(\d{1,9}) (.+)")
_PLUGINS: Final = (
    ("were unschedulable", "NodeUnschedulable"),
    ("requested node name", "NodeName"),
    ("taint", "TaintToleration"),
    ("node affinity", "NodeAffinity"),
    ("free ports", "NodePorts"),
    ("Insufficient ", "NodeResourcesFit"),
    ("Too many pods", "NodeResourcesFit"),
    ("volume", "VolumeBinding"),
    ("PersistentVolumeClaim", "VolumeBinding"),
    ("topology spread", "PodTopologySpread"),
    ("affinity rules", "InterPodAffinity"),
)


class Verdict(Struct, frozen=True):
    """One node. ``objection`` is None where nothing that is decided here keeps the pod off it."""

    node: str
    objection: Objection | None


class Reason(Struct, frozen=True):
    """One reason of the scheduler's Event: for how many nodes it holds, and which plugin's it is.

    ``count`` is None where it is the pod's own, ``plugin`` is "" where the words are not known here.
    """

    count: int | None
    text: str
    plugin: str


def judge(pod: AskingPod, cluster: Cluster) -> list[Verdict]:
    """A verdict for each node, by name."""
    spreading, company = Spreading(pod, cluster), Company(pod, cluster)
    return [Verdict(node.metadata.name, _object(pod, node, cluster, spreading, company)) for node in cluster.nodes]


def _object(pod: AskingPod, node: Node, cluster: Cluster, spreading: Spreading, company: Company) -> Objection | None:
    for each in _FILTERS:
        if objection := each(pod, node, cluster):
            return objection
    return spreading.filter(node) or company.filter(node)


def read_message(message: str) -> list[Reason]:
    """The reasons in a FailedScheduling Event's message (``FitError.Error`` of pkg/scheduler/framework/types.go).

    ``0/3 nodes are available: 1 node(s) were unschedulable, 2 Insufficient cpu. preemption: ...``. What follows on the
    first full stop is about preemption, and left out. A message of another shape is one reason.
    """
    begun = _TRIED.match(message)
    if begun is None:
        return [Reason(None, message, "")] if message else []
    told = message[begun.end() :].split(". ", maxsplit=1)[0].rstrip(".")
    return list(_iter_reasons(told))


def compare(reasons: Sequence[Reason], verdicts: Sequence[Verdict]) -> list[str]:
    """Where the verdicts are not what the Event counted, in sentences; none where they agree."""
    said: Counter[str] = Counter()
    for reason in reasons:
        if reason.count is not None:
            said[_class_of(reason.text)] += reason.count
    found = Counter(_class_of(text) for each in verdicts if each.objection for text in each.objection.reasons)
    if not said:
        return []
    return [
        f"The scheduler counted {said[text]} × “{text}”; by the nodes as they are now it is {found[text]}."
        for text in dict.fromkeys((*said, *found))
        if said[text] != found[text]
    ]


def _iter_reasons(told: str) -> Iterator[Reason]:
    texts: list[str] = []
    for part in told.split(", "):
        if _COUNTED.fullmatch(part) or not texts:
            texts.append(part)
        else:
            texts[-1] = f"{texts[-1]}, {part}"
    for text in texts:
        counted = _COUNTED.fullmatch(text)
        words = counted[2] if counted else text
        plugin = next((name for sign, name in _PLUGINS if sign in words), "")
        yield Reason(int(counted[1]) if counted else None, words, plugin)


def _class_of(text: str) -> str:
    """Reasons that differ in which taint they name are one: versions of the scheduler word it differently."""
    return "node(s) had untolerated taint(s)" if "untolerated taint" in text else text
