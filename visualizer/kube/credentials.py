"""Credentials: what each request to a cluster shows to say who asks, kept fresh for as long as it is followed.

They are taken from an :class:`Access`: a token, a file with one, a password, an exec plugin, a client certificate. When
they cannot be had, :class:`CredentialsError` says why; no request goes out anonymous instead. They show no secret in
repr, str or logs, and refuse to be pickled. What a client certificate needs on disk (``ssl`` reads files only) is there
for a moment, for its owner only.
"""

from __future__ import annotations

import asyncio
import base64
import os
import ssl
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final, NoReturn, Protocol

from visualizer.kube import certificates
from visualizer.kube.access import (
    Access,
    Basic,
    ClientCertificate,
    CredentialsError,
    Exec,
    Hidden,
    Token,
    TokenFile,
    is_token,
)
from visualizer.kube.execplugin import ExecPlugin

REREAD_S: Final = 60.0
"""How long a token file that looks unchanged is believed, as in client-go's ``transport.NewCachedFileTokenSource``."""
_MAX_TOKEN_BYTES: Final = 1 << 20


class Proof(Hidden, frozen=True):
    """What a request shows: an Authorization header's value, a client certificate."""

    authorization: str | None = None
    certificate: ClientCertificate | None = None


class Source(Protocol):
    """Where a proof comes from."""

    async def proof(self) -> Proof:
        """What holds now. Raises CredentialsError."""

    def forget(self) -> None:
        """The next proof is taken anew."""


class Credentials:
    """The credentials of an access.

    ``env`` is what an exec plugin's environment is made of, ``clock`` gives unix seconds.
    """

    def __init__(
        self, access: Access, *, env: Mapping[str, str] = os.environ, clock: Callable[[], float] = time.time
    ) -> None:
        self._access = access
        self._clock = clock
        self._source = _source(access, env, clock)
        self._last: Proof | None = None
        self._version = 0
        self._context: ssl.SSLContext | None = None
        self._shown: ClientCertificate | None = None
        self._turn = asyncio.Lock()

    def __repr__(self) -> str:
        return f"<Credentials of user {self._access.user!r} of context {self._access.context!r}>"

    def __reduce__(self) -> NoReturn:
        message = "Credentials hold secrets and are not pickled. Make them from the Access where they are needed."
        raise TypeError(message)

    @property
    def version(self) -> int:
        """A number that rises whenever the credentials have become others."""
        return self._version

    @property
    def server_hostname(self) -> str | None:
        """The name to ask the server's certificate for (kubeconfig's tls-server-name); None for its URL's."""
        return self._access.tls_server_name

    async def headers(self) -> dict[str, str]:
        """The headers that say who asks; none where the certificate does, or nobody is to be.

        Raises :class:`CredentialsError`.
        """
        authorization = (await self._proof()).authorization
        return {} if authorization is None else {"Authorization": authorization}

    async def ssl_context(self) -> ssl.SSLContext | None:
        """How to be sure of the server, and to show it the client certificate; None for plain HTTP.

        It is the same object until the certificate changes. Raises :class:`CredentialsError`, also when the certificate
        has run out.
        """
        if not self._access.server.lower().startswith("https:"):
            return None
        shown = (await self._proof()).certificate or self._access.client_certificate
        async with self._turn:
            if self._context is None or shown != self._shown:
                self._context = await asyncio.to_thread(_context, self._access, shown)
                self._shown = shown
            self._check(shown)
            return self._context

    async def refresh(self, refused: int | None = None) -> bool:
        """After a 401: takes the credentials anew, and says whether they are others now.

        ``refused`` is the :attr:`version` that the server refused; where there is a newer one already, nothing is
        taken. Raises :class:`CredentialsError`.
        """
        seen = self._version if refused is None else refused
        async with self._turn:
            if seen == self._version:
                self._source.forget()
                await self._proof()
            return seen != self._version

    async def _proof(self) -> Proof:
        proof = await self._source.proof()
        if proof != self._last:
            self._last = proof
            self._version += 1
        return proof

    def _check(self, shown: ClientCertificate | None) -> None:
        if shown is None:
            return
        try:
            certificates.check_validity(shown.certificate, now=self._clock(), whose=_whose(self._access))
        except certificates.CertificateError as error:
            raise CredentialsError(str(error)) from error


