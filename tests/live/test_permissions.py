"""Questions about RBAC over the wire: answered at the viewer's own place, and refused to who may not see."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.live.conftest import import_demo, until
from tests.live.viewer import Viewer, watching
from visualizer.live.threads import in_thread
from visualizer.log.reader import Reader
from visualizer.models import Log

ADMIN = """
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: too-much}
roleRef: {kind: ClusterRole, name: cluster-admin}
subjects: [{kind: User, name: zoe}]
"""


@pytest.fixture
def log(transactional_db: None) -> Log:
    """The recording of who may read the secret."""
    return import_demo("rbac")


@pytest.fixture
async def viewer(log: Log) -> AsyncIterator[Viewer]:
    """A viewer of it, at its opening."""
    async with watching(log) as found:
        yield found


async def ask(viewer: Viewer, op: str, *, id: int = 1, **fields: Any) -> dict[str, Any]:  # noqa: A002 - the wire's name
    assert viewer.say(op, id=id, **fields)
    await until(lambda: any(told.get("id") == id for told in viewer.page.heard))
    (answer,) = (told for told in viewer.page.heard if told.get("id") == id)
    return answer


async def place_of_note(viewer: Viewer, text: str) -> int:
    notes = await in_thread(lambda: Reader(viewer.session.log).notes())
    return next(note.seq for note in notes if note.text == text)


async def test_the_same_question_is_answered_at_each_place(viewer: Viewer) -> None:
    asked = "who can get secrets in vault?"
    before = await ask(viewer, "ask_rbac", text=asked)
    assert "User:alice" not in [holder["subject"] for holder in before["holders"]]
    viewer.say("seek", seq=await place_of_note(viewer, "now alice may"))
    after = await ask(viewer, "ask_rbac", id=2, text=asked)
    (grant,) = next(holder["grants"] for holder in after["holders"] if holder["subject"] == "User:alice")
    assert grant["binding"] == "RoleBinding:vault/alice-reads"
    assert grant["rule"] == "Role:vault/secret-reader#0"
    assert grant["reason"].startswith("RBAC: allowed by RoleBinding")
    assert after["title"] == "Who can get secrets in vault?"


async def test_what_changed_between_two_places_names_alice_and_robot(viewer: Viewer) -> None:
    since = await place_of_note(viewer, "alice may not read it")
    viewer.say("seek", seq=await place_of_note(viewer, "Take it back"))
    answer = await ask(viewer, "compare_rbac", since=since)
    changes = {change["subject"]: change["gains"] for change in answer["changes"]}
    assert changes == {
        "ServiceAccount:vault/robot": ["everything, everywhere", "any verb on *"],
        "User:alice": ["get, list secrets in vault"],
    }


@pytest.mark.parametrize(
    ("text", "kind", "summary"),
    [
        ("What can ci do?", "what", "permissions"),
        ("can service account platform/ci create deployments in shop", "can", "yes."),
        ("can zoe get pods", "can", "No binding names User zoe"),
        ("where does ci lead?", "leads", "can come to it"),
        ("how can ci get to get secrets in shop?", "leads", "can come to it"),
        ("who can get /metrics", "who", "subjects"),
        ("who can create deploy cluster-wide", "who", "subjects"),
    ],
)
async def test_questions_in_words_are_understood(viewer: Viewer, text: str, kind: str, summary: str) -> None:
    answer = await ask(viewer, "ask_rbac", text=text)
    assert answer.get("kind") == kind, answer
    assert summary in answer["summary"]


@pytest.mark.parametrize(
    ("op", "fields", "problem"),
    [
        ("ask_rbac", {"text": "make me a sandwich"}, "not understood"),
        ("ask_rbac", {"text": ""}, "not understood"),
        ("ask_rbac", {"text": "who can get podz"}, "Did you mean pods?"),
        ("ask_rbac", {"text": "who can"}, "not understood"),
        ("ask_rbac", {"text": "who can get"}, "is no action"),
        ("ask_rbac", {"text": "can alice"}, "does not say"),
        ("imagine_rbac", {}, "Say what to try"),
        ("imagine_rbac", {"yaml": "{"}, "it is not YAML"),
        ("imagine_rbac", {"yaml": "kind: Pod"}, "“Pod” in it"),
        ("imagine_rbac", {"yaml": "kind: Role\nmetadata: {name: x}"}, "has no namespace"),
        ("imagine_rbac", {"yaml": "kind: ClusterRole\nmetadata: {name: x, namespace: y}"}, "has no namespace, and"),
        ("imagine_rbac", {"yaml": "kind: ClusterRole\nmetadata: {}"}, "cannot be read"),
        ("imagine_rbac", {"yaml": "a: &a [x]\nb: *a"}, "references"),
        ("imagine_rbac", {"yaml": "- " * 3000}, "cannot be tried"),
        ("imagine_rbac", {"yaml": "x" * 60_000}, "longer than"),
        ("imagine_rbac", {"remove": ["ClusterRoleBinding:nothing"]}, "There is no ClusterRoleBinding nothing"),
    ],
)
async def test_what_cannot_be_answered_is_told_in_a_sentence(
    viewer: Viewer, op: str, fields: dict[str, Any], problem: str
) -> None:
    answer = await ask(viewer, op, **fields)
    assert answer["op"] == "problem"
    assert problem in answer["text"]


async def test_a_binding_is_tried_and_another_taken_away(viewer: Viewer) -> None:
    tried = await ask(viewer, "imagine_rbac", yaml=ADMIN, remove=["ClusterRoleBinding:ci-deployer"])
    changes = {change["subject"]: change for change in tried["changes"]}
    assert changes["User:zoe"]["gains"] == ["everything, everywhere", "any verb on *"]
    assert changes["ServiceAccount:platform/ci"]["lost"] == 4
    assert "1 subject can do more" in tried["summary"]
    assert "1 subject can do less" in tried["summary"]
    assert (await ask(viewer, "imagine_rbac", id=2, yaml=ADMIN))["changes"] == [changes["User:zoe"]]


async def test_a_review_tells_what_lies_about_and_who_can_come_to_everything(viewer: Viewer) -> None:
    answer = await ask(viewer, "review_rbac")
    assert {"kind": "dangling", "where": "RoleBinding:platform/dangling"}.items() <= answer["findings"][0].items()
    assert "ServiceAccount:platform/ci" in answer["risky"] or answer["paths"]
    for path in answer["paths"]:
        assert path["steps"]
        assert all(step["needs"] for step in path["steps"])


async def test_who_may_not_see_is_refused_everything_of_it(log: Log) -> None:
    async with watching(log, "flow", forbidden=["rbac"]) as viewer:
        (hello,) = viewer.heard("hello")
        assert hello["forbidden"] == ["rbac"]
        viewer.say("subscribe", diagram="rbac")
        for number, (op, fields) in enumerate(
            [
                ("ask_rbac", {"text": "who can get pods"}),
                ("imagine_rbac", {"yaml": ADMIN}),
                ("compare_rbac", {"since": 1}),
                ("review_rbac", {}),
                ("inspect", {"ref": "rbac.authorization.k8s.io/v1/clusterroles:edit"}),
            ],
            1,
        ):
            refused = await ask(viewer, op, id=number, **fields)
            assert "visualizer.view_rbac" in refused["text"]
        assert (await ask(viewer, "inspect", id=9, ref="v1/namespaces:shop"))["op"] == "inspection"
        assert {told["diagram"] for told in viewer.heard("snapshot")} == {"flow"}
        assert "You may not see" in viewer.heard("problem")[0]["text"]
