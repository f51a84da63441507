"""Spreading: how the pods that a pod is counted with are spread over zones, nodes or other domains.

podtopologyspread/filtering.go and common.go of kube-scheduler 1.36, for constraints that must hold. What a cluster's
administrator made the default of every pod is the scheduler's own configuration, and not seen here; its shipped
defaults keep no pod off a node.
"""

from __future__ import annotations

from collections import Counter
from functools import cached_property

from visualizer.objects import LabelSelector, Node, SelectorRequirement
from visualizer.scheduling.asks import AskingPod, TopologySpreadConstraint
from visualizer.scheduling.cluster import Cluster
from visualizer.scheduling.filters import Objection
from visualizer.scheduling.selectors import iter_untolerated, matches_node, selects

_REASON = "node(s) didn't match pod topology spread constraints"


class Spreading:
    """One pod's constraints in one cluster. What they count is counted once, when the first node is asked about."""

    def __init__(self, pod: AskingPod, cluster: Cluster) -> None:
        self._pod, self._cluster = pod, cluster
        self._constraints = [
            each for each in pod.spec.topology_spread_constraints or () if each.when_unsatisfiable == "DoNotSchedule"
        ]

    def filter(self, node: Node) -> Objection | None:
        """Why this node would spread the pods too unevenly."""
        labels = node.metadata.labels or {}
        for constraint, counts in zip(self._constraints, self._counts, strict=True):
            key = constraint.topology_key
            if key not in labels:
                detail = f"has no label {key}"
                return Objection("PodTopologySpread", [f"{_REASON} (missing required label)"], detail)
            if not counts:
                continue
            least = 0 if len(counts) < (constraint.min_domains or 1) else min(counts.values())
            itself = int(selects(_selector(constraint, self._pod), self._pod.metadata.labels or {}))
            there = counts[labels[key]] + itself
            if there - least > constraint.max_skew:
                detail = (
                    f"{key}={labels[key]} would have {there} of them and the emptiest has {least}: "
                    f"at most {constraint.max_skew} more is allowed"
                )
                return Objection("PodTopologySpread", [_REASON], detail)
        return None

    @cached_property
    def _counts(self) -> list[Counter[str]]:
        """For each constraint, how many pods that it counts are in each domain that it looks at."""
        counts: list[Counter[str]] = [Counter() for _ in self._constraints]
        for node in self._cluster.nodes if self._constraints else ():
            labels = node.metadata.labels or {}
            if not all(each.topology_key in labels for each in self._constraints):
                continue
            for constraint, counted in zip(self._constraints, counts, strict=True):
                if self._is_included(constraint, node):
                    counted[labels[constraint.topology_key]] += self._count_on(constraint, node)
        return counts

    def _is_included(self, constraint: TopologySpreadConstraint, node: Node) -> bool:
        if constraint.node_affinity_policy == "Honor" and not matches_node(self._pod.spec, node):
            return False
        tolerations = self._pod.spec.tolerations or ()
        return constraint.node_taints_policy != "Honor" or not any(iter_untolerated(tolerations, node))

    def _count_on(self, constraint: TopologySpreadConstraint, node: Node) -> int:
        """Pods of its namespace that are not on their way out. An empty selector counts none."""
        selector = _selector(constraint, self._pod)
        if selector is None or not (selector.match_labels or selector.match_expressions):
            return 0
        return sum(
            each.metadata.namespace == self._pod.metadata.namespace
            and each.metadata.deletion_timestamp is None
            and selects(selector, each.metadata.labels or {})
            for each in self._cluster.pods_on(node.metadata.name)
        )


def _selector(constraint: TopologySpreadConstraint, pod: AskingPod) -> LabelSelector | None:
    """The constraint's selector, with what ``matchLabelKeys`` take from the pod's own labels."""
    labels = pod.metadata.labels or {}
    keys = [key for key in constraint.match_label_keys or () if key in labels]
    selector = constraint.label_selector
    if selector is None or not keys:
        return selector
    own = [SelectorRequirement(key=key, operator="In", values=[labels[key]]) for key in keys]
    return LabelSelector(selector.match_labels, [*(selector.match_expressions or ()), *own])
