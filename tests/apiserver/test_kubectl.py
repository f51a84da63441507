"""The real kubectl takes the stand-in for an API server."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import orjson
import pytest
import yaml

from tests.apiserver.server import ApiServer
from tests.cluster import DEMOS

KUBECTL = Path(sys.executable).parent / "kubectl"
MANIFEST: list[dict[str, Any]] = [
    {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": "trial", "namespace": "shop"},
        "data": {"colour": "blue"},
    },
    {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "trial", "namespace": "shop"},
        "spec": {
            "replicas": 1,
            "selector": {"matchLabels": {"app": "trial"}},
            "template": {
                "metadata": {"labels": {"app": "trial"}},
                "spec": {"containers": [{"name": "one", "image": "one:1"}, {"name": "two", "image": "two:1"}]},
            },
        },
    },
    {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "IngressClass",
        "metadata": {"name": "trial"},
        "spec": {"controller": "lab/trial"},
    },
]
SHOP = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "shop"}}


class Kubectl:
    """kubectl with a kubeconfig and a home of its own."""

    def __init__(self, home: Path, config: Path) -> None:
        self._home = home
        self._environment = {**os.environ, "HOME": str(home), "KUBECONFIG": str(config)}

    async def start(self, *arguments: str) -> asyncio.subprocess.Process:
        """A kubectl that runs; whoever starts it ends it."""
        return await asyncio.create_subprocess_exec(
            KUBECTL,
            *arguments,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            env=self._environment,
        )

    async def __call__(self, *arguments: str) -> str:
        """What kubectl writes; AssertionError with its complaint if it fails."""
        process = await self.start(*arguments)
        written, complaint = await asyncio.wait_for(process.communicate(), 30)
        assert process.returncode == 0, complaint.decode()
        return written.decode()

    async def refused(self, *arguments: str) -> str:
        """What kubectl complains of."""
        process = await self.start(*arguments)
        _, complaint = await asyncio.wait_for(process.communicate(), 30)
        assert process.returncode != 0
        return complaint.decode()

    def manifest(self, *objects: dict[str, Any]) -> str:
        """A file with objects."""
        path = self._home / "manifest.yaml"
        path.write_text(yaml.safe_dump_all(objects))
        return str(path)


@pytest.fixture
async def server() -> AsyncIterator[ApiServer]:
    """With TLS and tokens, as kubectl meets it in earnest."""
    async with ApiServer(tls=True, tokens={"sesame": "alice"}) as started:
        started.load(DEMOS / "rolling-update" / "recording.jsonl.zst")
        yield started


@pytest.fixture
def kubectl(server: ApiServer, tmp_path: Path) -> Kubectl:
    """Speaks to that server."""
    return Kubectl(tmp_path, server.kubeconfig(tmp_path / "config"))


def rows(text: str) -> list[list[str]]:
    """The cells of a table kubectl has written."""
    return [line.split() for line in text.splitlines()]


async def test_get_shows_tables(kubectl: Kubectl) -> None:
    header, *pods = rows(await kubectl("get", "pods", "--namespace=shop", "--output=wide"))
    assert header[:7] == ["NAME", "READY", "STATUS", "RESTARTS", "AGE", "IP", "NODE"]
    assert ["db-0", "1/1", "Running"] in [pod[:3] for pod in pods]
    assert len(pods) == 7
    header, *deployments = rows(await kubectl("get", "deployments", "--namespace=shop"))
    assert header == ["NAME", "READY", "UP-TO-DATE", "AVAILABLE", "AGE"]
    assert [one[:4] for one in deployments] == [["api", "2/2", "2", "2"], ["web", "3/3", "3", "3"]]
    nodes = rows(await kubectl("get", "nodes"))
    assert [node[:3] for node in nodes[1:]] == [[f"node-{n}", "Ready", "<none>"] for n in (1, 2, 3)]


async def test_every_resource_can_be_got_as_a_table(server: ApiServer, kubectl: Kubectl) -> None:
    await server.play()
    assert server.recording
    resources = [server.catalogue[resource] for resource in server.recording.header["resources"]]
    asked = ",".join(resource.qualified for resource in resources)
    table = rows(await kubectl("get", asked, "--all-namespaces", "--ignore-not-found", "--no-headers"))
    assert sum(map(bool, table)) == sum(len(server.storage.collection(one.id).objects) for one in resources)
    assert {request.path for request in server.requests} >= {resource.path for resource in resources}


async def test_get_pages_through_long_lists(server: ApiServer, kubectl: Kubectl) -> None:
    names = await kubectl("get", "serviceaccounts", "--all-namespaces", "--chunk-size=10", "--output=name")
    assert len(names.splitlines()) == len(server.storage.collection("v1/serviceaccounts").objects) == 47
    assert sum(request.path == "/api/v1/serviceaccounts" for request in server.requests) == 5


async def test_selectors_select(kubectl: Kubectl) -> None:
    by_label = await kubectl("get", "pods", "--all-namespaces", "--selector=app in (web),tier!=back", "--output=name")
    assert len(by_label.splitlines()) == 3
    by_field = await kubectl("get", "pods", "--all-namespaces", "--field-selector=metadata.name=db-0", "--output=name")
    assert by_field == "pod/db-0\n"


async def test_get_watch_follows(server: ApiServer, kubectl: Kubectl) -> None:
    process = await kubectl.start("get", "configmaps", "--namespace=shop", "--watch")
    assert process.stdout
    try:
        assert (await process.stdout.readline()).split() == [b"NAME", b"DATA", b"AGE"]
        await server.until(lambda: server.watching("v1/configmaps") == 1)
        server.storage.put("v1/configmaps", {"metadata": {"name": "fresh", "namespace": "shop"}, "data": {"a": "b"}})
        line = await asyncio.wait_for(process.stdout.readline(), 10)
        while not line.startswith(b"fresh"):
            line = await asyncio.wait_for(process.stdout.readline(), 10)
        assert line.split()[:2] == [b"fresh", b"1"]
    finally:
        process.kill()
        await process.communicate()


async def test_apply_creates_and_changes_and_delete_removes(server: ApiServer, kubectl: Kubectl) -> None:
    created = await kubectl("apply", "--filename", kubectl.manifest(*MANIFEST))
    assert [line.rsplit(maxsplit=1)[1] for line in created.splitlines()] == ["created"] * 3
    config, deployment, class_ = orjson.loads(orjson.dumps(MANIFEST))
    config["data"]["colour"] = "red"
    deployment["spec"]["template"]["spec"]["containers"][0]["image"] = "one:2"
    changed = await kubectl("apply", "--filename", kubectl.manifest(config, deployment, class_))
    assert [line.rsplit(maxsplit=1)[1] for line in changed.splitlines()] == ["configured", "configured", "unchanged"]
    stored = server.storage.get("apps/v1/deployments", "shop/trial")
    assert stored
    assert stored["metadata"]["generation"] == 2
    containers = stored["spec"]["template"]["spec"]["containers"]
    assert containers == [{"name": "one", "image": "one:2"}, {"name": "two", "image": "two:1"}]
    await kubectl("delete", "--filename", kubectl.manifest(*MANIFEST))
    assert server.storage.get("apps/v1/deployments", "shop/trial") is None


async def test_server_side_apply_creates_and_merges(server: ApiServer, kubectl: Kubectl) -> None:
    config = MANIFEST[0]
    await kubectl("apply", "--server-side", "--filename", kubectl.manifest(config))
    await kubectl("apply", "--server-side", "--filename", kubectl.manifest({**config, "data": {"shape": "round"}}))
    stored = server.storage.get("v1/configmaps", "shop/trial")
    assert stored
    assert stored["data"] == {"colour": "blue", "shape": "round"}


@pytest.mark.parametrize(
    ("kind", "patch"),
    [
        ("merge", '{"data":{"colour":null,"shape":"round"}}'),
        ("json", '[{"op":"remove","path":"/data/colour"},{"op":"add","path":"/data/shape","value":"round"}]'),
        ("strategic", '{"data":{"colour":null,"shape":"round"}}'),
    ],
)
async def test_patches_of_each_kind_change_the_same(kind: str, patch: str, server: ApiServer, kubectl: Kubectl) -> None:
    await kubectl("create", "--filename", kubectl.manifest(MANIFEST[0]))
    await kubectl("patch", "configmap/trial", "--namespace=shop", f"--type={kind}", "--patch", patch)
    stored = server.storage.get("v1/configmaps", "shop/trial")
    assert stored
    assert stored["data"] == {"shape": "round"}


async def test_create_makes_what_it_is_told_in_words(server: ApiServer, kubectl: Kubectl) -> None:
    """kubectl sends these in protobuf."""
    shop = "--namespace=shop"
    said = await kubectl("create", "configmap", "trial", shop, "--from-literal=colour=blue", "--from-literal=none=")
    assert said == "configmap/trial created\n"
    config = server.storage.get("v1/configmaps", "shop/trial")
    assert config
    assert config["data"] == {"colour": "blue", "none": ""}
    await kubectl("create", "secret", "generic", "trial", shop, "--from-literal=password=sesame")
    secret = server.storage.get("v1/secrets", "shop/trial")
    assert secret
    assert secret["data"] == {"password": "c2VzYW1l"}
    await kubectl("create", "deployment", "trial", shop, "--image=one:1", "--replicas=2", "--port=80")
    deployment = server.storage.get("apps/v1/deployments", "shop/trial")
    assert deployment
    assert (deployment["spec"]["replicas"], deployment["spec"]["selector"]) == (2, {"matchLabels": {"app": "trial"}})
    assert deployment["spec"]["template"]["spec"]["containers"] == [
        {"name": "one", "image": "one:1", "ports": [{"containerPort": 80}]}
    ]
    await kubectl("create", "namespace", "trial")
    await kubectl("create", "serviceaccount", "trial", "--namespace=trial")
    assert server.storage.get("v1/serviceaccounts", "trial/trial")
    assert "a Job in protobuf is not known" in await kubectl.refused("create", "job", "trial", shop, "--image=one:1")


async def test_explain_tells_of_fields(kubectl: Kubectl) -> None:
    told = await kubectl("explain", "deployment.spec.replicas")
    assert "FIELD: replicas <integer>" in told
    assert "Number of desired pods." in told
    assert "KIND:       IngressClass" in await kubectl("explain", "ingressclass")


async def test_api_resources_and_versions_are_listed(server: ApiServer, kubectl: Kubectl) -> None:
    listed = await kubectl("api-resources", "--output=name")
    assert set(listed.split()) == {resource.qualified for resource in server.catalogue}
    versions = (await kubectl("api-versions")).split()
    assert {"v1", "apps/v1", "autoscaling/v1", "autoscaling/v2"} <= set(versions)
    assert "Server Version: v1.36.2" in await kubectl("version")


async def test_refusals_come_through(server: ApiServer, kubectl: Kubectl) -> None:
    assert 'pods "none" not found' in await kubectl.refused("get", "pod", "none", "--namespace=shop")
    server.access.deny("v1/secrets", "list")
    complaint = await kubectl.refused("get", "secrets", "--all-namespaces")
    assert 'User "alice" cannot list resource "secrets" in API group "" at the cluster scope' in complaint
    assert "already exists" in await kubectl.refused("create", "--filename", kubectl.manifest(SHOP))
    server.access.unauthorize("sesame")
    assert "Unauthorized" in await kubectl.refused("get", "pods")


async def test_an_object_with_a_finalizer_is_only_marked_for_deletion(server: ApiServer, kubectl: Kubectl) -> None:
    held = {**MANIFEST[0], "metadata": {"name": "held", "namespace": "shop", "finalizers": ["lab/keep"]}}
    await kubectl("create", "--filename", kubectl.manifest(held))
    await kubectl("delete", "configmap/held", "--namespace=shop", "--wait=false")
    stored = server.storage.get("v1/configmaps", "shop/held")
    assert stored
    assert "deletionTimestamp" in stored["metadata"]
    patch = '{"metadata":{"finalizers":null}}'
    await kubectl("patch", "configmap/held", "--namespace=shop", "--type=merge", "--patch", patch)
    assert server.storage.get("v1/configmaps", "shop/held") is None


async def test_writes_from_an_old_version_conflict(kubectl: Kubectl) -> None:
    await kubectl("create", "--filename", kubectl.manifest(MANIFEST[0]))
    old = orjson.loads(await kubectl("get", "configmap/trial", "--namespace=shop", "--output=json"))
    await kubectl("label", "configmap/trial", "--namespace=shop", "a=b")
    complaint = await kubectl.refused("replace", "--filename", kubectl.manifest(old))
    assert "the object has been modified; please apply your changes to the latest version" in complaint
