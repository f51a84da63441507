"""Captures of k8shark, as history; or one clear sentence and nothing else."""

from __future__ import annotations

import io
import json
import zipfile
from typing import Any

import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from tests.log.foreign import Archive, Frame, capture, frames, key, states
from visualizer.log.exporting import write_recording
from visualizer.log.foreign.detection import recording_lines
from visualizer.log.importing import import_recording
from visualizer.log.recording import Limits, RecordingError
from visualizer.models import Chunk, Keyframe, Log, Note

PODS = "/api/v1/namespaces/shop/pods"
TS = 1_772_359_205.0


def pod(name: str, version: int, uid: str = "", **fields: Any) -> dict[str, Any]:
    """A Pod as a list has it."""
    metadata = {"name": name, "namespace": "shop", "uid": uid or name, "resourceVersion": str(version)}
    return {"metadata": metadata, **fields}


def listed(version: int, *items: dict[str, Any]) -> dict[str, Any]:
    """A list of Pods as the server answers it."""
    return {"kind": "PodList", "apiVersion": "v1", "metadata": {"resourceVersion": str(version)}, "items": [*items]}


def whole(obj: dict[str, Any]) -> dict[str, Any]:
    """A Pod as a watch has it."""
    return {"apiVersion": "v1", "kind": "Pod", **obj}


def told(archive: bytes) -> list[Frame]:
    """The frames that this capture comes to."""
    return [json.loads(line) for _, line in recording_lines(io.BytesIO(archive), Limits(), written_ts=None)]


def changes(archive: Archive) -> list[tuple[str, str, float | None]]:
    """Each change: its type, the object's name, and since when it may have happened, in seconds from the start."""
    return [
        (frame["type"], key(frame["object"])[1], since - TS if (since := frame.get("inferredSince")) else None)
        for frame in told(archive.packed())
        if frame["kind"] == "event"
    ]


def test_what_watches_told_is_told_change_for_change_and_the_rest_is_inferred() -> None:
    watched = {"v1/pods", "apps/v1/deployments"}
    found = told(capture("rolling-update", watched))
    real = frames("rolling-update")
    seen = [frame for frame in found if frame["kind"] == "event" and "inferredSince" not in frame]
    wanted = [(round(ts, 6), *rest) for ts, *rest in states(real) if rest[0] in watched]
    assert [(round(ts, 6), *rest) for ts, *rest in states(seen)] == wanted
    last: dict[tuple[str, Any], Any] = {}
    for frame in real:
        if frame["kind"] == "list":
            last |= {(frame["resource"], key(item)): item for item in frame["items"]}
    last |= {(resource, at): obj for _, resource, at, obj in states(real)}
    kept: dict[tuple[str, Any], Any] = {}
    for frame in found:
        if frame["kind"] == "list":
            kept |= {(frame["resource"], key(item)): item for item in frame["items"]}
    kept |= {(resource, at): obj for _, resource, at, obj in states(found)}
    standing = {place: obj["metadata"] for place, obj in last.items() if obj}
    assert {place: obj["metadata"] for place, obj in kept.items() if obj} == standing
    inferred = [frame for frame in found if "inferredSince" in frame]
    assert {frame["resource"] for frame in inferred}.isdisjoint(watched)
    assert all(0 < frame["ts"] - frame["inferredSince"] < 11 for frame in inferred)


def test_lists_of_several_namespaces_are_one_at_first() -> None:
    archive = Archive()
    archive.record(TS, PODS, listed(5, pod("a", 3)))
    archive.record(
        TS + 0.1, "/api/v1/namespaces/bank/pods", listed(5, {"metadata": {"name": "b", "namespace": "bank"}})
    )
    archive.record(TS + 9, "/api/v1/namespaces/late/pods", listed(9, {"metadata": {"name": "c", "namespace": "late"}}))
    archive.record(TS + 5, PODS, listed(8))
    lists = [[key(item)[1] for item in frame["items"]] for frame in told(archive.packed()) if frame["kind"] == "list"]
    assert lists == [["a", "b"], ["b", "c"]]  # by the second, a is gone: the list of 5 s has told so


