"""Recordings of kwok, as history; or one clear sentence and nothing else."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from tests.log.foreign import Frame, difference, frames, recorded, states, versionless
from visualizer.log.foreign.detection import recording_lines
from visualizer.log.foreign.strategic import Merged, PatchError, apply_patch, fields_of
from visualizer.log.importing import import_recording
from visualizer.log.reader import Reader
from visualizer.log.recording import Limits, RecordingError
from visualizer.models import Chunk, Keyframe, Log, Note

PATCH: dict[str, Any] = {
    "apiVersion": "action.kwok.x-k8s.io/v1alpha1",
    "kind": "ResourcePatch",
    "resource": {"version": "v1", "resource": "pods"},
    "target": {"name": "web", "namespace": "shop"},
    "durationNanosecond": 1_500_000_000,
    "method": "create",
    "template": {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "web", "namespace": "shop", "creationTimestamp": "$(time-offset-nanosecond 1200000000)"},
        "spec": {"containers": [{"name": "a", "image": "a:1"}]},
    },
}
ALTERED = {
    **PATCH,
    "durationNanosecond": 2_000_000_000,
    "method": "patch",
    "template": {"status": {"phase": "Running"}},
}


def told(text: bytes, *, written_ts: float | None = 1_800_000_000.0) -> list[Frame]:
    """The frames that this file comes to."""
    lines: Iterator[tuple[int, bytes]] = recording_lines(io.BytesIO(text), Limits(), written_ts=written_ts)
    return [json.loads(line) for _, line in lines]


def written(*documents: dict[str, Any]) -> bytes:
    """The documents as kwokctl writes them."""
    return yaml.dump_all(documents, Dumper=yaml.CSafeDumper).encode()


@pytest.mark.parametrize("demo", ["deploy", "debug"])
@pytest.mark.parametrize("is_old", [False, True])
def test_what_kwok_records_of_a_cluster_is_told_change_for_change(demo: str, is_old: bool) -> None:
    text, start_ts = recorded(demo, is_old=is_old)
    lasted = frames(demo)[-1]["ts"] - start_ts
    found = states(told(text, written_ts=start_ts + lasted + 0.5))
    wanted = states(frames(demo))
    assert [(resource, key) for _, resource, key, _ in found] == [(resource, key) for _, resource, key, _ in wanted]
    for (ts, _, _, obj), (seen, _, _, real) in zip(found, wanted, strict=True):
        assert abs(ts - seen) < 1.5  # the day and second are the file's; what lies between is exact
        assert _undated(obj) == _undated(versionless(real) if real else None)


def test_times_are_whole_seconds_again_where_kubernetes_writes_them_so() -> None:
    created = told(written(PATCH, ALTERED))[-1]["object"]["metadata"]["creationTimestamp"]
    assert created.endswith("Z")
    assert "." not in created
    events = [frame for frame in told(written(PATCH, ALTERED)) if frame["kind"] == "event"]
    assert events[1]["ts"] - events[0]["ts"] == pytest.approx(0.5)
    assert events[1]["ts"] <= 1_800_000_001


def test_what_is_deleted_is_told_as_it_was_last() -> None:
    gone = {**PATCH, "durationNanosecond": 3_000_000_000, "method": "delete"}
    *_, last = told(written(PATCH, ALTERED, gone))
    assert (last["type"], last["object"]["status"]) == ("DELETED", {"phase": "Running"})


@pytest.mark.django_db
def test_a_recording_becomes_a_log_whose_note_says_what_it_does_not_tell() -> None:
    log = import_recording(io.BytesIO(written(PATCH, ALTERED)), slug="kwok", written_ts=1_800_000_000.0)
    (note,) = Reader(log).notes()
    assert "0 objects at first, then 2 changes. It does not say when it began" in note.text


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("bad", "why"),
    [
        ({**PATCH, "target": {}}, "document 2 is a ResourcePatch that does not say of what"),
        ({**PATCH, "durationNanosecond": "soon"}, "document 2 is a ResourcePatch that does not say when"),
        ({**PATCH, "durationNanosecond": -1}, "document 2 is a ResourcePatch that does not say when"),
        ({**PATCH, "method": "replace"}, "document 2 is a ResourcePatch of the method “replace”"),
        ({**PATCH, "template": None}, "document 2 is a ResourcePatch without what is written"),
        ({**ALTERED, "target": {"name": "api"}}, "document 2 alters v1/pods api, which is not there"),
        ({**PATCH, "target": {"name": "api"}}, "document 2 is said to be of v1/pods api, and is of something else"),
        (
            {**ALTERED, "template": {"spec": {"containers": [{"image": "b"}]}}},
            "the patch of document 2 cannot be applied: an item of a list that is merged by name has none",
        ),
        (
            {**ALTERED, "template": {"spec": {"$deleteFromPrimitiveList/args": ["a"]}}},
            "the patch of document 2 cannot be applied: it has $deleteFromPrimitiveList/args, of a list that",
        ),
        ({**ALTERED, "template": {"spec": 5}}, "an object of v1/pods cannot be read: "),
    ],
)
def test_a_bad_change_leaves_a_sentence_and_nothing_else(bad: dict[str, Any], why: str) -> None:
    stream = io.BytesIO(written(PATCH, bad))
    with pytest.raises(RecordingError) as caught:
        import_recording(stream, slug="bad", written_ts=1_800_000_000.0)
    assert why in str(caught.value)
    assert not any(model.objects.exists() for model in (Log, Chunk, Keyframe, Note))


NAMES = st.sampled_from("abc")
VALUES = st.integers(0, 2) | st.sampled_from(["x", "y"])
CONTAINERS = st.lists(
    st.fixed_dictionaries(
        {"name": NAMES},
        optional={
            "image": VALUES,
            "env": st.lists(
                st.fixed_dictionaries({"name": NAMES, "value": VALUES}), max_size=3, unique_by=lambda e: e["name"]
            ),
            "args": st.lists(VALUES, max_size=3),
        },
    ),
    max_size=3,
    unique_by=lambda container: container["name"],
)
PODS = st.fixed_dictionaries(
    {
        "metadata": st.fixed_dictionaries({}, optional={"finalizers": st.lists(NAMES, max_size=3, unique=True)}),
        "spec": st.fixed_dictionaries(
            {"containers": CONTAINERS}, optional={"tolerations": st.lists(VALUES, max_size=2)}
        ),
    }
)


@given(PODS, PODS)
def test_a_difference_applied_gives_what_it_was_made_from(old: dict[str, Any], new: dict[str, Any]) -> None:
    fields = fields_of("v1", "Pod")
    before = json.dumps(old)
    assert apply_patch(old, difference(old, new, fields), fields) == new
    assert json.dumps(old) == before


def test_directives_are_obeyed_as_the_api_server_obeys_them() -> None:
    fields = fields_of("v1", "Pod")
    pod = {"spec": {"containers": [{"name": "a", "image": 1}, {"name": "b"}], "nodeName": "n", "dnsPolicy": "None"}}
    replaced = {"spec": {"containers": [{"$patch": "replace"}, {"name": "c"}]}}
    assert apply_patch(pod, replaced, fields)["spec"]["containers"] == [{"name": "c"}]
    kept = apply_patch(pod, {"spec": {"$retainKeys": ["nodeName"], "nodeName": "m"}}, fields)
    assert kept == {"spec": {"nodeName": "m"}}
    assert apply_patch(pod, {"spec": {"$patch": "delete"}}, fields) == {"spec": {}}
    assert apply_patch(pod, {"spec": {"$patch": "replace", "nodeName": "m"}}, fields) == {"spec": {"nodeName": "m"}}
    with pytest.raises(PatchError, match=r"\$swap/containers, which is not known"):
        apply_patch(pod, {"spec": {"$swap/containers": []}}, fields)


def test_the_lists_that_are_merged_are_those_of_the_servers_own_schema(schemas: dict[str, Any]) -> None:
    kinds = {
        (about["group"], about["version"], about["kind"]): name
        for name, schema in schemas.items()
        for about in schema.get("x-kubernetes-group-version-kind", [])
        if {"metadata", "kind"} <= schema.get("properties", {}).keys()
    }
    compared = 0
    for (group, version, kind), name in kinds.items():
        if (
            kind.endswith("List")
            or (group, version) not in {("", "v1"), ("apps", "v1")}
            or kind in {"DeleteOptions", "Status"}
        ):
            continue
        ours = set(_merged_paths(fields_of(f"{group}/{version}" if group else version, kind)))
        assert ours == set(_schema_paths(schemas, name)), kind
        compared += 1
    assert compared > 15


@pytest.fixture(scope="module")
def schemas() -> dict[str, Any]:
    """The schemas of core and apps, as a real server told them."""
    packed = (Path(__file__).parents[1] / "conformance" / "apiserver" / "exchanges.json.zst").read_bytes()
    exchanges = json.loads(zstandard.ZstdDecompressor().stream_reader(packed).read())
    bodies = [each["body"] for each in exchanges if each["name"] in {"openapi v3 apps/v1", "openapi v3 core v1"}]
    found: dict[str, Any] = {}
    for body in bodies:
        found |= (json.loads(body) if isinstance(body, str) else body)["components"]["schemas"]
    return found


def _merged_paths(fields: Any, at: str = "") -> Iterator[tuple[str, str]]:
    for name, how in fields.items():
        if isinstance(how, Merged):
            yield f"{at}.{name}", how.key
            yield from _merged_paths(how.fields, f"{at}.{name}[]")
        else:
            yield from _merged_paths(how, f"{at}.{name}")


def _schema_paths(schemas: dict[str, Any], name: str, at: str = "") -> Iterator[tuple[str, str]]:
    for field, about in schemas[name].get("properties", {}).items():
        is_merged = "merge" in about.get("x-kubernetes-patch-strategy", "").split(",")
        below = about.get("items", {}) if about.get("type") == "array" else about
        inside = next((part["$ref"] for part in (below, *below.get("allOf", [])) if "$ref" in part), "")
        if is_merged:
            yield f"{at}.{field}", about.get("x-kubernetes-patch-merge-key", "")
        if inside and "JSONSchemaProps" not in inside and (is_merged or about.get("type") != "array"):
            path = f"{at}.{field}[]" if is_merged else f"{at}.{field}"
            yield from _schema_paths(schemas, inside.rpartition("/")[2], path)


def _undated(node: Any) -> Any:
    """Without times of day, which a recording of kwok does not have, and nulls, which in a patch take away."""
    if isinstance(node, dict):
        return {name: _undated(value) for name, value in node.items() if value is not None}
    if isinstance(node, list):
        return [_undated(value) for value in node]
    is_time = isinstance(node, str) and node[:2] == "20" and node.endswith("Z")
    return "a time" if is_time else node
