"""Whatever a status says, it is told, and what is told adds up."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.cluster import START_TS
from tests.containers.making import stamp
from visualizer.containers.facts import PodFacts
from visualizer.containers.manifest import Unreadable, read_event, read_pod
from visualizer.containers.outcomes import Version
from visualizer.containers.sightings import sight
from visualizer.containers.telling import tell

NAMES = st.sampled_from(["web", "mesh", "web ", "", "é", "a" * 300])
TIMES = st.one_of(st.integers(-50, 90).map(stamp), st.sampled_from(["", "never", "2026-13-01T00:00:00Z"]), st.none())
TEXTS = st.sampled_from(
    ["Liveness probe failed: x", "Readiness probe failed: y", "Container web failed startup probe", "", "back-off 9s"]
)
NUMBERS = st.one_of(st.integers(-5, 40), st.none())
HANDLERS = st.sampled_from(
    [{"httpGet": {"port": "x"}}, {"exec": {}}, {"tcpSocket": {"port": 1}}, {"grpc": {"port": 2}}, {}]
)
PROBES = st.builds(
    lambda handler, numbers: {**handler, **numbers},
    HANDLERS,
    st.fixed_dictionaries(
        {},
        optional=dict.fromkeys(("periodSeconds", "failureThreshold", "timeoutSeconds", "initialDelaySeconds"), NUMBERS),
    ),
)
STATES = st.one_of(
    st.none(),
    st.just({}),
    st.builds(lambda time: {"running": {"startedAt": time}}, TIMES),
    st.builds(lambda text: {"waiting": {"reason": "CrashLoopBackOff", "message": text}}, TEXTS),
    st.builds(
        lambda code, start, end: {"terminated": {"exitCode": code, "startedAt": start, "finishedAt": end}},
        st.integers(-300, 300),
        TIMES,
        TIMES,
    ),
)
STATUSES = st.lists(
    st.fixed_dictionaries(
        {"name": NAMES, "state": STATES},
        optional={
            "lastState": STATES,
            "ready": st.booleans(),
            "started": st.none() | st.booleans(),
            "restartCount": st.integers(0, 9),
        },
    ),
    max_size=3,
)
CONTAINERS = st.lists(
    st.fixed_dictionaries(
        {"name": NAMES},
        optional={
            "livenessProbe": PROBES,
            "readinessProbe": PROBES,
            "startupProbe": PROBES,
            "restartPolicy": st.sampled_from(["Always", "Never", "Odd", None]),
            "image": st.sampled_from(["", ":", "@", "//", "istio/proxyv2:1"]),
        },
    ),
    max_size=3,
)
PODS = st.fixed_dictionaries(
    {"metadata": st.fixed_dictionaries({}, optional={"deletionTimestamp": TIMES, "finalizers": st.just(["x"])})},
    optional={
        "spec": st.fixed_dictionaries(
            {}, optional={"containers": CONTAINERS, "initContainers": CONTAINERS, "ephemeralContainers": CONTAINERS}
        ),
        "status": st.fixed_dictionaries(
            {},
            optional={
                "phase": st.sampled_from(["Running", "Pending", "Failed", "Odd"]),
                "containerStatuses": STATUSES,
                "initContainerStatuses": STATUSES,
                "ephemeralContainerStatuses": STATUSES,
            },
        ),
    },
)
EVENTS = st.builds(
    lambda text, first, last, count, reason: {
        "involvedObject": {"fieldPath": "spec.containers{web}"},
        "message": text,
        "firstTimestamp": first,
        "lastTimestamp": last,
        "count": count,
        "reason": reason,
    },
    TEXTS,
    TIMES,
    TIMES,
    NUMBERS,
    st.sampled_from(["Unhealthy", "Killing", "ProbeWarning", None]),
)


def told(pods: list[Any], events: list[tuple[float, Any]], now: float) -> PodFacts:
    versions = [
        Version(START_TS + 10 * number, read_pod(json.dumps(pod).encode()), is_birth=number == 0)
        for number, pod in enumerate(pods)
    ]
    sightings = sight((START_TS + seen, read_event(json.dumps(event).encode())) for seen, event in events)
    return tell(versions, sightings, [], now=START_TS + now)


@settings(max_examples=300, deadline=None)
@given(
    st.lists(PODS, min_size=1, max_size=4),
    st.lists(st.tuples(st.floats(0, 60), EVENTS), max_size=6).map(
        lambda events: sorted(events, key=lambda each: each[0])
    ),
    st.floats(30, 90),
)
def test_any_status_is_told_and_adds_up(pods: list[Any], events: list[tuple[float, Any]], now: float) -> None:
    facts = told(pods, events, now)
    assert msgspec.json.decode(msgspec.json.encode(facts), type=PodFacts) == facts
    spec = pods[-1].get("spec", {})
    wanted = [len(spec.get(name) or ()) for name in ("initContainers", "containers", "ephemeralContainers")]
    roles = [each.role for each in facts.containers]
    assert [roles.count("init") + roles.count("sidecar"), roles.count("main"), roles.count("ephemeral")] == wanted
    assert [each.place for each in facts.containers] == sorted(each.place for each in facts.containers)
    for probe in (probe for container in facts.containers for probe in container.probes):
        assert 0 <= probe.failures <= probe.failure_threshold
        assert probe.words
        assert probe.spells[-1].state == probe.state
        assert probe.spells[-1].end == facts.ts
        assert all(spell.begin <= spell.end for spell in probe.spells)
        assert all(one.end == two.begin for one, two in zip(probe.spells, probe.spells[1:], strict=False))


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"[]",
        b'{"spec": {"containers": [{"name": 1}]}}',
        b'{"spec": {"containers": [{"name": "web", "livenessProbe": {"periodSeconds": "often"}}]}}',
        b'{"spec": {"containers": [{"name": "web", "livenessProbe": {"periodSeconds": 99999999999}}]}}',
        b'{"status": {"containerStatuses": {"name": "web"}}}',
    ],
)
def test_what_is_no_pod_is_refused_in_a_sentence(line: bytes) -> None:
    with pytest.raises(Unreadable, match=r"^The containers of this Pod cannot be read: .+\.$"):
        read_pod(line)