def test_a_list_that_a_watch_is_ahead_of_alters_nothing() -> None:
    archive = Archive()
    archive.record(TS, PODS, listed(10, pod("a", 9), pod("b", 8)))
    archive.watch(TS + 1, PODS, "MODIFIED", whole(pod("a", 12)))
    archive.watch(TS + 2, PODS, "DELETED", whole(pod("b", 13)))
    archive.watch(TS + 3, PODS, "ADDED", whole(pod("c", 14)))
    archive.record(TS + 4, PODS, listed(11, pod("a", 9), pod("b", 8)))
    assert changes(archive) == [("MODIFIED", "a", None), ("DELETED", "b", None), ("ADDED", "c", None)]


def test_differences_between_lists_say_since_when() -> None:
    archive = Archive()
    archive.record(TS, PODS, listed(10, pod("a", 9), pod("b", 8), pod("same", 7)))
    archive.record(TS + 5, PODS, listed(20, pod("a", 9, uid="another"), pod("same", 7), pod("new", 15)))
    archive.record(TS + 10, PODS, None, code=500)
    archive.record(TS + 15, PODS, listed(30, pod("a", 9, uid="another"), pod("same", 22)))
    assert changes(archive) == [
        ("DELETED", "a", 0.0),
        ("ADDED", "a", 0.0),
        ("ADDED", "new", 0.0),
        ("DELETED", "b", 0.0),
        ("MODIFIED", "same", 5.0),
        ("DELETED", "new", 5.0),
    ]
    assert "Not answered, and left out: /api/v1/namespaces/shop/pods." in told(archive.packed())[1]["text"]


def test_what_is_served_under_two_names_is_taken_once() -> None:
    archive = Archive()
    for path in (
        "/api/v1/events",
        "/apis/events.k8s.io/v1/events",
        "/apis/autoscaling/v1/hpas",
        "/apis/autoscaling/v2/hpas",
    ):
        archive.record(TS, path, {"kind": "ThingList", "items": []})
    assert set(told(archive.packed())[0]["resources"]) == {"v1/events", "autoscaling/v2/hpas"}


def test_the_first_version_of_the_format_is_read() -> None:
    archive = Archive(format_version=1)
    archive.record(TS, PODS, listed(5, pod("a", 3)))
    old = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(archive.packed())) as given_, zipfile.ZipFile(old, "w") as made:
        for name in given_.namelist():
            content = given_.read(name)
            if name.endswith("/index.json.zst"):
                content = zstandard.compress(json.dumps(archive.indexes["index"]).encode())
            if "watch-index" not in name:
                made.writestr(name, content)
    assert [frame["kind"] for frame in told(old.getvalue())] == ["header", "note", "list"]


@pytest.mark.django_db
def test_secrets_are_taken_out() -> None:
    archive = Archive()
    secret = {"metadata": {"name": "key", "namespace": "shop"}, "data": {"password": "aHVudGVyMg=="}}
    archive.record(TS, "/api/v1/namespaces/shop/secrets", {"kind": "SecretList", "apiVersion": "v1", "items": [secret]})
    log = import_recording(io.BytesIO(archive.packed()), slug="capture")
    stream = io.BytesIO()
    write_recording(log, stream)
    kept = zstandard.ZstdDecompressor().stream_reader(stream.getvalue()).read()
    assert b'"name":"key"' in kept
    assert b"aHVudGVyMg" not in kept


def _zip(**entries: bytes) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name, content in entries.items():
            archive.writestr(name.replace("__", "/").replace("_dash_", "-"), content)
    return stream.getvalue()


