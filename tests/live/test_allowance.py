"""How much one viewer may say."""

from __future__ import annotations

from tests.live.test_playhead import Clock
from visualizer.live.allowance import Allowance


def test_a_second_of_messages_may_come_at_once_and_no_more() -> None:
    allowance = Allowance(50, clock=Clock())
    assert all(allowance.spend() for _ in range(50))
    assert not allowance.spend()


def test_a_steady_viewer_is_never_refused() -> None:
    clock = Clock()
    allowance = Allowance(50, clock=clock)
    for _ in range(500):
        clock.now += 1 / 49
        assert allowance.spend()


def test_what_is_not_said_in_an_hour_is_not_saved_up() -> None:
    clock = Clock()
    allowance = Allowance(50, clock=clock)
    clock.now += 3600
    assert sum(allowance.spend() for _ in range(1_000)) == 50


def test_a_faster_one_is_refused_in_the_end() -> None:
    clock = Clock()
    allowance = Allowance(50, clock=clock)
    said = 0
    while allowance.spend():
        clock.now += 1 / 60
        said += 1
        assert said < 1_000
    assert said > 250, "ten a second too many use up fifty in five seconds"
