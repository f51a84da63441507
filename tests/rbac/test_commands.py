"""The commands on files: recordings, JSON, packed or plain; and sentences for what is wrong with them."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest
import zstandard
from django.core.management import CommandError, call_command

from tests.cluster import DEMOS

CONFORMANCE = Path(__file__).parent.parent / "conformance" / "rbac"
RECORDING = DEMOS / "rbac" / "recording.jsonl.zst"
ALICE = {"user": "alice", "resourceAttributes": {"verb": "get", "resource": "secrets", "namespace": "vault"}}


def run(command, *arguments, **options):
    out = io.StringIO()
    call_command(command, *map(str, arguments), stdout=out, **options)
    return out.getvalue()


def ask(tmp_path, file, *questions, **options):
    queries = tmp_path / "queries.jsonl"
    queries.write_text("\n\n".join(map(json.dumps, questions)))
    return [json.loads(line) for line in run("can_i", file, queries=str(queries), **options).splitlines()]


@pytest.mark.parametrize(("at", "allowed"), [("1795429093", False), ("2026-11-23T10:18:17+00:00", True), ("", False)])
def test_a_recording_is_asked_at_any_place(tmp_path, at, allowed):
    (answer,) = ask(tmp_path, RECORDING, ALICE, at=at)
    reason = 'RBAC: allowed by RoleBinding "alice-reads/vault" of Role "secret-reader" to User "alice"'
    assert answer == {"allowed": allowed, "reasons": [reason] if allowed else []}


def test_packed_and_plain_files_and_kubectls_lists_answer_alike(tmp_path):
    packed = CONFORMANCE / "policy-13.json.zst"
    document = json.loads(zstandard.ZstdDecompressor().decompressobj().decompress(packed.read_bytes()))
    plain = tmp_path / "policy.json"
    plain.write_text(json.dumps({"objects": document["objects"]}, indent=1))
    kinds = {
        "clusterroles": "ClusterRole",
        "clusterrolebindings": "ClusterRoleBinding",
        "roles": "Role",
        "rolebindings": "RoleBinding",
    }
    listed = tmp_path / "list.json"
    items = [{"kind": kinds[name], **item} for name, found in document["objects"].items() for item in found]
    listed.write_text(json.dumps({"kind": "List", "items": [*items, {"kind": "ConfigMap"}]}))
    questions = document["decisions"][:50]
    answers = ask(tmp_path, packed, *questions)
    assert [answer["allowed"] for answer in answers] == [question["allowed"] for question in questions]
    assert ask(tmp_path, plain, *questions) == answers
    assert ask(tmp_path, listed, *questions) == answers


@pytest.mark.parametrize(
    ("content", "at", "problem"),
    [
        (b"", "", "it is empty"),
        (b"[]", "", "it cannot be read: expected `object`, got `array`"),
        (b"{}", "", "it has neither “objects” nor “items”"),
        (b'{"a":' * 100_000, "", "nested too deeply"),
        (b'{"objects": {"roles": [{}]}}', "", "missing required field `metadata`"),
        (b'{"items": []}', "12", "it is no recording"),
        (b'{"items": []}', "noon", "“noon” is no time"),
        (b'{"kind": "header"}', "", "the header is not complete"),
        (b"\x28\xb5\x2f\xfd damaged", "", "zstd"),
    ],
)
def test_a_file_that_cannot_be_used_is_told_in_a_sentence(tmp_path, content, at, problem):
    file = tmp_path / "policy"
    file.write_bytes(content)
    with pytest.raises(CommandError, match=r"cannot be used: .*\.$") as raised:
        ask(tmp_path, file, ALICE, at=at)
    assert problem in str(raised.value)


@pytest.mark.parametrize(
    ("question", "problem"),
    [
        ({}, "it names neither a user nor a group"),
        ({"user": "a"}, "has neither"),
        ({**ALICE, "nonResourceAttributes": {}}, "has both"),
        ({**ALICE, "groups": "developers"}, "expected `array | null`, got `str`"),
        ([], "expected `object`"),
    ],
)
def test_a_question_that_cannot_be_answered_is_told_with_its_line(tmp_path, question, problem):
    with pytest.raises(CommandError, match="Line 3 of the questions cannot be answered") as raised:
        ask(tmp_path, RECORDING, ALICE, question)
    assert problem in str(raised.value)


def test_files_that_are_not_there_are_told(tmp_path):
    with pytest.raises(CommandError, match="No such file"):
        ask(tmp_path, tmp_path / "nothing", ALICE)
    with pytest.raises(CommandError, match="cannot be read: No such file"):
        run("can_i", RECORDING, queries=str(tmp_path / "nothing"))


def test_who_can_is_told_in_the_servers_words():
    told = run("who_can", "get", "secrets", RECORDING, "-n", "vault", at="1795429097")
    assert (
        'User alice\n  RBAC: allowed by RoleBinding "alice-reads/vault" of Role "secret-reader" to User "alice"\n'
        in told
    )
    assert run("who_can", "fly", "/moon", RECORDING).startswith("Group system:masters")
    assert "alice" in run("who_can", "list", "secret", RECORDING, "-A", at="1795429097")
    with pytest.raises(CommandError, match="Did you mean secrets"):
        run("who_can", "get", "secretz", RECORDING)


def test_paths_are_told_with_what_meets_each_precondition():
    told = run("rbac_paths", "ci", RECORDING, at="1795429100")
    assert "so it can act as ServiceAccount vault/robot" in told
    assert "+ may create deployments anywhere" in told
    assert '"ci-deployer"' in told
    assert "holds everything, everywhere (cluster-admin) already" in run(
        "rbac_paths", "robot", RECORDING, at="1795429100"
    )
    assert "User alice cannot come to" in run("rbac_paths", "user:alice", RECORDING)
    assert "vault/robot" in run("rbac_paths", "-", RECORDING, at="1795429100")
    to_action = run("rbac_paths", "ci", RECORDING, "--to", "get", "secrets", "-n", "shop")
    assert "ClusterRole edit in any namespace" in to_action
    with pytest.raises(CommandError, match="user:nobody"):
        run("rbac_paths", "nobody", RECORDING)
