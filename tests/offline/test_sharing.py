"""The pool gives back what was put into it, whatever it is called, and keeps once what comes twice."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from tests.offline.carried import fill
from visualizer.offline.sharing import Pool

NAMES = st.one_of(st.text(max_size=6), st.sampled_from(["$", "$$", "$x", "__proto__"]))
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**40), 2**40) | st.text(max_size=40),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(NAMES, inner, max_size=4),
    max_leaves=30,
)


@given(st.lists(VALUES, min_size=1, max_size=5))
def test_what_is_shared_comes_back(values: list[Any]) -> None:
    pool = Pool()
    numbers = [pool.share(value) for value in values]
    kept = json.loads(pool.encode())
    assert [fill(kept, kept[number]) for number in numbers] == values


def test_what_comes_twice_is_kept_once() -> None:
    pool = Pool()
    long = "one text that is longer than a reference to it"
    first = pool.share({"yaml": long, "seq": 1})
    kept = len(pool)
    assert pool.share({"yaml": long, "seq": 2}) != first
    assert len(pool) == kept + 1
    assert pool.share({"yaml": long, "seq": 1}) == first
    assert bytes(pool.encode()).count(b"one text") == 1
