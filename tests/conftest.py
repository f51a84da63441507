"""What holds for every test: the order they run in, and how patient hypothesis is."""

from __future__ import annotations

import signal
from pathlib import Path

import hypothesis
import pytest
from django.conf import settings

BROWSER = Path(__file__).parent / "browser"

# A busy two-core machine is not a failure: what must be fast is measured by bench/.
hypothesis.settings.register_profile("orrery", deadline=None)
hypothesis.settings.load_profile("orrery")


@pytest.fixture(scope="session")
def django_db_modify_db_settings(tmp_path_factory: pytest.TempPathFactory) -> None:
    """A database in a file, as in earnest: threads share it while somebody writes, which they cannot in memory."""
    if settings.ENVIRONMENT.database_url:
        return
    folder = tmp_path_factory.mktemp("database")
    settings.DATABASES["default"]["TEST"]["NAME"] = str(folder / "test.sqlite3")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Browser tests last: playwright's event loop stays in the thread, and asyncio and Django mind it."""
    items.sort(key=lambda item: BROWSER in item.path.parents)


def pytest_configure() -> None:
    """Let what the tests start heed SIGINT: a shell that starts them in its background lets all of them ignore it."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
