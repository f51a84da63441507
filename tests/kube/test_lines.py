"""Lines of an API server as frames of the log."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from visualizer.frames import Decoder, Listing, Resource, WatchEvent
from visualizer.kube import lines
from visualizer.kube.lines import BadLine, Page

RESOURCES = {
    "v1/pods": Resource("/api/v1/pods", "Pod", True, []),
    "v1/secrets": Resource("/api/v1/secrets", "Secret", True, []),
}
POD: dict[str, Any] = {
    "apiVersion": "v1",
    "kind": "Pod",
    "metadata": {"name": "web", "namespace": "shop", "uid": "u-1", "resourceVersion": "7"},
    "spec": {"nodeName": "node-1"},
}


def watch_line(kind: str, obj: object) -> bytes:
    return json.dumps({"type": kind, "object": obj}).encode()


def test_a_watch_event_is_a_frame_with_the_object_as_it_came() -> None:
    told = lines.read_line(watch_line("MODIFIED", POD))
    frame = lines.event_frame(12.5, "v1/pods", told)
    assert (told.type, told.version) == ("MODIFIED", "7")
    assert json.loads(frame) == {"ts": 12.5, "kind": "event", "resource": "v1/pods", "type": "MODIFIED", "object": POD}
    decoded = Decoder(RESOURCES).decode(frame)
    assert isinstance(decoded, WatchEvent)
    assert decoded.object.metadata.name == "web"


@given(text=st.text(max_size=40), number=st.floats(0, 1e10))
def test_nothing_in_an_object_alters_on_its_way(text: str, number: float) -> None:
    pod = {**POD, "metadata": {**POD["metadata"], "annotations": {text: text}}}
    frame = lines.event_frame(number, "v1/pods", lines.read_line(watch_line("ADDED", pod)))
    assert json.loads(frame)["object"] == pod
    assert json.loads(frame)["ts"] == pytest.approx(number, abs=1e-6)


@given(
    kind=st.sampled_from(["ADDED", "MODIFIED", "DELETED"]),
    spaces=st.sampled_from(["", " "]),
    more=st.sampled_from([{}, {"later": 1}, {"object": {"metadata": {"resourceVersion": "8"}}}]),
)
def test_a_line_says_the_same_in_whatever_form_it_is_written(kind: str, spaces: str, more: dict[str, Any]) -> None:
    written = json.dumps({"type": kind, "object": POD}, separators=("," + spaces, ":" + spaces))
    line = (written[:-1] + ("," + json.dumps(more)[1:-1] if more else "") + "}").encode()
    wanted = json.loads(line)
    told = lines.read_line(line)
    assert (told.type, json.loads(told.object)) == (kind, wanted["object"])
    assert told.version == wanted["object"]["metadata"]["resourceVersion"]


def test_a_secrets_metadata_gets_its_own_kind_back() -> None:
    partial = {"kind": "PartialObjectMetadata", "apiVersion": "meta.k8s.io/v1", "metadata": POD["metadata"]}
    frame = lines.event_frame(1.0, "v1/secrets", lines.read_line(watch_line("ADDED", partial)))
    assert json.loads(frame)["object"] == {"kind": "Secret", "apiVersion": "v1", "metadata": POD["metadata"]}


def test_the_bookmark_at_the_end_of_a_streamed_list_is_told_from_others() -> None:
    end = {"metadata": {"resourceVersion": "9", "annotations": {"k8s.io/initial-events-end": "true"}}}
    assert lines.read_line(watch_line("BOOKMARK", end)).ends_initial_events
    other = lines.read_line(watch_line("BOOKMARK", {"metadata": {"resourceVersion": "10"}}))
    assert (other.ends_initial_events, other.version) == (False, "10")


def test_pages_of_a_list_are_frames_that_belong_together() -> None:
    answer = {"metadata": {"resourceVersion": "20", "continue": "abc"}, "items": [POD]}
    page = lines.read_page(json.dumps(answer).encode())
    first = Decoder(RESOURCES).decode(lines.list_frame(1.0, "v1/pods", page, continues=False))
    last = Decoder(RESOURCES).decode(lines.list_frame(2.0, "v1/pods", Page([], "20", ""), continues=True))
    assert isinstance(first, Listing)
    assert isinstance(last, Listing)
    assert (first.more, first.continues, first.resource_version) == (True, False, "20")
    assert (last.more, last.continues, list(last.items)) == (False, True, [])
    assert [item.metadata.name for item in first.items] == ["web"]


def test_a_list_without_items_is_empty_as_the_real_server_says_null() -> None:
    assert lines.read_page(b'{"metadata":{"resourceVersion":"3"},"items":null}') == Page([], "3", "")


@pytest.mark.parametrize("line", [b"", b"{", b"null", b'{"type":"ADDED"}', b'{"type":"ADDED","object":{}}', b"\xff"])
def test_what_is_no_line_of_a_watch_is_told(line: bytes) -> None:
    with pytest.raises(BadLine, match="a line of the watch cannot be read"):
        lines.read_line(line)


def test_the_status_of_an_error_is_left_for_who_understands_it() -> None:
    status = {"kind": "Status", "code": 410, "reason": "Expired"}
    told = lines.read_line(watch_line("ERROR", status))
    assert (told.type, json.loads(told.object)) == ("ERROR", status)
