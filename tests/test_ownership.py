"""Who owns which field: real objects' managedFields, and made-up ones, read as the API server writes them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import zstandard
from hypothesis import given
from hypothesis import strategies as st

from visualizer.ownership import Manager, find_owners, read_managers

DEMOS = Path(__file__).parents[1] / "demos"
NOT_MANAGED = {
    "apiVersion",
    "kind",
    "metadata.creationTimestamp",
    "metadata.deletionGracePeriodSeconds",
    "metadata.deletionTimestamp",
    "metadata.generation",
    "metadata.managedFields",
    "metadata.name",
    "metadata.namespace",
    "metadata.resourceVersion",
    "metadata.selfLink",
    "metadata.uid",
}
"""What the API server keeps no owner of (stripMeta of apimachinery's managedfields, and what deletion sets)."""


def recorded_objects(recording: str, resource: str) -> Iterator[dict]:
    """Every state of every object of one resource that a shipped recording shows."""
    packed = (DEMOS / recording / "recording.jsonl.zst").read_bytes()
    for line in zstandard.ZstdDecompressor().stream_reader(packed).readall().splitlines():
        frame = json.loads(line)
        if frame.get("resource") == resource:
            yield from frame.get("items") or ([frame["object"]] if "object" in frame else [])


def leaves(value: object, path: tuple = ()) -> Iterator[tuple]:
    if isinstance(value, dict) and value:
        for name, part in value.items():
            yield from leaves(part, (*path, name))
    elif isinstance(value, list) and value:
        for place, part in enumerate(value):
            yield from leaves(part, (*path, place))
    else:
        yield path


def test_every_field_that_a_deployment_was_created_with_is_its_clients() -> None:
    created = next(
        each
        for each in recorded_objects("deploy", "apps/v1/deployments")
        if each["metadata"]["name"] == "hello" and len(each["metadata"]["managedFields"]) == 1
    )
    owners = find_owners(created, read_managers(created))
    for path in leaves(created):
        dotted = ".".join(map(str, path[:2]))
        if dotted in NOT_MANAGED or path[0] in NOT_MANAGED or path[0] == "status":
            continue
        assert owners.get(path) == (0,), path


def test_a_ready_pod_is_its_controllers_and_its_kubelets_and_nobody_owns_where_it_runs() -> None:
    ready = next(
        each
        for each in recorded_objects("deploy", "v1/pods")
        if each["metadata"]["name"].startswith("hello") and each["status"].get("podIP")
    )
    managers = read_managers(ready)
    owners = find_owners(ready, managers)

    def who(*path: str | int) -> list[str]:
        return [f"{managers[index].manager}/{managers[index].subresource}" for index in owners.get(path, ())]

    assert who("spec", "containers", 0, "image") == ["kube-controller-manager/"]
    assert who("metadata", "ownerReferences", 0, "uid") == ["kube-controller-manager/"]
    assert who("metadata", "labels", "app") == ["kube-controller-manager/"]
    assert who("status", "podIP") == ["kubelet/status"]
    assert who("status", "conditions", 0, "type") == ["kubelet/status"]
    assert who("status", "podIPs", 0, "ip") == ["kubelet/status"]
    assert who("spec", "nodeName") == []
    assert who("metadata", "name") == []


def test_no_recorded_entry_names_a_field_that_is_not_found_where_the_object_has_it() -> None:
    """Counted the other way round: walk each entry's own trie, and see that each of its members found its owner."""
    for resource in ("v1/pods", "v1/nodes", "apps/v1/deployments", "v1/services"):
        for each in recorded_objects("rolling-update", resource):
            managers = read_managers(each)
            owners = find_owners(each, managers)
            for index, manager in enumerate(managers):
                for path in members(each, manager.fields):
                    assert index in owners[path], (each["metadata"]["name"], path)


def members(value: object, trie: dict, path: tuple = ()) -> Iterator[tuple]:
    """The paths that a trie names in a value, read naively: one key at a time, over all items."""
    for name, deeper in trie.items():
        sort, _, text = name.partition(":")
        if sort == "f":
            found = [text] if isinstance(value, dict) and text in value else []
        elif sort == "k":
            wanted = json.loads(text)
            found = [
                i
                for i, item in enumerate(value)
                if isinstance(item, dict) and all(item.get(key) == it for key, it in wanted.items())
            ]
        elif sort == "v":
            found = [i for i, item in enumerate(value) if item == json.loads(text)]
        else:
            continue
        for key in found:
            if not deeper or "." in deeper:
                yield (*path, key)
            yield from members(value[key], deeper, (*path, key))


def test_a_value_owned_as_a_whole_is_its_owners_with_all_that_is_in_it() -> None:
    obj = {"spec": {"selector": {"matchLabels": {"app": "a"}}, "args": ["x", "y"]}}
    whole = Manager("kubectl", "Update", "", "", {"f:spec": {"f:selector": {}, "f:args": {}}})
    owners = find_owners(obj, [whole])
    assert owners[("spec", "selector", "matchLabels", "app")] == (0,)
    assert owners[("spec", "args", 1)] == (0,)


def test_a_map_whose_keys_have_owners_of_their_own_is_not_owned_as_a_whole() -> None:
    obj = {"metadata": {"labels": {"a": "1", "b": "2"}}}
    first = Manager("one", "Apply", "", "", {"f:metadata": {"f:labels": {}}})
    second = Manager("two", "Apply", "", "", {"f:metadata": {"f:labels": {"f:a": {}}}})
    owners = find_owners(obj, [first, second])
    assert owners[("metadata", "labels")] == (0,)
    assert owners[("metadata", "labels", "a")] == (1,)
    assert ("metadata", "labels", "b") not in owners


def test_a_field_may_have_several_owners() -> None:
    obj = {"spec": {"replicas": 3}}
    both = [Manager(name, "Apply", "", "", {"f:spec": {"f:replicas": {}}}) for name in ("one", "two")]
    assert find_owners(obj, both) == {("spec", "replicas"): (0, 1)}


FIELDS = {
    "text": "a",
    "number": 1,
    "labels": {"a": "1", "app.kubernetes.io/name": "x", ".": "dot"},
    "finalizers": ["kubernetes.io/pvc", 'quo"te'],
    "ports": [{"port": 80, "protocol": "TCP"}, {"port": 80, "protocol": "UDP", "name": "dns"}],
    "containers": [{"name": "web", "image": "a", "env": [{"name": "A", "value": "1"}]}, {"name": "b", "image": "b"}],
}
KEYS = {"ports": ("port", "protocol"), "containers": ("name",), "env": ("name",)}


def granular_paths(value: object, path: tuple = ()) -> Iterator[tuple]:
    """Every field and item of FIELDS with the path element that means it."""
    if isinstance(value, dict):
        parts = [(name, f"f:{name}", part) for name, part in value.items()]
    elif isinstance(value, list):
        keys = KEYS.get(path[-1][0] if path else "", ())
        element = {
            place: f"k:{json.dumps({key: item[key] for key in keys})}" if keys else f"v:{json.dumps(item)}"
            for place, item in enumerate(value)
        }
        parts = [(place, element[place], item) for place, item in enumerate(value)]
    else:
        parts = []
    for key, name, part in parts:
        here = (*path, (key, name))
        yield here
        yield from granular_paths(part, here)


ALL = list(granular_paths(FIELDS))


def write_trie(paths: set[tuple]) -> dict:
    """The fieldsV1 of these paths: a thing and what is in it are told apart by a dot."""
    trie: dict = {}
    for path in paths:
        at = trie
        for _, name in path:
            at = at.setdefault(name, {})
    for path in paths:
        at = trie
        for _, name in path:
            at = at[name]
        if at:
            at["."] = {}
    return trie


@given(st.lists(st.sets(st.sampled_from(ALL)), min_size=1, max_size=4))
def test_owners_are_read_back_as_they_were_given(given_paths: list[set[tuple]]) -> None:
    """Of maps and lists that nobody names a key of, the owner is also owner of what is in them."""
    managers = [Manager(str(n), "Apply", "", "", write_trie(paths)) for n, paths in enumerate(given_paths)]
    owners = find_owners(FIELDS, managers)
    named = set().union(*given_paths)
    for path in ALL:
        outer = [path[: n + 1] for n in range(len(path) - 1)]
        whole = next((each for each in outer if each in named and not is_named_in(each, named)), None)
        expected = tuple(n for n, paths in enumerate(given_paths) if (whole or path) in paths)
        assert owners.get(tuple(key for key, _ in path), ()) == expected


def is_named_in(path: tuple, named: set[tuple]) -> bool:
    return any(len(other) > len(path) and other[: len(path)] == path for other in named)


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(),
        lambda v: (
            st.lists(v)
            | st.dictionaries(st.sampled_from(["f:spec", "f:a", "k:{", 'k:{"a":1}', "v:1", "i:0", "i:x", ".", "x"]), v)
        ),
    )
)
def test_entries_of_any_shape_are_read_without_an_error(fields: object) -> None:
    obj = {"metadata": {"managedFields": [{"manager": "m", "fieldsV1": fields}, fields]}, "spec": {"a": [1, {"a": 1}]}}
    find_owners(obj, read_managers(obj))
