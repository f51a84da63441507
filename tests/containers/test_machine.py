"""Probes as state machines: every rule of the kubelet's worker that is mirrored, from both sides."""

from __future__ import annotations

import pytest

from tests.cluster import START_TS
from tests.containers.making import EVERY_3, HTTP, ended, event, failures, pod, probe, running, told, waiting
from visualizer.containers.sightings import sight

KILLING = "Container web failed liveness probe, will be restarted"


def test_a_container_that_does_not_run_is_not_probed() -> None:
    for status in ([], [waiting()], [ended(1)]):
        facts = told((0, pod(*status, livenessProbe=HTTP, readinessProbe=HTTP, startupProbe=HTTP)), now=1)
        assert {each.state for each in facts.containers[0].probes} == {"waits"}


def test_a_container_that_ended_for_good_is_not_probed_any_more() -> None:
    made = pod(ended(0), livenessProbe=HTTP, spec={"restartPolicy": "OnFailure"})
    assert probe(told((0, made), now=9), "liveness").state == "over"
    made = pod(ended(1), livenessProbe=HTTP, spec={"restartPolicy": "OnFailure"})
    assert probe(told((0, made), now=9), "liveness").state == "waits"


@pytest.mark.parametrize(("after", "state"), [(1, "waits"), (4, "waits"), (5, "passing"), (9, "passing")])
def test_the_initial_delay_counts_from_the_containers_start(after: float, state: str) -> None:
    made = pod(running(0), livenessProbe={**HTTP, "initialDelaySeconds": 5})
    found = probe(told((0, made), now=after), "liveness")
    assert (found.state, found.certainty) == (state, "inferred")


def test_nothing_else_is_probed_before_the_startup_probe_has_passed() -> None:
    probes = {"startupProbe": HTTP, "livenessProbe": HTTP, "readinessProbe": HTTP}
    before = told((0, pod(running(started=False, ready=False), **probes)), now=2)
    assert [(each.kind, each.state, each.certainty) for each in before.containers[0].probes] == [
        ("startup", "probing", "observed"),
        ("liveness", "held", "observed"),
        ("readiness", "held", "observed"),
    ]
    after = told((0, pod(running(), **probes)), now=2)
    assert [each.state for each in after.containers[0].probes] == ["passing"] * 3


def test_a_status_that_does_not_say_whether_it_started_leaves_it_unknown() -> None:
    found = probe(told((0, pod(running(started=None), livenessProbe=HTTP)), now=2), "liveness")
    assert (found.state, found.certainty) == ("unknown", "unknown")


def test_readiness_is_what_the_status_says() -> None:
    ready = probe(told((0, pod(running(), readinessProbe=HTTP)), now=2), "readiness")
    assert (ready.state, ready.certainty) == ("passing", "observed")
    not_yet = probe(told((0, pod(running(ready=False), readinessProbe=HTTP)), now=2), "readiness")
    assert (not_yet.state, not_yet.words) == ("failed", "Not ready: it has not passed since the container started.")


def test_a_readiness_that_was_and_is_no_more_has_failed_as_often_as_it_takes() -> None:
    probes = {"readinessProbe": {**HTTP, "failureThreshold": 2}}
    versions = (0, pod(running(), **probes)), (20, pod(running(ready=False), **probes))
    assert "failed 2 times in a row" in probe(told(*versions, now=21), "readiness").words
    listed = told((20, pod(running(ready=False), **probes)), now=21, is_birth=False)
    assert probe(listed, "readiness").words == "Not ready."


def test_ready_before_a_restart_says_nothing_of_the_run_after_it() -> None:
    again = running(10, ready=False, restartCount=1)
    versions = (0, pod(running(), readinessProbe=HTTP)), (11, pod(again, readinessProbe=HTTP))
    assert "has not passed since" in probe(told(*versions, now=12), "readiness").words


@pytest.mark.parametrize(
    ("now", "state", "number"),
    [(10.5, "failing", 1), (14, "failing", 1), (16, "passing", 0)],
)
def test_a_failure_counts_until_the_next_probe_would_have_told_of_itself(now: float, state: str, number: int) -> None:
    made = pod(running(), livenessProbe=EVERY_3)
    found = probe(told((0, made), now=now, events=failures("Liveness", 10)), "liveness")
    assert (found.state, found.failures) == (state, number)


def test_enough_failures_in_a_row_are_a_failure() -> None:
    made = pod(running(), livenessProbe=EVERY_3)
    found = probe(told((0, made), now=13.5, events=failures("Liveness", 10, 13)), "liveness")
    assert (found.state, found.certainty, found.failures) == ("failed", "inferred", 2)


def test_failures_too_far_apart_to_be_in_a_row_are_counted_at_least() -> None:
    made = pod(running(), livenessProbe={**EVERY_3, "failureThreshold": 5})
    near = probe(told((0, made), now=17, events=failures("Liveness", 10, 13, 16)), "liveness")
    assert (near.failures, near.is_at_least) == (3, False)
    apart = probe(told((0, made), now=23, events=failures("Liveness", 10, 13, 22)), "liveness")
    assert (apart.failures, apart.is_at_least) == (1, True)


def test_an_event_that_came_with_a_count_is_believed_as_far_as_its_times_allow() -> None:
    made = pod(running(), livenessProbe={**EVERY_3, "failureThreshold": 9})
    text = "Liveness probe failed: no answer"
    tight = sight([event(text, 16, first=10, count=3)])
    found = probe(told((0, made), now=17, events=tight), "liveness")
    assert (found.failures, found.is_at_least) == (3, False)
    loose = sight([event(text, 40, first=10, count=3)])
    found = probe(told((0, made), now=41, events=loose), "liveness")
    assert (found.failures, found.is_at_least) == (1, True)


