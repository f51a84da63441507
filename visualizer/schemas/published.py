"""Published: what Kubernetes itself publishes of its API, for a log that carries no schemas of its own.

One file for each minor version, shared by all recordings of it: what it says of built-in types is what every such
server says, and of custom resources it says nothing. ``published/ABOUT.md`` says where they come from.
"""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path
from typing import Final

import zstandard

from visualizer.schemas.document import Definitions, read_document

FOLDER: Final = Path(__file__).parent / "published"
_VERSION: Final = re.compile(r"v?(\d+)\.(\d+)(?:[.+-].*)?")


def published(server_version: str) -> Definitions:
    """The definitions of this server's minor version; none where that is not here."""
    found = _VERSION.fullmatch(server_version)
    return _read(f"v{found[1]}.{found[2]}") if found else {}


@lru_cache(maxsize=2)
def _read(minor: str) -> Definitions:
    path = FOLDER / f"{minor}.json.zst"
    if not path.exists():
        return {}
    return read_document(zstandard.ZstdDecompressor().decompress(path.read_bytes(), max_output_size=32 << 20))
