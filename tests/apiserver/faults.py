"""What goes wrong with API servers, at the turn of a switch.

``resource`` is a name as in recordings (``v1/pods``) or ``*`` for all. What acts on open watches gives how many it hit.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from tests.apiserver.notices import Notices
from tests.apiserver.statuses import Refusal, failure
from tests.apiserver.watching import Cut, Say, Watch, event

if TYPE_CHECKING:
    from tests.apiserver.calls import Call

EVERYTHING = "*"
MESSAGES = {
    429: "Too many requests, please try again later.",
    500: "Internal error occurred: etcdserver: request timed out",
    503: "the server is currently unable to handle the request",
    504: "Timeout: request did not complete within the allotted timeout",
}
GARBAGE = b'{"type":"MODIFIED","object":\xff<html>502 Bad Gateway</html>\n'


class Overload(Exception):
    """The request is turned away before it is looked at, in plain text: 429."""

    def __init__(self, retry_after: int | None) -> None:
        super().__init__("too many requests")
        self.retry_after = retry_after


@dataclass
class Failing:
    """Requests that are answered with a failure: so many more, or until a time of the event loop, or for good."""

    status: int
    path: str
    retry_after: int | None
    left: int | None
    ends: float | None

    def takes(self, path: str, now: float) -> bool:
        """Whether this request fails; counts it if so."""
        over = self.left == 0 or (self.ends is not None and now >= self.ends)
        if over or not fnmatchcase(path, self.path):
            return False
        if self.left is not None:
            self.left -= 1
        return True


class Faults:
    """The switches. All are off at first, and after ``heal``."""

    def __init__(self, watches: Iterable[Watch], notices: Notices) -> None:
        self._watches = watches
        self._notices = notices
        self._failing: list[Failing] = []
        self._held: set[tuple[str, str]] = set()
        self._latency = 0.0
        self._truncated: dict[str, int] = {}

    def fail(
        self,
        status: int,
        *,
        count: int | None = None,
        seconds: float | None = None,
        retry_after: int | None = None,
        path: str = "*",
    ) -> None:
        """Answer requests with a failure; ``path`` is a pattern as of a shell, over the path without the query."""
        ends = None if seconds is None else asyncio.get_running_loop().time() + seconds
        self._failing.append(Failing(status, path, retry_after, count, ends))

    def hang(self, resource: str = EVERYTHING, verb: str = "watch") -> None:
        """Go silent: watches stay open and say nothing, other requests are never answered."""
        self._held.add((resource, verb))

    def latency(self, seconds: float) -> None:
        """Let every request wait before it is looked at."""
        self._latency = seconds

    def truncate(self, resource: str, count: int = 1) -> None:
        """Send but half of the next answers to lists, and lose the connection."""
        self._truncated[resource] = count

    def cut(self, resource: str = EVERYTHING, *, mid_line: bool = True) -> int:
        """Lose the connection of open watches, in the middle of a line or between two."""
        return self._tell(resource, Cut(mid_line))

    def garbage(self, resource: str = EVERYTHING, line: bytes = GARBAGE) -> int:
        """Say something in open watches that is not JSON."""
        return self._tell(resource, Say(line))

    def error_event(self, resource: str = EVERYTHING, code: int = 410, message: str = "") -> int:
        """End open watches with an ERROR event."""
        said = message or ("too old resource version" if code == 410 else MESSAGES.get(code, "an error on the server"))
        return self._tell(resource, Say(event("ERROR", failure(code, said)), last=True))

    def heal(self) -> None:
        """Switch everything off; what hung goes on."""
        self._failing.clear()
        self._held.clear()
        self._truncated.clear()
        self._latency = 0.0
        self._notices.tell()

    async def at_the_door(self, path: str) -> None:
        """What befalls a request before anybody knows what it wants."""
        if self._latency:
            await asyncio.sleep(self._latency)
        now = asyncio.get_running_loop().time()
        for failing in self._failing:
            if failing.takes(path, now):
                if failing.status == 429:
                    raise Overload(failing.retry_after)
                raise Refusal(failing.status, MESSAGES.get(failing.status, "fault"), retry_after=failing.retry_after)

    def holds(self, resource: str, verb: str) -> bool:
        """Whether requests of this kind hang."""
        return any((held, verb) in self._held for held in (resource, EVERYTHING))

    async def while_hanging(self, call: Call) -> None:
        """Wait until a request is let go on."""
        resource = call.target.resource.id
        await self._notices.until(lambda: not self.holds(resource, call.verb), seconds=None)

    def truncates(self, resource: str) -> bool:
        """Whether the answer to this list is to break off; counts it if so."""
        left = self._truncated.get(resource, 0)
        self._truncated[resource] = max(0, left - 1)
        return left > 0

    def _tell(self, resource: str, what: Say | Cut) -> int:
        hit = [watch for watch in self._watches if resource in {EVERYTHING, watch.resource.id}]
        for watch in hit:
            watch.inbox.append(what)
        self._notices.tell()
        return len(hit)
