"""Durations in the short form of ages: ``HumanDuration`` of k8s.io/apimachinery/pkg/util/duration."""

from __future__ import annotations

from datetime import datetime

MINUTE, HOUR, DAY = 60, 3600, 86400
YEAR = 365 * DAY


def ago(elapsed: float) -> str:
    """A duration in seconds in at most two units: the longer it is, the coarser."""
    if elapsed < -1:
        return "<invalid>"
    seconds = max(0, int(elapsed))
    if seconds < 2 * MINUTE:
        return f"{seconds}s"
    if seconds < 10 * MINUTE:
        return _two(seconds, MINUTE, "m", 1, "s")
    if seconds < 3 * HOUR:
        return f"{seconds // MINUTE}m"
    if seconds < 8 * HOUR:
        return _two(seconds, HOUR, "h", MINUTE, "m")
    if seconds < 2 * DAY:
        return f"{seconds // HOUR}h"
    if seconds < 8 * DAY:
        return _two(seconds, DAY, "d", HOUR, "h")
    if seconds < 2 * YEAR:
        return f"{seconds // DAY}d"
    if seconds < 8 * YEAR:
        return _two(seconds, YEAR, "y", DAY, "d")
    return f"{seconds // YEAR}y"


def seconds_of(written: str) -> float:
    """A time of the API, to the second, as unix seconds. Raises ValueError where it is none."""
    return datetime.fromisoformat(f"{written[:19]}+00:00").timestamp()


def _two(seconds: int, large: int, large_name: str, small: int, small_name: str) -> str:
    rest = seconds % large // small
    return f"{seconds // large}{large_name}" + (f"{rest}{small_name}" if rest else "")
