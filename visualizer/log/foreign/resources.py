"""The resource of an object that another tool wrote, which names its apiVersion and kind only."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any, Final

from visualizer.frames import Resource
from visualizer.log.recording import RecordingError

# What Kubernetes 1.36 serves, by group and version: the kinds in namespaces, then those of the cluster.
_BUILT_IN: Final = {
    "admissionregistration.k8s.io/v1": (
        "",
        (
            "MutatingAdmissionPolicy MutatingAdmissionPolicyBinding MutatingWebhookConfiguration "
            "ValidatingAdmissionPolicy ValidatingAdmissionPolicyBinding ValidatingWebhookConfiguration"
        ),
    ),
    "apiextensions.k8s.io/v1": ("", "CustomResourceDefinition"),
    "apiregistration.k8s.io/v1": ("", "APIService"),
    "apps/v1": ("ControllerRevision DaemonSet Deployment ReplicaSet StatefulSet", ""),
    "autoscaling/v2": ("HorizontalPodAutoscaler", ""),
    "batch/v1": ("CronJob Job", ""),
    "certificates.k8s.io/v1": ("", "CertificateSigningRequest"),
    "coordination.k8s.io/v1": ("Lease", ""),
    "discovery.k8s.io/v1": ("EndpointSlice", ""),
    "events.k8s.io/v1": ("Event", ""),
    "flowcontrol.apiserver.k8s.io/v1": ("", "FlowSchema PriorityLevelConfiguration"),
    "networking.k8s.io/v1": ("Ingress NetworkPolicy", "IPAddress IngressClass ServiceCIDR"),
    "node.k8s.io/v1": ("", "RuntimeClass"),
    "policy/v1": ("PodDisruptionBudget", ""),
    "rbac.authorization.k8s.io/v1": ("Role RoleBinding", "ClusterRole ClusterRoleBinding"),
    "resource.k8s.io/v1": ("ResourceClaim ResourceClaimTemplate", "DeviceClass ResourceSlice"),
    "scheduling.k8s.io/v1": ("", "PriorityClass"),
    "storage.k8s.io/v1": (
        "CSIStorageCapacity",
        "CSIDriver CSINode StorageClass VolumeAttachment VolumeAttributesClass",
    ),
    "v1": (
        (
            "ConfigMap Endpoints Event LimitRange PersistentVolumeClaim Pod PodTemplate "
            "ReplicationController ResourceQuota Secret Service ServiceAccount"
        ),
        "Namespace Node PersistentVolume",
    ),
}
_NAMESPACED: Final = {
    (version, kind): is_namespaced
    for version, both in _BUILT_IN.items()
    for kinds, is_namespaced in zip(both, (True, False), strict=True)
    for kind in kinds.split()
}
_CUSTOM: Final = "apiextensions.k8s.io/v1", "CustomResourceDefinition"
_VERSION: Final = re.compile(r"(?:[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?/)?v[a-z0-9]{1,62}")
_PLURAL: Final = re.compile(r"[a-z0-9-]{1,63}")
_KIND: Final = re.compile(r"[A-Z][A-Za-z0-9]{0,62}")


def plural_of(kind: str) -> str:
    """The resource name that a kind most likely has: ``UnsafeGuessKindToResource`` of apimachinery's api/meta."""
    singular = kind.lower()
    if singular == "endpoints":
        return singular
    if singular.endswith("s"):
        return f"{singular}es"
    return f"{singular[:-1]}ies" if singular.endswith("y") else f"{singular}s"


def key_of(resource: str, obj: Mapping[str, Any]) -> tuple[str, str]:
    """Its namespace (empty for none) and name. Raises :class:`RecordingError` where it has none."""
    metadata = obj.get("metadata")
    name = metadata.get("name") if isinstance(metadata, Mapping) else None
    if not isinstance(metadata, Mapping) or not isinstance(name, str) or not name:
        raise RecordingError(f"an object of {resource} has no metadata.name")
    return str(metadata.get("namespace") or ""), name


class Resources:
    """Finds resources by apiVersion and kind. ``guessed`` has the kinds whose names were not known, but guessed."""

    def __init__(self) -> None:
        self.found: dict[str, Resource] = {}
        self.guessed: set[str] = set()
        self._custom: dict[tuple[str, str], tuple[str, bool]] = {}

    def define(self, objects: Iterable[Mapping[str, Any]]) -> None:
        """Learn the names that the CustomResourceDefinitions among these objects give."""
        for each in objects:
            if (each.get("apiVersion"), each.get("kind")) == _CUSTOM:
                self._define(each.get("spec"))

    def learn(self, version: str, kind: str, plural: str, *, is_namespaced: bool) -> None:
        """Take this from discovery."""
        if _PLURAL.fullmatch(plural):
            self._custom.setdefault((version, kind), (plural, is_namespaced))

    def name_of(self, obj: Mapping[str, Any], *, plural: object = None, is_namespaced: bool | None = None) -> str:
        """The resource of this object: group, version and plural. Its plural and scope may be known from elsewhere.

        Raises :class:`RecordingError` where it has none.
        """
        version, kind = obj.get("apiVersion"), obj.get("kind")
        if not isinstance(version, str) or not _VERSION.fullmatch(version):
            raise RecordingError("an object has no apiVersion, or one that cannot be")
        if not isinstance(kind, str) or not _KIND.fullmatch(kind):
            raise RecordingError(f"an object of {version} has no kind, or one that cannot be")
        if isinstance(plural, str) and _PLURAL.fullmatch(plural):
            scope = _is_in_namespace(obj) if is_namespaced is None else is_namespaced
            self._custom.setdefault((version, kind), (plural, scope))
        plural, is_namespaced = self._known(version, kind, obj)
        name = f"{version}/{plural}"
        path = f"/{'apis' if '/' in version else 'api'}/{name}"
        before = self.found.get(name)
        is_namespaced = is_namespaced or (before is not None and before.namespaced)
        self.found[name] = Resource(path, kind, is_namespaced, ["get", "list", "watch"])
        return name

    def _known(self, version: str, kind: str, obj: Mapping[str, Any]) -> tuple[str, bool]:
        if (version, kind) in _NAMESPACED:
            return plural_of(kind), _NAMESPACED[version, kind]
        if (version, kind) in self._custom:
            return self._custom[version, kind]
        self.guessed.add(f"{version} {kind}")
        return plural_of(kind), _is_in_namespace(obj)

    def _define(self, spec: object) -> None:
        if not isinstance(spec, Mapping):
            return
        is_namespaced = spec.get("scope") == "Namespaced"
        match spec:
            case {"group": str(group), "names": {"kind": str(kind), "plural": str(plural)}, "versions": list(versions)}:
                for version in versions if _PLURAL.fullmatch(plural) else ():
                    if isinstance(version, Mapping):
                        self._custom[f"{group}/{version.get('name')}", kind] = plural, is_namespaced


def _is_in_namespace(obj: Mapping[str, Any]) -> bool:
    metadata = obj.get("metadata")
    return isinstance(metadata, Mapping) and bool(metadata.get("namespace"))
