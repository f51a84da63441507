"""A trace as text: an indented tree, with the lag and the certainty of each hop."""

from __future__ import annotations

from collections.abc import Iterator

from visualizer.flow.tree import TracedWrite, Tree
from visualizer.flow.words import duration


def lines(tree: Tree) -> Iterator[str]:
    """The trace, its root first, each write below the one that woke it.

    ``+13 ms replicaset-controller: created Pod web-1 (observed: owner-reference)``
    """
    known = {write.seq for write in tree.writes}
    children: dict[int, list[TracedWrite]] = {}
    for write in tree.writes:
        children.setdefault(write.parent if write.parent in known else 0, []).append(write)
    state = f"{tree.unfinished} unfinished" if tree.unfinished else "complete"
    yield f"# {_clean(tree.text)}: {tree.writes_in_all} writes in {duration(tree.last - tree.started)}, {state}"
    waiting = [(write, 0) for write in reversed(children.get(0, ()))]
    while waiting:
        write, depth = waiting.pop()
        yield "  " * depth + _clean(_line(write))
        waiting += [(child, depth + 1) for child in reversed(children.get(write.seq, ()))]


def explained(tree: Tree) -> Iterator[str]:
    """The trace in sentences, each with what it rests on."""
    for sentence in tree.sentences:
        yield _clean(f"{sentence.text} ({sentence.certainty}: {sentence.why})")


def _line(write: TracedWrite) -> str:
    actor, _, name = write.component.partition(":")
    who = f"kubelet on {name}" if actor == "kubelet" else name
    lag = f"+{duration(write.lag_s)} " if write.parent else ""
    among = f", 1 of {write.among}" if write.among > 1 else ""
    marks = f" [{', '.join(marks)}]" if (marks := [mark for mark in write.marks if mark not in _TOLD]) else ""
    return f"{lag}{who}: {write.text}{marks} ({write.certainty}: {write.rule}{among})"


_TOLD = frozenset({"created", "bound", "deleting", "gone"})
"""Marks that a write's own words tell already."""


def _clean(text: str) -> str:
    """Without what would move a terminal's cursor: anyone may have made the recording that it comes from."""
    return "".join(each if each.isprintable() else "\N{REPLACEMENT CHARACTER}" for each in text)
