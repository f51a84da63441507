"""Families in what a real control plane did."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.family.recorded import Recorded, member, recorded, small, told
from visualizer.family.holding import set_by

POD = {"v1_pods": ("Pod", True), "v1_configmaps": ("ConfigMap", True), "v1_secrets": ("Secret", True)}


@pytest.fixture(scope="module")
def shop() -> Recorded:
    """The cluster before a namespace is made and deleted."""
    return recorded("namespace-delete", until="A namespace")


def test_a_pod_is_led_up_to_its_deployment(shop: Recorded) -> None:
    family = shop.family("v1/pods:shop/web-59ffc45cc9-fbmqj")
    assert told(family, "owners") == [("ReplicaSet", "web-59ffc45cc9"), ("Deployment", "web")]
    replica_set, deployment = family.members[:2]
    assert (replica_set.parent, deployment.parent) == (0, replica_set.id)
    assert replica_set.is_controller
    assert replica_set.blocks


def test_a_pod_uses_its_config_map_its_account_and_its_node(shop: Recorded) -> None:
    family = shop.family("v1/pods:shop/web-59ffc45cc9-fbmqj")
    config = member(family, "ConfigMap", "web-config")
    assert (config.relation, config.certainty) == ("all keys as variables of nginx", "observed")
    assert config.how == "spec.containers[nginx].envFrom names it"
    assert member(family, "ServiceAccount", "default").relation == "runs as"
    assert member(family, "Node", "node-1").relation == "runs on"


def test_what_routes_to_a_pod_is_told_with_its_slice_and_its_ingress(shop: Recorded) -> None:
    family = shop.family("v1/pods:shop/web-59ffc45cc9-fbmqj")
    service = member(family, "Service", "web")
    assert (service.group, service.certainty, service.how) == ("selected", "inferred", "app=web selects its labels")
    through = [each for each in family.members if each.parent == service.id]
    assert [(each.kind, each.certainty) for each in through] == [("EndpointSlice", "observed"), ("Ingress", "observed")]
    assert through[0].relation == "lists it, ready"
    assert member(family, "PodDisruptionBudget", "web").relation == "guards it"


def test_a_config_map_is_used_by_the_pods_and_by_what_makes_them(shop: Recorded) -> None:
    used = told(shop.family("v1/configmaps:shop/web-config"), "used")
    assert ("Deployment", "web") in used
    assert {kind for kind, _ in used} == {"Deployment", "ReplicaSet", "Pod"}
    assert len([name for kind, name in used if kind == "Pod"]) == 3


def test_from_a_service_to_its_pods_to_their_config_map(shop: Recorded) -> None:
    service = shop.family("v1/services:shop/web")
    pods = [each for each in service.members if each.group == "selects"]
    assert len(pods) == 3
    assert {(each.relation, each.certainty) for each in pods} == {("routes to, ready", "observed")}
    family = shop.family(pods[0].ref)
    assert member(family, "ConfigMap", "web-config").ref == "v1/configmaps:shop/web-config"


def test_an_autoscaler_and_a_budget_are_told_of_a_deployment(shop: Recorded) -> None:
    family = shop.family("apps/v1/deployments:shop/api")
    scaler = member(family, "HorizontalPodAutoscaler", "api")
    assert (scaler.group, scaler.relation) == ("used", "scales")
    assert ("Service", "api") in told(family, "selected")
    assert tuple(dict.fromkeys(kind for kind, _ in told(family, "owned"))) == ("ReplicaSet", "Pod")


def test_a_network_policy_applies_to_whom_it_selects(shop: Recorded) -> None:
    family = shop.family("networking.k8s.io/v1/networkpolicies:shop/db-from-api")
    assert told(family, "selects") == [("Pod", "db-0"), ("Pod", "db-1")]
    assert ("NetworkPolicy", "db-from-api") in told(shop.family("v1/pods:shop/db-0"), "selected")


def test_an_account_is_used_by_pods_and_bindings_and_bindings_are_for_those_who_may(shop: Recorded) -> None:
    ref = "v1/serviceaccounts:kube-system/endpointslice-controller"
    assert ("ClusterRoleBinding", "system:controller:endpointslice-controller") in told(shop.family(ref), "used")
    assert told(shop.family(ref, hidden="rbac.authorization.k8s.io/"), "used") == []


def test_a_secret_that_an_ingress_names_is_not_there(shop: Recorded) -> None:
    family = shop.family("networking.k8s.io/v1/ingresses:shop/shop")
    secret = member(family, "Secret", "shop-tls")
    assert (secret.state, secret.ref) == ("missing", "")
    assert secret.problem == "Secret shop-tls is not there: it has no certificate of its own."


def test_what_an_object_that_is_deleted_waits_for_is_told_with_who_put_it_there() -> None:
    waits = recorded("namespace-delete", until="Release the finalizer")
    family = waits.family("v1/configmaps:temp/c")
    assert family.is_going
    (hold,) = family.holds
    assert (hold.name, hold.words.partition(".")[0]) == ("lab.example/hold", "kubectl-patch put it there")


def test_a_missing_config_map_keeps_a_container_from_starting_unless_it_is_optional() -> None:
    cluster = small(**POD)
    sources = [{"configMapRef": {"name": "app-config"}}, {"secretRef": {"name": "extra", "optional": True}}]
    spec = {"containers": [{"name": "app", "envFrom": sources}]}
    cluster.put("v1/pods", {"metadata": {"name": "web", "namespace": "shop", "uid": "1"}, "spec": spec})
    family = cluster.family("v1/pods:shop/web")
    missing = member(family, "ConfigMap", "app-config")
    assert missing.state == "missing"
    assert missing.problem == (
        "ConfigMap app-config is not there: container app cannot start (CreateContainerConfigError)."
    )
    optional = member(family, "Secret", "extra")
    assert (optional.state, optional.is_optional) == ("missing", True)
    assert optional.problem == "Secret extra is not there, which is allowed: it is optional."


def test_a_key_that_the_config_map_lacks_is_told() -> None:
    cluster = small(**POD)
    cluster.put("v1/configmaps", {"metadata": {"name": "c", "namespace": "shop", "uid": "c"}, "data": {"a": "1"}})
    env = [{"name": "B", "valueFrom": {"configMapKeyRef": {"name": "c", "key": "b"}}}]
    spec = {"containers": [{"name": "app", "env": env}]}
    cluster.put("v1/pods", {"metadata": {"name": "web", "namespace": "shop", "uid": "1"}, "spec": spec})
    problem = member(cluster.family("v1/pods:shop/web"), "ConfigMap", "c").problem
    assert problem == "ConfigMap c has no key b: container app cannot start (CreateContainerConfigError)."


def test_what_the_log_does_not_record_is_unknown_and_not_missing() -> None:
    cluster = small(v1_pods=("Pod", True))
    owners = [{"apiVersion": "example.com/v1", "kind": "Widget", "name": "w", "uid": "w", "controller": True}]
    metadata = {"name": "web", "namespace": "shop", "uid": "1", "ownerReferences": owners}
    cluster.put("v1/pods", {"metadata": metadata, "spec": {"serviceAccountName": "default", "containers": []}})
    family = cluster.family("v1/pods:shop/web")
    assert {each.state for each in family.members} == {"unknown"}
    assert member(family, "Widget", "w").problem == "This log does not record Widget objects."


def test_a_claim_leads_on_to_its_volume_and_its_class() -> None:
    cluster = small(
        v1_pods=("Pod", True),
        v1_persistentvolumeclaims=("PersistentVolumeClaim", True),
        v1_persistentvolumes=("PersistentVolume", False),
        storage__k8s__io_v1_storageclasses=("StorageClass", False),
    )
    volumes = [{"name": "data", "persistentVolumeClaim": {"claimName": "data"}}]
    pod = {"metadata": {"name": "db", "namespace": "shop", "uid": "1"}, "spec": {"volumes": volumes, "containers": []}}
    claim_spec = {"volumeName": "pv-1", "storageClassName": "fast"}
    claim = {"metadata": {"name": "data", "namespace": "shop", "uid": "2"}, "spec": claim_spec}
    volume_spec = {"claimRef": {"namespace": "shop", "name": "data"}, "storageClassName": "fast"}
    volume = {"metadata": {"name": "pv-1", "uid": "3"}, "spec": volume_spec}
    for resource, obj in (("pods", pod), ("persistentvolumeclaims", claim), ("persistentvolumes", volume)):
        cluster.put(f"v1/{resource}", obj)
    family = cluster.family("v1/pods:shop/db")
    claimed = member(family, "PersistentVolumeClaim", "data")
    bound = member(family, "PersistentVolume", "pv-1")
    assert (claimed.parent, bound.parent) == (0, claimed.id)
    fast = [each for each in family.members if each.kind == "StorageClass"]
    assert [(each.parent, each.state) for each in fast] == [(bound.id, "missing"), (claimed.id, "missing")]


def test_a_pod_that_is_selected_and_not_owned_is_called_so() -> None:
    cluster = small(v1_pods=("Pod", True), apps_v1_replicasets=("ReplicaSet", True))
    selector = {"matchLabels": {"app": "web"}}
    own = {"name": "web", "namespace": "shop", "uid": "rs"}
    cluster.put("apps/v1/replicasets", {"metadata": own, "spec": {"selector": selector}})
    stray = {"name": "stray", "namespace": "shop", "uid": "1", "labels": {"app": "web"}}
    cluster.put("v1/pods", {"metadata": stray})
    problem = "No controller owns this Pod: whoever selects it may adopt it."
    assert member(cluster.family("v1/pods:shop/stray"), "ReplicaSet", "web").problem == problem
    assert member(cluster.family("apps/v1/replicasets:shop/web"), "Pod", "stray").problem == problem


def test_families_with_more_than_is_told_say_how_many_more() -> None:
    cluster = small(v1_pods=("Pod", True), v1_nodes=("Node", False))
    cluster.put("v1/nodes", {"metadata": {"name": "node-1", "uid": "n"}})
    for number in range(100):
        metadata = {"name": f"pod-{number:03}", "namespace": "shop", "uid": str(number)}
        cluster.put("v1/pods", {"metadata": metadata, "spec": {"nodeName": "node-1", "containers": []}})
    family = cluster.family("v1/nodes:node-1")
    (more,) = family.more
    assert (more.group, more.kind, more.count) == ("used", "Pod", 40)
    assert len(told(family, "used")) == 60


@pytest.mark.parametrize(
    ("fields", "manager"),
    [({"f:finalizers": {'v:"a/b"': {}}}, "m"), ({"f:finalizers": {'v:"c/d"': {}}}, ""), ([], ""), (None, "")],
)
def test_who_set_a_finalizer_is_told_where_managed_fields_say_so(fields: Any, manager: str) -> None:
    managed = [{"manager": "m", "fieldsV1": {"f:metadata": fields}}]
    assert set_by(json.dumps({"metadata": {"managedFields": managed}}).encode(), "a/b") == manager
    assert set_by(b"[]", "a/b") == ""
