"""Where grants lead: each kind of step is found where every precondition holds, and not where any one fails."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.rbac.policies import binding, role, rule
from visualizer.objects import AggregationRule, LabelSelector, Metadata, Role, ServiceAccount
from visualizer.rbac import kinds
from visualizer.rbac.attributes import Attributes
from visualizer.rbac.documents import make_policy
from visualizer.rbac.paths import Paths
from visualizer.rbac.policy import Key, Party
from visualizer.rbac.situation import AccountPod, Situation

MALLORY = Party("User", "mallory")
STRONG = Party("ServiceAccount", "strong", "shop")
RBAC = "rbac.authorization.k8s.io"
EVERYTHING = rule("*", "*", "*")
GUIDE = Path(__file__).parent.parent.parent / "docs" / "escalation.md"


@dataclass(frozen=True)
class Scenario:
    """A kind of step: what mallory needs, each as the words of a rule, and what there must be besides."""

    kind: kinds.Kind
    grants: tuple[tuple[str, ...], ...]
    facts: tuple[str, ...] = ()
    namespace: str = ""
    assumes: tuple[str, ...] = field(default=())


SCENARIOS = [
    Scenario(kinds.RUN_POD, (("create", "pods"),), ("account",), "shop", ("no admission webhook",)),
    Scenario(kinds.RUN_WORKLOAD, (("create", "jobs", "batch"),), ("account",), "shop", ("no admission webhook",)),
    Scenario(
        kinds.ALTER_WORKLOAD, (("patch", "deployments", "apps", "web"),), ("account", "workload"), "shop",
        ("no admission webhook",),
    ),
    Scenario(
        kinds.PRIVILEGED_POD, (("create", "pods"),), ("running pod", "token in pod", "open namespace"), "play",
        ("no admission webhook",),
    ),
    Scenario(kinds.ALTER_POD, (("update", "pods", "", "p"),), ("running pod", "token in pod"), "shop"),
    Scenario(kinds.EXEC, (("create", "pods/exec"),), ("running pod", "token in pod"), "shop"),
    Scenario(kinds.EPHEMERAL, (("patch", "pods/ephemeralcontainers"),), ("running pod", "token in pod"), "shop"),
    Scenario(kinds.NODE_PROXY, (("get", "nodes/proxy", "", "n1"),), ("running pod", "token in pod", "pod on n1")),
    Scenario(kinds.TOKEN, (("create", "serviceaccounts/token", "", "strong"),), ("account",), "shop"),
    Scenario(kinds.READ_SECRET, (("get", "secrets", "", "strong-token"),), ("token secret",), "shop"),
    Scenario(
        kinds.MAKE_SECRET, (("create", "secrets"), ("list", "secrets")), ("account",), "shop",
        ("kube-controller-manager fills",),
    ),
    Scenario(kinds.IMPERSONATE_USER, (("impersonate", "users", "", "root"),), ("root",)),
    Scenario(kinds.IMPERSONATE_ACCOUNT, (("impersonate", "serviceaccounts"),), ("account",), "shop"),
    Scenario(kinds.IMPERSONATE_GROUP, (("impersonate", "groups"), ("impersonate", "users", "", "x"))),
    Scenario(
        kinds.CERTIFICATE,
        (
            ("create", "certificatesigningrequests", "certificates.k8s.io"),
            ("update", "certificatesigningrequests/approval", "certificates.k8s.io"),
            ("approve", "signers", "certificates.k8s.io", "kubernetes.io/kube-apiserver-client"),
            ("get", "certificatesigningrequests", "certificates.k8s.io"),
        ),
        ("root",), "", ("a signer answers",),
    ),
    Scenario(
        kinds.BIND,
        (("create", "clusterrolebindings", RBAC), ("bind", "clusterroles", RBAC, "cluster-admin")),
        ("admin role",),
    ),
    Scenario(
        kinds.REBIND,
        (("update", "clusterrolebindings", RBAC, "admins"), ("bind", "clusterroles", RBAC, "cluster-admin")),
        ("admins",),
    ),
    Scenario(
        kinds.ESCALATE,
        (("patch", "clusterroles", RBAC, "basic"), ("escalate", "clusterroles", RBAC, "basic")), ("bound to basic",),
    ),
    Scenario(
        kinds.AGGREGATE,
        (("create", "clusterroles", RBAC), ("escalate", "clusterroles", RBAC)), ("bound to basic", "basic gathers"),
    ),
    Scenario(
        kinds.WEBHOOK, (("create", "mutatingwebhookconfigurations", "admissionregistration.k8s.io"),), (), "",
        ("a server that the API server can reach", "somebody who may do everything"),
    ),
    Scenario(
        kinds.ADMISSION_POLICY,
        (
            ("create", "mutatingadmissionpolicies", "admissionregistration.k8s.io"),
            ("create", "mutatingadmissionpolicybindings", "admissionregistration.k8s.io"),
        ),
        (), "", ("somebody who may do everything",),
    ),
]  # fmt: skip


def paths_of(scenario, *, without_grant=-1, without_fact=""):
    facts = set(scenario.facts) - {without_fact}
    grants = [words for number, words in enumerate(scenario.grants) if number != without_grant]
    roles = [role("power", *(rule(*words) for words in grants), namespace=scenario.namespace)]
    mine = f"{'Role' if scenario.namespace else 'ClusterRole'}:power"
    bindings = [binding("mine", mine, "User:mallory", namespace=scenario.namespace)]
    if without_fact != "admin role":
        roles.append(role("cluster-admin", EVERYTHING))
    if facts & {"account", "running pod", "token secret"}:
        bindings.append(binding("strong", "ClusterRole:cluster-admin", "ServiceAccount:shop/strong"))
    if "root" in facts:
        bindings.append(binding("root", "ClusterRole:cluster-admin", "User:root"))
    if "admins" in facts:
        bindings.append(binding("admins", "ClusterRole:cluster-admin", "Group:admins"))
    gathers = AggregationRule([LabelSelector({"to": "basic"})]) if "basic gathers" in facts else None
    roles.append(Role(metadata=Metadata(name="basic"), aggregation_rule=gathers))
    if "bound to basic" in facts:
        bindings.append(binding("basic", "ClusterRole:basic", "User:mallory"))
    situation = Situation(make_policy(roles, bindings), server_version="v1.36.2")
    there = {Key("shop", "strong"): ServiceAccount(metadata=Metadata(name="strong", namespace="shop"))}
    situation.accounts = there if "account" in facts else {}
    situation.pods = [
        AccountPod(
            namespace="shop",
            name="p",
            node="n1" if without_fact != "pod on n1" else "n2",
            account="strong",
            has_token="token in pod" in facts,
            is_running="running pod" in facts,
        )
    ]
    situation.token_secrets = {Key("shop", "strong-token"): "strong"} if "token secret" in facts else {}
    situation.workloads = {("apps", "deployments"): {Key("shop", "web")} if "workload" in facts else set()}
    situation.pod_security = {"play": "" if "open namespace" in facts else "restricted", "shop": "restricted"}
    return [path for path in Paths(situation).from_(MALLORY) if path.steps[0].kind == scenario.kind]


def identify(scenario):
    return scenario.kind.name


@pytest.mark.parametrize("scenario", SCENARIOS, ids=identify)
def test_a_path_is_found_where_every_precondition_holds(scenario):
    (path,) = paths_of(scenario)
    (step,) = path.steps
    powers = [need.power for need in step.needs if need.power is not None]
    assert len(powers) == len(scenario.grants)
    assert all("mallory" in power.grant.reason for power in powers)
    assert len(path.unknown) == len(scenario.assumes)
    for need, words in zip(path.unknown, scenario.assumes, strict=True):
        assert words in need.text


@pytest.mark.parametrize(
    ("scenario", "number"),
    [(scenario, number) for scenario in SCENARIOS for number in range(len(scenario.grants))],
    ids=str,
)
def test_no_path_is_found_where_a_permission_is_missing(scenario, number):
    assert paths_of(scenario, without_grant=number) == []


@pytest.mark.parametrize(
    ("scenario", "fact"), [(scenario, fact) for scenario in SCENARIOS for fact in scenario.facts], ids=str
)
def test_no_path_is_found_where_something_is_not_there(scenario, fact):
    assert paths_of(scenario, without_fact=fact) == []


def test_every_kind_has_a_scenario_and_a_section_in_the_guide():
    assert [scenario.kind for scenario in SCENARIOS] == list(kinds.KINDS)
    guide = GUIDE.read_text()
    assert [kind.name for kind in kinds.KINDS if f"### {kind.name}\n" not in guide] == []


@pytest.mark.parametrize(("version", "found", "unknown"), [("v1.34.1", True, 0), ("v1.35.0", False, 0), ("", True, 1)])
def test_get_is_enough_for_exec_on_old_servers_only(version, found, unknown):
    policy = make_policy(
        [role("power", rule("get", "pods/exec")), role("cluster-admin", EVERYTHING)],
        [
            binding("b", "ClusterRole:power", "User:mallory"),
            binding("c", "ClusterRole:cluster-admin", "ServiceAccount:s/a"),
        ],
    )
    situation = Situation(policy, server_version=version)
    situation.pods = [AccountPod("s", "p", "n", "a", True, True)]
    paths = Paths(situation).from_(MALLORY)
    assert [len(path.unknown) for path in paths] == ([unknown] if found else [])


def test_a_rule_with_names_does_not_let_create_what_has_no_name_yet():
    policy = make_policy(
        [role("power", rule("create", "pods", names="web")), role("cluster-admin", EVERYTHING)],
        [
            binding("b", "ClusterRole:power", "User:mallory"),
            binding("c", "ClusterRole:cluster-admin", "ServiceAccount:s/a"),
        ],
    )
    situation = Situation(policy)
    situation.accounts = {Key("s", "a"): ServiceAccount(metadata=Metadata(name="a", namespace="s"))}
    assert Paths(situation).from_(MALLORY) == []


def test_the_shortest_path_comes_first_and_longer_ones_go_through_others():
    roles = [
        role("cluster-admin", EVERYTHING),
        role("tokens", rule("create", "serviceaccounts/token", names="middle"), namespace="s"),
        role("exec", rule("impersonate", "users", names="root")),
    ]
    bindings = [
        binding("root", "ClusterRole:cluster-admin", "User:root"),
        binding("start", "Role:tokens", "User:mallory", namespace="s"),
        binding("middle", "ClusterRole:exec", "ServiceAccount:s/middle"),
    ]
    situation = Situation(make_policy(roles, bindings))
    situation.accounts = {Key("s", "middle"): ServiceAccount(metadata=Metadata(name="middle", namespace="s"))}
    paths = Paths(situation)
    assert paths.sources() == [Party("ServiceAccount", "middle", "s"), MALLORY]
    path = paths.shortest(MALLORY)
    assert [(step.kind.name, str(step.target.id)) for step in path.steps] == [
        ("token-request", "ServiceAccount:s/middle"),
        ("impersonate-user", "User:root"),
    ]
    assert paths.shortest(Party("User", "root")) is None
    assert paths.is_there(Party("User", "root"))


def test_a_binding_in_a_namespace_leads_to_an_action_there_and_not_to_everything():
    roles = [
        role("edit", rule("delete", "pods")),
        role("power", rule("bind", "clusterroles", RBAC), rule("create", "rolebindings", RBAC)),
    ]
    situation = Situation(make_policy(roles, [binding("b", "ClusterRole:power", "User:mallory", namespace="shop")]))
    assert Paths(situation).from_(MALLORY) == []
    (path,) = Paths(situation, Attributes("delete", resource="pods", namespace="shop")).from_(MALLORY)
    assert path.steps[0].words == "so it holds ClusterRole edit in shop"
    assert Paths(situation, Attributes("delete", resource="pods", namespace="vault")).from_(MALLORY) == []
