"""Takes secrets out of frames, before anything is kept of them.

A Secret's ``data`` and ``stringData`` go, and with them the last-applied annotation, which repeats them. Wherever an ``env``
list gives a variable a literal value and the variable's name looks like a credential's, the value is masked. Both hold
in watch events and lists, in every kind of object, and inside last-applied annotations, which are JSON in a string.

Most lines hold nothing of the kind, so two byte searches decide whether a line is parsed at all. They may find too much
and never too little: a name could hide behind an escape, so a line with escaped letters is always parsed.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache
from typing import Any, Final

import orjson

MASK: Final = "<masked>"
LAST_APPLIED: Final = "kubectl.kubernetes.io/last-applied-configuration"
SECRETS: Final = "v1/secrets"

_WORDS: Final = (
    "PASSWORD", "PASSWD", "PASSPHRASE", "PWD", "PASS", "SECRET", "SECRETS", "TOKEN", "TOKENS", "APIKEY", "CREDENTIAL",
    "CREDENTIALS", "CREDS", "AUTH", "DSN", "SALT", "COOKIE", "SIGNATURE",
)  # fmt: skip
_PAIRS: Final = (
    ("API", "KEY"), ("ACCESS", "KEY"), ("PRIVATE", "KEY"), ("SIGNING", "KEY"), ("ENCRYPTION", "KEY"), ("MASTER", "KEY"),
    ("DATABASE", "URL"), ("DATABASE", "URI"), ("DB", "URL"), ("DB", "URI"), ("REDIS", "URL"), ("MONGODB", "URI"), ("MONGO", "URL"),
    ("MONGO", "URI"), ("AMQP", "URL"), ("BROKER", "URL"), ("CONNECTION", "STRING"), ("CONN", "STR"), ("WEBHOOK", "URL"),
)  # fmt: skip
_ENDINGS: Final = ("PASSWORD", "PASSWD", "SECRET", "TOKEN", "APIKEY", "SECRETKEY", "ACCESSKEY", "PRIVATEKEY")

_CANDIDATE: Final = re.compile(
    rb"passw|passphrase|pwd|pass|secret|token|key|cred|auth|dsn|salt|cookie|signature|ur[li]|str",
    re.IGNORECASE,
)
_SPLIT: Final = re.compile(r"[^A-Za-z0-9]+|(?<=[a-z0-9])(?=[A-Z])")


def redact(line: bytes) -> bytes:
    """The line without secrets: the same bytes where it has none. It must be a JSON object."""
    if not _may_hold_secrets(line):
        return line
    frame = orjson.loads(line)
    return orjson.dumps(frame) if _redact_frame(frame) else line


@lru_cache(maxsize=4096)
def is_credential(name: str) -> bool:
    """Whether an environment variable's name looks like that of a credential."""
    words = [word.upper() for word in _SPLIT.split(name) if word]
    if any(word in _WORDS or word.endswith(_ENDINGS) for word in words):
        return True
    return any(pair in _PAIRS for pair in zip(words, words[1:], strict=False))


def _may_hold_secrets(line: bytes) -> bool:
    if b"\\u" in line:
        return True
    if b'ecret"' in line or b'v1/secrets"' in line:
        return True
    return b'env"' in line or b'env\\"' in line


def _redact_frame(frame: dict[str, Any]) -> bool:
    objects = [frame["object"]] if isinstance(frame.get("object"), dict) else frame.get("items") or []
    changed = False
    for obj in objects:
        if not isinstance(obj, dict):
            continue
        if frame.get("resource") == SECRETS:
            changed |= _strip_secret(obj)
        changed |= _redact_value(obj)
    return changed


def _redact_value(value: Any) -> bool:
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
            changed |= _mask_env(node.get("env"))
            changed |= _redact_annotation(node)
            waiting.extend(node.values())
    return changed


def _strip_secret(secret: dict[str, Any]) -> bool:
    changed = False
    for field in ("data", "stringData"):
        changed |= secret.pop(field, None) is not None
    metadata = secret.get("metadata")
    annotations = metadata.get("annotations") if isinstance(metadata, dict) else None
    if isinstance(annotations, dict):
        changed |= annotations.pop(LAST_APPLIED, None) is not None
    return changed


def _mask_env(env: Any) -> bool:
    changed = False
    for variable in env if isinstance(env, list) else ():
        if not isinstance(variable, dict):
            continue
        name, value = variable.get("name"), variable.get("value")
        if isinstance(name, str) and value not in (None, "", MASK) and is_credential(name):
            variable["value"] = MASK
            changed = True
    return changed


def _redact_annotation(node: dict[str, Any]) -> bool:
    """A last-applied annotation holds the whole object once more. What cannot be read there is dropped."""
    text = node.get(LAST_APPLIED)
    if not isinstance(text, str):
        return False
    try:
        applied = orjson.loads(text)
    except orjson.JSONDecodeError:
        del node[LAST_APPLIED]
        return True
    if not _redact_value(applied):
        return False
    node[LAST_APPLIED] = orjson.dumps(applied).decode()
    return True


Redact = Callable[[bytes], bytes]
