"""Encoding: diagrams as bytes for the wire, column by column, compressed where that is worth it.

A message is encoded once and the bytes are handed to every viewer that is to have it.
"""

from __future__ import annotations

import gzip
from collections.abc import Mapping, Sequence
from operator import attrgetter
from typing import Any, Final

import msgspec
import orjson

from visualizer.live import wire
from visualizer.tables import Delta, Row, Snapshot

COMPRESS_ABOVE_BYTES: Final = 8_192

Encoded = str | bytes
"""JSON as text, or gzip-compressed JSON as bytes."""


def encode_snapshot(diagram: str, snapshot: Snapshot, *, seq: int, ts: float) -> Encoded:
    """A SnapshotMessage of these tables."""
    tables = {name: columns(rows) for name, rows in snapshot.items()}
    return _pack({"op": "snapshot", "diagram": diagram, "seq": seq, "ts": ts, "tables": tables})


def encode_delta(diagram: str, delta: Delta, *, base: int, seq: int, ts: float) -> Encoded:
    """A DeltaMessage that leads from ``base`` to ``seq``."""
    tables = {name: columns(rows) for name, rows in delta.items()}
    return _pack({"op": "delta", "diagram": diagram, "base": base, "seq": seq, "ts": ts, "tables": tables})


def encode_message(message: wire.ServerMessage) -> Encoded:
    """Any other message."""
    return _compress(_messages.encode(message))


def decode_message(text: str | bytes) -> wire.ClientMessage:
    """What a viewer said. Raises :class:`msgspec.DecodeError` for what is no message of the protocol."""
    return _client.decode(text)


def join_texts(texts: Sequence[str]) -> str:
    """Several texts, at least one, as one: to send a message costs the server more than what is in it."""
    return texts[0] if len(texts) == 1 else f"[{','.join(texts)}]"


def columns(rows: Mapping[str, Row | None]) -> dict[str, Any]:
    """A table as the wire has it (:class:`wire.TableData`): its rows column by column, and the ids of those removed."""
    kept = [row for row in rows.values() if row is not None]
    removed = [row_id for row_id, row in rows.items() if row is None]
    columns: dict[str, list[Any]] = {}
    if kept:
        for field in kept[0].__struct_fields__:
            if field in kept[0].implied:
                continue
            columns[field] = list(map(attrgetter(field), kept))
    return {"ids": columns.pop("id", []), "columns": columns, "removed": removed}


def _pack(message: dict[str, Any]) -> Encoded:
    return _compress(orjson.dumps(message))


def _compress(encoded: bytes) -> Encoded:
    if len(encoded) <= COMPRESS_ABOVE_BYTES:
        return encoded.decode()
    return gzip.compress(encoded, compresslevel=1, mtime=0)


_messages: Final = msgspec.json.Encoder()
_client: Final[msgspec.json.Decoder[wire.ClientMessage]] = msgspec.json.Decoder(wire.ClientMessage)
