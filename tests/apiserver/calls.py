"""One request for a resource, understood: who asks, for what, and to do what with it."""

from __future__ import annotations

from dataclasses import dataclass

from aiohttp import web

from tests.apiserver.resources import Target
from tests.apiserver.statuses import Refusal

TRUE = frozenset({"1", "true", "True", "TRUE", "t", "T"})


@dataclass(frozen=True)
class Call:
    """``verb`` is the word authorization uses: https://kubernetes.io/docs/reference/access-authn-authz/authorization/."""

    http: web.Request
    user: str
    verb: str
    target: Target
    query: dict[str, str]

    @property
    def accept(self) -> str:
        """The Accept header."""
        return self.http.headers.get("Accept", "")

    @property
    def include(self) -> str:
        """How much of each object goes with a table's row."""
        return self.query.get("includeObject", "Metadata")

    def flag(self, name: str) -> bool:
        """Whether a yes-or-no parameter says yes."""
        return self.query.get(name, "") in TRUE

    def number(self, name: str) -> int:
        """A parameter that counts something; 0 if it is not given."""
        text = self.query.get(name, "") or "0"
        if not text.isdigit():
            raise Refusal(400, f'strconv.ParseInt: parsing "{text}": invalid syntax')
        return int(text)

    def version(self) -> int | None:
        """``resourceVersion``; None if it is not given."""
        text = self.query.get("resourceVersion", "")
        if not text:
            return None
        if not text.isdigit():
            quoted = f'resourceVersion: Invalid value: "{text}": strconv.ParseUint: parsing "{text}": invalid syntax'
            raise Refusal(500, quoted, reason="")
        return int(text)


def verb(method: str, target: Target, query: dict[str, str]) -> str:
    """What a request wants to do."""
    if method in {"GET", "HEAD"}:
        if query.get("watch", "") in TRUE:
            return "watch"
        return "get" if target.name else "list"
    if method == "DELETE":
        return "delete" if target.name else "deletecollection"
    words = {"POST": "create", "PUT": "update", "PATCH": "patch"}
    if method not in words:
        raise Refusal(405, "the server does not allow this method on the requested resource")
    return words[method]
