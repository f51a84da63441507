"""Tables: what a viewer is told of rows that come, alter and go."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from visualizer.tables import Row, Table, patch, squash


class Fruit(Row, frozen=True, kw_only=True):
    """A row to try things with."""

    colour: str


def fruit(name: str, colour: str = "green") -> Fruit:
    """One row."""
    return Fruit(id=name, colour=colour)


def test_what_was_touched_is_told_once_and_as_it_is_now() -> None:
    table: Table[Fruit] = Table()
    table.put(fruit("apple"))
    table.put(fruit("apple", "red"))
    table.put(fruit("pear"))
    assert table.drain() == {"apple": fruit("apple", "red"), "pear": fruit("pear")}
    assert table.drain() == {}


def test_an_equal_row_touches_nothing_and_the_old_one_stays() -> None:
    table: Table[Fruit] = Table()
    first = fruit("apple")
    table.put(first)
    table.drain()
    table.put(fruit("apple"))
    assert table.drain() == {}
    assert table.rows["apple"] is first


def test_a_row_that_is_gone_is_told_as_none() -> None:
    table: Table[Fruit] = Table()
    table.put(fruit("apple"))
    table.drain()
    table.put(fruit("apple", "red"))
    table.remove("apple")
    assert table.drain() == {"apple": None}


def test_a_row_that_came_back_is_told_as_it_is() -> None:
    table: Table[Fruit] = Table()
    table.put(fruit("apple"))
    table.drain()
    table.remove("apple")
    table.put(fruit("apple", "red"))
    table.remove("apple")
    assert table.drain() == {"apple": None}


def test_what_comes_and_goes_unseen_is_not_remembered() -> None:
    table: Table[Fruit] = Table()
    for number in range(1000):
        table.put(fruit(f"apple {number}"))
        table.put(fruit(f"apple {number}", "red"))
        table.remove(f"apple {number}")
    assert table.drain() == {}


def test_removing_what_is_not_there_does_nothing() -> None:
    table: Table[Fruit] = Table()
    table.remove("apple")
    assert table.drain() == {}


steps = st.lists(
    st.tuples(st.sampled_from(["put", "remove", "drain"]), st.sampled_from("abc"), st.sampled_from(["red", "green"])),
    max_size=40,
)


@given(steps)
def test_snapshots_patched_by_squashed_deltas_are_the_table(history: list[tuple[str, str, str]]) -> None:
    table: Table[Fruit] = Table()
    squashed: dict[str, dict[str, Row | None]] = {"fruit": {}}
    for what, name, colour in history:
        if what == "put":
            table.put(fruit(name, colour))
        elif what == "remove":
            table.remove(name)
        else:
            squashed = dict(squash(squashed, {"fruit": table.drain()}))
    squashed = dict(squash(squashed, {"fruit": table.drain()}))
    assert patch({}, squashed)["fruit"] == table.rows
