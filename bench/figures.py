"""What a bench gives: figures, each with its target and, where it makes sense, a baseline measured in the same run."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Figure:
    """One row of the table. ``target`` is in words; ``met`` says whether it is held (None: there is none)."""

    name: str
    value: str
    target: str
    met: bool | None
    baseline: str = "—"
    ratio: str = "—"


def table(figures: Iterable[Figure]) -> str:
    """The figures as an aligned table."""
    rows = [("what", "figure", "target", "met", "baseline of the same run", "ratio")]
    words = {True: "yes", False: "NO", None: "—"}
    rows += [(f.name, f.value, f.target, words[f.met], f.baseline, f.ratio) for f in figures]
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
    return "\n".join([lines[0], "  ".join("─" * width for width in widths), *lines[1:]])


def percentile(samples: Iterable[float], share: float) -> float:
    """The smallest sample that is not less than this share of all samples (nearest rank)."""
    ordered = sorted(samples)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]
