"""Manifests: an object as one would apply it elsewhere, without what a server or a controller sets.

What is left out is what an API server fills in or refuses to be given, and what holds in one cluster only: ids,
versions, addresses, the node. The rest is as it stands, defaults included, so that what is read back there is equal in
what matters. Kubernetes has no such export (``kubectl get --export`` was taken out in 1.18 since no rule is right for
all: kubernetes/kubernetes#73787), so what is left out is said, with why.
"""

from __future__ import annotations

from collections.abc import Iterator
from copy import deepcopy
from typing import Any, Final, NamedTuple, TypeAlias

from visualizer.credentials import MASK

Json: TypeAlias = "dict[str, Any]"

LAST_APPLIED: Final = "kubectl.kubernetes.io/last-applied-configuration"

_SERVERS: Final = "the API server sets it"
_METADATA: Final = {
    "uid": _SERVERS,
    "resourceVersion": _SERVERS,
    "generation": _SERVERS,
    "creationTimestamp": _SERVERS,
    "deletionTimestamp": _SERVERS,
    "deletionGracePeriodSeconds": _SERVERS,
    "managedFields": "the API server keeps it, by who applies",
    "selfLink": _SERVERS,
    "generateName": "the name is made already",
    "ownerReferences": "they name owners by uid, which are others elsewhere",
}
_ANNOTATIONS: Final = {
    LAST_APPLIED: "kubectl keeps there what it applied last",
    "deployment.kubernetes.io/revision": "the deployment controller counts there",
    "deployment.kubernetes.io/desired-replicas": "the deployment controller keeps it",
    "deployment.kubernetes.io/max-replicas": "the deployment controller keeps it",
    "deprecated.daemonset.template.generation": "the API server counts there",
    "pv.kubernetes.io/bind-completed": "the volume controller keeps it",
    "pv.kubernetes.io/bound-by-controller": "the volume controller keeps it",
    "volume.kubernetes.io/selected-node": "the scheduler chose it",
    "control-plane.alpha.kubernetes.io/leader": "whoever leads writes it",
}
_SPECS: Final[dict[str, dict[str, str]]] = {
    "v1/pods": {
        "nodeName": "the scheduler chose it",
        "priority": "it follows from priorityClassName",
        "preemptionPolicy": "it follows from priorityClassName",
    },
    "v1/services": {
        "clusterIP": "the API server gives out the address",
        "clusterIPs": "the API server gives out the addresses",
        "healthCheckNodePort": "the API server gives out the port",
    },
    "v1/persistentvolumeclaims": {"volumeName": "the volume controller bound it"},
    "v1/persistentvolumes": {"claimRef": "the volume controller bound it"},
    "v1/namespaces": {"finalizers": _SERVERS},
    "v1/nodes": {"podCIDR": "the node controller gave it out", "podCIDRs": "the node controller gave it out"},
}
_JOB_LABELS: Final = frozenset(
    {"batch.kubernetes.io/controller-uid", "controller-uid", "batch.kubernetes.io/job-name", "job-name"}
)
_TOKEN_VOLUME: Final = "kube-api-access-"  # noqa: S105 - a volume's name


class Left(NamedTuple):
    """A field that was left out, and why."""

    path: str
    why: str


class Manifest(NamedTuple):
    """The object, what was left out of it, and sentences on what to see to."""

    object: Json
    removed: list[Left]
    notes: list[str]


def make_manifest(resource: str, kind: str, raw: Json) -> Manifest:
    """The manifest of an object of this resource (``apps/v1/deployments``)."""
    obj = {"apiVersion": resource.rpartition("/")[0], "kind": kind} | deepcopy(raw)
    removed = [*_strip_metadata(obj), *_strip_spec(resource, obj)]
    if obj.pop("status", None) is not None:
        removed.append(Left("status", "it is told by those who act on the object"))
    return Manifest(obj, removed, list(_iter_notes(resource, raw)))


