"""Words: a write in a few of them, the same wherever it is told."""

from __future__ import annotations

from visualizer.flow.aspects import BOUND, DELETING
from visualizer.flow.rows import Verb
from visualizer.flow.steps import Step


def say(verb: Verb, kind: str, name: str, *, subresource: str, bound_to: str, begins_deletion: bool) -> str:
    """The write in words: ``created Pod web-1``."""
    thing = f"{kind} {name}"
    if bound_to:
        return f"bound {thing} to {bound_to}"
    if verb == "updated" and begins_deletion:
        return f"began to delete {thing}"
    return f"{verb} {subresource} of {thing}" if subresource else f"{verb} {thing}"


def tell(step: Step) -> str:
    """A remembered write in words."""
    return say(
        step.verb,
        step.kind,
        step.name,
        subresource=step.subresource,
        bound_to=step.node if step.aspects & BOUND and step.verb == "updated" else "",
        begins_deletion=bool(step.aspects & DELETING),
    )


def duration(seconds: float) -> str:
    """A time that a person can take in: ``13 ms``, ``5.0 s``, ``3 min``."""
    if seconds < 1:
        return f"{seconds * 1000:.0f} ms"
    return f"{seconds:.1f} s" if seconds < 120 else f"{seconds / 60:.0f} min"