class _Fixed:
    """A proof that never changes."""

    def __init__(self, authorization: str | None) -> None:
        self._proof = Proof(authorization=authorization)

    async def proof(self) -> Proof:
        return self._proof

    def forget(self) -> None:
        """There is nothing to take anew."""


class _File:
    """A token's file, read again when it looks changed, and once a minute anyhow."""

    def __init__(self, path: Path, whose: str, clock: Callable[[], float]) -> None:
        self._path = path
        self._whose = whose
        self._clock = clock
        self.forget()

    async def proof(self) -> Proof:
        return await asyncio.to_thread(self._read)

    def forget(self) -> None:
        self._kept = Proof()
        self._look: tuple[int, ...] = ()
        self._read_at = 0.0

    def _read(self) -> Proof:
        try:
            found = self._path.stat()
            look = (found.st_dev, found.st_ino, found.st_mtime_ns, found.st_size)
            if look == self._look and 0 <= self._clock() - self._read_at < REREAD_S:
                return self._kept
            with self._path.open("rb") as file:
                token = file.read(_MAX_TOKEN_BYTES).decode("ascii", "replace").strip()
        except OSError as error:
            message = f"The token file of {self._whose} cannot be read: {self._path}: {error.strerror}."
            raise CredentialsError(message) from error
        if not is_token(token):
            message = f"The token file of {self._whose} is empty or has no token in it: {self._path}."
            raise CredentialsError(message)
        self._kept, self._look, self._read_at = Proof(authorization=f"Bearer {token}"), look, self._clock()
        return self._kept


class _Plugin:
    """An exec plugin's answer."""

    def __init__(self, plugin: ExecPlugin) -> None:
        self._plugin = plugin

    async def proof(self) -> Proof:
        given = await self._plugin.credential()
        return Proof(authorization=given.token and f"Bearer {given.token}", certificate=given.certificate)

    def forget(self) -> None:
        self._plugin.invalidate()


def _source(access: Access, env: Mapping[str, str], clock: Callable[[], float]) -> Source:
    match access.authentication:
        case Token(token=token):
            return _Fixed(f"Bearer {token}")
        case Basic(username=username, password=password):
            return _Fixed(f"Basic {base64.b64encode(f'{username}:{password}'.encode()).decode()}")
        case TokenFile(path=path):
            return _File(Path(path), _whose(access), clock)
        case Exec() as plugin:
            return _Plugin(ExecPlugin(access, plugin, env=env, clock=clock))
        case None:
            return _Fixed(None)


def _whose(access: Access) -> str:
    return f"user {access.user!r} of context {access.context!r}"


def _context(access: Access, shown: ClientCertificate | None) -> ssl.SSLContext:
    """TLS as client-go does it: the cluster's authorities alone are trusted, where it names any."""
    whose = f"context {access.context!r}"
    try:
        authority = access.certificate_authority
        der = certificates.to_der(authority, whose=f"the certificate-authority of {whose}") if authority else None
        context = ssl.create_default_context(cadata=der)
        # Go takes any certificate of the bundle for an anchor, and is content with what old kubeadms made.
        context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
        context.verify_flags &= ~ssl.VERIFY_X509_STRICT
        if access.insecure_skip_tls_verify:
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
        if shown is not None:
            _show(context, shown)
    except certificates.CertificateError as error:
        raise CredentialsError(str(error)) from error
    except ssl.SSLError as error:
        message = f"TLS refuses the certificates of {whose}: {error.reason or error}."
        raise CredentialsError(message) from error
    return context


def _show(context: ssl.SSLContext, shown: ClientCertificate) -> None:
    with tempfile.NamedTemporaryFile(prefix="orrery-", suffix=".pem") as file:  # made with mode 0600
        file.write(shown.certificate + b"\n" + shown.key)
        file.flush()
        context.load_cert_chain(file.name)
