"""What a part of the inspector asks about one object, over the wire."""

from __future__ import annotations

import pytest

from tests.live.conftest import import_demo
from tests.live.test_permissions import ask
from tests.live.viewer import watching
from visualizer.models import Log

WEB = "apps/v1/deployments:shop/web"


@pytest.fixture
def log(transactional_db: None) -> Log:
    """The recording of a rollout."""
    return import_demo("rolling-update")


async def test_each_line_of_the_yaml_has_the_schemas_words(log: Log) -> None:
    async with watching(log) as viewer:
        shown = await ask(viewer, "inspect", ref=WEB)
        told = await ask(viewer, "ask_fields", id=2, ref=WEB, seq=shown["seq"])
        lines = shown["yaml"].splitlines()
        assert (told["op"], told["source"], len(told["lines"])) == ("fields", "published", len(lines))
        line = next(number for number, text in enumerate(lines) if text.strip().startswith("maxUnavailable:"))
        field = told["fields"][told["lines"][line]]
        assert field["path"] == "spec.strategy.rollingUpdate.maxUnavailable"
        assert field["words"].startswith("The maximum number of pods that can be unavailable during the update.")
        assert told["explain"] == "kubectl explain --api-version=apps/v1 deployments"
        assert {each["path"] for each in told["fields"]} >= {"apiVersion", "metadata.managedFields.fieldsV1"}


async def test_where_no_schema_is_known_it_is_said(log: Log) -> None:
    log.server_version = "v1.2.3"
    async with watching(log) as viewer:
        told = await ask(viewer, "ask_fields", ref=WEB)
        assert (told["source"], told["fields"], told["lines"]) == ("none", [], [])
        assert told["words"] == "This recording carries no schema for apps/v1/deployments."


async def test_of_what_is_not_there_nothing_is_told(log: Log) -> None:
    async with watching(log) as viewer:
        assert (await ask(viewer, "ask_fields", ref="apps/v1/deployments:shop/none"))["op"] == "problem"
        assert (await ask(viewer, "ask_fields", id=2, ref="v1/unicorns:a"))["op"] == "problem"


async def test_who_may_not_see_rbac_asks_nothing_of_it(log: Log) -> None:
    async with watching(log, "flow", forbidden=["rbac"]) as viewer:
        role = "rbac.authorization.k8s.io/v1/clusterroles:cluster-admin"
        assert "view_rbac" in (await ask(viewer, "ask_fields", ref=role))["text"]
