"""The API server's audit log of a recording, and how its writes are found again among watch events.

``attribution/NAME.truth.jsonl`` holds one line for each write: resource, name, the user who made it and the version
that it left. Leases and Events are not in it.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from visualizer.flow.attribution import Attribution
from visualizer.frames import WatchEvent
from visualizer.objects import Pod, key_of

TRUTH = Path(__file__).parent / "attribution"
NOT_AUDITED = ("v1/events", "coordination.k8s.io/v1/leases")
SERVICE_ACCOUNTS = "system:serviceaccount:kube-system:"


@dataclass(frozen=True)
class Audited:
    """One line of the audit log."""

    resource: str
    subresource: str
    namespace: str
    name: str
    verb: str
    user: str
    agent: str
    version: str
    received: float

    @property
    def writer(self) -> tuple[str, str]:
        """The actor, and the controller, node or program."""
        if self.user.startswith(SERVICE_ACCOUNTS):
            return "controller", self.user.removeprefix(SERVICE_ACCOUNTS)
        if self.user.startswith("system:node:"):
            return "kubelet", self.user.removeprefix("system:node:")
        named = {"system:kube-scheduler": "scheduler", "system:apiserver": "apiserver"}
        program = self.agent.partition("/")[0]
        return named.get(self.user, "client"), program


@dataclass(frozen=True)
class Answer:
    """What a rule said of an audited write."""

    event: WatchEvent
    audited: Audited
    given: Attribution

    @property
    def is_right(self) -> bool:
        """Whether it is the right component: the controller itself, the kubelet on its node, the client by program."""
        given = self.given
        return (given.actor, given.client or given.node or given.component) == self.audited.writer

    @property
    def about(self) -> str:
        """The event that it is of."""
        return f"{self.event.type} {self.event.resource}:{key_of(self.event.object.metadata)}"

    def __str__(self) -> str:
        wanted = " ".join(self.audited.writer)
        return f"{self.about}: {self.given} is {wanted}"


class AuditLog:
    """The audit log of one recording."""

    def __init__(self, writes: Iterable[Audited]) -> None:
        self._by_version: dict[tuple[str, str, str, str], Audited] = {}
        self._bindings: dict[tuple[str, str], Audited] = {}
        self._by_object: dict[tuple[str, str, str], list[Audited]] = defaultdict(list)
        self._collections: dict[tuple[str, str], list[Audited]] = defaultdict(list)
        for write in sorted(writes, key=lambda write: write.received):
            place = (write.resource, write.namespace, write.name)
            if write.verb == "deletecollection":
                self._collections[write.resource, write.namespace].append(write)
            elif write.subresource == "binding":
                self._bindings[write.namespace, write.name] = write
            else:
                # The first with a version made it: a later write with the same one altered nothing.
                self._by_version.setdefault((*place, write.version), write)
                self._by_object[place].append(write)

    def judge(self, given: Iterable[tuple[WatchEvent, Attribution]]) -> list[Answer]:
        """The answers to those events, in the order in which they were seen, that were audited."""
        found, bound = [], set()
        for event, author in given:
            metadata = event.object.metadata
            is_binding = isinstance(event.object, Pod) and bool(event.object.spec.node_name)
            is_binding = is_binding and event.type == "MODIFIED" and metadata.uid not in bound
            if isinstance(event.object, Pod) and event.object.spec.node_name:
                bound.add(metadata.uid)
            audited = None if event.resource in NOT_AUDITED else self._find(event, is_binding=is_binding)
            if audited is not None:
                found.append(Answer(event, audited, author))
        return found

    def _find(self, event: WatchEvent, *, is_binding: bool) -> Audited | None:
        metadata = event.object.metadata
        place = (event.resource, metadata.namespace, metadata.name)
        if event.type == "DELETED":
            writes = [*self._by_object[place], *self._collections[event.resource, metadata.namespace]]
            earlier = [write for write in writes if write.received <= event.ts]
            return max(earlier, key=lambda write: write.received, default=None)
        audited = self._by_version.get((*place, metadata.resource_version)) if metadata.resource_version else None
        return self._bindings.get(place[1:]) if audited is None and is_binding else audited


def read_truth(name: str) -> list[dict[str, Any]]:
    """The lines of this recording's truth."""
    return [json.loads(line) for line in (TRUTH / f"{name}.truth.jsonl").read_text().splitlines()]


def audited(line: dict[str, Any]) -> Audited:
    """One line of a truth."""
    told = dict(line)
    received = datetime.fromisoformat(told.pop("received")).timestamp()
    version = told.pop("resourceVersion")
    if told["resource"] == "v1/namespaces":
        told["namespace"] = ""  # the audit log puts a Namespace into itself
    return Audited(**told, version=version or "", received=received)
