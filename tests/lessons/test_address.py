"""A lesson may set just what the stage's address has."""

from __future__ import annotations

import re

from django.conf import settings

from visualizer.lessons.address import FIELDS, VIEWS
from visualizer.lessons.blocks import SPEEDS

SOURCES = settings.BASE_DIR / "frontend" / "src"


def test_a_lesson_may_set_every_field_that_the_address_has() -> None:
    address = (SOURCES / "model" / "address.ts").read_text()
    route = re.search(r"interface Route \{(.*?)\}", (SOURCES / "model" / "routing.ts").read_text(), re.DOTALL)
    assert route
    named = set(re.findall(r'fields\.get\("(\w+)"\)', address))
    of_route = set(re.findall(r"readonly (\w+):", route[1]))
    assert {"view", "selected", "trace"} <= named
    assert {"service", "node"} <= of_route
    assert (named | of_route) - {"at", "lesson", "presenter"} <= set(FIELDS), "add it to visualizer/lessons/address.py"


def test_a_lesson_may_show_every_view() -> None:
    named = re.search(r"VIEWS = \[(.*?)\]", (SOURCES / "model" / "address.ts").read_text(), re.DOTALL)
    assert named
    assert set(re.findall(r'"(\w+)"', named[1])) <= set(VIEWS), "add it to visualizer/lessons/address.py"


def test_a_lesson_may_play_at_every_speed_of_the_stage() -> None:
    named = re.search(r"SPEEDS = \[(.*?)\]", (SOURCES / "stage" / "timeline.ts").read_text())
    assert named
    assert [float(speed) for speed in named[1].split(",")] == list(SPEEDS)
