"""A copied manifest is applied by the real kubectl, and what is read back there is equal in what matters."""

from __future__ import annotations

from json import loads
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.apiserver.test_kubectl import SHOP, Kubectl, kubectl, server  # noqa: F401 - fixtures
from tests.live.conftest import demo_lines
from visualizer.manifests import make_manifest

KINDS = {
    "v1/pods": "Pod",
    "apps/v1/deployments": "Deployment",
    "apps/v1/statefulsets": "StatefulSet",
    "v1/services": "Service",
    "v1/configmaps": "ConfigMap",
    "batch/v1/jobs": "Job",
    "rbac.authorization.k8s.io/v1/clusterroles": "ClusterRole",
}


def objects(*demos: str) -> list[tuple[str, dict[str, Any]]]:
    """The first objects of each kind in these recordings, some of each."""
    found: dict[str, list[dict[str, Any]]] = {}
    for demo in demos:
        for line in demo_lines(demo)[1:]:
            frame = loads(line)
            resource = frame.get("resource", "")
            if resource in KINDS:
                found.setdefault(resource, []).extend(frame["items"] if "items" in frame else [frame["object"]])
    return [(resource, obj) for resource, several in found.items() for obj in several[:4]]


async def test_every_manifest_is_taken_and_read_back_equal_in_what_matters(
    kubectl: Kubectl,  # noqa: F811
    tmp_path: Path,
) -> None:
    await kubectl("create", "namespace", "elsewhere")
    seen = set()
    for number, (resource, raw) in enumerate(objects("jobs", "stateful", "services", "rolling-update")):
        made = make_manifest(resource, KINDS[resource], raw).object
        if raw["metadata"].get("namespace"):
            made["metadata"]["namespace"] = "elsewhere"
        made["metadata"]["name"] = f"copy-{number}"
        file = tmp_path / f"{number}.yaml"
        file.write_text(yaml.safe_dump(made))
        await kubectl("apply", "--filename", str(file))
        where = ["--namespace=elsewhere"] if raw["metadata"].get("namespace") else []
        kind = f"{resource.rpartition('/')[2]}.{resource.rpartition('/')[0].rpartition('/')[0]}".rstrip(".")
        back = yaml.safe_load(await kubectl("get", kind, f"copy-{number}", "--output=yaml", *where))
        assert back["metadata"]["uid"] != raw["metadata"]["uid"]
        again = make_manifest(resource, KINDS[resource], back).object
        assert {**again, "metadata": made["metadata"]} == made
        assert again["metadata"].get("labels") == made["metadata"].get("labels")
        seen.add(resource)
    assert seen == set(KINDS)


def test_what_holds_in_one_cluster_only_is_left_out_and_said() -> None:
    pod = {
        "metadata": {
            "name": "web",
            "uid": "1",
            "ownerReferences": [{"kind": "ReplicaSet"}],
            "annotations": {"kubectl.kubernetes.io/last-applied-configuration": "{}", "kept": "yes"},
        },
        "spec": {
            "nodeName": "node-1",
            "volumes": [{"name": "kube-api-access-abcde"}, {"name": "data"}],
            "containers": [{"name": "app", "volumeMounts": [{"name": "kube-api-access-abcde"}, {"name": "data"}]}],
        },
        "status": {"phase": "Running"},
    }
    made = make_manifest("v1/pods", "Pod", pod)
    assert made.object == {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "web", "annotations": {"kept": "yes"}},
        "spec": {
            "volumes": [{"name": "data"}],
            "containers": [{"name": "app", "volumeMounts": [{"name": "data"}]}],
        },
    }
    assert {left.path for left in made.removed} >= {"metadata.uid", "spec.nodeName", "status"}
    assert made.notes == ["A controller made this object. Apply its owner instead, and the controller makes it anew."]
    assert pod["status"] == {"phase": "Running"}  # the object itself is left as it is


def test_a_headless_service_stays_one() -> None:
    ports = [{"port": 80, "nodePort": 30080}]
    headless = {"metadata": {"name": "db"}, "spec": {"clusterIP": "None", "clusterIPs": ["None"], "ports": ports}}
    made = make_manifest("v1/services", "Service", headless).object["spec"]
    assert made == {"clusterIP": "None", "clusterIPs": ["None"], "ports": [{"port": 80}]}
    plain = {"metadata": {"name": "web"}, "spec": {"clusterIP": "10.96.0.7", "clusterIPs": ["10.96.0.7"]}}
    assert make_manifest("v1/services", "Service", plain).object["spec"] == {}


def test_of_a_secret_it_is_said_that_its_data_are_not_there() -> None:
    (note,) = make_manifest("v1/secrets", "Secret", {"metadata": {"name": "key"}, "type": "Opaque"}).notes
    assert "data have to be put in" in note


@pytest.mark.parametrize(
    "raw", [{}, {"metadata": None, "spec": 3}, {"metadata": {"annotations": []}, "spec": {"ports": 1}}]
)
def test_an_odd_object_is_no_trouble(raw: dict[str, Any]) -> None:
    for resource in ("v1/pods", "v1/services", "batch/v1/jobs"):
        make_manifest(resource, "Odd", raw)
