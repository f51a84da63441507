"""Checks: whether the API server is alive and ready, check by check.

``/livez?verbose`` and ``/readyz?verbose`` answer a line for each check, with 500 where one fails
(https://kubernetes.io/docs/reference/using-api/health-checks/).
"""

from __future__ import annotations

import re
from typing import Final

from visualizer.kube.polls.asking import Asked
from visualizer.kube.polls.results import Check, Checks, Outcome
from visualizer.kube.transport import refusal_of

_LINE: Final = re.compile(r"\[([+-])\](\S+) ?(.*)")


async def livez(asked: Asked) -> Outcome:
    """Whether the server is alive: if not, it is restarted."""
    return await _ask(asked, "/livez")


async def readyz(asked: Asked) -> Outcome:
    """Whether the server is ready: if not, it gets no requests."""
    return await _ask(asked, "/readyz")


async def _ask(asked: Asked, path: str) -> Outcome:
    answer = await asked.transport.ask(path, {"verbose": ""})
    checks = read(answer.body.decode(errors="replace"))
    if not checks.checks and (refusal := refusal_of(answer)):
        raise refusal
    if not checks.checks:
        return Outcome("unreachable", f"{path} answered {answer.status} and named no check.")
    if answer.status == 200:
        return Outcome("ok", result=checks)
    failing = ", ".join(check.name for check in checks.checks if not check.is_ok)
    return Outcome("failing", f"{path} fails: {failing or f'{answer.status}'}.", checks)


def read(text: str) -> Checks:
    """The checks in a verbose answer. A check that was left out of the verdict counts as fine, as it does there."""
    found = []
    for sign, name, said in _LINE.findall(text):
        is_ok = sign == "+"
        found.append(Check(name, is_ok, "" if is_ok else said.removeprefix("failed: ")))
    return Checks(found, sum(not check.is_ok for check in found))
