"""JSON and YAML documents, one after another, read without trusting them: no tags, no aliases, no endless depth."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any, Final, NoReturn

import yaml

from visualizer.log.recording import RecordingError

YAML_BYTES: Final = 64 << 20
"""The most YAML that is read at once: it takes some twenty times as much memory, and seconds for each megabyte."""

MOST_DEEP: Final = 100
"""How deep YAML may be nested. Schemas of custom resources have some thirty levels."""

_LOGS_BEGIN: Final = "\n==== START logs for container "
_LOGS_END: Final = "==== END logs for container "
_SPACE: Final = re.compile(r"\s*")


def iter_documents(text: bytes) -> Iterator[dict[str, Any]]:
    """The objects in this text. The logs that ``kubectl cluster-info dump`` prints between them are left out.

    Raises :class:`RecordingError` for what is neither JSON nor YAML, and for a document that is no object.
    """
    try:
        decoded = text.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise RecordingError(f"the file is not UTF-8 text: byte {error.start} of it cannot be") from error
    decoded = _without_logs(decoded)
    found = _iter_json(decoded) if decoded.lstrip().startswith(("{", "[")) else _iter_yaml(decoded)
    for document in found:
        if not isinstance(document, dict):
            raise RecordingError("a document in it is no object: it should have an apiVersion and a kind")
        yield document


def _without_logs(text: str) -> str:
    """The text without containers' logs, in one pass however many begin and never end."""
    pieces, place = [], 0
    while (begin := text.find(_LOGS_BEGIN, place)) >= 0 and (end := text.find(_LOGS_END, begin)) >= 0:
        pieces.append(text[place:begin])
        place = text.find("\n", end)
        if place < 0:
            return "".join(pieces)
    return "".join([*pieces, text[place:]])


def _iter_json(text: str) -> Iterator[object]:
    decoder = json.JSONDecoder(parse_constant=_refuse_constant)
    place = len(text) - len(text.lstrip())
    while place < len(text):
        try:
            document, place = decoder.raw_decode(text, place)
        except json.JSONDecodeError as error:
            raise RecordingError(f"it is not JSON: {error.msg} at line {error.lineno}") from error
        except RecursionError as error:
            raise RecordingError("it is nested too deeply to be read") from error
        except ValueError as error:
            raise RecordingError("it is not JSON: a number in it cannot be read") from error
        yield document
        space = _SPACE.match(text, place)
        place = space.end() if space else place


def _refuse_constant(_name: str) -> NoReturn:
    raise ValueError


class _Loader(yaml.CSafeLoader):
    """JSON's kinds of values only, as kubectl has them: no dates, no merging."""

    yaml_implicit_resolvers = {  # noqa: RUF012 - as PyYAML declares it
        first: [(tag, pattern) for tag, pattern in resolvers if tag.rpartition(":")[2] in _JSON]
        for _JSON in [{"bool", "int", "float", "null"}]
        for first, resolvers in yaml.CSafeLoader.yaml_implicit_resolvers.items()
    }


def _iter_yaml(text: str) -> Iterator[object]:
    if len(text) > YAML_BYTES:
        raise RecordingError(f"it is more than {YAML_BYTES:,} bytes of YAML: ask for it with “-o json” instead")
    try:
        _inspect(text)
        for document in yaml.load_all(text, _Loader):
            if document is not None:
                yield document
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = f" at line {mark.line + 1}" if mark else ""
        raise RecordingError(f"it is not YAML{place}: {error.problem or 'it cannot be read'}") from error
    except (yaml.YAMLError, ArithmeticError, TypeError) as error:
        raise RecordingError("it is not YAML: it has characters or keys that cannot be read") from error


def _inspect(text: str) -> None:
    """Raises RecordingError for what no export has, before anything is built of it."""
    depth = 0
    for event in yaml.parse(text, _Loader):
        if isinstance(event, yaml.AliasEvent):
            raise RecordingError("it has a YAML alias (*), which is not taken here: write out what it stands for")
        if isinstance(event, yaml.ScalarEvent | yaml.CollectionStartEvent) and event.tag not in {None, "!"}:
            raise RecordingError("it has a YAML tag (!), which is not taken here")
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > MOST_DEEP:
            raise RecordingError(f"it is nested deeper than {MOST_DEEP} levels")
