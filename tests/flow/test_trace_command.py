"""``orrery trace``: JSON, text, sentences, and OpenTelemetry, over the shipped recordings."""

from __future__ import annotations

import json
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
import zstandard
from django.core.management import CommandError, call_command
from django.test import Client

from tests.cluster import DEMOS
from tests.flow.collector import collecting, decode
from visualizer.log.importing import import_recording

HELLO = "apps/v1/deployments/shop/hello"


def recording(name: str) -> str:
    """The path of a shipped recording."""
    return str(DEMOS / name / "recording.jsonl.zst")


def trace(name: str, *options: str) -> str:
    """What the command prints."""
    out = StringIO()
    call_command("trace", recording(name), *options, stdout=out)
    return out.getvalue()


def test_traces_are_printed_as_json() -> None:
    trees: list[dict[str, Any]] = json.loads(trace("deploy"))
    hello = next(tree for tree in trees if tree["text"] == "created Deployment hello")
    root, replica_set = hello["writes"][0], hello["writes"][1]
    assert (root["parent"], root["depth"], root["component"], root["rule"]) == (0, 0, "client:kubectl", "command")
    assert (replica_set["parent"], replica_set["depth"]) == (root["seq"], 1)
    assert (replica_set["certainty"], replica_set["rule"]) == ("observed", "owner-reference")
    assert replica_set["events"][0]["reason"] == "ScalingReplicaSet"
    assert hello["writesInAll"] == len(hello["writes"])
    assert hello["unfinished"] == 0
    assert {span["phase"] for span in hello["spans"]} == {"scheduling", "starting"}


def test_a_root_chooses_the_traces_that_begin_with_it() -> None:
    trees = json.loads(trace("deploy", "--root", HELLO))
    roots = {write["ref"] for tree in trees for write in tree["writes"] if write["seq"] == tree["seq"]}
    assert roots == {"apps/v1/deployments:shop/hello"}
    assert json.loads(trace("namespace-delete", "--root", "v1/namespaces/temp"))


def test_a_root_that_begins_nothing_is_told_with_those_that_do() -> None:
    with pytest.raises(CommandError, match=r"No trace begins with v1/pods/shop/x\. There are: .*shop/hello"):
        trace("deploy", "--root", "v1/pods/shop/x")


def test_text_indents_each_write_below_the_one_that_woke_it() -> None:
    lines = trace("deploy", "--text", "--root", HELLO).splitlines()
    assert lines[0] == "# created Deployment hello: 31 writes in 480 ms, complete"
    assert lines[1] == "kubectl: created Deployment hello (observed: command)"
    assert lines[2].startswith("  +1 ms deployment-controller: created ReplicaSet hello-")
    assert lines[3].startswith("    +13 ms replicaset-controller: created Pod hello-")
    assert lines[4].startswith("      +9 ms kube-scheduler: bound Pod hello-")


def test_sentences_tell_it_in_order_with_their_evidence() -> None:
    lines = trace("deploy", "--explain", "--root", HELLO).splitlines()
    assert lines[0] == "kubectl created Deployment shop/hello. (observed: a client asked for it)"
    assert lines[1].startswith(
        "1 ms later deployment-controller created ReplicaSet hello-64d75f9968 for Deployment hello."
    )
    assert "its owner reference" in lines[1]
    assert "Scaled up replica set hello-64d75f9968 from 0 to 3" in lines[1]
    assert lines[2].startswith(
        "13 to 96 ms later replicaset-controller created 3 Pods for ReplicaSet hello-64d75f9968."
    )
    assert lines[3].startswith("7 to 17 ms later the scheduler chose node-3, node-2 and node-1 for 3 Pods.")
    assert "started the containers of 3 Pods and reported them ready" in lines[4]


def test_a_recording_may_be_plain_text(tmp_path: Path) -> None:
    plain = tmp_path / "plain.jsonl"
    with Path(recording("deploy")).open("rb") as packed:
        plain.write_bytes(zstandard.ZstdDecompressor().stream_reader(packed).read())
    out = StringIO()
    call_command("trace", str(plain), stdout=out)
    assert out.getvalue() == trace("deploy")


@pytest.mark.parametrize(
    ("content", "words"), [(b"", "the file is empty"), (b'{"kind":"note"}\n', "a recording begins with a header")]
)
def test_what_is_no_recording_is_refused_in_words(tmp_path: Path, content: bytes, words: str) -> None:
    file = tmp_path / "file"
    file.write_bytes(content)
    with pytest.raises(CommandError, match=words):
        call_command("trace", str(file))
    with pytest.raises(CommandError, match="No such file"):
        call_command("trace", str(tmp_path / "missing"))


