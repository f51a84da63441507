"""Attribution against the API server's audit log: who really made each write of the shipped recordings.

``attribution/NAME.truth.jsonl`` holds one line for each write: resource, name, the user who made it and the version
that it left. Leases and Events are not in it.
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import get_args

import pytest

from tests.cluster import DEMO_NAMES, read_demo
from visualizer.flow.attribution import Attribution, Rule
from visualizer.flow.authors import Authors
from visualizer.store import Change, Store

TRUTH = Path(__file__).parent / "attribution"
ROOT = Path(__file__).parent.parent.parent
EXPLAINED = ROOT / "docs" / "attribution.md"
NOT_AUDITED = ("v1/events", "coordination.k8s.io/v1/leases")
SERVICE_ACCOUNTS = "system:serviceaccount:kube-system:"

SHARE_RIGHT = 0.995
"""The share of audited writes that are given the right writer. It is a floor: raise it with the rules."""

NOT_THE_WRITER = {
    # A Service's registry deletes its Endpoints in the same request, without one of its own: nothing is audited, and
    # the last audited write to them is the endpoint-controller's, which did not delete them.
    ("deploy", "DELETED v1/endpoints:shop/hello", "kube-apiserver"),
    ("namespace-delete", "DELETED v1/endpoints:temp/a", "kube-apiserver"),
    ("services", "DELETED v1/endpoints:shop/tour-clusterip", "kube-apiserver"),
    ("services", "DELETED v1/endpoints:shop/tour-headless", "kube-apiserver"),
    # The namespace controller began this deletion. The answer to the patch that ended it, six seconds later, carries
    # the version that the beginning left.
    ("namespace-delete", "MODIFIED v1/configmaps:temp/c", "namespace-controller"),
}
"""Where the audit log's nearest write is not the one that the event shows: recording, event, and who it really was."""


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

    change: Change
    audited: Audited
    given: Attribution

    @property
    def is_right(self) -> bool:
        """Whether it is the right component: the controller itself, the kubelet on its node, the client by program."""
        given = self.given
        return (given.actor, given.client or given.node or given.component) == self.audited.writer

    @property
    def event(self) -> str:
        """The event that it is of."""
        return f"{self.change.type} {self.change.resource}:{self.change.key}"

    def __str__(self) -> str:
        wanted = " ".join(self.audited.writer)
        return f"{self.event}: {self.given} is {wanted}"


class AuditLog:
    """The audit log of one recording, and how its writes are found again among watch events."""

    def __init__(self, writes: list[Audited]) -> None:
        self._by_version: dict[tuple[str, str, str, str], Audited] = {}
        self._bindings: dict[tuple[str, str], Audited] = {}
        self._by_object: dict[tuple[str, str, str], list[Audited]] = defaultdict(list)
        self._collections: dict[tuple[str, str], list[Audited]] = defaultdict(list)
        for write in writes:
            # The first with a version made it: a later write with the same one altered nothing.
            if write.version and write.verb != "deletecollection":
                place = (write.resource, write.namespace, write.name, write.version)
                self._by_version.setdefault(place, write)
            if write.subresource == "binding":
                self._bindings[write.namespace, write.name] = write
            elif write.verb == "deletecollection":
                self._collections[write.resource, write.namespace].append(write)
            else:
                self._by_object[write.resource, write.namespace, write.name].append(write)

    def find(self, change: Change, ts: float) -> Audited | None:
        """The write that this change shows, if it was audited."""
        metadata = change.object.metadata
        if change.type == "DELETED":
            writes = self._by_object[change.resource, metadata.namespace, metadata.name]
            writes = [*writes, *self._collections[change.resource, metadata.namespace]]
            earlier = [write for write in writes if write.received <= ts]
            return max(earlier, key=lambda write: write.received, default=None)
        place = (change.resource, metadata.namespace, metadata.name, metadata.resource_version)
        audited = self._by_version.get(place)
        if audited is None and is_binding(change):
            return self._bindings.get((metadata.namespace, metadata.name))
        return audited


