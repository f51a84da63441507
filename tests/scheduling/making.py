"""Pods and nodes made up for tests, as short as they can be told."""

from __future__ import annotations

import json

import msgspec

from visualizer.objects import Node, Pod
from visualizer.scheduling.asks import AskingPod, read_pod
from visualizer.scheduling.cluster import Cluster

GIVES = {"cpu": "4", "memory": "8Gi", "pods": "110"}


def asking(name: str = "web", *, labels: dict | None = None, namespace: str = "shop", **spec: object) -> AskingPod:
    """A pod that waits, with these fields of its spec as JSON has them."""
    metadata = {"name": name, "namespace": namespace, "labels": labels or {}}
    return read_pod(json.dumps({"metadata": metadata, "spec": {"containers": [{"name": "c"}], **spec}}).encode())


def node(name: str, *, labels: dict | None = None, gives: dict | None = None, **spec: object) -> Node:
    allocatable = GIVES if gives is None else gives
    made = {"metadata": {"name": name, "labels": labels or {}}, "spec": spec, "status": {"allocatable": allocatable}}
    return msgspec.convert(made, Node)


def pod_on(where: str, name: str, *, labels: dict | None = None, phase: str = "Running", **spec: object) -> Pod:
    metadata = {"name": name, "namespace": "shop", "labels": labels or {}}
    spec = {"nodeName": where, "containers": [{"name": "c"}], **spec}
    return msgspec.convert({"metadata": metadata, "spec": spec, "status": {"phase": phase}}, Pod)


def requests(**amounts: str) -> dict:
    return {"containers": [{"name": "c", "resources": {"requests": amounts}}]}


def cluster(*objects: Node | Pod) -> Cluster:
    nodes = [each for each in objects if isinstance(each, Node)]
    return Cluster(nodes, [each for each in objects if isinstance(each, Pod)], [])
