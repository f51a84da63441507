"""Why pods wait, and where they went, against the scheduler itself: every Event and every binding of the recordings."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from typing import Any

from tests.cluster import DEMO_NAMES, DEMOS
from visualizer.frames import Decoder, decode_header
from visualizer.log.recording import Limits, iter_lines
from visualizer.objects import Pod
from visualizer.scheduling.asks import read_pod
from visualizer.scheduling.cluster import see_cluster
from visualizer.scheduling.verdicts import Verdict, compare, judge, read_message
from visualizer.store import Store


def play(recording: str) -> Iterator[tuple[Store, dict[str, Any]]]:
    """Each watch event as it came, with the store just before it."""
    with (DEMOS / recording / "recording.jsonl.zst").open("rb") as stream:
        lines = [line for _, line in iter_lines(stream, Limits())]
    header = decode_header(lines[0])
    store, decoder = Store(header.resources), Decoder(header.resources)
    for seq, line in enumerate(lines[1:], 1):
        frame = json.loads(line)
        if frame["kind"] == "event":
            yield store, frame
        store.apply(seq, decoder.decode(line))


def ask(store: Store, pod: dict[str, Any]) -> list[Verdict]:
    """The verdicts on a pod that has no node yet."""
    spec = {name: value for name, value in pod["spec"].items() if name != "nodeName"}
    return judge(read_pod(json.dumps({"metadata": pod["metadata"], "spec": spec}).encode()), see_cluster(store))


def test_the_verdicts_are_what_the_scheduler_counted() -> None:
    pods: dict[str, dict[str, Any]] = {}
    told = 0
    for store, frame in play("scheduling"):
        obj = frame["object"]
        if frame["resource"] == "v1/pods":
            pods[obj["metadata"]["name"]] = obj
        if frame["resource"] != "v1/events" or obj["reason"] != "FailedScheduling":
            continue
        told += 1
        reasons = read_message(obj["message"])
        verdicts = ask(store, pods[obj["involvedObject"]["name"]])
        counted = {reason.text: reason.count for reason in reasons}
        found = Counter(text for each in verdicts if each.objection for text in each.objection.reasons)
        assert found == counted
        assert {each.objection.plugin for each in verdicts if each.objection} == {each.plugin for each in reasons}
        assert compare(reasons, verdicts) == []
    assert told == 2


def test_nothing_is_held_against_the_node_that_the_scheduler_chose() -> None:
    bound = 0
    for recording in DEMO_NAMES:
        for store, frame in play(recording):
            if (pod := find_bound(store, frame)) is None:
                continue
            bound += 1
            chosen = [each for each in ask(store, pod) if each.node == pod["spec"]["nodeName"]]
            assert [each.objection for each in chosen] == [None], (recording, pod["metadata"]["name"])
    assert bound == 34


def find_bound(store: Store, frame: dict[str, Any]) -> dict[str, Any] | None:
    """The pod that this event shows on a node for the first time."""
    obj = frame["object"]
    if frame["resource"] != "v1/pods" or frame["type"] == "DELETED" or not obj["spec"].get("nodeName"):
        return None
    before = store.get("v1/pods", f"{obj['metadata']['namespace']}/{obj['metadata']['name']}")
    is_new = before is not None and isinstance(before.object, Pod) and not before.object.spec.node_name
    return obj if is_new else None