def _strip_metadata(obj: Json) -> Iterator[Left]:
    metadata = obj.get("metadata")
    if not isinstance(metadata, dict):
        return
    for name, why in _METADATA.items():
        if metadata.pop(name, None) is not None:
            yield Left(f"metadata.{name}", why)
    annotations = metadata.get("annotations")
    if isinstance(annotations, dict):
        for name, why in _ANNOTATIONS.items():
            if annotations.pop(name, None) is not None:
                yield Left(f"metadata.annotations[{name}]", why)
        if not annotations:
            del metadata["annotations"]


def _strip_spec(resource: str, obj: Json) -> Iterator[Left]:
    spec = obj.get("spec")
    if not isinstance(spec, dict):
        return
    named = dict(_SPECS.get(resource, {}))
    if resource == "v1/services" and spec.get("clusterIP") == "None":
        del named["clusterIP"], named["clusterIPs"]  # a headless Service is so by its manifest
    for name, why in named.items():
        if spec.pop(name, None) is not None:
            yield Left(f"spec.{name}", why)
    if resource == "v1/services":
        yield from _strip_node_ports(spec)
    if resource == "v1/pods":
        yield from _strip_token(spec)
    if resource == "batch/v1/jobs" and not spec.get("manualSelector"):
        yield from _strip_job(spec)


def _strip_node_ports(spec: Json) -> Iterator[Left]:
    for number, port in enumerate(_maps(spec.get("ports"))):
        if port.pop("nodePort", None) is not None:
            yield Left(f"spec.ports[{number}].nodePort", "the API server gives out the port; it may be taken elsewhere")


def _strip_token(spec: Json) -> Iterator[Left]:
    """The volume with the ServiceAccount's token, which admission adds to every Pod, and where it is mounted."""
    volumes = (volume.get("name") for volume in _maps(spec.get("volumes")))
    names = {name for name in volumes if isinstance(name, str) and name.startswith(_TOKEN_VOLUME)}
    if not names:
        return
    spec["volumes"] = [volume for volume in _maps(spec["volumes"]) if volume.get("name") not in names]
    for field in ("containers", "initContainers"):
        for container in _maps(spec.get(field)):
            mounts = [mount for mount in _maps(container.get("volumeMounts")) if mount.get("name") not in names]
            container["volumeMounts"] = mounts
            if not mounts:
                del container["volumeMounts"]
    if not spec["volumes"]:
        del spec["volumes"]
    for name in sorted(names):
        yield Left(
            f"spec.volumes[{name}]", "the API server adds the ServiceAccount’s token to each Pod, and its mounts"
        )


def _strip_job(spec: Json) -> Iterator[Left]:
    if spec.pop("selector", None) is not None:
        yield Left("spec.selector", "the API server makes it of the Job’s uid")
    template = spec.get("template")
    metadata = template.get("metadata") if isinstance(template, dict) else None
    labels = metadata.get("labels") if isinstance(metadata, dict) else None
    if isinstance(labels, dict):
        for name in sorted(_JOB_LABELS & labels.keys()):
            del labels[name]
            yield Left(f"spec.template.metadata.labels[{name}]", "the API server makes it of the Job’s uid and name")


def _iter_notes(resource: str, raw: Json) -> Iterator[str]:
    metadata = raw.get("metadata")
    metadata = metadata if isinstance(metadata, dict) else {}
    if resource == "v1/secrets":
        yield "Orrery never reads what is in a Secret: its data have to be put in."
    if metadata.get("ownerReferences"):
        yield "A controller made this object. Apply its owner instead, and the controller makes it anew."
    if metadata.get("finalizers"):
        yield "It has finalizers: where nobody takes them off, it cannot be deleted."
    if MASK in str(raw.get("spec")):
        yield "Values that look like credentials were masked: they have to be put in."


def _maps(value: object) -> list[Json]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []
