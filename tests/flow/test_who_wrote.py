"""``orrery who_wrote``: a line for each watch event, and hindsight where it helps."""

from __future__ import annotations

import json
from io import StringIO
from pathlib import Path
from typing import Any

import msgspec
import pytest
import zstandard
from django.core.management import CommandError, call_command
from hypothesis import given

from tests.cluster import DEMOS, START_TS, Cluster, metadata, owned_by, read_demo
from tests.flow.test_deletions import CONTROLLED, client, controller, dying, pod, workload
from tests.histories import mistold_demos
from visualizer.flow import hindsight
from visualizer.flow.hindsight import Answer, read_recording
from visualizer.frames import Decoder, Frame, Header, WatchEvent

FIELDS = "resource namespace name type resourceVersion component node client certainty rule"


def who_wrote(path: Path) -> list[dict[str, Any]]:
    """What the command prints."""
    out = StringIO()
    call_command("who_wrote", str(path), stdout=out)
    return [json.loads(line) for line in out.getvalue().splitlines()]


def test_there_is_a_line_for_each_watch_event_in_order() -> None:
    lines = who_wrote(DEMOS / "namespace-delete" / "recording.jsonl.zst")
    assert list(lines[0]) == FIELDS.split()
    events = [frame for frame in read_demo("namespace-delete")[1] if isinstance(frame, WatchEvent)]
    expected = [(each.resource, each.object.metadata.name, each.object.metadata.resource_version) for each in events]
    assert [(line["resource"], line["name"], line["resourceVersion"]) for line in lines] == expected
    told = {(line["component"], line["client"]) for line in lines}
    assert {("namespace-controller", ""), ("client", "kubectl"), ("kube-scheduler", ""), ("kubelet", "")} <= told
    assert {line["node"] for line in lines if line["component"] == "kubelet"} == {"node-1", "node-2", "node-3"}


def test_a_recording_may_be_unpacked(tmp_path: Path) -> None:
    packed = DEMOS / "debug" / "recording.jsonl.zst"
    plain = tmp_path / "debug.jsonl"
    plain.write_bytes(zstandard.ZstdDecompressor().decompressobj().decompress(packed.read_bytes()))
    assert who_wrote(plain) == who_wrote(packed)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (None, r"no\.jsonl cannot be read: No such file"),
        (b"", "cannot be read: the file is empty"),
        (b"hello\n", "cannot be read: line 1: this line is not JSON"),
        (b'{"kind":"note","ts":1,"text":"hi"}\n', "cannot be read: line 1: a recording begins with a header"),
        (zstandard.compress(b"{}")[:9], "cannot be read: the file is cut short"),
    ],
)
def test_what_is_no_recording_is_told_in_a_sentence(tmp_path: Path, content: bytes | None, words: str) -> None:
    path = tmp_path / "no.jsonl"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(CommandError, match=words):
        who_wrote(path)


def test_a_line_that_is_no_frame_is_told_with_its_number(tmp_path: Path) -> None:
    header = json.dumps(
        {"kind": "header", "format": "orrery-recording", "version": 1, "name": "x", "server_version": ""}
    )
    path = tmp_path / "bad.jsonl"
    path.write_text(header[:-1] + ', "resources": {}}\n{"kind":"event","ts":1,"resource":"v1/pods"}\n')
    with pytest.raises(CommandError, match="line 2: the header does not name the resource"):
        who_wrote(path)


def read(*told: tuple[float, str, str, dict[str, Any]]) -> list[Answer]:
    """The answers to these events, each some seconds after the start, in a Namespace and beside a ReplicaSet of two."""
    resources = Cluster().resources
    decoder = Decoder(resources)
    lists = [
        {"kind": "list", "resource": "v1/namespaces", "items": [{"metadata": metadata("shop", "")}]},
        {"kind": "list", "resource": "apps/v1/replicasets", "items": [workload("web", 2)]},
        {"kind": "list", "resource": "v1/pods", "items": [pod("web-1"), pod("web-2")]},
    ]
    events = [
        {"kind": "event", "ts": START_TS + after, "type": kind, "resource": resource, "object": obj}
        for after, kind, resource, obj in told
    ]
    lines = [*({**each, "ts": START_TS} for each in lists), *events]
    frames = [decoder.decode(json.dumps(line).encode()) for line in lines]
    return list(read_recording(resources, enumerate(frames, start=1)))


