"""What a part of the inspector asks about one object, over the wire."""

from __future__ import annotations

import json

import pytest
import yaml

from tests.cluster import metadata
from tests.live.conftest import import_demo
from tests.live.test_permissions import ask
from tests.live.viewer import watching
from tests.log.recordings import header, listing, take_in
from visualizer.live.threads import in_thread
from visualizer.models import Log
from visualizer.schemas import custom

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


async def test_the_watchs_next_lines_are_the_logs_next_events(log: Log) -> None:
    async with watching(log) as viewer:
        told = await ask(viewer, "ask_requests", ref=WEB)
        assert (told["exists"], told["isEnd"], len(told["lines"])) == (True, False, 12)
        assert [request["verb"] for request in told["requests"]] == ["get", "list", "list", "watch"]
        assert f"resourceVersion={told['version']}" in told["requests"][-1]["target"]
        versions = [int(json.loads(line["json"])["object"]["metadata"]["resourceVersion"]) for line in told["lines"]]
        assert versions == sorted(versions)
        assert versions[0] > int(told["version"])
        assert told["header"] == ["NAME", "READY", "UP-TO-DATE", "AVAILABLE", "AGE"]
        assert all(line["cells"][0] == "web" for line in told["lines"])
        last = told["lines"][-1]["seq"]
        viewer.say("seek", seq=last)
        later = await ask(viewer, "ask_requests", id=2, ref=WEB)
        assert later["version"] == str(versions[-1])
        assert all(line["seq"] > last for line in later["lines"])
        again = await ask(viewer, "ask_requests", id=3, ref=WEB, after=told["seq"])
        assert again["lines"] == told["lines"]


async def test_at_the_logs_end_there_is_no_next_line(log: Log) -> None:
    async with watching(log) as viewer:
        viewer.say("seek", seq=log.last_seq)
        told = await ask(viewer, "ask_requests", ref=WEB)
        assert (told["lines"], told["isEnd"]) == ([], True)


async def test_a_wider_watch_tells_of_others_too(log: Log) -> None:
    async with watching(log) as viewer:
        told = await ask(viewer, "ask_requests", ref="v1/pods:shop/db-0", scope="namespace")
        assert len({line["ref"] for line in told["lines"]}) > 1
        assert all(line["ref"].startswith("v1/pods:shop/") for line in told["lines"])


async def test_a_manifest_leaves_out_what_the_server_sets(log: Log) -> None:
    async with watching(log) as viewer:
        told = await ask(viewer, "ask_manifest", ref=WEB)
        made = yaml.safe_load(told["yaml"])
        assert set(made["metadata"]) == {"name", "namespace", "labels"}
        assert "status" not in made
        assert {"metadata.uid", "status"} <= {left["path"] for left in told["removed"]}


async def test_any_two_versions_are_compared(log: Log) -> None:
    async with watching(log) as viewer:
        viewer.say("seek", seq=log.last_seq)
        versions = (await ask(viewer, "inspect", ref=WEB))["versions"]
        newer, older = versions[0]["seq"], versions[-1]["seq"]
        told = await ask(viewer, "compare_versions", id=2, ref=WEB, older=older, seq=newer)
        assert (told["older"], told["newer"]) == (older, newer)
        old, new = told["old"].splitlines(), told["new"].splitlines()
        rebuilt = []
        for stretch in told["stretches"]:
            mine = new[stretch["newFrom"] : stretch["newTo"]]
            assert not stretch["isSame"] or mine == old[stretch["oldFrom"] : stretch["oldTo"]]
            rebuilt += mine
        assert rebuilt == new
        assert "metadata.generation" in {change["path"] for change in told["changes"]}
        wrong = await ask(viewer, "compare_versions", id=3, ref=WEB, older=1, seq=newer)
        assert wrong["op"] == "problem"


def cron_tabs() -> Log:
    """A recording of a custom resource, its definition and an object of it."""
    names = {"plural": "crontabs", "kind": "CronTab"}
    when = {"type": "string", "description": "When."}
    spec = {"type": "object", "required": ["cronSpec"], "properties": {"cronSpec": when}}
    schema = {"openAPIV3Schema": {"type": "object", "properties": {"spec": spec}}}
    definition = {
        "metadata": metadata("crontabs.stable.example.com", namespace=""),
        "spec": {"group": "stable.example.com", "names": names, "versions": [{"name": "v1", "schema": schema}]},
    }
    nightly = {"metadata": metadata("nightly"), "spec": {"cronSpec": "* * * * *", "colour": "red"}}
    path = {"verbs": ["get", "list", "watch"], "path": "/x"}
    resources = {
        custom.RESOURCE: {**path, "kind": "CustomResourceDefinition", "namespaced": False},
        "stable.example.com/v1/crontabs": {**path, "kind": "CronTab", "namespaced": True},
    }
    lists = listing(definition, resource=custom.RESOURCE), listing(nightly, resource="stable.example.com/v1/crontabs")
    return take_in(header(resources=resources, server_version="v1.36.2"), *lists)


async def test_a_custom_resources_definition_says_what_its_fields_are(transactional_db: None) -> None:
    log = await in_thread(cron_tabs)
    async with watching(log) as viewer:
        told = await ask(viewer, "ask_fields", ref="stable.example.com/v1/crontabs:shop/nightly")
        fields = {field["path"]: field for field in told["fields"] if field["isKnown"]}
        assert told["source"] == "definition"
        assert (fields["spec.cronSpec"]["words"], fields["spec.cronSpec"]["required"]) == ("When.", True)
        assert fields["metadata.name"]["words"].startswith("Name must be unique within a namespace.")
        assert "spec.colour" not in fields
