"""Pages: a list in pieces, as polls read it, and which object each of its items is."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from typing import Final

import msgspec
from msgspec import Struct

from visualizer.kube import lines
from visualizer.kube.lines import Page
from visualizer.kube.transport import JSON, Transport

PAGE_ITEMS: Final = 500


class Identity(Struct):
    """Which object it is, and in which version."""

    name: str
    namespace: str = ""
    uid: str = ""
    resourceVersion: str = ""

    @property
    def key(self) -> str:
        """``namespace/name``, or ``name``, as the store has it."""
        return f"{self.namespace}/{self.name}" if self.namespace else self.name


class _Item(Struct):
    metadata: Identity


_items: Final = msgspec.json.Decoder(_Item)


def identify(item: bytes) -> Identity:
    """Which object this item of a list is. Raises :class:`msgspec.DecodeError`."""
    return _items.decode(item).metadata


async def iter_pages(
    transport: Transport, path: str, params: Mapping[str, str] | None = None, *, accept: str = JSON
) -> AsyncIterator[Page]:
    """Each page of the list at this path; ``params`` are the first page's, the others follow on it."""
    asked = {"limit": str(PAGE_ITEMS), **(params or {})}
    while True:
        page = lines.read_page(await transport.get(path, asked, accept=accept))
        yield page
        if not page.next:
            return
        asked = {"limit": str(PAGE_ITEMS), "continue": page.next}
