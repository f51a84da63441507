"""docs/health.md tells of every poll, and how often it is asked."""

from __future__ import annotations

import re

import pytest

from dashboard.environment import ROOT
from dashboard.lengths import seconds
from visualizer.polling.schedule import LISTING, POLLS

DOCS = (ROOT / "docs" / "health.md").read_text()
TOLD = re.findall(r"^\| (`.+?`) \| (.+?) \|", DOCS, re.MULTILINE)
ROWS = {name: period for names, period in TOLD for name in re.findall(r"`(\w+)`", names)}


@pytest.mark.parametrize("name", sorted(set(POLLS) - {LISTING}))
def test_every_poll_is_in_the_table_with_its_period(name: str) -> None:
    told = ROWS[name].replace(" ", "").replace("min", "m")
    assert seconds(told) == POLLS[name].period_seconds


def test_the_table_names_no_other() -> None:
    assert set(ROWS) == set(POLLS) - {LISTING}
