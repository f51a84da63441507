"""Strangers: who cannot have made a write, of several that wrote to the object within one second.

Entries of managedFields are stamped to the second. Where two managers wrote within one, and neither entry altered, what
the write altered tells which of them it is not.
"""

from __future__ import annotations

from collections.abc import Sequence

from visualizer.flow import managers
from visualizer.objects import AnyObject, ManagedFields, Pod, PodDisruptionBudget, ResourceQuota


def leave_out_strangers(old: AnyObject, new: AnyObject, entries: Sequence[ManagedFields]) -> Sequence[ManagedFields]:
    """Of these entries of ``new``, those that may be the writer's."""
    if isinstance(new, Pod) and isinstance(old, Pod):
        return [each for each in entries if not _is_stranger_to_pod(old, new, each)]
    if isinstance(new, PodDisruptionBudget) and isinstance(old, PodDisruptionBudget):
        stranger = _of_budget(old, new)
    elif isinstance(new, ResourceQuota) and isinstance(old, ResourceQuota):
        stranger = _of_quota(old, new)
    else:
        return _leave_out_people(entries) if old.metadata.generation == new.metadata.generation else entries
    return [each for each in entries if each.manager != stranger]


def _is_stranger_to_pod(old: Pod, new: Pod, entry: ManagedFields) -> bool:
    """Of a Pod on a node, the scheduler writes no status; and controllers write only its metadata, which is told."""
    if not old.spec.node_name:
        return False
    if entry.manager == managers.SCHEDULER:
        return True
    is_plain = old.metadata.labels == new.metadata.labels and old.metadata.generation == new.metadata.generation
    return is_plain and entry.manager == managers.CONTROLLER_MANAGER and not entry.subresource


def _of_budget(old: PodDisruptionBudget, new: PodDisruptionBudget) -> str:
    """The API server notes whom it lets go, and counts one less; all else is the disruption controller's."""
    let_go = set(new.status.disrupted_pods or ()) - set(old.status.disrupted_pods or ())
    return managers.CONTROLLER_MANAGER if let_go else managers.APISERVER


def _of_quota(old: ResourceQuota, new: ResourceQuota) -> str:
    """The API server counts what it admits, and so only up; the quota controller counts anew."""
    if old.status.hard != new.status.hard:
        return managers.APISERVER
    before = old.status.used or {}
    steps = [
        int(now) - int(before[name])
        for name, now in (new.status.used or {}).items()
        if now.isdecimal() and before.get(name, "").isdecimal()
    ]
    if any(step < 0 for step in steps):
        return managers.APISERVER
    return managers.CONTROLLER_MANAGER if any(step > 0 for step in steps) else ""


def _leave_out_people(entries: Sequence[ManagedFields]) -> Sequence[ManagedFields]:
    """Where no spec altered: who writes the status does so again within a second, and people hardly do."""
    programs = [each for each in entries if not managers.is_kubectl(each.manager)]
    return programs if programs and all(each.subresource == "status" for each in programs) else entries