def is_binding(change: Change) -> bool:
    """Whether a Pod shows its node for the first time."""
    bound = getattr(getattr(change.object, "spec", None), "node_name", "")
    before = getattr(change.old.object, "spec", None) if change.old else None
    return bool(bound) and not getattr(before, "node_name", "")


def read_audit_log(name: str) -> AuditLog:
    """The audit log of this recording."""
    writes = []
    for line in (TRUTH / f"{name}.truth.jsonl").read_text().splitlines():
        told = json.loads(line)
        received = datetime.fromisoformat(told.pop("received")).timestamp()
        version = told.pop("resourceVersion")
        if told["resource"] == "v1/namespaces":
            told["namespace"] = ""  # the audit log puts a Namespace into itself
        writes.append(Audited(**told, version=version or "", received=received))
    return AuditLog(sorted(writes, key=lambda write: write.received))


@cache
def answers(name: str) -> list[Answer]:
    """What the rules say of every audited write in this recording."""
    header, frames = read_demo(name)
    audit_log, store, authors, found = read_audit_log(name), Store(header.resources), Authors(), []
    for seq, frame in enumerate(frames, start=1):
        for change in store.apply(seq, frame):
            if change.type == "LISTED":
                authors.look(change, frame.ts)
                continue
            given = authors.read(store, change, frame.ts).author
            audited = audit_log.find(change, frame.ts) if change.resource not in NOT_AUDITED else None
            if audited is not None:
                found.append(Answer(change, audited, given))
    return found


def tell(name: str, given: list[Answer]) -> None:
    """Print the figure, and every miss."""
    right = sum(answer.is_right for answer in given)
    print(f"{name}: {right} of {len(given)} writes are given the right writer, {right / len(given):.1%}")
    for answer in given:
        if not answer.is_right:
            print(f"  {answer}")


@pytest.mark.parametrize("name", DEMO_NAMES)
def test_no_observed_answer_is_wrong(name: str) -> None:
    given = answers(name)
    tell(name, given)
    observed = [answer for answer in given if answer.given.certainty == "observed"]
    assert observed
    assert [str(answer) for answer in observed if not answer.is_right] == []


def test_an_inferred_answer_differs_only_where_the_audit_log_does_not_tell_of_the_write() -> None:
    inferred = [(name, each) for name in DEMO_NAMES for each in answers(name) if each.given.certainty == "inferred"]
    assert len(inferred) > 500
    wrong = {(name, each.event, each.given.component) for name, each in inferred if not each.is_right}
    assert wrong == NOT_THE_WRITER


def test_no_guess_is_wrong_here_either() -> None:
    guessed = [each for name in DEMO_NAMES for each in answers(name) if each.given.certainty == "guessed"]
    assert guessed
    assert [str(answer) for answer in guessed if not answer.is_right] == []


def test_most_writes_are_given_their_writer() -> None:
    given = [each for name in DEMO_NAMES for each in answers(name)]
    tell("all", given)
    assert len(DEMO_NAMES) == 16
    assert len(given) == 1230
    assert sum(answer.is_right for answer in given) / len(given) >= SHARE_RIGHT


def test_every_rule_is_explained_and_every_explanation_is_of_a_rule() -> None:
    explained = set(re.findall(r"^\*\*`([a-z-]+)`\*\*", EXPLAINED.read_text(), re.MULTILINE))
    assert explained == set(get_args(Rule))


def test_every_rule_is_in_the_code() -> None:
    code = "".join(path.read_text() for path in (ROOT / "visualizer" / "flow").glob("*.py"))
    assert [rule for rule in get_args(Rule) if code.count(f'"{rule}"') < 2] == []


def test_the_explanation_states_the_share_that_is_reached() -> None:
    given = [each for name in DEMO_NAMES for each in answers(name)]
    right = sum(answer.is_right for answer in given) / len(given)
    assert f"{right:.1%} of the audited writes" in EXPLAINED.read_text().replace("\n", " ")
