"""The server of bench/fanout.py: one live log at a steady rate, served as Orrery serves it, or barely.

``python -m bench.fanout_server orrery|bare PORT RATE``. Prints ``ready``, and then, for every frame, its number and the
moment (time.monotonic) when it was there; the clock is the machine's, so another process may compare.
"""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import Awaitable, Callable

from bench.generator import MIDDLE, Generator

BATCHES_PER_SECOND = 50


async def at_rate(rate: int, publish: Callable[[int], Awaitable[None]]) -> None:
    """Await ``publish`` with a count of frames, so that ``rate`` frames come in each second."""
    started, done = time.monotonic(), 0
    while True:
        await asyncio.sleep(1 / BATCHES_PER_SECOND)
        due = int((time.monotonic() - started) * rate)
        if due > done:
            await publish(due - done)
            done = due


def tell(first: int, last: int, seen: float) -> None:
    """Print when these frames were there."""
    sys.stdout.write("".join(f"{seq} {seen}\n" for seq in range(first, last + 1)))
    sys.stdout.flush()


def serve_orrery(port: int, rate: int) -> None:
    """A live log that grows, behind the real application and server."""
    import django  # noqa: PLC0415

    django.setup()
    from dashboard.asgi import application, bus  # noqa: PLC0415
    from dashboard.server import PatientServer  # noqa: PLC0415
    from visualizer.live.tail import Tail  # noqa: PLC0415
    from visualizer.log.importing import open_log  # noqa: PLC0415
    from visualizer.log.writer import Writer  # noqa: PLC0415
    from visualizer.models import Log  # noqa: PLC0415

    generator = Generator(MIDDLE)
    log = open_log(generator.header(), slug="live", title="Live")
    writer = Writer(log)
    for line in generator.lists():
        writer.append(line)
    writer.flush()
    log.state, log.is_live = Log.State.READY, True
    log.save()
    events = generator.events(10_000_000, per_second=rate)

    tail = Tail(writer, bus)

    async def publish(count: int) -> None:
        lines = [next(events) for _ in range(count)]
        seen = time.monotonic()
        frames = await tail.add(lines)
        tell(frames[0][0], frames[-1][0], seen)

    def ready() -> None:
        asyncio.get_event_loop().create_task(at_rate(rate, publish))
        sys.stdout.write("ready\n")
        sys.stdout.flush()

    PatientServer(
        application=application,
        endpoints=[f"tcp:port={port}:interface=127.0.0.1"],
        ready_callable=ready,
        ping_interval=600,
        ping_timeout=600,
        verbosity=1,
    ).run()


async def serve_bare(port: int, rate: int) -> None:
    """The least that could be done: the frame's number, broadcast to every socket as it comes."""
    from websockets.asyncio.server import broadcast, serve  # noqa: PLC0415

    sockets: set[object] = set()

    async def hold(socket: object) -> None:
        sockets.add(socket)
        await socket.wait_closed()  # type: ignore[attr-defined]
        sockets.discard(socket)

    seq = 0

    async def publish(count: int) -> None:
        nonlocal seq
        base, seq = seq, seq + count
        tell(base + 1, seq, time.monotonic())
        broadcast(sockets, f'{{"op":"delta","diagram":"flow","base":{base},"seq":{seq}}}')  # type: ignore[arg-type]

    async with serve(hold, "127.0.0.1", port):
        sys.stdout.write("ready\n")
        sys.stdout.flush()
        await at_rate(rate, publish)


if __name__ == "__main__":
    kind, chosen_port, chosen_rate = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    if kind == "orrery":
        serve_orrery(chosen_port, chosen_rate)
    else:
        asyncio.run(serve_bare(chosen_port, chosen_rate))
