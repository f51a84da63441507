"""``orrery wire_schema``: keeps docs/wire.schema.json equal to the types of the wire."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from visualizer.live import schema


class Command(BaseCommand):
    """Write the schema, or check that the file is current."""

    help = "Write docs/wire.schema.json from the wire's types, or check that it is current."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """One of the two."""
        chosen = parser.add_mutually_exclusive_group(required=True)
        chosen.add_argument("--write", action="store_true", help="write the file")
        chosen.add_argument("--check", action="store_true", help="fail where the file is not current")

    def handle(self, *_arguments: Any, write: bool, **_options: Any) -> None:  # noqa: ANN401 - Django's signature
        """Do it."""
        if write:
            schema.FILE.write_text(schema.text())
        elif not schema.FILE.exists() or schema.FILE.read_text() != schema.text():
            raise CommandError("docs/wire.schema.json is not current: run orrery wire_schema --write and npm run wire.")
