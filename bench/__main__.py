"""``python -m bench [NAME ...]``: run the benches, each in a process of its own, and print one table."""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from dataclasses import asdict
from pathlib import Path

from bench.figures import Figure, table

BENCHES = (
    "intake",
    "tracing",
    "memory",
    "seeking",
    "playing",
    "opening",
    "fanout",
    "latency",
    "following",
    "watching",
    "routing",
    "drawing",
    "nodesmap",
    "rbac",
    "search",
    "family",
)


def run_one(name: str, folder: Path) -> list[Figure]:
    """One bench in a fresh process, so that no bench sees another's memory."""
    out = folder / f"{name}.json"
    command = [sys.executable, "-m", "bench.isolated", name, str(folder), str(out)]
    subprocess.run(command, check=True)
    return [Figure(**row) for row in json.loads(out.read_text())]


def main() -> int:
    """Run what was asked for; 1 where a target was missed."""
    parser = argparse.ArgumentParser(prog="bench", description=__doc__)
    parser.add_argument("names", nargs="*", help=f"any of {', '.join(BENCHES)}; all if none is named")
    parser.add_argument("--json", type=Path, help="also write the figures to this file")
    arguments = parser.parse_args()
    figures: list[Figure] = []
    for name in arguments.names or BENCHES:
        print(f"bench: {name} …", file=sys.stderr, flush=True)
        with tempfile.TemporaryDirectory(prefix="orrery-bench-") as folder:
            figures += run_one(name, Path(folder))
    print(table(figures))
    if arguments.json:
        arguments.json.write_text(json.dumps([asdict(figure) for figure in figures], indent=1))
    return int(any(figure.met is False for figure in figures))


if __name__ == "__main__":
    sys.exit(main())
