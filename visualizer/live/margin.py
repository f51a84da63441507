"""The margin: for each line of an object's YAML, who owns that field and which write set it.

The owner is what managedFields say (``ownership``), the write what the versions in the log say (``provenance``). They
answer different questions and are shown side by side: a field may have no owner and still have been set by a write that
the log saw, as the node of a Pod is, and an owner may have set a field before the log began.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from visualizer.differences import LEFT_OUT, tell_path
from visualizer.flow.attribution import Actor, identify
from visualizer.live import wire
from visualizer.live.history import Seen
from visualizer.live.yamltext import find_lines
from visualizer.ownership import Path, find_owners, read_managers
from visualizer.provenance import Provenance

MANAGED_FIELDS: Final[Path] = ("metadata", "managedFields")
_LEFT_OUT: Final = frozenset(tuple(path.split(".")) for path in LEFT_OUT)


def make_margin(
    resource: str, text: str, newest: Seen, provenance: Provenance, changes: list[wire.FieldChange]
) -> wire.Margin:
    """The margin of this object's YAML text, as ``object_yaml`` gave it. ``changes`` are its last write's."""
    managers = read_managers(newest.raw)
    owners = find_owners(newest.raw, managers)
    settled = provenance.settled()
    groups: dict[tuple[int, ...], int] = {(): 0}
    owned: list[int] = []
    set_by: list[int] = []
    folded: list[int] = []
    places = find_lines(text)
    for line, path in enumerate(places):
        if path[: len(MANAGED_FIELDS)] == MANAGED_FIELDS:
            folded.append(line)
        owned.append(groups.setdefault(owners.get(path, ()), len(groups)))
        set_by.append(0 if path[:2] in _LEFT_OUT else settled.get(path, 0))
    return wire.Margin(
        owners=[
            wire.Owner(
                manager=each.manager,
                operation=each.operation,
                subresource=each.subresource,
                time=each.time,
                actor=_actor(resource, newest, each.manager),
            )
            for each in managers
        ],
        groups=[list(group) for group in groups],
        owned=owned,
        set_by=set_by,
        folded=[folded[0], folded[-1] + 1] if folded else [],
        altered=_find_altered(newest, places, changes),
    )


def _find_altered(newest: Seen, places: list[Path], changes: list[wire.FieldChange]) -> list[int]:
    """The line of each change, or of the nearest thing around it that is still there."""
    lines: dict[str, int] = {}
    known: set[Path] = set()
    for line, path in enumerate(places if changes else ()):
        for begun in (path[:end] for end in range(1, len(path) + 1)):  # "- type: Ready" begins an item and a field
            if begun not in known and begun[0] in newest.raw:  # a list's items leave out apiVersion and kind
                known.add(begun)
                lines[tell_path(newest.raw, begun)] = line
    return [next((lines[path] for path in _iter_outwards(change.path) if path in lines), 0) for change in changes]


def _iter_outwards(path: str) -> Iterator[str]:
    """The path, then what is around it, and so on."""
    yield path
    for end in range(len(path) - 1, 0, -1):
        if path[end] in ".[":
            yield path[:end]


def _actor(resource: str, newest: Seen, manager: str) -> Actor:
    return identify(resource, newest.object, manager, certainty="observed", rule="managed-fields").actor
