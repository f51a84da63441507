"""What waits for one socket: bounded, in order, and always enough for the whole picture."""

from __future__ import annotations

from unittest import mock

from hypothesis import given
from hypothesis import strategies as st

from tests.live.picture import Page, plain, rows_of
from visualizer.live import outbox as outboxes
from visualizer.live import wire
from visualizer.live.encoding import Encoded, encode_message, encode_snapshot, join_texts
from visualizer.live.outbox import MAX_ANSWERS, MAX_WAITING_ROWS, Backlog, Outbox, SnapshotWish, Update
from visualizer.nodes.rows import OwnerRow
from visualizer.tables import Delta, Snapshot, patch


def row(name: str, ready: int = 0) -> OwnerRow:
    return OwnerRow(id=name, kind="Job", namespace="", name=name, owner="", wanted=1, ready=ready, created="")


def update(base: int, delta: Delta) -> Update:
    return Update("nodes", delta, base=base, seq=base + 1, ts=float(base + 1))


def moved(seq: int) -> wire.Moved:
    return wire.Moved(seq=seq, ts=0.0, mode="live", speed=1.0, last_seq=seq, last_ts=0.0)


class Sender:
    """Takes from an outbox as a socket would, and shows what it took on a page."""

    def __init__(self, outbox: Outbox) -> None:
        self.outbox, self.page = outbox, Page()

    def send(self, seq: int, snapshot: Snapshot) -> None:
        """Everything that waits; a snapshot shows the diagram as it is now, at this place."""
        for waiting in self.outbox.take():
            self.page.take(self.encoded(waiting, seq, snapshot))

    def encoded(self, waiting: object, seq: int, snapshot: Snapshot) -> Encoded:
        if isinstance(waiting, SnapshotWish):
            self.outbox.grant(waiting.diagram)
            return encode_snapshot(waiting.diagram, snapshot, seq=seq, ts=float(seq))
        if isinstance(waiting, Update | Backlog):
            return waiting.encoded()
        assert isinstance(waiting, wire.Moved)
        return encode_message(waiting)


_deltas = st.dictionaries(
    st.sampled_from(["owners", "pods"]),
    st.dictionaries(
        st.sampled_from("abcd"),
        st.one_of(st.none(), st.builds(row, st.sampled_from("abcd"), st.integers(0, 9))),
        max_size=4,
    ).map(lambda rows: {key: None if kept is None else row(key, kept.ready or 0) for key, kept in rows.items()}),
)


@given(deltas=st.lists(_deltas, max_size=30), sent_after=st.sets(st.integers(0, 29)), limit=st.sampled_from([2, 1_000]))
def test_whatever_is_squashed_the_viewers_picture_ends_as_the_diagram_is(
    deltas: list[Delta], sent_after: set[int], limit: int
) -> None:
    snapshot: Snapshot = {"owners": {"a": row("a")}}
    outbox = Outbox()
    sender = Sender(outbox)
    outbox.wish_snapshot("nodes")
    sender.send(0, snapshot)
    with mock.patch.object(outboxes, "MAX_WAITING_ROWS", limit):
        for number, delta in enumerate(deltas):
            snapshot = patch(snapshot, delta)
            outbox.update(update(number, delta))
            if number in sent_after:
                sender.send(number + 1, snapshot)
                assert sender.page.shows("nodes") == plain(snapshot)
    sender.send(len(deltas), snapshot)
    assert sender.page.shows("nodes") == plain(snapshot)
    assert sender.page.seqs["nodes"] == len(deltas)


