"""Label selectors, as the API server and controllers match them (apimachinery's labels and meta/v1 helpers)."""

from __future__ import annotations

from collections.abc import Mapping

from visualizer.objects import LabelSelector, SelectorRequirement

Labels = Mapping[str, str]


def matches_all(selector: Labels, labels: Labels) -> bool:
    """Whether labels have everything that a Service's selector asks for. An empty selector selects nothing there."""
    return bool(selector) and all(labels.get(key) == value for key, value in selector.items())


def matches(selector: LabelSelector, labels: Labels) -> bool:
    """Whether a LabelSelector selects these labels; an empty one selects all. An operator that is unknown does not."""
    wanted = selector.match_labels or {}
    if any(labels.get(key) != value for key, value in wanted.items()):
        return False
    return all(_meets(requirement, labels) for requirement in selector.match_expressions or ())


def _meets(requirement: SelectorRequirement, labels: Labels) -> bool:
    value, values = labels.get(requirement.key), requirement.values or []
    if requirement.operator == "In":
        return value in values
    if requirement.operator == "NotIn":
        return value not in values
    if requirement.operator == "Exists":
        return value is not None
    return requirement.operator == "DoesNotExist" and value is None
