"""Links: what an object names and selects, read from the object itself as the log has it.

The store's objects have only what diagrams draw. A family needs more of them, and only when somebody asks: so it is
read from the raw object then. Shapes follow the Kubernetes 1.36 and Gateway API 1.4 references. What cannot be read
names nothing: a family is never refused because of one broken object.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final, TypeVar

import msgspec
from msgspec import Struct

from visualizer.family import backends, clusterparts, podparts, storageparts
from visualizer.family.references import Links

_Read = Callable[[bytes], Links]
_Shape = TypeVar("_Shape", bound=Struct)

_READERS: Final[Mapping[tuple[str, str], _Read]] = {
    **podparts.READERS,
    **backends.READERS,
    **storageparts.READERS,
    **clusterparts.READERS,
}

_NOTHING: Final = Links()


def has_links(resource: str) -> bool:
    """Whether objects of this resource (``apps/v1/deployments``) name or select others by fields that are read here."""
    return _name(resource) in _READERS


def links_of(resource: str, raw: bytes) -> Links:
    """What this object, as JSON, names and selects."""
    read = _READERS.get(_name(resource))
    if read is None:
        return _NOTHING
    try:
        return read(raw)
    except (msgspec.DecodeError, RecursionError):
        return _NOTHING


def _name(resource: str) -> tuple[str, str]:
    """Group and plural, whatever the version."""
    group_version, _, plural = resource.rpartition("/")
    return group_version.rpartition("/")[0], plural
