"""The tail of a live log: what is seen of a cluster is written to its log, and then told to all who follow it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeAlias

from visualizer.frames import FrameError
from visualizer.live.bus import Bus, Frames
from visualizer.live.threads import in_thread
from visualizer.log.writer import Writer
from visualizer.models import Log

Instead: TypeAlias = Callable[[float, FrameError], bytes]
"""What to write, at this time, in the place of a line that is no frame because of this."""


class Tail:
    """Adds to one log, whose only writer this is. Used from one event loop."""

    def __init__(self, writer: Writer, bus: Bus) -> None:
        self._writer, self._bus = writer, bus

    @property
    def log(self) -> Log:
        """The log that it adds to."""
        return self._writer.log

    async def add(self, lines: Sequence[bytes]) -> Frames:
        """Write these lines and tell of them; returns what was told.

        Raises :class:`visualizer.frames.FrameError` where a line is no frame of this log.
        """
        frames = await in_thread(lambda: self.write(lines))
        self.publish(frames)
        return frames

    def write(self, lines: Sequence[bytes], *, instead: Instead | None = None) -> Frames:
        """Write these lines; returns them as the log keeps them, without secrets. Not in the event loop.

        For a line that is no frame of this log, what ``instead`` gives is written; without it, raises
        :class:`visualizer.frames.FrameError`.
        """
        kept: list[tuple[int, bytes]] = []
        for line in lines:
            try:
                kept += self._writer.append(line)
            except FrameError as error:
                if instead is None:
                    raise
                kept += self._writer.append(instead(self.log.last_ts, error))
        self._writer.flush()
        return kept

    def publish(self, frames: Frames) -> None:
        """Tell all who follow the log of these frames, which it has by now."""
        self._bus.publish(self._writer.log.pk, frames)
