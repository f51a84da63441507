"""Strategic merge patches: what a kwok recording tells of a change.

They are applied as apimachinery's ``util/strategicpatch`` does it. Which lists are merged, and by which key, is in the
API's types (``patchMergeKey``; in OpenAPI ``x-kubernetes-patch-merge-key``): the tree below has those of Kubernetes
1.36. Custom resources have none beside their metadata. A list that is not merged is replaced.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, TypeAlias

_ORDER: Final = "$setElementOrder/"
_LEAVE_OUT: Final = "$deleteFromPrimitiveList/"
_MOST_DEEP: Final = 100


class PatchError(ValueError):
    """A patch that cannot be applied; the message says why."""


@dataclass(frozen=True)
class Merged:
    """A list that is merged: by this field of its items, or as a set of plain values where that is empty."""

    key: str = ""
    fields: Fields = field(default_factory=dict)


Fields: TypeAlias = "Mapping[str, Fields | Merged]"
"""Of an object's fields, those that are merged lists or lead to one."""

_METADATA: Final[Fields] = {"finalizers": Merged(), "ownerReferences": Merged("uid")}
_CONDITIONS: Final[Fields] = {"conditions": Merged("type")}
_CONTAINER: Final[Fields] = {
    "env": Merged("name"),
    "ports": Merged("containerPort"),
    "volumeDevices": Merged("devicePath"),
    "volumeMounts": Merged("mountPath"),
}
_POD_SPEC: Final[Fields] = {
    "containers": Merged("name", _CONTAINER),
    "ephemeralContainers": Merged("name", _CONTAINER),
    "hostAliases": Merged("ip"),
    "imagePullSecrets": Merged("name"),
    "initContainers": Merged("name", _CONTAINER),
    "resourceClaims": Merged("name"),
    "schedulingGates": Merged("name"),
    "topologySpreadConstraints": Merged("topologyKey"),
    "volumes": Merged("name", {"ephemeral": {"volumeClaimTemplate": {"metadata": _METADATA}}}),
}
_POD_STATUS: Final[Fields] = {
    "conditions": Merged("type"),
    "hostIPs": Merged("ip"),
    "podIPs": Merged("ip"),
    "resourceClaimStatuses": Merged("name"),
}
_TEMPLATE: Final[Fields] = {"metadata": _METADATA, "spec": _POD_SPEC}
_WORKLOAD: Final[Fields] = {"spec": {"template": _TEMPLATE}, "status": _CONDITIONS}
_WEBHOOKS: Final[Fields] = {"webhooks": Merged("name", {"matchConditions": Merged("name")})}

_KINDS: Final[Mapping[tuple[str, str], Fields]] = {
    ("admissionregistration.k8s.io", "MutatingAdmissionPolicy"): {"spec": {"matchConditions": Merged("name")}},
    ("admissionregistration.k8s.io", "MutatingWebhookConfiguration"): _WEBHOOKS,
    ("admissionregistration.k8s.io", "ValidatingAdmissionPolicy"): {
        "spec": {"matchConditions": Merged("name"), "variables": Merged("name")}
    },
    ("admissionregistration.k8s.io", "ValidatingWebhookConfiguration"): _WEBHOOKS,
    ("apiregistration.k8s.io", "APIService"): {"status": _CONDITIONS},
    ("apps", "DaemonSet"): _WORKLOAD,
    ("apps", "Deployment"): _WORKLOAD,
    ("apps", "ReplicaSet"): _WORKLOAD,
    ("apps", "StatefulSet"): _WORKLOAD,
    ("autoscaling", "HorizontalPodAutoscaler"): {"status": _CONDITIONS},
    ("batch", "CronJob"): {"spec": {"jobTemplate": {"metadata": _METADATA, "spec": {"template": _TEMPLATE}}}},
    ("batch", "Job"): _WORKLOAD,
    ("flowcontrol.apiserver.k8s.io", "FlowSchema"): {"status": _CONDITIONS},
    ("flowcontrol.apiserver.k8s.io", "PriorityLevelConfiguration"): {"status": _CONDITIONS},
    ("networking.k8s.io", "ServiceCIDR"): {"status": _CONDITIONS},
    ("policy", "PodDisruptionBudget"): {"status": _CONDITIONS},
    ("resource.k8s.io", "ResourceClaim"): {"status": {"reservedFor": Merged("uid")}},
    ("storage.k8s.io", "CSINode"): {"spec": {"drivers": Merged("name")}},
    ("", "ComponentStatus"): _CONDITIONS,
    ("", "Namespace"): {"status": _CONDITIONS},
    ("", "Node"): {
        "spec": {"podCIDRs": Merged()},
        "status": {"addresses": Merged("type"), "conditions": Merged("type")},
    },
    ("", "PersistentVolumeClaim"): {"status": _CONDITIONS},
    ("", "Pod"): {"spec": _POD_SPEC, "status": _POD_STATUS},
    ("", "PodTemplate"): {"template": _TEMPLATE},
    ("", "ReplicationController"): _WORKLOAD,
    ("", "Service"): {"spec": {"ports": Merged("port")}, "status": _CONDITIONS},
    ("", "ServiceAccount"): {"secrets": Merged("name")},
}


