"""The page: one HTML file with the stage, its style, and all that it shows.

It asks nothing of any network, and its own policy holds it to that: only this very script and style run, by their
hashes, and nothing is loaded. What comes from a cluster stands in it as base64, which no parser of HTML can take for
more, but for the title, which is escaped. The same contents and stage give the same bytes.
"""

from __future__ import annotations

import gzip
import hashlib
import re
from base64 import b64encode
from html import escape
from typing import Final

from msgspec import Struct

from visualizer.offline.contents import Contents

PARTS: Final = ("start", "pictures", "answers")
_TAG: Final = re.compile(r"<(?=/?(?:script|style)|!--)", re.IGNORECASE)


class Player(Struct, frozen=True):
    """The stage as one script and one style sheet, as the frontend's build makes them."""

    script: str
    style: str


def make_page(contents: Contents, player: Player) -> bytes:
    """The file."""
    title = escape(contents.title)
    script = _TAG.sub(r"\\x3c", player.script)  # in texts and patterns, which alone can have it, this is the same
    style = _TAG.sub(r"\\3c ", player.style)
    data = "\n".join(
        f'<script type="application/gzip" id="{part}">{_packed(getattr(contents, part))}</script>' for part in PARTS
    )
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{_policy(script, style)}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="dark light">
<title>{title} · Orrery</title>
<style>{style}</style>
</head>
<body>
<h1 class="visually-hidden">{title}</h1>
<noscript><p class="noscript">Orrery draws with JavaScript, which this browser has switched off.</p></noscript>
{data}
<script type="module">{script}</script>
</body>
</html>
""".encode()


def _policy(script: str, style: str) -> str:
    return (
        f"default-src 'none'; script-src '{_hash(script)}'; style-src '{_hash(style)}'; img-src data: blob:; "
        "base-uri 'none'; form-action 'none'"
    )


def _hash(text: str) -> str:
    return f"sha256-{b64encode(hashlib.sha256(text.encode()).digest()).decode()}"


def _packed(part: bytes) -> str:
    return b64encode(gzip.compress(part, compresslevel=9, mtime=0)).decode()
