"""Why pods wait: each plugin from both sides, in the scheduler's words."""

from __future__ import annotations

import pytest

from tests.scheduling.making import asking, cluster, node, pod_on, requests
from visualizer.scheduling.asks import AskingPod
from visualizer.scheduling.cluster import Cluster
from visualizer.scheduling.filters import list_undecided
from visualizer.scheduling.verdicts import Reason, compare, judge, read_message


def told(pod: AskingPod, where: Cluster) -> dict[str, list[str]]:
    """For each node, why not; an empty list where nothing keeps the pod off it."""
    return {each.node: each.objection.reasons if each.objection else [] for each in judge(pod, where)}


def details(pod: AskingPod, where: Cluster) -> dict[str, str]:
    return {each.node: each.objection.detail for each in judge(pod, where) if each.objection}


def test_a_cordoned_node_takes_only_who_tolerates_that() -> None:
    where = cluster(node("a", unschedulable=True))
    assert told(asking(), where) == {"a": ["node(s) were unschedulable"]}
    cordon = {"key": "node.kubernetes.io/unschedulable", "operator": "Exists", "effect": "NoSchedule"}
    assert told(asking(tolerations=[cordon]), where) == {"a": []}


@pytest.mark.parametrize(
    ("toleration", "fits"),
    [
        ({"operator": "Exists"}, True),
        ({"key": "gpu", "operator": "Exists"}, True),
        ({"key": "gpu", "value": "yes"}, True),
        ({"key": "gpu", "value": "yes", "effect": "NoSchedule"}, True),
        ({"key": "gpu", "value": "no"}, False),
        ({"key": "gpu", "operator": "Exists", "effect": "NoExecute"}, False),
        ({"key": "other", "operator": "Exists"}, False),
        ({"key": "gpu", "operator": "Gt", "value": "1"}, False),
    ],
)
def test_a_taint_must_be_tolerated(toleration: dict, fits: bool) -> None:
    where = cluster(node("a", taints=[{"key": "gpu", "value": "yes", "effect": "NoSchedule"}]))
    assert told(asking(tolerations=[toleration]), where)["a"] == ([] if fits else ["node(s) had untolerated taint(s)"])


def test_a_taint_that_only_prefers_keeps_nobody_off() -> None:
    where = cluster(node("a", taints=[{"key": "gpu", "effect": "PreferNoSchedule"}]))
    assert told(asking(), where) == {"a": []}


def test_a_node_selector_wants_every_label() -> None:
    where = cluster(node("a", labels={"disk": "slow"}), node("b"), node("c", labels={"disk": "fast"}))
    pod = asking(nodeSelector={"disk": "fast"})
    assert told(pod, where)["c"] == []
    assert details(pod, where) == {
        "a": "wants disk=fast, has disk=slow",
        "b": "wants disk=fast, has no label disk",
    }


@pytest.mark.parametrize(
    ("operator", "values", "fitting"),
    [
        ("In", ["1", "2"], {"one"}),
        ("NotIn", ["1"], {"ten", "none", "text"}),
        ("Exists", [], {"one", "ten", "text"}),
        ("DoesNotExist", [], {"none"}),
        ("Gt", ["5"], {"ten"}),
        ("Lt", ["5"], {"one"}),
        ("Gt", ["x"], set()),
        ("Near", ["1"], set()),
    ],
)
def test_node_affinity_knows_every_operator(operator: str, values: list[str], fitting: set[str]) -> None:
    where = cluster(
        node("one", labels={"n": "1"}), node("ten", labels={"n": "10"}), node("text", labels={"n": "x"}), node("none")
    )
    pod = asking(affinity=required({"matchExpressions": [{"key": "n", "operator": operator, "values": values}]}))
    assert {name for name, reasons in told(pod, where).items() if not reasons} == fitting


def required(*terms: dict) -> dict:
    selector = {"nodeSelectorTerms": list(terms)}
    return {"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": selector}}


