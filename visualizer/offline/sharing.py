"""Sharing: values that are told many times over, kept once each.

An answer at one place is most of the answer at the place before: the same versions, the same YAML, the same rules. Any
part of a value that is longer than a reference to it is kept once, in a pool, and stands elsewhere as
``{"$": number}``. A value's own keys that begin with ``$`` get another in front, so that no name in a cluster is taken
for a reference.
"""

from __future__ import annotations

from typing import Any, Final

import orjson

SHARED_ABOVE: Final = 24
"""Parts whose JSON is longer than this, in bytes, are kept in the pool."""


class Pool:
    """Values by number. A value's parts come before it."""

    def __init__(self) -> None:
        self._numbers: dict[bytes, int] = {}
        self._values: list[bytes] = []

    def __len__(self) -> int:
        return len(self._values)

    def share(self, value: Any) -> int:  # noqa: ANN401 - any JSON
        """The number of this value, which is kept from now on."""
        return self._number(orjson.dumps(self._inside(value)))

    def encode(self) -> bytes:
        """All values, as a JSON array."""
        return b"[" + b",".join(self._values) + b"]"

    def _inside(self, value: Any) -> Any:  # noqa: ANN401 - any JSON
        if isinstance(value, dict):
            return {f"${name}" if name.startswith("$") else name: self._part(part) for name, part in value.items()}
        if isinstance(value, list):
            return [self._part(part) for part in value]
        return value

    def _part(self, value: Any) -> Any:  # noqa: ANN401 - any JSON
        if not isinstance(value, dict | list | str):
            return value
        inside = self._inside(value)
        encoded = orjson.dumps(inside)
        return {"$": self._number(encoded)} if len(encoded) > SHARED_ABOVE else inside

    def _number(self, encoded: bytes) -> int:
        number = self._numbers.setdefault(encoded, len(self._values))
        if number == len(self._values):
            self._values.append(encoded)
        return number
