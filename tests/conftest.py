"""What holds for every test: the order they run in, and how patient hypothesis is."""

from __future__ import annotations

from pathlib import Path

import hypothesis
import pytest

BROWSER = Path(__file__).parent / "browser"

# A busy two-core machine is not a failure: what must be fast is measured by bench/.
hypothesis.settings.register_profile("orrery", deadline=None)
hypothesis.settings.load_profile("orrery")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Browser tests last: playwright's event loop stays in the thread, and asyncio and Django mind it."""
    items.sort(key=lambda item: BROWSER in item.path.parents)
