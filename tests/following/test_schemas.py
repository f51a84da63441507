"""A followed cluster's own words on its fields are asked for, once, and again when they alter."""

from __future__ import annotations

import pytest

from tests.apiserver.openapi import OpenApi
from tests.apiserver.server import ApiServer
from tests.following.conftest import access_to, following, until
from visualizer.kube.credentials import Credentials
from visualizer.kube.schemas import learn
from visualizer.kube.transport import Transport
from visualizer.live.threads import in_thread
from visualizer.log import schemas
from visualizer.schemas.document import Definitions


def documents(server: ApiServer) -> list[str]:
    """Which documents were asked for, in order."""
    return [each.path.removeprefix("/openapi/v3/") for each in server.requests if each.path.startswith("/openapi/v3/")]


class Keeper:
    """Keeps them in a dictionary."""

    def __init__(self) -> None:
        self.kept: dict[str, tuple[str, Definitions]] = {}

    async def schema_digests(self) -> dict[str, str]:
        return {name: digest for name, (digest, _) in self.kept.items()}

    async def keep_schemas(self, group_version: str, digest: str, definitions: Definitions) -> None:
        self.kept[group_version] = digest, definitions


async def test_a_followed_clusters_words_are_its_own(server: ApiServer) -> None:
    async with following(server) as followed:
        await until(lambda: schemas.digests(followed.log).keys() >= {"v1", "apps/v1", "batch/v1"})
        known = await in_thread(lambda: schemas.find(followed.log, "apps/v1/deployments", "Deployment"))
        assert known is not None
        assert known.source == "cluster"
        assert "description" in known.kind
        asked = documents(server)
        assert len(asked) == len(set(asked))
    count = len(documents(server))
    async with following(server):
        await until(lambda: any(each.path == "/openapi/v3" for each in server.requests[-200:]))
        assert len(documents(server)) == count


async def test_only_what_altered_is_asked_for_again(server: ApiServer, monkeypatch: pytest.MonkeyPatch) -> None:
    keeper = Keeper()
    names = ["v1/pods", "apps/v1/deployments", "batch/v1/jobs"]
    async with Transport(server.url, Credentials(access_to(server))) as transport:
        assert await learn(transport, keeper, names) == 3
        assert await learn(transport, keeper, names) == 0
        real = OpenApi._text
        monkeypatch.setattr(
            OpenApi, "_text", lambda self, path: real(self, path) + (b" " if path == "apis/batch/v1" else b"")
        )
        assert await learn(transport, keeper, names) == 1
        assert documents(server)[3:] == ["apis/batch/v1"]
        assert transport.cost.requests == 7


async def test_a_server_that_does_not_tell_is_left_alone(server: ApiServer) -> None:
    keeper = Keeper()
    async with Transport(server.url, Credentials(access_to(server, token="wrong"))) as transport:
        assert await learn(transport, keeper, ["v1/pods"]) == 0
    assert keeper.kept == {}