def _broken(alter: dict[str, bytes | None]) -> bytes:
    """A good capture with some entries altered, or left out."""
    archive = Archive()
    archive.record(TS, PODS, listed(5, pod("a", 3)))
    stream = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(archive.packed())) as good, zipfile.ZipFile(stream, "w") as made:
        for name in good.namelist():
            ends = next((end for end in alter if name.endswith(end)), None)
            content = good.read(name) if ends is None else alter[ends]
            if content is not None:
                made.writestr(name, content)
    return stream.getvalue()


def _packed(value: object) -> bytes:
    return zstandard.compress(json.dumps(value).encode())


LISTED = {"api_path": PODS, "seqs": [0], "times": ["2026-03-01T10:00:05Z"]}


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("archive", "why"),
    [
        (b"age-encryption.org/v1\n-> scrypt abc", "the file is encrypted with age"),
        (_zip(notes=b"hello"), "it is a ZIP archive, but no capture of k8shark"),
        (_broken({})[:200], "the archive is damaged: "),
        (_broken({"metadata.json": b"{"}), "the archive is damaged: metadata.json cannot be read"),
        (_broken({"metadata.json": b'{"format_version":3}'}), "the archive's format version is 3, and up to 2 is read"),
        (_broken({"/index.json.zst": None}), "the archive is not whole: it has no k8shark-capture/index.json.zst"),
        (_broken({"/index.json.zst": b"no zstd"}), "the archive is damaged: "),
        (_broken({"/index.json.zst": _packed({"entries": {PODS: {**LISTED, "times": []}}})}), "has not as many times"),
        (
            _broken({"/index.json.zst": _packed({"entries": {PODS: {**LISTED, "times": ["2026-03-01T10:00:05"]}}})}),
            "a time in it is none",
        ),
        (_broken({"/index.json.zst": _packed({"entries": {}})}), "the capture holds no list of objects"),
        (_broken({"/0.json.zst": None}), "the archive is not whole: it has no k8shark-capture/records/"),
        (_broken({"/0.json.zst": _packed([1])}), "cannot be read"),
        (_broken({"/0.json.zst": zstandard.compress(b"[" * 100_000)}), "cannot be read"),
        (_broken({"/0.json.zst": _packed({"response_code": 403})}), "no list of objects that was answered"),
        (_broken({"/0.json.zst": _packed({"response_code": 200, "response_body": whole(pod("a", 1))})}), "is no list"),
        (
            _broken(
                {"/0.json.zst": _packed({"response_code": 200, "response_body": {"kind": "PodList", "items": [5]}})}
            ),
            "an item of v1/pods is no object",
        ),
        (
            _broken({"/0.json.zst": _packed({"response_code": 200, "response_body": listed(1, {"metadata": {}})})}),
            "an object of v1/pods has no metadata.name",
        ),
        (
            _broken({"/0.json.zst": _packed({"response_code": 200, "response_body": listed(1, pod("a", 1, spec=5))})}),
            "an object of v1/pods cannot be read",
        ),
        (_broken({"/0.json.zst": zstandard.compress(b" " * (70 << 20))}), "unpacks to more than "),
    ],
)
def test_a_bad_archive_leaves_a_sentence_and_nothing_else(archive: bytes, why: str) -> None:
    with pytest.raises(RecordingError) as caught:
        import_recording(io.BytesIO(archive), slug="bad", limits=Limits(total_bytes=64 << 20), written_ts=TS)
    assert why in str(caught.value)
    assert not any(model.objects.exists() for model in (Log, Chunk, Keyframe, Note))


@given(st.integers(0, 5_000), st.integers(0, 255))
def test_an_archive_with_one_byte_altered_ends_in_frames_or_a_sentence(place: int, byte: int) -> None:
    altered = bytearray(_broken({}))
    altered[place % len(altered)] = byte
    try:
        told(bytes(altered))
    except RecordingError as error:
        assert str(error)  # noqa: PT017 - either is fine; anything else fails the test
