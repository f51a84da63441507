"""What a schema says of a field, held against the real server's documents and the real kubectl's ``explain``."""

from __future__ import annotations

import re
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.apiserver.exchanges import exchanges
from tests.apiserver.test_kubectl import Kubectl, kubectl, server  # noqa: F401 - fixtures
from visualizer.schemas.document import Definitions, SchemaError, cut, find_kind, keep, read_document
from visualizer.schemas.fields import Field, describe
from visualizer.schemas.published import published

POD, DEPLOYMENT = ("", "v1", "Pod"), ("apps", "v1", "Deployment")
FIELDS = [
    ("pods", POD, ("spec", "containers", 0, "image")),
    ("pods", POD, ("spec", "containers", 0, "ports", 0, "containerPort")),
    ("pods", POD, ("spec", "containers")),
    ("pods", POD, ("spec", "tolerations", 1, "effect")),
    ("pods", POD, ("spec", "containers", 0, "resources", "limits")),
    ("pods", POD, ("status", "conditions", 0)),
    ("pods", POD, ("metadata", "labels")),
    ("pods", POD, ("metadata", "creationTimestamp")),
    ("deployments", DEPLOYMENT, ("spec", "selector")),
    ("deployments", DEPLOYMENT, ("spec", "strategy", "rollingUpdate", "maxSurge")),
    ("deployments", DEPLOYMENT, ("spec", "template", "spec", "restartPolicy")),
]


def told(definitions: Definitions, kind: tuple[str, str, str], path: tuple[str | int, ...]) -> Field:
    """What is said of a field of a kind."""
    found = find_kind(definitions, group=kind[0], version=kind[1], kind=kind[2])
    assert found is not None
    return describe(definitions, found, path)


def recorded(kind: tuple[str, str, str]) -> Definitions:
    """The real server's document of this kind's group version."""
    name = "openapi v3 apps/v1" if kind[0] else "openapi v3 core v1"
    return read_document(msgspec.json.encode(exchanges()[name]["body"]))


def one_line(text: str) -> str:
    return " ".join(text.split())


@pytest.mark.parametrize(("plural", "kind", "path"), FIELDS)
async def test_kubectl_explain_says_the_same(
    kubectl: Kubectl,  # noqa: F811
    plural: str,
    kind: tuple[str, str, str],
    path: tuple[str | int, ...],
) -> None:
    field = told(recorded(kind), kind, path)
    version = f"{kind[0]}/{kind[1]}".lstrip("/")
    around, _, name = field.path.rpartition(".")
    said = await kubectl("explain", f"--api-version={version}", f"{plural}.{around}")  # what is required is told there
    listed = re.search(rf"^  {name}\t<(.+?)>([^\n]*)\n(.*?)(?=^  \S+\t<|\Z)", said, re.MULTILINE | re.DOTALL)
    assert listed is not None
    type_, mark, words = listed.groups()
    assert (type_, "required" in mark) == (field.type, field.required)
    assert one_line(field.words.partition("\n\nPossible enum")[0]) in one_line(words)
    assert all(value in said for value in field.enum)


def test_a_recording_of_this_version_finds_what_the_server_itself_says() -> None:
    for _, kind, path in FIELDS:
        assert told(published("v1.36.2"), kind, path) == told(recorded(kind), kind, path)


@pytest.mark.parametrize("version", ["", "v1", "v9.99.0", "../v1.36", "v1.36\n"])
def test_of_another_version_nothing_is_published(version: str) -> None:
    assert published(version) == {}


def test_marks_become_sentences() -> None:
    field = told(recorded(POD), POD, ("spec", "containers", 2))
    assert (field.path, field.type, field.required) == ("spec.containers", "[]Container", True)
    assert "Server-side apply tells its items apart by name." in field.notes
    assert "A strategic merge patch does “merge”, by name." in field.notes
    assert "Its words say that it does not change once it is set." in field.notes
    assert told(recorded(POD), POD, ("spec", "restartPolicy")).enum == ["Always", "Never", "OnFailure"]


def test_the_zero_of_a_field_that_must_be_given_is_no_default() -> None:
    document = recorded(POD)
    assert told(document, POD, ("spec", "containers", 0, "ports", 0, "containerPort")).default == ""
    assert told(document, POD, ("spec", "containers", 0, "ports", 0, "protocol")).default == '"TCP"'


def test_what_the_schema_does_not_name_is_told_by_what_is_around_it() -> None:
    field = told(recorded(POD), POD, ("metadata", "managedFields", 0, "fieldsV1", "f:spec", "f:containers"))
    assert (field.path, field.is_known) == ("metadata.managedFields.fieldsV1", False)
    assert told(recorded(POD), POD, ("spec", "colour")).path == "spec"


def test_a_custom_resources_own_rules_are_told() -> None:
    gvk = [{"group": "stable.example.com", "version": "v1", "kind": "CronTab"}]
    spec = {
        "type": "object",
        "required": ["image"],
        "properties": {
            "image": {
                "type": "string",
                "description": "What runs.",
                "x-kubernetes-validations": [{"rule": "self == oldSelf", "message": "it stays"}],
            },
            "replicas": {"type": "integer", "default": 1, "pattern": 3},
            "free": {"type": "object", "x-kubernetes-preserve-unknown-fields": True},
        },
    }
    document = keep({"x.CronTab": {"properties": {"spec": spec}, "x-kubernetes-group-version-kind": gvk}})
    kind = ("stable.example.com", "v1", "CronTab")
    image = told(document, kind, ("spec", "image"))
    assert (image.words, image.required, image.notes) == ("What runs.", True, ["Must hold: self == oldSelf (it stays)"])
    assert told(document, kind, ("spec", "replicas")).default == "1"
    free = told(document, kind, ("spec", "free", "anything"))
    assert (free.is_known, free.notes) == (False, ["It may hold fields that the schema does not name."])


def test_a_cut_has_what_its_kinds_lead_to_and_no_more() -> None:
    whole = recorded(POD)
    small = cut(whole, [("", "v1", "ConfigMap")])
    assert len(small) < 10
    assert told(small, ("", "v1", "ConfigMap"), ("metadata", "ownerReferences", 0, "uid")).required
    assert find_kind(small, group="", version="v1", kind="Pod") is None


KEYS = [
    "$ref",
    "allOf",
    "properties",
    "items",
    "additionalProperties",
    "type",
    "required",
    "enum",
    "default",
    "a",
    "x-kubernetes-validations",
    "x-kubernetes-list-map-keys",
    "x-kubernetes-group-version-kind",
]
json_values: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(KEYS),
            inner,
            max_size=4,
        )
    ),
    max_leaves=25,
)


@given(st.dictionaries(st.sampled_from(["a", "b"]), json_values, max_size=2))
def test_a_hostile_document_does_no_more_than_say_nothing(document: dict[str, Any]) -> None:
    definitions = keep(document)
    for schema in definitions.values():
        field = describe(definitions, schema, ("a", 0, "a", "a"))
        assert isinstance(msgspec.json.encode(field), bytes)
    cut(definitions, [("", "v1", "a")])


def test_types_that_lead_round_in_a_ring_end() -> None:
    ring = {"a": {"$ref": "#/b", "properties": {"a": {"$ref": "#/a"}}}, "b": {"$ref": "#/a"}}
    assert describe(keep(ring), keep(ring)["a"], ("a", "a", "a")).is_known is False


@pytest.mark.parametrize("document", [b"", b"[]", b'{"components": {"schemas": []}}', b"[" * 5_000])
def test_what_is_no_document_is_refused(document: bytes) -> None:
    with pytest.raises(SchemaError):
        read_document(document)
