"""Hygiene: each sort of finding, and what is not one."""

from __future__ import annotations

import pytest

from tests.rbac.policies import binding, role, rule
from visualizer.objects import Metadata, ServiceAccount
from visualizer.rbac.documents import make_policy
from visualizer.rbac.hygiene import inspect
from visualizer.rbac.policy import Key
from visualizer.rbac.situation import AccountPod, Situation

VIEW = role("view", rule("get", "pods"))
BOUND = "ClusterRoleBinding:b"
OWN = {"kubernetes.io/bootstrapping": "rbac-defaults"}


def to_view(*who):
    return binding("b", "ClusterRole:view", *who)


def findings(roles, bindings, *, accounts=(), pods=()):
    situation = Situation(make_policy(roles, bindings))
    there = [ServiceAccount(metadata=Metadata(name=name, namespace="s")) for name in accounts]
    situation.accounts = {Key("s", account.metadata.name): account for account in there}
    situation.pods = list(pods)
    return [(finding.kind, finding.where) for finding in inspect(situation)]


@pytest.mark.parametrize(
    ("roles", "bindings", "expected"),
    [
        ([], [binding("b", "ClusterRole:x", "User:a")], [("dangling", BOUND)]),
        ([VIEW], [to_view("User:a")], []),
        ([VIEW], [to_view()], [("no subjects", BOUND), ("unused role", "ClusterRole:view")]),
        ([VIEW], [], [("unused role", "ClusterRole:view")]),
        ([role("view", rule("get", "pods"), labels=OWN)], [], []),
        ([role("view", labels={"rbac.example.com/aggregate-to-edit": "true"})], [], []),
        ([VIEW], [to_view("ServiceAccount:s/gone")], [("missing account", BOUND)]),
        ([VIEW], [to_view("ServiceAccount:s/there")], []),
        ([role("view", rule("get", "*"))], [to_view("User:a")], [("wildcard", "ClusterRole:view")]),
        ([VIEW], [to_view("Group:system:authenticated")], [("granted to all", BOUND)]),
        ([VIEW], [to_view("Group:system:unauthenticated")], [("granted to all", BOUND)]),
        ([role("none")], [binding("b", "ClusterRole:none", "Group:system:authenticated")], []),
        ([VIEW], [to_view("ServiceAccount:s/default")], [("default account", BOUND)]),
    ],
)  # fmt: skip
def test_what_lies_about_is_found(roles, bindings, expected):
    assert findings(roles, bindings, accounts=["there", "default"]) == expected


@pytest.mark.parametrize(
    ("who", "has_token", "is_found"),
    [
        ("User:a", True, True),
        ("User:a", False, False),
        ("ServiceAccount:s/there", True, False),
        ("Group:system:serviceaccounts:s", True, False),
    ],
)
def test_a_token_that_opens_nothing_is_found(who, has_token, is_found):
    pod = AccountPod("s", "p", "n", "there", has_token, True)
    found = findings([VIEW], [to_view(who)], accounts=["there"], pods=[pod])
    assert found == ([("idle token", "v1/pods:s/p")] if is_found else [])
