"""Gets and lists: snapshots, pages, and how fresh they are.

https://kubernetes.io/docs/reference/using-api/api-concepts/#resource-versions tells what each combination means.
"""

from __future__ import annotations

import base64
import binascii
import json
from typing import Any

from tests.apiserver import selectors
from tests.apiserver.calls import Call
from tests.apiserver.notices import Notices
from tests.apiserver.statuses import NoSuchPath, Refusal, invalid_list_options, not_found, too_large_version
from tests.apiserver.storage import Object, Storage
from tests.apiserver.views import View

FRESHNESS_PATIENCE = 3.0
"""Seconds a list waits for a version that has not come yet."""
CONTINUE_EXPIRED = (
    "The provided continue parameter is too old to display a consistent list result. You can start a new list without "
    "the continue parameter, or use the continue token in this response to retrieve the remainder of the results. "
    "Continuing with the provided token results in an inconsistent list - objects that were created, modified, or "
    "deleted between the time the first chunk was returned and now may show up in the list."
)
EXACT_EXPIRED = "The resourceVersion for the provided list is too old."
ANY_VERSION = -1


def get(storage: Storage, call: Call, now: float) -> dict[str, Any]:
    """One object."""
    target = call.target
    if target.subresource not in {"", "status"}:
        raise NoSuchPath
    found = storage.get(
        target.resource.stored, f"{target.namespace}/{target.name}" if target.namespace else target.name
    )
    if found is None:
        raise not_found(target.resource.group, target.resource.name, target.name)
    return View(target.resource, call.accept, now, call.include).one(found)


async def list_(storage: Storage, notices: Notices, call: Call, now: float, patience: float) -> dict[str, Any]:
    """A list, or a page of one."""
    view = View(call.target.resource, call.accept, now, call.include)
    wanted = selectors.matcher(call.target.resource.id, call.query)
    limit, token, after = call.number("limit"), call.query.get("continue", ""), ""
    if token:
        if call.version():
            raise Refusal(400, "specifying resource version is not allowed when using continue")
        version, after = read_token(token)
        version = storage.version if version == ANY_VERSION else version
    else:
        version = await _version(storage, notices, call, patience)
        limit = 0 if call.version() == 0 else limit
    objects = _snapshot(storage, call, version, after)
    left = [(key, obj) for key, obj in objects.items() if key > after and (wanted is None or wanted(obj))]
    page = left[:limit] if limit else left
    metadata: dict[str, Any] = {"resourceVersion": str(version)}
    if len(page) < len(left):
        metadata["continue"] = write_token(version, page[-1][0])
        if wanted is None:
            metadata["remainingItemCount"] = len(left) - len(page)
    return view.many((obj for _, obj in page), metadata)


async def _version(storage: Storage, notices: Notices, call: Call, patience: float) -> int:
    """At which version a list that starts afresh is told."""
    asked, match = call.version(), call.query.get("resourceVersionMatch", "")
    if match and asked is None:
        forbidden = "resourceVersionMatch is forbidden unless resourceVersion is provided"
        raise invalid_list_options(f"resourceVersionMatch: Forbidden: {forbidden}")
    if match not in {"", "Exact", "NotOlderThan"}:
        supported = 'supported values: "Exact", "NotOlderThan", ""'
        raise invalid_list_options(f'resourceVersionMatch: Unsupported value: "{match}": {supported}')
    if asked == 0 and match == "Exact":
        forbidden = 'resourceVersionMatch "exact" is forbidden for resourceVersion "0"'
        raise invalid_list_options(f"resourceVersionMatch: Forbidden: {forbidden}")
    if asked is None:
        return storage.version
    if asked == 0:
        return storage.collection(call.target.resource.stored).seen
    try:
        await notices.until(lambda: storage.version >= asked, patience)
    except TimeoutError:
        raise too_large_version(asked, storage.version) from None
    exact = match == "Exact" or (not match and call.number("limit") > 0)
    return asked if exact else storage.version


def _snapshot(storage: Storage, call: Call, version: int, after: str) -> dict[str, Object]:
    collection = storage.collection(call.target.resource.stored)
    if version < min(storage.compacted, collection.seen):
        if not call.query.get("continue"):
            raise Refusal(410, EXACT_EXPIRED)
        raise Refusal(410, CONTINUE_EXPIRED, metadata={"continue": write_token(ANY_VERSION, after)})
    prefix = f"{call.target.namespace}/" if call.target.namespace else ""
    objects = collection.at(version)
    return {key.removeprefix(prefix): obj for key, obj in objects.items() if key.startswith(prefix)}


def write_token(version: int, last: str) -> str:
    """The continue token that starts right after a key."""
    told = json.dumps({"v": "meta.k8s.io/v1", "rv": version, "start": f"/{last}\0"}, separators=(",", ":"))
    return base64.urlsafe_b64encode(told.encode()).decode().rstrip("=")


def read_token(token: str) -> tuple[int, str]:
    """The version and the key that a continue token goes on from."""
    try:
        told = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))
    except (binascii.Error, ValueError):
        raise Refusal(400, "invalid continue token: continue key is not valid: illegal base64 data") from None
    try:
        read = json.loads(told)
        return read["rv"], read["start"].removeprefix("/").removesuffix("\0")
    except (ValueError, TypeError, KeyError, AttributeError):
        what = f"invalid character '{told[:1].decode('latin-1')}' looking for beginning of value"
        raise Refusal(400, f"invalid continue token: continue key is not valid: {what}") from None
