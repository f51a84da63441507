"""Kubeconfig: from kubeconfig files, or the text of one, to the :class:`Access` that one context gives.

It says no wherever kubectl does, and where Orrery would quietly be somebody else: no impersonation is passed over, no
half of a certificate, no provider that is gone. What comes through a browser may hold tokens and ``*-data`` only: who
uploads must not make the server run a program or read a file. Only what the chosen context uses is looked at.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from os import pathsep
from pathlib import Path
from urllib.parse import SplitResult, urlsplit

from visualizer.kube import access, certificates, documents, entries, identities
from visualizer.kube.access import Access, KubeconfigError
from visualizer.kube.documents import Cluster, Context, Entry, Kubeconfig, Value, name_of, names, quoted

Clock = Callable[[], float]


def load(files: Iterable[Path], context: str | None = None, *, clock: Clock = time.time) -> Access:
    """The access that a context of these files gives; the current context, where none is named.

    The files are merged as kubectl merges a KUBECONFIG list, missing ones are passed over. Raises
    :class:`KubeconfigError`.
    """
    return choose(read(files), context, clock=clock)


def parse_uploaded(text: str, context: str | None = None, *, clock: Clock = time.time) -> Access:
    """The access that a context of an uploaded kubeconfig gives; the current context, where none is named.

    Raises :class:`KubeconfigError`, also when the context needs a program or a file.
    """
    return choose(documents.parse(text.encode(errors="replace"), None), context, clock=clock)


def paths(env: Mapping[str, str]) -> list[Path]:
    """The kubeconfig files that kubectl would read with this environment: KUBECONFIG's, else ``~/.kube/config``."""
    listed = [Path(path) for path in env.get("KUBECONFIG", "").split(pathsep) if path]
    if listed:
        return list(dict.fromkeys(listed))
    home = env.get("HOME")
    return [(Path(home) if home else Path.home()) / ".kube" / "config"]


def read(files: Iterable[Path]) -> Kubeconfig:
    """What the files say together. Raises :class:`KubeconfigError` when there is none of them, or one is wrong."""
    absolute = [file.absolute() for file in files]
    parts = [documents.parse(entries.bytes_of(file, "The kubeconfig"), file) for file in absolute if _is_there(file)]
    if not parts:
        message = f"There is no kubeconfig at {', '.join(map(str, absolute)) or 'any place'}. Set KUBECONFIG to one."
        raise KubeconfigError(message)
    return documents.merge(parts)


def choose(config: Kubeconfig, context: str | None = None, *, clock: Clock = time.time) -> Access:
    """The access that a context gives: what it names is looked up, the files are read, everything is checked.

    Raises :class:`KubeconfigError` when there is no such context, or what it uses is missing or wrong.
    """
    chosen = _context(config, context)
    cluster = _named(config.clusters, chosen, chosen.value.cluster, "cluster")
    user = _named(config.users, chosen, chosen.value.user, "user")
    _check_cluster(cluster)
    identities.check(user)
    said = cluster.value
    return Access(
        server=_server(cluster),
        context=chosen.name,
        cluster=cluster.name,
        user=user.name,
        namespace=chosen.value.namespace or "default",
        certificate_authority=_authority(cluster),
        insecure_skip_tls_verify=bool(said.insecure_skip_tls_verify),
        tls_server_name=said.tls_server_name or None,
        proxy_url=_proxy(cluster),
        client_certificate=identities.client_certificate(user, now=clock()),
        authentication=identities.authentication(user, cluster),
        uploaded=None in {chosen.file, cluster.file, user.file},
    )


def _is_there(file: Path) -> bool:
    try:
        file.stat()
    except FileNotFoundError:
        return False
    except (OSError, ValueError):
        return True  # or may be: reading it tells what is the matter
    return True


def _context(config: Kubeconfig, asked: str | None) -> Entry[Context]:
    name = config.current_context if asked is None else asked
    found = config.contexts.get(name)
    if found:
        return found
    where = ", ".join(map(name_of, config.files))
    what = f"There is no context {quoted(name)} in {where}" if name else f"No current-context is set in {where}"
    message = f"{what}. Contexts: {names(config.contexts)}."
    raise KubeconfigError(message)


def _named(known: dict[str, Entry[Value]], context: Entry[Context], name: str | None, kind: str) -> Entry[Value]:
    if name and name in known:
        return known[name]
    what = f"the {kind} {quoted(name)}, which is not there" if name else f"no {kind}"
    message = f"The {context.where} names {what}. It can be one of: {names(known)}."
    raise KubeconfigError(message)


def _check_cluster(cluster: Entry[Cluster]) -> None:
    said = cluster.value
    entries.refuse_files(cluster, {"certificate-authority": said.certificate_authority})
    entries.refuse_both(cluster, "certificate-authority", said.certificate_authority, said.certificate_authority_data)
    if said.insecure_skip_tls_verify and (said.certificate_authority or said.certificate_authority_data):
        message = f"The {cluster.where} has both insecure-skip-tls-verify and a certificate-authority. Remove one."
        raise KubeconfigError(message)


def _server(cluster: Entry[Cluster]) -> str:
    url = cluster.value.server or ""
    parts = _split(url)
    if parts is None or parts.scheme not in {"http", "https"} or parts.query or parts.fragment:
        message = f"The server of {cluster.where} is not a URL such as https://cluster.example:6443."
        raise KubeconfigError(message)
    if "@" in parts.netloc:
        message = f"The server of {cluster.where} has a username in its URL. Move it to the user's entry."
        raise KubeconfigError(message)
    return url.rstrip("/")


def _proxy(cluster: Entry[Cluster]) -> str | None:
    url = cluster.value.proxy_url
    if not url:
        return None
    parts = _split(url)
    if parts is None or parts.scheme not in {"http", "https"}:
        message = f"The proxy-url of {cluster.where} is not an http or https URL. Other proxies are not supported."
        raise KubeconfigError(message)
    return url


def _split(url: str) -> SplitResult | None:
    """The parts of a URL with a host, and None for anything else."""
    try:
        parts = urlsplit(url)
        has_host = bool(parts.hostname) and parts.port != 0
    except ValueError:
        return None
    return parts if has_host and access.is_token(url) else None


def _authority(cluster: Entry[Cluster]) -> bytes | None:
    said = cluster.value
    field = "certificate-authority"
    pem = entries.content(cluster, field, said.certificate_authority, said.certificate_authority_data)
    if pem is not None:
        with entries.told_as_kubeconfig():
            certificates.to_der(pem, whose=f"the {field} of {entries.source(cluster, said.certificate_authority)}")
    return pem
