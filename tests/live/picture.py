"""What a viewer's page makes of messages: the client's half of docs/wire-protocol.md, in as few lines as it takes."""

from __future__ import annotations

import gzip
import json
from collections.abc import Mapping
from typing import Any

from visualizer.tables import Row, Snapshot

Rows = dict[str, dict[str, Any]]


class WrongBase(AssertionError):
    """A delta came that does not follow on the picture."""


def decode(message: str | bytes) -> list[dict[str, Any]]:
    """What a server's message says: one thing, or several that were sent together."""
    decoded = json.loads(gzip.decompress(message) if isinstance(message, bytes) else message)
    return decoded if isinstance(decoded, list) else [decoded]


def rows_of(table: Mapping[str, Any]) -> Rows:
    """A table that travelled column by column, row by row."""
    columns = table["columns"]
    return {
        row_id: {"id": row_id, **_names_in(row_id, columns), **{name: columns[name][place] for name in columns}}
        for place, row_id in enumerate(table["ids"])
    }


def _names_in(row_id: str, columns: Mapping[str, Any]) -> dict[str, str]:
    """The columns that are not sent because the id (``resource:namespace/name``) tells them; pods and owners do so."""
    if "name" in columns or "owner" not in columns:
        return {}
    key = row_id.partition(":")[2] or row_id
    namespace, _, name = key.rpartition("/")
    return {"namespace": namespace, "name": name}


def plain(snapshot: Snapshot) -> dict[str, Rows]:
    """A diagram's snapshot as the wire tells it. Tables without rows are left out."""
    return {name: {row_id: _plain_row(row) for row_id, row in rows.items()} for name, rows in snapshot.items() if rows}


def _plain_row(row: Row) -> dict[str, Any]:
    return {field: getattr(row, field) for field in row.__struct_fields__}


class Page:
    """Every picture of one viewer, and the last thing it was told of its place."""

    def __init__(self) -> None:
        self.pictures: dict[str, dict[str, Rows]] = {}
        self.seqs: dict[str, int] = {}
        self.moved: dict[str, Any] = {}
        self.heard: list[dict[str, Any]] = []

    def take(self, message: str | bytes) -> dict[str, Any]:
        """Do what the message says, and return the last thing it says. Raises :class:`WrongBase`."""
        for told in decode(message):
            self._do(told)
        return self.heard[-1]

    def _do(self, told: dict[str, Any]) -> None:
        self.heard.append(told)
        match told["op"]:
            case "snapshot":
                self.pictures[told["diagram"]] = {name: rows_of(table) for name, table in told["tables"].items()}
                self.seqs[told["diagram"]] = told["seq"]
            case "delta":
                self._patch(told)
            case "moved":
                self.moved = told

    def shows(self, diagram: str) -> dict[str, Rows]:
        """The tables of one diagram that have rows."""
        return {name: rows for name, rows in self.pictures[diagram].items() if rows}

    def _patch(self, told: dict[str, Any]) -> None:
        name = told["diagram"]
        if told["base"] != self.seqs.get(name):
            raise WrongBase(f"the {name} picture is at {self.seqs.get(name)}, and the delta follows on {told['base']}")
        for table_name, table in told["tables"].items():
            rows = self.pictures[name].setdefault(table_name, {})
            rows.update(rows_of(table))
            for row_id in table["removed"]:
                rows.pop(row_id, None)
        self.seqs[name] = told["seq"]
