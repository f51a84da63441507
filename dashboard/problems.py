"""Problems: how the HTTP API says that something is not to be."""

from __future__ import annotations

from ninja import Schema


class ProblemOut(Schema):
    """What is wrong, in a sentence."""

    problem: str
