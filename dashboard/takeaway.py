"""A recording, with its lesson, to take away: one HTML file, of the built frontend and what the engine tells."""

from __future__ import annotations

import threading
from typing import Final

from django.conf import settings

from visualizer.models import Log
from visualizer.offline.contents import gather
from visualizer.offline.page import Player, make_page

_MAKING: Final = threading.Lock()
"""One file at a time: each is some seconds of work, which viewers feel."""

BUILT: Final = settings.BASE_DIR / "static" / "build" / "offline"


def write_page(log: Log) -> bytes:
    """The file. Raises :class:`visualizer.offline.contents.TooLarge` where there is more than a file carries."""
    player = Player((BUILT / "player.js").read_text("utf-8"), (BUILT / "player.css").read_text("utf-8"))
    with _MAKING:
        return make_page(gather(log), player)
