"""Which write set a field: the same as comparing each pair of versions by hand."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from visualizer.provenance import Provenance


def settle(*versions: object) -> dict:
    """The writes of these versions, oldest first; the first is frame 1, which made the object."""
    provenance = Provenance(versions[-1])
    for seq in range(len(versions), 1, -1):
        provenance.follow(seq, versions[seq - 2])
    provenance.finish(1)
    return provenance.settled()


def test_a_field_was_set_by_the_write_after_which_it_never_altered() -> None:
    settled = settle(
        {"spec": {"replicas": 1, "image": "a"}},
        {"spec": {"replicas": 3, "image": "a"}},
        {"spec": {"replicas": 3, "image": "a"}, "status": {"ready": 0}},
        {"spec": {"replicas": 3, "image": "a"}, "status": {"ready": 3}},
    )
    assert settled == {
        ("spec",): 1,
        ("spec", "image"): 1,
        ("spec", "replicas"): 2,
        ("status",): 3,
        ("status", "ready"): 4,
    }


def test_a_value_that_came_back_was_set_when_it_came_back() -> None:
    assert settle({"a": 1}, {"a": 2}, {"a": 1})[("a",)] == 3


def test_an_item_is_followed_by_its_key_when_others_come_before_it() -> None:
    old, new = {"name": "web", "image": "a"}, {"name": "mesh", "image": "m"}
    settled = settle({"containers": [old]}, {"containers": [new, old]})
    assert settled[("containers", 1, "image")] == settled[("containers", 1)] == 1
    assert settled[("containers", 0)] == settled[("containers", 0, "name")] == 2


def test_an_item_of_a_set_is_followed_by_its_value() -> None:
    settled = settle({"finalizers": ["a", "b"]}, {"finalizers": ["b"]}, {"finalizers": ["c", "b"]})
    assert settled == {("finalizers",): 1, ("finalizers", 0): 3, ("finalizers", 1): 1}


def test_a_field_whose_value_became_a_map_was_set_then_as_a_whole() -> None:
    assert settle({"a": 1}, {"a": {"b": 1}}) == {("a",): 2, ("a", "b"): 2}


def test_what_is_older_than_the_log_has_no_write() -> None:
    provenance = Provenance({"a": 1, "b": 2})
    provenance.follow(7, {"a": 1})
    assert provenance.settled() == {("b",): 7}


names = st.sampled_from(["a", "b", "c"])
values = st.recursive(st.integers(0, 2), lambda inner: st.dictionaries(names, inner, max_size=3), max_leaves=6)


@given(st.lists(st.dictionaries(names, values, max_size=3), min_size=1, max_size=6))
def test_it_is_what_looking_each_path_up_in_each_version_tells(versions: list[dict]) -> None:
    settled = settle(*versions)

    def look(version: object, path: tuple) -> object:
        for name in path:
            if not isinstance(version, dict) or name not in version:
                return KeyError
            version = version[name]
        return "map" if isinstance(version, dict) else version

    def paths(value: object, path: tuple = ()) -> list[tuple]:
        inner = [(name, part) for name, part in value.items()] if isinstance(value, dict) else []
        return [path, *(each for name, part in inner for each in paths(part, (*path, name)))]

    for path in paths(versions[-1])[1:]:
        seen = [look(version, path) for version in versions]
        last = max((n for n in range(1, len(seen)) if seen[n] != seen[n - 1]), default=0)
        assert settled[path] == last + 1
    assert len(settled) == len(paths(versions[-1])) - 1
