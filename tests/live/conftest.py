"""Logs to watch: a shipped recording, and a live log that a test feeds."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

import orjson
import pytest

from tests.cluster import DEMOS
from visualizer.log.importing import import_recording, open_log
from visualizer.log.recording import Limits, iter_lines
from visualizer.log.writer import Writer
from visualizer.models import Log


def demo_lines(name: str) -> list[bytes]:
    """A shipped recording's lines, the header first."""
    with (DEMOS / name / "recording.jsonl.zst").open("rb") as stream:
        return [line for _, line in iter_lines(stream, Limits())]


def import_demo(name: str) -> Log:
    """A shipped recording as a log."""
    with (DEMOS / name / "recording.jsonl.zst").open("rb") as stream:
        return import_recording(stream, slug=name)


async def until(condition: Callable[[], object], *, seconds: float = 20.0) -> None:
    """Return when the condition holds; fail when it does not come to hold."""
    async with asyncio.timeout(seconds):
        while not condition():  # noqa: ASYNC110 - it is the program that is waited for
            await asyncio.sleep(0.002)


@pytest.fixture
def deploy(transactional_db: None) -> Log:
    """The recording of a Deployment's life."""
    return import_demo("deploy")


@dataclass
class LiveLog:
    """A log that grows: ``to_come`` are the watch events and notes that a test may add."""

    log: Log
    writer: Writer
    to_come: list[bytes]


def open_live(slug: str = "live") -> LiveLog:
    """A live log that has the opening lists of the recording ``deploy``."""
    header, *lines = demo_lines("deploy")
    lists = [line for line in lines if orjson.loads(line)["kind"] == "list"]
    log = open_log(header, slug=slug)
    writer = Writer(log)
    for line in lists:
        writer.append(line)
    writer.flush()
    log.state, log.is_live = Log.State.READY, True
    log.save()
    return LiveLog(log, writer, [line for line in lines if line not in lists])


@pytest.fixture
def live(transactional_db: None) -> LiveLog:
    """A live log."""
    return open_live()
