"""Chains: whether certificates that a server shows can be trusted, in OpenSSL's judgement and its own words.

It is OpenSSL that verifies here, with the flags that ``openssl verify -CAfile AUTHORITIES -untrusted CHAIN SERVER``
has, so code, depth and words are those. The depth is a place in the chain that OpenSSL built: 0 is the server's own.
"""

from __future__ import annotations

import ssl
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from cryptography import x509
from OpenSSL import crypto


@dataclass(frozen=True)
class Verdict:
    """``code`` is 0 for a chain that can be trusted."""

    code: int
    depth: int
    words: str

    @property
    def is_trusted(self) -> bool:
        """Whether all is well."""
        return self.code == 0


TRUSTED: Final = Verdict(0, 0, "ok")

ADDED_WORDS: Final = " or the system clock is incorrect"
"""What newer OpenSSLs add to “certificate is not yet valid”, and most that people have do not."""


def verify(
    shown: Sequence[x509.Certificate],
    authorities: Sequence[x509.Certificate] | None,
    *,
    now: float,
    is_partial: bool = False,
) -> Verdict:
    """The verdict on what a server showed (its own first) at ``now`` (unix seconds).

    Without authorities the system's count. With ``is_partial`` every authority is an anchor, also where it is not its
    own issuer, which is how Go's programs, Kubernetes' among them, see it.
    """
    store = crypto.X509Store()
    if authorities is None:
        store.load_locations(*_system())
    for authority in authorities or ():
        store.add_cert(crypto.X509.from_cryptography(authority))
    store.set_time(datetime.fromtimestamp(now, UTC).replace(tzinfo=None))
    if is_partial:
        store.set_flags(crypto.X509StoreFlags.PARTIAL_CHAIN)
    own, *others = [crypto.X509.from_cryptography(certificate) for certificate in shown]
    try:
        crypto.X509StoreContext(store, own, others).verify_certificate()
    except crypto.X509StoreContextError as error:
        code, depth, words = error.errors
        return Verdict(code, depth, words.removesuffix(ADDED_WORDS))
    return TRUSTED


def _system() -> tuple[str | None, str | None]:
    paths = ssl.get_default_verify_paths()
    return paths.cafile, paths.capath
