"""Histograms, as Prometheus' text has them: how many took at most so long, for a few lengths of time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Histogram:
    """``buckets`` are upper bounds in seconds, rising, the last infinite, each with how many took at most that long."""

    buckets: tuple[tuple[float, int], ...]
    sum_seconds: float

    @property
    def count(self) -> int:
        """How many there are in all."""
        return self.buckets[-1][1] if self.buckets else 0

    def to_lists(self) -> list[list[float]]:
        """As JSON can have it: bound (0 for infinite) and count of each bucket, and the sum at last."""
        pairs = [[0.0 if bound == float("inf") else bound, float(count)] for bound, count in self.buckets]
        return [*pairs, [self.sum_seconds]]

    @classmethod
    def from_lists(cls, lists: Sequence[Sequence[float]]) -> Histogram:
        """What :meth:`to_lists` made this of."""
        *pairs, (total,) = lists
        return cls(tuple((bound or float("inf"), int(count)) for bound, count in pairs), total)


def since(whole: Histogram, before: Histogram) -> Histogram | None:
    """What came to the histogram since it was ``before``; None where the two do not fit together."""
    if [bound for bound, _ in whole.buckets] != [bound for bound, _ in before.buckets]:
        return None
    counts = [
        (bound, count - earlier) for (bound, count), (_, earlier) in zip(whole.buckets, before.buckets, strict=True)
    ]
    if any(count < 0 for _, count in counts):
        return None
    return Histogram(tuple(counts), max(0.0, round(whole.sum_seconds - before.sum_seconds, 6)))


def quantile(histogram: Histogram, share: float) -> float:
    """How long this share of them took at most, in seconds, as Prometheus' ``histogram_quantile`` reckons it.

    Within a bucket they are taken to be spread evenly; above the last finite bound nothing more is known.
    """
    rank = share * histogram.count
    lower, below = 0.0, 0
    for bound, count in histogram.buckets:
        if count >= rank and count > below:
            if bound == float("inf"):
                return lower
            return round(lower + (bound - lower) * (rank - below) / (count - below), 6)
        lower, below = (bound, count) if bound != float("inf") else (lower, count)
    return lower
