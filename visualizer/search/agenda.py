"""The agenda: which objects are still to be looked at, so that a long look can be taken in slices.

A hub's moment goes on between two slices. What is written meanwhile is on the agenda again, so that when it is done
everything was looked at as it is.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice

from visualizer.store import Place, Store


class Agenda:
    """Objects by resource and key: first all that there are, and then those that are written."""

    def __init__(self, store: Store, resources: Iterable[str]) -> None:
        self._first = _places([(name, list(store.entries(name))) for name in resources])
        self._is_begun = False
        self._written: dict[Place, None] = {}

    def add(self, place: Place) -> None:
        """Look at this one again, or for the first time."""
        self._written[place] = None

    def take(self, most: int) -> list[Place]:
        """The next so many; fewer where there are no more, so that none are left."""
        taken: list[Place] = []
        if not self._is_begun:
            taken = list(islice(self._first, most))
            self._is_begun = len(taken) < most
        for place in list(islice(self._written, most - len(taken))):
            del self._written[place]
            taken.append(place)
        return taken

    def is_longer(self, than: int) -> bool:
        """Whether more is left than so many."""
        return not self._is_begun or len(self._written) > than


def _places(keys: list[tuple[str, list[str]]]) -> Iterator[Place]:
    return ((resource, key) for resource, each in keys for key in each)
