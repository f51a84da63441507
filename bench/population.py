"""A large cluster as one moment, told with no more than what is drawn of it: nodes, their pods, and what made these.

``bench/generator.py`` makes objects as large as real ones. These are small, so that 150,000 pods are made and read in
within seconds, and there is some of everything that the Nodes map has a sign for. The same for the same seed.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import Any

import orjson

START_TS = 1_795_000_000.0
CREATED = "2026-11-18T11:00:00Z"
RESOURCES = {
    "v1/nodes": ("Node", False),
    "v1/pods": ("Pod", True),
    "apps/v1/deployments": ("Deployment", True),
    "apps/v1/replicasets": ("ReplicaSet", True),
    "apps/v1/statefulsets": ("StatefulSet", True),
    "apps/v1/daemonsets": ("DaemonSet", True),
    "coordination.k8s.io/v1/leases": ("Lease", True),
}
POOLS = ("general", "memory", "spot", "gpu")
DAEMONS = ("node-agent", "logs")
REPLICAS = 5
PAGE = 500
Item = dict[str, Any]


def lines(nodes: int, pods: int, seed: int = 1) -> Iterator[bytes]:
    """The recording, line by line: a header, and every resource in pages. DaemonSets' pods are among the ``pods``."""
    chance = random.Random(seed)
    resources = {name: {"path": f"/{name}", "kind": kind, "namespaced": own} for name, (kind, own) in RESOURCES.items()}
    header = {"kind": "header", "format": "orrery-recording", "version": 1, "name": f"{pods} pods", "ts": START_TS}
    yield orjson.dumps({**header, "server_version": "v1.36.2", "resources": resources})
    applications = (pods - nodes * len(DAEMONS)) // REPLICAS
    yield from _pages("v1/nodes", (_node(n, chance) for n in range(nodes)))
    yield from _pages("coordination.k8s.io/v1/leases", (_lease(n, nodes) for n in range(nodes)))
    yield from _pages("apps/v1/deployments", (_owner(_application(n), _namespace(n), "d") for n in range(applications)))
    yield from _pages("apps/v1/replicasets", (_replica_set(n) for n in range(applications)))
    yield from _pages("apps/v1/daemonsets", (_owner(name, "kube-system", "a") for name in DAEMONS))
    yield from _pages("v1/pods", _pods(nodes, pods, applications, chance))


def _pages(resource: str, items: Iterable[Item]) -> Iterator[bytes]:
    page: list[Item] = []
    for item in items:
        if len(page) == PAGE:
            yield _list(resource, page, more=True)
            page = []
        page.append(item)
    yield _list(resource, page, more=False)


def _list(resource: str, items: list[Item], *, more: bool) -> bytes:
    told = {"kind": "list", "ts": START_TS, "resource": resource, "resourceVersion": "1", "items": items}
    return orjson.dumps({**told, "more": True} if more else told)


def _node(n: int, chance: random.Random) -> Item:
    pool = POOLS[n % len(POOLS)]
    state = chance.random()
    ready = "Unknown" if state < 0.002 else "False" if state < 0.004 else "True"
    pressure = "True" if 0.004 <= state < 0.008 else "False"
    spec: Item = {"unschedulable": True} if 0.008 <= state < 0.016 else {}
    if pool == "gpu":
        spec["taints"] = [{"key": "nvidia.com/gpu", "value": "present", "effect": "NoSchedule"}]
    amounts = {"cpu": "16", "memory": "64Gi", "pods": "110"}
    labels = {"topology.kubernetes.io/zone": f"zone-{'abc'[n % 3]}", "karpenter.sh/nodepool": pool}
    return {
        "metadata": {"name": _node_name(n), "uid": f"n{n}", "creationTimestamp": CREATED, "labels": labels},
        "spec": spec,
        "status": {
            "capacity": amounts,
            "allocatable": {**amounts, "cpu": "15890m", "memory": "60Gi"},
            "conditions": [
                {"type": "Ready", "status": ready, "lastTransitionTime": CREATED},
                {"type": "MemoryPressure", "status": pressure},
            ],
            "nodeInfo": {"kubeletVersion": "v1.36.2"},
        },
    }


