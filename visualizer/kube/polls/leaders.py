"""Leaders: the Leases of ``kube-system``, by which the control plane's components elect who is at work.

A component renews its Lease every few seconds; another may take it when it was not renewed for
``leaseDurationSeconds`` (https://kubernetes.io/docs/concepts/architecture/leases/). Ages are by the API server's clock,
from its answer's Date, so that this machine's does not matter.
"""

from __future__ import annotations

from datetime import datetime
from typing import Final, Literal

import msgspec
from msgspec import Struct, field

from visualizer.kube.polls.asking import Asked
from visualizer.kube.polls.results import ComponentLease, Leaders, Outcome
from visualizer.kube.transport import refusal_of

PATH: Final = "/apis/coordination.k8s.io/v1/namespaces/kube-system/leases"
IDENTITY_LABEL: Final = "apiserver.kubernetes.io/identity"
CONTROL_PLANE: Final = ("kube-controller-manager", "kube-scheduler", "cloud-controller-manager")


class _Metadata(Struct):
    name: str
    labels: dict[str, str] | None = None


class _Spec(Struct):
    holderIdentity: str | None = None
    leaseDurationSeconds: int | None = None
    acquireTime: str | None = None
    renewTime: str | None = None
    leaseTransitions: int | None = None


class _Lease(Struct):
    metadata: _Metadata
    spec: _Spec = field(default_factory=_Spec)


class _Leases(Struct):
    items: list[_Lease] | None = None


async def ask(asked: Asked) -> Outcome:
    """Who leads; failing where nobody leads a component of the control plane."""
    answer = await asked.transport.ask(PATH)
    if refusal := refusal_of(answer):
        raise refusal
    found = read(answer.body, now=asked.now if answer.clock is None else answer.clock)
    leaderless = [lease.name for lease in found.leases if lease.name in CONTROL_PLANE and lease.is_stale]
    if leaderless:
        return Outcome("failing", f"Nobody leads {' and '.join(leaderless)}: the Lease is not renewed.", found)
    return Outcome("ok", result=found)


def read(answer: bytes, *, now: float) -> Leaders:
    """The leases of this list, as of ``now`` (unix seconds)."""
    leases = [_describe(lease, now) for lease in msgspec.json.decode(answer, type=_Leases).items or ()]
    leases.sort(key=lambda lease: (lease.name not in CONTROL_PLANE, lease.role != "leader", lease.name))
    return Leaders(leases)


def _describe(lease: _Lease, now: float) -> ComponentLease:
    spec = lease.spec
    renewed = _ts(spec.renewTime)
    age = None if renewed is None else round(max(0.0, now - renewed), 3)
    is_late = age is not None and spec.leaseDurationSeconds is not None and age > spec.leaseDurationSeconds
    role: Literal["leader", "server"] = "server" if IDENTITY_LABEL in (lease.metadata.labels or {}) else "leader"
    return ComponentLease(
        name=lease.metadata.name,
        role=role,
        holder=spec.holderIdentity or "",
        acquired_ts=_ts(spec.acquireTime),
        renewed_ts=renewed,
        duration_seconds=spec.leaseDurationSeconds,
        age_seconds=age,
        is_stale=is_late or not spec.holderIdentity,
        transitions=spec.leaseTransitions,
    )


def _ts(time: str | None) -> float | None:
    try:
        return None if time is None else datetime.fromisoformat(time).timestamp()
    except ValueError:
        return None
