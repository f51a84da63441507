"""Who asks, whether they may, and what they are told of that.

Users are known by bearer tokens. Who is known may do everything but what is denied: no RBAC is evaluated here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tests.apiserver.calls import Call
from tests.apiserver.resources import Catalogue
from tests.apiserver.statuses import Refusal, object_details

EVERYTHING = "*"
ANYWHERE = "*"
CLUSTER = ""
ANONYMOUS = "system:anonymous"
PUBLIC = ("/version", "/livez", "/readyz", "/healthz")
ALL_RESOURCES = {"verbs": ["*"], "apiGroups": ["*"], "resources": ["*"]}
ALL_PATHS = {"verbs": ["*"], "nonResourceURLs": ["*"]}


@dataclass(frozen=True)
class Denial:
    """Something that may not be done; ``scope`` is a namespace, CLUSTER for all at once, or ANYWHERE for both."""

    resource: str
    verb: str
    user: str
    scope: str

    def forbids(self, user: str, verb: str, resource: str, namespace: str) -> bool:
        """Whether this is it."""
        return (
            self.user in {EVERYTHING, user}
            and self.verb in {EVERYTHING, verb}
            and self.resource in {EVERYTHING, resource}
            and self.scope in {ANYWHERE, namespace}
        )


class Access:
    """Tokens (all are welcome as ``admin`` if there are none) and denials."""

    def __init__(self, catalogue: Catalogue, tokens: Mapping[str, str] | None) -> None:
        self._catalogue = catalogue
        self.tokens = None if tokens is None else dict(tokens)
        self._denials: set[Denial] = set()

    def deny(self, resource: str, verb: str = EVERYTHING, *, user: str = EVERYTHING, scope: str = ANYWHERE) -> None:
        """Forbid something, for open watches from their next start on."""
        self._denials.add(Denial(resource, verb, user, scope))

    def allow(self, resource: str, verb: str = EVERYTHING, *, user: str = EVERYTHING, scope: str = ANYWHERE) -> None:
        """Take a denial back, in the words it was made."""
        self._denials.discard(Denial(resource, verb, user, scope))

    def authorize(self, token: str, user: str) -> None:
        """Let a token speak for a user."""
        self.tokens = {**(self.tokens or {}), token: user}

    def unauthorize(self, token: str) -> None:
        """Know a token no more: 401. Open watches go on, as they do in earnest."""
        self.tokens = {known: user for known, user in (self.tokens or {}).items() if known != token}

    def user(self, authorization: str) -> str:
        """Who sends a request with this Authorization header."""
        if self.tokens is None:
            return "admin"
        if not authorization:
            return ANONYMOUS
        token = authorization.removeprefix("Bearer ").strip()
        if token not in self.tokens:
            raise Refusal(401, "Unauthorized")
        return self.tokens[token]

    def allows(self, user: str, verb: str, resource: str, namespace: str) -> bool:
        """Whether a user may do something to a resource in a namespace, or in all of them at once: ""."""
        return user != ANONYMOUS and not any(
            denial.forbids(user, verb, resource, namespace) for denial in self._denials
        )

    def check(self, call: Call) -> None:
        """Refuse a call that may not be made, in the real server's words."""
        target = call.target
        resource = target.resource
        if self.allows(call.user, call.verb, resource.id, target.namespace):
            return
        part = f"{resource.name}/{target.subresource}" if target.subresource else resource.name
        qualified = f"{resource.name}.{resource.group}" if resource.group else resource.name
        named = f'{qualified} "{target.name}"' if target.name else qualified
        where = f'in the namespace "{target.namespace}"' if target.namespace else "at the cluster scope"
        message = (
            f'{named} is forbidden: User "{call.user}" cannot {call.verb} resource "{part}" '
            f'in API group "{resource.group}" {where}'
        )
        raise Refusal(403, message, details=object_details(resource.group, resource.name, target.name))

    def check_path(self, user: str, path: str) -> None:
        """Refuse a path that names no resource to those who may not see it."""
        if user == ANONYMOUS and not path.startswith(PUBLIC):
            raise Refusal(403, f'forbidden: User "{user}" cannot get path "{path}"', details={})

    def review(self, kind: str, user: str, spec: dict[str, Any]) -> dict[str, Any]:
        """The status of a review: of oneself or of a subject, of rules or of who one is."""
        match kind:
            case "SelfSubjectAccessReview":
                return {"allowed": self._may(user, spec)}
            case "SubjectAccessReview":
                return {"allowed": self._may(spec.get("user", ""), spec), "reason": "the stand-in's own rules"}
            case "SelfSubjectRulesReview":
                return self._rules(user, spec.get("namespace", ""))
        return {"userInfo": {"username": user, "groups": ["system:authenticated"]}}

    def _may(self, user: str, spec: dict[str, Any]) -> bool:
        asked = spec.get("resourceAttributes")
        if asked is None:
            return user != ANONYMOUS
        group, name, verb = asked.get("group", ""), asked.get("resource", ""), asked.get("verb", "")
        namespace = asked.get("namespace", "")
        meant = [one for one in self._catalogue if one.group in {group} and name in {EVERYTHING, one.name}]
        verbs = {verb} if verb != EVERYTHING else {verb for one in meant for verb in one.verbs}
        return user != ANONYMOUS and all(self.allows(user, verb, one.id, namespace) for one in meant for verb in verbs)

    def _rules(self, user: str, namespace: str) -> dict[str, Any]:
        allowed: dict[tuple[str, tuple[str, ...]], list[str]] = {}
        complete = True
        for resource in self._catalogue:
            verbs = tuple(verb for verb in resource.verbs if self.allows(user, verb, resource.id, namespace))
            complete = complete and len(verbs) == len(resource.verbs)
            if verbs:
                allowed.setdefault((resource.group, verbs), []).append(resource.name)
        rules = [
            {"verbs": list(verbs), "apiGroups": [group], "resources": sorted(set(names))}
            for (group, verbs), names in allowed.items()
        ]
        return {
            "resourceRules": [ALL_RESOURCES] if complete else rules,
            "nonResourceRules": [ALL_PATHS],
            "incomplete": False,
        }
