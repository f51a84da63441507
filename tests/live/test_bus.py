"""Frames on their way from a log to its followers."""

from __future__ import annotations

from visualizer.live.bus import MAX_WAITING_BATCHES, Bus


async def test_every_follower_of_a_log_gets_its_frames_in_order() -> None:
    bus = Bus()
    with bus.subscribe(1) as first, bus.subscribe(1) as second, bus.subscribe(2) as other:
        bus.publish(1, [(1, b"a"), (2, b"b")])
        bus.publish(1, [(3, b"c")])
        bus.publish(2, [(9, b"z")])
        for subscription in (first, second):
            assert await subscription.next() == [(1, b"a"), (2, b"b")]
            assert subscription.take_all() == [[(3, b"c")]]
        assert await other.next() == [(9, b"z")]


async def test_who_has_left_gets_nothing_and_nothing_is_kept_of_it() -> None:
    bus = Bus()
    with bus.subscribe(1) as gone:
        pass
    bus.publish(1, [(1, b"a")])
    assert gone.take_all() == []
    assert not bus._subscriptions


async def test_who_is_too_slow_is_told_that_frames_are_missing() -> None:
    bus = Bus()
    with bus.subscribe(1) as slow:
        for seq in range(MAX_WAITING_BATCHES):
            bus.publish(1, [(seq, b"a")])
        assert not slow.forget_gap()
        bus.publish(1, [(MAX_WAITING_BATCHES, b"a")])
        assert len(slow.take_all()) == MAX_WAITING_BATCHES
        assert slow.forget_gap()
        assert not slow.forget_gap(), "once is enough"
