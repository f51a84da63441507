"""Columns: what ``kubectl get`` prints of each kind beside name and namespace.

The kinds that people list most are printed by :mod:`visualizer.printing`. Here are those that are only listed, from the
API server's pkg/printers/internalversion/printers.go (Kubernetes 1.36); any other kind has its age. Cells are read from
the raw object; one whose shape is another has empty cells.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from msgspec import Struct

from visualizer.printing import columns as printing
from visualizer.printing.columns import NONE
from visualizer.printing.columns import Column as Printed

Json = dict[str, Any]

WIDE: Final = frozenset({"IP", "Node", "Images", "Selector"})
"""Columns that kubectl shows with ``--output=wide`` only, and that are worth their place here."""


class Column(Struct, frozen=True):
    """One column. ``cell`` is given the object as JSON and the time (unix seconds)."""

    name: str
    cell: Callable[[Json, float], str]


def columns_of(resource: str) -> Sequence[Column]:
    """The columns of a resource (``apps/v1/deployments``), whatever its version."""
    return COLUMNS.get(_name(resource), DEFAULT)


def _name(resource: str) -> tuple[str, str]:
    group_version, _, plural = resource.rpartition("/")
    return group_version.rpartition("/")[0], plural


def _printed(column: Printed) -> Column:
    def cell(raw: Json, now: float) -> str:
        try:
            return str(column.cell(raw, now))
        except (KeyError, TypeError, AttributeError, ValueError):
            return ""

    return Column(column.name, cell)


def at(obj: object, path: str) -> object:
    """What is at a path of keys with dots between; None where it is not there."""
    for part in path.split("."):
        if not isinstance(obj, dict):
            return None
        obj = obj.get(part)
    return obj


def _items(obj: object, path: str) -> list[object]:
    found = at(obj, path)
    return found if isinstance(found, list) else []


def _text(path: str, absent: str = NONE) -> Callable[[Json, float], str]:
    def cell(raw: Json, _now: float) -> str:
        found = at(raw, path)
        return absent if found in (None, "", {}, []) else str(found)

    return cell


def _pairs(path: str) -> Callable[[Json, float], str]:
    def cell(raw: Json, _now: float) -> str:
        found = at(raw, path)
        pairs = sorted(found.items()) if isinstance(found, dict) else []
        return ",".join(f"{key}={value}" for key, value in pairs) or NONE

    return cell


def _modes(raw: Json, _now: float) -> str:
    short = {"ReadWriteOnce": "RWO", "ReadOnlyMany": "ROX", "ReadWriteMany": "RWX", "ReadWriteOncePod": "RWOP"}
    modes = _items(raw, "status.accessModes") or _items(raw, "spec.accessModes")
    return ",".join(short.get(str(mode), str(mode)) for mode in modes)


def _claim_of(raw: Json, _now: float) -> str:
    name = at(raw, "spec.claimRef.name")
    return f"{at(raw, 'spec.claimRef.namespace')}/{name}" if name else ""


def _hosts(raw: Json, _now: float) -> str:
    hosts = [str(at(rule, "host")) for rule in _items(raw, "spec.rules") if at(rule, "host")]
    return ",".join(hosts) or "*"


def _named(path: str) -> Callable[[Json, float], str]:
    """``Kind/name`` of a reference."""
    return lambda raw, _now: f"{at(raw, f'{path}.kind')}/{at(raw, f'{path}.name')}"


def _addresses(raw: Json, _now: float) -> str:
    found = [str(address) for each in _items(raw, "endpoints") for address in _items(each, "addresses")]
    return ",".join(found[:3]) + (f" + {len(found) - 3} more..." if len(found) > 3 else "") or "<unset>"


AGE: Final = _printed(printing.AGE)
DEFAULT: Final = (AGE,)

COLUMNS: Final[Mapping[tuple[str, str], Sequence[Column]]] = {
    **{
        _name(resource): tuple(
            _printed(each) for each in printed if each.name != "Name" and (not each.wide or each.name in WIDE)
        )
        for resource, printed in printing.COLUMNS.items()
    },
    ("", "persistentvolumeclaims"): (
        Column("Status", _text("status.phase")),
        Column("Volume", _text("spec.volumeName", "")),
        Column("Capacity", _text("status.capacity.storage", "")),
        Column("Access modes", _modes),
        Column("StorageClass", _text("spec.storageClassName", "")),
        AGE,
    ),
    ("", "persistentvolumes"): (
        Column("Capacity", _text("spec.capacity.storage", "")),
        Column("Access modes", _modes),
        Column("Reclaim policy", _text("spec.persistentVolumeReclaimPolicy", "")),
        Column("Status", _text("status.phase")),
        Column("Claim", _claim_of),
        Column("StorageClass", _text("spec.storageClassName", "")),
        AGE,
    ),
    ("", "replicationcontrollers"): (
        Column("Desired", _text("spec.replicas", "0")),
        Column("Current", _text("status.replicas", "0")),
        Column("Ready", _text("status.readyReplicas", "0")),
        AGE,
    ),
    ("networking.k8s.io", "ingresses"): (
        Column("Class", _text("spec.ingressClassName")),
        Column("Hosts", _hosts),
        AGE,
    ),
    ("networking.k8s.io", "networkpolicies"): (Column("Pod-selector", _pairs("spec.podSelector.matchLabels")), AGE),
    ("autoscaling", "horizontalpodautoscalers"): (
        Column("Reference", _named("spec.scaleTargetRef")),
        Column("Minpods", _text("spec.minReplicas", "<unset>")),
        Column("Maxpods", _text("spec.maxReplicas")),
        Column("Replicas", _text("status.currentReplicas", "0")),
        AGE,
    ),
    ("policy", "poddisruptionbudgets"): (
        Column("Min available", _text("spec.minAvailable", "N/A")),
        Column("Max unavailable", _text("spec.maxUnavailable", "N/A")),
        Column("Allowed disruptions", _text("status.disruptionsAllowed", "0")),
        AGE,
    ),
    ("discovery.k8s.io", "endpointslices"): (
        Column("Addresstype", _text("addressType")),
        Column("Endpoints", _addresses),
        AGE,
    ),
    ("storage.k8s.io", "storageclasses"): (
        Column("Provisioner", _text("provisioner")),
        Column("Reclaimpolicy", _text("reclaimPolicy")),
        Column("Volumebindingmode", _text("volumeBindingMode")),
        AGE,
    ),
    ("scheduling.k8s.io", "priorityclasses"): (
        Column("Value", _text("value", "0")),
        Column("Global-default", _text("globalDefault", "False")),
        AGE,
    ),
    ("rbac.authorization.k8s.io", "rolebindings"): (Column("Role", _named("roleRef")), AGE),
    ("rbac.authorization.k8s.io", "clusterrolebindings"): (Column("Role", _named("roleRef")), AGE),
}
"""By group and plural."""
