"""Which of kube-controller-manager's controllers a write names."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from visualizer.flow.controllers import find_controller
from visualizer.kinds import KINDS
from visualizer.objects import AnyObject, Object


def obj(resource: str, *, owner: str = "", **fields: Any) -> AnyObject:
    """An object of this resource, with a controlling owner of this kind."""
    metadata = {"name": "web", "uid": "u-1", **fields.pop("metadata", {})}
    if owner:
        metadata["ownerReferences"] = [{"kind": owner, "name": "up", "uid": "u-2", "controller": True}]
    return msgspec.convert({"metadata": metadata, **fields}, type=KINDS.get(resource, Object))


@pytest.mark.parametrize(
    ("resource", "owner", "controller"),
    [
        ("v1/pods", "ReplicaSet", "replicaset-controller"),
        ("v1/pods", "StatefulSet", "statefulset-controller"),
        ("v1/pods", "DaemonSet", "daemon-set-controller"),
        ("v1/pods", "Job", "job-controller"),
        ("v1/pods", "Unicorn", ""),
        ("v1/pods", "", ""),
        ("apps/v1/replicasets", "Deployment", "deployment-controller"),
        ("batch/v1/jobs", "CronJob", "cronjob-controller"),
        ("apps/v1/controllerrevisions", "StatefulSet", "statefulset-controller"),
        ("v1/endpoints", "", "endpoint-controller"),
        ("v1/secrets", "", ""),
    ],
)
def test_who_makes_an_object_is_told_by_its_kind_or_its_owners(resource: str, owner: str, controller: str) -> None:
    assert find_controller(resource, "", None, obj(resource, owner=owner)) == controller


@pytest.mark.parametrize(
    ("resource", "controller"),
    [
        ("apps/v1/deployments", "deployment-controller"),
        ("apps/v1/replicasets", "replicaset-controller"),
        ("policy/v1/poddisruptionbudgets", "disruption-controller"),
        ("example.com/v1/unicorns", ""),
    ],
)
def test_a_status_is_the_controller_s_of_its_kind_whoever_owns_the_object(resource: str, controller: str) -> None:
    written = obj(resource, owner="Deployment")
    assert find_controller(resource, "status", written, written) == controller


def test_only_the_autoscaler_scales_here() -> None:
    old, new = (obj("apps/v1/deployments", spec={"replicas": number}) for number in (1, 2))
    assert find_controller("apps/v1/deployments", "scale", old, new) == "horizontal-pod-autoscaler"


def test_a_pods_status_is_written_for_a_node_that_cannot() -> None:
    on_node, waiting = obj("v1/pods", spec={"nodeName": "node-1"}), obj("v1/pods")
    assert find_controller("v1/pods", "status", on_node, on_node) == "node-controller"
    assert find_controller("v1/pods", "status", waiting, waiting) == ""


def test_the_finalizer_that_goes_names_who_took_it() -> None:
    tracked = obj("v1/pods", owner="Job", metadata={"finalizers": ["batch.kubernetes.io/job-tracking"]})
    assert find_controller("v1/pods", "", tracked, obj("v1/pods", owner="Job")) == "job-controller"
    held = obj("apps/v1/replicasets", owner="Deployment", metadata={"finalizers": ["foregroundDeletion"]})
    freed = obj("apps/v1/replicasets", owner="Deployment")
    assert find_controller("apps/v1/replicasets", "", held, freed) == "generic-garbage-collector"


def test_a_pod_is_adopted_by_its_new_owners_controller() -> None:
    alone, adopted = obj("v1/pods"), obj("v1/pods", owner="ReplicaSet")
    assert find_controller("v1/pods", "", alone, adopted) == "replicaset-controller"
    assert find_controller("v1/pods", "", adopted, adopted) == ""


@pytest.mark.parametrize(
    ("by", "controller"),
    [
        ("endpointslice-controller.k8s.io", "endpointslice-controller"),
        ("endpointslicemirroring-controller.k8s.io", "endpointslicemirroring-controller"),
        ("somebody.example.com", ""),
    ],
)
def test_a_slice_says_who_manages_it(by: str, controller: str) -> None:
    slices = "discovery.k8s.io/v1/endpointslices"
    new = obj(slices, metadata={"labels": {"endpointslice.kubernetes.io/managed-by": by}})
    assert find_controller(slices, "", new, new) == controller


def test_a_node_is_its_controllers_where_spec_or_conditions_altered() -> None:
    plain = obj("v1/nodes")
    tainted = obj("v1/nodes", spec={"taints": [{"key": "node.kubernetes.io/unreachable", "effect": "NoExecute"}]})
    assert find_controller("v1/nodes", "", plain, tainted) == "node-controller"
    assert find_controller("v1/nodes", "", plain, plain) == "ttl-controller"
    assert find_controller("v1/nodes", "status", plain, plain) == "attachdetach-controller"
    assert find_controller("v1/nodes", "", None, plain) == ""


def test_the_two_config_maps_of_every_namespace_have_their_publishers() -> None:
    names = ("kube-root-ca.crt", "openshift-service-ca.crt", "settings")
    made = [obj("v1/configmaps", metadata={"name": name}) for name in names]
    found = [find_controller("v1/configmaps", "", None, each) for each in made]
    assert found == ["root-ca-cert-publisher", "service-ca-cert-publisher", ""]
