"""What a cluster serves, as it is followed: the names that the real kubectl lists."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from tests.apiserver.server import ApiServer
from tests.apiserver.test_kubectl import Kubectl
from tests.following.conftest import access_to, cluster_of, following
from visualizer.catalog.resources import ApiResource, api_resources
from visualizer.kube import discovery
from visualizer.kube.credentials import Credentials
from visualizer.kube.discovery import discover
from visualizer.kube.transport import Transport
from visualizer.live.threads import in_thread
from visualizer.log.exporting import write_recording
from visualizer.log.importing import import_recording
from visualizer.log.reader import Reader
from visualizer.models import Log


def resources_of(log: Log) -> dict[str, ApiResource]:
    """What the catalogue tells at a log's end, by name and group as kubectl has them."""
    reader = Reader(log)
    found = api_resources(reader.seek(log.last_seq).store, reader.also_served, reader.raw_objects)
    return {f"{row.name}.{row.group}" if row.group else row.name: row for row in found}


async def test_it_lists_what_kubectl_lists_and_an_export_carries_it(tmp_path: Path) -> None:
    async with cluster_of("rolling-update") as server:  # kubectl sends no token where there is no TLS
        kubectl = Kubectl(tmp_path, server.kubeconfig(tmp_path / "config"))
        listed = set((await kubectl("api-resources", "--output=name")).split())
        short = {line.split()[0]: line.split()[1] for line in (await kubectl("api-resources")).splitlines()[1:]}
    async with cluster_of("rolling-update", tokens={"abc": "orrery"}) as server, following(server) as followed:
        log = await in_thread(lambda: followed.log)
        found = await in_thread(lambda: resources_of(log))
    assert set(found) == listed
    assert found["deployments.apps"].names == "discovery"
    assert (found["pods"].short_names, short["pods"]) == (["po"], "po")
    assert found["pods"].categories == ["all"]
    assert found["tokenreviews.authentication.k8s.io"].count == -1
    assert found["tokenreviews.authentication.k8s.io"].verbs == ["create"]

    file = io.BytesIO()
    await in_thread(lambda: write_recording(log, file))
    file.seek(0)
    kept = await in_thread(lambda: import_recording(file, slug="kept"))
    again = await in_thread(lambda: resources_of(kept))
    names = {name: (row.short_names, row.categories, row.verbs) for name, row in found.items()}
    assert {name: (row.short_names, row.categories, row.verbs) for name, row in again.items()} == names


async def test_plain_discovery_tells_the_same(server: ApiServer, monkeypatch: pytest.MonkeyPatch) -> None:
    async with Transport(server.url, Credentials(access_to(server))) as transport:
        aggregated = await discover(transport)
        monkeypatch.setattr(discovery, "AGGREGATED", "application/json")
        plain = await discover(transport)
    assert plain.resources == aggregated.resources
    assert plain.also_served == aggregated.also_served
    assert "authentication.k8s.io/v1/tokenreviews" in plain.also_served
