"""Takes secrets out of frames, before anything is kept of them.

What goes, in watch events and lists, in every kind of object, at any depth, and inside annotations that hold JSON:

- of a Secret: ``data``, ``stringData`` and the last-applied annotation, which repeats them. What is a Secret is told
  by its resource or, wherever it is embedded, by its kind.
- the literal values of variables in ``env`` lists whose names look like those of credentials: they are masked.
- in a note's command, what its words give away (visualizer/commands.py).

What stays: ConfigMaps, arguments of containers, and whatever else a secret should not have been put in.

Most lines hold nothing of the kind, so one search over a line's text decides whether it is parsed at all. It may find
too much and never too little. The search is done by Rust's regular expressions, by way of pydantic: a pass over a pod
takes a microsecond, and the same in Python's ``re`` takes twenty.
"""

from __future__ import annotations

import re
from typing import Final, TypeAlias

import msgspec
from pydantic_core import SchemaValidator, core_schema

from visualizer.credentials import MASK, is_credential, mask_command

Json: TypeAlias = "dict[str, Json] | list[Json] | str | int | float | bool | None"

LAST_APPLIED: Final = "kubectl.kubernetes.io/last-applied-configuration"
SECRET_PAYLOAD: Final = ("data", "stringData")

# A letter, digit, quote, slash or dash that is written as an escape could hide any of the words that follow.
_HIDDEN: Final = r"\\u00(?:2[2dDeEfF]|3[0-9]|4[1-9a-fA-F]|5[0-9aAcCfF]|6[1-9a-fA-F]|7[0-9aA])"
_CERTAIN: Final = rf'{_HIDDEN}|"Secret(?:List)?\\*"|/secrets\\*"|"kind"\s*:\s*"note"'
_ENV: Final = re.compile(r"[A-Za-z]*[eE]nv[A-Za-z]*")
_SPACE: Final = r"(?:\s|\\+[nrt])*"
_NAME: Final = re.compile(rf'name\\*"{_SPACE}:{_SPACE}(\\*)"([^"]*)"')


def _searcher(pattern: str) -> SchemaValidator:
    return SchemaValidator(core_schema.str_schema(pattern=pattern))


_certain: Final = _searcher(_CERTAIN)
_possible: Final = _searcher(rf'{_CERTAIN}|[eE]nv[A-Za-z]*\\*"')


def redact(line: bytes) -> bytes:
    """The line without secrets: the same bytes where it has none.

    The line must be a frame. Raises ValueError for one that cannot be searched, such as with a number beyond bounds.
    """
    text = line.decode()
    if not _possible.isinstance_python(text):
        return line
    if not _certain.isinstance_python(text) and not _names_credential(text):
        return line
    try:
        frame = msgspec.json.decode(line)
        return msgspec.json.encode(frame) if _redact_frame(frame) else line
    except (msgspec.MsgspecError, RecursionError) as error:
        raise ValueError(f"this line cannot be searched for secrets: {error}") from error


def _names_credential(text: str) -> bool:
    """Whether any ``name`` in this text is a credential's, or holds a quote and so is more than it seems."""
    for opening, name in _NAME.findall(text):
        bare = name.rstrip("\\")
        if name[len(bare) :] != opening or is_credential(bare):
            return True
    return False


def _redact_frame(frame: dict[str, Json]) -> bool:
    changed = False
    if str(frame.get("resource")).endswith("/secrets"):
        changed |= _strip_secret(frame.get("object")) | _strip_secrets(frame.get("items"))
    command = frame.get("command")
    if isinstance(command, str) and (masked := mask_command(command)) != command:
        frame["command"] = masked
        changed = True
    return _redact_value(frame) or changed


def _redact_value(value: Json) -> bool:
    """Redact everything below, without recursion: depth is the sender's choice."""
    changed = False
    waiting = [value]
    while waiting:
        node = waiting.pop()
        if isinstance(node, list):
            waiting.extend(node)
        elif isinstance(node, dict):
            if node.get("kind") == "Secret":
                changed |= _strip_secret(node)
            elif node.get("kind") == "SecretList":
                changed |= _strip_secrets(node.get("items"))
            for name, child in node.items():
                if name == "annotations":
                    changed |= _redact_annotations(child)
                elif _ENV.fullmatch(name):
                    changed |= _mask_variables(child)
                waiting.append(child)
    return changed


def _strip_secrets(secrets: Json) -> bool:
    stripped = [_strip_secret(secret) for secret in secrets] if isinstance(secrets, list) else []
    return any(stripped)


def _strip_secret(secret: Json) -> bool:
    if not isinstance(secret, dict):
        return False
    changed = False
    for field in SECRET_PAYLOAD:
        if field in secret:
            del secret[field]
            changed = True
    metadata = secret.get("metadata")
    annotations = metadata.get("annotations") if isinstance(metadata, dict) else None
    if isinstance(annotations, dict) and LAST_APPLIED in annotations:
        del annotations[LAST_APPLIED]
        changed = True
    return changed


def _mask_variables(variables: Json) -> bool:
    changed = False
    for variable in variables if isinstance(variables, list) else ():
        if not isinstance(variable, dict):
            continue
        name, value = variable.get("name"), variable.get("value")
        if isinstance(name, str) and value not in (None, "", MASK) and is_credential(name):
            variable["value"] = MASK
            changed = True
    return changed


def _redact_annotations(annotations: Json) -> bool:
    """Redact whole objects that annotations repeat. A last-applied one that cannot be read is dropped."""
    if not isinstance(annotations, dict):
        return False
    changed = False
    for name, text in list(annotations.items()):
        if not isinstance(text, str) or not text.lstrip().startswith(("{", "[")):
            continue
        try:
            repeated = msgspec.json.decode(text)
        except (msgspec.MsgspecError, RecursionError):
            if name == LAST_APPLIED:
                del annotations[name]
                changed = True
            continue
        if _redact_value(repeated):
            annotations[name] = msgspec.json.encode(repeated).decode()
            changed = True
    return changed
