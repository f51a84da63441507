"""Certificates: whether PEM from a kubeconfig or a plugin is what it should be, told in words before OpenSSL fails.

Nothing is trusted here: whether a chain leads to an authority, TLS decides.
"""

from __future__ import annotations

from datetime import UTC, datetime

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key


class CertificateError(ValueError):
    """What is wrong with a certificate or key: a sentence that says whose it is."""


def to_der(authorities: bytes, *, whose: str) -> bytes:
    """The certificates of a PEM bundle in DER, one after the other, as ``ssl`` takes them.

    Raises :class:`CertificateError` when there is none, or one that cannot be read.
    """
    return b"".join(certificate.public_bytes(Encoding.DER) for certificate in _read(authorities, whose))


def check_pair(certificate: bytes, key: bytes, *, whose: str) -> None:
    """Raises :class:`CertificateError` unless both are PEM, the key is not encrypted, and they fit each other."""
    leaf = _read(certificate, f"the client certificate of {whose}")[0]
    try:
        private = load_pem_private_key(key, None)
    except TypeError as error:
        message = f"The client key of {whose} is encrypted. Decrypt it first, for instance with openssl pkey."
        raise CertificateError(message) from error
    except (ValueError, UnsupportedAlgorithm) as error:
        message = f"The client key of {whose} is not a private key in PEM."
        raise CertificateError(message) from error
    form = Encoding.DER, PublicFormat.SubjectPublicKeyInfo
    if private.public_key().public_bytes(*form) != leaf.public_key().public_bytes(*form):
        message = f"The client certificate and the client key of {whose} do not belong together."
        raise CertificateError(message)


def end(certificate: bytes, *, whose: str) -> datetime:
    """When the client certificate runs out. Raises :class:`CertificateError` when it cannot be read."""
    return _read(certificate, f"the client certificate of {whose}")[0].not_valid_after_utc


def check_validity(certificate: bytes, *, now: float, whose: str) -> None:
    """Raises :class:`CertificateError` when the client certificate has run out by ``now`` (unix seconds)."""
    until = end(certificate, whose=whose)
    if until <= datetime.fromtimestamp(now, UTC):
        message = f"The client certificate of {whose} ran out on {until:%Y-%m-%d at %H:%M} UTC. Get a new one."
        raise CertificateError(message)


def _read(pem: bytes, whose: str) -> list[x509.Certificate]:
    try:
        return x509.load_pem_x509_certificates(pem)
    except ValueError as error:
        message = f"{whose[0].upper()}{whose[1:]} is not a certificate in PEM (-----BEGIN CERTIFICATE-----)."
        raise CertificateError(message) from error
