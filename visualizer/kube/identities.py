"""Identities: what a kubeconfig's user entry proves itself with: a certificate, a token, a password, a program."""

from __future__ import annotations

import json
from typing import Final

from visualizer.kube import access, certificates, entries
from visualizer.kube.access import ClientCertificate, KubeconfigError
from visualizer.kube.documents import Cluster, Entry, ExecConfig, User

EXEC_EXTENSION: Final = "client.authentication.k8s.io/exec"
EXEC_VERSIONS: Final = tuple(f"client.authentication.k8s.io/{version}" for version in ("v1", "v1beta1"))


def check(user: Entry[User]) -> None:
    """Raises KubeconfigError when the entry has what an upload must not have, what is gone, or what contradicts."""
    said = user.value
    files = {"client-certificate": said.client_certificate, "client-key": said.client_key, "tokenFile": said.token_file}
    entries.refuse_files(user, {**files, "exec": said.exec, "auth-provider": said.auth_provider})
    entries.refuse_both(user, "client-certificate", said.client_certificate, said.client_certificate_data)
    entries.refuse_both(user, "client-key", said.client_key, said.client_key_data)
    if said.auth_provider:
        message = (
            f"The {user.where} has an auth-provider. Kubernetes 1.26 removed these: use exec with a credential plugin, "
            "for instance kubelogin or gke-gcloud-auth-plugin."
        )
        raise KubeconfigError(message)
    if said.impersonate or said.impersonate_uid or said.impersonate_groups:
        message = f"The {user.where} impersonates another (as), which Orrery does not. Use that user's own credentials."
        raise KubeconfigError(message)
    if said.token and (said.username or said.password):
        message = f"The {user.where} has both a token and a username. Remove one of them, as kubectl asks, too."
        raise KubeconfigError(message)


def client_certificate(user: Entry[User], *, now: float) -> ClientCertificate | None:
    """The user's certificate and key, valid at ``now`` (unix seconds) and fitting. Raises KubeconfigError."""
    said = user.value
    certificate = entries.content(user, "client-certificate", said.client_certificate, said.client_certificate_data)
    key = entries.content(user, "client-key", said.client_key, said.client_key_data)
    if certificate is None and key is None:
        return None
    if certificate is None or key is None:
        has, lacks = ("client-key", "client-certificate") if key else ("client-certificate", "client-key")
        message = f"The {user.where} has a {has} but no {lacks}. Both are needed."
        raise KubeconfigError(message)
    whose = entries.source(user, said.client_certificate, said.client_key)
    with entries.told_as_kubeconfig():
        certificates.check_pair(certificate, key, whose=whose)
        certificates.check_validity(certificate, now=now, whose=whose)
    return ClientCertificate(certificate=certificate, key=key)


def authentication(user: Entry[User], cluster: Entry[Cluster]) -> access.Authentication | None:
    """The user's way to authenticate; of several, the one that client-go lets win. Raises KubeconfigError."""
    said = user.value
    if said.token_file:
        return access.TokenFile(path=str(entries.beside(user, said.token_file)))
    if said.token:
        if not access.is_token(said.token):
            message = f"The token of {user.where} has blanks or other characters that no token has. Copy it again."
            raise KubeconfigError(message)
        return access.Token(token=said.token)
    if said.username or said.password:
        return access.Basic(username=said.username or "", password=said.password or "")
    return _exec(said.exec, user, cluster) if said.exec else None


def _exec(said: ExecConfig, user: Entry[User], cluster: Entry[Cluster]) -> access.Exec:
    if not said.command:
        message = f"The exec of {user.where} has no command."
        raise KubeconfigError(message)
    if said.api_version not in EXEC_VERSIONS:
        message = f"The exec of {user.where} needs an apiVersion: {' or '.join(EXEC_VERSIONS)}. Update the plugin."
        raise KubeconfigError(message)
    if said.interactive_mode not in {None, "", "Never", "IfAvailable"}:
        message = (
            f"The exec of {user.where} asks for a terminal (interactiveMode: {said.interactive_mode}), and there is "
            "none. Use a plugin that can do without, and say interactiveMode: Never."
        )
        raise KubeconfigError(message)
    return access.Exec(
        api_version=said.api_version,
        command=str(entries.beside(user, said.command)) if "/" in said.command else said.command,
        args=tuple(said.args or ()),
        env={variable.name: variable.value for variable in said.env or ()},
        install_hint=said.install_hint or "",
        provide_cluster_info=bool(said.provide_cluster_info),
        cluster_config=_exec_config(cluster),
    )


def _exec_config(cluster: Entry[Cluster]) -> str | None:
    found = [each.extension for each in cluster.value.extensions or () if each.name == EXEC_EXTENSION]
    try:
        return json.dumps(found[0], allow_nan=False) if found else None
    except ValueError as error:
        message = f"The extension {EXEC_EXTENSION} of {cluster.where} cannot be told in JSON."
        raise KubeconfigError(message) from error
