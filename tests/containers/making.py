"""Pods and Events made up for tests, as short as they can be told, and Pods of the shipped recordings.

Times are seconds after ``START_TS``.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

import msgspec
import orjson

from tests.cluster import START_TS
from tests.live.conftest import demo_lines
from visualizer.containers.facts import ContainerFacts, PodFacts, ProbeFacts
from visualizer.containers.manifest import read_event, read_pod
from visualizer.containers.outcomes import Version
from visualizer.containers.sightings import Sighting, sight
from visualizer.containers.telling import services_of, tell
from visualizer.network import EndpointSlice

HTTP = {"httpGet": {"path": "/livez", "port": 8080, "scheme": "HTTP"}}
EVERY_3 = {**HTTP, "periodSeconds": 3, "timeoutSeconds": 1, "failureThreshold": 2, "successThreshold": 1}


def stamp(after: float) -> str:
    """A time as a status has it: to the second."""
    return datetime.fromtimestamp(int(START_TS + after), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def running(
    after: float = 0, name: str = "web", *, ready: bool = True, started: bool | None = True, **more: Any
) -> dict:
    """A status of a container that runs."""
    status = {"name": name, "ready": ready, "restartCount": 0, "state": {"running": {"startedAt": stamp(after)}}}
    return {**status, **({} if started is None else {"started": started}), **more}


def waiting(reason: str = "ContainerCreating", message: str = "", name: str = "web", **more: Any) -> dict:
    """A status of a container that waits."""
    state = {"waiting": {"reason": reason, "message": message}}
    return {"name": name, "ready": False, "started": False, "restartCount": 0, "state": state, **more}


def ended(code: int = 0, after: float = 0, until: float = 5, name: str = "web", **more: Any) -> dict:
    """A status of a container that has ended."""
    state = {"terminated": {"exitCode": code, "startedAt": stamp(after), "finishedAt": stamp(until), "reason": "Error"}}
    return {"name": name, "ready": False, "started": False, "restartCount": 0, "state": state, **more}


def pod(
    *statuses: dict, containers: list[dict] | None = None, spec: dict | None = None, status: dict | None = None,
    metadata: dict | None = None, **probes: dict,
) -> dict:  # fmt: skip
    """A Pod with these container statuses; of one container ``web`` with these probes where none are given."""
    own = [{"name": "web", "image": "web:1", **probes}] if containers is None else containers
    return {
        "metadata": {"name": "web-1", "namespace": "shop", "uid": "u1", **(metadata or {})},
        "spec": {"nodeName": "node-1", "restartPolicy": "Always", "containers": own, **(spec or {})},
        "status": {"phase": "Running", "containerStatuses": list(statuses), **(status or {})},
    }


def event(
    message: str, last: float, *, first: float | None = None, count: int = 1, reason: str = "Unhealthy",
    path: str = "spec.containers{web}",
) -> tuple[float, Any]:  # fmt: skip
    """A version of an Event, seen when it was last stamped."""
    made = {
        "involvedObject": {"fieldPath": path},
        "reason": reason,
        "message": message,
        "count": count,
        "firstTimestamp": stamp(last if first is None else first),
        "lastTimestamp": stamp(last),
    }
    return START_TS + last, read_event(json.dumps(made).encode())


def told(*versions: tuple[float, dict], now: float, events: Iterable[Sighting] = (), is_birth: bool = True) -> PodFacts:
    """What is told ``now`` of a Pod with these versions; ``is_birth``: the first is its creation."""
    seen = [
        Version(START_TS + after, read_pod(json.dumps(made).encode()), is_birth=is_birth and number == 0)
        for number, (after, made) in enumerate(versions)
    ]
    return tell(seen, list(events), [], now=START_TS + now)


def failures(kind: str, *lasts: float) -> list[Sighting]:
    """Sightings of one Event that counts up, once for each time."""
    return sight(
        event(f"{kind} probe failed: HTTP probe failed with statuscode: 500", last, first=lasts[0], count=number)
        for number, last in enumerate(lasts, 1)
    )


def probe(facts: PodFacts, kind: str, container: str = "web") -> ProbeFacts:
    return next(each for each in lane(facts, container).probes if each.kind == kind)


def lane(facts: PodFacts, container: str) -> ContainerFacts:
    return next(each for each in facts.containers if each.name == container)


def recorded(name: str, key: str, seq: int) -> PodFacts:
    """What is told of the Pod ``namespace/name`` after this frame of a shipped recording."""
    lines = demo_lines(name)[1 : seq + 1]
    versions: list[Version] = []
    slices: dict[str, EndpointSlice] = {}
    ts = 0.0
    for line in lines:
        frame = orjson.loads(line)
        ts = frame["ts"]
        for obj in frame.get("items", [frame.get("object")]):
            if frame.get("resource") == "discovery.k8s.io/v1/endpointslices":
                slices[obj["metadata"]["name"]] = msgspec.convert(obj, EndpointSlice)
            if (
                frame.get("resource") == "v1/pods"
                and f"{obj['metadata']['namespace']}/{obj['metadata']['name']}" == key
            ):
                is_birth = frame.get("type") == "ADDED"
                versions.append(Version(ts, read_pod(orjson.dumps(obj)), is_birth=is_birth))
                uid = obj["metadata"]["uid"]
    namespace = key.partition("/")[0]
    near = [each for each in slices.values() if each.metadata.namespace == namespace]
    return tell(versions, [], services_of(uid, namespace, near), now=ts)
