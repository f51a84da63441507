"""Creates, updates, patches, deletes; and reviews of what one may do, which are creates that leave nothing behind."""

from __future__ import annotations

import copy
import secrets
import time
import uuid
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import orjson
import yaml

from tests.apiserver import forms, patching, protobuf, selectors
from tests.apiserver.calls import Call
from tests.apiserver.resources import Resource
from tests.apiserver.statuses import NoSuchPath, Refusal, already_exists, conflict, not_found, object_details
from tests.apiserver.storage import Object, Storage, bare, key_of
from tests.apiserver.views import View, whole

if TYPE_CHECKING:
    from tests.apiserver.server import ApiServer

REVIEWS = frozenset({"SubjectAccessReview", "SelfSubjectAccessReview", "SelfSubjectRulesReview", "SelfSubjectReview"})
WITHOUT_GENERATION = frozenset({"v1/nodes", "v1/namespaces", "v1/services", "v1/resourcequotas", "v1/limitranges"})
SUFFIX_LETTERS = "bcdfghjklmnpqrstvwxz2456789"
UNDERSTOOD = frozenset(
    {"application/json", "application/yaml", "application/octet-stream", protobuf.KIND, *patching.KINDS}
)
APPLY = "application/apply-patch+yaml"


async def write(server: ApiServer, call: Call) -> tuple[int, dict[str, Any]]:
    """Do what a call wants; the status and body of the answer."""
    if call.target.resource.id in forms.OTHERS:
        raise Refusal(405, "the server does not allow this method on the requested resource")
    writer = _Writer(server, call)
    if call.target.subresource not in {"", "status"}:
        raise NoSuchPath
    match call.verb:
        case "create":
            return writer.create(await _body(call))
        case "update":
            return writer.update(await _body(call))
        case "patch":
            return writer.patch(await _body(call))
        case "delete":
            return writer.delete()
    return writer.delete_collection()


async def _body(call: Call) -> Any:
    text, kind = await call.http.read(), call.http.content_type
    if kind not in UNDERSTOOD:
        accepted = f"application/json, application/yaml, {protobuf.KIND}"
        message = f"the body of the request was in an unknown format - accepted media types include: {accepted}"
        raise Refusal(415, message)
    try:
        if kind == protobuf.KIND:
            return protobuf.decode(text)
        return yaml.safe_load(text) if "yaml" in kind else orjson.loads(text)
    except (ValueError, yaml.YAMLError) as error:
        raise Refusal(400, f"the object provided is unrecognized: {error}") from None


