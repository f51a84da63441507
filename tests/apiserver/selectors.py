"""Label and field selectors, as the real server reads them.

The grammar of label selectors is that of k8s.io/apimachinery/pkg/labels; which fields may be asked for is said by each
resource's strategy in the API server.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from tests.apiserver.statuses import Refusal

Matcher = Callable[[dict[str, Any]], bool]

_TOKEN = re.compile(r"\s*(==|!=|=|!|\(|\)|,|<|>|[^\s=!(),<>]+)")
_SYMBOLS = frozenset({"==", "!=", "=", "!", "(", ")", ",", "<", ">", ""})

_EVENT_FIELDS = (
    *(f"involvedObject.{field}" for field in ("kind", "namespace", "name", "uid", "apiVersion", "resourceVersion")),
    "involvedObject.fieldPath",
    "reason",
    "reportingComponent",
    "source",
    "type",
)
FIELDS = {
    "v1/pods": (
        "spec.nodeName",
        "spec.restartPolicy",
        "spec.schedulerName",
        "spec.serviceAccountName",
        "spec.hostNetwork",
        "status.phase",
        "status.podIP",
        "status.nominatedNodeName",
    ),
    "v1/events": _EVENT_FIELDS,
    "events.k8s.io/v1/events": tuple(field.replace("involvedObject", "regarding") for field in _EVENT_FIELDS),
    "v1/nodes": ("spec.unschedulable",),
    "v1/namespaces": ("status.phase",),
    "v1/secrets": ("type",),
    "v1/services": ("spec.clusterIP", "spec.type"),
    "v1/replicationcontrollers": ("status.replicas",),
    "apps/v1/replicasets": ("status.replicas",),
    "batch/v1/jobs": ("status.successful",),
}
_FALSE_IF_ABSENT = frozenset({"spec.hostNetwork", "spec.unschedulable"})


def matcher(resource_id: str, query: dict[str, str]) -> Matcher | None:
    """Whether an object is among those asked for by ``labelSelector`` and ``fieldSelector``; None if all are."""
    tests = []
    if labels := query.get("labelSelector"):
        requirements = _Labels(labels).requirements()
        tests.append(lambda obj: all(met(obj["metadata"].get("labels") or {}) for met in requirements))
    if fields := query.get("fieldSelector"):
        tests += [_field_test(resource_id, term) for term in fields.split(",") if term]
    return (lambda obj: all(test(obj) for test in tests)) if tests else None


def _field_test(resource_id: str, term: str) -> Matcher:
    field, sign, value = re.fullmatch(r"([^=!]*)(==|!=|=|)(.*)", term).groups()  # type: ignore[union-attr]
    if not sign:
        raise Refusal(400, f"invalid selector: '{term}'; can't understand '{term}'")
    allowed = ("metadata.name", "metadata.namespace", *FIELDS.get(resource_id, ()))
    if field not in allowed:
        raise Refusal(400, f"field label not supported: {field}")
    stored = field.replace("regarding.", "involvedObject.")
    return lambda obj: (_field(obj, stored) == value) is (sign != "!=")


def _field(obj: dict[str, Any], field: str) -> str:
    if field == "source":
        return (obj.get("source") or {}).get("component") or obj.get("reportingComponent") or ""
    value: Any = obj
    for part in field.split("."):
        value = value.get(part) if isinstance(value, dict) else None
    if value is None:
        return "false" if field in _FALSE_IF_ABSENT else "0" if field.startswith("status.repl") else ""
    return str(value).lower() if isinstance(value, bool) else str(value)


class _Labels:
    """Reads ``app in (web,api),tier!=back,!old``."""

    def __init__(self, text: str) -> None:
        self._tokens = [*_TOKEN.findall(text), ""]
        self._at = 0

    def requirements(self) -> list[Callable[[dict[str, str]], bool]]:
        found = [self._requirement()]
        while self._peek() == ",":
            self._take()
            found.append(self._requirement())
        if self._peek():
            self._refuse("',' or 'end of string'")
        return found

    def _peek(self) -> str:
        return self._tokens[self._at]

    def _take(self) -> str:
        self._at += 1
        return self._tokens[self._at - 1]

    def _identifier(self) -> str:
        if self._peek() in _SYMBOLS:
            self._refuse("identifier")
        return self._take()

    def _refuse(self, expected: str) -> None:
        raise Refusal(400, f"unable to parse requirement: found '{self._peek()}', expected: {expected}")

    def _requirement(self) -> Callable[[dict[str, str]], bool]:
        if self._peek() == "!":
            self._take()
            absent = self._identifier()
            return lambda labels: absent not in labels
        key = self._identifier()
        if self._peek() in {"", ","}:
            return lambda labels: key in labels
        sign = self._take()
        if sign in {"=", "==", "!="}:
            value = "" if self._peek() in {"", ","} else self._identifier()
            return (
                (lambda labels: labels.get(key) != value) if sign == "!=" else lambda labels: labels.get(key) == value
            )
        if sign in {"in", "notin"}:
            values = self._values()
            return lambda labels: (labels.get(key) in values) is (sign == "in")
        if sign in {"<", ">"}:
            bound = int(self._identifier())
            return lambda labels: _beyond(labels.get(key), sign, bound)
        self._at -= 1
        self._refuse("in, notin, =, ==, !=, gt, lt")
        raise AssertionError

    def _values(self) -> set[str]:
        if self._take() != "(":
            self._at -= 1
            self._refuse("'('")
        values = {self._identifier()}
        while self._peek() == ",":
            self._take()
            values.add(self._identifier())
        if self._take() != ")":
            self._at -= 1
            self._refuse("',' or ')'")
        return values


def _beyond(value: str | None, sign: str, bound: int) -> bool:
    if value is None or not value.lstrip("-").isdigit():
        return False
    return int(value) > bound if sign == ">" else int(value) < bound
