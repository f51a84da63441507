"""Served: which groups and resources the API server offers, and what of that is new or gone."""

from __future__ import annotations

from collections import Counter

from visualizer.kube.discovery import discover
from visualizer.kube.polls.asking import Asked
from visualizer.kube.polls.results import GroupVersion, Outcome, Served


async def ask(asked: Asked) -> Outcome:
    """What discovery says; a warning where the server of a group does not answer."""
    found = await discover(asked.transport)
    resources = sorted(found.resources)
    before = asked.before.resources if isinstance(asked.before, Served) else resources
    counts = Counter(name.rpartition("/")[0] for name in resources)
    served = Served(
        groups=[GroupVersion(name, count) for name, count in sorted(counts.items())],
        resources=resources,
        appeared=sorted(set(resources) - set(before)),
        disappeared=sorted(set(before) - set(resources)),
        missing=found.missing,
    )
    if not found.missing:
        return Outcome("ok", result=served)
    return Outcome("warning", f"What serves {', '.join(sorted(found.missing))} does not answer.", served)
