"""One viewer's session, spoken to in its own words: whatever the way to a place, the picture is that place's."""

from __future__ import annotations

import asyncio
from itertools import groupby, pairwise
from typing import Any

import pytest

from tests.cluster import metadata, read_demo
from tests.live.conftest import LiveLog, import_demo, until
from tests.live.viewer import Viewer, watching
from tests.log.recordings import event, header, listing, take_in
from visualizer.frames import WatchEvent
from visualizer.live import session as session_module
from visualizer.live.bus import Bus
from visualizer.live.hubs import Hubs
from visualizer.live.outbox import MAX_ANSWERS
from visualizer.live.session import MAX_COMMANDS
from visualizer.live.tail import Tail
from visualizer.live.threads import in_thread
from visualizer.live.wire import DIAGRAMS
from visualizer.log import pruning
from visualizer.log.pruning import Retention
from visualizer.models import Log
from visualizer.objects import key_of

ROUTINE = ("v1/events", "coordination.k8s.io/v1/leases")
FRAMES = list(enumerate(read_demo("deploy")[1], start=1))
EVENTS = {seq: frame for seq, frame in FRAMES if isinstance(frame, WatchEvent)}
EVERY_WRITE = list(EVENTS)
WRITES = [seq for seq, event in EVENTS.items() if event.resource not in ROUTINE]


def last_frame_at(ts: float) -> int:
    """The last frame not later than this time."""
    return max(seq for seq, frame in FRAMES if frame.ts <= ts)


async def test_a_viewer_is_greeted_and_stands_before_the_first_watch_event(deploy: Log) -> None:
    async with watching(deploy) as viewer:
        hello = viewer.page.heard[0]
        assert (hello["op"], hello["protocol"], hello["slug"], hello["isLive"]) == ("hello", 1, "deploy", False)
        assert (hello["firstSeq"], hello["lastSeq"]) == (EVERY_WRITE[0] - 1, len(FRAMES))
        assert (hello["firstTs"], hello["lastTs"]) == (deploy.first_ts, FRAMES[-1][1].ts)
        assert [told["op"] for told in viewer.page.heard[1:]] == ["moved", *["snapshot"] * len(DIAGRAMS)]
        assert viewer.page.moved["mode"] == "paused"
        assert await viewer.sees(EVERY_WRITE[0] - 1)


async def test_a_seek_leads_to_the_picture_after_that_frame(deploy: Log) -> None:
    async with watching(deploy) as viewer:
        for seq in [200, *range(deploy.opening_seq, deploy.last_seq, 9), deploy.last_seq, 100]:
            viewer.say("seek", seq=seq)
            await viewer.stands(seq=seq, ts=FRAMES[seq - 1][1].ts)
            assert await viewer.sees(seq)


async def test_a_place_outside_the_log_is_its_nearest_end(deploy: Log) -> None:
    async with watching(deploy) as viewer:
        for asked in ({"seq": 2**53 - 1}, {"seq": 0}, {"ts": 9e15}, {"ts": -1.0}):
            seq = deploy.opening_seq if min(asked.values()) < 1 else deploy.last_seq
            viewer.say("seek", **asked)
            await viewer.stands(seq=seq, ts=FRAMES[seq - 1][1].ts)
            assert await viewer.sees(seq)


async def test_a_seek_by_time_leads_after_the_last_frame_not_later_than_it(deploy: Log) -> None:
    async with watching(deploy) as viewer:
        for seconds in (3.11, 3.5, 10.0, 17.5, 24.0, 30.0):
            asked = deploy.first_ts + seconds
            viewer.say("seek", ts=asked)
            await viewer.stands(ts=asked)
            assert await viewer.sees(last_frame_at(asked))


