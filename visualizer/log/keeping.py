"""Keeping: a stretch of a live log as a recording of its own, which outlasts what retention takes from the log."""

from __future__ import annotations

import tempfile
from datetime import UTC, datetime

from visualizer.log.exporting import write_stretch
from visualizer.log.importing import NAME_CHARACTERS, import_recording, slug_of
from visualizer.log.recording import Limits
from visualizer.models import Log


class EmptyStretch(ValueError):
    """The log has nothing between these times."""


def keep_stretch(log: Log, *, from_ts: float, to_ts: float, title: str = "", limits: Limits | None = None) -> Log:
    """What the log has between these times (unix seconds), as a recording beside the others.

    It goes the way of a file: what is kept is what ``orrery record`` writes. Raises :class:`EmptyStretch`, and
    :class:`visualizer.log.recording.RecordingError` where it is larger than the limits.
    """
    first, last = max(from_ts, log.first_ts), min(to_ts, log.last_ts)
    if first > last:
        raise EmptyStretch(f"the log of {log.title} has nothing between these times")
    named = title or f"{log.title}, {_clock(first)} to {_clock(last)}"
    with tempfile.TemporaryFile() as file:
        write_stretch(log, file, from_ts=first, to_ts=last)
        file.seek(0)
        day = datetime.fromtimestamp(first, UTC)
        intro = f"Kept from the live cluster {log.title}: {day:%-d %B %Y}, {_clock(first)} to {_clock(last)} UTC."
        return import_recording(
            file, slug=slug_of(named), title=named[:NAME_CHARACTERS], intro=intro, limits=limits or Limits()
        )


def _clock(ts: float) -> str:
    return f"{datetime.fromtimestamp(ts, UTC):%H:%M:%S}"