class _Writer:
    """Carries out one call on the storage."""

    def __init__(self, server: ApiServer, call: Call) -> None:
        self._server = server
        self._storage: Storage = server.storage
        self._call = call
        self._resource: Resource = call.target.resource
        self._dry = "dryRun" in call.query

    def create(self, given: Object) -> tuple[int, dict[str, Any]]:
        if self._resource.kind in REVIEWS:
            return 201, self._review(given)
        obj = self._fresh(given)
        if self._storage.get(self._resource.id, key_of(obj)) is not None:
            raise already_exists(self._resource.group, self._resource.name, obj["metadata"]["name"])
        return 201, self._put(obj)

    def update(self, given: Object) -> tuple[int, dict[str, Any]]:
        current = self._current()
        asked = given.get("metadata", {}).get("resourceVersion")
        if asked and asked != current["metadata"]["resourceVersion"]:
            raise self._refused(conflict)
        return 200, self._change(current, bare(given))

    def patch(self, given: Any) -> tuple[int, dict[str, Any]]:
        kind = self._call.http.content_type
        if kind == APPLY and self._stored() is None:
            return self.create(given)
        current = self._current()
        if isinstance(given, dict) and (given.get("metadata") or {}).get("resourceVersion", "") not in {
            "",
            current["metadata"]["resourceVersion"],
        }:
            raise self._refused(conflict)
        return 200, self._change(current, bare(patching.patch(kind, current, given)))

    def delete(self) -> tuple[int, dict[str, Any]]:
        current = self._current()
        if current["metadata"].get("finalizers"):
            return 200, whole(self._resource, self._mark(current))
        if not self._dry:
            self._storage.delete(self._resource.id, current)
        name, metadata = self._call.target.name, current["metadata"]
        details = {**object_details(self._resource.group, self._resource.name, name), "uid": metadata.get("uid", "")}
        success = {"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success", "details": details}
        return 200, success

    def delete_collection(self) -> tuple[int, dict[str, Any]]:
        wanted = selectors.matcher(self._resource.id, self._call.query)
        objects = self._storage.collection(self._resource.id).objects
        prefix = f"{self._call.target.namespace}/" if self._call.target.namespace else ""
        gone = [obj for key, obj in sorted(objects.items()) if key.startswith(prefix) and (not wanted or wanted(obj))]
        for obj in gone if not self._dry else ():
            if obj["metadata"].get("finalizers"):
                self._mark(obj)
            else:
                self._storage.delete(self._resource.id, obj)
        view = View(self._resource, self._call.accept, self._server.clock(), self._call.include)
        return 200, view.many(gone, {"resourceVersion": str(self._storage.version)})

    def _review(self, given: Object) -> dict[str, Any]:
        spec = given.get("spec", {})
        status = self._server.access.review(self._resource.kind, self._call.user, spec)
        shown = {} if self._resource.kind == "SelfSubjectRulesReview" else spec
        return whole(self._resource, {"metadata": {}, "spec": shown, "status": status})

    def _fresh(self, given: Object) -> Object:
        """What is stored for an object that is new."""
        metadata, target = dict(given.get("metadata") or {}), self._call.target
        if not metadata.get("name"):
            if not metadata.get("generateName"):
                required = "metadata.name: Required value: name or generateName is required"
                raise Refusal(
                    422, f'{self._resource.kind} "" is invalid: {required}', details={"kind": self._resource.kind}
                )
            metadata["name"] = metadata["generateName"] + "".join(secrets.choice(SUFFIX_LETTERS) for _ in range(5))
        if target.namespace and metadata.setdefault("namespace", target.namespace) != target.namespace:
            raise Refusal(400, "the namespace of the provided object does not match the namespace sent on the request")
        metadata |= {"uid": str(uuid.uuid4()), "creationTimestamp": _rfc3339(self._server.clock())}
        metadata.pop("managedFields", None)
        if "spec" in given and self._resource.id not in WITHOUT_GENERATION:
            metadata["generation"] = 1
        obj = {**bare(given), "metadata": metadata}
        if self._resource.id == "v1/namespaces":
            metadata["labels"] = {**(metadata.get("labels") or {}), "kubernetes.io/metadata.name": metadata["name"]}
            obj |= {"spec": {"finalizers": ["kubernetes"]}, "status": {"phase": "Active"}}
        if self._resource.id == "v1/pods":
            obj["status"] = {"phase": "Pending"}
        return obj

    def _change(self, current: Object, wanted: Object) -> dict[str, Any]:
        """Store what an object is to be, but for what no client may change."""
        wanted = copy.deepcopy(wanted)
        if self._call.target.subresource == "status":
            wanted = {**current, "status": wanted.get("status", {})}
        elif any(part[0] == "status" for part in self._resource.subresources) and "status" in current:
            wanted["status"] = current["status"]
        metadata, kept = dict(wanted["metadata"]), current["metadata"]
        for name in ("uid", "creationTimestamp", "generation", "deletionTimestamp", "namespace", "name"):
            metadata.pop(name, None)
            if name in kept:
                metadata[name] = kept[name]
        if "generation" in kept and wanted.get("spec") != current.get("spec"):
            metadata["generation"] = kept["generation"] + 1
        metadata["resourceVersion"] = kept["resourceVersion"]
        wanted["metadata"] = metadata
        if metadata.get("deletionTimestamp") and not metadata.get("finalizers"):
            if not self._dry:
                self._storage.delete(self._resource.id, wanted)
            return self._shown(wanted)
        return self._shown(current) if wanted == current else self._put(wanted)

    def _mark(self, current: Object) -> Object:
        """An object that has finalizers is not deleted, but marked for it."""
        if "deletionTimestamp" in current["metadata"] or self._dry:
            return current
        marks = {"deletionTimestamp": _rfc3339(self._server.clock()), "deletionGracePeriodSeconds": 0}
        return self._storage.put(self._resource.id, {**current, "metadata": {**current["metadata"], **marks}}).object

    def _put(self, obj: Object) -> dict[str, Any]:
        return self._shown(obj if self._dry else self._storage.put(self._resource.id, obj).object)

    def _shown(self, obj: Object) -> dict[str, Any]:
        shown = {**obj, "metadata": {"resourceVersion": "0", **obj["metadata"]}}
        return View(self._resource, self._call.accept, self._server.clock(), self._call.include).one(shown)

    def _stored(self) -> Object | None:
        target = self._call.target
        key = f"{target.namespace}/{target.name}" if target.namespace else target.name
        return self._storage.get(self._resource.id, key)

    def _current(self) -> Object:
        current = self._stored()
        if current is None:
            raise self._refused(not_found)
        return current

    def _refused(self, how: Callable[[str, str, str], Refusal]) -> Refusal:
        return how(self._resource.group, self._resource.name, self._call.target.name)


def _rfc3339(seconds: float) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(seconds))
