"""The tables of the nodes diagram."""

from __future__ import annotations

from typing import ClassVar

from visualizer.tables import Row


class NodeRow(Row, frozen=True, gc=False, kw_only=True):
    """One Node. ``id`` is its name.

    ``ready`` is the Ready condition's status: ``True``, ``False`` or ``Unknown`` (also where there is no
    such condition). ``pressures`` names the pressure conditions that are True. ``taints`` are
    ``key=value:Effect``. Quantities are the server's strings; ``cpu`` and
    ``memory`` are what is allocatable to pods, ``pod_capacity`` how many pods (0 where unknown).
    """

    ready: str
    reason: str
    zone: str
    unschedulable: bool
    pressures: list[str]
    taints: list[str]
    kubelet_version: str
    cpu: str
    memory: str
    pod_capacity: int
    created: str


class PodRow(Row, frozen=True, gc=False, kw_only=True):
    """One Pod. ``id`` is ``namespace/name``. ``node`` is empty while it is not bound.

    ``status`` is what ``kubectl get pods`` prints in STATUS (Running, ContainerCreating, CrashLoopBackOff,
    Init:0/1, Terminating); ``is_ready`` its Ready condition. ``ready`` of ``containers`` containers are
    ready. ``owner`` is the controlling owner's ref (``apps/v1/replicasets:shop/web-5d``), or empty where it
    has none or that is gone.
    """

    implied: ClassVar[tuple[str, ...]] = ("namespace", "name")

    namespace: str
    name: str
    node: str
    phase: str
    status: str
    is_ready: bool
    is_terminating: bool
    ready: int
    containers: int
    restarts: int
    owner: str
    ip: str
    created: str


class OwnerRow(Row, frozen=True, gc=False, kw_only=True):
    """One object that makes Pods, or makes what makes them. ``id`` is its ref.

    ``owner`` is its own controller's ref, or empty; no owner is its own owner, however far up. ``wanted``
    and ``ready`` count Pods (for Jobs: completions and successes); None where the kind does not say.
    """

    implied: ClassVar[tuple[str, ...]] = ("namespace", "name")

    kind: str
    namespace: str
    name: str
    owner: str
    wanted: int | None
    ready: int | None
    created: str
