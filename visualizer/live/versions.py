"""Versions: what one write made of an object, field by field, and who wrote it.

The writer is the one that the flow diagram names, since both ask the same rules. Of a deletion less is told here than
there: the rules see the object's two states, and not what stood beside it then.
"""

from __future__ import annotations

from visualizer.differences import Difference, iter_differences
from visualizer.flow.evidence import attribute
from visualizer.live import wire
from visualizer.live.history import Seen
from visualizer.live.yamltext import value_yaml
from visualizer.store import Change, Entry


def describe(resource: str, key: str, newer: Seen, older: Seen | None) -> wire.Version:
    """The newer state as a version that followed on the older one, or on nothing that the log knows."""
    change = _change(resource, key, newer, older)
    return wire.Version(
        seq=newer.seq,
        ts=newer.ts,
        since=newer.inferred_since or 0.0,
        type=change.type,
        resource_version=newer.object.metadata.resource_version,
        writer=attribute(change, newer.ts),
        changes=[field_change(found) for found in iter_differences(older.raw, newer.raw)] if older else [],
    )


def _change(resource: str, key: str, newer: Seen, older: Seen | None) -> Change:
    """What the store made of this frame (see :meth:`visualizer.store.Store.apply`), and the audit log knows better."""
    old = Entry(older.object, older.seq) if older else None
    new = None if newer.type == "DELETED" else Entry(newer.object, newer.seq)
    is_altered = older is not None or (newer.writer is not None and newer.writer.verb != "create")
    kind = newer.type if newer.type in ("LISTED", "DELETED") else "MODIFIED" if is_altered else "ADDED"
    return Change(resource, key, kind, newer.object, old, new, newer.inferred_since, newer.writer)


def field_change(found: Difference) -> wire.FieldChange:
    """A difference as the wire tells it."""
    return wire.FieldChange(path=found.path, old=value_yaml(found.old), new=value_yaml(found.new))
