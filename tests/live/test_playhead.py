"""The log's clock for one viewer."""

from __future__ import annotations

import pytest

from visualizer.live.playhead import Playhead


class Clock:
    """A clock that goes when it is told to."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def test_it_stands_until_it_is_played() -> None:
    clock = Clock()
    playhead = Playhead(50.0, clock=clock)
    clock.now += 10
    assert playhead.move() == 50.0
    assert not playhead.is_playing


def test_it_moves_as_fast_as_it_is_told() -> None:
    clock = Clock()
    playhead = Playhead(50.0, clock=clock)
    playhead.play(10.0)
    clock.now += 0.5
    assert playhead.move() == pytest.approx(55.0)
    clock.now += 0.5
    assert playhead.move() == pytest.approx(60.0)
    playhead.pause()
    clock.now += 5
    assert playhead.move() == pytest.approx(60.0)


def test_a_new_speed_counts_from_now_on() -> None:
    clock = Clock()
    playhead = Playhead(0.0, clock=clock)
    playhead.play(1.0)
    clock.now += 1
    playhead.move()
    playhead.play(100.0)
    clock.now += 1
    assert playhead.move() == pytest.approx(101.0)


def test_playing_goes_on_from_the_place_it_is_put_at() -> None:
    clock = Clock()
    playhead = Playhead(0.0, clock=clock)
    playhead.play(2.0)
    clock.now += 7
    playhead.place(1_000.0)
    clock.now += 1
    assert playhead.move() == pytest.approx(1_002.0)


@pytest.mark.parametrize("speed", [0.0, 0.05, 101.0, -1.0, float("nan")])
def test_a_speed_out_of_range_is_refused(speed: float) -> None:
    playhead = Playhead(0.0, clock=Clock())
    with pytest.raises(ValueError, match=r"from 0\.1 to 100 times"):
        playhead.play(speed)
    assert not playhead.is_playing