def version(obj: dict[str, Any], number: int) -> dict[str, Any]:
    """The same with this version."""
    return {**obj, "metadata": {**obj["metadata"], "resourceVersion": str(number)}}


def deleted_pod(name: str) -> dict[str, Any]:
    """An Event of the ReplicaSet controller."""
    about = {"kind": "ReplicaSet", "namespace": "shop", "name": "web", "uid": "uid-shop-web"}
    source = {"component": "replicaset-controller"}
    meta = metadata(f"web.{name}", managedFields=CONTROLLED)
    message = f"Deleted pod: {name}"
    return {
        "metadata": meta,
        "involvedObject": about,
        "source": source,
        "reason": "SuccessfulDelete",
        "message": message,
    }


BY_CLIENT = client("by-elimination", "guessed")
BY_CONTROLLER = controller("replicaset-controller", "scaled-down")
TOLD = controller("replicaset-controller", "told-by-event")


def test_a_cause_that_its_watch_told_late_is_put_first() -> None:
    asked = (0.1, "MODIFIED", "v1/pods", version(dying(pod("web-1")), 12))
    scaled = (0.2, "MODIFIED", "apps/v1/replicasets", version(workload("web", 1), 11))
    first, second = read(asked, scaled)
    assert first.author == BY_CONTROLLER
    assert (first.seq, second.seq) == (4, 5)


def test_an_event_just_after_decides() -> None:
    asked = (0.1, "MODIFIED", "v1/pods", version(dying(pod("web-1")), 12))
    for after, expected in ((0.2, TOLD), (1.9, TOLD), (2.2, BY_CLIENT)):
        event = (after, "ADDED", "v1/events", version(deleted_pod("web-1"), 13))
        assert read(asked, event)[0].author == expected
    other = (0.2, "ADDED", "v1/events", version(deleted_pod("web-2"), 13))
    assert read(asked, other)[0].author == BY_CLIENT


def test_an_event_that_came_first_decides_as_well() -> None:
    event = (0.1, "ADDED", "v1/events", version(deleted_pod("web-1"), 13))
    asked = (0.2, "MODIFIED", "v1/pods", version(dying(pod("web-1")), 12))
    assert [each.author.rule for each in read(event, asked)] == ["event-source", "told-by-event"]


def test_what_the_kubelet_writes_of_a_pod_that_goes_stays_its_own() -> None:
    asked = (0.1, "MODIFIED", "v1/pods", version(dying(pod("web-1")), 12))
    ended = {"phase": "Succeeded", "containerStatuses": [{"name": "web", "state": {"terminated": {"exitCode": 0}}}]}
    told = (0.3, "MODIFIED", "v1/pods", version(dying(pod("web-1"), status=ended), 14))
    event = (0.4, "ADDED", "v1/events", version(deleted_pod("web-1"), 15))
    assert [each.author.rule for each in read(asked, told, event)][:2] == ["told-by-event", "container-statuses"]


def test_a_deletion_of_what_was_never_seen_is_unknown() -> None:
    gone = {"metadata": metadata("web-9", ownerReferences=owned_by("ReplicaSet", "web"))}
    (answer,) = read((0.1, "DELETED", "v1/pods", version(gone, 12)))
    assert answer.author.component == "unknown"


@given(mistold_demos())
def test_whatever_a_recording_tells_each_event_has_an_answer(told: tuple[Header, list[Frame]]) -> None:
    header, frames = told
    answers = list(read_recording(header.resources, enumerate(frames, start=1)))
    events = [seq for seq, frame in enumerate(frames, start=1) if isinstance(frame, WatchEvent)]
    assert [each.seq for each in answers] == events
    assert all(each.author.component for each in answers)


def test_what_waits_is_bounded_though_no_time_passes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hindsight, "_MOST_HELD", 10)
    header, frames = read_demo("deploy")
    still = [(seq, msgspec.structs.replace(frame, ts=START_TS)) for seq, frame in enumerate(frames, start=1)]
    reading = hindsight._Reading(header.resources)
    for _ in reading.run(still):
        assert len(reading._answers) <= 11
