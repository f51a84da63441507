"""Differences between two versions of an object."""

from __future__ import annotations

import copy
import json
from functools import cache
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.cluster import DEMOS
from visualizer.differences import Difference, Json, is_same, iter_differences, tell_path
from visualizer.log.recording import Limits, iter_lines


def differ(old: Json, new: Json) -> list[tuple[str, Json, Json]]:
    """Every difference, plainly."""
    return [(each.path, each.old, each.new) for each in iter_differences(old, new)]


class TestFields:
    def test_what_is_equal_does_not_differ(self) -> None:
        assert differ({"spec": {"replicas": 3}}, {"spec": {"replicas": 3}}) == []

    def test_a_value_differs_at_its_path(self) -> None:
        assert differ({"spec": {"replicas": 3}}, {"spec": {"replicas": 5}}) == [("spec.replicas", 3, 5)]

    def test_what_comes_or_goes_is_told_as_a_whole(self) -> None:
        old = {"spec": {"nodeSelector": {"disk": "ssd", "zone": "a"}}}
        new = {"spec": {"nodeName": "node-1"}}
        assert differ(old, new) == [
            ("spec.nodeSelector", {"disk": "ssd", "zone": "a"}, None),
            ("spec.nodeName", None, "node-1"),
        ]

    def test_a_null_is_no_field(self) -> None:
        assert differ({"a": None, "b": 1}, {"b": 1}) == []
        assert differ({"a": None}, {"a": 1}) == [("a", None, 1)]

    def test_names_that_are_no_words_are_quoted(self) -> None:
        old, new = {"labels": {"app.kubernetes.io/name": "a"}}, {"labels": {"app.kubernetes.io/name": "b", 'x"]': "c"}}
        assert differ(old, new) == [
            ('labels["app.kubernetes.io/name"]', "a", "b"),
            ('labels["x\\"]"]', None, "c"),
        ]

    def test_true_is_not_one_and_one_is_not_one_point_nought(self) -> None:
        assert differ({"a": True, "b": 1}, {"a": 1, "b": 1.0}) == [("a", True, 1), ("b", 1, 1.0)]

    def test_a_value_of_another_type_is_told_as_a_whole(self) -> None:
        assert differ({"a": {"b": 1}}, {"a": [1]}) == [("a", {"b": 1}, [1])]

    def test_what_every_write_alters_is_left_out_unless_asked_for(self) -> None:
        old = {"metadata": {"resourceVersion": "1", "managedFields": [{"manager": "a"}], "name": "a"}}
        new = {"metadata": {"resourceVersion": "2", "managedFields": [], "name": "a"}}
        assert differ(old, new) == []
        assert [each.path for each in iter_differences(old, new, left_out=())] == [
            "metadata.resourceVersion",
            "metadata.managedFields[0]",
        ]

    def test_only_the_objects_own_metadata_is_left_out(self) -> None:
        old, new = ({"spec": {"template": {"metadata": {"resourceVersion": each}}}} for each in "12")
        assert differ(old, new) == [("spec.template.metadata.resourceVersion", "1", "2")]

    def test_fields_come_in_the_objects_order(self) -> None:
        old = {"b": {"x": 1, "y": 1}, "a": 1}
        new = {"c": 1, "a": 2, "b": {"y": 2, "x": 2}}
        assert [path for path, _, _ in differ(old, new)] == ["b.x", "b.y", "a", "c"]

    def test_nesting_as_deep_as_a_decoder_allows_is_followed(self) -> None:
        def nest(value: Json) -> Json:
            for _ in range(5_000):
                value = {"a": [value]}
            return value

        (difference,) = iter_differences(nest(1), nest(2))
        assert (difference.old, difference.new) == (1, 2)
        assert difference.path.startswith("a[0].a[0].a[0]")


