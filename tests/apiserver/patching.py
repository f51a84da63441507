"""Patches: merge and JSON patches to the letter (RFC 7386, 6902), strategic ones and apply nearly.

Strategic patches merge the lists that Kubernetes merges by a key, and heed ``$patch``, ``$retainKeys``,
``$setElementOrder`` and ``$deleteFromPrimitiveList``. Apply is taken for a strategic patch: nobody owns fields here.
"""

from __future__ import annotations

import copy
from typing import Any

from tests.apiserver.statuses import Refusal

MERGE = "application/merge-patch+json"
STRATEGIC = ("application/strategic-merge-patch+json", "application/apply-patch+yaml")
JSON = "application/json-patch+json"
KINDS = frozenset({MERGE, JSON, *STRATEGIC})
# https://kubernetes.io/docs/reference/kubernetes-api/ says "patch strategy: merge on key ..." of these.
MERGE_KEYS = {
    "containers": ("name",),
    "initContainers": ("name",),
    "ephemeralContainers": ("name",),
    "env": ("name",),
    "volumes": ("name",),
    "volumeMounts": ("mountPath",),
    "imagePullSecrets": ("name",),
    "ports": ("containerPort", "port"),
    "conditions": ("type",),
    "ownerReferences": ("uid",),
    "hostAliases": ("ip",),
    "topologySpreadConstraints": ("topologyKey",),
}


def patch(content_type: str, current: dict[str, Any], given: Any) -> dict[str, Any]:
    """An object as a patch makes it; the object itself stays as it was."""
    if content_type == MERGE:
        return _merge(current, given)
    if content_type in STRATEGIC:
        return _strategic(current, given)
    if content_type == JSON:
        return _steps(current, given)
    accepted = ", ".join(sorted(KINDS))
    message = f"the body of the request was in an unknown format - accepted media types include: {accepted}"
    raise Refusal(415, message)


def _steps(current: dict[str, Any], given: list[dict[str, Any]]) -> dict[str, Any]:
    """RFC 6902, without move and copy."""
    changed = copy.deepcopy(current)
    for step in given:
        *parents, last = (part.replace("~1", "/").replace("~0", "~") for part in step["path"].split("/")[1:])
        place: Any = changed
        try:
            for part in parents:
                place = place[int(part)] if isinstance(place, list) else place[part]
            _step(place, last, step)
        except (KeyError, IndexError, TypeError, ValueError):
            raise Refusal(422, f"the server rejected our request due to an error in our request: {step}") from None
    return changed


def _step(place: Any, last: str, step: dict[str, Any]) -> None:
    at: Any = last if isinstance(place, dict) else len(place) if last == "-" else int(last)
    match step["op"]:
        case "add" if isinstance(place, list):
            place.insert(at, step["value"])
        case "add":
            place[at] = step["value"]
        case "replace":
            place[at], _ = step["value"], place[at]
        case "remove":
            del place[at]
        case "test":
            if place[at] != step["value"]:
                raise ValueError(last)
        case unknown:
            raise ValueError(unknown)


def _merge(current: Any, given: Any) -> Any:
    if not isinstance(given, dict):
        return given
    merged = dict(current) if isinstance(current, dict) else {}
    for key, value in given.items():
        if value is None:
            merged.pop(key, None)
        else:
            merged[key] = _merge(merged.get(key), value)
    return merged


def _strategic(current: Any, given: Any) -> Any:
    if not isinstance(given, dict):
        return given
    if given.get("$patch") == "replace":
        return {key: value for key, value in given.items() if key != "$patch"}
    merged = dict(current) if isinstance(current, dict) else {}
    if "$retainKeys" in given:
        merged = {key: value for key, value in merged.items() if key in given["$retainKeys"]}
    for key, value in given.items():
        name = key.removeprefix("$deleteFromPrimitiveList/")
        if name != key:
            merged[name] = [item for item in merged.get(name, []) if item not in value]
        elif key.startswith("$"):
            continue
        elif value is None:
            merged.pop(key, None)
        elif isinstance(value, list):
            merged[key] = _list(key, merged.get(key), value)
        else:
            merged[key] = _strategic(merged.get(key), value)
    return merged


def _list(name: str, current: Any, given: list[Any]) -> list[Any]:
    """A list after a patch: merged by its key if it has one, otherwise replaced."""
    key = next(
        (key for key in MERGE_KEYS.get(name, ()) if all(isinstance(item, dict) and key in item for item in given)), None
    )
    if name == "finalizers" and isinstance(current, list):
        return [*current, *(item for item in given if item not in current)]
    if key is None:
        return [_strategic(None, item) for item in given]
    if any(item.get("$patch") == "replace" for item in given):
        current = []
    merged = {item.get(key): item for item in current or []}
    for item in given:
        if item.get("$patch") == "delete":
            merged.pop(item[key], None)
        elif item.get("$patch") != "replace":
            merged[item[key]] = _strategic(merged.get(item[key]), item)
    return list(merged.values())
