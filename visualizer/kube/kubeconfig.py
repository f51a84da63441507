"""Kubeconfig: from kubeconfig files, or the text of one, to the :class:`Access` that one context gives.

It says no wherever kubectl does, and where Orrery would quietly be somebody else: no impersonation is passed over, no
half of a certificate, no provider that is gone. What comes through a browser may hold tokens and ``*-data`` only: who
uploads must not make the server run a program or read a file. Only what the chosen context uses is looked at.
"""

from __future__ import annotations

import ipaddress
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from os import pathsep
from pathlib import Path
from urllib.parse import SplitResult, urlsplit

from visualizer.kube import access, certificates, documents, entries, identities
from visualizer.kube.access import Access, KubeconfigError
from visualizer.kube.documents import Cluster, Context, Entry, Kubeconfig, Value, name_of, names, quoted

Clock = Callable[[], float]


@dataclass(frozen=True)
class Choice:
    """One context of an upload: where it leads and as whom, and why it cannot be taken, empty where it can."""

    name: str
    server: str
    user: str
    namespace: str
    is_current: bool
    problem: str


def choices(text: str, *, clock: Clock = time.time) -> list[Choice]:
    """The contexts of an uploaded kubeconfig, each tried. Raises :class:`KubeconfigError` where it is none."""
    config = documents.parse(text.encode(errors="replace"), None)
    if not config.contexts:
        raise KubeconfigError(
            "The uploaded kubeconfig has no contexts. Make one with kubectl config view --raw --flatten."
        )
    return [_try(config, name, clock) for name in config.contexts]


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
    uploaded = None in {chosen.file, cluster.file, user.file}
    if uploaded:
        _refuse_link_local(cluster)
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
        uploaded=uploaded,
    )


def _try(config: Kubeconfig, name: str, clock: Clock) -> Choice:
    is_current = name == config.current_context
    try:
        access = choose(config, name, clock=clock)
    except KubeconfigError as error:
        said = config.contexts[name].value
        cluster = config.clusters.get(said.cluster or "")
        server = (cluster.value.server or "") if cluster and _split(cluster.value.server or "") else ""
        return Choice(name, server, said.user or "", said.namespace or "default", is_current, str(error))
    return Choice(name, access.server, access.user, access.namespace, is_current, "")


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


def _refuse_link_local(cluster: Entry[Cluster]) -> None:
    """Raises KubeconfigError for link-local addresses: clouds tell machines their secrets there, and no cluster is."""
    for field, url in (("server", cluster.value.server), ("proxy-url", cluster.value.proxy_url)):
        parts = _split(url or "")
        try:
            is_link_local = parts is not None and ipaddress.ip_address(parts.hostname or "").is_link_local
        except ValueError:
            continue  # a name
        if is_link_local:
            message = f"The {field} of {cluster.where} is a link-local address. No cluster is reached at one."
            raise KubeconfigError(message)


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