class TestLists:
    @pytest.mark.parametrize(
        ("field", "key", "path"),
        [
            ("containers", {"name": "web"}, "containers[name=web]"),
            ("env", {"name": "PATH"}, "env[name=PATH]"),
            ("conditions", {"type": "Ready"}, "conditions[type=Ready]"),
            ("tolerations", {"key": "a/b.c"}, "tolerations[key=a/b.c]"),
            ("taints", {"key": "a", "effect": "NoExecute"}, "taints[key=a,effect=NoExecute]"),
            ("podIPs", {"ip": "10.244.0.4"}, "podIPs[ip=10.244.0.4]"),
            ("hostAliases", {"ip": "fd00::1"}, "hostAliases[ip=fd00::1]"),
            ("addresses", {"type": "InternalIP", "address": "10.0.0.1"}, "addresses[type=InternalIP,address=10.0.0.1]"),
            ("ports", {"containerPort": 80, "protocol": "TCP"}, "ports[containerPort=80,protocol=TCP]"),
            ("ports", {"port": 80, "protocol": "UDP"}, "ports[port=80,protocol=UDP]"),
            ("ownerReferences", {"uid": "1-2", "name": "web"}, "ownerReferences[uid=1-2]"),
            ("volumeMounts", {"mountPath": "/tmp", "name": "a"}, "volumeMounts[mountPath=/tmp]"),
            ("containers", {"name": "a b"}, 'containers[name="a b"]'),
        ],
    )
    def test_items_are_matched_as_kubernetes_matches_them(self, field: str, key: dict[str, Json], path: str) -> None:
        other = {name: 1 if isinstance(value, int) else f"other-{value}" for name, value in key.items()}
        old = {field: [{**key, "x": 1}, {**other, "x": 1}]}
        assert differ(old, {field: [{**other, "x": 1}, {**key, "x": 2}]}) == [(f"{path}.x", 1, 2)]
        assert differ(old, {field: [{**other, "x": 1}]}) == [(path, {**key, "x": 1}, None)]

    def test_one_image_is_one_difference(self) -> None:
        def deployment(image: str) -> Json:
            containers: Json = [{"name": "log", "image": "log:1"}, {"name": "web", "image": image}]
            return {"spec": {"template": {"spec": {"containers": containers}}}}

        assert differ(deployment("web:1"), deployment("web:2")) == [
            ("spec.template.spec.containers[name=web].image", "web:1", "web:2")
        ]

    def test_a_key_that_two_items_share_is_none(self) -> None:
        old: Json = {"env": [{"name": "A", "value": "1"}, {"name": "A", "value": "2"}]}
        new: Json = {"env": [{"name": "A", "value": "1"}, {"name": "A", "value": "3"}]}
        assert differ(old, new) == [("env[1].value", "2", "3")]

    def test_two_mounts_of_one_volume_are_two(self) -> None:
        old: Json = {"volumeMounts": [{"name": "v", "mountPath": "/a"}, {"name": "v", "mountPath": "/b"}]}
        new: Json = {"volumeMounts": [{"name": "v", "mountPath": "/b", "readOnly": True}]}
        assert differ(old, new) == [
            ("volumeMounts[mountPath=/a]", {"name": "v", "mountPath": "/a"}, None),
            ("volumeMounts[mountPath=/b].readOnly", None, True),
        ]

    @pytest.mark.parametrize(
        ("old", "new", "differences"),
        [
            (["a", "b"], ["a", "c"], [("args[1]", "b", "c")]),
            (["a", "b", "c"], ["b", "c"], [("args[0]", "a", None)]),
            (["a", "c"], ["a", "b", "c"], [("args[1]", None, "b")]),
            (["a", "a"], ["a"], [("args[1]", "a", None)]),
            ([], ["a", "b"], [("args[0]", None, "a"), ("args[1]", None, "b")]),
            ([{"x": 1}, {"x": 2}], [{"x": 1}, {"x": 3}], [("args[1].x", 2, 3)]),
            ([["a"], []], [["b"], []], [("args[0][0]", "a", "b")]),
        ],
    )
    def test_items_without_a_key_are_matched_by_place(
        self, old: list[Json], new: list[Json], differences: list[Any]
    ) -> None:
        assert differ({"args": old}, {"args": new}) == differences


json_values = st.recursive(
    st.booleans() | st.integers(-3, 3) | st.sampled_from(["", "a", "b"]) | st.sampled_from([0.0, 1.0]),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(["x", "y", "a.b"]), inner, max_size=3),
    max_leaves=12,
)


@given(json_values, json_values)
def test_there_is_a_difference_just_where_two_values_are_not_the_same(old: Json, new: Json) -> None:
    assert bool(differ(old, new)) != is_same(old, new)
    assert is_same(old, new) == (json.dumps(old, sort_keys=True) == json.dumps(new, sort_keys=True))


@given(json_values, json_values)
def test_the_way_back_is_the_way_there_turned_round(old: Json, new: Json) -> None:
    there = sorted(map(repr, iter_differences(old, new)))
    back = sorted(repr(Difference(each.path, each.new, each.old)) for each in iter_differences(new, old))
    assert there == back


@cache
def versions() -> list[dict[str, Any]]:
    """Every object of a watch event of one recording, as it came."""
    with (DEMOS / "node-failure" / "recording.jsonl.zst").open("rb") as stream:
        frames = [json.loads(line) for _, line in iter_lines(stream, Limits())]
    return [frame["object"] for frame in frames if frame["kind"] == "event"]


def leaves(value: Any, place: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The place of every text and number, as keys and indices."""
    if isinstance(value, dict):
        return [leaf for name, inner in value.items() for leaf in leaves(inner, (*place, name))]
    if isinstance(value, list):
        return [leaf for index, inner in enumerate(value) for leaf in leaves(inner, (*place, index))]
    return [place]


@given(st.data())
def test_one_altered_value_of_a_real_object_is_found_and_nothing_else(data: st.DataObject) -> None:
    old = data.draw(st.sampled_from(versions()))
    old = {**old, "metadata": {name: part for name, part in old["metadata"].items() if name != "managedFields"}}
    *place, last = data.draw(st.sampled_from([leaf for leaf in leaves(old) if leaf[-1] != "resourceVersion"]))
    new = copy.deepcopy(old)
    holder = new
    for step in place:
        holder = holder[step]
    before, holder[last] = holder[last], "another value"
    found = differ(old, new)
    if len(found) == 2:  # a key was altered: one item went and another came
        assert [None in (each[1], each[2]) for each in found] == [True, True]
    else:
        assert [(each[1], each[2]) for each in found] == [(before, "another value")]
        assert found[0][0] == tell_path(new, (*place, last))
