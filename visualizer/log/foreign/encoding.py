"""A frame made of another tool's file, as a recording's line."""

from __future__ import annotations

from typing import Any

import msgspec

from visualizer.log.recording import RecordingError


def encode_frame(frame: dict[str, Any]) -> bytes:
    """The frame as one line of JSON. Raises :class:`RecordingError` where an object in it cannot be written as such."""
    try:
        return msgspec.json.encode(frame)
    except (msgspec.MsgspecError, ValueError, TypeError, RecursionError, OverflowError) as error:
        raise RecordingError("an object in it cannot be written as JSON: a number, a text or its depth") from error
