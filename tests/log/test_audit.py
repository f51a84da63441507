"""Audit logs, as history whose writers are observed; or one clear sentence and nothing else."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from visualizer.flow.attribution import Attribution
from visualizer.flow.evidence import read_write
from visualizer.frames import WatchEvent
from visualizer.live import versions
from visualizer.live.history import History, Place
from visualizer.log.importing import import_recording
from visualizer.log.reader import Reader
from visualizer.log.recording import Limits, RecordingError
from visualizer.models import Chunk, Keyframe, Log, Note
from visualizer.moment import Moment

pytestmark = pytest.mark.django_db

KUBECTL = {"user": {"username": "admin"}, "userAgent": "kubectl/v1.36.2 (linux/amd64) kubernetes/$Format"}
KUBELET = {"user": {"username": "system:node:node-1"}, "userAgent": "kubelet/v1.36.2"}
JOB = {
    "user": {"username": "system:serviceaccount:kube-system:job-controller"},
    "userAgent": "kube-controller-manager/v1.36.2 (linux/amd64) system:serviceaccount:kube-system:job-controller",
}
POD: dict[str, Any] = {"apiVersion": "v1", "kind": "Pod"}


def pod(version: int, **metadata: Any) -> dict[str, Any]:
    """A Pod as the server answers it."""
    return {
        **POD,
        "metadata": {"name": "web", "namespace": "shop", "uid": "u", "resourceVersion": str(version), **metadata},
    }


def audited(
    verb: str, second: int, answer: object, who: dict[str, Any] = KUBECTL, code: int = 200, **fields: Any
) -> bytes:
    """One line of the log."""
    subresource = fields.pop("subresource", "")
    about = {"resource": "pods", "namespace": "shop", "name": "web", "apiVersion": "v1", "subresource": subresource}
    event = {
        "kind": "Event",
        "apiVersion": "audit.k8s.io/v1",
        "level": "RequestResponse",
        "stage": "ResponseComplete",
        "requestURI": "/api/v1/namespaces/shop/pods/web",
        "verb": verb,
        "objectRef": about,
        "responseStatus": {"code": code},
        "responseObject": answer,
        "stageTimestamp": f"2026-03-01T10:00:{second:02}.000000Z",
        **who,
        **fields,
    }
    return json.dumps(event, separators=(",", ":")).encode() + b"\n"


STATUS = {"apiVersion": "v1", "kind": "Status", "metadata": {}, "status": "Success"}
CREATED = audited("create", 1, pod(1), JOB, 201)
LIFE = [
    audited("create", 1, None, JOB, 201, stage="RequestReceived"),
    CREATED,
    audited("create", 2, STATUS, KUBELET, 201, subresource="binding"),
    audited("get", 2, pod(1)),
    audited("patch", 3, pod(2), KUBELET, subresource="status"),
    audited("patch", 4, pod(2), KUBELET, subresource="status"),
    audited("patch", 4, pod(9), requestURI="/api/v1/namespaces/shop/pods/web?dryRun=All"),
    audited("delete", 5, pod(3, deletionTimestamp="2026-03-01T10:00:35Z", deletionGracePeriodSeconds=30)),
    audited("delete", 6, pod(4, deletionTimestamp="2026-03-01T10:00:05Z", deletionGracePeriodSeconds=0), KUBELET),
]


def take(*lines: bytes) -> Log:
    """The log of these lines."""
    return import_recording(io.BytesIO(b"".join(lines)), slug="audit")


def refused(*lines: bytes, limits: Limits | None = None) -> str:
    """Why this is not taken in; and nothing is left of it."""
    with pytest.raises(RecordingError) as caught:
        import_recording(io.BytesIO(b"".join(lines)), slug="bad", limits=limits)
    assert not any(model.objects.exists() for model in (Log, Chunk, Keyframe, Note))
    return str(caught.value)


def writes(log: Log) -> list[tuple[str, str, Attribution]]:
    """Each write's type, subresource and author."""
    reader = Reader(log)
    moment, found = Moment(reader.resources), []
    for seq, frame in reader.frames(1):
        for change in moment.advance(seq, frame):
            write = read_write(change, frame.ts)
            found.append((change.type, write.subresource, write.author))
    return found


