"""Certificates: the server's chain, whether it can be trusted, and which certificate runs out first."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

from cryptography import x509

from visualizer.kube.polls.asking import Asked
from visualizer.kube.polls.chains import verify
from visualizer.kube.polls.handshake import shown_certificates
from visualizer.kube.polls.results import CertificateInfo, Certificates, Outcome

WARNING_SECONDS: Final = 30 * 86_400.0
"""How long before a certificate runs out that is told. kubeadm's are for a year, and renewed with each upgrade."""


async def ask(asked: Asked) -> Outcome:
    """The certificates; failing where OpenSSL does not trust the server's, a warning where one runs out in a month."""
    access = asked.access
    if not access.server.lower().startswith("https:"):
        return Outcome("absent", "The cluster is reached without TLS, so there are no certificates.")
    shown = await shown_certificates(access.server, server_name=access.tls_server_name, proxy=access.proxy_url)
    if not shown:
        return Outcome("failing", "The server shows no certificate.")
    authorities = _read(access.certificate_authority)
    client = _read(access.client_certificate.certificate if access.client_certificate else None)
    return judge(shown, authorities, client[0] if client else None, now=asked.now)


def judge(
    shown: list[x509.Certificate],
    authorities: list[x509.Certificate] | None,
    client: x509.Certificate | None,
    *,
    now: float,
) -> Outcome:
    """The outcome for what the server showed, at ``now`` (unix seconds)."""
    verdict = verify(shown, authorities, now=now)
    for_clients = verdict if verdict.is_trusted else verify(shown, authorities, now=now, is_partial=True)
    chain = [_describe(certificate, depth) for depth, certificate in enumerate(shown)]
    own = _describe(client, None) if client else None
    first = min([*chain, *([own] if own else [])], key=lambda info: info.not_after_ts)
    found = Certificates(
        chain=chain,
        authorities=[_describe(authority, None) for authority in authorities or ()],
        client=own,
        is_trusted=verdict.is_trusted,
        is_trusted_by_clients=for_clients.is_trusted,
        error_code=None if verdict.is_trusted else verdict.code,
        error_depth=None if verdict.is_trusted else verdict.depth,
        error_words="" if verdict.is_trusted else verdict.words,
        expires_ts=first.not_after_ts,
        expires_subject=first.subject,
    )
    if not verdict.is_trusted:
        problem = f"The server's certificate cannot be verified: {verdict.words}, at depth {verdict.depth}."
        if for_clients.is_trusted:
            return Outcome("warning", f"{problem} Kubernetes' clients are content with it.", found)
        return Outcome("failing", problem, found)
    left = first.not_after_ts - now
    if left < 0:
        return Outcome("failing", f"The certificate of {first.subject} ran out on {_day(first)}.", found)
    if left < WARNING_SECONDS:
        return Outcome("warning", f"The certificate of {first.subject} runs out on {_day(first)}.", found)
    return Outcome("ok", result=found)


def _read(pem: bytes | None) -> list[x509.Certificate] | None:
    return None if pem is None else x509.load_pem_x509_certificates(pem)


def _describe(certificate: x509.Certificate, depth: int | None) -> CertificateInfo:
    return CertificateInfo(
        depth=depth,
        subject=certificate.subject.rfc4514_string(),
        issuer=certificate.issuer.rfc4514_string(),
        serial=f"{certificate.serial_number:x}",
        names=_names(certificate),
        not_before_ts=certificate.not_valid_before_utc.timestamp(),
        not_after_ts=certificate.not_valid_after_utc.timestamp(),
    )


def _names(certificate: x509.Certificate) -> list[str]:
    try:
        extension = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName)
    except (x509.ExtensionNotFound, x509.DuplicateExtension, ValueError):
        return []
    return [str(name.value) for name in extension.value if isinstance(name, x509.DNSName | x509.IPAddress)]


def _day(info: CertificateInfo) -> str:
    return f"{datetime.fromtimestamp(info.not_after_ts, UTC):%Y-%m-%d}"
