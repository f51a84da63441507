"""Trees of traces as text that does not depend on made-up names, to be held against trees written by hand."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

from tests.cluster import read_demo
from visualizer.flow.diagram import FlowDiagram
from visualizer.flow.tree import TracedWrite, Tree
from visualizer.store import Store

_MADE_UP = re.compile(r"(?<=-)([0-9a-z]{8,10}-[0-9a-z]{5}|[0-9a-z]{8,10}|[0-9bcdfghj-np-tvwxz]{5})\b")
_ADDRESS = re.compile(r"\b10\.96\.\d+\.\d+\b")


@cache
def trees_of(name: str) -> list[Tree]:
    """Every trace of a shipped recording."""
    header, frames = read_demo(name)
    store, flow = Store(header.resources), FlowDiagram()
    for seq, frame in enumerate(frames, start=1):
        flow.apply(store, seq=seq, ts=frame.ts, changes=store.apply(seq, frame))
    return list(flow.traces())


def outline(trees: list[Tree]) -> Iterator[str]:
    """The trees as indented lines. A hash in a name is a letter, in the order in which they come: ``web-A-B``."""
    letters: dict[str, str] = {}
    for tree in trees:
        yield from _outline(tree, letters)


def _outline(tree: Tree, letters: dict[str, str]) -> Iterator[str]:
    known = {write.seq for write in tree.writes}
    children: dict[int, list[TracedWrite]] = {}
    for write in tree.writes:
        children.setdefault(write.parent if write.parent in known else 0, []).append(write)

    def tell(parent: int, depth: int) -> Iterator[str]:
        for write in children.get(parent, ()):
            yield f"{'  ' * depth}{_line(write, letters)}"
            yield from tell(write.seq, depth + 1)

    yield from tell(0, 0)


def _line(write: TracedWrite, letters: dict[str, str]) -> str:
    actor, _, name = write.component.partition(":")
    who = f"kubelet {name}" if actor == "kubelet" else name
    marks = [mark for mark in write.marks if mark not in ("created", "bound", "deleting", "gone")]
    text = _ADDRESS.sub("ADDRESS", _MADE_UP.sub(lambda found: _letters(found[1], letters), write.text))
    return f"{who}: {text}{f' [{chr(32).join(marks)}]' if marks else ''}"


def _letters(made_up: str, letters: dict[str, str]) -> str:
    return "-".join(letters.setdefault(part, chr(ord("A") + len(letters))) for part in made_up.split("-"))