def fields_of(api_version: str, kind: str) -> Fields:
    """The merged lists of this kind's objects."""
    group = api_version.rpartition("/")[0]
    return {"metadata": _METADATA, **_KINDS.get((group, kind), {})}


def apply_patch(current: dict[str, Any], patch: dict[str, Any], fields: Fields) -> dict[str, Any]:
    """The object as the patch makes it; the object itself stays as it was. Raises :class:`PatchError`."""
    return _merge(current, patch, fields, 0)


def _merge(current: dict[str, Any] | None, patch: dict[str, Any], fields: Fields, depth: int) -> dict[str, Any]:
    """The map as the patch makes it. Where there is none yet, a null takes nothing away: it is meant."""
    if depth > _MOST_DEEP:
        raise PatchError("it is nested too deeply")
    directive = patch.get("$patch")
    if directive == "delete":
        return {}
    retained = patch.get("$retainKeys")
    merged = {} if directive == "replace" or current is None else dict(current)
    if isinstance(retained, list):
        merged = {name: value for name, value in merged.items() if name in retained}
    for name, value in patch.items():
        if name.startswith("$"):
            continue
        how = fields.get(name, {})
        if value is None and current is not None:
            merged.pop(name, None)
        elif isinstance(value, dict):
            below = how if isinstance(how, Mapping) else {}
            merged[name] = _merge(_map_at(merged, name), value, below, depth + 1)
        elif isinstance(value, list) and isinstance(how, Merged):
            merged[name] = _merge_list(_list_at(merged, name), value, how, depth + 1)
        else:
            merged[name] = value
    _obey_directives(merged, patch, fields)
    return merged


def _obey_directives(merged: dict[str, Any], patch: dict[str, Any], fields: Fields) -> None:
    for name, value in patch.items():
        if not name.startswith("$") or name in {"$patch", "$retainKeys"}:
            continue
        directive, _, of = name.partition("/")
        how = fields.get(of)
        if not isinstance(how, Merged) or not isinstance(value, list):
            raise PatchError(f"it has {name}, of a list that is not merged")
        if directive + "/" == _LEAVE_OUT:
            left_out = {_identity(item, how) for item in value}
            merged[of] = [item for item in _list_at(merged, of) if _identity(item, how) not in left_out]
        elif directive + "/" == _ORDER:
            merged[of] = _ordered(_list_at(merged, of), value, how)
        else:
            raise PatchError(f"it has {name}, which is not known")


def _merge_list(current: list[Any], patch: list[Any], how: Merged, depth: int) -> list[Any]:
    if not how.key:
        known = {_identity(item, how) for item in current}
        return [*current, *(item for item in patch if _identity(item, how) not in known)]
    merged: list[Any] = [] if any(_directive(item, how) == "replace" for item in patch) else list(current)
    places: dict[str, list[int]] = {}
    for place, item in enumerate(merged):
        places.setdefault(_identity(item, how), []).append(place)
    gone: set[int] = set()
    for item in patch:
        directive = _directive(item, how)
        found = places.get(_identity(item, how), []) if directive != "replace" else []
        if directive == "delete":
            gone.update(found)
        elif found and isinstance(merged[found[0]], dict):  # of several with one key the first, as apimachinery does
            merged[found[0]] = _merge(merged[found[0]], item, how.fields, depth)
        elif directive != "replace":
            merged.append(_merge(None, item, how.fields, depth))
    return [item for place, item in enumerate(merged) if place not in gone]


def _directive(item: object, how: Merged) -> object:
    """What an item of a patch asks for beside being merged. Raises :class:`PatchError` where it is no such item."""
    if not isinstance(item, dict):
        raise PatchError(f"an item of a list that is merged by {how.key} is no object")
    directive = item.get("$patch")
    if directive != "replace" and how.key not in item:
        raise PatchError(f"an item of a list that is merged by {how.key} has none")
    return directive


def _ordered(items: list[Any], order: list[Any], how: Merged) -> list[Any]:
    """In this order; what it does not name comes last, as it stood."""
    ranks = {_identity(item, how): rank for rank, item in reversed(list(enumerate(order)))}
    return sorted(items, key=lambda item: ranks.get(_identity(item, how), len(order)))


def _identity(item: object, how: Merged) -> str:
    """What tells an item from the others of its list, as text: it may be of any type."""
    return json.dumps(item.get(how.key) if how.key and isinstance(item, dict) else item, sort_keys=True, default=str)


def _map_at(obj: dict[str, Any], name: str) -> dict[str, Any] | None:
    found = obj.get(name)
    return found if isinstance(found, dict) else None


def _list_at(obj: dict[str, Any], name: str) -> list[Any]:
    found = obj.get(name)
    return found if isinstance(found, list) else []
