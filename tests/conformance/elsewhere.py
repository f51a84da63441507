"""Other recordings, made of the shipped ones: what the same control plane would have shown of another cluster.

Each of these takes and gives a :class:`Told`: a recording's lines and the truth about them, as JSON.
"""

from __future__ import annotations

import json
import random
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import Any

from tests.cluster import DEMOS
from tests.conformance.audit import read_truth
from visualizer.log.recording import Limits, iter_lines

Line = dict[str, Any]
_STAMP = re.compile(r'"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(\.\d+)?(Z|\+00:00)"')
_UID = re.compile(r"\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b")
_CLUSTER_SCOPED = ("v1/nodes", "v1/namespaces")


@dataclass(frozen=True)
class Told:
    """A recording and its truth."""

    header: Line
    lines: list[Line]
    truth: list[Line]

    @property
    def start(self) -> float:
        """When the first line was seen."""
        return float(self.lines[0]["ts"])


@cache
def shipped(name: str) -> Told:
    """A shipped recording."""
    with (DEMOS / name / "recording.jsonl.zst").open("rb") as stream:
        header, *lines = [json.loads(line) for _, line in iter_lines(stream, Limits())]
    return Told(header, lines, read_truth(name))


def rename(told: Told, seed: int = 0) -> Told:
    """Other names: of nodes, of namespaces, and of everything that a person named."""
    names = {each["name"] for each in told.truth if each["user"] == "kubernetes-admin"} - {"default", ""}
    for line in told.lines:
        for item in line.get("items", ()):
            if line["resource"] in (*_CLUSTER_SCOPED, "apps/v1/deployments", "v1/services", "apps/v1/statefulsets"):
                names.add(item["metadata"]["name"])
    names = {name for name in names if not name.startswith(("kube", "default", "system"))}
    dice = random.Random(seed)
    other = {name: f"{dice.choice('bcdfghjklm')}{dice.getrandbits(30):x}" for name in sorted(names)}
    words = re.compile(rf"(?<![\w.])({'|'.join(sorted(map(re.escape, names), key=len, reverse=True))})(?![\w.]|\":)")
    return _rewrite(told, lambda text: words.sub(lambda found: other[found[1]], text))


def quicken(told: Told, times: float) -> Told:
    """The same in a part of the time, with the stamps that the API server would then have set.

    More writes fall into one second, as they do on a busier cluster.
    """
    start = told.start

    def sooner(ts: float) -> float:
        return start + (ts - start) / times if ts > start else ts

    def restamp(found: re.Match[str]) -> str:
        moment = datetime.fromisoformat(found[1] + (found[2] or "") + "+00:00")
        quick = datetime.fromtimestamp(sooner(moment.timestamp()), UTC)
        text = quick.isoformat(timespec="microseconds" if found[2] else "seconds")
        return f'"{text.replace("+00:00", found[3])}"'

    quick = _rewrite(told, lambda text: _STAMP.sub(restamp, text))
    return Told(quick.header, [{**line, "ts": sooner(line["ts"])} for line in quick.lines], quick.truth)


def delay(told: Told, most_s: float, seed: int = 0) -> Told:
    """Each resource's watch is late by its own, changing while, so that effects are seen before causes."""
    dice, lateness = random.Random(seed), {}
    late = []
    for line in told.lines:
        resource = line.get("resource", "")
        last = lateness.get(resource, 0.0)
        seen = max(last, line["ts"] + dice.uniform(0.0, most_s)) if line["kind"] == "event" else line["ts"]
        lateness[resource] = seen
        late.append({**line, "ts": seen})
    return Told(told.header, sorted(late, key=lambda line: line["ts"]), told.truth)


def strip(told: Told, share: float = 1.0, seed: int = 0) -> Told:
    """Without managedFields, as some clusters and tools keep objects; or with only a share of the objects so."""
    dice = random.Random(seed)

    def bare(obj: Line) -> Line:
        kept = {key: value for key, value in obj["metadata"].items() if key != "managedFields"}
        return {**obj, "metadata": kept} if dice.random() < share else obj

    lines = []
    for line in told.lines:
        items = {"items": [bare(item) for item in line["items"]]} if "items" in line else {}
        lines.append({**line, **items, **({"object": bare(line["object"])} if "object" in line else {})})
    return Told(told.header, lines, told.truth)


