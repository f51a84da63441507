"""Search over the wire: answered at the viewer's own place, and never with what the viewer may not see."""

from __future__ import annotations

import pytest

from tests.live.conftest import import_demo
from tests.live.test_permissions import ask, place_of_note
from tests.live.viewer import watching
from visualizer.models import Log


@pytest.fixture
def log(transactional_db: None) -> Log:
    """The recording of who may read the secret."""
    return import_demo("rbac")


async def test_the_same_search_is_answered_at_each_place(log: Log) -> None:
    async with watching(log) as viewer:
        early = await ask(viewer, "search", text="alice-reads")
        assert (early["op"], early["hits"], early["total"]) == ("found", [], 0)
        viewer.say("seek", seq=await place_of_note(viewer, "now alice may"))
        late = await ask(viewer, "search", id=2, text="alice-reads")
        assert late["hits"][0]["ref"] == "rbac.authorization.k8s.io/v1/rolebindings:vault/alice-reads"
        assert late["seq"] > early["seq"]
        wrong = await ask(viewer, "search", id=3, text="kind:pod colour:red")
        assert wrong["problems"][0].startswith("There is no field “colour”")
        assert wrong["hits"] == []


async def test_who_may_not_see_rbac_finds_nothing_of_it(log: Log) -> None:
    async with watching(log, "flow", forbidden=["rbac"]) as viewer:
        viewer.say("seek", seq=await place_of_note(viewer, "now alice may"))
        found = await ask(viewer, "search", text="alice-reads")
        assert (found["hits"], found["total"]) == ([], 0)
        assert (await ask(viewer, "search", id=2, text="kind:role"))["completions"] == []
