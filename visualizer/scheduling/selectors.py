"""Selectors: whether labels are what a label selector, a node selector or a toleration asks for.

As apimachinery's ``labels.Selector`` and component-helpers' ``scheduling/corev1`` do it. An operator that is not known
matches nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from visualizer.objects import LabelSelector, Node, Taint
from visualizer.scheduling.asks import AskingSpec, NodeSelectorRequirement, NodeSelectorTerm, Toleration

Labels = Mapping[str, str]

_UNSCHEDULABLE: Final = Taint(key="node.kubernetes.io/unschedulable", effect="NoSchedule")
_MOST_DIGITS: Final = 19


def selects(selector: LabelSelector | None, labels: Labels) -> bool:
    """Whether a label selector matches. None matches nothing, an empty one everything."""
    if selector is None:
        return False
    if any(labels.get(key) != value for key, value in (selector.match_labels or {}).items()):
        return False
    return all(_holds(each.key, each.operator, each.values or (), labels) for each in selector.match_expressions or ())


def matches_node(spec: AskingSpec, node: Node) -> bool:
    """Whether a node is among those that the pod's nodeSelector and required node affinity allow."""
    return find_mismatch(spec, node) == ""


def find_mismatch(spec: AskingSpec, node: Node) -> str:
    """What of the pod's nodeSelector or required node affinity the node has not, in words; "" where it has all."""
    labels = node.metadata.labels or {}
    for key, value in (spec.node_selector or {}).items():
        if labels.get(key) != value:
            has = f"has {key}={labels[key]}" if key in labels else f"has no label {key}"
            return f"wants {key}={value}, {has}"
    affinity = spec.affinity.node_affinity if spec.affinity else None
    required = affinity.required_during_scheduling_ignored_during_execution if affinity else None
    if required is None:
        return ""
    terms = required.node_selector_terms or []
    if any(_is_term_met(term, node) for term in terms):
        return ""
    return " or ".join(_term_words(term, node) for term in terms) or "its node affinity has no term"


def tolerates(tolerations: Sequence[Toleration], taint: Taint) -> bool:
    """Whether one of them tolerates the taint. The operators Lt and Gt are behind a feature gate that is off."""
    return any(_is_tolerated_by(each, taint) for each in tolerations)


def tolerates_cordon(tolerations: Sequence[Toleration]) -> bool:
    """Whether the pod may go to a node that is marked unschedulable."""
    return tolerates(tolerations, _UNSCHEDULABLE)


def iter_untolerated(tolerations: Sequence[Toleration], node: Node) -> Iterator[Taint]:
    """The taints that keep the pod off the node. PreferNoSchedule keeps nobody off."""
    for taint in node.spec.taints or ():
        if taint.effect in ("NoSchedule", "NoExecute") and not tolerates(tolerations, taint):
            yield taint


def _is_tolerated_by(toleration: Toleration, taint: Taint) -> bool:
    if toleration.effect and toleration.effect != taint.effect:
        return False
    if toleration.key and toleration.key != taint.key:
        return False
    if toleration.operator == "Exists":
        return True
    return toleration.operator in ("", "Equal") and toleration.value == (taint.value or "")


def _is_term_met(term: NodeSelectorTerm, node: Node) -> bool:
    if not term.match_expressions and not term.match_fields:
        return False
    return not list(_iter_unmet(term, node))


def _iter_unmet(term: NodeSelectorTerm, node: Node) -> Iterator[NodeSelectorRequirement]:
    for each in term.match_expressions or ():
        if not _holds(each.key, each.operator, each.values or (), node.metadata.labels or {}):
            yield each
    for each in term.match_fields or ():
        is_known = each.key == "metadata.name" and each.operator in ("In", "NotIn")
        if not is_known or not _holds(each.key, each.operator, each.values or (), {each.key: node.metadata.name}):
            yield each


def _term_words(term: NodeSelectorTerm, node: Node) -> str:
    unmet = next(_iter_unmet(term, node), None)
    if unmet is None:
        return "a term of its node affinity is empty"
    labels = node.metadata.labels or {}
    has = f"has {labels[unmet.key]}" if unmet.key in labels else "has no such label"
    if unmet.key == "metadata.name":
        has = f"is {node.metadata.name}"
    return f"wants {unmet.key} {unmet.operator} {', '.join(unmet.values or ())}".rstrip() + f", {has}"


def _holds(key: str, operator: str, values: Sequence[str], labels: Labels) -> bool:
    if operator == "In":
        return key in labels and labels[key] in values
    if operator == "NotIn":
        return key not in labels or labels[key] not in values
    if operator == "Exists":
        return key in labels
    if operator == "DoesNotExist":
        return key not in labels
    if operator in ("Gt", "Lt") and key in labels and len(values) == 1:
        has, bound = _to_int(labels[key]), _to_int(values[0])
        if has is not None and bound is not None:
            return has > bound if operator == "Gt" else has < bound
    return False


def _to_int(text: str) -> int | None:
    """As Go's ParseInt: digits with a sign, within 64 bits."""
    digits = text[1:] if text[:1] in ("+", "-") else text
    if not (digits.isascii() and digits.isdigit()) or len(digits.lstrip("0")) > _MOST_DIGITS:
        return None
    number = int(text)
    return number if -(2**63) <= number < 2**63 else None