@pytest.mark.parametrize("asked", [{}, {"seq": 100, "ts": 1.0}])
async def test_a_seek_that_names_no_one_place_is_a_problem(deploy: Log, asked: dict[str, Any]) -> None:
    async with watching(deploy) as viewer:
        viewer.say("seek", **asked)
        await until(lambda: viewer.heard("problem"))
        assert viewer.heard("problem")[0]["text"] == "A seek names either a frame (seq) or a time (ts)."
        assert await viewer.sees(deploy.opening_seq)


async def test_of_seeks_that_wait_only_the_last_is_done(deploy: Log) -> None:
    viewer = Viewer(deploy)
    viewer.say("subscribe", diagram="flow")
    assert all(viewer.say("seek", seq=seq) for seq in range(2 * MAX_COMMANDS)), "they do not pile up"
    assert [type(waiting).__name__ for waiting in viewer.session._commands] == ["Subscribe", "Seek"]


@pytest.mark.parametrize(("every", "writes"), [(False, WRITES), (True, EVERY_WRITE)])
async def test_steps_lead_over_every_write_and_back(deploy: Log, every: bool, writes: list[int]) -> None:
    way = [*writes, *reversed(writes[:-1]), deploy.opening_seq]
    async with watching(deploy) as viewer:
        for number, seq in enumerate(way):
            viewer.say("step", direction=1 if number < len(writes) else -1, every=every)
            await viewer.stands(seq=seq)
            assert number % 7 or await viewer.sees(seq)
            assert number >= len(writes) or len(viewer.heard("snapshot")) == len(DIAGRAMS), "deltas tell each step on"
        told = [seq for seq, _ in groupby(moved["seq"] for moved in viewer.heard("moved"))]
        assert told == [deploy.opening_seq, *way]
        assert await viewer.sees(deploy.opening_seq)


async def test_playing_at_a_hundred_times_leads_to_the_end_with_deltas_alone(deploy: Log) -> None:
    async with watching(deploy) as viewer:
        viewer.say("play", speed=100)
        await viewer.stands(mode="paused", seq=deploy.last_seq, ts=deploy.last_ts)
        assert await viewer.sees(deploy.last_seq)
        assert len(viewer.heard("snapshot")) == len(DIAGRAMS)
        assert len(viewer.heard("delta")) >= 2
        clock = [told["ts"] for told in viewer.heard("moved")]
        assert clock == sorted(clock), "it never runs back"


async def test_playing_follows_the_clock_also_after_a_seek_and_a_pause_holds_it(deploy: Log) -> None:
    now = [100.0]
    start = FRAMES[59][1].ts
    async with watching(deploy, clock=lambda: now[0]) as viewer:
        viewer.say("play", speed=2)
        viewer.say("seek", ts=start)
        await viewer.stands(mode="playing", ts=start, speed=2.0)
        now[0] += 8.0
        await viewer.stands(ts=start + 16.0)
        assert await viewer.sees(last_frame_at(start + 16.0))
        viewer.say("pause")
        await viewer.stands(mode="paused")
        now[0] += 60.0
        viewer.say("play", speed=1)
        await viewer.stands(mode="playing", ts=start + 16.0)
        now[0] += 60.0
        await viewer.stands(mode="paused", seq=deploy.last_seq)
        viewer.say("play")
        await viewer.stands(mode="playing", seq=deploy.opening_seq)
        assert await viewer.sees(deploy.opening_seq), "playing from the end begins anew"


async def test_playing_pauses_exactly_where_it_was_told_to(deploy: Log) -> None:
    async with watching(deploy) as viewer:
        for stop in (WRITES[3], WRITES[3] + 1, EVERY_WRITE[-5]):
            viewer.say("play", speed=100, until=stop)
            await viewer.stands(mode="paused", seq=stop, ts=FRAMES[stop - 1][1].ts)
            assert await viewer.sees(stop)
        viewer.say("play", speed=100, until=stop)
        await viewer.stands(mode="paused", seq=stop)
        viewer.say("play", speed=100)
        await viewer.stands(mode="paused", seq=deploy.last_seq)