def test_a_viewer_far_behind_gets_a_snapshot_instead() -> None:
    outbox = Outbox()
    half = {"owners": {str(number): row(str(number)) for number in range(MAX_WAITING_ROWS * 2 // 3)}}
    other = {"owners": {f"more-{number}": row(str(number)) for number in range(MAX_WAITING_ROWS * 2 // 3)}}
    outbox.update(update(1, half))
    outbox.update(update(2, other))
    assert outbox.take() == [SnapshotWish("nodes")]


def test_one_large_delta_is_sent_as_it_is() -> None:
    outbox = Outbox()
    large = update(1, {"owners": {str(number): row(str(number)) for number in range(MAX_WAITING_ROWS * 3)}})
    outbox.update(large)
    assert outbox.take() == [large]


def test_deltas_behind_a_wished_snapshot_are_part_of_it() -> None:
    outbox = Outbox()
    outbox.wish_snapshot("nodes")
    outbox.update(update(1, {"owners": {"a": row("a")}}))
    assert outbox.take() == [SnapshotWish("nodes")]
    outbox.update(update(2, {"owners": {"b": row("b")}}))
    assert outbox.take() == [SnapshotWish("nodes")], "it has not been granted yet"
    outbox.grant("nodes")
    assert outbox.take() == []


def test_what_altered_since_a_shared_snapshot_follows_on_it() -> None:
    outbox = Outbox()
    outbox.wish_snapshot("nodes")
    since = update(1, {"owners": {"a": row("a")}})
    outbox.grant("nodes", since)
    outbox.update(update(2, {"owners": {"b": row("b")}}))
    (waiting,) = outbox.take()
    page = Page()
    page.take(encode_snapshot("nodes", {"owners": {}}, seq=1, ts=1.0))
    assert isinstance(waiting, Backlog)
    page.take(waiting.encoded())
    assert set(page.shows("nodes")["owners"]) == {"a", "b"}
    assert page.seqs["nodes"] == 3


def test_an_update_shared_by_many_is_encoded_once_and_never_altered() -> None:
    first, second = update(1, {"owners": {"a": row("a")}}), update(2, {"owners": {"b": row("b")}})
    encoded = first.encoded()
    for _ in range(3):
        outbox = Outbox()
        outbox.update(first)
        outbox.update(second)
    assert first.encoded() is encoded
    assert set(first.delta["owners"]) == {"a"}


def test_a_diagram_does_not_wait_for_another_that_always_alters() -> None:
    outbox = Outbox()
    for number in range(1, 4):
        outbox.update(Update("flow", {}, base=number, seq=number + 1, ts=0.0))
        outbox.update(Update("nodes", {}, base=number, seq=number + 1, ts=0.0))
        taken = [waiting.diagram for waiting in outbox.take() if isinstance(waiting, Update | Backlog)]
        assert taken == ["flow", "nodes"]


def test_the_place_is_sent_after_the_pictures_that_lead_to_it_and_only_the_latest() -> None:
    outbox = Outbox()
    outbox.move(moved(1))
    outbox.update(update(1, {}))
    outbox.move(moved(2))
    outbox.answer(wire.Problem(text="no", id=7))
    kinds = [type(waiting).__name__ for waiting in outbox.take()]
    assert kinds == ["str", "Update", "Moved"]
    assert outbox.take() == []


def test_a_viewer_that_asks_and_does_not_read_is_overfull_in_the_end() -> None:
    outbox = Outbox()
    for number in range(MAX_ANSWERS):
        outbox.answer(wire.Problem(text="no", id=number))
    assert not outbox.is_overfull
    outbox.answer(wire.Problem(text="no", id=MAX_ANSWERS))
    assert outbox.is_overfull
    assert len(outbox.take()) == MAX_ANSWERS + 1, "and yet no answer is dropped"
    assert not outbox.is_overfull


async def test_who_makes_large_answers_waits_until_those_before_are_taken() -> None:
    outbox = Outbox()
    await outbox.wait_room()
    outbox.answer(wire.Problem(text="no", id=1))
    assert not outbox._room.is_set()
    outbox.take()
    await outbox.wait_room()


def test_a_forgotten_diagram_is_not_sent() -> None:
    outbox = Outbox()
    outbox.update(update(1, {"owners": {"a": row("a")}}))
    outbox.forget("nodes")
    assert outbox.take() == []


def test_a_table_travels_column_by_column() -> None:
    page = Page()
    page.take(encode_snapshot("nodes", {"owners": {}}, seq=1, ts=1.0))
    told = page.take(update(1, {"owners": {"a": row("a", 2), "b": None}}).encoded())
    assert told["tables"]["owners"]["ids"] == ["a"]
    assert told["tables"]["owners"]["removed"] == ["b"]
    assert rows_of(told["tables"]["owners"])["a"]["ready"] == 2


def test_texts_that_are_sent_together_are_read_one_by_one() -> None:
    page, texts = Page(), [encode_message(wire.Problem(text=text, id=1)) for text in ("one", "[two", 'th"ree')]
    page.take(join_texts([text for text in texts if isinstance(text, str)]))
    page.take(join_texts([str(texts[0])]))
    assert [told["text"] for told in page.heard] == ["one", "[two", 'th"ree', "one"]
