"""Grants: what a cluster must let Orrery do, as data: the rules of ``deploy/rbac.yaml``. A test holds the two together.

From what discovery finds, :func:`questions` makes the list of what to ask about, and of what was denied
:func:`lacking` makes the rules that a cluster's administrator has to add. Who is asked, and how, is not known here.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

import yaml

from visualizer.frames import Resource

READ: Final = ("get", "list", "watch")
EVERY: Final = "*"
METRICS: Final = "metrics.k8s.io"
METRICS_RESOURCES: Final = ("nodes", "pods")
"""They cannot be watched, so discovery passes them over; the polls list them."""


@dataclass(frozen=True)
class Rule:
    """An RBAC ``PolicyRule``: verbs on resources of API groups, or on paths that are no resource."""

    groups: tuple[str, ...] = ()
    resources: tuple[str, ...] = ()
    verbs: tuple[str, ...] = READ
    paths: tuple[str, ...] = ()

    def covers(self, group: str, resource: str) -> bool:
        """Whether it grants anything on this resource."""
        return group in self.groups and (resource in self.resources or EVERY in self.resources)

    def as_policy(self) -> dict[str, list[str]]:
        """As a ClusterRole has it."""
        if self.paths:
            return {"nonResourceURLs": list(self.paths), "verbs": list(self.verbs)}
        return {"apiGroups": list(self.groups), "resources": list(self.resources), "verbs": list(self.verbs)}


RULES: Final = (
    Rule(
        groups=("",),
        resources=(
            "configmaps", "endpoints", "events", "limitranges", "namespaces", "nodes", "persistentvolumeclaims",
            "persistentvolumes", "pods", "podtemplates", "replicationcontrollers", "resourcequotas", "serviceaccounts",
            "services",
        ),
    ),
    Rule(groups=("",), resources=("secrets",)),
    Rule(
        groups=(
            "admissionregistration.k8s.io", "apiextensions.k8s.io", "apiregistration.k8s.io", "apps", "autoscaling",
            "batch", "certificates.k8s.io", "coordination.k8s.io", "discovery.k8s.io", "events.k8s.io",
            "flowcontrol.apiserver.k8s.io", "internal.apiserver.k8s.io", "metrics.k8s.io", "networking.k8s.io",
            "node.k8s.io", "policy", "rbac.authorization.k8s.io", "resource.k8s.io", "scheduling.k8s.io",
            "storage.k8s.io", "storagemigration.k8s.io",
        ),
        resources=(EVERY,),
    ),
    Rule(
        paths=(
            "/api", "/api/*", "/apis", "/apis/*", "/livez", "/livez/*", "/metrics", "/openapi/*", "/readyz",
            "/readyz/*", "/version",
        ),
        verbs=("get",),
    ),
    Rule(
        groups=("authorization.k8s.io",),
        resources=("selfsubjectaccessreviews", "selfsubjectrulesreviews"),
        verbs=("create",),
    ),
)  # fmt: skip
"""The rules of the ClusterRole in ``deploy/rbac.yaml``, in its order."""

ASKING: Final = RULES[-1]
PATHS: Final = tuple(path for rule in RULES for path in rule.paths)


@dataclass(frozen=True, order=True)
class Question:
    """Whether these verbs may be used on a resource in all namespaces. ``resource``: as ``apps/v1/deployments``."""

    resource: str
    verbs: tuple[str, ...]

    @property
    def group(self) -> str:
        """The API group; empty for the core group."""
        return split(self.resource)[0]

    @property
    def plural(self) -> str:
        """The resource's own name."""
        return split(self.resource)[2]

    @property
    def is_granted(self) -> bool:
        """Whether ``deploy/rbac.yaml`` grants it. Custom resources' groups must be added there by whoever has them."""
        return any(rule.covers(self.group, self.plural) for rule in RULES)


def split(resource: str) -> tuple[str, str, str]:
    """The group (empty for core), version and plural of ``apps/v1/deployments`` or ``v1/pods``."""
    *group, version, plural = resource.split("/")
    return "".join(group), version, plural


def questions(found: Mapping[str, Resource], groups: Iterable[str] = ()) -> list[Question]:
    """What to ask: of every resource that is followed, and of the metrics where their group is served."""
    asked = [Question(name, tuple(verb for verb in READ if verb in resource.verbs)) for name, resource in found.items()]
    if METRICS in groups:
        asked += [Question(f"{METRICS}/v1beta1/{plural}", ("get", "list")) for plural in METRICS_RESOURCES]
    return sorted(asked)


def lacking(
    denied: Mapping[Question, tuple[str, ...]], paths: Iterable[str] = (), *, may_ask: bool = True
) -> list[Rule]:
    """The rules to add, so that nothing of this is denied any more: few, and none that grants more than was asked."""
    plurals: dict[tuple[str, tuple[str, ...]], list[str]] = defaultdict(list)
    for question, verbs in sorted(denied.items()):
        if verbs:
            plurals[question.group, verbs].append(question.plural)
    groups: dict[tuple[tuple[str, ...], tuple[str, ...]], list[str]] = defaultdict(list)
    for (group, verbs), names in plurals.items():
        groups[tuple(dict.fromkeys(names)), verbs].append(group)
    rules = [Rule(groups=tuple(of), resources=names, verbs=verbs) for (names, verbs), of in groups.items()]
    if missing := tuple(paths):
        rules.append(Rule(paths=missing, verbs=("get",)))
    return rules if may_ask else [*rules, ASKING]


def as_yaml(rules: Iterable[Rule]) -> str:
    """The rules as they stand in a ClusterRole, to be pasted there; empty where there are none."""
    policies = [rule.as_policy() for rule in rules]
    return yaml.dump(policies, Dumper=_Dumper, sort_keys=False, default_flow_style=None, width=100) if policies else ""


class _Dumper(yaml.SafeDumper):
    """Lists of words in one line, as people write rules."""

    def ignore_aliases(self, data: object) -> bool:
        """No anchors: a rule that looks like another is written out."""
        del data
        return True
