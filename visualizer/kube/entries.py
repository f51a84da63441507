"""Entries: what is common to reading a kubeconfig's clusters and users: fields that name files, and their refusals."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from visualizer.kube import documents
from visualizer.kube.access import KubeconfigError
from visualizer.kube.certificates import CertificateError
from visualizer.kube.documents import Cluster, Entry, User

FLATTEN: Final = "kubectl config view --raw --flatten --minify"

ClusterOrUser = Entry[Cluster] | Entry[User]


def refuse_files(entry: ClusterOrUser, fields: Mapping[str, object]) -> None:
    """Raises KubeconfigError when an upload has one of these fields."""
    named = [name for name, value in fields.items() if value]
    if entry.file is None and named:
        message = (
            f"The {entry.where} has {' and '.join(named)}: an upload must not name programs or files on the server. "
            f"Make one with {FLATTEN}; where a program gives the credentials, use a service account's token."
        )
        raise KubeconfigError(message)


def refuse_both(entry: ClusterOrUser, field: str, path: str | None, data: str | None) -> None:
    """Raises KubeconfigError when a field and its ``-data`` twin are both there."""
    if path and data:
        message = f"The {entry.where} has both {field} and {field}-data. Remove one of them, as kubectl asks, too."
        raise KubeconfigError(message)


def content(entry: ClusterOrUser, field: str, path: str | None, data: str | None) -> bytes | None:
    """What a field and its ``-data`` twin hold: the file's content, or the data decoded. Raises KubeconfigError."""
    if path:
        return bytes_of(beside(entry, path), f"The {field} of {entry.where}")
    if not data:
        return None
    try:
        return base64.b64decode("".join(data.split()), validate=True)
    except (binascii.Error, ValueError) as error:
        message = f"The {field}-data of {entry.where} is not base64."
        raise KubeconfigError(message) from error


def source(entry: ClusterOrUser, *files: str | None) -> str:
    """The entry in words, and the files that it names."""
    named = " and ".join(file for file in files if file)
    return f"{entry.where} ({named})" if named else entry.where


def beside(entry: ClusterOrUser, path: str) -> Path:
    """A path as its kubeconfig means it: relative to that file's folder."""
    if entry.file is None:
        message = f"The {entry.where} names a file, which an upload must not."
        raise KubeconfigError(message)
    return entry.file.parent / path


def bytes_of(file: Path, what: str) -> bytes:
    """The file's content, cut where it is too long to be of use. Raises KubeconfigError when it cannot be read."""
    try:
        with file.open("rb") as opened:
            return opened.read(documents.MAX_FILE_BYTES + 1)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else "no file has such a name"
        message = f"{what} cannot be read: {file}: {reason}."
        raise KubeconfigError(message) from error


@contextmanager
def told_as_kubeconfig() -> Iterator[None]:
    """What is wrong with a certificate is wrong with the kubeconfig."""
    try:
        yield
    except CertificateError as error:
        raise KubeconfigError(str(error)) from error
