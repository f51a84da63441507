"""``python -m tests.apiserver RECORDING``: a cluster for kubectl or Orrery, in which a recording happens."""

from __future__ import annotations

import argparse
import asyncio
from pathlib import Path

from tests.apiserver.server import ApiServer


def arguments() -> argparse.Namespace:
    """What was asked for on the command line."""
    parser = argparse.ArgumentParser(prog="python -m tests.apiserver", description=__doc__)
    parser.add_argument("recording", type=Path, help="NAME.jsonl.zst")
    parser.add_argument("--speed", type=float, default=1.0, help="times the recorded pace; default 1")
    parser.add_argument("--still", action="store_true", help="let nothing happen after the first lists")
    parser.add_argument("--port", type=int, default=0, help="default: any that is free")
    parser.add_argument("--tls", action="store_true", help="speak https, with an authority made on the spot")
    parser.add_argument("--kubeconfig", type=Path, help="write a kubeconfig here")
    return parser.parse_args()


async def main(asked: argparse.Namespace) -> None:
    """Serve and play, and go on serving until interrupted."""
    async with ApiServer(port=asked.port, tls=asked.tls) as server:
        server.load(asked.recording)
        print(f"Listening at {server.url}", flush=True)
        if asked.kubeconfig:
            print(f"export KUBECONFIG={server.kubeconfig(asked.kubeconfig)}", flush=True)
        count = 0 if asked.still else await server.play(speed=asked.speed)
        print(f"{count} frames have happened; all is quiet now. Interrupt to end.", flush=True)
        await asyncio.Event().wait()


if __name__ == "__main__":
    try:
        asyncio.run(main(arguments()))
    except KeyboardInterrupt:
        print()
