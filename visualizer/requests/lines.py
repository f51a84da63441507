"""Lines: the requests for one object and its like, each with the kubectl and the curl line that makes it.

A name may come from anywhere, so every line is safe to paste: what stands in a URL is percent-encoded, and what a shell
reads is quoted. The server's address is left to the variable ``APISERVER``, and credentials to ``kubectl proxy``.

https://kubernetes.io/docs/reference/using-api/api-concepts/
"""

from __future__ import annotations

from collections.abc import Iterator
from shlex import quote
from typing import Final, Literal
from urllib.parse import quote as percent_encode

from msgspec import Struct

from visualizer.frames import Resource

Verb = Literal["get", "list", "watch"]
PAGE: Final = "500"


class Word(Struct, frozen=True):
    """A piece of a request's path or query, and what it says."""

    text: str
    words: str


class Request(Struct, frozen=True):
    """One request. ``verb`` is what the authorizer is asked, ``need`` says it in words, ``question`` asks who may.

    ``target`` is path and query as they go over the wire; ``pieces`` are the same, piece by piece. ``kubectl`` makes
    the request and shows the answer in kubectl's way, ``raw`` has kubectl show the answer as it comes. ``note`` is a
    sentence on what differs, or "".
    """

    title: str
    verb: Verb
    target: str
    pieces: list[Word]
    kubectl: str
    curl: str
    raw: str
    need: str
    question: str
    note: str


class Subject(Struct, frozen=True):
    """What is asked for.

    ``resource_name`` is as ``apps/v1/deployments``; ``version`` the resourceVersion to watch from, or "".
    """

    resource_name: str
    resource: Resource
    namespace: str
    name: str
    version: str

    @property
    def plural(self) -> str:
        """The resource's own name."""
        return self.resource_name.rpartition("/")[2]

    @property
    def qualified(self) -> str:
        """The resource as kubectl takes it without mistaking its group: ``deployments.apps``."""
        group = self.resource_name.rpartition("/")[0].rpartition("/")[0]
        return f"{self.plural}.{group}" if group else self.plural


def requests_for(subject: Subject) -> list[Request]:
    """Every request that the resource serves: get, list (in its namespace, and in all), watch."""
    served = subject.resource.verbs
    return [request for request in _iter_requests(subject) if request.verb in served or not served]


def _iter_requests(subject: Subject) -> Iterator[Request]:
    where = [f"--namespace={subject.namespace}"] if subject.namespace else []
    name = [*(["--"] if subject.name.startswith("-") else []), subject.name]
    kind = subject.qualified
    yield _request(
        subject, "Get it", "get", ["get", kind, *where, "--output=yaml", *name], [], namespace=subject.namespace,
        name=subject.name,
    )  # fmt: skip
    limit = [Word(f"limit={PAGE}", "at most so many at once; where there are more, the answer says how to go on")]
    if subject.namespace:
        yield _request(
            subject, f"List those in {subject.namespace}", "list", ["get", kind, *where], limit,
            namespace=subject.namespace,
        )  # fmt: skip
    everywhere = ["--all-namespaces"] if subject.resource.namespaced else []
    title = "List those of all namespaces" if subject.resource.namespaced else "List all"
    yield _request(subject, title, "list", ["get", kind, *everywhere], limit)
    yield _request(
        subject, "Watch it from this moment", "watch",
        ["get", kind, *where, "--watch", "--output-watch-events", *name], _watch_query(subject),
        namespace=subject.namespace,
        note="kubectl gets the object first, prints it, and watches from there: it cannot be told where to begin.",
    )  # fmt: skip


def _watch_query(subject: Subject) -> list[Word]:
    selector = percent_encode(f"metadata.name={subject.name}", safe="")
    query = [
        Word("watch=1", "leave the connection open, and send each change as a line of JSON"),
        Word(f"fieldSelector={selector}", "only of the object with this name"),
    ]
    if subject.version:
        query.append(
            Word(
                f"resourceVersion={subject.version}",
                "begin after this version, which is that of this moment. A server that does not have it any more "
                "answers 410 Gone: then list, and watch from the list’s version",
            )
        )
    return query


def _request(
    subject: Subject,
    title: str,
    verb: Verb,
    arguments: list[str],
    query: list[Word],
    *,
    namespace: str = "",
    name: str = "",
    note: str = "",
) -> Request:
    path = list(_iter_path(subject, namespace, name))
    target = "".join(piece.text for piece in path) + ("?" + "&".join(word.text for word in query) if query else "")
    need = f"{verb} on {subject.plural}" + (f" in {namespace}" if namespace else "")
    if not namespace and subject.resource.namespaced:
        need += " in all namespaces"
    return Request(
        title=title,
        verb=verb,
        target=target,
        pieces=[*path, *query],
        kubectl=" ".join(map(quote, ["kubectl", *arguments])),
        curl=f'curl --silent{" --no-buffer" if verb == "watch" else ""} "$APISERVER{target}"',
        raw=f"kubectl get --raw {quote(target)}",
        need=need,
        question=f"who can {verb} {subject.plural}" + (f" in {namespace}?" if namespace else "?"),
        note=note,
    )


def _iter_path(subject: Subject, namespace: str, name: str) -> Iterator[Word]:
    """The path, piece by piece: a slash and a segment each, or a few that mean something together."""
    group, _, version = subject.resource_name.rpartition("/")[0].rpartition("/")
    if group:
        yield Word("/apis", "the APIs with a group")
        yield Word(f"/{_encode(group)}", "the group")
    else:
        yield Word("/api", "the core API, which has no group")
    yield Word(f"/{_encode(version)}", "the version of the API, in which the answer is told")
    if namespace:
        yield Word(f"/namespaces/{_encode(namespace)}", "in this namespace")
    yield Word(f"/{_encode(subject.plural)}", f"the resource: what the kind {subject.resource.kind} is called in a URL")
    if name:
        yield Word(f"/{_encode(name)}", "the one with this name")


def _encode(segment: str) -> str:
    return percent_encode(segment, safe="~:")
