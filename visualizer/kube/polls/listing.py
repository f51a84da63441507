"""Listing: a cluster that may not be watched is listed again and again, and what differs goes into its log.

The first list of a resource goes into the log as it is. Later ones are held against what the log has: what is new,
gone, or has another version becomes a watch event that says it was inferred, and since when it may have happened. What
came and went between two lists is never seen, and of several writes to one object only the last.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Iterator, Mapping

from visualizer.frames import Resource
from visualizer.kube import lines
from visualizer.kube.discovery import discover, server_version
from visualizer.kube.lines import SECRETS, Page, Told
from visualizer.kube.polls import pages
from visualizer.kube.polls.asking import Asked
from visualizer.kube.polls.logs import ListedLog
from visualizer.kube.polls.pages import identify, iter_pages
from visualizer.kube.polls.results import Listed, Outcome
from visualizer.kube.schemas import learn
from visualizer.kube.transport import JSON, METADATA_LIST, ApiError, Transport
from visualizer.kube.watcher import Kept


async def ask(asked: Asked) -> Outcome:
    """List everything once, and log what differs; a warning where something may not be listed."""
    before = asked.before.listed_ts if isinstance(asked.before, Listed) else {}
    async with asked.listed_log() as log:
        version = await server_version(asked.transport)
        found = await discover(asked.transport)
        kept = await log.describe(server_version=version, found=found)
        listing = _Listing(asked.transport, log, kept, before)
        for name, resource in found.resources.items():
            await listing.log(name, resource)
        if _is_hour_over(before, asked.now):
            await learn(asked.transport, log, found.resources)
    listed = listing.result()
    if listed.not_listed:
        return Outcome("warning", f"Not listed: {', '.join(sorted(listed.not_listed))}.", listed)
    return Outcome("ok", result=listed)


def _is_hour_over(listed_ts: Mapping[str, float], now: float) -> bool:
    """Whether this is the first listing, or the first of another hour: what the API's words are alters seldom."""
    return not listed_ts or int(max(listed_ts.values()) / 3_600) != int(now / 3_600)


class _Listing:
    """One round over all resources."""

    def __init__(self, transport: Transport, kept_in: ListedLog, kept: Kept, before: Mapping[str, float]) -> None:
        self._transport, self._log, self._kept = transport, kept_in, kept
        self._listed_ts = dict(before)
        self._objects = self._changes = 0
        self._done: list[str] = []
        self._not_listed: dict[str, str] = {}

    async def log(self, name: str, resource: Resource) -> None:
        """List one resource, and log it."""
        asked_ts = self._log.now()
        try:
            items, version = await self._read(name, resource)
        except ApiError as error:
            self._not_listed[name] = error.message or str(error)
            return
        if name in self._kept.versions:
            frames = [frame async for frame in self._differences(name, resource.kind, items)]
            self._changes += len(frames)
        else:
            frames = list(_first_pages(self._log.now(), name, items, version))
        await self._log.add(frames, {name: version})
        self._listed_ts[name] = asked_ts
        self._objects += len(items)
        self._done.append(name)

    def result(self) -> Listed:
        """What came of it."""
        return Listed(
            resources=len(self._done),
            objects=self._objects,
            changes=self._changes,
            not_listed=self._not_listed,
            listed_ts={name: self._listed_ts[name] for name in self._listed_ts if name in self._done},
        )

    async def _read(self, name: str, resource: Resource) -> tuple[list[bytes], str]:
        """All pages as one."""
        self._transport.cost.lists += 1
        accept = METADATA_LIST if name == SECRETS else JSON
        items: list[bytes] = []
        version = ""
        async for page in iter_pages(self._transport, resource.path, accept=accept):
            items += page.items
            version = page.version
        return items, version

    async def _differences(self, name: str, kind: str, items: Iterable[bytes]) -> AsyncIterator[bytes]:
        """What is other in the list than in the log, as watch events; the items of lists do not name their kind."""
        known = dict(self._log.versions_of(name))
        since = self._listed_ts.get(name, self._kept.last_ts)
        for item in items:
            identity = identify(item)
            old = known.pop(identity.key, None)
            if old == (identity.uid, identity.resourceVersion):
                continue
            if old is not None and old[0] != identity.uid:  # it was made anew under its name
                yield await self._deletion(name, kind, identity.key, since)
            is_new = old is None or old[0] != identity.uid
            whole = lines.with_kind(item, name.rpartition("/")[0], kind)
            yield self._event(name, "ADDED" if is_new else "MODIFIED", whole, since)
        for key in known:
            yield await self._deletion(name, kind, key, since)

    async def _deletion(self, name: str, kind: str, key: str, since: float) -> bytes:
        last = lines.with_kind(await self._log.last_state(name, key), name.rpartition("/")[0], kind)
        return self._event(name, "DELETED", last, since)

    def _event(self, name: str, type_: str, obj: bytes, since: float) -> bytes:
        return lines.event_frame(self._log.now(), name, Told(type_, obj, "", False), inferred_since=since)


def _first_pages(ts: float, name: str, items: list[bytes], version: str) -> Iterator[bytes]:
    starts = range(0, max(1, len(items)), pages.PAGE_ITEMS)
    for start in starts:
        is_last = start + pages.PAGE_ITEMS >= len(items)
        page = Page(items[start : start + pages.PAGE_ITEMS], version, "" if is_last else "to come")
        yield lines.list_frame(ts, name, page, continues=start > 0)
