"""Schemas: the API server's own words on each field, asked of ``/openapi/v3``.

The index there names the state of each group version's document by a hash. A document is asked for when its hash is
another than that of what is kept, and only where a resource of its group version is followed: once for each cluster,
and again when a custom resource's definition or the server's version alters.

https://kubernetes.io/docs/concepts/overview/kubernetes-api/#openapi-v3
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final, Protocol
from urllib.parse import parse_qs, urlsplit

import msgspec
import structlog
from msgspec import Struct

from visualizer.kube.transport import ApiError, Transport, Unreachable
from visualizer.schemas.document import Definitions, SchemaError, read_document

INDEX: Final = "/openapi/v3"
LONGEST_BYTES: Final = 32 << 20
"""A document that is longer is passed over. The core group's has 1.5 MB."""

_log = structlog.get_logger()


class SchemaKeeper(Protocol):
    """Who keeps them: see :class:`visualizer.following.feed.LogFeed`."""

    async def schema_digests(self) -> Mapping[str, str]:
        """Which state of each group version's document is kept."""

    async def keep_schemas(self, group_version: str, digest: str, definitions: Definitions) -> None:
        """Keep this state of a group version's document."""


class _Place(Struct):
    serverRelativeURL: str


class _Index(Struct):
    paths: dict[str, _Place]


async def learn(transport: Transport, keeper: SchemaKeeper, resources: Iterable[str]) -> int:
    """Ask for what altered; returns how many documents that were. What the server does not tell is left as it was."""
    try:
        index = msgspec.json.decode(await transport.get(INDEX), type=_Index)
    except (ApiError, Unreachable, msgspec.DecodeError) as error:
        _log.warning("schemas_not_told", server=transport.server, why=str(error))
        return 0
    kept = await keeper.schema_digests()
    count = 0
    for group_version in sorted({name.rpartition("/")[0] for name in resources}):
        place = index.paths.get(f"apis/{group_version}" if "/" in group_version else f"api/{group_version}")
        digest = _digest(place.serverRelativeURL) if place else ""
        if place is None or (digest and kept.get(group_version) == digest):
            continue
        if (definitions := await _ask(transport, group_version, digest)) is not None:
            await keeper.keep_schemas(group_version, digest, definitions)
            count += 1
    return count


async def _ask(transport: Transport, group_version: str, digest: str) -> Definitions | None:
    """The document is asked for by its own path, and not by what the index says: that could lead anywhere."""
    path = f"{INDEX}/{'apis' if '/' in group_version else 'api'}/{group_version}"
    try:
        document = await transport.get(path, {"hash": digest} if digest else None)
        if len(document) > LONGEST_BYTES:
            raise SchemaError(f"it is longer than {LONGEST_BYTES:,} bytes")
        return read_document(document)
    except (ApiError, Unreachable, SchemaError) as error:
        _log.warning("schema_not_told", server=transport.server, group_version=group_version, why=str(error))
        return None


def _digest(url: str) -> str:
    return "".join(parse_qs(urlsplit(url).query).get("hash", [""]))[:200]
