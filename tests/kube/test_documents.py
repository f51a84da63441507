"""What a kubeconfig says: hostile YAML is refused without showing it, and several files are merged as kubectl does."""

from __future__ import annotations

import subprocess
import sysconfig
from pathlib import Path
from typing import Any

import msgspec
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from tests.kube.configs import config, refusal, text, write
from tests.kube.pki import Authority
from visualizer.kube import documents, kubeconfig
from visualizer.kube.access import ClientCertificate, KubeconfigError, Token

KUBECTL = Path(sysconfig.get_path("scripts")) / "kubectl"


@pytest.mark.parametrize(
    ("written", "reason"),
    [
        ("a: &x 1\nb: *x", "has a YAML alias"),
        ("a: &a [x]\nb: &b [*a, *a]\nc: &c [*b, *b]", "has a YAML alias"),
        ("a: !!python/object/apply:os.system [id]", "has a YAML tag"),
        ("a: !!bool maybe", "has a YAML tag"),
        ("[" * 5000, "nested deeper than 24"),
        ("a: [t0p-secret", "The uploaded kubeconfig is not YAML at line 2, column 1."),
        ("users: [{name: ada, user: {token: 't0p-secret}}]", "is not YAML at line"),
        ("a: 1\n---\nb: 2", "is not YAML at line"),
        ("? [a]\n: b", "is not YAML at line"),
        ("a: \x00", "is not YAML"),
        ("a: 0b_", "is not YAML: it has characters or numbers"),
        ("- clusters", "is not a kubeconfig: Expected `object`, got `array`"),
        ("t0p-secret", "is not a kubeconfig: Expected `object`, got `str`"),
        ("kind: Pod", "it should say kind: Config and apiVersion: v1"),
        ("users: [{name: ada, user: {token: 31337}}]", "`$.users[0].user.token`. Put what should be text"),
        ("clusters: [{cluster: {server: x}}]", "is not a kubeconfig: Object missing required field `name`"),
        ("", "No current-context is set in the uploaded kubeconfig. Contexts: none."),
        ("x: " + "y" * documents.MAX_UPLOAD_BYTES, "is larger than 256 KiB"),
    ],
)
def test_what_is_no_kubeconfig_is_told_without_showing_it(written: str, reason: str) -> None:
    said = refusal(lambda: kubeconfig.parse_uploaded(written))
    assert reason in said
    assert "t0p-secret" not in said


def test_the_cause_of_a_yaml_error_which_quotes_the_file_is_not_carried_along() -> None:
    with pytest.raises(KubeconfigError) as caught:
        kubeconfig.parse_uploaded("token: [t0p-secret")
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__


def test_a_date_is_text_as_it_is_to_kubectl() -> None:
    values = text(config()).replace("t0p-secret", "2024-02-30")
    assert kubeconfig.parse_uploaded(values).authentication == Token(token="2024-02-30")


SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text()
TREES = st.recursive(
    SCALARS,
    lambda tree: (
        st.lists(tree)
        | st.dictionaries(
            st.text()
            | st.sampled_from(
                [
                    "users",
                    "user",
                    "name",
                    "clusters",
                    "cluster",
                    "contexts",
                    "context",
                    "current-context",
                    "server",
                    "exec",
                ]
            ),
            tree,
        )
    ),
)


@given(st.text() | TREES.map(yaml.safe_dump))
def test_whatever_is_uploaded_nothing_but_a_kubeconfig_error_comes_of_it(written: str) -> None:
    assert refusal(lambda: kubeconfig.parse_uploaded(written))


def test_a_file_that_is_not_text_is_told(tmp_path: Path) -> None:
    (tmp_path / "config").write_bytes(b"\x7fELF\xff\xfe\x00")
    assert f"{tmp_path}/config is not YAML" in refusal(lambda: kubeconfig.load([tmp_path / "config"]))


def test_what_a_kubeconfig_says_is_not_shown_either() -> None:
    config_with_secrets = documents.parse(text(config()).encode(), None)
    assert "t0p-secret" not in repr(config_with_secrets)


NAMES = st.sampled_from(["red", "green", "blue"])
FILES = st.lists(
    st.fixed_dictionaries(
        {
            "current": st.sampled_from(["", "red", "green"]),
            "users": st.dictionaries(NAMES, st.dictionaries(st.sampled_from(["token", "username"]), st.just("x"))),
            "clusters": st.sets(NAMES),
            "contexts": st.sets(NAMES),
        }
    ),
    max_size=5,
)


def parsed(said: dict[str, Any], number: int) -> documents.Kubeconfig:
    """A kubeconfig whose clusters and contexts tell which file they are from."""
    values = {
        "current-context": said["current"],
        "users": [{"name": name, "user": user} for name, user in said["users"].items()],
        "clusters": [{"name": name, "cluster": {"server": f"https://{number}"}} for name in said["clusters"]],
        "contexts": [{"name": name, "context": {"namespace": str(number)}} for name in said["contexts"]],
    }
    return documents.parse(text(values).encode(), Path(f"/{number}"))


@given(FILES)
def test_in_a_merge_the_first_file_that_says_something_is_right_about_all_of_it(said: list[dict[str, Any]]) -> None:
    parts = [parsed(each, number) for number, each in enumerate(said)]
    merged = documents.merge(parts)
    assert merged.current_context == next((each["current"] for each in said if each["current"]), "")
    for kind in ("users", "clusters", "contexts"):
        entries = getattr(merged, kind)
        assert entries.keys() == {name for each in said for name in each[kind]}
        for name, entry in entries.items():
            first = next(number for number, each in enumerate(said) if name in each[kind])
            assert entry == getattr(parts[first], kind)[name]
            assert entry.file == Path(f"/{first}")


@given(FILES, st.integers(0, 5))
def test_it_does_not_matter_which_neighbours_are_merged_before_others(said: list[dict[str, Any]], cut: int) -> None:
    parts = [parsed(each, number) for number, each in enumerate(said)]
    assert documents.merge([documents.merge(parts[:cut]), documents.merge(parts[cut:])]) == documents.merge(parts)


def test_kubectl_makes_the_same_of_a_list_of_files_and_what_it_flattens_can_be_uploaded(tmp_path: Path) -> None:
    authority = Authority()
    ada = authority.client("ada")
    first = config({"client-certificate": "ada.crt", "client-key": "ada.key", "token": "t"})
    second = config({"token": "other"}, server="https://other", tls_server_name="kubernetes")
    del first["clusters"], first["current-context"]
    second["clusters"][0]["cluster"]["certificate-authority"] = "ca.crt"
    paths = [write(tmp_path / "a" / "config", first), tmp_path / "gone", write(tmp_path / "b" / "config", second)]
    for name, pem in {"a/ada.crt": ada.certificate, "a/ada.key": ada.key, "b/ca.crt": authority.pem}.items():
        (tmp_path / name).write_bytes(pem)
    env = {"KUBECONFIG": ":".join(map(str, paths)), "HOME": str(tmp_path)}
    command = [KUBECTL, "config", "view", "--raw", "--flatten", "--minify"]
    flat = subprocess.run(command, env=env, capture_output=True, text=True, check=True).stdout
    ours = kubeconfig.load(kubeconfig.paths(env))
    assert kubeconfig.parse_uploaded(flat) == msgspec.structs.replace(ours, uploaded=True)
    assert ours.client_certificate == ClientCertificate(certificate=ada.certificate, key=ada.key)
