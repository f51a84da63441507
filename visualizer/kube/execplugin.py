"""Exec plugins: programs that give credentials, by the ``client.authentication.k8s.io`` contract of kubectl.

A plugin runs without a terminal, and not for ever (:mod:`visualizer.kube.processes`). Its answer is kept until shortly
before it expires. When there is no answer, the error tells in words why; nobody goes on anonymously. Orrery's own
settings are kept from the plugin. Plugins come from the operator's kubeconfigs only: :class:`Access` sees to that.
"""

from __future__ import annotations

import asyncio
import base64
import json
import os
import shutil
import time
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Final

import msgspec

from visualizer.kube import certificates, processes
from visualizer.kube.access import Access, ClientCertificate, CredentialsError, Exec, Hidden, is_token

TIMEOUT_S: Final = 30.0
LEEWAY_S: Final = 10.0
"""How long before its end a credential is no longer used."""


class ExecCredential(Hidden, frozen=True):
    """What a plugin gave: a token, a certificate, or both; ``expires`` in unix seconds, or None for never."""

    token: str | None = None
    certificate: ClientCertificate | None = None
    expires: float | None = None


class _Status(Hidden, frozen=True, rename="camel"):
    token: str | None = None
    client_certificate_data: str | None = None
    client_key_data: str | None = None
    expiration_timestamp: datetime | None = None


class _Answer(Hidden, frozen=True, rename="camel"):
    kind: str = ""
    api_version: str = ""
    status: _Status | None = None


class ExecPlugin:
    """Runs the plugin of an access, and keeps what it gave.

    ``env`` is the environment that the plugin gets, with what its kubeconfig adds. ``clock`` gives unix seconds.
    """

    def __init__(
        self,
        access: Access,
        plugin: Exec,
        *,
        env: Mapping[str, str] = os.environ,
        timeout_s: float = TIMEOUT_S,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._access = access
        self._plugin = plugin
        self._env = env
        self._timeout_s = timeout_s
        self._clock = clock
        self._kept: ExecCredential | None = None
        self._turn = asyncio.Lock()
        self._whose = f"user {access.user!r} of context {access.context!r}"

    def __repr__(self) -> str:
        return f"<ExecPlugin of {self._whose}>"

    async def credential(self) -> ExecCredential:
        """The credential, from the last run while it lasts. Who asks during a run gets its answer.

        Raises :class:`CredentialsError` when the plugin gives none.
        """
        async with self._turn:
            if self._kept is None or not self._lasts(self._kept):
                self._kept = _read(await self._run(), self._plugin, self._whose)
            return self._kept

    def invalidate(self) -> None:
        """Forgets the credential: the server refused it."""
        self._kept = None

    def _lasts(self, credential: ExecCredential) -> bool:
        return credential.expires is None or self._clock() < credential.expires - LEEWAY_S

    async def _run(self) -> bytes:
        """What the plugin writes."""
        name = self._plugin.command
        program = shutil.which(name, path=self._env.get("PATH"))
        if program is None:
            hint = f" {self._plugin.install_hint.strip()}" if self._plugin.install_hint.strip() else ""
            message = f"{name!r}, which gives the credentials of {self._whose}, is not there to be run.{hint}"
            raise CredentialsError(message)
        try:
            ended = await processes.run([program, *self._plugin.args], self._environment(), timeout_s=self._timeout_s)
        except (OSError, ValueError) as error:
            message = f"{name!r}, which gives the credentials of {self._whose}, cannot be started: {error}."
            raise CredentialsError(message) from error
        if ended.failure:
            message = f"{name!r}, which gives the credentials of {self._whose}, {ended.failure}.{ended.complaint}"
            raise CredentialsError(message)
        return ended.output

    def _environment(self) -> dict[str, str]:
        inherited = {name: value for name, value in self._env.items() if not name.startswith("ORRERY_")}
        return {**inherited, **self._plugin.env, "KUBERNETES_EXEC_INFO": json.dumps(self._info())}

    def _info(self) -> dict[str, object]:
        spec: dict[str, object] = {"interactive": False}
        if self._plugin.provide_cluster_info:
            spec["cluster"] = self._cluster()
        return {"kind": "ExecCredential", "apiVersion": self._plugin.api_version, "spec": spec}

    def _cluster(self) -> dict[str, object]:
        authority, config = self._access.certificate_authority, self._plugin.cluster_config
        said = {
            "server": self._access.server,
            "tls-server-name": self._access.tls_server_name,
            "insecure-skip-tls-verify": self._access.insecure_skip_tls_verify,
            "certificate-authority-data": base64.b64encode(authority).decode() if authority else None,
            "proxy-url": self._access.proxy_url,
            "config": json.loads(config) if config else None,
        }
        return {name: value for name, value in said.items() if value}


def _read(written: bytes, plugin: Exec, whose: str) -> ExecCredential:
    """The credential in what a plugin wrote. Raises CredentialsError when there is none."""
    says = f"{plugin.command!r}, which gives the credentials of {whose},"
    try:
        answer = msgspec.json.decode(written, type=_Answer)
    except msgspec.DecodeError as error:
        message = f"{says} did not write an ExecCredential: {error}."
        raise CredentialsError(message) from error
    if (answer.kind, answer.api_version) != ("ExecCredential", plugin.api_version):
        message = f"{says} did not write an ExecCredential of {plugin.api_version}. Set its apiVersion to the plugin's."
        raise CredentialsError(message)
    status = answer.status or _Status()
    token, expiry = status.token or None, status.expiration_timestamp
    certificate = _certificate(status, says, whose)
    if token is None and certificate is None:
        message = f"{says} gave neither a token nor a certificate."
        raise CredentialsError(message)
    if token is not None and not is_token(token):
        message = f"{says} gave a token with blanks or other characters that no token has."
        raise CredentialsError(message)
    if expiry is not None and expiry.tzinfo is None:
        message = f"{says} gave an expirationTimestamp without its time zone."
        raise CredentialsError(message)
    ends = [expiry.timestamp()] if expiry else []
    ends += [certificates.end(certificate.certificate, whose=whose).timestamp()] if certificate else []
    return ExecCredential(token=token, certificate=certificate, expires=min(ends, default=None))


def _certificate(status: _Status, says: str, whose: str) -> ClientCertificate | None:
    certificate, key = status.client_certificate_data, status.client_key_data
    if not certificate and not key:
        return None
    if not certificate or not key:
        message = f"{says} gave only half of clientCertificateData and clientKeyData."
        raise CredentialsError(message)
    pair = ClientCertificate(certificate=certificate.encode(), key=key.encode())
    try:
        certificates.check_pair(pair.certificate, pair.key, whose=whose)
    except certificates.CertificateError as error:
        message = f"{says} gave what cannot be used. {error}"
        raise CredentialsError(message) from error
    return pair