@pytest.mark.parametrize("speed", [0.0, -1, 0.09, 101, 1e300])
async def test_a_speed_that_cannot_be_is_a_problem(deploy: Log, speed: float) -> None:
    async with watching(deploy) as viewer:
        viewer.say("play", speed=speed)
        await until(lambda: viewer.heard("problem"))
        assert viewer.heard("problem")[0]["text"] == "The speed is from 0.1 to 100 times."
        assert viewer.page.moved["mode"] == "paused"


async def test_the_place_is_told_again_and_again_while_nothing_happens(deploy: Log) -> None:
    async with watching(deploy) as viewer:
        viewer.say("seek", ts=deploy.first_ts + 5.0)
        await viewer.stands(ts=deploy.first_ts + 5.0)
        told = len(viewer.heard("moved"))
        viewer.say("play", speed=0.1)
        await until(lambda: len(viewer.heard("moved")) >= told + 6)
        assert await viewer.sees(last_frame_at(deploy.first_ts + 5.0))
        assert all(a["ts"] < b["ts"] for a, b in pairwise(viewer.heard("moved")[told:]))


async def test_who_does_not_read_while_playing_is_told_the_end_in_a_few_messages(deploy: Log) -> None:
    async with watching(deploy) as viewer:
        viewer.reads.clear()
        viewer.say("pause")  # the one message that is under way already
        viewer.say("play", speed=100)
        await until(lambda: viewer.session._replay.is_at_end and not viewer.session._playhead.is_playing)
        before = len(viewer.page.heard)
        viewer.reads.set()
        await viewer.stands(mode="paused", seq=deploy.last_seq)
        batch = len(DIAGRAMS) + 1  # what altered in each, and the place: one that waited at the socket, and the last
        assert len(viewer.page.heard) - before <= 2 * batch
        assert await viewer.sees(deploy.last_seq)


