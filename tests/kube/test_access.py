"""An access: kept whole as JSON, its secrets hidden, and made from a Pod's service account."""

from __future__ import annotations

import pickle
import re
from pathlib import Path
from typing import Any

import pytest

from tests.kube.configs import b64, config, refusal, write
from tests.kube.pki import Authority
from visualizer.kube import kubeconfig
from visualizer.kube.access import Access, Exec, TokenFile, from_json, in_cluster, to_json

AUTHORITY = Authority()
ADA = AUTHORITY.client("ada")
CERTIFIED = {"client-certificate-data": b64(ADA.certificate), "client-key-data": b64(ADA.key)}
PLUGIN = {
    "apiVersion": "client.authentication.k8s.io/v1",
    "command": "aws",
    "args": ["t0p-secret"],
    "env": [{"name": "AWS_PROFILE", "value": "t0p-secret"}],
}


def load(tmp_path: Path, values: dict[str, Any], context: str | None = None) -> Access:
    """The access of a kubeconfig in a file."""
    return kubeconfig.load([write(tmp_path / "config", values)], context)


@pytest.mark.parametrize("secretive", [TokenFile(path="/etc/shadow"), Exec(api_version="v1", command="sh")])
def test_an_uploaded_access_never_holds_a_program_or_a_file_however_it_came_about(secretive: Any) -> None:
    def forge(*, uploaded: bool) -> Access:
        return Access(
            server="https://a", context="c", cluster="k", user="u", authentication=secretive, uploaded=uploaded
        )

    assert "must not name programs or files" in refusal(lambda: forge(uploaded=True))
    forged = to_json(forge(uploaded=False)).replace(b'"uploaded":false', b'"uploaded":true')
    assert "must not name programs or files" in refusal(lambda: from_json(forged))


ACCESSES = [
    {
        "user": {"token": "t0p-secret"},
        "certificate_authority_data": b64(AUTHORITY.pem),
        "tls_server_name": "kubernetes",
    },
    {"user": {"exec": PLUGIN}, "insecure_skip_tls_verify": True},
    {"user": {**CERTIFIED, "tokenFile": "t0p-secret"}},
    {"user": {"username": "ada", "password": "t0p-secret"}, "proxy_url": "http://ada:t0p-secret@proxy:3128"},
]


@pytest.mark.parametrize("values", ACCESSES)
def test_an_access_is_kept_as_json_whole(tmp_path: Path, values: dict[str, Any]) -> None:
    access = load(tmp_path, config(**values))
    assert from_json(to_json(access)) == access


@pytest.mark.parametrize("values", ACCESSES)
def test_an_access_shows_no_secret_and_is_not_pickled(tmp_path: Path, values: dict[str, Any]) -> None:
    access = load(tmp_path, config(**values))
    shown = f"{access} {access!r} {access.authentication!r} {access.client_certificate!r}"
    assert not re.search("t0p-secret|PRIVATE|BEGIN|AWS", shown)
    assert "https://prod.example:6443 as 'ada' by context 'prod'" in shown
    with pytest.raises(TypeError, match="not pickled"):
        pickle.dumps(access)


@pytest.mark.parametrize("stored", [b"", b"{}", b'{"server": 1}', b"\xff"])
def test_what_is_no_stored_access_is_told(stored: bytes) -> None:
    assert "stored access cannot be read" in refusal(lambda: from_json(stored))


def service_account(root: Path) -> None:
    """The files that Kubernetes mounts into a Pod."""
    (root / "token").write_text("t0ken\n")
    (root / "ca.crt").write_bytes(AUTHORITY.pem)
    (root / "namespace").write_text("shop")


@pytest.mark.parametrize(
    ("host", "server"), [("10.0.0.1", "https://10.0.0.1:443"), ("fd00::1", "https://[fd00::1]:443")]
)
def test_a_pod_reaches_its_cluster_by_its_service_account(tmp_path: Path, host: str, server: str) -> None:
    service_account(tmp_path)
    access = in_cluster(tmp_path, {"KUBERNETES_SERVICE_HOST": host, "KUBERNETES_SERVICE_PORT": "443"})
    assert (access.server, access.namespace) == (server, "shop")
    assert access.certificate_authority == AUTHORITY.pem
    assert access.authentication == TokenFile(path=str(tmp_path / "token"))


def test_outside_a_cluster_or_without_a_service_account_that_is_told(tmp_path: Path) -> None:
    assert "does not run in a cluster" in refusal(lambda: in_cluster(tmp_path, {}))
    env = {"KUBERNETES_SERVICE_HOST": "10.0.0.1", "KUBERNETES_SERVICE_PORT": "443"}
    said = refusal(lambda: in_cluster(tmp_path, env))
    assert f"{tmp_path}/token: No such file or directory" in said
    assert "automountServiceAccountToken" in said
