"""Schemas travel with a log: into an export, and out of it again."""

from __future__ import annotations

import io
import json

import pytest

from tests.cluster import DEMOS
from tests.log.recordings import pack, unpack
from visualizer.log import schemas
from visualizer.log.exporting import write_recording
from visualizer.log.importing import import_recording
from visualizer.log.recording import RecordingError
from visualizer.models import Log, Schemas
from visualizer.schemas.document import find_kind

pytestmark = pytest.mark.django_db


def import_demo(name: str) -> Log:
    return import_recording(io.BytesIO((DEMOS / name / "recording.jsonl.zst").read_bytes()), slug=name)


def exported(log: Log) -> bytes:
    file = io.BytesIO()
    write_recording(log, file)
    return file.getvalue()


def test_a_shipped_recording_has_the_published_words() -> None:
    log = import_demo("deploy")
    for resource, fields in log.resources.items():
        found = schemas.find(log, resource, fields["kind"])
        assert found is not None, resource
        assert found.source == "published"


def test_an_export_carries_the_types_of_the_objects_in_it() -> None:
    log = import_demo("deploy")
    header = json.loads(unpack(exported(log))[0])
    carried = header["schemas"]
    assert find_kind(carried, group="apps", version="v1", kind="Deployment") is not None
    assert find_kind(carried, group="resource.k8s.io", version="v1", kind="DeviceClass") is None
    again = import_recording(io.BytesIO(exported(log)), slug="again")
    found = schemas.find(again, "apps/v1/deployments", "Deployment")
    assert found is not None
    assert found.source == "recording"
    assert json.loads(unpack(exported(again))[0])["schemas"] == carried


def test_of_a_version_that_is_not_here_nothing_is_known() -> None:
    log = import_demo("deploy")
    log.server_version = "v1.20.0"
    assert schemas.find(log, "v1/pods", "Pod") is None
    assert "schemas" not in json.loads(unpack(exported(log))[0])


def test_a_header_whose_schemas_are_none_is_refused_and_nothing_is_left() -> None:
    header, *lines = unpack((DEMOS / "deploy" / "recording.jsonl.zst").read_bytes())
    bad = json.dumps({**json.loads(header), "schemas": ["Pod"]}).encode()
    with pytest.raises(RecordingError, match="line 1: the header's schemas cannot be read"):
        import_recording(io.BytesIO(pack(bad, *lines)), slug="bad")
    assert (Log.objects.count(), Schemas.objects.count()) == (0, 0)
