"""Times as the API server writes them."""

from __future__ import annotations

from datetime import datetime
from functools import lru_cache
from typing import Final

_LONGEST: Final = len("2026-11-23T10:11:14.962860123+00:00")


@lru_cache(maxsize=1024)
def read_time(stamp: str | None) -> float | None:
    """An RFC 3339 time in unix seconds, or None where it is none."""
    if not stamp or len(stamp) > _LONGEST:
        return None
    try:
        moment = datetime.fromisoformat(stamp)
        return moment.timestamp() if moment.tzinfo else None
    except (ValueError, OverflowError):
        return None
