"""Objects and values as YAML text, in the way that kubectl prints them."""

from __future__ import annotations

from typing import Any, Final

import orjson
import yaml

from visualizer.ownership import Path

ORDER: Final = ("apiVersion", "kind", "metadata", "spec", "status")


class _Dumper(yaml.CSafeDumper):
    """Prints a text of several lines as such a text: ConfigMaps are unreadable else."""


def _represent_text(dumper: yaml.CSafeDumper, text: str) -> yaml.ScalarNode:
    style = "|" if "\n" in text else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style)


_Dumper.add_representer(str, _represent_text)


def object_yaml(resource: str, kind: str, raw: dict[str, Any]) -> str:
    """A whole object: first what every object has, then its other fields as they came.

    A list's items leave out apiVersion and kind; they are the resource's.
    """
    whole = {"apiVersion": resource.rpartition("/")[0], "kind": kind} | raw
    first = {name: whole[name] for name in ORDER if name in whole}
    return _dump(first | whole)


def find_lines(text: str) -> list[Path]:
    """For each line of an object's YAML text, where the field or item is that it shows.

    Of several that begin in one line, that is the innermost.
    A line that goes on with a text of several lines is that text's.
    """
    places: dict[int, Path] = {}
    waiting: list[tuple[Path, yaml.Node | None]] = [((), yaml.compose(text, Loader=yaml.CSafeLoader))]
    while waiting:
        path, node = waiting.pop()
        if isinstance(node, yaml.MappingNode):
            parts = [((*path, key.value), key.start_mark.line, value) for key, value in node.value]
        elif isinstance(node, yaml.SequenceNode):
            parts = [((*path, place), item.start_mark.line, item) for place, item in enumerate(node.value)]
        else:
            continue
        for here, line, part in parts:
            if len(here) > len(places.get(line, ())):
                places[line] = here
            waiting.append((here, part))
    lines: list[Path] = []
    for line in range(text.count("\n")):
        lines.append(places.get(line, lines[-1] if lines else ()))
    return lines


def value_yaml(value: object) -> str | None:
    """One field's value: a text as it is, anything else as YAML; None for one that is not there."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, dict | list):
        return _dump(value).rstrip()
    return orjson.dumps(value).decode()


def _dump(value: object) -> str:
    text: str = yaml.dump(value, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=1_000)
    return text
