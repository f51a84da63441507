"""Company: which pods a pod must be near to, which it avoids, and which avoid it.

interpodaffinity/filtering.go of kube-scheduler 1.36, for what is required. Two pods are near each other where their
nodes have the same value of a label, the topology key.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property

from visualizer.objects import Node, Pod, PodAffinityTerm
from visualizer.scheduling.asks import AskingPod, PodAffinity
from visualizer.scheduling.cluster import Cluster, name_of
from visualizer.scheduling.filters import Objection
from visualizer.scheduling.selectors import selects

Domain = tuple[str, str]
"""A topology key and its value."""

_PLUGIN = "InterPodAffinity"


class Company:
    """One pod's affinities in one cluster. The pods are gone through once, when the first node is asked about."""

    def __init__(self, pod: AskingPod, cluster: Cluster) -> None:
        affinity = pod.spec.affinity
        self._pod, self._cluster = pod, cluster
        self._wanted = _required(affinity.pod_affinity if affinity else None)
        self._avoided = _required(affinity.pod_anti_affinity if affinity else None)

    def filter(self, node: Node) -> Objection | None:
        """Why the company on this node, or near it, would be wrong."""
        labels = node.metadata.labels or {}
        if self._wanted and (missing := self._find_missing(node)):
            return Objection(_PLUGIN, ["node(s) didn't match pod affinity rules"], missing)
        for term in self._avoided:
            there = self._avoided_in.get((term.topology_key, labels.get(term.topology_key, "")))
            if term.topology_key in labels and there:
                detail = f"avoids {there}, which is in {term.topology_key}={labels[term.topology_key]}"
                return Objection(_PLUGIN, ["node(s) didn't match pod anti-affinity rules"], detail)
        for key, value in labels.items():
            if there := self._avoiding_in.get((key, value)):
                detail = f"{there}, which is in {key}={value}, avoids such pods"
                return Objection(_PLUGIN, ["node(s) didn't satisfy existing pods anti-affinity rules"], detail)
        return None

    def _find_missing(self, node: Node) -> str:
        """What of the wanted company is not there. The first of a group may go anywhere that has the labels."""
        labels = node.metadata.labels or {}
        absent = ""
        for term in self._wanted:
            if term.topology_key not in labels:
                return f"has no label {term.topology_key}"
            if (term.topology_key, labels[term.topology_key]) not in self._wanted_in:
                absent = absent or f"no pod that it wants is in {term.topology_key}={labels[term.topology_key]}"
        is_first = not self._wanted_in and self._means_all(self._wanted, self._pod)
        return "" if is_first else absent

    @cached_property
    def _wanted_in(self) -> set[Domain]:
        """Where pods are that match every term of affinity."""
        found: set[Domain] = set()
        for pod, node in self._iter_placed() if self._wanted else ():
            if self._means_all(self._wanted, pod):
                found.update(_domains(self._wanted, node))
        return found

    @cached_property
    def _avoided_in(self) -> dict[Domain, str]:
        """Where pods are that match a term of anti-affinity, with the name of one."""
        found: dict[Domain, str] = {}
        for pod, node in self._iter_placed() if self._avoided else ():
            for term in self._avoided:
                if self._means(term, self._pod, pod):
                    for domain in _domains([term], node):
                        found.setdefault(domain, name_of(pod))
        return found

    @cached_property
    def _avoiding_in(self) -> dict[Domain, str]:
        """Where pods are that avoid this one, with the name of one."""
        found: dict[Domain, str] = {}
        for pod, node in self._iter_placed():
            affinity = pod.spec.affinity
            avoided = affinity.pod_anti_affinity if affinity else None
            for term in (avoided.required_during_scheduling_ignored_during_execution if avoided else None) or ():
                if self._means(term, pod, self._pod):
                    for domain in _domains([term], node):
                        found.setdefault(domain, name_of(pod))
        return found

    def _iter_placed(self) -> Iterator[tuple[Pod, Node]]:
        for node in self._cluster.nodes:
            for pod in self._cluster.pods_on(node.metadata.name):
                yield pod, node

    def _means_all(self, terms: Sequence[PodAffinityTerm], other: Pod | AskingPod) -> bool:
        return all(self._means(term, self._pod, other) for term in terms)

    def _means(self, term: PodAffinityTerm, owner: Pod | AskingPod, other: Pod | AskingPod) -> bool:
        """Whether a term of the owner's means the other pod: by its namespace and its labels."""
        namespace = other.metadata.namespace
        if term.namespaces or term.namespace_selector is not None:
            is_near = namespace in (term.namespaces or ()) or selects(
                term.namespace_selector, self._cluster.namespace_labels(namespace)
            )
        else:
            is_near = namespace == owner.metadata.namespace
        return is_near and selects(term.label_selector, other.metadata.labels or {})


def _required(affinity: PodAffinity | None) -> list[PodAffinityTerm]:
    return (affinity.required_during_scheduling_ignored_during_execution if affinity else None) or []


def _domains(terms: Sequence[PodAffinityTerm], node: Node) -> Iterator[Domain]:
    labels = node.metadata.labels or {}
    for term in terms:
        if term.topology_key in labels:
            yield term.topology_key, labels[term.topology_key]
