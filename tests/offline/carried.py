"""What a file carries, read as its page reads it (frontend/src/offline/)."""

from __future__ import annotations

import base64
import gzip
import json
import re
from typing import Any

from tests.live.picture import Rows, rows_of


def parts_of(page: bytes) -> dict[str, Any]:
    """The parts in this file, by name."""
    packed = re.findall(r'<script type="application/gzip" id="(\w+)">([^<]*)</script>', page.decode())
    return {name: json.loads(gzip.decompress(base64.b64decode(text))) for name, text in packed}


class Pictures:
    """Every diagram, moved on frame by frame."""

    def __init__(self, part: dict[str, Any]) -> None:
        self.shown: dict[str, dict[str, Rows]] = {
            diagram: {name: rows_of(table) for name, table in tables.items()}
            for diagram, tables in part["opening"].items()
        }
        self._frames = iter(part["frames"])

    def go_on(self) -> None:
        """Take the next frame in."""
        _, _, altered = next(self._frames)
        for diagram, tables in altered.items():
            for name, table in tables.items():
                rows = self.shown[diagram].setdefault(name, {})
                rows.update(rows_of(table))
                for row_id in table["removed"]:
                    del rows[row_id]

    def shows(self, diagram: str) -> dict[str, Rows]:
        """The tables of one diagram that have rows."""
        return {name: rows for name, rows in self.shown[diagram].items() if rows}


def answer(part: dict[str, Any], question: str, seq: int) -> dict[str, Any] | None:
    """What the file answers to this question at this place, without an id; None where it has no answer."""
    tape = part["tapes"].get(question, {"places": [], "answers": []})
    told = [number for place, number in zip(tape["places"], tape["answers"], strict=True) if place <= seq]
    if not told or told[-1] < 0:
        return None
    fields = fill(part["pool"], part["pool"][told[-1]])
    return fields | {"seq": seq} if fields.get("seq") == -1 else fields


def fill(pool: list[Any], value: Any) -> Any:
    """The value with the parts that it shares."""
    if isinstance(value, list):
        return [fill(pool, part) for part in value]
    if not isinstance(value, dict):
        return value
    if isinstance(value.get("$"), int):
        return fill(pool, pool[value["$"]])
    return {name.removeprefix("$"): fill(pool, part) for name, part in value.items()}
