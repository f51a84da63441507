"""Usage: what nodes and pods use, as the metrics server last measured it (metrics.k8s.io/v1beta1)."""

from __future__ import annotations

import re
from datetime import datetime
from decimal import Decimal
from typing import Final

import msgspec
from kubernetes.utils.quantity import parse_quantity
from msgspec import Struct, field

from visualizer.kube.polls.asking import Asked
from visualizer.kube.polls.results import NodeUsage, Outcome, PodUsage, Usage
from visualizer.kube.transport import ApiError

NODES: Final = "/apis/metrics.k8s.io/v1beta1/nodes"
PODS: Final = "/apis/metrics.k8s.io/v1beta1/pods"
MOST_TOLD: Final = 100

_DURATION: Final = re.compile(r"(?:(\d+)h)?(?:(\d+)m(?!s))?(?:([\d.]+)s)?(?:(\d+)ms)?")


class _Metadata(Struct):
    name: str
    namespace: str = ""


class _Amounts(Struct):
    cpu: str = "0"
    memory: str = "0"


class _Container(Struct):
    usage: _Amounts = field(default_factory=_Amounts)


class _NodeMetrics(Struct):
    metadata: _Metadata
    timestamp: str = ""
    window: str = ""
    usage: _Amounts = field(default_factory=_Amounts)


class _PodMetrics(Struct):
    metadata: _Metadata
    containers: list[_Container] | None = None


class _NodeList(Struct):
    items: list[_NodeMetrics] | None = None


class _PodList(Struct):
    items: list[_PodMetrics] | None = None


async def ask(asked: Asked) -> Outcome:
    """The usage; absent where there is no metrics server, unreachable where it does not answer."""
    try:
        nodes = await asked.transport.get(NODES)
        pods = await asked.transport.get(PODS)
    except ApiError as error:
        if error.status == 404:
            return Outcome("absent", "The cluster has no metrics server (metrics.k8s.io).")
        raise
    found = read(nodes, pods)
    if found.node_count == 0:
        return Outcome("warning", "The metrics server knows of no node yet.", found)
    return Outcome("ok", result=found)


def read(nodes: bytes, pods: bytes) -> Usage:
    """The usage that these two lists tell. Raises ValueError for a quantity that is none."""
    of_nodes = [_node(node) for node in msgspec.json.decode(nodes, type=_NodeList).items or ()]
    of_pods = [_pod(pod) for pod in msgspec.json.decode(pods, type=_PodList).items or ()]
    of_nodes.sort(key=lambda node: (-node.memory_bytes, node.name))
    of_pods.sort(key=lambda pod: (-pod.memory_bytes, pod.namespace, pod.name))
    return Usage(
        nodes=of_nodes[:MOST_TOLD],
        pods=of_pods[:MOST_TOLD],
        node_count=len(of_nodes),
        pod_count=len(of_pods),
        nodes_cpu_cores=round(sum(node.cpu_cores for node in of_nodes), 6),
        nodes_memory_bytes=sum(node.memory_bytes for node in of_nodes),
        pods_cpu_cores=round(sum(pod.cpu_cores for pod in of_pods), 6),
        pods_memory_bytes=sum(pod.memory_bytes for pod in of_pods),
    )


def _node(node: _NodeMetrics) -> NodeUsage:
    try:
        ts = datetime.fromisoformat(node.timestamp).timestamp()
    except ValueError:
        ts = None
    cores, size = _cores(node.usage), _bytes(node.usage)
    return NodeUsage(node.metadata.name, cores, size, ts, _seconds(node.window))


def _pod(pod: _PodMetrics) -> PodUsage:
    used = [container.usage for container in pod.containers or ()]
    cores, size = round(sum(map(_cores, used)), 6), sum(map(_bytes, used))
    return PodUsage(pod.metadata.namespace, pod.metadata.name, cores, size)


def _number(quantity: str) -> Decimal:
    number: Decimal = parse_quantity(quantity)  # type: ignore[no-untyped-call]
    return number


def _cores(amounts: _Amounts) -> float:
    return round(float(_number(amounts.cpu)), 6)


def _bytes(amounts: _Amounts) -> int:
    return int(_number(amounts.memory))


def _seconds(window: str) -> float | None:
    """A length of time as Go writes it: ``20.05s``, ``1m30s``."""
    found = _DURATION.fullmatch(window)
    if not window or found is None:
        return None
    hours, minutes, seconds, milliseconds = (float(part or 0) for part in found.groups())
    return round(hours * 3_600 + minutes * 60 + seconds + milliseconds / 1_000, 3)