def forget(told: Told, share: float = 1.0, seed: int = 0) -> Told:
    """Without the opening lists, or without a share of them: the log began in the middle."""
    dice = random.Random(seed)
    kept = [line for line in told.lines if line["kind"] != "list" or dice.random() >= share]
    return Told(told.header, kept, told.truth)


def merge(tolds: Iterable[Told]) -> Told:
    """All at once, in one cluster: every recording in namespaces and on nodes of its own, begun together."""
    parts = [_set_apart(told, number) for number, told in enumerate(tolds)]
    start = parts[0].start
    lists: dict[str, list[Line]] = {}
    events: list[Line] = []
    truth: list[Line] = []
    for part in parts:
        shifted = _rewrite(part, _shift(start - part.start))
        truth += shifted.truth
        for line in shifted.lines:
            if line["kind"] == "list":
                lists.setdefault(line["resource"], []).extend(line["items"])
            elif line["kind"] == "event":
                events.append({**line, "ts": line["ts"] + start - part.start})
    listed = [
        {"kind": "list", "ts": start, "resource": resource, "resourceVersion": "1", "items": _distinct(items)}
        for resource, items in lists.items()
    ]
    return Told(parts[0].header, [*listed, *sorted(events, key=lambda line: line["ts"])], truth)


def _shift(seconds: float) -> Callable[[str], str]:
    """Stamps move by whole seconds: what is lost of one is less than clocks may differ by."""

    def restamp(found: re.Match[str]) -> str:
        moment = datetime.fromisoformat(found[1] + (found[2] or "") + "+00:00").timestamp()
        moved = datetime.fromtimestamp(moment + (seconds if found[2] else round(seconds)), UTC)
        text = moved.isoformat(timespec="microseconds" if found[2] else "seconds")
        return f'"{text.replace("+00:00", found[3])}"'

    return lambda text: _STAMP.sub(restamp, text)


def _set_apart(told: Told, number: int) -> Told:
    """With uids, versions, namespaces, nodes and cluster-wide names that no other part has."""
    scopes = {resource: each["namespaced"] for resource, each in told.header["resources"].items()}

    def apart(text: str) -> str:
        text = _UID.sub(lambda found: f"p{number}-{found[0]}", text)
        return re.sub(r"\bnode-(\d)\b", rf"p{number}-node-\1", text)

    def place(resource: str, named: Line) -> Line:
        """What names an object, in its metadata or in the truth."""
        moved = dict(named)
        if named.get("resourceVersion"):
            moved["resourceVersion"] = str(int(named["resourceVersion"]) * 100 + number)
        if scopes.get(resource, True):
            moved["namespace"] = f"p{number}-{named['namespace']}" if named.get("namespace") else ""
        elif resource != "v1/nodes":
            moved["name"] = f"p{number}-{named['name']}"
        return moved

    def placed(line: Line) -> Line:
        found = dict(line)
        if "items" in line:
            found["items"] = [{**item, "metadata": place(line["resource"], item["metadata"])} for item in line["items"]]
        if "object" in line:
            found["object"] = {**line["object"], "metadata": place(line["resource"], line["object"]["metadata"])}
        return found

    moved = _rewrite(told, apart)
    lines = [placed(line) for line in moved.lines if line.get("resource") != "coordination.k8s.io/v1/leases"]
    return Told(moved.header, lines, [place(each["resource"], each) for each in moved.truth])


def _distinct(items: list[Line]) -> list[Line]:
    found = {(item["metadata"].get("namespace", ""), item["metadata"]["name"]): item for item in items}
    return list(found.values())


def _rewrite(told: Told, alter: Callable[[str], str]) -> Told:
    def each(lines: Iterable[Line]) -> Iterator[Line]:
        return (json.loads(alter(json.dumps(line))) for line in lines)

    return Told(told.header, list(each(told.lines)), list(each(told.truth)))