def test_one_term_of_a_node_affinity_is_enough_and_an_empty_one_matches_nothing() -> None:
    where = cluster(node("a", labels={"zone": "x"}), node("b"))
    name = {"matchFields": [{"key": "metadata.name", "operator": "In", "values": ["b"]}]}
    zone = {"matchExpressions": [{"key": "zone", "operator": "Exists"}]}
    assert told(asking(affinity=required(name, zone)), where) == {"a": [], "b": []}
    assert told(asking(affinity=required({})), where)["a"] == ["node(s) didn't match Pod's node affinity/selector"]
    assert told(asking(affinity=required({**name, **zone})), where)["b"] != []


def test_a_pod_that_names_its_node_goes_nowhere_else() -> None:
    assert told(asking(nodeName="b"), cluster(node("a"), node("b"))) == {
        "a": ["node(s) didn't match the requested node name"],
        "b": [],
    }


def test_resources_are_what_is_left_of_what_a_node_gives() -> None:
    where = cluster(node("a"), pod_on("a", "other", **requests(cpu="3400m", memory="1Gi")))
    assert told(asking(**requests(cpu="600m", memory="7Gi")), where) == {"a": []}
    pod = asking(**requests(cpu="2", memory="7.5Gi"))
    assert told(pod, where) == {"a": ["Insufficient cpu", "Insufficient memory"]}
    assert details(pod, where) == {"a": "asks 2 cpu, 0.6 of 4 left; asks 7.5Gi memory, 7Gi of 8Gi left"}


def test_pods_that_have_ended_take_nothing() -> None:
    where = cluster(node("a"), pod_on("a", "done", phase="Succeeded", **requests(cpu="4")))
    assert told(asking(**requests(cpu="4")), where) == {"a": []}


def test_a_node_takes_only_so_many_pods() -> None:
    where = cluster(node("a", gives={"pods": "1"}), pod_on("a", "other"))
    assert told(asking(), where) == {"a": ["Too many pods"]}
    assert details(asking(), where) == {"a": "1 of 1 pods are there"}


def test_a_resource_that_a_node_does_not_have_is_not_enough() -> None:
    assert told(asking(**requests(**{"example.com/gpu": "1"})), cluster(node("a"))) == {
        "a": ["Insufficient example.com/gpu"]
    }


@pytest.mark.parametrize(
    ("wanted", "taken", "fits"),
    [
        ({"hostPort": 80}, {"hostPort": 80}, False),
        ({"hostPort": 80}, {"hostPort": 80, "protocol": "UDP"}, True),
        ({"hostPort": 80, "hostIP": "10.0.0.1"}, {"hostPort": 80, "hostIP": "10.0.0.2"}, True),
        ({"hostPort": 80, "hostIP": "10.0.0.1"}, {"hostPort": 80, "hostIP": "0.0.0.0"}, False),
        ({"containerPort": 80}, {"hostPort": 80}, True),
    ],
)
def test_a_port_of_a_node_is_one_pods(wanted: dict, taken: dict, fits: bool) -> None:
    where = cluster(node("a"), pod_on("a", "other", containers=[{"name": "c", "ports": [taken]}]))
    pod = asking(containers=[{"name": "c", "ports": [wanted]}])
    assert (told(pod, where)["a"] == []) is fits


def spread(**more: object) -> dict:
    selector = {"matchLabels": {"app": "web"}}
    constraint = {"maxSkew": 1, "topologyKey": "zone", "whenUnsatisfiable": "DoNotSchedule", "labelSelector": selector}
    return {"topologySpreadConstraints": [{**constraint, **more}]}


ZONES = (node("a", labels={"zone": "x"}), node("b", labels={"zone": "y"}), node("c"))
WEB = {"app": "web"}


def test_pods_are_spread_over_zones_within_the_skew() -> None:
    where = cluster(*ZONES, pod_on("a", "web-1", labels=WEB), pod_on("a", "other"))
    pod = asking(labels=WEB, **spread())
    assert told(pod, where) == {
        "a": ["node(s) didn't match pod topology spread constraints"],
        "b": [],
        "c": ["node(s) didn't match pod topology spread constraints (missing required label)"],
    }
    assert "zone=x would have 2 of them and the emptiest has 0" in details(pod, where)["a"]
    assert told(asking(labels=WEB, **spread(maxSkew=2)), where)["a"] == []
    assert told(asking(labels=WEB, **spread(whenUnsatisfiable="ScheduleAnyway")), where)["c"] == []


