"""RBAC in a large cluster: 5,000 bindings, 2,000 roles, 20,000 rules. Decisions, who-can, changes, and every path.

The baseline walks as the API server does for ``kubectl auth can-i``: over every binding in scope, its subjects, and
the rules of the role it refers to, with no index.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from pathlib import Path

from bench.figures import Figure
from visualizer.objects import Binding, Metadata, PolicyRule, Role, RoleRef, ServiceAccount, Subject
from visualizer.rbac.attributes import Attributes
from visualizer.rbac.authorizer import decide
from visualizer.rbac.documents import make_policy
from visualizer.rbac.paths import Paths
from visualizer.rbac.policy import Key, Policy
from visualizer.rbac.questions import who_can
from visualizer.rbac.rules import Rule
from visualizer.rbac.situation import AccountPod, Situation

BINDINGS, ROLES, RULES = 5_000, 2_000, 20_000
NAMESPACES = [f"team-{number}" for number in range(200)]
RESOURCES = [
    "pods",
    "pods/log",
    "pods/exec",
    "services",
    "configmaps",
    "secrets",
    "deployments",
    "jobs",
    "events",
    "nodes",
]
VERBS = ["get", "list", "watch", "create", "update", "patch", "delete"]
GROUPS = ["", "apps", "batch", "rbac.authorization.k8s.io", "example.com"]


def run(_folder: Path) -> list[Figure]:
    """Each figure is the middle of many, so that a busy neighbour does not count."""
    chance = random.Random(6)
    situation = _situation(chance)
    policy = situation.policy
    asked = [_question(chance) for _ in range(2_000)]
    quick = _median([lambda one=one: decide(policy, **one) for one in asked])
    slow = _median([lambda one=one: _walk(policy, **one) for one in asked[:40]])
    who = _median([lambda one=one: who_can(policy, one["attributes"]) for one in asked[:100]])
    bindings = [bound.binding for bound in list(policy.bindings.values())[:500]]
    change = _median([lambda one=one: policy.put_binding(one) for one in bindings])
    paths = min(_seconds(lambda: Paths(situation).sources()) for _ in range(3))
    return [
        Figure("a decision, with all its reasons", f"{quick * 1e6:.1f} µs", "50 µs", quick < 50e-6,
               f"{slow * 1e6:,.0f} µs as the server walks", f"{quick / slow:.4f}"),
        Figure("who can", f"{who * 1e3:.2f} ms", "10 ms", who < 10e-3),
        Figure("a binding's change", f"{change * 1e3:.3f} ms", "5 ms", change < 5e-3),
        Figure("every path to cluster-admin", f"{paths:.2f} s", "2 s", paths < 2.0),
    ]  # fmt: skip


def _situation(chance: random.Random) -> Situation:
    roles = [_role(number, chance) for number in range(ROLES)]
    roles.append(Role(metadata=Metadata(name="cluster-admin"), rules=[PolicyRule(["*"], ["*"], ["*"])]))
    bindings = [_binding(number, chance, roles) for number in range(BINDINGS)]
    admin = RoleRef("ClusterRole", "cluster-admin")
    bindings[0] = Binding(metadata=Metadata(name="root"), role_ref=admin, subjects=[_account(chance)])
    situation = Situation(make_policy(roles, bindings), server_version="v1.36.2")
    accounts = [
        ServiceAccount(metadata=Metadata(name=f"app-{n}", namespace=space)) for space in NAMESPACES for n in range(15)
    ]
    situation.accounts = {Key(found.metadata.namespace, found.metadata.name): found for found in accounts}
    situation.pods = [
        AccountPod(key.namespace, f"{key.name}-{number}", f"node-{chance.randrange(100)}", key.name, True, True)
        for key in situation.accounts
        for number in range(2)
    ]
    situation.pod_security = dict.fromkeys(NAMESPACES, "baseline")
    return situation


def _role(number: int, chance: random.Random) -> Role:
    namespace = "" if number % 4 == 0 else chance.choice(NAMESPACES)
    rules = [
        PolicyRule(
            verbs=chance.sample(VERBS, 3),
            api_groups=[chance.choice(GROUPS)],
            resources=chance.sample(RESOURCES, 2),
            resource_names=["one"] if chance.random() < 0.1 else None,
        )
        for _ in range(RULES // ROLES)
    ]
    return Role(metadata=Metadata(name=f"role-{number}", namespace=namespace), rules=rules)


def _binding(number: int, chance: random.Random, roles: list[Role]) -> Binding:
    role = roles[chance.randrange(ROLES)]
    namespace = role.metadata.namespace or (chance.choice(NAMESPACES) if number % 10 else "")
    reference = RoleRef("Role" if role.metadata.namespace else "ClusterRole", role.metadata.name)
    metadata = Metadata(name=f"binding-{number}", namespace=namespace)
    return Binding(metadata=metadata, role_ref=reference, subjects=[_account(chance), _subject(chance)])


def _account(chance: random.Random) -> Subject:
    return Subject("ServiceAccount", f"app-{chance.randrange(15)}", chance.choice(NAMESPACES))


def _subject(chance: random.Random) -> Subject:
    if chance.random() < 0.5:
        return Subject("User", f"user-{chance.randrange(1_000)}")
    return Subject("Group", f"group-{chance.randrange(100)}")


def _question(chance: random.Random) -> dict:
    attributes = Attributes(
        verb=chance.choice(VERBS),
        group=chance.choice(GROUPS),
        resource=chance.choice(RESOURCES).partition("/")[0],
        namespace=chance.choice(NAMESPACES),
        name="one" if chance.random() < 0.2 else "",
    )
    groups = ["system:authenticated", f"group-{chance.randrange(100)}", f"group-{chance.randrange(100)}"]
    return {"user": f"user-{chance.randrange(1_000)}", "groups": groups, "attributes": attributes}


def _walk(policy: Policy, *, user: str, groups: list[str], attributes: Attributes) -> bool:
    """As the server does, without an index: rules are read as they were written."""
    for bound in policy.bindings.values():
        if bound.key.namespace and bound.key.namespace != attributes.namespace:
            continue
        subjects = bound.binding.subjects or []
        if not any(subject.name in groups if subject.kind == "Group" else subject.name == user for subject in subjects):
            continue
        role = policy.roles.get(bound.role_key)
        if role is not None and any(Rule(0, rule).allows(attributes) for rule in role.role.rules or []):
            return True
    return False


def _median(calls: list[Callable[[], object]]) -> float:
    samples = sorted(_seconds(call) for call in calls)
    return samples[len(samples) // 2]


def _seconds(call: Callable[[], object]) -> float:
    start = time.perf_counter()
    call()
    return time.perf_counter() - start
