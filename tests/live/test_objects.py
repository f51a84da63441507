"""Families, resources, lists and namespaces over the wire, at the viewer's own place."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.live.conftest import import_demo
from tests.live.test_permissions import ask, place_of_note
from tests.live.viewer import Viewer, watching
from visualizer.models import Log

RBAC = "rbac.authorization.k8s.io/"


@pytest.fixture
def log(transactional_db: None) -> Log:
    """A namespace that is made, and deleted while a finalizer holds on."""
    return import_demo("namespace-delete")


@pytest.fixture
async def viewer(log: Log) -> AsyncIterator[Viewer]:
    """A viewer of it, at its opening."""
    async with watching(log) as found:
        yield found


async def test_a_family_is_that_of_the_viewer_s_place(viewer: Viewer) -> None:
    early = await ask(viewer, "ask_family", ref="v1/configmaps:temp/c")
    assert (early["op"], early["text"]) == ("problem", "There is no temp/c at this moment.")
    viewer.say("seek", seq=await place_of_note(viewer, "Release the finalizer"))
    late = await ask(viewer, "ask_family", id=2, ref="v1/configmaps:temp/c")
    assert late["op"] == "family"
    assert late["family"]["isGoing"] is True
    assert [hold["name"] for hold in late["family"]["holds"]] == ["lab.example/hold"]
    assert [prospect["policy"] for prospect in late["family"]["prospects"]] == ["foreground", "background", "orphan"]


async def test_resources_and_their_objects_are_listed(viewer: Viewer) -> None:
    served = {row["id"]: row for row in (await ask(viewer, "ask_resources"))["resources"]}
    assert served["v1/pods"]["count"] == 10
    pods = await ask(viewer, "ask_objects", id=2, resource="v1/pods", namespace="shop", count=3)
    listed = pods["listed"]
    assert (listed["total"], listed["objects"], len(listed["rows"])) == (7, 10, 3)
    nothing = await ask(viewer, "ask_objects", id=3, resource="v1/unicorns")
    assert nothing["text"] == "This log records no “v1/unicorns”."


async def test_namespaces_are_told_and_one_of_them_whole(viewer: Viewer) -> None:
    viewer.say("seek", seq=await place_of_note(viewer, "Release the finalizer"))
    answer = await ask(viewer, "ask_namespaces", name="temp")
    assert {row["name"] for row in answer["namespaces"]} >= {"shop", "temp"}
    assert (answer["detail"]["phase"], len(answer["detail"]["holding"])) == ("Terminating", 1)
    assert (await ask(viewer, "ask_namespaces", id=2, name="nowhere"))["detail"] is None


async def test_who_may_not_see_rbac_is_told_of_none_of_its_objects(log: Log) -> None:
    async with watching(log, "flow", forbidden=["rbac"]) as viewer:
        served = {row["id"]: row["count"] for row in (await ask(viewer, "ask_resources"))["resources"]}
        assert {count for name, count in served.items() if name.startswith(RBAC)} == {-2}
        for number, fields in enumerate(
            (
                {"op": "ask_objects", "resource": f"{RBAC}v1/clusterroles"},
                {"op": "ask_family", "ref": f"{RBAC}v1/clusterroles:cluster-admin"},
            ),
            start=2,
        ):
            refused = await ask(viewer, fields.pop("op"), id=number, **fields)
            assert refused["op"] == "problem"
            assert "visualizer.view_rbac" in refused["text"]
        family = await ask(viewer, "ask_family", id=5, ref="v1/serviceaccounts:kube-system/endpointslice-controller")
        assert not [member for member in family["family"]["members"] if member["ref"].startswith(RBAC)]
        detail = (await ask(viewer, "ask_namespaces", id=6, name="shop"))["detail"]
        assert not [kind for kind in detail["kinds"] if kind["resource"].startswith(RBAC)]
        assert "ClusterRoleBinding" in detail["leftIsPartial"]
