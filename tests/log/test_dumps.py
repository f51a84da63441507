"""What kubectl prints, as a log of one moment; or one clear sentence and nothing else."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.core.management import CommandError, call_command
from hypothesis import given
from hypothesis import strategies as st

from visualizer.log.foreign import documents
from visualizer.log.importing import import_recording
from visualizer.log.reader import Reader
from visualizer.log.recording import Limits, RecordingError
from visualizer.models import Chunk, Keyframe, Log, Note

pytestmark = pytest.mark.django_db

SEEN = "2026-03-01T10:00:05Z"
SEEN_TS = 1_772_359_205.0


def thing(kind: str, name: str, version: str = "v1", namespace: str | None = "shop", **fields: Any) -> dict[str, Any]:
    """An object as kubectl prints it."""
    where = {"namespace": namespace} if namespace else {}
    metadata = {"name": name, "uid": f"{kind}-{name}", "creationTimestamp": "2026-03-01T10:00:00Z", **where}
    return {"apiVersion": version, "kind": kind, "metadata": metadata, **fields}


POD = thing("Pod", "web-1", spec={"nodeName": "node-1"}, status={"phase": "Running", "startTime": SEEN})
NODE = thing("Node", "node-1", namespace=None)
SECRET = thing("Secret", "key", data={"password": "aHVudGVyMg=="})
LIST = {"apiVersion": "v1", "kind": "List", "metadata": {"resourceVersion": ""}, "items": [POD, NODE, SECRET]}


def take(text: str | bytes, **options: Any) -> Log:
    """The log of this text."""
    data = text.encode() if isinstance(text, str) else text
    return import_recording(io.BytesIO(data), slug="dump", **options)


def refused(text: str | bytes, limits: Limits | None = None) -> str:
    """Why this is not taken in; and nothing is left of it."""
    with pytest.raises(RecordingError) as caught:
        take(text, limits=limits)
    assert nothing_is_left()
    return str(caught.value)


def nothing_is_left() -> bool:
    return not any(model.objects.exists() for model in (Log, Chunk, Keyframe, Note))


def names(log: Log) -> set[tuple[str, str, str]]:
    """What is there at the log's end."""
    moment = Reader(log).seek(log.last_seq)
    return {
        (resource, entry.object.metadata.namespace or "", entry.object.metadata.name)
        for resource in log.resources
        for entry in moment.store.entries(resource).values()
    }


ALL = {("v1/pods", "shop", "web-1"), ("v1/nodes", "", "node-1"), ("v1/secrets", "shop", "key")}


@pytest.mark.parametrize(
    "text",
    [
        json.dumps(LIST),
        json.dumps(LIST, indent=4),
        "\ufeff" + json.dumps(LIST),
        "\n".join(json.dumps(each, indent=4) for each in LIST["items"]),
        yaml.safe_dump(LIST),
        yaml.safe_dump_all(LIST["items"]),
    ],
    ids=["a list", "indented", "with a byte order mark", "one after another", "YAML", "YAML documents"],
)
def test_what_kubectl_get_prints_is_one_moment(text: str) -> None:
    log = take(text)
    assert names(log) == ALL
    assert (log.first_ts, log.last_ts) == (SEEN_TS, SEEN_TS)
    (told,) = Reader(log).notes()
    assert told.text == "Imported 3 objects of one moment, 2026-03-01 10:00:05 UTC: the newest time in it."


def test_one_object_is_enough() -> None:
    assert names(take(json.dumps(NODE))) == {("v1/nodes", "", "node-1")}


def test_secrets_are_taken_out_of_it() -> None:
    log = take(json.dumps(LIST))
    lines = b"".join(Reader(log).line(seq) for seq in range(1, log.last_seq + 1))
    assert b'"key"' in lines
    assert b"aHVudGVyMg" not in lines


def test_a_deadline_ahead_and_the_words_of_others_are_not_its_time() -> None:
    settings = thing("ConfigMap", "settings", data={"startTime": "2040-01-01T00:00:00Z"})
    settings["metadata"]["deletionTimestamp"] = "2041-01-01T00:00:00Z"
    assert take(json.dumps(settings)).last_ts == SEEN_TS - 5


def test_without_a_time_in_it_the_files_own_is_taken_and_said() -> None:
    bare = '{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"a","namespace":"b"}}'
    log = take(bare, written_ts=SEEN_TS)
    assert log.last_ts == SEEN_TS
    assert next(iter(Reader(log).notes())).text.endswith("UTC: the file's, since no object has one.")
    log.delete()
    assert refused(bare) == "no object in it has a time, and neither has the file"


def test_a_custom_resource_is_named_by_its_definition_and_else_guessed_and_said() -> None:
    wolf = thing("Wolf", "grey", "zoo.example/v1")
    names_of_it = {"kind": "Wolf", "plural": "wolves"}
    spec = {"group": "zoo.example", "names": names_of_it, "scope": "Namespaced", "versions": [{"name": "v1"}]}
    definition = thing("CustomResourceDefinition", "wolves.zoo.example", "apiextensions.k8s.io/v1", None, spec=spec)
    log = take(json.dumps({**LIST, "items": [wolf, definition]}))
    assert ("zoo.example/v1/wolves", "shop", "grey") in names(log)
    assert "guessed" not in next(iter(Reader(log).notes())).text
    guessed = take(json.dumps(wolf))
    assert ("zoo.example/v1/wolfs", "shop", "grey") in names(guessed)
    assert next(iter(Reader(guessed).notes())).text.endswith("guessed from the kind for: zoo.example/v1 Wolf.")


