"""The tail of a live log: what is seen of a cluster is written to its log, and then told to all who follow it."""

from __future__ import annotations

from collections.abc import Sequence

from visualizer.live.bus import Bus, Frames
from visualizer.live.threads import in_thread
from visualizer.log.reader import Reader
from visualizer.log.writer import Writer


class Tail:
    """Adds to one log, whose only writer this is. Used from one event loop."""

    def __init__(self, writer: Writer, bus: Bus) -> None:
        self._writer, self._bus = writer, bus

    async def add(self, lines: Sequence[bytes]) -> Frames:
        """Write these lines, then publish them as the log keeps them, without secrets; returns what was published.

        Raises :class:`visualizer.frames.FrameError` where a line is no frame of this log.
        """
        frames = await in_thread(lambda: self._write(lines))
        self._bus.publish(self._writer.log.pk, frames)
        return frames

    def _write(self, lines: Sequence[bytes]) -> Frames:
        log = self._writer.log
        before = log.last_seq
        for line in lines:
            self._writer.append(line)
        self._writer.flush()
        return list(Reader(log).lines(before))
