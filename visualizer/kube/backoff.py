"""Backoff: how long to wait before one asks again."""

from __future__ import annotations

import random
from typing import Final

FIRST_SECONDS: Final = 0.5
MOST_SECONDS: Final = 30.0


class Backoff:
    """Doubles from half a second to thirty, and by chance a little less, so that many do not come back at once."""

    def __init__(self) -> None:
        self._failures = 0

    def next_seconds(self) -> float:
        """The wait after one more failure."""
        longest = min(MOST_SECONDS, FIRST_SECONDS * float(1 << self._failures))
        self._failures = min(self._failures + 1, 16)
        return longest * random.uniform(0.5, 1.0)  # noqa: S311 - it only spreads requests

    def reset(self) -> None:
        """It worked."""
        self._failures = 0
