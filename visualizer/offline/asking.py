"""Asking: what a viewer of the stage asks by clicking, asked at every place of the recording and kept on tapes.

Each asker knows what its answers depend on, and asks again only where that altered; the tests hold what is kept against
what a server says at the same places. Questions in a person's own words are kept where the lesson asks them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Protocol

from visualizer.frames import Listing, WatchEvent
from visualizer.log.reader import Reader
from visualizer.moment import Moment
from visualizer.objects import key_of
from visualizer.store import Change


class Asker(Protocol):
    """Asks one kind of question, from place to place."""

    def ask(self, moment: Moment, changes: Sequence[Change] | None) -> None:
        """Ask at this place what may be answered otherwise than at the place before, which these changes led from.

        None at the first place, where everything is asked.
        """


def iter_versions(reader: Reader) -> Iterator[tuple[str, int]]:
    """Each object that the recording shows, and each frame that wrote it, in the log's order."""
    for seq, frame in reader.frames(reader.log.pruned_seq):
        if isinstance(frame, Listing):
            for obj in frame.items:
                yield f"{frame.resource}:{key_of(obj.metadata)}", seq
        elif isinstance(frame, WatchEvent):
            yield f"{frame.resource}:{key_of(frame.object.metadata)}", seq
