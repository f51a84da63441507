"""The printed lines are run: by the real kubectl, by a shell, and by curl through ``kubectl proxy``."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import re
import shlex
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from tests.apiserver.server import ApiServer
from tests.apiserver.test_kubectl import KUBECTL, server  # noqa: F401 - a fixture
from visualizer.frames import Resource
from visualizer.requests.lines import Subject, requests_for

SUBJECTS = [("v1/pods", "shop", "db-0"), ("apps/v1/deployments", "shop", "web"), ("v1/nodes", "", "node-1")]


class Shell:
    """Runs a line as a person would who pasted it."""

    def __init__(self, environment: dict[str, str]) -> None:
        self.environment = environment

    async def start(self, line: str) -> asyncio.subprocess.Process:
        """The line as a process; whoever starts it ends it."""
        pipe = asyncio.subprocess.PIPE
        return await asyncio.create_subprocess_exec("sh", "-c", f"exec {line}", stdout=pipe, env=self.environment)

    async def __call__(self, line: str) -> str:
        """What it writes."""
        process = await self.start(line)
        written, _ = await asyncio.wait_for(process.communicate(), 30)
        assert process.returncode == 0
        return written.decode()


@pytest.fixture
async def shell(server: ApiServer, tmp_path: Path) -> AsyncIterator[Shell]:  # noqa: F811
    """A shell in which ``kubectl proxy`` runs, as the inspector says."""
    environment = {
        **os.environ,
        "PATH": f"{KUBECTL.parent}{os.pathsep}{os.environ['PATH']}",
        "HOME": str(tmp_path),
        "KUBECONFIG": str(server.kubeconfig(tmp_path / "config")),
    }
    proxy = await asyncio.create_subprocess_exec(
        KUBECTL, "proxy", "--port=0", stdout=asyncio.subprocess.PIPE, env=environment
    )
    assert proxy.stdout is not None
    said = await asyncio.wait_for(proxy.stdout.readline(), 30)
    environment["APISERVER"] = f"http://{said.decode().split()[-1]}"
    yield Shell(environment)
    proxy.terminate()
    await proxy.wait()


def subject(server: ApiServer, resource: str, namespace: str, name: str, version: str = "") -> Subject:  # noqa: F811
    """One of the recording's objects."""
    assert server.recording
    told = server.recording.header["resources"][resource]
    return Subject(resource, Resource(**told), namespace, name, version)


@pytest.mark.parametrize(("resource", "namespace", "name"), SUBJECTS)
async def test_every_get_and_list_line_gives_that_object(
    server: ApiServer,  # noqa: F811
    shell: Shell,
    resource: str,
    namespace: str,
    name: str,
) -> None:
    requests = requests_for(subject(server, resource, namespace, name))
    assert [request.verb for request in requests] == ["get", *["list"] * (2 if namespace else 1), "watch"]
    get, *lists, _ = requests
    shown = [yaml.safe_load(await shell(get.kubectl)), json.loads(await shell(get.curl))]
    shown.append(json.loads(await shell(get.raw)))
    assert {obj["metadata"]["name"] for obj in shown} == {name}
    assert len({obj["metadata"]["uid"] for obj in shown}) == 1
    for request in lists:
        assert name in await shell(request.kubectl)
        for line in (request.curl, request.raw):
            assert name in {obj["metadata"]["name"] for obj in json.loads(await shell(line))["items"]}
        assert any(seen.path == request.target.partition("?")[0] for seen in server.requests)


@pytest.mark.parametrize("way", ["curl", "raw", "kubectl"])
async def test_a_watch_line_prints_what_happens_next(server: ApiServer, shell: Shell, way: str) -> None:  # noqa: F811
    now = json.loads(await shell("kubectl get --raw /apis/apps/v1/deployments"))["metadata"]["resourceVersion"]
    watch = requests_for(subject(server, "apps/v1/deployments", "shop", "web", now))[-1]
    process = await shell.start(getattr(watch, way))
    assert process.stdout is not None
    try:
        await server.until(lambda: any("watch" in request.query for request in server.requests))
        await server.play()
        line = (await asyncio.wait_for(process.stdout.readline(), 30)).decode()
        if way == "kubectl":
            line = (await asyncio.wait_for(process.stdout.readline(), 30)).decode()
            assert line.split()[:3] == ["ADDED", "web", "3/3"]  # what it got first, below the header
            line = (await asyncio.wait_for(process.stdout.readline(), 30)).decode()
            assert line.split()[:2] == ["MODIFIED", "web"]
        else:
            assert (json.loads(line)["type"], json.loads(line)["object"]["metadata"]["name"]) == ("MODIFIED", "web")
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.terminate()
        await process.communicate()  # reads what is left: a full pipe would never close


names = st.text(min_size=1, max_size=30).filter(lambda text: "\0" not in text)


@given(namespace=names, name=names, plural=names)
def test_a_hostile_name_stays_one_word_of_every_line(namespace: str, name: str, plural: str) -> None:
    resource = Resource("/x", "X", namespaced=True, verbs=["get", "list", "watch"])
    for request in requests_for(Subject(f"v1/{plural}", resource, namespace, name, "7")):
        words = shlex.split(request.kubectl)
        assert words[0] == "kubectl"
        assert request.verb == "list" or words[-1] == name
        assert re.fullmatch(r"[A-Za-z0-9/._~:%?&=-]*", request.target)
        assert shlex.split(request.raw) == ["kubectl", "get", "--raw", request.target]
        assert request.curl.endswith(f'"$APISERVER{request.target}"')
        assert "".join(piece.text for piece in request.pieces) == re.sub(r"[?&]", "", request.target)


def test_a_name_that_looks_like_an_option_is_none() -> None:
    resource = Resource("/x", "ConfigMap", namespaced=True, verbs=[])
    get = requests_for(Subject("v1/configmaps", resource, "shop", "--all", "7"))[0]
    assert shlex.split(get.kubectl)[-2:] == ["--", "--all"]


def test_what_is_not_served_is_not_offered() -> None:
    resource = Resource("/x", "Event", namespaced=True, verbs=["list"])
    assert {request.verb for request in requests_for(Subject("v1/events", resource, "shop", "a", ""))} == {"list"}
