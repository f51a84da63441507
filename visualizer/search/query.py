"""The search language: what is typed, read into terms, and terms as what would be typed for them.

A query is words and fields, and an object must meet all of them::

    web kind:pod node:node-2 ready:false restarts>3 app=web -namespace:shop "system:node"

``field:value`` asks a field, ``label=value`` and ``label!=value`` a label, ``restarts>3`` a number, and a leading ``-``
turns a term round. Anything in double quotes is taken as it is. docs/searching.md tells it to users.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final, Literal

from msgspec import Struct

Operator = Literal["", ":", "=", "!=", ">", "<", ">=", "<="]

FIELDS: Final = ("kind", "name", "namespace", "node", "ready", "restarts", "phase", "image", "ip", "owner", "label")
ALIASES: Final = {"ns": "namespace", "status": "phase"}
TRUTHS: Final = {"true": True, "yes": True, "false": False, "no": False}
MOST_TERMS: Final = 20

_TOKEN: Final = re.compile(r'(?:"(?:\\.|[^"\\])*"?|[^\s"])+', re.DOTALL)
_KEY: Final = re.compile(r"([A-Za-z0-9][A-Za-z0-9._/-]*)(!=|>=|<=|[:=<>])")
_PART: Final = re.compile(r'"((?:\\.|[^"\\])*)(?:"|\\?\Z)|([^"]+)', re.DOTALL)
_PLAIN: Final = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_./*-]*")
_IPV6: Final = re.compile(r"[0-9A-Fa-f]*:[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*")


class Term(Struct, frozen=True):
    """One thing that an object must meet, or with ``is_not`` must not.

    A word has neither ``key`` nor ``operator``. ``key`` is a field of :data:`FIELDS` with ``:``, ``restarts`` with a
    comparison, and a label with ``=`` or ``!=``.
    """

    key: str
    operator: Operator
    value: str
    is_not: bool = False

    def __str__(self) -> str:
        value = self.value if _PLAIN.fullmatch(self.value) else _quoted(self.value)
        return f"{'-' if self.is_not else ''}{self.key}{self.operator}{value}"


class Query(Struct, frozen=True):
    """All terms, in their order. ``problems`` are sentences on what was not understood, for who typed it."""

    terms: Sequence[Term] = ()
    problems: Sequence[str] = ()

    def __str__(self) -> str:
        return " ".join(map(str, self.terms))


def parse(text: str) -> Query:
    """Read what was typed. Raises nothing: what is not understood is in ``problems``."""
    terms: list[Term] = []
    problems: list[str] = []
    for token in _TOKEN.findall(text):
        found = _read(token)
        if isinstance(found, Term):
            terms.append(found)
        else:
            problems.append(found)
    if len(terms) > MOST_TERMS:
        return Query((), (f"A search has at most {MOST_TERMS} terms, and this has {len(terms)}.",))
    return Query(tuple(terms), tuple(problems))


def _read(token: str) -> Term | str:
    """The term, or what is wrong with it."""
    is_not = token.startswith("-")
    rest = token[1:] if is_not else token
    found = _KEY.match(rest)
    if found is None or _IPV6.fullmatch(rest):
        value = _unquoted(rest)
        return (
            Term("", "", value, is_not) if value else "Say what to look for after “-”." if is_not else '“""” is empty.'
        )
    key, operator = found.group(1), found.group(2)
    value = _unquoted(rest[found.end() :])
    if operator == ":":
        key = ALIASES.get(key.lower(), key.lower())
        return _field(key, value, is_not, rest)
    if key.lower() == "restarts":
        return _number(operator, value, is_not)
    if operator in ("=", "!="):
        return Term(key, operator, value, is_not) if value else f"Say which value after “{key}{operator}”."  # type: ignore[arg-type]
    return f"Only restarts can be compared with “{operator}”, as in restarts>3; “{key}” cannot."


def _field(key: str, value: str, is_not: bool, typed: str) -> Term | str:
    if key not in FIELDS:
        return f"There is no field “{key}”. To look for the text itself, put it in quotes: {_quoted(typed)}."
    if not value:
        return f"Say which {key} after “{key}:”."
    if key == "restarts":
        return _number("=", value, is_not)
    if key == "ready" and value.lower() not in TRUTHS:
        return f"“ready:” takes true or false, and not “{value}”."
    return Term(key, ":", value, is_not)


def _number(operator: str, value: str, is_not: bool) -> Term | str:
    if not re.fullmatch(r"[0-9]{1,9}", value):
        return f"“restarts{operator}” takes a number, as in restarts>3" + (f", and not “{value}”." if value else ".")
    return Term("restarts", operator, value, is_not)  # type: ignore[arg-type]


def _unquoted(text: str) -> str:
    parts = _PART.findall(text)
    return "".join(re.sub(r"\\(.)", r"\1", quoted, flags=re.DOTALL) or plain for quoted, plain in parts)


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
