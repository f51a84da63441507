"""Makes recordings of clusters as large as one likes, from the shape of the shipped ones.

Every object is a real one from a shipped recording with its names, uids, addresses, versions and times replaced, so its
size, its field order and its compressibility are a real cluster's. The watch events are the whole story of the
recording ``deploy`` (an application is created, exposed, scaled and deleted, and every component answers), told for
many applications one after another. Each story ends where it began and its Events expire, so a recording
may be as long as one likes without its cluster growing.
"""

from __future__ import annotations

import io
import random
import re
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import orjson
import zstandard

DEMOS = Path(__file__).parent.parent / "demos"
START_TS = 1_795_000_000.0
EVENT_LIFETIME_STORIES = 20

_UUID = re.compile(rb"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_HEARTBEATS = ("coordination.k8s.io/v1/leases", "v1/nodes")


@dataclass(frozen=True)
class Size:
    """How large a cluster to make. ``others`` are objects without Pods: ConfigMaps and Events, half and half."""

    nodes: int = 10
    applications: int = 50
    replicas: int = 5
    others: int = 200

    @property
    def pods(self) -> int:
        """How many Pods the opening lists show."""
        return self.applications * self.replicas


SMALL = Size()
MIDDLE = Size(nodes=100, applications=400, replicas=5, others=1_000)
LARGE = Size(nodes=1_000, applications=4_000, replicas=5, others=13_000)
"""20,000 Pods, and with their ReplicaSets, Services, Nodes, Leases and all others 51,000 objects."""


class Template:
    """A line of JSON cut at the places that vary, so that a variant costs one join."""

    def __init__(self, line: bytes, holes: dict[bytes, str]) -> None:
        pattern = re.compile(b"|".join(re.escape(text) for text in sorted(holes, key=len, reverse=True)))
        self._constant = pattern.split(line)
        self._names = [holes[match] for match in pattern.findall(line)]

    def fill(self, values: dict[str, bytes]) -> bytes:
        """The line with each hole filled by the value of its name."""
        pieces = [b""] * (len(self._constant) + len(self._names))
        pieces[::2] = self._constant
        pieces[1::2] = [values[name] for name in self._names]
        return b"".join(pieces)


def frames_of(name: str) -> list[dict[str, object]]:
    """The frames of a shipped recording as plain objects, the header first."""
    packed = (DEMOS / name / "recording.jsonl.zst").read_bytes()
    with zstandard.ZstdDecompressor().stream_reader(io.BytesIO(packed)) as stream:
        return [orjson.loads(line) for line in stream.read().splitlines()]


class Generator:
    """One made-up cluster: header, opening lists and an endless run of watch events, the same for the same seed."""

    def __init__(self, size: Size, seed: int = 1) -> None:
        self.size = size
        self._random = random.Random(seed)
        self._frames = frames_of("deploy")
        self._story_uids = list(
            dict.fromkeys(
                uid
                for frame in self._frames
                if frame["kind"] == "event" and frame["resource"] not in _HEARTBEATS
                for uid in _UUID.findall(orjson.dumps(frame))
            )
        )
        self._revision = 1_000_000

    def header(self) -> bytes:
        """The header's line."""
        header = dict(self._frames[0], name=f"{self.size.pods} pods", ts=START_TS)
        return orjson.dumps(header)

    def lists(self) -> Iterator[bytes]:
        """One line for each resource, the large ones last."""
        made: dict[str, Iterator[bytes]] = {
            "v1/nodes": self._nodes(),
            "coordination.k8s.io/v1/leases": self._leases(),
            "apps/v1/deployments": self._per_application("apps/v1/deployments", "web"),
            "apps/v1/replicasets": self._per_application("apps/v1/replicasets", "web-6b5d478965"),
            "v1/services": self._per_application("v1/services", "web"),
            "discovery.k8s.io/v1/endpointslices": self._per_application(
                "discovery.k8s.io/v1/endpointslices", "web-58r7r"
            ),
            "v1/configmaps": self._others("v1/configmaps", "web-config", self.size.others // 2),
            "v1/events": self._events(self.size.others - self.size.others // 2),
            "v1/pods": self._pods(),
        }
        for frame in self._frames:
            if frame["kind"] != "list" or frame["resource"] in made:
                continue
            yield orjson.dumps(dict(frame, ts=START_TS))
        for resource, items in made.items():
            head = b'{"ts":%.3f,"kind":"list","resource":"%s","resourceVersion":"%d","items":['
            yield head % (START_TS, resource.encode(), self._revision) + b",".join(items) + b"]}"

    def pages(self, resource: str) -> Iterator[bytes]:
        """One resource's list, cut into lines of 500 items."""
        listing = orjson.loads(next(line for line in self.lists() if line[:160].find(resource.encode()) >= 0))
        items = listing["items"]
        for start in range(0, len(items), 500):
            yield orjson.dumps(dict(listing, items=items[start : start + 500], more=start + 500 < len(items)))

    def events(self, count: int, *, per_second: float = 200.0) -> Iterator[bytes]:
        """So many lines of watch events, evenly spread in time."""
        return _take(count, self._stories(1.0 / per_second))

    def write(self, path: Path, events: int) -> None:
        """The whole recording, zstd level 3, into this file."""
        with path.open("wb") as file, zstandard.ZstdCompressor(level=3).stream_writer(file) as stream:
            stream.write(self.header() + b"\n")
            for line in self.lists():
                stream.write(line + b"\n")
            for line in self.events(events):
                stream.write(line + b"\n")

    # The opening lists.

    def _item(self, resource: str, name: str) -> dict[str, object]:
        listing = next(f for f in self._frames if f["kind"] == "list" and f["resource"] == resource)
        return next(item for item in listing["items"] if item["metadata"]["name"] == name)  # type: ignore[index,attr-defined]

    def _template(self, item: dict[str, object], names: dict[bytes, str]) -> tuple[Template, list[str]]:
        """A template with holes for the given texts, the version and every uid, which are numbered as they come."""
        line = orjson.dumps(item)
        holes = dict(names)
        metadata: dict[str, str] = item["metadata"]  # type: ignore[assignment]
        holes[b'"resourceVersion":"%s"' % metadata["resourceVersion"].encode()] = "version"
        uids: list[str] = []
        for uid in dict.fromkeys(_UUID.findall(line)):
            uids.append(f"uid{len(uids)}")
            holes[uid] = uids[-1]
        return Template(line, holes), uids

    def _fill(self, template: Template, **values: bytes) -> bytes:
        self._revision += 1
        return template.fill({"version": b'"resourceVersion":"%d"' % self._revision, **values})

    def _nodes(self) -> Iterator[bytes]:
        template, _ = self._template(self._item("v1/nodes", "node-1"), {b"node-1": "node", b"10.10.0.11": "address"})
        for n in range(self.size.nodes):
            address = b"10.%d.%d.%d" % (10 + (n >> 16), n >> 8 & 255, n & 255)
            yield self._fill(template, node=_node(n), address=address, uid0=_uid(1, n), uid1=_uid(1, n))

    def _leases(self) -> Iterator[bytes]:
        template, _ = self._template(self._item("coordination.k8s.io/v1/leases", "node-1"), {b"node-1": "node"})
        for n in range(self.size.nodes):
            yield self._fill(template, node=_node(n), uid0=_uid(2, n), uid1=_uid(1, n))

    def _per_application(self, resource: str, name: str) -> Iterator[bytes]:
        item = self._item(resource, name)
        template, uids = self._template(item, {b'"shop"': "namespace", b"web": "application"})
        own = {"apps/v1/deployments": 10, "apps/v1/replicasets": 11}.get(resource, 12)
        uid_of_item = item["metadata"]["uid"].encode()  # type: ignore[index]
        order = list(dict.fromkeys(_UUID.findall(orjson.dumps(item))))
        for n in range(self.size.applications):
            made = {uid: _uid(own if order[i] == uid_of_item else 10 + i, n) for i, uid in enumerate(uids)}
            if resource == "apps/v1/replicasets":
                made = {uid: _uid(11 if order[i] == uid_of_item else 10, n) for i, uid in enumerate(uids)}
            yield self._fill(template, namespace=_namespace(n), application=_application(n), **made)

    def _pods(self) -> Iterator[bytes]:
        item = self._item("v1/pods", "web-6b5d478965-gbns9")
        spec: dict[str, str] = item["spec"]  # type: ignore[assignment]
        status: dict[str, str] = item["status"]  # type: ignore[assignment]
        holes = {
            b'"shop"': "namespace",
            b"web-6b5d478965-gbns9": "pod",
            b"web": "application",
            spec["nodeName"].encode(): "node",
            status["podIP"].encode(): "address",
        }
        template, uids = self._template(item, holes)
        order = list(dict.fromkeys(_UUID.findall(orjson.dumps(item))))
        own = item["metadata"]["uid"].encode()  # type: ignore[index]
        for n in range(self.size.pods):
            application = n // self.size.replicas
            made = {uid: _uid(20, n) if order[i] == own else _uid(11, application) for i, uid in enumerate(uids)}
            yield self._fill(
                template,
                namespace=_namespace(application),
                pod=b"%s-6b5d478965-%s" % (_application(application), self._suffix()),
                application=_application(application),
                node=_node(self._random.randrange(self.size.nodes)),
                address=b"10.%d.%d.%d" % (128 + (n >> 16), n >> 8 & 255, n & 255),
                **made,
            )

    def _others(self, resource: str, name: str, count: int) -> Iterator[bytes]:
        template, uids = self._template(self._item(resource, name), {b'"shop"': "namespace", name.encode(): "name"})
        for n in range(count):
            made = {uid: _uid(30 + i, n) for i, uid in enumerate(uids)}
            yield self._fill(template, namespace=_namespace(n), name=b"%s-config" % _application(n), **made)

    def _events(self, count: int) -> Iterator[bytes]:
        listing = next(f for f in self._frames if f["kind"] == "list" and f["resource"] == "v1/events")
        item: dict[str, dict[str, str]] = listing["items"][0]  # type: ignore[index]
        template, uids = self._template(item, {item["metadata"]["name"].encode(): "name"})  # type: ignore[arg-type]
        for n in range(count):
            made = {uid: _uid(40 + i, n) for i, uid in enumerate(uids)}
            yield self._fill(template, name=b"web.%016x" % n, **made)

    # The watch events.

    def _stories(self, seconds: float) -> Iterator[bytes]:
        """The story of ``deploy`` for one application after another; Events are deleted some stories later."""
        story = [self._scene(frame) for frame in self._frames if frame["kind"] == "event"]
        expiring: deque[list[bytes]] = deque()
        ts, n = START_TS + 1, 0
        while True:
            values = self._cast(n)
            records: list[bytes] = []
            for is_record, template in story:
                ts += seconds
                self._revision += 1
                values["ts"] = b'{"ts":%.4f' % ts
                values["version"] = b'"resourceVersion":"%d"' % self._revision
                line = template.fill(values)
                if is_record and b'"type":"ADDED"' in line[:120]:
                    records.append(line)
                yield line
            expiring.append(records)
            if len(expiring) > EVENT_LIFETIME_STORIES:
                for line in expiring.popleft():
                    ts += seconds
                    yield b'{"ts":%.4f' % ts + line[line.index(b",") :].replace(b'"ADDED"', b'"DELETED"', 1)
            n += 1

    def _scene(self, frame: dict[str, object]) -> tuple[bool, Template]:
        obj: dict[str, dict[str, str]] = frame["object"]  # type: ignore[assignment]
        ordered = {key: frame[key] for key in ("ts", "kind", "resource", "type", "object")}
        line = orjson.dumps(ordered)
        holes = {
            line[: line.index(b",")]: "ts",
            b'"resourceVersion":"%s"' % obj["metadata"]["resourceVersion"].encode(): "version",
            b"node-1": "node-1",
            b"node-2": "node-2",
            b"node-3": "node-3",
        }
        if frame["resource"] not in _HEARTBEATS:
            holes |= {b'"shop"': "namespace", b"hello": "application", b"10.96.227.121": "cluster_ip"}
            holes |= {uid: uid.decode() for uid in _UUID.findall(line)}
        for number in (1, 2, 3):
            holes[self._uid_of("v1/nodes", number)] = f"node-uid-{number}"
            holes[self._uid_of("coordination.k8s.io/v1/leases", number)] = f"lease-uid-{number}"
        return frame["resource"] == "v1/events", Template(line, holes)

    def _cast(self, n: int) -> dict[str, bytes]:
        """Whom story ``n`` is about: three nodes, an application, and uids that no other story has."""
        nodes = self._random.sample(range(self.size.nodes), 3)
        values = {f"node-{number}": _node(node) for number, node in enumerate(nodes, start=1)}
        values |= {"namespace": _namespace(n), "application": b"new-%06d" % n}
        values["cluster_ip"] = b"10.96.%d.%d" % (n >> 8 & 255, n & 255)
        for number, node in enumerate(nodes, start=1):
            values |= {f"node-uid-{number}": _uid(1, node), f"lease-uid-{number}": _uid(2, node)}
        for uid in self._story_uids:
            values[uid.decode()] = uid[:24] + b"%012x" % n
        return values

    def _uid_of(self, resource: str, number: int) -> bytes:
        metadata: dict[str, str] = self._item(resource, f"node-{number}")["metadata"]  # type: ignore[assignment]
        return metadata["uid"].encode()

    def _suffix(self) -> bytes:
        return bytes(self._random.choices(b"bcdfghjklmnpqrstvwxz2456789", k=5))


def _take(count: int, lines: Iterator[bytes]) -> Iterator[bytes]:
    for _, line in zip(range(count), lines, strict=False):
        yield line


def _uid(kind: int, n: int) -> bytes:
    return b"%08x-0000-4000-8000-%012x" % (kind, n)


def _node(n: int) -> bytes:
    return b"node-%04d" % n


def _namespace(n: int) -> bytes:
    return b'"team-%02d"' % (n % 50)


def _application(n: int) -> bytes:
    return b"web-%05d" % n
