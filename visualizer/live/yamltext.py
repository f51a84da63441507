"""Objects and values as YAML text, in the way that kubectl prints them."""

from __future__ import annotations

from typing import Any, Final

import orjson
import yaml

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
