"""Probes and containers in the shipped recordings, at the moments that their notes speak of."""

from __future__ import annotations

import pytest

from tests.containers.making import lane, probe, recorded

WEB = "shop/web-6b5d478965-h6svh"
CRASH = "shop/broken-554d8d9d8-t9ktk"


@pytest.mark.parametrize(
    ("seq", "restarts", "startup", "liveness", "readiness"),
    [
        (62, 0, "passing", "passing", "passing"),  # the note: its liveness probe fails
        (70, 1, "passing", "passing", "failed"),  # the container is another one
        (82, 1, "probing", "held", "held"),  # its startup probe runs first
        (91, 1, "passing", "passing", "failed"),
        (92, 1, "passing", "passing", "passing"),
        (119, 2, "probing", "held", "held"),  # and once more
        (131, 2, "passing", "passing", "passing"),
    ],
)
def test_a_liveness_probe_that_fails(seq: int, restarts: int, startup: str, liveness: str, readiness: str) -> None:
    facts = recorded("liveness", WEB, seq)
    assert lane(facts, "nginx").restarts == restarts
    assert [each.state for each in lane(facts, "nginx").probes] == [startup, liveness, readiness]
    assert facts.is_ready is (seq in (62, 82, 92, 131))


def test_the_past_of_a_liveness_probe_has_its_restarts() -> None:
    spells = probe(recorded("liveness", WEB, 131), "liveness", "nginx").spells
    assert [(each.state, each.is_new_run) for each in spells] == [
        ("passing", False),
        ("passing", True),
        ("held", False),
        ("passing", False),
        ("passing", True),
        ("held", False),
        ("passing", False),
    ]


def test_a_pod_leaves_the_service_and_comes_back() -> None:
    key = "shop/web-6b5d478965-77p7j"
    failed = recorded("readiness", key, 73)
    assert probe(failed, "readiness", "nginx").state == "failed"
    assert "The EndpointSlices of web still list it as ready." in probe(failed, "readiness", "nginx").outcome
    later = recorded("readiness", key, 96)
    assert [(each.service, each.is_ready) for each in later.services] == [("shop/web", False)]
    assert "The EndpointSlices of web list it as not ready." in probe(later, "readiness", "nginx").outcome
    assert lane(later, "nginx").restarts == 0
    back = recorded("readiness", key, 99)
    assert [each.state for each in probe(back, "readiness", "nginx").spells] == ["passing", "failed", "passing"]


@pytest.mark.parametrize(
    ("seq", "words", "restarts", "back_off"),
    [
        (76, "waiting: ContainerCreating", 0, None),
        (79, "running", 0, None),
        (85, "ended: exit code 1", 0, None),
        (88, "running", 1, None),
        (115, "waiting: CrashLoopBackOff", 1, 10),
        (141, "waiting: CrashLoopBackOff", 2, 20),
        (179, "waiting: CrashLoopBackOff", 3, 40),
        (218, "ended: exit code 1", 3, None),
    ],
)
def test_a_crash_loop(seq: int, words: str, restarts: int, back_off: int | None) -> None:
    crash = lane(recorded("crashloop", CRASH, seq), "crash")
    assert (crash.words, crash.restarts) == (words, restarts)
    assert (crash.back_off.seconds if crash.back_off else None) == back_off


def test_a_debug_container_joins() -> None:
    key = "shop/api-6b7d899ff8-49xx4"
    before, joined, runs = (recorded("debug", key, seq) for seq in (62, 64, 65))
    assert [(each.role, each.name) for each in before.containers] == [
        ("init", "migrate"),
        ("sidecar", "mesh-proxy"),
        ("main", "api"),
    ]
    assert (lane(joined, "debugger").words, lane(runs, "debugger").words) == ("waiting: PodInitializing", "running")
    assert (lane(runs, "debugger").target, lane(runs, "debugger").role) == ("api", "ephemeral")
    assert runs.is_ready


def test_a_new_pod_comes_to_be_ready_step_by_step() -> None:
    key = "shop/web-58459bb468-46g95"
    whys = [recorded("config", key, seq).why for seq in (79, 86, 90, 95, 96)]
    assert whys == [
        "It is not Ready: it is on no node yet.",
        "It is not Ready: its sandbox and network are not there.",
        "It is not Ready: nginx waits for its startup probe.",
        "It is not Ready: nginx waits for its readiness probe.",
        "It is Ready.",
    ]


def test_a_jobs_pod_ends_well_and_is_held_by_its_finalizer() -> None:
    facts = recorded("jobs", "platform/once-dbw54", 107)
    assert (facts.phase, facts.why, facts.restart_policy) == ("Succeeded", "It has ended well.", "Never")
    assert lane(facts, "once").waits_for == ""
