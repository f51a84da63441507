"""The playhead: where the log's clock stands for one viewer, and whether it runs.

Pure but for the clock it is given. Times are the log's, in unix seconds.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

MIN_SPEED: Final = 0.1
MAX_SPEED: Final = 100.0


class Playhead:
    """Stands at ``ts`` until it is played. ``clock`` gives seconds that only ever grow."""

    def __init__(self, ts: float, *, clock: Callable[[], float]) -> None:
        self.ts = ts
        self.speed = 1.0
        self._clock = clock
        self._read_at: float | None = None

    @property
    def is_playing(self) -> bool:
        """Whether it moves by itself."""
        return self._read_at is not None

    def play(self, speed: float) -> None:
        """Move on by itself, ``speed`` seconds of the log in each second.

        Raises :class:`ValueError` for a speed out of range.
        """
        if not MIN_SPEED <= speed <= MAX_SPEED:
            raise ValueError(f"The speed is from {MIN_SPEED:g} to {MAX_SPEED:g} times.")
        self.speed, self._read_at = speed, self._clock()

    def pause(self) -> None:
        """Stay."""
        self._read_at = None

    def place(self, ts: float) -> None:
        """Stand here, and play on from here if it plays."""
        self.ts = ts
        if self._read_at is not None:
            self._read_at = self._clock()

    def move(self) -> float:
        """Go as far as the clock says, and return where that is."""
        if self._read_at is not None:
            now = self._clock()
            self.ts += (now - self._read_at) * self.speed
            self._read_at = now
        return self.ts
