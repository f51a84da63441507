"""Orrery's command line as a program among others."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_a_reader_that_has_had_enough_ends_a_command_without_a_traceback() -> None:
    command = [sys.executable, "manage.py", "who_wrote", "demos/rolling-update/recording.jsonl.zst"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        assert process.stdout.readline().startswith('{"resource":')
        process.stdout.close()
        assert process.stderr.read() == ""
        assert process.wait() == 141