def test_a_message_cannot_write_to_the_terminal(tmp_path: Path) -> None:
    file = tmp_path / "hostile.jsonl"
    with Path(recording("deploy")).open("rb") as packed:
        plain = zstandard.ZstdDecompressor().stream_reader(packed).read()
    file.write_bytes(plain.replace(b"Scaled up replica set", rb"\u001b[2JScaled up"))
    out = StringIO()
    call_command("trace", str(file), "--explain", stdout=out)
    assert "\N{REPLACEMENT CHARACTER}[2JScaled up" in out.getvalue()
    assert "\x1b" not in out.getvalue()


class TestOpenTelemetry:
    def test_a_collector_is_sent_spans_that_its_definitions_know(self) -> None:
        with collecting() as collector:
            trace("deploy", "--otlp", collector.url, "--root", HELLO)
        assert collector.paths == ["/v1/traces"]
        spans = collector.spans()
        root = spans["kubectl: created Deployment hello"]
        made = spans["deployment-controller: created ReplicaSet hello-64d75f9968"]
        assert (len(root.trace_id), len(root.span_id), root.parent_span_id) == (16, 8, b"")
        assert (made.trace_id, made.parent_span_id) == (root.trace_id, root.span_id)
        assert root.start_time_unix_nano == made.start_time_unix_nano < made.end_time_unix_nano
        assert root.end_time_unix_nano > made.end_time_unix_nano
        facts = {each.key: each.value for each in made.attributes}
        assert facts["orrery.cause.rule"].string_value == "owner-reference"
        assert facts["orrery.seq"].int_value == 63
        assert [event.name for event in made.events] == ["ScalingReplicaSet"]

    def test_every_span_has_its_parent_in_its_trace_and_no_span_ends_before_it_starts(self) -> None:
        with collecting() as collector:
            trace("node-failure", "--otlp", f"{collector.url}/v1/traces")
        spans = [
            span
            for request in collector.requests
            for of_service in request.resource_spans
            for scope in of_service.scope_spans
            for span in scope.spans
        ]
        known = {(span.trace_id, span.span_id) for span in spans}
        assert len(known) == len(spans) > 150
        for span in spans:
            assert span.start_time_unix_nano <= span.end_time_unix_nano
            assert not span.parent_span_id or (span.trace_id, span.parent_span_id) in known

    def test_what_is_sent_twice_is_the_same(self) -> None:
        with collecting() as collector:
            trace("deploy", "--otlp", collector.url)
            trace("deploy", "--otlp", collector.url)
        assert collector.requests[0] == collector.requests[1]

    @pytest.mark.parametrize(
        ("status", "answer", "words"),
        [
            (503, b"busy", "refused the traces with 503: busy"),
            (302, b"", "refused the traces with 302"),
            (
                200,
                b'{"partialSuccess":{"rejectedSpans":"3","errorMessage":"too old"}}',
                "did not take 3 spans: too old",
            ),
        ],
    )
    def test_a_refusal_is_told(self, status: int, answer: bytes, words: str) -> None:
        with collecting() as collector:
            collector.status, collector.answer = status, answer
            with pytest.raises(CommandError, match=words):
                trace("deploy", "--otlp", collector.url)

    @pytest.mark.parametrize(
        ("url", "words"),
        [
            ("file:///etc/passwd", "is no address of a collector"),
            ("localhost:4318", "is no address of a collector"),
            ("http://127.0.0.1:1", "cannot be reached"),
        ],
    )
    def test_an_address_that_cannot_be_is_told(self, url: str, words: str) -> None:
        with pytest.raises(CommandError, match=words):
            trace("deploy", "--otlp", url)


@pytest.mark.django_db
class TestDownload:
    def test_a_trace_is_downloaded_as_otlp(self) -> None:
        with Path(recording("deploy")).open("rb") as stream:
            import_recording(stream, slug="deploy")
        response = Client().get("/api/logs/deploy/traces/66/otlp")
        assert response.status_code == 200
        assert response["Content-Disposition"] == 'attachment; filename="deploy-62.otlp.json"'
        whole = decode(response.content)
        part = decode(Client().get("/api/logs/deploy/traces/66/otlp?at=70").content)
        assert count(whole) == 31 > count(part) > 3
        missing = Client().get("/api/logs/deploy/traces/3/otlp")
        assert (missing.status_code, list(missing.json())) == (404, ["problem"])


def count(request: Any) -> int:
    """How many spans a request has."""
    return sum(len(scope.spans) for each in request.resource_spans for scope in each.scope_spans)
