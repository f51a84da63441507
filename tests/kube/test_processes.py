"""Programs that are run within limits: whatever they do, nothing of them is left running in their group."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

import pytest

from visualizer.kube import processes

# It starts a child, tells its number, and waits for it.
WAITING = "sleep 600 & echo $! > {child}; wait"


async def ended(pid: int) -> None:
    """Waits until the process has ended."""
    try:
        descriptor = os.pidfd_open(pid)
    except ProcessLookupError:
        return
    loop, over = asyncio.get_running_loop(), asyncio.Event()
    loop.add_reader(descriptor, over.set)
    try:
        async with asyncio.timeout(10):
            await over.wait()
    finally:
        loop.remove_reader(descriptor)
        os.close(descriptor)


async def run(script: str, *, timeout_s: float = 30) -> processes.Ended:
    """How a shell script ends."""
    return await processes.run(["/bin/sh", "-c", script], {"PATH": os.environ["PATH"]}, timeout_s=timeout_s)


def number_in(path: Path) -> int:
    """The process number that a script wrote."""
    return int(path.read_text())


async def test_a_program_gives_all_it_writes() -> None:
    ended_well = await run("echo one; echo hint >&2; echo two")
    assert ended_well == processes.Ended(output=b"one\ntwo\n", failure="", complaint=" It said: hint")
    assert "two" not in repr(ended_well)


async def test_what_takes_too_long_is_ended_with_all_it_started(tmp_path: Path) -> None:
    said = await run(WAITING.format(child=tmp_path / "child"), timeout_s=1.5)
    assert said.failure == "did not end within 1.5 seconds"
    await ended(number_in(tmp_path / "child"))


async def test_when_nobody_waits_any_more_the_program_is_ended(tmp_path: Path) -> None:
    child = tmp_path / "child"
    os.mkfifo(child)
    running = asyncio.create_task(run(WAITING.format(child=child)))
    number = await asyncio.to_thread(number_in, child)  # comes when the program runs
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    await ended(number)


@pytest.mark.parametrize("steps", range(12))
async def test_at_whatever_step_nobody_waits_any_more_the_program_is_ended(tmp_path: Path, steps: int) -> None:
    running = asyncio.create_task(run(WAITING.format(child=tmp_path / "child")))
    for _ in range(steps):
        await asyncio.sleep(0)
    running.cancel()
    await asyncio.wait({running}, timeout=10)
    assert running.cancelled()


async def test_what_left_the_group_with_the_output_open_is_not_waited_for(tmp_path: Path) -> None:
    said = await run(f"setsid sleep 600 & echo $! > {tmp_path / 'child'}", timeout_s=1.5)
    assert said.failure == "did not end within 1.5 seconds"
    number = number_in(tmp_path / "child")
    os.kill(number, 9)  # fails if it is gone
    await ended(number)


async def test_output_without_end_is_cut_and_its_writer_ended() -> None:
    said = await run("cat /dev/zero")
    assert said.failure == "wrote more than 1024 KiB"
    assert len(said.output) < 2 * processes.MAX_OUTPUT_BYTES


async def test_output_up_to_the_limit_is_taken() -> None:
    said = await run(f"head -c {processes.MAX_OUTPUT_BYTES} /dev/zero")
    assert (said.failure, len(said.output)) == ("", processes.MAX_OUTPUT_BYTES)


async def test_complaints_without_end_are_read_and_forgotten() -> None:
    said = await run("head -c 5000000 /dev/zero >&2; echo done; echo last >&2")
    assert (said.output, said.failure, said.complaint) == (b"done\n", "", " It said: last")


async def test_what_ends_badly_is_told() -> None:
    assert (await run("exit 3")).failure == "ended with exit code 3"
    assert (await run("kill $$")).failure == "was ended by signal 15"
