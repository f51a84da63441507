"""Strangers: who cannot have made a write, of two components that write the same status.

Entries of managedFields are stamped to the second. Where two managers wrote within one, what altered tells which of
them did not make this write.
"""

from __future__ import annotations

from visualizer.flow import managers
from visualizer.objects import AnyObject, Pod, PodDisruptionBudget, ResourceQuota


def find_stranger(old: AnyObject, new: AnyObject) -> str:
    """The manager that does not write this, though it writes this kind of object; or ""."""
    if isinstance(new, Pod) and isinstance(old, Pod):
        return managers.SCHEDULER if old.spec.node_name else ""
    if isinstance(new, PodDisruptionBudget) and isinstance(old, PodDisruptionBudget):
        return _of_budget(old, new)
    if isinstance(new, ResourceQuota) and isinstance(old, ResourceQuota):
        return _of_quota(old, new)
    return ""


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
