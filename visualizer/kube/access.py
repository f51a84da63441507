"""Access: all that is needed to reach one cluster as one user, taken out of a kubeconfig or a Pod's service account.

An :class:`Access` is complete: the files that a kubeconfig names are read into it, and only a token's file and an exec
plugin stay references, because their answers change. It may be kept: :func:`to_json` and :func:`from_json` (seal the
result, it holds secrets). It shows no secret in its repr and refuses to be pickled. It does not tell whether the
cluster answers.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Final, NoReturn

import msgspec
from msgspec import Struct

SERVICE_ACCOUNT: Final = Path("/var/run/secrets/kubernetes.io/serviceaccount")


class KubeconfigError(Exception):
    """What is wrong with a kubeconfig: a sentence for who wrote it, naming file and entry, without any secret."""


class CredentialsError(Exception):
    """Why there are no credentials now, though the kubeconfig was right: a sentence without any secret."""


class Hidden(Struct, frozen=True, kw_only=True):
    """Something with secrets in it: its repr tells only what it is, and pickling it fails."""

    def __repr__(self) -> str:
        return f"<{type(self).__name__}>"

    def __reduce__(self) -> NoReturn:
        message = f"{type(self).__name__} holds secrets and is not pickled. Keep an Access by to_json, sealed."
        raise TypeError(message)


class ClientCertificate(Hidden, frozen=True):
    """A certificate (with its chain) and the key to it, both PEM. They fit each other."""

    certificate: bytes
    key: bytes


class Token(Hidden, frozen=True, tag="token"):
    """A bearer token."""

    token: str


class TokenFile(Hidden, frozen=True, tag="tokenFile"):
    """A file with a bearer token that somebody keeps fresh: read when used."""

    path: str


class Basic(Hidden, frozen=True, tag="basic"):
    """A user's name and password. Kubernetes' own API server takes them no longer; proxies before it may."""

    username: str
    password: str


class Exec(Hidden, frozen=True, tag="exec"):
    """A program of the ``client.authentication.k8s.io`` group that gives credentials.

    ``command`` is absolute, or a name to be looked for in PATH. ``cluster_config`` is JSON: what the cluster's
    extension ``client.authentication.k8s.io/exec`` says.
    """

    api_version: str
    command: str
    args: tuple[str, ...] = ()
    env: dict[str, str] = {}
    install_hint: str = ""
    provide_cluster_info: bool = False
    cluster_config: str | None = None


Authentication = Token | TokenFile | Basic | Exec


class Access(Hidden, frozen=True):
    """How to reach a cluster, and as whom.

    ``server`` has no slash at its end. ``certificate_authority`` is PEM; without it the system's authorities count.
    ``client_certificate`` and ``authentication`` may be there both, either, or none, which is to be anonymous.
    ``uploaded`` says that it came through a browser: it then names no program and no file.

    Raises :class:`KubeconfigError` when an uploaded one names a program or a file.
    """

    server: str
    context: str
    cluster: str
    user: str
    namespace: str = "default"
    certificate_authority: bytes | None = None
    insecure_skip_tls_verify: bool = False
    tls_server_name: str | None = None
    proxy_url: str | None = None
    client_certificate: ClientCertificate | None = None
    authentication: Authentication | None = None
    uploaded: bool = False

    def __post_init__(self) -> None:
        if self.uploaded and isinstance(self.authentication, TokenFile | Exec):
            message = f"Context {self.context!r} came through a browser: it must not name programs or files."
            raise KubeconfigError(message)

    def __repr__(self) -> str:
        return f"<Access to {self.server} as {self.user!r} by context {self.context!r}>"


def to_json(access: Access) -> bytes:
    """The access as JSON, secrets included: seal it before it is stored."""
    return msgspec.json.encode(access)


def from_json(data: bytes) -> Access:
    """The access that :func:`to_json` made this of. Raises :class:`KubeconfigError` for anything else."""
    try:
        return msgspec.json.decode(data, type=Access)
    except msgspec.DecodeError as error:
        message = f"The cluster's stored access cannot be read: {error}. Give its kubeconfig anew."
        raise KubeconfigError(message) from error


def is_token(text: str) -> bool:
    """Whether the text may stand in an Authorization header: printable ASCII without blanks."""
    return bool(text) and all("!" <= character <= "~" for character in text)


def in_cluster(root: Path = SERVICE_ACCOUNT, env: Mapping[str, str] = os.environ) -> Access:
    """The access that a Pod's service account gives, as client-go's ``rest.InClusterConfig`` finds it.

    Raises :class:`KubeconfigError` when this is no Pod, or one without a service account's token.
    """
    host, port = env.get("KUBERNETES_SERVICE_HOST"), env.get("KUBERNETES_SERVICE_PORT")
    if not host or not port:
        message = "This does not run in a cluster: KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT are not set."
        raise KubeconfigError(message)
    try:
        (root / "token").stat()
        authority = (root / "ca.crt").read_bytes()
    except OSError as error:
        message = (
            f"The Pod's service account cannot be read: {error.filename}: {error.strerror}. "
            "Give the Pod a service account and leave automountServiceAccountToken on."
        )
        raise KubeconfigError(message) from error
    return Access(
        server=f"https://[{host}]:{port}" if ":" in host else f"https://{host}:{port}",
        context="in-cluster",
        cluster="in-cluster",
        user="service account",
        namespace=_namespace(root),
        certificate_authority=authority,
        authentication=TokenFile(path=str(root / "token")),
    )


def _namespace(root: Path) -> str:
    try:
        return (root / "namespace").read_text().strip() or "default"
    except FileNotFoundError:
        return "default"