def dump(folder: Path) -> Path:
    """A folder as ``kubectl cluster-info dump --output-directory`` makes it, where items do not say their kind."""
    bare = {name: value for name, value in POD.items() if name not in ("apiVersion", "kind")}
    (folder / "shop" / "web-1").mkdir(parents=True)
    (folder / "shop" / "web-1" / "logs.txt").write_text("GET /")
    (folder / "nodes.json").write_text(json.dumps({"kind": "NodeList", "apiVersion": "v1", "items": [NODE]}))
    (folder / "shop" / "pods.json").write_text(json.dumps({"kind": "PodList", "apiVersion": "v1", "items": [bare]}))
    (folder / "shop" / "events.json").write_text(json.dumps({"kind": "EventList", "apiVersion": "v1", "items": None}))
    return folder


def test_a_folder_of_cluster_info_is_one_moment(tmp_path: Path) -> None:
    call_command("import_recording", str(dump(tmp_path / "cluster-state")), stdout=io.StringIO())
    log = Log.objects.get()
    assert log.slug == "cluster-state"
    assert names(log) == {("v1/pods", "shop", "web-1"), ("v1/nodes", "", "node-1")}


def test_a_bad_file_in_a_folder_is_named_and_links_are_not_followed(tmp_path: Path) -> None:
    folder = dump(tmp_path / "cluster-state")
    (tmp_path / "outside.json").write_text("{")
    (folder / "link.json").symlink_to(tmp_path / "outside.json")
    call_command("import_recording", str(folder), stdout=io.StringIO())
    Log.objects.all().delete()
    (folder / "shop" / "services.json").write_text("{")
    with pytest.raises(CommandError, match=r"shop/services\.json: it is not JSON: .* at line 1\.$"):
        call_command("import_recording", str(folder))
    assert nothing_is_left()


def test_an_empty_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="there is no object in it"):
        call_command("import_recording", str(tmp_path))


def test_the_stream_of_cluster_info_is_read_without_its_logs() -> None:
    container = "logs for container web of pod shop/web-1 ===="
    logs = f'==== START {container}\n{{"oops\n==== END {container}'
    nodes = json.dumps({"kind": "NodeList", "apiVersion": "v1", "items": [NODE]})
    log = take(f"{nodes}\n{json.dumps(POD)}\n{logs}\n")
    assert names(log) == {("v1/pods", "shop", "web-1"), ("v1/nodes", "", "node-1")}


def test_logs_that_never_end_are_refused_after_one_pass() -> None:
    begun = "\n==== START logs for container web of pod shop/web-1 ====" * 100_000
    assert "it is not JSON: " in refused(json.dumps(NODE) + begun)


DEEP_JSON = '{"apiVersion":"v1","kind":"Pod","spec":' + "[" * 100_000 + "]" * 100_000 + "}"
BOMB = "apiVersion: v1\nkind: List\na: &a [x, x]\nb: &b [*a, *a]\nitems: [*b, *b]\n"


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (json.dumps({**LIST, "items": []}), "there is no object in it"),
        (json.dumps(LIST)[:-9], "it is not JSON: "),
        (json.dumps(LIST) + "]", "it is not JSON: "),
        (json.dumps({**LIST, "items": 5}), "the items of a List in it are no list"),
        (json.dumps({**LIST, "items": [5]}), "an item of a List in it is no object"),
        (json.dumps({**POD, "metadata": {}}), "an object of v1/pods has no metadata.name"),
        (json.dumps({**POD, "metadata": 5}), "an object of v1/pods has no metadata.name"),
        (json.dumps({**POD, "spec": 5}), "an object of v1/pods cannot be read: "),
        (json.dumps({**POD, "apiVersion": "../v1"}), "an object has no apiVersion, or one that cannot be"),
        (json.dumps({**POD, "kind": "<b>"}), "an object of v1 has no kind, or one that cannot be"),
        (json.dumps({**POD, "x": float("nan")}), "it is not JSON: a number in it cannot be read"),
        (json.dumps({**POD, "x": "\ud800"}), "cannot be written as JSON"),
        (DEEP_JSON, "nested too deeply"),
        (BOMB, "it has a YAML alias"),
        ("apiVersion: v1\nkind: !!python/object:os.system x\n", "it has a YAML tag"),
        ("apiVersion: v1\nkind: [\n", "it is not YAML at line "),
        ("apiVersion: v1\nkind: Pod\nspec: " + "[" * 200 + "]" * 200, "nested deeper than 100 levels"),
        ("apiVersion: v1\n---\n- a\n", "a document in it is no object"),
        (b"apiVersion: v1\nkind: \xff\n", "not UTF-8 text: byte 21"),
    ],
)
def test_a_bad_dump_is_refused_in_a_sentence(text: str | bytes, why: str) -> None:
    assert why in refused(text)


def test_too_large_a_dump_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "the file is longer than 200 bytes" in refused(json.dumps(LIST), Limits(line_bytes=200))
    monkeypatch.setattr(documents, "YAML_BYTES", 200)
    assert "ask for it with “-o json” instead" in refused(yaml.safe_dump(LIST))


@given(st.integers(0, 2_000), st.integers(0, 255))
def test_a_dump_with_one_byte_altered_ends_in_a_log_or_a_sentence(place: int, byte: int) -> None:
    for text in (json.dumps(LIST), yaml.safe_dump(LIST)):
        altered = bytearray(text.encode())
        altered[place % len(altered)] = byte
        try:
            take(bytes(altered)).delete()
        except RecordingError:
            assert nothing_is_left()
