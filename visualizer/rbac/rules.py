"""Rules and roles, made ready to be asked often whether they allow an action.

Mirrors ``VerbMatches``, ``APIGroupMatches``, ``ResourceMatches``, ``ResourceNameMatches`` and ``NonResourceURLMatches``
of Kubernetes (pkg/apis/rbac/v1/evaluation_helpers.go), and ``RuleAllows`` (plugin/pkg/auth/authorizer/rbac/rbac.go).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from visualizer.objects import AggregationRule, LabelSelector, PolicyRule, Role, SelectorRequirement
from visualizer.rbac.attributes import Attributes

ALL: Final = "*"


class Rule:
    """One rule as sets. ``index`` is its place among its role's rules."""

    __slots__ = ("groups", "index", "names", "resources", "urls", "verbs")

    def __init__(self, index: int, rule: PolicyRule) -> None:
        self.index = index
        self.verbs = frozenset(rule.verbs or ())
        self.groups = frozenset(rule.api_groups or ())
        self.resources = frozenset(rule.resources or ())
        self.names = frozenset(rule.resource_names or ())
        self.urls = tuple(rule.non_resource_urls or ())

    def allows(self, attributes: Attributes) -> bool:
        """Whether the rule allows this action, wherever it is granted."""
        return (attributes.verb in self.verbs or ALL in self.verbs) and self.covers_target(attributes)

    def covers_target(self, attributes: Attributes) -> bool:
        """Whether the rule is about what is asked for, whatever the verb."""
        if attributes.path is not None:
            return any(_url_matches(url, attributes.path) for url in self.urls)
        if attributes.group not in self.groups and ALL not in self.groups:
            return False
        resources = self.resources
        if attributes.full_resource not in resources and ALL not in resources:
            subresource = attributes.subresource
            if not subresource or f"*/{subresource}" not in resources:
                return False
        return not self.names or attributes.name in self.names

    @property
    def is_everything(self) -> bool:
        """Whether the rule allows every verb on every resource."""
        return ALL in self.verbs and ALL in self.groups and ALL in self.resources and not self.names


def _url_matches(url: str, path: str) -> bool:
    return url in (ALL, path) or (url.endswith(ALL) and path.startswith(url.rstrip(ALL)))


class RoleRules:
    """A role's rules, found by verb. ``namespace`` is empty for a ClusterRole."""

    __slots__ = ("_any_verb", "_by_verb", "name", "namespace", "role", "rules")

    def __init__(self, role: Role) -> None:
        self.role = role
        self.namespace, self.name = role.metadata.namespace, role.metadata.name
        self.rules = tuple(Rule(index, rule) for index, rule in enumerate(role.rules or ()))
        verbs = {verb for rule in self.rules for verb in rule.verbs}
        self._any_verb = tuple(rule for rule in self.rules if ALL in rule.verbs)
        self._by_verb = {
            verb: tuple(rule for rule in self.rules if verb in rule.verbs or ALL in rule.verbs) for verb in verbs
        }

    @property
    def kind(self) -> str:
        """Role or ClusterRole."""
        return "Role" if self.namespace else "ClusterRole"

    def for_verb(self, verb: str) -> Sequence[Rule]:
        """The rules that allow this verb on something."""
        return self._by_verb.get(verb, self._any_verb)

    def find(self, attributes: Attributes) -> Rule | None:
        """The first rule that allows this action, or None."""
        for rule in self._by_verb.get(attributes.verb, self._any_verb):
            if rule.covers_target(attributes):
                return rule
        return None

    @property
    def is_everything(self) -> bool:
        """Whether a rule of it allows every verb on every resource, as cluster-admin's does."""
        return any(rule.is_everything for rule in self._any_verb)


def selects(rule: AggregationRule, labels: Mapping[str, str]) -> bool:
    """Whether a ClusterRole with these labels is gathered into one with this rule.

    Mirrors pkg/controller/clusterroleaggregation and label selectors (k8s.io/apimachinery/pkg/apis/meta/v1).
    """
    return any(_selects(selector, labels) for selector in rule.cluster_role_selectors or ())


def _selects(selector: LabelSelector, labels: Mapping[str, str]) -> bool:
    wanted = selector.match_labels or {}
    return all(labels.get(key) == value for key, value in wanted.items()) and all(
        _meets(labels, expression) for expression in selector.match_expressions or ()
    )


def _meets(labels: Mapping[str, str], expression: SelectorRequirement) -> bool:
    values = expression.values or ()
    match expression.operator:
        case "In":
            return labels.get(expression.key) in values
        case "NotIn":
            return labels.get(expression.key) not in values
        case "Exists":
            return expression.key in labels
        case "DoesNotExist":
            return expression.key not in labels
    return False
