"""Drift: whether the log's objects are the cluster's, object by object, by uid and resourceVersion.

Each resource is listed at the very version up to which the log has it (``resourceVersionMatch=Exact``), so writes that
come meanwhile do not matter. Where the server no longer has that version, the list is a fresh one. Whatever differs is
looked at again after a while, and only what differs again counts; of fresh lists, what differs in the same two
versions. Only metadata is asked for.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from visualizer.kube.polls.asking import Asked, Kept
from visualizer.kube.polls.logs import Versions
from visualizer.kube.polls.pages import identify, iter_pages
from visualizer.kube.polls.results import Difference, Drift, Outcome
from visualizer.kube.transport import JSON, METADATA_LIST, ApiError, Transport

AGAIN_SECONDS: Final = 10.0
"""How long a watch may take to bring what a list shows, so that it does not count as lacking."""
MOST_TOLD: Final = 100

_NO_SUCH_VERSION: Final = (400, 410, 422, 500, 504)
"""How servers refuse an exact version: they never had it, no longer have it, cannot do that, or wait for it in vain."""


@dataclass
class Look:
    """What one look found. ``exact`` are the resources that were listed at the log's own version."""

    objects: int = 0
    differences: list[Difference] = field(default_factory=list)
    exact: set[str] = field(default_factory=set)
    not_compared: dict[str, str] = field(default_factory=dict)


async def ask(asked: Asked) -> Outcome:
    """Look once, and again at what differs; failing where the log lacks something."""
    kept = await asked.kept()
    if not kept:
        return Outcome("absent", "The cluster has no log yet, so there is nothing to compare.")
    first = await _look(asked.transport, kept)
    found = first.differences
    if found:
        await asyncio.sleep(AGAIN_SECONDS)
        doubtful = {difference.resource for difference in found}
        again = await _look(asked.transport, {n: k for n, k in (await asked.kept()).items() if n in doubtful})
        found = confirmed(first, again)
    drift = Drift(
        resources=len(kept) - len(first.not_compared),
        objects=first.objects,
        difference_count=len(found),
        differences=found[:MOST_TOLD],
        not_compared=first.not_compared,
    )
    if found:
        return Outcome("failing", f"{len(found)} objects in the log are not as they are in the cluster.", drift)
    if first.not_compared:
        return Outcome("warning", f"Not compared: {', '.join(sorted(first.not_compared))}.", drift)
    return Outcome("ok", result=drift)


def confirmed(first: Look, again: Look) -> list[Difference]:
    """The differences of the second look that bear out one of the first."""
    same = set(first.differences)
    places = {(known.resource, known.key) for known in first.differences if known.resource in first.exact}
    return [
        found
        for found in again.differences
        if found in same or (found.resource in again.exact and (found.resource, found.key) in places)
    ]


def compare(resource: str, kept: Versions, listed: Versions) -> Iterable[Difference]:
    """How the log's objects of one resource differ from the listed ones."""
    for key in sorted(kept.keys() | listed.keys()):
        if key not in kept:
            yield Difference(resource, key, "lacking", "", listed[key][1])
        elif key not in listed:
            yield Difference(resource, key, "left over", kept[key][1], "")
        elif kept[key] != listed[key]:
            yield Difference(resource, key, "other version", kept[key][1], listed[key][1])


async def _look(transport: Transport, kept: Mapping[str, Kept]) -> Look:
    look = Look()
    for name, known in sorted(kept.items()):
        try:
            listed, is_exact = await _list(transport, known)
        except ApiError as error:
            look.not_compared[name] = error.message or str(error)
            continue
        if is_exact:
            look.exact.add(name)
        look.objects += len(listed)
        look.differences += compare(name, known.objects, listed)
    return look


async def _list(transport: Transport, known: Kept) -> tuple[Versions, bool]:
    """The objects at the version that is known, or else by now; and whether it was the former."""
    if known.version:
        try:
            exact = {"resourceVersion": known.version, "resourceVersionMatch": "Exact"}
            return await _pages(transport, known.path, exact), True
        except ApiError as error:
            if error.status not in _NO_SUCH_VERSION:
                raise
    return await _pages(transport, known.path, {}), False


async def _pages(transport: Transport, path: str, params: Mapping[str, str]) -> Versions:
    found: dict[str, tuple[str, str]] = {}
    async for page in iter_pages(transport, path, params, accept=f"{METADATA_LIST},{JSON}"):
        for identity in map(identify, page.items):
            found[identity.key] = identity.uid, identity.resourceVersion
    return found