def _lease(n: int, nodes: int) -> Item:
    seconds = START_TS - 10 * n / nodes - (60 if n % 997 == 5 else 0)
    return {
        "metadata": {"name": _node_name(n), "namespace": "kube-node-lease", "uid": f"l{n}"},
        "spec": {"renewTime": _time(seconds), "leaseDurationSeconds": 40},
    }


def _replica_set(n: int) -> Item:
    return _owner(f"{_application(n)}-6b5d478965", _namespace(n), "r", ("apps/v1", "Deployment", _application(n), "d"))


def _owner(name: str, namespace: str, letter: str, above: tuple[str, str, str, str] | None = None) -> Item:
    metadata = {"name": name, "namespace": namespace, "uid": f"{letter}-{name}", "creationTimestamp": CREATED}
    if above:
        metadata = {**metadata, "ownerReferences": [_reference(*above)]}
    return {"metadata": metadata, "spec": {"replicas": REPLICAS}, "status": {"readyReplicas": REPLICAS}}


def _reference(version: str, kind: str, name: str, letter: str) -> Item:
    return {"apiVersion": version, "kind": kind, "name": name, "uid": f"{letter}-{name}", "controller": True}


def _pods(nodes: int, pods: int, applications: int, chance: random.Random) -> Iterator[Item]:
    for name in DAEMONS:
        owner = ("apps/v1", "DaemonSet", name, "a")
        for n in range(nodes):
            yield _pod(f"{name}-{_suffix(n)}", "kube-system", _node_name(n), owner, 0.5 + n / nodes / 2)
    for n in range(pods - nodes * len(DAEMONS)):
        application = n // REPLICAS
        set_name = f"{_application(application)}-6b5d478965"
        owner = ("apps/v1", "ReplicaSet", set_name, "r")
        where = "" if n % 9_973 == 17 else _node_name(chance.randrange(nodes))
        yield _pod(f"{set_name}-{_suffix(n)}", _namespace(application), where, owner, chance.random())


def _pod(name: str, namespace: str, node: str, owner: tuple[str, str, str, str], state: float) -> Item:
    """``state`` decides how it is, how old, and how often it was restarted: from 0 (badly) to 1."""
    is_ready, runs = bool(node) and state > 0.02, bool(node) and state > 0.014
    reason = "CrashLoopBackOff" if state < 0.006 else "ContainerCreating"
    restarts = int(0.05 / state) - 1 if 0 < state < 0.05 else 0
    metadata: Item = {
        "name": name,
        "namespace": namespace,
        "uid": f"p-{name}",
        "creationTimestamp": _time(START_TS - 10 ** (1 + state * 7919 % 5)),
        "ownerReferences": [_reference(*owner)],
    }
    if 0.006 <= state < 0.009:
        metadata["deletionTimestamp"] = CREATED
    resources = {"requests": {"cpu": "200m", "memory": "512Mi"}, "limits": {"cpu": "1", "memory": "1Gi"}}
    status: Item = {
        "name": "c",
        "ready": is_ready,
        "restartCount": restarts,
        "state": {"running": {}} if runs else {"waiting": {"reason": reason}},
    }
    return {
        "metadata": metadata,
        "spec": {"nodeName": node, "containers": [{"name": "c", "resources": resources}]},
        "status": {
            "phase": "Running" if runs else "Pending",
            "conditions": [{"type": "Ready", "status": "True" if is_ready else "False"}],
            "containerStatuses": [status] if node else [],
        },
    }


def _time(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat().replace("+00:00", "Z")


def _node_name(n: int) -> str:
    return f"node-{n:04d}"


def _namespace(n: int) -> str:
    return f"team-{n % 40:02d}"


def _application(n: int) -> str:
    return f"web-{n:05d}"


def _suffix(n: int) -> str:
    letters = "bcdfghjklmnpqrstvwxz2456789"
    text = ""
    for _ in range(5):
        n, at = divmod(n * 7 + 3, len(letters))
        text += letters[at]
    return text
