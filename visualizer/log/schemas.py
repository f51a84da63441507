"""Schemas of a log: what is known of the types of its objects, and where from.

A live log has those that its cluster told, a group version each, always the latest; a recording has what its header
carries. Where neither says anything of a type that Kubernetes itself has, what Kubernetes publishes of that minor
version is used, and it is said so.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final, Literal, NamedTuple

import msgspec
import zstandard

from visualizer.frames import Resource
from visualizer.log.chunks import LEVEL
from visualizer.models import Log, Schemas
from visualizer.schemas.custom import from_definition
from visualizer.schemas.document import Definitions, Schema, cut, find_kind
from visualizer.schemas.published import published

EXPORT_BYTES: Final = 8 << 20
"""The most that an exported header carries of them, as JSON; a header is at most twice as long."""

_UNPACKED_BYTES: Final = 64 << 20

Source = Literal["cluster", "recording", "definition", "published"]


class Known(NamedTuple):
    """A kind's schema, the definitions that it refers to, and where they are from."""

    kind: Schema
    definitions: Definitions
    source: Source


def write(log: Log, definitions: Definitions, *, group_version: str = "", digest: str = "") -> None:
    """Keep these definitions, in the place of what was known of the same group version."""
    packed = zstandard.ZstdCompressor(level=LEVEL).compress(msgspec.json.encode(definitions))
    Schemas.objects.update_or_create(
        log=log, group_version=group_version, defaults={"digest": digest, "definitions": packed}
    )


def digests(log: Log) -> dict[str, str]:
    """Which state of each group version's document is kept."""
    return dict(Schemas.objects.filter(log=log).values_list("group_version", "digest"))


def find(log: Log, resource: str, kind: str) -> Known | None:
    """What is known of a kind; ``resource`` is as ``apps/v1/deployments``. None where nothing is."""
    group, version = split(resource)
    group_version = f"{group}/{version}" if group else version
    rows = Schemas.objects.filter(log=log, group_version__in=["", group_version]).order_by("-group_version")
    for row in rows:
        definitions = _unpack(row)
        if found := find_kind(definitions, group=group, version=version, kind=kind):
            return Known(found, definitions, "cluster" if row.group_version else "recording")
    definitions = published(log.server_version)
    if found := find_kind(definitions, group=group, version=version, kind=kind):
        return Known(found, definitions, "published")
    return None


def find_custom(log: Log, resource: str, kind: str, definition: dict[str, Any]) -> Known | None:
    """What the CustomResourceDefinition of a kind says of it; of metadata, what Kubernetes publishes says."""
    group, version = split(resource)
    definitions = published(log.server_version) | from_definition(definition, group=group, version=version, kind=kind)
    found = find_kind(definitions, group=group, version=version, kind=kind)
    return Known(found, definitions, "definition") if found else None


def for_recording(log: Log, resources: Mapping[str, Resource], seen: Iterable[str]) -> Definitions:
    """What a recording of this log is to carry: the types of the resources that were seen in it, and no others.

    Where that is more than a header may carry, group versions are left out, the last by name first.
    """
    kinds: dict[str, list[tuple[str, str, str]]] = {}
    for name in sorted(set(seen)):
        group, version = split(name)
        kinds.setdefault(f"{group}/{version}", []).append((group, version, resources[name].kind))
    rows = {row.group_version: row for row in Schemas.objects.filter(log=log)}
    carried: Definitions = {}
    size = 0
    for wanted in kinds.values():
        found: Definitions = {}
        for definitions in (published(log.server_version), *_told(rows, wanted)):
            found |= cut(definitions, wanted)
        size += sum(len(msgspec.json.encode(schema)) for name, schema in found.items() if name not in carried)
        if size > EXPORT_BYTES:
            break
        carried |= found
    return dict(sorted(carried.items()))


def _told(rows: Mapping[str, Schemas], wanted: list[tuple[str, str, str]]) -> list[Definitions]:
    group, version, _ = wanted[0]
    names = "", f"{group}/{version}" if group else version
    return [_unpack(rows[name]) for name in names if name in rows]


def _unpack(row: Schemas) -> Definitions:
    packed = zstandard.ZstdDecompressor().decompress(bytes(row.definitions), max_output_size=_UNPACKED_BYTES)
    return msgspec.json.decode(packed, type=dict[str, dict[str, Any]])


def split(resource: str) -> tuple[str, str]:
    """The group (empty for core) and version of ``apps/v1/deployments``."""
    *group, version, _ = resource.split("/")
    return "".join(group), version
