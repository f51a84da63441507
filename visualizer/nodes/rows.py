"""The tables of the nodes diagram."""

from __future__ import annotations

from typing import ClassVar

from visualizer.tables import Row


class NodeRow(Row, frozen=True, gc=False, kw_only=True):
    """One Node. ``id`` is its name.

    ``ready`` is the Ready condition's status: ``True``, ``False`` or ``Unknown`` (also where there is no
    such condition), since ``ready_since``. ``troubles`` names the conditions that are True and mean trouble: the
    pressures, and NetworkUnavailable. ``taints`` are ``key=value:Effect``. ``roles`` are what ``kubectl get nodes``
    prints. ``pool`` is its node pool, as the label ``pool_label`` says; both are empty where no label is known to.

    Amounts are CPU in thousandths, memory in bytes, and pods; None where the node does not say. What is allocatable
    to pods is ``cpu``, ``memory`` and ``pods``; the whole capacity is beside it.
    """

    ready: str
    reason: str
    ready_since: str
    zone: str
    pool: str
    pool_label: str
    roles: list[str]
    unschedulable: bool
    troubles: list[str]
    taints: list[str]
    kubelet_version: str
    cpu: int | None
    memory: int | None
    pods: int | None
    cpu_capacity: int | None
    memory_capacity: int | None
    pods_capacity: int | None
    created: str


class LoadRow(Row, frozen=True, gc=False, kw_only=True):
    """What the pods on one node weigh together, as the scheduler counts them. ``id`` is the node's name.

    ``pods`` are those that have not ended. ``cpu`` (in thousandths) and ``memory`` (in bytes) are the sums of their
    requests, ``cpu_limit`` and ``memory_limit`` of their limits; a container without a limit adds nothing there.
    """

    pods: int
    cpu: int
    memory: int
    cpu_limit: int
    memory_limit: int


class LeaseRow(Row, frozen=True, gc=False, kw_only=True):
    """When a kubelet last renewed its node's Lease (KEP-589). ``id`` is the node's name.

    ``renewed`` is the server's time, and ``seconds`` for how long the Lease is good from then on, 0 where it does
    not say.
    """

    renewed: str
    seconds: int


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
