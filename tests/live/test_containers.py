"""Questions about a Pod's containers over the wire: answered at the viewer's own place, from versions and Events."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.cluster import START_TS
from tests.containers.making import EVERY_3, pod, running, stamp
from tests.live.conftest import LiveLog, import_demo
from tests.live.test_permissions import ask
from tests.live.viewer import Viewer, watching
from tests.log.recordings import event, header, listing, take_in
from visualizer.live.threads import in_thread
from visualizer.models import Log

CRASH = "v1/pods:shop/broken-554d8d9d8-t9ktk"
WEB = "v1/pods:shop/web-1"
KILLING = "Container web failed liveness probe, will be restarted"


@pytest.fixture
def log(transactional_db: None) -> Log:
    """The recording of a crash loop."""
    return import_demo("crashloop")


@pytest.fixture
async def viewer(log: Log) -> AsyncIterator[Viewer]:
    """A viewer of it, at its opening."""
    async with watching(log) as found:
        yield found


def states(answer: dict[str, Any]) -> list[str]:
    return [probe["state"] for probe in answer["pod"]["containers"][0]["probes"]]


def told_of(message: str, after: float, *, count: int = 1, reason: str = "Unhealthy") -> bytes:
    """A version of an Event about the container, as the log saw it."""
    made = {
        "metadata": {"name": f"web-1.{reason}", "namespace": "shop", "uid": f"e-{reason}", "resourceVersion": "9"},
        "involvedObject": {"kind": "Pod", "uid": "u1", "namespace": "shop", "fieldPath": "spec.containers{web}"},
        "reason": reason,
        "message": message,
        "count": count,
        "firstTimestamp": stamp(after),
        "lastTimestamp": stamp(after),
    }
    kind = "ADDED" if count == 1 else "MODIFIED"
    return event(made, resource="v1/events", type=kind, ts=START_TS + after)


def wrote(after: float, status: dict[str, Any], kind: str = "MODIFIED") -> bytes:
    made = pod(status, livenessProbe=EVERY_3, readinessProbe=EVERY_3)
    return event(made, resource="v1/pods", type=kind, ts=START_TS + after)


@pytest.fixture
def killed(transactional_db: None) -> Log:
    """A log in which a kubelet tells of what its probes come to."""
    return take_in(
        header(),
        listing(resource="v1/pods"),
        listing(resource="v1/events"),
        wrote(0, running(0, ready=False), "ADDED"),  # frame 3
        wrote(1, running(0)),
        told_of("Liveness probe failed: HTTP probe failed with statuscode: 500", 10),
        told_of("Liveness probe failed: HTTP probe failed with statuscode: 500", 13, count=2),
        told_of(KILLING, 13, reason="Killing"),
        wrote(15, running(15, ready=False, restartCount=1)),
        wrote(18, running(15, restartCount=1)),  # frame 9
    )


async def test_a_pods_containers_at_each_place(viewer: Viewer) -> None:
    early = await ask(viewer, "ask_containers", ref=CRASH)
    assert (early["op"], early["text"]) == ("problem", "There is no Pod shop/broken-554d8d9d8-t9ktk at this moment.")
    viewer.say("seek", seq=141)
    answer = await ask(viewer, "ask_containers", id=2, ref=CRASH)
    assert (answer["op"], answer["seq"]) == ("containers", 141)
    (crash,) = answer["pod"]["containers"]
    assert (crash["words"], crash["backOff"]["seconds"], crash["restarts"]) == ("waiting: CrashLoopBackOff", 20, 2)
    viewer.say("seek", seq=88)
    (crash,) = (await ask(viewer, "ask_containers", id=3, ref=CRASH))["pod"]["containers"]
    assert (crash["words"], crash["restarts"]) == ("running", 1)


async def test_a_version_is_told_whatever_place_the_viewer_is_at(viewer: Viewer) -> None:
    answer = await ask(viewer, "ask_containers", ref=CRASH, seq=85)
    assert answer["pod"]["containers"][0]["words"] == "ended: exit code 1"
    last = await ask(viewer, "ask_containers", id=2, ref=CRASH, seq=218)
    assert last["pod"]["why"] == "It has ended with a failure."


@pytest.mark.parametrize(
    ("ref", "says"),
    [
        ("v1/nodes:node-1", "Node node-1 is no Pod, so it has no containers."),
        ("v1/pods:shop/nobody", "There is no Pod shop/nobody at this moment."),
        ("nothing", "“nothing” names no object: this log knows no such resource."),
    ],
)
async def test_what_has_no_containers_is_refused_in_words(viewer: Viewer, ref: str, says: str) -> None:
    answer = await ask(viewer, "ask_containers", ref=ref)
    assert (answer["op"], answer["text"]) == ("problem", says)


async def test_a_liveness_probe_goes_from_passing_to_failing_to_a_restart(killed: Log) -> None:
    found = []
    async with watching(killed) as viewer:
        for number, seq in enumerate((4, 5, 6, 7, 8, 9), 1):
            viewer.say("seek", seq=seq)
            found.append(await ask(viewer, "ask_containers", id=number, ref=WEB))
    assert [states(each) for each in found] == [
        ["passing", "passing"],
        ["failing", "passing"],
        ["failed", "passing"],
        ["failed", "passing"],
        ["passing", "failed"],
        ["passing", "passing"],
    ]
    liveness = [each["pod"]["containers"][0]["probes"][0] for each in found]
    assert [each["failures"] for each in liveness] == [0, 1, 2, 2, 0, 0]
    assert [each["certainty"] for each in liveness[1:4]] == ["inferred", "inferred", "observed"]
    assert [(each["state"], each["failures"], each["isNewRun"]) for each in liveness[-1]["spells"]] == [
        ("passing", 0, False),
        ("failing", 1, False),
        ("failed", 1, False),
        ("passing", 0, True),
    ]
    assert found[-1]["pod"]["containers"][0]["restarts"] == 1


async def test_a_pod_whose_probe_is_none_is_told_to_be_unreadable(transactional_db: None) -> None:
    broken = pod(running(), livenessProbe={"periodSeconds": "often"})
    lists = [header(), listing(broken, resource="v1/pods"), listing(resource="v1/events")]
    log = await in_thread(lambda: take_in(*lists))
    async with watching(log) as viewer:
        answer = await ask(viewer, "ask_containers", ref=WEB)
    assert answer["op"] == "problem"
    assert answer["text"].startswith("The containers of this Pod cannot be read: ")


async def test_at_a_live_logs_end_the_present_is_told(live: LiveLog) -> None:
    async with watching(live.log) as viewer:
        answer = await ask(viewer, "ask_containers", ref="v1/pods:shop/db-0")
    assert answer["pod"]["containers"][0]["words"] == "running"