async def test_a_replay_that_gave_its_moment_back_goes_on_as_if_it_had_not(
    deploy: Log, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(session_module, "REST_SECONDS", 0.01)
    async with watching(deploy) as viewer:
        for seq in WRITES[:5]:
            await until(lambda: viewer.session._replay.is_resting)
            viewer.say("step")
            await viewer.stands(seq=seq)
            assert await viewer.sees(seq)
        assert len(viewer.heard("snapshot")) == len(DIAGRAMS)


async def test_a_replay_that_a_late_snapshot_woke_rests_again(deploy: Log, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(session_module, "REST_SECONDS", 0.01)
    viewer = Viewer(deploy)
    running = asyncio.create_task(viewer.session.run())
    viewer.say("subscribe", diagram="flow")
    await until(lambda: viewer.session._commanded._waiters and viewer.session._replay.is_resting)
    await viewer.session._snapshot("flow")
    await until(lambda: viewer.session._replay.is_resting)
    running.cancel()
    await asyncio.wait({running})


async def test_an_inspection_tells_an_object_at_the_viewers_place_and_as_a_frame_wrote_it(deploy: Log) -> None:
    pod = "v1/pods:shop/hello-64d75f9968-m5r9j"
    written = [
        seq
        for seq, frame in FRAMES
        if isinstance(frame, WatchEvent) and f"{frame.resource}:{key_of(frame.object.metadata)}" == pod
    ]
    async with watching(deploy) as viewer:
        viewer.say("seek", seq=130)
        now = await viewer.ask(pod, id=1)
        assert (now["op"], now["kind"], now["namespace"], now["exists"]) == ("inspection", "Pod", "shop", True)
        assert [version["seq"] for version in now["versions"]] == [seq for seq in reversed(written) if seq <= 130]
        assert [owner["kind"] for owner in now["owners"]] == ["ReplicaSet", "Deployment"]
        assert "nodeName: " in now["yaml"]
        first = await viewer.ask(pod, id=2, seq=written[0])
        assert (first["seq"], first["exists"]) == (written[0], True)
        assert "nodeName: " not in first["yaml"], "it was not scheduled then"


async def test_the_margin_tells_who_owns_each_line_and_which_write_set_it(deploy: Log) -> None:
    async with watching(deploy) as viewer:
        viewer.say("seek", seq=130)
        pod = await viewer.ask("v1/pods:shop/hello-64d75f9968-m5r9j", id=1)
        margin, lines = pod["margin"], pod["yaml"].splitlines()
        assert len(margin["owned"]) == len(margin["setBy"]) == len(lines)
        seqs = {version["writer"]["component"]: version["seq"] for version in reversed(pod["versions"])}

        def told(text: str) -> tuple[list[str], int]:
            (line,) = [number for number, each in enumerate(lines) if each.strip() == text]
            owners = [margin["owners"][index]["manager"] for index in margin["groups"][margin["owned"][line]]]
            return owners, margin["setBy"][line]

        assert told("generateName: hello-64d75f9968-")[0] == ["kube-controller-manager"]
        assert told("generateName: hello-64d75f9968-")[1] == seqs["replicaset-controller"]
        assert told("nodeName: node-3") == ([], seqs["kube-scheduler"]), "nobody owns it; the binding set it"
        assert told("phase: Running") == (["kubelet"], 92)
        began = {lines[line].strip() for line in margin["altered"]}
        assert "phase: Running" in began
        first, after = margin["folded"]
        assert lines[first] == "  managedFields:"
        assert lines[after] == "spec:"


async def test_an_object_that_was_listed_again_is_told_with_what_altered(transactional_db: None) -> None:
    before = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata("settings"), "data": {"colour": "red"}}
    after = {"metadata": metadata("settings", resourceVersion="3"), "data": {"colour": "blue"}}
    log = await asyncio.to_thread(lambda: take_in(header(), listing(), event(before), listing(after)))
    async with watching(log) as viewer:
        viewer.say("seek", seq=3)
        found = await viewer.ask("v1/configmaps:shop/settings", id=1)
        changed = [each["path"] for each in found["versions"][0]["changes"]]
        lines = [found["yaml"].splitlines()[line].strip() for line in found["margin"]["altered"]]
    assert dict(zip(changed, lines, strict=True))["data.colour"] == "colour: blue"


async def test_a_pod_that_waits_is_told_why_for_each_node(transactional_db: None) -> None:
    async with watching(await asyncio.to_thread(import_demo, "scheduling")) as viewer:
        viewer.say("seek", seq=90)
        waiting = (await viewer.ask("v1/pods:shop/big-867b648c44-7xjc9", id=1))["waiting"]
        assert {each["node"]: (each["plugin"], each["detail"]) for each in waiting["verdicts"]} == {
            "node-1": ("NodeAffinity", "wants disk=fast, has no label disk"),
            "node-2": ("NodeUnschedulable", "cordoned"),
            "node-3": ("NodeAffinity", "wants disk=fast, has no label disk"),
        }
        assert [(each["count"], each["plugin"]) for each in waiting["reasons"]] == [
            (1, "NodeUnschedulable"),
            (2, "NodeAffinity"),
        ]
        assert (waiting["nodes"], waiting["fitting"], waiting["differs"]) == (3, 0, [])
        viewer.say("seek", seq=101)
        later = (await viewer.ask("v1/pods:shop/big-867b648c44-7xjc9", id=2))["waiting"]
        assert later["fitting"] == 1, "node-1 has the label now, and the scheduler has not tried again"
        (differs,) = later["differs"]
        assert differs.startswith("The scheduler counted 2 × “node(s) didn't match Pod's node affinity/selector”;")
        assert differs.endswith(" by the nodes as they are now it is 1.")
        viewer.say("seek", seq=130)
        assert (await viewer.ask("v1/pods:shop/big-867b648c44-7xjc9", id=3))["waiting"] is None


async def test_the_margin_tells_no_write_for_what_is_older_than_the_log(deploy: Log) -> None:
    async with watching(deploy) as viewer:
        node = await viewer.ask("v1/nodes:node-1", id=1)
        assert set(node["margin"]["setBy"]) == {0}
        kubelet = [owner for owner in node["margin"]["owners"] if owner["manager"] == "kubelet"]
        assert {owner["actor"] for owner in kubelet} == {"kubelet"}


async def test_a_trace_is_told_as_far_as_it_has_come_at_the_viewers_place(deploy: Log) -> None:
    async with watching(deploy) as viewer:
        viewer.say("seek", seq=69)
        viewer.say("trace", id=1, seq=68)
        await until(lambda: viewer.heard("traced"))
        viewer.say("seek", seq=130)
        viewer.say("trace", id=2, seq=68)
        viewer.say("trace", id=3, seq=5)
        await until(lambda: any(told.get("id") == 3 for told in viewer.page.heard))
        early, late = viewer.heard("traced")
        assert (early["id"], early["trace"]["seq"], early["trace"]["unfinished"]) == (1, 62, 1)
        assert [write["seq"] for write in early["trace"]["writes"]] == [62, 63, 64, 66, 67, 68]
        assert (late["id"], late["trace"]["unfinished"], len(late["trace"]["writes"])) == (2, 0, 31)
        assert late["trace"]["sentences"][0]["text"] == "kubectl created Deployment shop/hello."
        refused = "The frame 5 is of no trace that is remembered at this moment."
        assert viewer.heard("problem") == [{"op": "problem", "id": 3, "text": refused}]


@pytest.mark.parametrize(
    ("ref", "text"),
    [
        ("v1/pods:shop/nobody", "There is no Pod shop/nobody at this moment."),
        ("v1/ghosts:shop/web", "“v1/ghosts:shop/web” names no object: this log knows no such resource."),
        ("", "“” names no object: this log knows no such resource."),
    ],
)
async def test_what_is_not_there_is_a_problem_in_words(deploy: Log, ref: str, text: str) -> None:
    async with watching(deploy) as viewer:
        assert await viewer.ask(ref, id=7) == {"op": "problem", "id": 7, "text": text}
        assert (await viewer.ask("v1/nodes:node-1", id=8))["op"] == "inspection", "and the next is answered"


@pytest.mark.parametrize(
    "message",
    [
        "",
        "nonsense",
        "[]",
        "{}",
        '{"op":"dance"}',
        '{"op":"seek","seq":-1}',
        '{"op":"subscribe","diagram":"x"}',
        b"\xff",
    ],
)
async def test_what_is_not_understood_is_a_problem_and_the_session_goes_on(deploy: Log, message: str | bytes) -> None:
    async with watching(deploy, "flow") as viewer:
        assert viewer.session.hear(message)
        await until(lambda: viewer.heard("problem"))
        assert viewer.heard("problem")[0]["text"].startswith("This message is not understood: ")
        await viewer.watch("nodes")
        assert await viewer.sees(deploy.opening_seq)


async def test_who_says_more_than_can_be_done_or_does_not_read_the_answers_is_to_go(deploy: Log) -> None:
    viewer = Viewer(deploy)
    assert [viewer.say("pause") for _ in range(MAX_COMMANDS + 1)] == [True] * MAX_COMMANDS + [False]
    viewer = Viewer(deploy)
    assert [viewer.session.hear("?") for _ in range(MAX_ANSWERS + 1)] == [True] * MAX_ANSWERS + [False]


@pytest.mark.parametrize("turns", range(6))
async def test_one_who_says_something_and_leaves_at_once_is_let_go(deploy: Log, turns: int) -> None:
    viewer = Viewer(deploy)
    running = asyncio.create_task(viewer.session.run())
    await until(lambda: viewer.session._commanded._waiters)
    viewer.say("pause")
    for _ in range(turns):
        await asyncio.sleep(0)
    running.cancel()
    assert (await asyncio.wait({running}, timeout=2))[0], "the session would go on for ever, with nobody to see it"


async def test_one_who_leaves_a_diagram_gets_no_more_of_it(deploy: Log) -> None:
    async with watching(deploy) as viewer:
        viewer.say("unsubscribe", diagram="flow")
        viewer.say("play", speed=100)
        await viewer.stands(mode="paused", seq=deploy.last_seq)
        assert {told["diagram"] for told in viewer.heard("delta")} == {*DIAGRAMS} - {"flow"}
        viewer.say("seek", seq=100)
        await viewer.stands(seq=100)
        assert [told["diagram"] for told in viewer.heard("snapshot")].count("flow") == 1


async def test_two_viewers_of_one_log_stand_at_places_of_their_own(deploy: Log) -> None:
    async with watching(deploy) as still, watching(deploy) as moving:
        still.say("seek", seq=150)
        await still.stands(seq=150)
        heard = len(still.page.heard)
        moving.say("play", speed=100)
        await moving.stands(mode="paused", seq=deploy.last_seq)
        assert await moving.sees(deploy.last_seq)
        assert len(still.page.heard) == heard
        assert await still.sees(150)


async def test_a_live_viewer_pauses_steps_back_and_plays_on_until_it_is_live_again(live: LiveLog) -> None:
    bus = Bus()
    tail = Tail(live.writer, bus)
    async with watching(live.log, hubs=Hubs(bus)) as viewer:
        last_seq = (await tail.add(live.to_come[:40]))[-1][0]
        await viewer.stands(mode="live", seq=last_seq)
        viewer.say("pause")
        await viewer.stands(mode="paused")
        viewer.say("step", direction=-1)
        await until(lambda: viewer.page.moved["seq"] < last_seq)
        assert await viewer.sees(viewer.page.moved["seq"])
        viewer.say("seek", seq=last_seq)
        viewer.say("step")  # there is nothing more yet
        await viewer.stands(mode="paused", seq=last_seq)
        last_seq = (await tail.add(live.to_come[40:80]))[-1][0]
        viewer.say("play", speed=100)
        await viewer.stands(mode="live", seq=last_seq)
        last_seq = (await tail.add(live.to_come[80:]))[-1][0]
        await viewer.stands(mode="live", seq=last_seq)
        await until(lambda: set(viewer.page.seqs.values()) == {last_seq})
        assert await viewer.sees(last_seq)


async def test_a_viewer_who_stands_where_nothing_is_kept_any_more_is_told_and_led_on(
    live: LiveLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pruning, "MAX_FRAMES", 1)

    def fill() -> None:
        for line in live.to_come:
            live.writer.append(line)
            live.writer.flush()

    await in_thread(fill)
    first = live.log.opening_seq + 20
    async with watching(await in_thread(lambda: Log.objects.get(pk=live.log.pk))) as viewer:
        viewer.say("seek", seq=first)
        await viewer.stands(seq=first, mode="paused")
        kept = Retention((live.log.last_ts - live.log.first_ts) / 2, 1 << 60)
        assert await in_thread(lambda: pruning.prune(live.log, kept, now=live.log.last_ts))
        begins = live.log.opening_seq
        assert begins > first
        viewer.say("play", speed=100.0)
        await until(lambda: viewer.heard("problem"))
        assert viewer.heard("problem")[0]["text"].startswith("What was here is not kept any more")
        await viewer.stands(seq=begins, mode="paused")
        assert await viewer.sees(begins)
        viewer.say("seek", seq=first)
        await viewer.stands(seq=begins)
        answer = await viewer.ask("v1/nodes:node-1", id=7)
        assert answer["yaml"].startswith("apiVersion: v1\nkind: Node\n")
        viewer.say("seek", seq=live.log.last_seq)
        await viewer.stands(seq=live.log.last_seq)
        assert await viewer.sees(live.log.last_seq)
