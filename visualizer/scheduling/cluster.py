"""The cluster as the scheduler sees it: the nodes, what runs on each, and the labels of namespaces."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from fractions import Fraction

from visualizer.objects import AnyObject, Container, ContainerPort, Node, Pod, PodSpec, key_of
from visualizer.scheduling.asks import AskingPod, AskingSpec
from visualizer.scheduling.requests import Amounts, count_requests
from visualizer.store import Store

ENDED = ("Succeeded", "Failed")
"""The phases in which a pod takes nothing of its node any more."""


class Cluster:
    """Nodes and pods as of one moment. It holds on to the objects, which do not alter, and counts when asked."""

    def __init__(self, nodes: Iterable[AnyObject], pods: Iterable[AnyObject], namespaces: Iterable[AnyObject]) -> None:
        self._objects = (list(nodes), list(pods), list(namespaces))
        self._pods: dict[str, list[Pod]] | None = None

    @property
    def nodes(self) -> list[Node]:
        """Every node, by name."""
        return sorted(
            (each for each in self._objects[0] if isinstance(each, Node)), key=lambda each: each.metadata.name
        )

    def pods_on(self, node: str) -> list[Pod]:
        """The pods that the scheduler counts on a node: all but those that have ended."""
        if self._pods is None:
            self._pods = {}
            for pod in self._objects[1]:
                if isinstance(pod, Pod) and pod.spec.node_name and pod.status.phase not in ENDED:
                    self._pods.setdefault(pod.spec.node_name, []).append(pod)
        return self._pods.get(node, [])

    def namespace_labels(self, namespace: str) -> Mapping[str, str]:
        """A namespace's labels."""
        for each in self._objects[2]:
            if each.metadata.name == namespace:
                return each.metadata.labels or {}
        return {}

    def requested_on(self, node: str) -> Amounts:
        """What the pods on a node asked for, by resource."""
        total: Amounts = {}
        for pod in self.pods_on(node):
            for resource, amount in count_requests(pod.spec).items():
                total[resource] = total.get(resource, Fraction(0)) + amount
        return total


def see_cluster(store: Store) -> Cluster:
    """What the scheduler would see in this store. It takes the objects only, and so little time."""
    return Cluster(*(_objects(store, resource) for resource in ("v1/nodes", "v1/pods", "v1/namespaces")))


def _objects(store: Store, resource: str) -> list[AnyObject]:
    return [entry.object for entry in store.entries(resource).values()]


def iter_host_ports(spec: PodSpec | AskingSpec) -> Iterator[ContainerPort]:
    """The ports of its node that a pod takes: those of its containers and sidecars."""
    sidecars = [each for each in spec.init_containers or () if each.restart_policy == "Always"]
    containers: list[Container] = [*sidecars, *(spec.containers or ())]
    for container in containers:
        yield from (port for port in container.ports or () if port.host_port > 0)


def name_of(pod: Pod | AskingPod) -> str:
    """``namespace/name``."""
    return key_of(pod.metadata)
