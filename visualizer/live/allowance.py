"""An allowance: how much one viewer may say. A second's worth at once, and then as much as each second brings."""

from __future__ import annotations

from collections.abc import Callable


class Allowance:
    """A token bucket of ``per_second`` messages. ``clock`` gives seconds that only ever grow."""

    def __init__(self, per_second: float, *, clock: Callable[[], float]) -> None:
        self._per_second, self._clock = per_second, clock
        self._left, self._read_at = per_second, clock()

    def spend(self) -> bool:
        """Take one message's worth; whether there was so much."""
        now = self._clock()
        self._left = min(self._per_second, self._left + (now - self._read_at) * self._per_second)
        self._read_at = now
        if self._left < 1:
            return False
        self._left -= 1
        return True