def test_a_pods_life_is_told_with_its_writers_observed() -> None:
    job = Attribution("controller", "job-controller", "observed", "audit")
    kubelet = Attribution("kubelet", "kubelet", "observed", "audit", node="node-1")
    kubectl = Attribution("client", "client", "observed", "audit", client="kubectl")
    log = take(*LIFE)
    assert writes(log) == [
        ("ADDED", "", job),
        ("MODIFIED", "status", kubelet),
        ("MODIFIED", "", kubectl),
        ("DELETED", "", kubelet),
    ]
    assert "Writes without their object: 1 " in next(iter(Reader(log).notes())).text


def test_what_is_first_seen_by_an_update_was_not_made_by_it() -> None:
    log = take(audited("patch", 3, pod(2), KUBELET, subresource="status"), *LIFE[-2:])
    kinds = [frame.type for _, frame in Reader(log).frames(1) if isinstance(frame, WatchEvent)]
    assert kinds == ["MODIFIED", "MODIFIED", "DELETED"]
    reader, resource = Reader(log), "v1/pods"
    store = reader.seek(3).store
    place = Place(
        f"{resource}:shop/web", resource, "shop/web", "Pod", 3, -1, store.entries(resource)["shop/web"].object
    )
    seen = History(log).see(place)
    assert versions.describe(resource, "shop/web", seen, None).type == "MODIFIED"
    made = take(CREATED)
    assert [frame.type for _, frame in Reader(made).frames(1) if isinstance(frame, WatchEvent)] == ["ADDED"]


def test_what_goes_at_once_is_answered_with_a_status() -> None:
    assert [kind for kind, _, _ in writes(take(CREATED, audited("delete", 2, STATUS)))] == ["ADDED", "DELETED"]


def test_who_is_impersonated_wrote() -> None:
    (only,) = writes(take(audited("create", 1, pod(1), code=201, impersonatedUser={"username": "system:node:node-9"})))
    assert only[2].node == "node-9"


def test_a_log_without_objects_is_refused_with_what_it_lacks() -> None:
    bare = audited("create", 1, None, level="Metadata")
    assert refused(bare, bare).startswith("none of its 2 writes carries the object as it was written: ")


@pytest.mark.parametrize(
    ("bad", "why"),
    [
        (b"{\n", "line 2: this line is not JSON"),
        (b"[" * 100_000 + b"\n", "line 2: this line is nested too deeply"),
        (b'{"kind":"Pod"}\n', "line 2: this line is no audit event"),
        (audited("patch", 2, pod(2), stageTimestamp="soon"), "line 2: the audit event has no stageTimestamp"),
        (audited("patch", 0, pod(2), stageTimestamp="2026-03-01T09:00:00Z"), "line 2: its time is 3601.0 s before"),
        (audited("patch", 2, {**pod(2), "spec": 5}), "line 2: an object of v1/pods cannot be read: "),
    ],
)
def test_a_bad_line_is_refused_with_its_number(bad: bytes, why: str) -> None:
    assert refused(CREATED, bad).startswith(why)


def test_too_long_a_log_is_refused() -> None:
    assert "unpacks to more than 500 bytes" in refused(*LIFE, limits=Limits(total_bytes=500))
    assert "longer than 100 bytes" in refused(*LIFE, limits=Limits(line_bytes=100))


@given(st.integers(0, 800), st.integers(0, 255))
def test_a_log_with_one_byte_altered_ends_in_a_log_or_a_sentence(place: int, byte: int) -> None:
    altered = bytearray(CREATED + LIFE[4])
    altered[place] = byte
    try:
        take(bytes(altered)).delete()
    except RecordingError:
        assert not Log.objects.exists()
