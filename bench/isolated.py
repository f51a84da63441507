"""Runs one bench in this process, with a database of its own: ``python -m bench.isolated NAME FOLDER OUT``."""

from __future__ import annotations

import importlib
import json
import os
import sys
from dataclasses import asdict
from pathlib import Path


def main() -> None:
    """Set Django up on the folder, run the bench, and write its figures to OUT."""
    name, folder, out = sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3])
    os.environ["ORRERY_DATA_DIR"] = str(folder)
    os.environ["DJANGO_SETTINGS_MODULE"] = "dashboard.settings"
    import django  # noqa: PLC0415 - the folder must be named first
    from django.core.management import call_command  # noqa: PLC0415

    django.setup()
    call_command("migrate", verbosity=0)
    figures = importlib.import_module(f"bench.{name}").run(folder)
    out.write_text(json.dumps([asdict(figure) for figure in figures]))


if __name__ == "__main__":
    main()
