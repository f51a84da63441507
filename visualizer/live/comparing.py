"""Comparing: two versions of one object, side by side."""

from __future__ import annotations

from dataclasses import replace
from difflib import SequenceMatcher
from typing import Any, Final

from visualizer.differences import iter_differences
from visualizer.live import wire
from visualizer.live.history import History, Place
from visualizer.live.versions import field_change
from visualizer.live.yamltext import object_yaml

MOST_PAIRS: Final = 4_000_000
"""Texts whose lines make more pairs are not laid side by side: two of 2,000 lines take half a second at worst."""


def compare(question: wire.CompareVersions, place: Place, history: History) -> wire.Comparison:
    """What differs between the frame ``older`` and this place.

    Raises :class:`visualizer.live.history.NotInspectable`.
    """
    newer = history.see(place)
    older = history.see(replace(place, seq=question.older, item=-1, object=None))
    old, new = (object_yaml(place.resource, place.kind, _without_managers(seen.raw)) for seen in (older, newer))
    return wire.Comparison(
        id=question.id,
        older=older.seq,
        newer=newer.seq,
        old=old,
        new=new,
        stretches=_stretches(old.splitlines(), new.splitlines()),
        changes=[field_change(found) for found in iter_differences(older.raw, newer.raw)],
    )


def _without_managers(raw: dict[str, Any]) -> dict[str, Any]:
    """Without managedFields, which alter with every write and say nothing of what it did."""
    metadata = raw.get("metadata")
    if not isinstance(metadata, dict):
        return raw
    return {**raw, "metadata": {name: value for name, value in metadata.items() if name != "managedFields"}}


def _stretches(old: list[str], new: list[str]) -> list[wire.LineChange]:
    if len(old) * len(new) > MOST_PAIRS:
        return []
    codes = SequenceMatcher(None, old, new, autojunk=False).get_opcodes()
    return [wire.LineChange(i1, i2, j1, j2, tag == "equal") for tag, i1, i2, j1, j2 in codes]