def test_failures_of_the_run_before_do_not_count() -> None:
    made = pod(running(12, restartCount=1), livenessProbe=EVERY_3)
    found = probe(told((0, made), now=13, events=failures("Liveness", 7, 10)), "liveness")
    assert (found.state, found.failures) == ("passing", 0)


def test_a_probe_that_could_not_be_made_counts_for_nothing() -> None:
    made = pod(running(), livenessProbe=EVERY_3)
    text = "Liveness probe errored and resulted in unknown state: no such container"
    found = probe(told((0, made), now=11, events=sight([event(text, 10)])), "liveness")
    assert (found.state, found.failures, found.last_words) == ("passing", 0, text)


def test_the_event_killing_makes_the_failure_observed_and_a_new_run_ends_it() -> None:
    made = pod(running(), livenessProbe=EVERY_3)
    killed = sight([event(KILLING, 13, reason="Killing")])
    found = probe(told((0, made), now=13.5, events=killed), "liveness")
    assert (found.state, found.certainty) == ("failed", "observed")
    assert found.outcome == "The kubelet ends the container and starts it again."
    crashed = waiting(
        "CrashLoopBackOff", lastState={"terminated": {"exitCode": 137, "startedAt": "2026-11-23T10:11:14Z"}}
    )
    found = probe(told((0, made), (15, pod(crashed, livenessProbe=EVERY_3)), now=16, events=killed), "liveness")
    assert (found.state, "because the liveness probe failed" in found.words) == ("waits", True)
    again = pod(running(20, restartCount=1), livenessProbe=EVERY_3)
    found = probe(told((0, made), (20, again), now=21, events=killed), "liveness")
    assert found.state == "passing"


def test_a_kill_for_another_reason_is_none_of_a_probes() -> None:
    made = pod(running(), livenessProbe=EVERY_3)
    stopping = sight([event("Stopping container web", 13, reason="Killing")])
    assert stopping == []
    assert probe(told((0, made), now=13.5, events=stopping), "liveness").state == "passing"


def test_an_event_of_another_container_or_probe_says_nothing_here() -> None:
    made = pod(running(), livenessProbe=EVERY_3)
    for told_of in (
        failures("Readiness", 10),
        sight([event("Liveness probe failed: x", 10, path="spec.containers{b}")]),
    ):
        assert probe(told((0, made), now=11, events=told_of), "liveness").failures == 0


def test_of_a_pod_that_is_deleted_only_readiness_is_probed_on() -> None:
    probes = {"startupProbe": HTTP, "livenessProbe": HTTP, "readinessProbe": HTTP}
    made = pod(running(), metadata={"deletionTimestamp": "2026-11-23T10:11:44Z"}, **probes)
    states = {each.kind: each.state for each in told((0, made), now=1).containers[0].probes}
    assert states == {"startup": "over", "liveness": "over", "readiness": "passing"}


def test_a_ready_container_whose_probe_fails_is_still_ready_below_the_threshold() -> None:
    made = pod(running(), readinessProbe=EVERY_3)
    found = probe(told((0, made), now=11, events=failures("Readiness", 10)), "readiness")
    assert (found.state, found.failures) == ("failing", 1)
    assert found.words == "Ready still, and failed once; that is not yet 2."


def test_defaults_are_filled_in_and_marked() -> None:
    facts = told((0, pod(running(), livenessProbe={"exec": {"command": ["cat", "/ok"]}, "periodSeconds": 7})), now=1)
    found = probe(facts, "liveness")
    assert found.handler == "run cat /ok"
    assert [(each.value, each.is_default) for each in found.settings] == [
        ("0 s", True),
        ("7 s", False),
        ("1 s", True),
        ("1", True),
        ("3", True),
        ("30 s, the Pod’s", True),
    ]


@pytest.mark.parametrize(
    ("handler", "words"),
    [
        ({"httpGet": {"port": "http", "path": "/z", "scheme": "HTTPS", "host": "h"}}, "HTTPS GET h:http/z"),
        ({"httpGet": {"port": 80}}, "HTTP GET :80/"),
        ({"tcpSocket": {"port": 5432}}, "open TCP :5432"),
        ({"grpc": {"port": 9000, "service": "web"}}, "gRPC health check for web at port 9000"),
        ({"grpc": {"port": 9000}}, "gRPC health check at port 9000"),
        ({}, "nothing: no handler is set"),
    ],
)
def test_a_handler_in_words(handler: dict, words: str) -> None:
    assert probe(told((0, pod(running(), livenessProbe=handler)), now=1), "liveness").handler == words


def test_the_past_is_told_in_spells_with_what_failed_in_each() -> None:
    probes = {"livenessProbe": EVERY_3}
    versions = (
        (0, pod(waiting(), **probes)),
        (2, pod(running(2), **probes)),
        (20, pod(running(20, restartCount=1), **probes)),
    )
    found = probe(told(*versions, now=30, events=failures("Liveness", 8, 14, 17)), "liveness")
    assert [(each.state, each.failures, each.is_new_run) for each in found.spells] == [
        ("waits", 0, False),
        ("passing", 0, False),
        ("failing", 1, False),
        ("passing", 0, False),
        ("failing", 1, False),
        ("failed", 1, False),
        ("passing", 0, True),
    ]
    assert found.spells[0].begin == START_TS
    assert found.spells[-1].end == START_TS + 30
    assert all(one.end == other.begin for one, other in zip(found.spells, found.spells[1:], strict=False))
