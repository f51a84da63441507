"""Processes: another program is run for what it writes, within limits of time and of length.

It gets no input and a process group of its own. When it takes too long, writes too much, or nobody waits for it any
more, the whole group is killed, and what it may have left running elsewhere with its output open is not waited for.
"""

from __future__ import annotations

import asyncio
import os
import signal
from asyncio.subprocess import DEVNULL, PIPE
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Final

MAX_OUTPUT_BYTES: Final = 1 << 20
_COMPLAINT_BYTES: Final = 4096
_COMPLAINT_LINES: Final = 5


@dataclass(frozen=True)
class Ended:
    """How a program ended: what it wrote; what went wrong in words, or nothing; the last it said about it."""

    output: bytes = field(repr=False)
    failure: str
    complaint: str


async def run(command: Sequence[str], env: Mapping[str, str], *, timeout_s: float) -> Ended:
    """Runs a program, by its path and its arguments, to its end.

    Raises OSError or ValueError when it cannot be started.
    """
    starting = asyncio.create_task(_start(command, env))
    try:
        # Shielded: asyncio, cancelled half-way through a start, kills the program but waits for its children.
        transport, collector = await asyncio.shield(starting)
    except asyncio.CancelledError:
        with suppress(OSError, ValueError):
            await _end(*await starting)
        raise
    in_time = True
    try:
        async with asyncio.timeout(timeout_s):
            await collector.settled.wait()
    except TimeoutError:
        in_time = False
    finally:
        await _end(transport, collector)
    failure = _failure(transport.get_returncode()) if in_time else f"did not end within {timeout_s:g} seconds"
    if len(collector.output) > MAX_OUTPUT_BYTES:
        failure = f"wrote more than {MAX_OUTPUT_BYTES >> 10} KiB"
    return Ended(output=bytes(collector.output), failure=failure, complaint=_complaint(bytes(collector.errors)))


class _Collector(asyncio.SubprocessProtocol):
    """Collects what a process writes: all of its output up to the limit, and the end of its errors."""

    def __init__(self) -> None:
        self.output = bytearray()
        self.errors = bytearray()
        self.gone = asyncio.Event()  # it ended, and its pipes
        self.settled = asyncio.Event()  # that, or it wrote too much

    def pipe_data_received(self, fd: int, data: bytes) -> None:
        if fd == 2:
            self.errors += data
            del self.errors[:-_COMPLAINT_BYTES]
        elif len(self.output) <= MAX_OUTPUT_BYTES:
            self.output += data
            if len(self.output) > MAX_OUTPUT_BYTES:
                self.settled.set()

    def connection_lost(self, _error: Exception | None) -> None:
        self.gone.set()
        self.settled.set()


async def _start(command: Sequence[str], env: Mapping[str, str]) -> tuple[asyncio.SubprocessTransport, _Collector]:
    return await asyncio.get_running_loop().subprocess_exec(
        _Collector, *command, env=env, stdin=DEVNULL, stdout=PIPE, stderr=PIPE, start_new_session=True
    )


async def _end(transport: asyncio.SubprocessTransport, collector: _Collector) -> None:
    """Kills what still runs or writes, and waits until it is gone."""
    if not collector.gone.is_set():
        with suppress(ProcessLookupError):  # it may just have ended
            os.killpg(transport.get_pid(), signal.SIGKILL)
        for number in (1, 2):  # a grandchild that left the group may hold the other ends
            pipe = transport.get_pipe_transport(number)
            if pipe is not None:
                pipe.close()
        await collector.gone.wait()
    transport.close()


def _failure(returncode: int | None) -> str:
    if not returncode:
        return ""
    if returncode > 0:
        return f"ended with exit code {returncode}"
    return f"was ended by signal {-returncode}"


def _complaint(errors: bytes) -> str:
    """The last lines of what a program wrote to stderr as a sentence, without what a terminal would obey."""
    lines = errors.decode(errors="replace").strip().splitlines()[-_COMPLAINT_LINES:]
    said = " / ".join("".join(filter(str.isprintable, line)).strip() for line in lines)
    return f" It said: {said}" if said else ""
