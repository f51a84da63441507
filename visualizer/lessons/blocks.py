"""The blocks of ``name: value`` in a lesson: its front matter, and how a chapter sets the stage. YAML, kept simple.

A block is names with texts; ``pauses`` alone may be a list. Values are taken as they are written: YAML's own ideas of
numbers, dates and truths are not asked. Nothing here raises: what is wrong is a problem that names its line.
"""

from __future__ import annotations

import re
from typing import Final

import yaml

from visualizer.lessons.address import FIELDS, VIEWS
from visualizer.lessons.lesson import Field, Pause, Place, Problem, Stage
from visualizer.lessons.markdown import render_inline

SPEEDS: Final = (0.1, 0.25, 0.5, 1, 2, 5, 10, 25, 50, 100)
"""The speeds of the stage (frontend/src/stage/timeline.ts)."""

MOST_DEEP: Final = 4
MOST_PAUSES: Final = 20

_PLACE: Final = re.compile(r"(?:note\s+)?0*(\d{1,12})", re.IGNORECASE)


class Entry:
    """One ``name: value`` of a block; ``items`` where the value is a list, each a text or a text with another."""

    def __init__(self, name: str, line: int, text: str, items: list[tuple[int, str, str]] | None) -> None:
        self.name, self.line, self.text, self.items = name, line, text, items


def read_entries(text: str, *, first_line: int, problems: list[Problem]) -> dict[str, Entry]:
    """The entries of a block whose first line has this number. What cannot be read is told and left out."""
    try:
        if _is_too_deep(text):
            problems.append(Problem(first_line, "This block is not lines of “name: value”.", "error"))
            return {}
        node = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = first_line + (mark.line if mark else 0)
        problems.append(Problem(line, f"This is not “name: value”: {error.problem}. {_advice(error)}", "error"))
        return {}
    except yaml.YAMLError as error:
        words = str(error).splitlines()[0]
        problems.append(Problem(first_line, f"This block cannot be read: {words}.", "error"))
        return {}
    if node is None:
        return {}
    if not isinstance(node, yaml.MappingNode):
        problems.append(Problem(first_line, "This block is not lines of “name: value”.", "error"))
        return {}
    return _entries(node, first_line, problems)


def _is_too_deep(text: str) -> bool:
    depth = 0
    for event in yaml.parse(text, Loader=yaml.SafeLoader):
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > MOST_DEEP or isinstance(event, yaml.AliasEvent):
            return True
    return False


def _advice(error: yaml.MarkedYAMLError) -> str:
    if error.problem and "mapping values" in error.problem:
        return "Put a value that has “: ” in it between quotes."
    return "Put the value between quotes, or see docs/lessons.md."


def _entries(node: yaml.MappingNode, first_line: int, problems: list[Problem]) -> dict[str, Entry]:
    found: dict[str, Entry] = {}
    for key, value in node.value:
        line = first_line + key.start_mark.line
        name = str(key.value) if isinstance(key, yaml.ScalarNode) else ""
        if not name:
            problems.append(Problem(line, "This is not “name: value”.", "error"))
        elif name in found:
            problems.append(Problem(line, f"“{name}” is said twice in this block; the first counts.", "error"))
        elif isinstance(value, yaml.ScalarNode):
            found[name] = Entry(name, line, str(value.value).strip(), None)
        else:
            items = _items(value, first_line)
            if items is None:
                problems.append(Problem(line, f"“{name}” is neither a value nor a plain list of them.", "error"))
            else:
                found[name] = Entry(name, line, "", items)
    return found


def _items(node: yaml.Node, first_line: int) -> list[tuple[int, str, str]] | None:
    """The items of a list: ``- place``, ``- place: words``, or the same as one mapping. None where it is not that."""
    pairs: list[tuple[yaml.Node, yaml.Node | None]] = []
    if isinstance(node, yaml.MappingNode):
        pairs = list(node.value)
    elif isinstance(node, yaml.SequenceNode):
        for item in node.value:
            pairs += item.value if isinstance(item, yaml.MappingNode) else [(item, None)]
    items = []
    for place, words in pairs:
        if not isinstance(place, yaml.ScalarNode) or not isinstance(words, yaml.ScalarNode | None):
            return None
        items.append((first_line + place.start_mark.line, str(place.value), str(words.value) if words else ""))
    return items


def read_place(text: str, line: int, problems: list[Problem]) -> Place | None:
    """``130``, ``note 2``, ``start`` or ``end``; None where it is none of them, which is told."""
    word = text.strip().lower()
    if word in {"start", "end"}:
        return Place("start" if word == "start" else "end", 0, line)
    matched = _PLACE.fullmatch(word)
    if matched is None:
        problems.append(
            Problem(line, f"“{text[:40]}” is no place: write a frame’s number, “note 2”, “start” or “end”.", "error")
        )
        return None
    return Place("note" if word.startswith("note") else "frame", int(matched[1]), line)


def read_stage(text: str, *, first_line: int, problems: list[Problem]) -> Stage:
    """A ``stage`` block. What is wrong in it is told and left out."""
    entries = read_entries(text, first_line=first_line, problems=problems)
    at, until = (_place(entries.pop(name, None), problems) for name in ("at", "until"))
    pauses = _pauses(entries.pop("pauses", None), problems)
    speed = _speed(entries.pop("speed", None), problems)
    fields = [field for entry in entries.values() if (field := _field(entry, problems))]
    return Stage(first_line - 1, at, until, pauses, speed, tuple(fields))


def _place(entry: Entry | None, problems: list[Problem]) -> Place | None:
    if entry is None:
        return None
    return read_place(entry.text, entry.line, problems)


def _pauses(entry: Entry | None, problems: list[Problem]) -> tuple[Pause, ...]:
    if entry is None:
        return ()
    items = entry.items if entry.items is not None else [(entry.line, entry.text, "")]
    if len(items) > MOST_PAUSES:
        problems.append(Problem(entry.line, f"There are more than {MOST_PAUSES} pauses here.", "error"))
    places = [(read_place(text, line, problems), words) for line, text, words in items[:MOST_PAUSES]]
    return tuple(Pause(place, render_inline(words)) for place, words in places if place is not None)


def _speed(entry: Entry | None, problems: list[Problem]) -> float:
    if entry is None:
        return 0
    text = entry.text.rstrip("x×")
    found = next((speed for speed in SPEEDS if f"{speed:g}" == text), 0)
    if not found:
        known = ", ".join(f"{speed:g}" for speed in SPEEDS)
        problems.append(
            Problem(entry.line, f"“{entry.text[:40]}” is no speed of the stage. There are {known}.", "error")
        )
    return found


def _field(entry: Entry, problems: list[Problem]) -> Field | None:
    if entry.items is not None:
        problems.append(Problem(entry.line, f"“{entry.name}” is a list here, and takes one value.", "error"))
        return None
    check_field(entry.name, entry.text, entry.line, problems)
    return Field(entry.name, entry.text, entry.line)


def check_field(name: str, value: str, line: int, problems: list[Problem]) -> None:
    """Warn of a field that the stage's address does not have, and of a view that there is not."""
    if name not in FIELDS:
        problems.append(
            Problem(
                line,
                f"The stage has no “{name[:40]}”. It has {', '.join(FIELDS)}; and at, until, pauses, speed.",
                "warning",
            )
        )
    if name == "view" and value not in VIEWS:
        problems.append(Problem(line, f"There is no view “{value[:40]}”. There are {', '.join(VIEWS)}.", "warning"))
