"""Members: who belongs to an object's family, how, and how that is known."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from msgspec import Struct

from visualizer.frames import Resource
from visualizer.store import Entry, Place, Store

Group = Literal["owners", "owned", "selects", "selected", "uses", "used"]
State = Literal["there", "missing", "unknown"]


class Member(Struct, frozen=True, rename="camel"):
    """One relation to another object.

    ``parent`` is the member by which it is related, 0 for the object itself. ``group`` says in which direction:
    ``owners`` lead up and ``owned`` down by owner references, ``selects`` and ``selected`` by selectors, ``uses`` and
    ``used`` by names. ``relation`` says as what, ``how`` where that is known from. ``certainty`` is observed where an
    object names the other, inferred where a selector or a rule matched. ``state`` is missing where there is no such
    object, and unknown where this log does not record its kind; ``problem`` says what that means. ``ref`` is empty
    where there is nothing to inspect. ``blocks`` is blockOwnerDeletion of the reference.
    """

    id: int
    parent: int
    group: Group
    ref: str
    kind: str
    namespace: str
    name: str
    relation: str
    how: str
    certainty: Literal["observed", "inferred"]
    state: State = "there"
    problem: str = ""
    is_optional: bool = False
    is_going: bool = False
    is_controller: bool = False
    blocks: bool = False


class More(Struct, frozen=True, rename="camel"):
    """How many more of one kind there are than are told."""

    parent: int
    group: Group
    kind: str
    count: int


class Names:
    """The recorded resource of each kind."""

    def __init__(self, resources: Mapping[str, Resource]) -> None:
        self._found: dict[tuple[str, str], str] = {}
        for name, resource in resources.items():
            self._found.setdefault((name.rpartition("/")[0].rpartition("/")[0], resource.kind), name)

    def find(self, group: str, kind: str) -> str:
        """The resource of this kind, in whatever version; empty where the log does not record it."""
        return self._found.get((group, kind), "")


def kind_of(store: Store, place: Place) -> str:
    """The kind of what is at this place."""
    return store.resources[place[0]].kind


def group_of_resource(resource: str) -> str:
    """``apps`` for ``apps/v1/deployments``, and nothing for the core group."""
    return resource.rpartition("/")[0].rpartition("/")[0]


def is_going(entry: Entry | None) -> bool:
    """Whether somebody asked for its deletion."""
    return entry is not None and entry.object.metadata.deletion_timestamp is not None


def key_of_name(namespace: str, name: str) -> str:
    """The key in the store."""
    return f"{namespace}/{name}" if namespace else name