def test_zones_that_the_pod_may_not_go_to_are_not_counted() -> None:
    where = cluster(*ZONES, pod_on("a", "web-1", labels=WEB))
    only_x = {"nodeSelector": {"zone": "x"}}
    assert told(asking(labels=WEB, **spread(), **only_x), where)["a"] == []
    assert told(asking(labels=WEB, **spread(nodeAffinityPolicy="Ignore"), **only_x), where)["a"] != []
    assert told(asking(labels=WEB, **spread(minDomains=2), **only_x), where)["a"] != []


def near(kind: str, **labels: str) -> dict:
    term = {"topologyKey": "zone", "labelSelector": {"matchLabels": labels}}
    return {"affinity": {kind: {"requiredDuringSchedulingIgnoredDuringExecution": [term]}}}


def test_a_pod_goes_where_the_company_is_that_it_wants() -> None:
    where = cluster(*ZONES, pod_on("a", "db", labels={"app": "db"}))
    assert told(asking(**near("podAffinity", app="db")), where) == {
        "a": [],
        "b": ["node(s) didn't match pod affinity rules"],
        "c": ["node(s) didn't match pod affinity rules"],
    }


def test_the_first_of_a_group_that_wants_itself_goes_anywhere_with_the_label() -> None:
    pod = asking(labels=WEB, **near("podAffinity", app="web"))
    assert told(pod, cluster(*ZONES)) == {"a": [], "b": [], "c": ["node(s) didn't match pod affinity rules"]}
    assert told(pod, cluster(*ZONES, pod_on("a", "web-1", labels=WEB)))["b"] != []


def test_a_pod_avoids_and_is_avoided() -> None:
    where = cluster(*ZONES, pod_on("a", "web-1", labels=WEB))
    assert told(asking(**near("podAntiAffinity", app="web")), where) == {
        "a": ["node(s) didn't match pod anti-affinity rules"],
        "b": [],
        "c": [],
    }
    hermit = cluster(*ZONES, pod_on("a", "db", **near("podAntiAffinity", app="web")))
    assert told(asking(labels=WEB), hermit) == {
        "a": ["node(s) didn't satisfy existing pods anti-affinity rules"],
        "b": [],
        "c": [],
    }
    assert told(asking(labels=WEB, namespace="other"), hermit)["a"] == [], "a term means its pod's own namespace"


def test_what_is_not_decided_is_said() -> None:
    assert list_undecided(asking()) == []
    claims = asking(
        volumes=[{"name": "data", "persistentVolumeClaim": {"claimName": "data"}}],
        resourceClaims=[{"name": "gpu"}],
        schedulerName="fancy",
    )
    assert [each.split(":")[0] for each in list_undecided(claims)] == [
        "VolumeBinding",
        "DynamicResources",
        "what the scheduler fancy looks at",
    ]


def test_the_schedulers_message_is_read() -> None:
    message = (
        "0/6 nodes are available: 1 node(s) had untolerated taint {a.b/c: }, 2 Insufficient cpu, 3 Too many pods. "
        "preemption: 0/6 nodes are available: 6 No preemption victims found for incoming pod."
    )
    assert read_message(message) == [
        Reason(1, "node(s) had untolerated taint {a.b/c: }", "TaintToleration"),
        Reason(2, "Insufficient cpu", "NodeResourcesFit"),
        Reason(3, "Too many pods", "NodeResourcesFit"),
    ]
    own = "0/3 nodes are available: pod has unbound immediate PersistentVolumeClaims. not found"
    assert read_message(own) == [Reason(None, "pod has unbound immediate PersistentVolumeClaims", "VolumeBinding")]
    assert read_message("running PreBind plugin: no") == [Reason(None, "running PreBind plugin: no", "")]
    assert read_message("") == []


def test_a_difference_from_the_event_is_said() -> None:
    reasons = read_message("0/2 nodes are available: 2 node(s) were unschedulable.")
    verdicts = judge(asking(), cluster(node("a", unschedulable=True), node("b")))
    assert compare(reasons, verdicts) == [
        "The scheduler counted 2 × “node(s) were unschedulable”; by the nodes as they are now it is 1."
    ]
    assert compare(read_message("0/2 nodes are available: 1 node(s) were unschedulable."), verdicts) == []
