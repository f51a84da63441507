"""What claims, volumes, accounts and ConfigMaps name: the way from a Pod's volume to what is behind it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

import msgspec
from msgspec import Raw

from visualizer.family.references import Links, Meta, Named, Part, Reference, told_once


class _ClaimSpec(Part, frozen=True):
    volume_name: str = ""
    storage_class_name: str | None = None


class _Claim(Part, frozen=True):
    metadata: Meta = Meta()
    spec: _ClaimSpec = _ClaimSpec()


class _ClaimReference(Part, frozen=True):
    namespace: str = ""
    name: str = ""


class _Driver(Part, frozen=True):
    driver: str = ""


class _VolumeSpec(Part, frozen=True):
    claim_ref: _ClaimReference | None = None
    storage_class_name: str = ""
    persistent_volume_reclaim_policy: str = ""
    csi: _Driver | None = None


class _Volume(Part, frozen=True):
    metadata: Meta = Meta()
    spec: _VolumeSpec = _VolumeSpec()


class _AttachedSource(Part, frozen=True):
    persistent_volume_name: str | None = None


class _AttachmentSpec(Part, frozen=True):
    node_name: str = ""
    attacher: str = ""
    source: _AttachedSource = _AttachedSource()


class _Attachment(Part, frozen=True):
    spec: _AttachmentSpec = _AttachmentSpec()


class _ConfigMap(Part, frozen=True):
    data: dict[str, Raw] | None = None
    binary_data: dict[str, Raw] | None = None


class _Account(Part, frozen=True):
    metadata: Meta = Meta()
    secrets: list[Named] | None = None
    image_pull_secrets: list[Named] | None = None


class _Secret(Part, frozen=True):
    metadata: Meta = Meta()


_claims: Final = msgspec.json.Decoder(_Claim)
_volumes: Final = msgspec.json.Decoder(_Volume)
_attachments: Final = msgspec.json.Decoder(_Attachment)
_config_maps: Final = msgspec.json.Decoder(_ConfigMap)
_accounts: Final = msgspec.json.Decoder(_Account)
_secrets: Final = msgspec.json.Decoder(_Secret)


def _class(name: str | None, missing: str) -> Reference:
    return Reference(
        "storage.k8s.io", "StorageClass", "", name or "", "storage class", "spec.storageClassName", missing
    )


def _claim(raw: bytes) -> Links:
    spec = _claims.decode(raw).spec
    unmade = "" if spec.volume_name else "no volume is made for it"
    lost = "it is Lost: what it was bound to is gone"
    volume = Reference("", "PersistentVolume", "", spec.volume_name, "bound to", "spec.volumeName", lost)
    return Links(told_once([volume, _class(spec.storage_class_name, unmade)]))


def _volume(raw: bytes) -> Links:
    spec = _volumes.decode(raw).spec
    found = [_class(spec.storage_class_name, "")]
    if spec.claim_ref is not None:
        freed = "the volume is Released"
        where = spec.claim_ref
        found.append(
            Reference("", "PersistentVolumeClaim", where.namespace, where.name, "bound to", "spec.claimRef", freed)
        )
    if spec.csi is not None:
        found.append(Reference("storage.k8s.io", "CSIDriver", "", spec.csi.driver, "driver", "spec.csi.driver"))
    return Links(told_once(found), reclaims=spec.persistent_volume_reclaim_policy or "Retain")


def _attachment(raw: bytes) -> Links:
    spec = _attachments.decode(raw).spec
    volume = spec.source.persistent_volume_name or ""
    return Links(
        told_once(
            [
                Reference("", "Node", "", spec.node_name, "attached to", "spec.nodeName", "it is to be detached"),
                Reference("", "PersistentVolume", "", volume, "attaches", "spec.source.persistentVolumeName"),
                Reference("storage.k8s.io", "CSIDriver", "", spec.attacher, "driver", "spec.attacher"),
            ]
        )
    )


def _config_map(raw: bytes) -> Links:
    found = _config_maps.decode(raw)
    return Links(keys=(*(found.data or ()), *(found.binary_data or ())))


def _account(raw: bytes) -> Links:
    account = _accounts.decode(raw)
    namespace = account.metadata.namespace
    tokens = [Reference("", "Secret", namespace, each.name, "secret", "secrets") for each in account.secrets or ()]
    without = "images are pulled without it, and a private registry refuses"
    pulls = [
        Reference("", "Secret", namespace, each.name, "image pull secret", "imagePullSecrets", without)
        for each in account.image_pull_secrets or ()
    ]
    return Links(told_once([*tokens, *pulls]))


def _secret(raw: bytes) -> Links:
    metadata = _secrets.decode(raw).metadata
    name = (metadata.annotations or {}).get("kubernetes.io/service-account.name", "")
    where = "metadata.annotations[kubernetes.io/service-account.name]"
    gone = "the token controller deletes this Secret"
    return Links(told_once([Reference("", "ServiceAccount", metadata.namespace, name, "token of", where, gone)]))


READERS: Final[Mapping[tuple[str, str], Callable[[bytes], Links]]] = {
    ("", "persistentvolumeclaims"): _claim,
    ("", "persistentvolumes"): _volume,
    ("storage.k8s.io", "volumeattachments"): _attachment,
    ("", "configmaps"): _config_map,
    ("", "serviceaccounts"): _account,
    ("", "secrets"): _secret,
}
"""By group and plural."""
