"""Kubeconfigs in all shapes: what they give, and what is said of those that give nothing."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest

from tests.kube.configs import b64, config, refusal, text, write
from tests.kube.pki import Authority, encrypted_key
from visualizer.kube import kubeconfig
from visualizer.kube.access import Access, Basic, ClientCertificate, Exec, Token, TokenFile

AUTHORITY = Authority()
ADA = AUTHORITY.client("ada")
CERTIFIED = {"client-certificate-data": b64(ADA.certificate), "client-key-data": b64(ADA.key)}
EXEC = {"apiVersion": "client.authentication.k8s.io/v1", "command": "aws", "interactiveMode": "IfAvailable"}
PLUGIN = {
    **EXEC,
    "args": ["eks", "get-token"],
    "env": [{"name": "AWS_PROFILE", "value": "prod"}],
    "installHint": "Install the AWS CLI.",
    "provideClusterInfo": True,
}


def load(tmp_path: Path, values: dict[str, Any], context: str | None = None) -> Access:
    """The access of a kubeconfig in a file."""
    return kubeconfig.load([write(tmp_path / "config", values)], context)


def test_a_token_and_an_authority_are_all_that_most_contexts_need(tmp_path: Path) -> None:
    access = load(tmp_path, config(certificate_authority_data=b64(AUTHORITY.pem), tls_server_name="kubernetes"))
    assert (access.context, access.cluster, access.user) == ("prod", "prod-cluster", "ada")
    assert (access.server, access.namespace) == ("https://prod.example:6443", "default")
    assert access.certificate_authority == AUTHORITY.pem
    assert access.authentication == Token(token="t0p-secret")
    assert access.tls_server_name == "kubernetes"
    assert not access.insecure_skip_tls_verify
    assert not access.uploaded


def test_what_files_hold_is_read_from_beside_the_kubeconfig(tmp_path: Path) -> None:
    for name, pem in {"ca.crt": AUTHORITY.pem, "ada.crt": ADA.certificate, "ada.key": ADA.key}.items():
        (tmp_path / "pki").mkdir(exist_ok=True)
        (tmp_path / "pki" / name).write_bytes(pem)
    user = {"client-certificate": "pki/ada.crt", "client-key": str(tmp_path / "pki/ada.key"), "tokenFile": "token"}
    access = load(tmp_path, config(user, certificate_authority="pki/ca.crt"))
    assert access.certificate_authority == AUTHORITY.pem
    assert access.client_certificate == ClientCertificate(certificate=ADA.certificate, key=ADA.key)
    assert access.authentication == TokenFile(path=str(tmp_path / "token"))


def test_a_plugin_is_taken_over_with_what_its_cluster_tells_it(tmp_path: Path) -> None:
    extension = {"name": "client.authentication.k8s.io/exec", "extension": {"audience": "prod", "retries": 3}}
    plugin = load(tmp_path, config({"exec": PLUGIN}, extensions=[extension])).authentication
    assert plugin == Exec(
        api_version="client.authentication.k8s.io/v1",
        command="aws",
        args=("eks", "get-token"),
        env={"AWS_PROFILE": "prod"},
        install_hint="Install the AWS CLI.",
        provide_cluster_info=True,
        cluster_config='{"audience": "prod", "retries": 3}',
    )


@pytest.mark.parametrize(
    ("command", "meant"), [("bin/login", "{folder}/bin/login"), ("/opt/login", "/opt/login"), ("login", "login")]
)
def test_a_plugins_path_is_relative_to_its_kubeconfig_and_its_bare_name_is_not(
    tmp_path: Path, command: str, meant: str
) -> None:
    plugin = load(tmp_path, config({"exec": {**EXEC, "command": command}})).authentication
    assert isinstance(plugin, Exec)
    assert plugin.command == meant.format(folder=tmp_path)


def test_a_password_is_still_read(tmp_path: Path) -> None:
    assert load(tmp_path, config({"username": "ada", "password": "pw"})).authentication == Basic(
        username="ada", password="pw"
    )


def test_of_several_ways_the_one_that_kubectl_takes_is_taken(tmp_path: Path) -> None:
    assert load(tmp_path, config({"token": "t", "exec": EXEC})).authentication == Token(token="t")
    both = load(tmp_path, config({"token": "t", "tokenFile": "/run/token"}))
    assert both.authentication == TokenFile(path="/run/token")


def test_a_user_entry_with_nothing_in_it_is_anonymous_by_intent(tmp_path: Path) -> None:
    assert load(tmp_path, config({})).authentication is None


def test_what_kubectl_writes_for_nothing_is_nothing() -> None:
    user = {"token": "t", "exec": None, "client-key": "", "as": None, "as-groups": [], "auth-provider": None}
    values = config(user, certificate_authority="", extensions=None, insecure_skip_tls_verify=None)
    assert kubeconfig.parse_uploaded(text(values)).authentication == Token(token="t")


def test_json_is_a_kubeconfig_too() -> None:
    said = '{"current-context":"c","contexts":[{"name":"c","context":{"cluster":"k","user":"u","namespace":"shop"}}],'
    said += '"clusters":[{"name":"k","cluster":{"server":"http://[::1]:8001/"}}],"users":[{"name":"u","user":{}}]}'
    access = kubeconfig.parse_uploaded(said)
    assert (access.server, access.namespace) == ("http://[::1]:8001", "shop")


def test_another_than_the_current_context_can_be_chosen(tmp_path: Path) -> None:
    values = config()
    values["contexts"].append({"name": "test", "context": {"cluster": "prod-cluster", "user": "bob"}})
    values["users"].append({"name": "bob", "user": {"token": "bobs"}})
    assert load(tmp_path, values, "test").authentication == Token(token="bobs")


def test_what_the_chosen_context_does_not_use_need_not_be_right() -> None:
    values = config()
    values["users"].append({"name": "bob", "user": {"exec": EXEC, "client-key-data": "%"}})
    values["clusters"].append({"name": "broken", "cluster": {"server": "nowhere"}})
    assert kubeconfig.parse_uploaded(text(values)).user == "ada"


def test_an_unknown_context_is_told_with_the_ones_there_are(tmp_path: Path) -> None:
    said = refusal(lambda: load(tmp_path, config(), "staging"))
    assert said == f"There is no context 'staging' in {tmp_path}/config. Contexts: 'prod'."
    said = refusal(lambda: load(tmp_path, {**config(), "current-context": ""}))
    assert said == f"No current-context is set in {tmp_path}/config. Contexts: 'prod'."


@pytest.mark.parametrize(
    ("user", "cluster", "reason"),
    [
        ({"auth-provider": {"name": "gcp"}}, {}, "user 'ada' in FILE has an auth-provider. Kubernetes 1.26 removed"),
        ({"as": "root", "token": "t"}, {}, "user 'ada' in FILE impersonates another"),
        ({"as-groups": ["system:masters"]}, {}, "user 'ada' in FILE impersonates another"),
        ({"token": "t", "username": "ada"}, {}, "has both a token and a username"),
        ({"token": "t0p secret"}, {}, "The token of user 'ada' in FILE has blanks"),
        ({"token": "t0p-secret\n"}, {}, "The token of user 'ada' in FILE has blanks"),
        ({"client-key-data": b64(ADA.key)}, {}, "has a client-key but no client-certificate"),
        ({"client-certificate-data": b64(ADA.certificate)}, {}, "has a client-certificate but no client-key"),
        ({**CERTIFIED, "client-key": "x"}, {}, "has both client-key and client-key-data"),
        ({**CERTIFIED, "client-key-data": "*t0p-secret*"}, {}, "client-key-data of user 'ada' in FILE is not base64"),
        ({**CERTIFIED, "client-key-data": b64(b"t0p-secret")}, {}, "client key of user 'ada' in FILE is not a private"),
        ({**CERTIFIED, "client-key-data": b64(encrypted_key())}, {}, "client key of user 'ada' in FILE is encrypted"),
        (
            {**CERTIFIED, "client-key-data": b64(AUTHORITY.client("ada").key)},
            {},
            "'ada' in FILE do not belong together",
        ),
        (
            {**CERTIFIED, "client-certificate-data": b64(b"x")},
            {},
            "The client certificate of user 'ada' in FILE is not",
        ),
        ({"exec": {**EXEC, "command": ""}}, {}, "The exec of user 'ada' in FILE has no command"),
        ({"exec": {**EXEC, "apiVersion": None}}, {}, "The exec of user 'ada' in FILE needs an apiVersion"),
        ({"exec": {**EXEC, "interactiveMode": "Always"}}, {}, "asks for a terminal (interactiveMode: Always)"),
        ({"client-key": "no.key", "client-certificate": "no.crt"}, {}, "cannot be read: FOLDER/no.crt: No such file"),
        ({}, {"server": "prod.example:6443"}, "The server of cluster 'prod-cluster' in FILE is not a URL"),
        ({}, {"server": None}, "The server of cluster 'prod-cluster' in FILE is not a URL"),
        ({}, {"server": "file:///etc/passwd"}, "is not a URL such as https://"),
        ({}, {"server": "https://:6443"}, "is not a URL such as https://"),
        ({}, {"server": "https://prod:port"}, "is not a URL such as https://"),
        ({}, {"server": "https://[::1"}, "is not a URL such as https://"),
        ({}, {"server": "https://prod/?x=1"}, "is not a URL such as https://"),
        ({}, {"server": "https://prod\n.example"}, "is not a URL such as https://"),
        ({}, {"server": "https://ada:t0p-secret@prod"}, "has a username in its URL"),
        ({}, {"proxy_url": "socks5://proxy:1080"}, "proxy-url of cluster 'prod-cluster' in FILE is not an http"),
        (
            {},
            {"certificate_authority_data": b64(b"x")},
            "certificate-authority of cluster 'prod-cluster' in FILE is not",
        ),
        ({}, {"certificate_authority": "no.crt"}, "cannot be read: FOLDER/no.crt: No such file"),
        (
            {},
            {"insecure_skip_tls_verify": True, "certificate_authority_data": b64(AUTHORITY.pem)},
            "has both insecure-skip-tls-verify and a certificate-authority",
        ),
    ],
)
def test_what_cannot_be_used_is_told_with_its_place_and_without_its_secrets(
    tmp_path: Path, user: dict[str, Any], cluster: dict[str, Any], reason: str
) -> None:
    said = refusal(lambda: load(tmp_path, config(user, **cluster)))
    assert reason in said.replace(f"{tmp_path}/config", "FILE").replace(str(tmp_path), "FOLDER")
    assert "t0p-secret" not in said
    assert said.endswith((".", ")."))


def test_a_client_certificate_that_ran_out_is_told_with_its_file_and_day(tmp_path: Path) -> None:
    expired = AUTHORITY.client("ada", days=-3)
    (tmp_path / "ada.crt").write_bytes(expired.certificate)
    user = {"client-certificate": "ada.crt", "client-key-data": b64(expired.key)}
    day = time.strftime("%Y-%m-%d", time.gmtime(time.time() - 3 * 86400))
    said = refusal(lambda: load(tmp_path, config(user)))
    assert said.startswith(f"The client certificate of user 'ada' in {tmp_path}/config (ada.crt) ran out on {day}")
    path = write(tmp_path / "config", config(user))
    assert kubeconfig.load([path], clock=lambda: time.time() - 4 * 86400).client_certificate


@pytest.mark.parametrize("entry", ["cluster", "user"])
def test_a_context_that_names_what_is_not_there_is_told(tmp_path: Path, entry: str) -> None:
    values = config()
    values["contexts"][0]["context"][entry] = "gone"
    assert f"names the {entry} 'gone', which is not there" in refusal(lambda: load(tmp_path, values))
    del values["contexts"][0]["context"][entry]
    assert f"names no {entry}. It can be one of: '" in refusal(lambda: load(tmp_path, values))


def test_two_entries_of_one_name_in_a_file_are_refused(tmp_path: Path) -> None:
    values = config()
    values["users"].append({"name": "ada", "user": {"token": "other"}})
    assert "There is more than one user 'ada'" in refusal(lambda: load(tmp_path, values))


@pytest.mark.parametrize(
    ("user", "cluster", "field"),
    [
        ({"exec": EXEC}, {}, "user 'ada' in the uploaded kubeconfig has exec:"),
        ({"token": "t", "exec": {"command": "sh"}}, {}, "has exec:"),
        ({"auth-provider": {"name": "oidc"}}, {}, "has auth-provider:"),
        ({"tokenFile": "/etc/shadow"}, {}, "has tokenFile:"),
        ({"token": "t", "tokenFile": "/etc/shadow"}, {}, "has tokenFile:"),
        ({"client-certificate": "/a", "client-key": "/b"}, {}, "has client-certificate and client-key:"),
        ({**CERTIFIED, "client-key": "/b"}, {}, "has client-key:"),
        ({}, {"certificate_authority": "/etc/shadow"}, "cluster 'prod-cluster' in the uploaded kubeconfig has certif"),
    ],
)
def test_an_upload_must_not_name_programs_or_files(user: dict[str, Any], cluster: dict[str, Any], field: str) -> None:
    said = refusal(lambda: kubeconfig.parse_uploaded(text(config(user, **cluster))))
    assert field in said
    assert "kubectl config view --raw --flatten --minify" in said


def test_an_upload_with_data_only_is_taken() -> None:
    access = kubeconfig.parse_uploaded(text(config(CERTIFIED, certificate_authority_data=b64(AUTHORITY.pem))))
    assert access.client_certificate == ClientCertificate(certificate=ADA.certificate, key=ADA.key)
    assert access.uploaded


def test_names_in_messages_are_cut_and_cannot_steer_a_terminal(tmp_path: Path) -> None:
    values = config()
    values["contexts"][0]["name"] = "\x1b[2J" + "x" * 5000
    said = refusal(lambda: load(tmp_path, values))
    assert "\x1b" not in said
    assert len(said) < 500 + len(str(tmp_path))


def test_a_list_of_files_is_one_kubeconfig_and_each_finds_its_own_neighbours(tmp_path: Path) -> None:
    first, second = config(), config({"tokenFile": "token"})
    del first["users"], first["clusters"]
    second["current-context"] = "other"
    second["clusters"][0]["cluster"]["certificate-authority"] = "ca.crt"
    paths = [write(tmp_path / "a" / "config", first), tmp_path / "gone", write(tmp_path / "b" / "config", second)]
    (tmp_path / "b" / "ca.crt").write_bytes(AUTHORITY.pem)
    access = kubeconfig.load(paths)
    assert access.context == "prod"
    assert access.certificate_authority == AUTHORITY.pem
    assert access.authentication == TokenFile(path=str(tmp_path / "b" / "token"))


def test_when_no_file_is_there_all_places_are_told(tmp_path: Path) -> None:
    said = refusal(lambda: kubeconfig.load([tmp_path / "a", tmp_path / "b"]))
    assert said == f"There is no kubeconfig at {tmp_path}/a, {tmp_path}/b. Set KUBECONFIG to one."


def test_a_file_that_is_there_and_cannot_be_read_is_not_passed_over(tmp_path: Path) -> None:
    good = write(tmp_path / "config", config())
    assert "cannot be read" in refusal(lambda: kubeconfig.load([good / "below-a-file", good]))
    assert "Is a directory" in refusal(lambda: kubeconfig.load([tmp_path, good]))
    assert "no file has such a name" in refusal(lambda: kubeconfig.load([Path("a\0b"), good]))


@pytest.mark.parametrize(
    ("env", "expected"),
    [
        ({"KUBECONFIG": "/a:/b::/a"}, ["/a", "/b"]),
        ({"KUBECONFIG": "", "HOME": "/home/ada"}, ["/home/ada/.kube/config"]),
        ({"HOME": "/home/ada"}, ["/home/ada/.kube/config"]),
    ],
)
def test_the_files_are_found_where_kubectl_finds_them(env: dict[str, str], expected: list[str]) -> None:
    assert kubeconfig.paths(env) == [Path(path) for path in expected]
