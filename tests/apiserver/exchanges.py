"""What a real API server answered, as recorded: the stand-in takes its discovery and OpenAPI from it, tests compare."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import orjson
import zstandard

PATH = Path(__file__).parent.parent / "conformance" / "apiserver" / "exchanges.json.zst"


@cache
def exchanges() -> dict[str, dict[str, Any]]:
    """All exchanges by name: ``request`` and ``status``, ``headers``, and ``body`` or ``lines`` of the answer."""
    with PATH.open("rb") as stream:
        recorded = orjson.loads(zstandard.ZstdDecompressor().stream_reader(stream).read())
    return {exchange["name"]: exchange for exchange in recorded}
