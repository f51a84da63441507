"""Orrery's command line as a program among others."""

from __future__ import annotations

import os
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


SERVE_ONCE = """
import django
django.setup()
from dashboard.serving import listen, serve
with listen("127.0.0.1", 0) as listener:
    from dashboard.asgi import application
    from twisted.internet import reactor
    serve(application, listener, when_ready=lambda: reactor.callLater(0, reactor.stop))
    print(listener.getsockname()[0])
"""


def test_the_socket_that_was_served_on_is_still_its_owners_to_close() -> None:
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "dashboard.settings"}
    served = subprocess.run(
        [sys.executable, "-c", SERVE_ONCE], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    assert (served.returncode, served.stdout) == (0, "127.0.0.1\n"), served.stderr
