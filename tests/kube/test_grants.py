"""What a cluster must grant: the rules in code are those of deploy/rbac.yaml, and what is missing is told as rules."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from dashboard.environment import ROOT
from visualizer.frames import Resource
from visualizer.kube import grants
from visualizer.kube.grants import RULES, Question, Rule

FILE = ROOT / "deploy" / "rbac.yaml"


def rules_of_the_file() -> list[dict[str, Any]]:
    """The rules of the ClusterRole that people apply."""
    (role,) = [found for found in yaml.safe_load_all(FILE.read_text()) if found["kind"] == "ClusterRole"]
    rules: list[dict[str, Any]] = role["rules"]
    return rules


def test_the_file_grants_exactly_what_is_checked() -> None:
    assert [rule.as_policy() for rule in RULES] == rules_of_the_file()


def test_every_followed_resource_is_asked_about_and_metrics_where_they_are_served() -> None:
    found = {
        "v1/pods": Resource("/api/v1/pods", "Pod", True, ["create", "get", "list", "watch"]),
        "example.com/v1/things": Resource("/apis/example.com/v1/things", "Thing", True, ["list", "watch"]),
    }
    plain = [Question("example.com/v1/things", ("list", "watch")), Question("v1/pods", ("get", "list", "watch"))]
    assert grants.questions(found, ["", "example.com"]) == plain
    metrics = [Question(f"metrics.k8s.io/v1beta1/{name}", ("get", "list")) for name in ("nodes", "pods")]
    assert grants.questions(found, ["", "metrics.k8s.io"]) == sorted([*plain, *metrics])


@pytest.mark.parametrize(
    ("resource", "is_granted"),
    [
        ("v1/pods", True),
        ("v1/secrets", True),
        ("apps/v1/deployments", True),
        ("v1/somethings", False),
        ("example.com/v1/pods", False),
    ],
)
def test_custom_resources_are_not_in_the_file(resource: str, is_granted: bool) -> None:
    assert Question(resource, ("list",)).is_granted is is_granted


def test_what_is_denied_becomes_few_rules_that_grant_it_and_nothing_else() -> None:
    every = ("get", "list", "watch")
    denied = {
        Question("v1/secrets", every): every,
        Question("v1/pods", every): (),
        Question("apps/v1/deployments", every): ("watch",),
        Question("apps/v1/replicasets", every): ("watch",),
        Question("example.com/v1/things", every): every,
        Question("other.example.com/v1/things", every): every,
    }
    lacking = grants.lacking(denied, ["/metrics"])
    assert lacking == [
        Rule(groups=("apps",), resources=("deployments", "replicasets"), verbs=("watch",)),
        Rule(groups=("example.com", "other.example.com"), resources=("things",), verbs=every),
        Rule(groups=("",), resources=("secrets",), verbs=every),
        Rule(paths=("/metrics",), verbs=("get",)),
    ]
    assert yaml.safe_load(grants.as_yaml(lacking)) == [rule.as_policy() for rule in lacking]
    granted = {
        (group, plural, verb)
        for rule in lacking
        for group in rule.groups
        for plural in rule.resources
        for verb in rule.verbs
    }
    assert granted == {(question.group, question.plural, verb) for question, verbs in denied.items() for verb in verbs}


def test_nothing_denied_is_no_rules_and_no_text() -> None:
    assert grants.lacking({Question("v1/pods", ("list",)): ()}) == []
    assert grants.as_yaml([]) == ""


def test_who_may_not_even_ask_lacks_the_rule_for_that() -> None:
    assert grants.lacking({}, may_ask=False) == [RULES[-1]]
