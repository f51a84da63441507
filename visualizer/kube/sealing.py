"""Sealing: secrets are encrypted before the database sees them, with keys that the database does not hold.

The first key seals, every key opens, so keys are changed without a stop: put the new one first, rotate what is stored,
drop the old one. The format is Fernet's (AES-128-CBC with HMAC-SHA256; it shows when it was sealed). Which stored
value belongs to whom is not sealed in: who can write to the database can swap two of them.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Final, NoReturn

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

KEY_FILE: Final = "sealing.keys"


class SealingError(Exception):
    """Why something is not sealed or opened: a sentence without any key."""


class Sealer:
    """Seals with the first of the keys and opens with any.

    Raises :class:`SealingError` when there is no key, or one that is none.
    """

    def __init__(self, keys: Sequence[str]) -> None:
        if not keys:
            message = "There is no sealing key. Make one with generate_key and put it first in the list."
            raise SealingError(message)
        self._count = len(keys)
        self._fernets = MultiFernet([_fernet(key, number, len(keys)) for number, key in enumerate(keys, start=1)])

    def __repr__(self) -> str:
        return f"<Sealer with {self._count} keys>"

    def __reduce__(self) -> NoReturn:
        message = "A Sealer holds keys and is not pickled. Make one from the keys where it is needed."
        raise TypeError(message)

    def seal(self, secret: bytes) -> bytes:
        """The secret, sealed with the first key."""
        return self._fernets.encrypt(secret)

    def unseal(self, sealed: bytes) -> bytes:
        """The secret. Raises :class:`SealingError` when no key opens it, or it was changed since it was sealed."""
        try:
            return self._fernets.decrypt(sealed)
        except InvalidToken as error:
            raise SealingError(self._refusal()) from error

    def rotate(self, sealed: bytes) -> bytes:
        """The same secret, sealed with the first key. Raises :class:`SealingError` as :meth:`unseal` does."""
        try:
            return self._fernets.rotate(sealed)
        except InvalidToken as error:
            raise SealingError(self._refusal()) from error

    def _refusal(self) -> str:
        return (
            f"None of the {self._count} sealing keys opens this secret, or it was damaged. "
            "Put the key that sealed it back in the list, or give the secret anew."
        )


def generate_key() -> str:
    """A new key: 32 random bytes in URL-safe base64."""
    return Fernet.generate_key().decode()


def keys_in(folder: Path) -> list[str]:
    """The keys in the folder's key file, a line each. Where there is none it is made, for its owner's eyes only.

    Processes that start together all get the same keys. Raises :class:`SealingError` when the file is open to
    everybody or has no keys in it, and OSError when the folder cannot be read or written.
    """
    path = folder / KEY_FILE
    if not path.exists():
        _make(path)
    if path.stat().st_mode & 0o007:
        message = f"{path} is open to every user of this machine. Close it with chmod 600, and change the keys in it."
        raise SealingError(message)
    keys = path.read_text(encoding="ascii", errors="replace").split()
    if not keys:
        message = f"{path} has no keys in it. Bring back the file that sealed the stored secrets, or delete it."
        raise SealingError(message)
    return keys


def _make(path: Path) -> None:
    """Written whole under another name and then linked: a second process finds all of the file, or none."""
    descriptor, draft = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(f"{generate_key()}\n")
            file.flush()
            os.fsync(file.fileno())
        path.hardlink_to(draft)
    except FileExistsError:
        return  # another process was first: its keys count
    finally:
        Path(draft).unlink()


def _fernet(key: str, number: int, count: int) -> Fernet:
    try:
        return Fernet(key)
    except ValueError as error:
        message = f"Sealing key {number} of {count} is not 32 bytes in URL-safe base64. Make one with generate_key."
        raise SealingError(message) from error
