"""The API server's own words for grants and for what is missing.

Mirrors ``describeSubject`` and the binding describers (pkg/registry/rbac/validation/rule.go), Go's ``%q``, and the
text of several errors together (``Aggregate``, k8s.io/apimachinery/pkg/util/errors).
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import permutations
from typing import Final

from visualizer.rbac.policy import BoundRole

_ESCAPES: Final = {
    "\a": "\\a",
    "\b": "\\b",
    "\f": "\\f",
    "\n": "\\n",
    "\r": "\\r",
    "\t": "\\t",
    "\v": "\\v",
    '"': '\\"',
}
_ESCAPES["\\"] = "\\\\"
_MOST_ORDERED: Final = 4
"""Of so many missing roles every order is given; the server's own is that of a map, which is any."""


def quote(text: str) -> str:
    """The text as Go's ``%q`` writes it."""
    return f'"{"".join(map(_quoted, text))}"'


def _quoted(character: str) -> str:
    if character in _ESCAPES:
        return _ESCAPES[character]
    if character.isprintable():
        return character
    code = ord(character)
    return f"\\x{code:02x}" if code < 0x80 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def describe_subject(bound: BoundRole, index: int) -> str:
    """``Group "developers"``, ``ServiceAccount "api/shop"``: name before namespace, as the server has it."""
    subject = (bound.binding.subjects or ())[index]
    if subject.kind == "ServiceAccount":
        return f"{subject.kind} {quote(f'{subject.name}/{subject.namespace or bound.key.namespace}')}"
    return f"{subject.kind} {quote(subject.name)}"


def describe_grant(bound: BoundRole, index: int) -> str:
    """The server's reason, ``RBAC: allowed by RoleBinding "x/ns" of ClusterRole "edit" to User "alice"``."""
    name = f"{bound.key.name}/{bound.key.namespace}" if bound.key.namespace else bound.key.name
    reference = bound.binding.role_ref
    role = f"{reference.kind} {quote(reference.name)}"
    return f"RBAC: allowed by {bound.kind} {quote(name)} of {role} to {describe_subject(bound, index)}"


def describe_missing(bound: BoundRole) -> str:
    """The error for a binding whose role is not there."""
    reference = bound.binding.role_ref
    if reference.kind not in ("Role", "ClusterRole"):
        return f"unsupported role reference kind: {quote(reference.kind)}"
    return f"{reference.kind.lower()}.rbac.authorization.k8s.io {quote(reference.name)} not found"


def join_missing(errors: Sequence[str]) -> list[str]:
    """The texts that the server may make of these errors, the sorted one first; none where there are no errors."""
    distinct = sorted(set(errors))
    if not distinct:
        return []
    if len(distinct) == 1:
        return [f"RBAC: {distinct[0]}"]
    orders = permutations(distinct) if len(distinct) <= _MOST_ORDERED else [tuple(distinct)]
    return [f"RBAC: [{', '.join(order)}]" for order in orders]
